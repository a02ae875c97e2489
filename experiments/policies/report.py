"""Policies and their effects as a person reads them on the terminal."""

from collections.abc import Iterable, Sequence

import polars as pl
from rich.console import Console
from rich.table import Table

from experiments.policies.comparison import LEVEL, Comparison
from model.parameters import Label
from model.policies.policy import Policy

WIDTH = 96
SHOWN = (
    "visits_per_resident",
    "visit_share_clinic",
    "visit_share_centre",
    "visit_share_secondary",
    "visit_share_tertiary",
    "first_contact_primary_share",
    "mean_wait_day_tertiary",
    "mean_wait_min_tertiary",
    "bed_occupancy_tertiary",
    "admissions_per_resident",
    "unmet_need_share",
    "fund_payment_per_resident_cny",
    "out_of_pocket_per_resident_cny",
    "catastrophic_10",
    "gap_rural_urban_visits_per_resident",
)


def print_policies(policies: Iterable[Policy], lang: str) -> None:
    """One line a policy: id, title, levers with default and range."""
    table = Table("policy", "group", "title", "levers: default (low to high)", box=None)
    for policy in policies:
        levers = ", ".join(
            f"{name}={lever.default:g} ({lever.low:g} to {lever.high:g})"
            for name, lever in policy.levers.items()
        )
        table.add_row(policy.id, policy.group, _said(policy.title, lang), levers)
    Console().print(table)


def print_policy(policy: Policy, lang: str) -> None:
    """All that is known of a policy."""
    console = Console()
    console.print(f"[bold]{policy.id}[/bold]: {_said(policy.title, lang)} ({policy.group})")
    console.print(_said(policy.question, lang))
    console.print(f"\nMechanism: {_said(policy.mechanism, lang)}")
    console.print(f"Evidence:  {_said(policy.evidence, lang)}")
    console.print(f"Source:    {_said(policy.source, lang)}\n")
    levers = Table("lever", "default", "neutral", "range", "unit", "meaning", box=None)
    for name, lever in policy.levers.items():
        span = f"{lever.low:g} to {lever.high:g}"
        levers.add_row(
            name,
            f"{lever.default:g}",
            f"{lever.neutral:g}",
            span,
            lever.unit,
            _said(lever.label, lang),
        )
    console.print(levers)
    changes = Table("changes", "operation", box=None)
    for change in policy.changes:
        operation = change.model_dump(exclude={"path"}, exclude_none=True)
        changes.add_row(change.path, ", ".join(f"{k} {v}" for k, v in operation.items()))
    for name, told in policy.named:
        changes.add_row(name, told)
    console.print(changes)


def print_comparison(done: Comparison) -> None:
    """A table and a sentence for each policy: what changed, what cannot be told from noise."""
    console = Console()
    console.width = max(console.width, WIDTH)  # figures cut short would mislead
    for name, rows in done.policies.items():
        told = {row["indicator"]: row for row in rows.iter_rows(named=True)}
        table = Table(
            title=f"{name}: {done.replicates} paired replicates", title_justify="left", box=None
        )
        table.add_column("indicator", no_wrap=True)
        for head in ("baseline", "policy", "change", f"{LEVEL:.0%} low", "high"):
            table.add_column(head, justify="right", no_wrap=True)
        for indicator in SHOWN:
            row = told[indicator]
            keys = ("first", "second", "difference", "low", "high")
            table.add_row(indicator, *(_number(row[key]) for key in keys))
        console.print(table)
        console.print(sentence([told[indicator] for indicator in SHOWN]) + "\n")


def sentence(rows: Sequence[dict[str, float | str | None]]) -> str:
    """What rose, what fell, and what the replicates cannot tell from noise."""
    frame = pl.DataFrame(rows)
    sure = frame.filter((pl.col("low") > 0) | (pl.col("high") < 0))
    rose = sure.filter(pl.col("difference") > 0)["indicator"].to_list()
    fell = sure.filter(pl.col("difference") < 0)["indicator"].to_list()
    rest = [name for name in frame["indicator"] if name not in {*rose, *fell}]
    parts = [
        f"{verb}: {', '.join(names)}" for verb, names in (("Rose", rose), ("Fell", fell)) if names
    ]
    if rest:
        parts.append(f"not told from noise: {', '.join(rest)}")
    return "; ".join(parts) + "."


def _said(label: Label, lang: str) -> str:
    return label.zh if lang == "zh" else label.en


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
