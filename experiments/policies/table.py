"""Policies by indicators as a Markdown table: paired differences, each with its half-width."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import polars as pl

from experiments.policies.comparison import LEVEL, Comparison
from model.scenario import Scenario


class Column(NamedTuple):
    """An indicator as a column: heading, factor of its unit, digits after the point."""

    heading: str
    factor: float
    digits: int


POINTS = 100.0  # shares are told in percentage points
COLUMNS: Mapping[str, Column] = {
    "visit_share_clinic": Column("visits at clinics, pp", POINTS, 2),
    "visit_share_centre": Column("at centres, pp", POINTS, 2),
    "visit_share_secondary": Column("at secondary, pp", POINTS, 2),
    "visit_share_tertiary": Column("at tertiary, pp", POINTS, 2),
    "first_contact_primary_share": Column("first contact at primary, pp", POINTS, 2),
    "mean_wait_day_tertiary": Column("wait before the day at tertiary, days", 1, 3),
    "mean_wait_min_tertiary": Column("wait on the day at tertiary, min", 1, 2),
    "bed_occupancy_tertiary": Column("occupancy of tertiary beds, pp", POINTS, 2),
    "admissions_per_resident": Column("admissions per 1,000 residents and year", 1000, 2),
    "fund_payment_per_resident_cny": Column("funds pay, CNY/resident/year", 1, 1),
    "out_of_pocket_per_resident_cny": Column("out-of-pocket, CNY/resident/year", 1, 1),
    "catastrophic_10": Column("over 10 % of income, pp", POINTS, 2),
    "gap_rural_urban_visits_per_resident": Column("visits, rural over urban", 1, 4),
}


def write_table(done: Comparison, plan: Scenario, file: Path) -> None:
    """Write the table with what it stands on."""
    heads = ["policy", *(column.heading for column in COLUMNS.values())]
    first = next(iter(done.policies.values()))
    lines = [
        f"Region {plan.region}, {plan.residents or 'all'} residents, {plan.warm_up} days of "
        f"warm-up, {plan.days} counted days from {plan.start}, seeds {plan.seed} to "
        f"{plan.seed + done.replicates - 1}. Differences from the baseline, paired by seed, ± half "
        f"of the {LEVEL:.0%} interval; in brackets what cannot be told from noise. "
        "Modelled, not observed.",
        "",
        _line(heads),
        _line(["---", *("---:" for _ in COLUMNS)]),
        _line(["*baseline*", *(_baseline(first, name) for name in COLUMNS)]),
        *(
            _line([f"`{policy}`", *(_difference(rows, name) for name in COLUMNS)])
            for policy, rows in done.policies.items()
        ),
    ]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _baseline(rows: pl.DataFrame, indicator: str) -> str:
    column = COLUMNS[indicator]
    value = _row(rows, indicator)["first"]
    return "-" if value is None else f"*{value * column.factor:,.{column.digits}f}*"


def _difference(rows: pl.DataFrame, indicator: str) -> str:
    column, row = COLUMNS[indicator], _row(rows, indicator)
    difference, low, high = row["difference"], row["low"], row["high"]
    if difference is None or low is None or high is None:
        return "-"
    if low == high == 0:
        return "0"
    width = (high - low) / 2 * column.factor
    text = f"{difference * column.factor:+,.{column.digits}f} ± {width:,.{column.digits}f}"
    return text if low > 0 or high < 0 else f"({text})"


def _row(rows: pl.DataFrame, indicator: str) -> dict[str, float | None]:
    return rows.drop("n").row(by_predicate=pl.col("indicator") == indicator, named=True)
