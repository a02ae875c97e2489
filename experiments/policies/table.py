"""Policies by indicators as Markdown tables: paired differences, each with its half-width."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import polars as pl

from experiments.marked import read, renew
from experiments.policies.comparison import LEVEL, Comparison
from model.policies.policy import shipped_policies
from model.scenario import Scenario
from model.wording import Words


class Column(NamedTuple):
    """An indicator as a column: factor of its unit, digits after the point."""

    factor: float
    digits: int


POINTS = 100.0  # shares are told in percentage points
SECTIONS: Mapping[str, Mapping[str, Column]] = {
    "flows": {
        "visits_per_resident": Column(1, 3),
        "visit_share_clinic": Column(POINTS, 2),
        "visit_share_centre": Column(POINTS, 2),
        "visit_share_secondary": Column(POINTS, 2),
        "visit_share_tertiary": Column(POINTS, 2),
        "first_contact_primary_share": Column(POINTS, 2),
    },
    "crowding": {
        "mean_wait_day_tertiary": Column(1, 3),
        "mean_wait_min_tertiary": Column(1, 2),
        "unmet_need_share": Column(POINTS, 2),
        "bed_occupancy_tertiary": Column(POINTS, 2),
        "admissions_per_resident": Column(1000, 2),
    },
    "money": {
        "fund_payment_per_resident_cny": Column(1, 1),
        "out_of_pocket_per_resident_cny": Column(1, 1),
        "catastrophic_10": Column(POINTS, 2),
        "gap_rural_urban_visits_per_resident": Column(1, 4),
        "gap_rural_urban_out_of_pocket_per_resident_cny": Column(1, 3),
    },
}
GROUPS = ("price", "path", "primary care", "organisation and payment", "funds", "supply")
PLUS_MINUS = "\u00a0±\u00a0"  # a cell does not break here
MARK = "tables"


def write_table(done: Comparison, plan: Scenario, file: Path, lang: str = "en") -> None:
    """Write the tables with what they stand on, between the marks if the file has them."""
    words = Words(lang)
    lines = [words("table.stands_on", **_setting(done, plan))]
    first = next(iter(done.policies.values()))
    for section, columns in SECTIONS.items():
        told = [_baseline(first, name, column) for name, column in columns.items()]
        lines += ["", f"**{words(f'table.section.{section}')}**", ""]
        lines += by_policy(
            done.policies,
            columns,
            lambda policy, name, column: _difference(done.policies[policy], name, column),
            words,
            entries(file),
            [f"*{words('table.baseline')}*", *told],
        )
    renew(file, MARK, lines)


def entries(file: Path) -> set[str]:
    """The policies that have a heading of their own in a file."""
    return set(re.findall(r"^### (\w+)$", read(file), re.MULTILINE))


def by_policy(
    policies: Iterable[str],
    columns: Mapping[str, Column],
    cell: Callable[[str, str, Column], str],
    words: Words,
    linked: set[str],
    above: Sequence[str] = (),
) -> Iterator[str]:
    """The lines of one table; shipped policies under their group, packages at the end.

    cell: what stands at a policy, an indicator and its column. linked: policies whose name leads to
    their entry in the same file. above: a row before all others.
    """
    yield line([words("table.policy"), *(words(f"table.column.{name}") for name in columns)])
    yield line(["---", *("---:" for _ in columns)])
    if above:
        yield line(above)
    for group, members in groupby(sorted(policies, key=_place), key=_place):
        if group < len(GROUPS):
            title = words(f"drawer.group.{GROUPS[group].replace(' ', '_')}")
            yield line([f"**{title}**", *("" for _ in columns)])
        for policy in members:
            cells = [cell(policy, name, column) for name, column in columns.items()]
            yield line([_named(policy, words, linked), *cells])


def line(cells: Iterable[str]) -> str:
    """A row of a Markdown table."""
    return f"| {' | '.join(cells)} |"


def _setting(done: Comparison, plan: Scenario) -> Mapping[str, object]:
    return {
        "region": plan.region,
        "residents": f"{plan.residents:,}" if plan.residents else "all",
        "warm_up": plan.warm_up,
        "days": plan.days,
        "start": plan.start,
        "first": plan.seed,
        "last": plan.seed + done.replicates - 1,
        "level": f"{LEVEL:.0%}",
    }


def _place(policy: str) -> int:
    """The group of a shipped policy, whatever its levers and dates; all others come last."""
    found = shipped_policies().get(re.split("[:@]", policy)[0])
    return len(GROUPS) if found is None or "+" in policy else GROUPS.index(found.group)


def _named(policy: str, words: Words, linked: set[str]) -> str:
    found = shipped_policies().get(policy)
    name = found.title.zh if found and words.language == "zh" else f"`{policy}`"
    return f"[{name}](#{policy})" if policy in linked else name


def _baseline(rows: pl.DataFrame, indicator: str, column: Column) -> str:
    value = _row(rows, indicator)["first"]
    return "-" if value is None else f"*{value * column.factor:,.{column.digits}f}*"


def _difference(rows: pl.DataFrame, indicator: str, column: Column) -> str:
    row = _row(rows, indicator)
    difference, low, high = row["difference"], row["low"], row["high"]
    if difference is None or low is None or high is None:
        return "-"
    change = round(difference * column.factor, column.digits) + 0.0  # no minus zero
    width = (high - low) / 2 * column.factor
    if change == round(width, column.digits) == 0:
        return "≈ 0"
    text = f"{change:+,.{column.digits}f}{PLUS_MINUS}{width:,.{column.digits}f}"
    return text if low > 0 or high < 0 else f"({text})"


def _row(rows: pl.DataFrame, indicator: str) -> dict[str, float | None]:
    return rows.drop("n").row(by_predicate=pl.col("indicator") == indicator, named=True)
