"""Published figures that the model is fitted to and judged by: the rows of a targets file."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from experiments.precision import known_indicators
from model.parameters import data_folder
from model.region.table import Table, read_table
from model.terms import InputError

ROLES = {
    "calibrate": "fitted",
    "check": "not fitted; counts as validation",
    "identity": "follows from other rows by arithmetic: must agree, proves nothing",
    "context": "another instrument: shown, not judged",
}
CONFIDENCE = ("official", "derived", "study", "survey", "assumed")
NATION = "national-2023"
PRICES = ("price_elasticity_visits", "price_elasticity_admissions")  # by experiment, not by a run
COLUMNS = (
    *("id", "indicator", "group", "value", "low", "high"),
    *("unit", "year", "role", "confidence", "source"),
)
LARGEST = 1e15


@dataclass(frozen=True, slots=True)
class Target:
    """A published figure with its band, and what it is for."""

    id: str
    indicator: str
    group: str
    value: float
    low: float
    high: float
    unit: str
    year: int
    role: str
    confidence: str
    source: str

    def holds(self, value: float | None) -> bool:
        """Whether a modelled value lies in the band; what cannot be formed does not."""
        return value is not None and self.low <= value <= self.high


def targets_folder() -> Path:
    """The folder of the shipped targets and of what was fitted to them."""
    return data_folder() / "targets"


def read_targets(file: Path | None = None) -> tuple[Target, ...]:
    """The rows of a targets file, by default the nation's; InputError names file and row."""
    file = file if file is not None else targets_folder() / f"{NATION}.csv"
    table = read_table(file, COLUMNS)
    values = [table.numbers(name, -LARGEST, LARGEST) for name in ("value", "low", "high")]
    texts = {name: table.texts(name) for name in ("indicator", "group", "unit", "source")}
    columns = {
        "id": table.unique("id"),
        **texts,
        "role": table.words("role", tuple(ROLES)),
        "confidence": table.words("confidence", CONFIDENCE),
    }
    years = table.integers("year", 1900, 2200)
    rows = []
    for at in range(len(table)):
        value, low, high = (float(column[at]) for column in values)
        if not low <= value <= high or low == high:
            raise table.error("must lie in its band low..high", at, "value", f"{low:g} to {high:g}")
        told = {name: column[at] for name, column in columns.items()}
        rows.append(Target(value=value, low=low, high=high, year=int(years[at]), **told))
    _check_ids(table, rows)
    return tuple(rows)


@cache
def measurable() -> frozenset[str]:
    """Every id that the model can give: indicators, by group too, and the experiments'."""
    return frozenset((*known_indicators(), *PRICES))


def _check_ids(table: Table, rows: Sequence[Target]) -> None:
    for at, row in enumerate(rows):
        if row.role == "context" or row.id in measurable():
            continue
        near = difflib.get_close_matches(row.id, measurable(), n=3, cutoff=0.5)
        hint = f"did you mean {', '.join(near)}?" if near else "an indicator, or role context"
        raise table.error("unknown indicator", at, "id", hint)


def of_role(targets: Sequence[Target], role: str) -> tuple[Target, ...]:
    """The rows of one role."""
    return tuple(row for row in targets if row.role == role)


def fitted_rows(targets: Sequence[Target], file: Path | None) -> tuple[Target, ...]:
    """The rows to be fitted; an error where a file has none."""
    rows = of_role(targets, "calibrate")
    if not rows:
        raise InputError("no row has the role calibrate", file=file, allowed="at least one")
    return rows


def number(value: float) -> str:
    """A figure in four digits, thousands apart."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
