"""What a run says to a person: tables on the terminal, beside published figures."""

import csv
import json
from pathlib import Path
from typing import Any

import polars as pl
from rich.console import Console
from rich.table import Table

from model.parameters import Parameter, data_folder
from model.terms import Tier

TIERS = [tier.word for tier in Tier]
BY_TIER = (
    ("Share of visits", "visit_share_{}", "{:.1%}"),
    ("Share of admissions", "admission_share_{}", "{:.1%}"),
    ("Charge of a visit, CNY", "outpatient_charge_{}", "{:,.0f}"),
    ("Charge of a stay, CNY", "inpatient_charge_{}", "{:,.0f}"),
    ("Length of stay, days", "length_of_stay_{}", "{:.1f}"),
    ("Wait before the day, days", "mean_wait_day_{}", "{:.2f}"),
    ("Wait on the day, minutes", "mean_wait_min_{}", "{:.1f}"),
    ("Clinic load", "utilisation_{}", "{:.0%}"),
    ("Visits per doctor and day", "visits_per_doctor_day_{}", "{:.1f}"),
    ("Bed occupancy", "bed_occupancy_{}", "{:.1%}"),
)
OVERALL = (
    ("Visits per resident and year", "visits_per_resident", "{:.2f}"),
    ("Admissions per resident and year", "admissions_per_resident", "{:.3f}"),
    ("First contact at primary care", "first_contact_primary_share", "{:.1%}"),
    ("Care within the county, visits", "within_county_visit_share", "{:.1%}"),
    ("Care within the county, admissions", "within_county_admission_share", "{:.1%}"),
    ("Unmet need for a provider", "unmet_need_share", "{:.1%}"),
    ("Unmet need for admission", "unmet_admission_need", "{:.1%}"),
    ("Fund payment per resident, CNY", "fund_payment_per_resident_cny", "{:,.0f}"),
    ("Out-of-pocket per resident, CNY", "out_of_pocket_per_resident_cny", "{:,.0f}"),
    ("Trust in primary care, 0 to 1", "trust_primary", "{:.3f}"),
)


def published() -> dict[str, dict[str, str]]:
    """The rows of the national targets by id."""
    file = data_folder() / "targets" / "national-2023.csv"
    with file.open(encoding="utf-8", newline="") as lines:
        return {row["id"]: row for row in csv.DictReader(lines)}


def print_comparison(summary: dict[str, Any], folder: Path) -> None:
    """The result by tier, modelled above, published national figure below where there is one."""
    console = Console()
    nation = published()
    table = Table(
        title=f"{summary['residents']:,} residents, {summary['days']} days, seed "
        f"{summary['seed']}: modelled, with the published national figure of 2023 below",
        title_justify="left",
    )
    table.add_column("Indicator")
    for tier in TIERS:
        table.add_column(tier, justify="right")
    for label, pattern, form in BY_TIER:
        ids = [pattern.format(tier) for tier in TIERS]
        table.add_row(label, *(_modelled(summary, name, form) for name in ids))
        if any(name in nation for name in ids):
            table.add_row("", *(_nation(nation, name, form) for name in ids), style="dim")
    for label, column in (
        ("Paid by funds, CNY per resident", "fund_cny"),
        ("Paid by patients, CNY per resident", "cash_cny"),
    ):
        table.add_row(label, *_money_by_tier(folder, column, summary))
    console.print(table)
    overall = Table("Indicator", "modelled", "nation 2023", title_justify="left")
    for label, name, form in OVERALL:
        overall.add_row(label, _modelled(summary, name, form), _nation(nation, name, form))
    console.print(overall)
    console.print(
        "[dim]The nation is not this county: it is younger, more urban, and has more hospitals "
        "near. Values are calibrated to the nation, not to this county.[/dim]"
    )


def print_summary(summary: dict[str, Any]) -> None:
    """Every indicator of a run, one a line."""
    table = Table("Indicator", "value", "unit", box=None)
    for name, entry in summary["indicators"].items():
        value = entry["value"]
        table.add_row(name, "-" if value is None else f"{value:,.4g}", entry["unit"])
    Console().print(table)


def print_parameters(leaves: list[Parameter], lang: str) -> None:
    """Parameters with value, unit, range, status and source."""
    table = Table("Path", "value", "range", "unit", "status", "label", "source", box=None)
    for leaf in leaves:
        label = leaf.label.zh if lang == "zh" else leaf.label.en
        span = f"{leaf.low:g} to {leaf.high:g}"
        table.add_row(
            leaf.path, f"{leaf.value:g}", span, leaf.unit, leaf.status, label, leaf.source
        )
    console = Console()
    console.print(table, width=max(console.width, 160) if not console.is_terminal else None)


def _modelled(summary: dict[str, Any], name: str, form: str) -> str:
    entry = summary["indicators"].get(name)
    if entry is None:
        return ""
    return "-" if entry["value"] is None else form.format(entry["value"])


def _nation(nation: dict[str, dict[str, str]], name: str, form: str) -> str:
    return form.format(float(nation[name]["value"])) if name in nation else ""


def _money_by_tier(folder: Path, column: str, summary: dict[str, Any]) -> list[str]:
    daily = pl.read_parquet(folder / "daily.parquet").filter(pl.col("day") >= 0)
    sums = dict(daily.group_by("tier").agg(pl.col(column).sum()).iter_rows())
    sample = json.loads((folder / "run.json").read_text(encoding="utf-8"))["sample_of_population"]
    people = summary["residents"] / sample * summary["days"] / 365
    return [f"{sums[tier] / people:,.0f}" for tier in TIERS]
