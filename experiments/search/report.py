"""A search as JSON and as tables: the Pareto set with fresh seeds, or what came nearest."""

from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from experiments.policies.comparison import LEVEL
from experiments.results import fenji_version, write_json
from experiments.search.bounds import Bound
from experiments.search.run import Confirmed, Search, Trial

FILE = "search.json"
WIDTH = 110


def content(search: Search) -> dict[str, Any]:
    """What `fenji search --json` prints."""
    design, confirmed = search.design, search.confirmed
    met = any(point.keeps for point in confirmed)
    return {
        "design": design.model_dump(mode="json", by_alias=True, exclude_defaults=True),
        "objectives": dict(design.objectives),
        "constraints": [bound.name for bound in search.bounds],
        "trials": len(search.trials),
        "failed": sum(not trial.rows for trial in search.trials),
        "feasible": len(search.feasible),
        "replicates": design.first_round,
        "fresh_seeds": design.confirm,
        "level": LEVEL,
        "scenario": design.base.model_dump(mode="json", by_alias=True),
        "version": fenji_version(),
        "met": met,
        "baseline": search.fresh_runs({}),
        "pareto": [_point(search, point) for point in confirmed if point.pareto],
        "others": [_point(search, point) for point in confirmed if not point.pareto],
        "tried": [_tried(search, trial) for trial in search.trials if trial.rows],
    }


def save(search: Search, folder: Path) -> dict[str, Any]:
    """Write `search.json`; returns its content."""
    told = content(search)
    write_json(folder / FILE, told)
    return told


def show(told: dict[str, Any]) -> None:
    """Tables of the Pareto set, or of what came nearest, and what became of the rest."""
    console = Console(width=None if Console().is_terminal else WIDTH)
    console.print(
        f"{told['trials']} points tried with {told['replicates']} seeds, {told['failed']} failed, "
        f"{told['feasible']} kept the constraints.",
        highlight=False,
    )
    if told["pareto"]:
        console.print(f"Pareto set, with {told['fresh_seeds']} fresh seeds, modelled:")
        _print_points(console, told, told["pareto"])
    lost = sum(not point["keeps"] for point in told["others"])
    beaten = len(told["others"]) - lost
    if told["met"] and told["others"]:
        console.print(
            f"Of the points that looked best, {beaten} are beaten by another one and {lost} break "
            "a constraint with fresh seeds.",
            highlight=False,
        )
    if not told["met"]:
        console.print("No point keeps the constraints with fresh seeds. The nearest:")
        _print_points(console, told, told["others"][:1])
        for point in told["others"][:1]:
            _print_broken(console, point)


def _print_points(console: Console, told: dict[str, Any], points: list[dict[str, Any]]) -> None:
    """Levers, objectives with their differences from the baseline, and whether the rest is kept."""
    for number, (name, better) in enumerate(told["objectives"].items(), start=1):
        console.print(f"[{number}] {name} ({better})", markup=False, highlight=False)
    table = Table(box=None)
    for path in points[0]["levers"]:
        table.add_column(path.rsplit(".", 1)[-1], justify="right", overflow="fold")
    for number in range(1, len(told["objectives"]) + 1):
        table.add_column(f"\\[{number}]", no_wrap=True)
    table.add_column("constraints", overflow="fold")
    for point in points:
        levers = [f"{value:.3g}" for value in point["levers"].values()]
        kept = point["constraints"].values()
        sure = "kept, all intervals too" if all(c["certain"] for c in kept) else "kept on the mean"
        cells = [_change(point["objectives"][name]) for name in told["objectives"]]
        table.add_row(*levers, *cells, sure if point["keeps"] else "broken")
    console.print(table)


def _print_broken(console: Console, point: dict[str, Any]) -> None:
    for name, told in point["constraints"].items():
        if not told["keeps"]:
            console.print(f"  {name}: is {told['value']:.4g}", highlight=False)


def _change(told: dict[str, Any]) -> str:
    interval = "" if told["low"] is None else f" [{told['low']:+.3g}, {told['high']:+.3g}]"
    return f"{told['value']:.4g}: {told['difference']:+.3g}{interval}"


def _point(search: Search, point: Confirmed) -> dict[str, Any]:
    rows = point.trial.rows
    return {
        "levers": dict(point.trial.levers),
        "runs": search.fresh_runs(point.trial.levers),
        "objectives": {name: _row(rows[name]) for name in search.design.objectives},
        "constraints": {bound.name: _bound(bound, rows) for bound in search.bounds},
        "keeps": point.keeps,
    }


def _tried(search: Search, trial: Trial) -> dict[str, Any]:
    return {
        "levers": dict(trial.levers),
        "objectives": {name: _row(trial.rows[name]) for name in search.design.objectives},
        "violation": trial.violation(search.bounds),
    }


def _row(row: Any) -> dict[str, Any]:
    ends = {key: row[key] for key in ("difference", "low", "high")}
    return {"baseline": row["first"], "value": row["second"], **ends}


def _bound(bound: Bound, rows: Any) -> dict[str, Any]:
    row = rows[bound.indicator]
    ends = dict(zip(("value", "low", "high"), bound.measured(row), strict=True))
    keeps, certain = bound.kept(row)
    told = {key: float(end) if np.isfinite(end) else None for key, end in ends.items()}
    asked = {"indicator": bound.indicator, "of": bound.of, "least": bound.least}
    return {**asked, **told, "limit": bound.limit, "keeps": keeps, "certain": certain}
