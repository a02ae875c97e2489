"""A sensitivity analysis as JSON and as tables."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from experiments.results import fenji_version, write_json
from experiments.sensitivity.morris import Effects
from experiments.sensitivity.sobol import Indices
from experiments.sensitivity.study import LEVEL, NARROW, Answer, Study

FILE = "sensitivity.json"
SHOWN = 12  # factors in a printed table
WIDTH = 100


def content(study: Study, answers: Mapping[str, Answer]) -> dict[str, Any]:
    """What `fenji sensitivity --json` prints; rows from what matters most to what matters least."""
    return {
        "method": study.method,
        "samples": study.samples,
        "replicates": study.design.first_round,
        "runs": len(study.experiment.levers) * study.design.first_round,
        "level": LEVEL,
        "scenario": study.design.base.model_dump(mode="json", by_alias=True),
        "version": fenji_version(),
        "factors": [
            {"path": f.path, "low": f.low, "high": f.high, "unit": f.unit} for f in study.factors
        ],
        "indicators": {name: _told(study, answer) for name, answer in answers.items()},
    }


def save(study: Study, answers: Mapping[str, Answer], folder: Path) -> None:
    """Write `sensitivity.json`."""
    write_json(folder / FILE, content(study, answers))


def show(study: Study, answers: Mapping[str, Answer]) -> None:
    """A table an indicator, and what the intervals and the noise allow to say."""
    console = Console(width=None if Console().is_terminal else WIDTH)
    for name, answer in answers.items():
        if answer.statistics is None:
            console.print(f"{name}: {answer.problem}\n", highlight=False)
            continue
        rows = _rows(study, answer.statistics)
        hidden = len(rows) - SHOWN
        console.print(f"{name}: mean {answer.mean:.4g} {answer.unit}", highlight=False)
        table = Table(box=None)
        table.add_column("factor", no_wrap=True)
        for column in _COLUMNS[study.method].values():
            table.add_column(column, justify="right")
        for row in rows[:SHOWN]:
            cells = [_cell(row, column) for column in _COLUMNS[study.method]]
            table.add_row(row["path"], *cells, style="" if row["beyond_noise"] else "dim")
        console.print(table)
        console.print(_note(study, answer, rows, hidden), highlight=False)
        console.print()


def _told(study: Study, answer: Answer) -> dict[str, Any]:
    told: dict[str, Any] = {"unit": answer.unit, "mean": answer.mean}
    if answer.statistics is None:
        return {**told, "rows": [], "problem": answer.problem}
    rows = _rows(study, answer.statistics)
    return {**told, "left_out": answer.statistics.left_out, "rows": rows}


def _rows(study: Study, found: Effects | Indices) -> list[dict[str, Any]]:
    """A row a factor; `beyond_noise` is null where one replicate cannot tell."""
    if isinstance(found, Effects):
        names = ["mu_star", "low", "high", "mu", "sigma"]
        first, lowest = found.mu_star, found.low
    else:
        names = ["first", "first_low", "first_high", "total", "total_low", "total_high"]
        first, lowest = found.total, found.total_low
    rows = []
    for at in np.argsort(-np.nan_to_num(first), kind="stable"):
        numbers = {name: _number(getattr(found, name)[at]) for name in [*names, "noise"]}
        noise = found.noise[at]
        beyond = None if math.isnan(noise) else bool(lowest[at] > noise)
        rows.append({"path": study.factors[at].path, **numbers, "beyond_noise": beyond})
    return rows


_COLUMNS = {
    "morris": {
        "mu_star": "mu*",
        "low high": "95 %",
        "mu": "mu",
        "sigma": "sigma",
        "noise": "noise",
    },
    "sobol": {
        "total": "total",
        "total_low total_high": "95 %",
        "first": "alone",
        "first_low first_high": "95 %",
        "noise": "noise",
    },
}


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _cell(row: Mapping[str, Any], columns: str) -> str:
    values = [row[column] for column in columns.split()]
    if None in values:
        return "-"
    return " to ".join(f"{value:.3g}" for value in values)


def _note(study: Study, answer: Answer, rows: list[dict[str, Any]], hidden: int) -> str:
    found = answer.statistics
    parts = [f"{hidden} more in {FILE}"] if hidden > 0 else []
    if study.design.first_round == 1:
        parts.append("one replicate cannot tell noise from effect: 2 are needed")
    else:
        n = sum(row["beyond_noise"] for row in rows)
        parts.append(f"{n} of {len(rows)} factors are told apart from the replicates' noise")
    if found is not None and found.left_out:
        parts.append(f"{found.left_out} of {study.samples} samples lack a value and are left out")
    if isinstance(found, Indices):
        half = float(np.max(np.nan_to_num(found.total_high - found.total_low))) / 2
        if half > NARROW:
            needed = 2 ** math.ceil(math.log2(study.samples * (half / NARROW) ** 2))
            parts.append(f"the widest interval is +-{half:.2f}; +-{NARROW} needs {needed:,} rows")
    return "; ".join(parts)
