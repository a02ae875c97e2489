"""Validation: the plausible vectors run with replicates, beside the published figures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import t as student

from experiments.batch import Batch, Measured, job_of, price_job
from experiments.calibration_files import read_vectors
from experiments.run_file import Job
from experiments.targets import NATION, PRICES, ROLES, Target, targets_folder
from model.parameters import Parameters
from model.region.national import NATIONAL
from model.scenario import Scenario

LEVEL = 0.95
FEW_VECTORS = 6  # of a quick validation, the first with all replicates, the others with one
PRICE_RESIDENTS = 50_000  # most in a price experiment, which is three runs
NEAREST = {  # what the model says that comes nearest to another instrument's figure
    "price_elasticity_visits_rural_2008": "price_elasticity_visits",
    "willing_primary_first": "first_contact_primary_share",
}


@dataclass(frozen=True, slots=True)
class Row:
    """A target beside the model: the mean over runs and the interval that a further run has."""

    target: Target
    model: float | None
    low: float | None
    high: float | None

    @property
    def status(self) -> str | None:
        """`pass` if the mean lies in the band, else `miss`; none where nothing is judged."""
        if self.target.role == "context":
            return None
        return "pass" if self.target.holds(self.model) else "miss"

    @property
    def nearest(self) -> str | None:
        """What the model's value is where it is not the row's own indicator."""
        return NEAREST.get(self.target.id)

    def told(self) -> dict[str, Any]:
        """As `fenji validate --json` prints it."""
        return {
            "id": self.target.id,
            "role": self.target.role,
            "value": self.target.value,
            "low": self.target.low,
            "high": self.target.high,
            "model": self.model,
            "model_low": self.low,
            "model_high": self.high,
            "status": self.status,
        }


@dataclass(frozen=True, slots=True)
class Validation:
    """Every row, and how many runs they are made of."""

    rows: tuple[Row, ...]
    n_runs: int
    n_vectors: int
    residents: int | None

    def count(self, role: str) -> tuple[int, int]:
        """Rows of a role that pass, and all of them."""
        rows = [row for row in self.rows if row.target.role == role]
        return sum(row.status == "pass" for row in rows), len(rows)

    def told(self) -> dict[str, Any]:
        """As `fenji validate --json` prints it; only rows that were not fitted are counted."""
        passed, total = self.count("check")
        return {"rows": [row.told() for row in self.rows], "passed": passed, "total": total}


def vectors_of(
    region: str, parameters: Parameters, file: Path | None = None
) -> tuple[dict[str, float], ...]:
    """The plausible vectors of a file, of the nation, or the parameters as they stand."""
    if file is None and region != NATIONAL:
        return ({},)
    shipped = targets_folder() / f"{NATION}-vectors.csv"
    return read_vectors(file if file is not None else shipped, parameters)


def planned(
    plan: Scenario, vectors: Sequence[Mapping[str, float]], replicates: int, every: bool
) -> list[Scenario]:
    """The runs: the first vector with all replicates, the others with one, or `every` with all."""
    chosen = vectors if every else vectors[:FEW_VECTORS]
    plans = []
    for number, vector in enumerate(chosen):
        changed = plan.model_copy(update={"overrides": {**vector, **plan.overrides}})
        seeds = range(replicates) if every or number == 0 else [number % replicates]
        plans += [changed.model_copy(update={"seed": plan.seed + seed}) for seed in seeds]
    return plans


def validate(
    targets: Sequence[Target], plans: Sequence[Scenario], n_vectors: int, batch: Batch
) -> Validation:
    """Run what the folder lacks, and set the rows beside their bands."""
    dear = _dear(plans) if any(row.id in PRICES for row in targets) else []
    jobs = [job_of(plan, "validate", number + 1) for number, plan in enumerate(plans)]
    measured = batch.measure([*jobs, *dear])
    rows = tuple(_row(target, measured) for target in targets)
    return Validation(rows, len(plans), n_vectors, plans[0].residents)


def _dear(plans: Sequence[Scenario]) -> list[Job]:
    """Price experiments on the first, the middle and the last run's vector and seed."""
    some = {0, len(plans) // 2, len(plans) - 1}
    jobs = []
    for at in sorted(some):
        residents = plans[at].residents
        least = residents if residents is None else min(residents, PRICE_RESIDENTS)
        jobs.append(price_job(plans[at].model_copy(update={"residents": least})))
    return jobs


def _row(target: Target, measured: Sequence[Measured]) -> Row:
    name = NEAREST.get(target.id, target.id)
    found = [run[name] for run in measured if run.get(name) is not None]
    values = np.array(found, dtype=np.float64)
    if not len(values):
        return Row(target, None, None, None)
    mean = float(values.mean())
    if len(values) < 2:
        return Row(target, mean, None, None)
    quantile = float(student.ppf((1 + LEVEL) / 2, len(values) - 1))
    width = quantile * float(values.std(ddof=1)) * float(np.sqrt(1 + 1 / len(values)))
    return Row(target, mean, mean - width, mean + width)


def in_order(rows: Sequence[Row]) -> list[Row]:
    """By role in the order in which roles are told, misses as they come."""
    order = list(ROLES)
    return sorted(rows, key=lambda row: order.index(row.target.role))
