"""What `fenji results` prints."""

import json
from collections.abc import Sequence
from typing import Any

import polars as pl
from rich.console import Console
from rich.table import Table

from experiments.experiment import Results
from experiments.repeat import Repetition
from experiments.run_file import check, figures_in

USUAL = ("first_contact_primary_share", "visit_share_tertiary", "mean_wait_min_tertiary")
WIDE = 400  # columns of a file or a pipe, where nothing need be folded
SHOWN = 10


def run_table(results: Results, indicators: Sequence[str]) -> pl.DataFrame:
    """One row a run: hash, what was varied, replicate, seed, and some indicators."""
    table = results.indicators
    several = ["model"] if table["model"].n_unique() > 1 else []
    names = list(indicators) or [name for name in USUAL if name in table.columns]
    return table.select("hash", *several, *results.varied, "replicate", "seed", *names)


def print_frame(frame: pl.DataFrame, title: str = "") -> None:
    """A frame as a table."""
    table = Table(title=title or None, title_justify="left", box=None)
    for name in frame.columns:
        table.add_column(name, overflow="fold", no_wrap=name == "hash")
    for row in frame.iter_rows():
        table.add_row(*map(_cell, row))
    _print(table)


def run_as_json(content: bytes) -> dict[str, Any]:
    """Manifest and indicators of a run's file, the latter as in a run's summary.json."""
    indicators: dict[str, Any] = {}
    summed = figures_in(content).filter(pl.col("day").is_null())
    for name, by, key, _, value, unit in summed.iter_rows():
        if by is None:
            indicators[name] = {"value": value, "unit": unit, "by": {}}
        else:
            indicators[name]["by"].setdefault(by, {})[key] = value
    return {"manifest": check(content), "indicators": indicators}


def print_run(content: bytes) -> None:
    """A run's manifest and its indicators overall."""
    told = run_as_json(content)
    manifest = told["manifest"]
    told_first = ("hash", "experiment", "replicate", "levers", "uncertainties", "scenario")
    lines = Table(box=None, show_header=False)
    for key in (*told_first, "versions"):
        lines.add_row(key, json.dumps(manifest[key], ensure_ascii=False))
    _print(lines)
    table = Table("Indicator", "value", "unit", box=None)
    for name, entry in told["indicators"].items():
        table.add_row(name, _cell(entry["value"]), entry["unit"])
    _print(table)


def repetition_as_json(run: str, repetition: Repetition) -> dict[str, Any]:
    """What came of a repetition, for programs."""
    return {
        "run": run,
        "identical": repetition.identical,
        "bytes_equal": repetition.bytes_equal,
        "figures": repetition.n_figures,
        "differences": repetition.differences.to_dicts(),
        "changes": list(repetition.changes),
    }


def print_repetition(run: str, repetition: Repetition) -> None:
    """Whether the repeated run is identical, and if not, what differs and what may explain it."""
    differing = len(repetition.differences)
    n = f"{repetition.n_figures:,}"
    if repetition.identical:
        how = "byte for byte" if repetition.bytes_equal else "every figure; versions differ"
        _say(f"Run {run}: identical ({how}), {n} figures.")
    else:
        _say(f"Run {run}: NOT identical, {differing:,} of {n} figures differ.")
        print_frame(repetition.differences.head(SHOWN))
    for change in repetition.changes[:SHOWN]:
        _say(f"  {change}")
    if len(repetition.changes) > SHOWN:
        _say(f"  and {len(repetition.changes) - SHOWN:,} more")


def _cell(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:,.4g}" if isinstance(value, float) else str(value)


def _say(text: str) -> None:
    Console(soft_wrap=True).print(text, highlight=False, markup=False)


def _print(table: Table) -> None:
    console = Console()
    (console if console.is_terminal else Console(width=WIDE)).print(table)
