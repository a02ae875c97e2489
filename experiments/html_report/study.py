"""What a report tells of: the arms of a study, and how they differ."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from experiments.compare import SEED, half_width, paired_differences
from experiments.identity import OwnData
from experiments.policies.comparison import LEVEL
from model.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Arm:
    """One thing that was tried: a scenario, and its runs.

    runs: a row a run: `seed`, what else sets runs of a seed apart, indicators by id and by
    `id.axis.key`. daily: `tier`, `day`, `visits`, `capacity`, `beds` and `beds_taken`, means over
    the runs.
    """

    name: str  # as it was typed; "baseline" for none
    plan: Scenario
    runs: pl.DataFrame
    daily: pl.DataFrame
    point: Mapping[str, float] = field(default_factory=dict)  # of a sweep


@dataclass(frozen=True, slots=True)
class Study:
    """A folder that was read; the first arm is what the others are compared with.

    A sensitivity analysis has one arm, which holds the runs of all its points.
    """

    kind: str  # run, comparison, sweep, search, sensitivity
    folder: Path
    arms: tuple[Arm, ...]
    versions: Mapping[str, str]
    hashes: tuple[str, ...]
    units: Mapping[str, str]
    varied: tuple[str, ...] = ()  # paths of levers
    within: tuple[str, ...] = ()  # paths of uncertainties
    objectives: tuple[str, ...] = ()  # of a search
    design: Mapping[str, Any] = field(default_factory=dict)
    data: OwnData = field(default_factory=OwnData)
    base: Scenario | None = None  # of a sensitivity analysis, without the levers that it varies
    asked: tuple[str, ...] = ()  # words of its command after the region
    left_out: tuple[str, ...] = ()  # what the folder holds and the report does not tell
    failed: int = 0
    stopped: bool = False

    @property
    def compares(self) -> bool:
        """Whether the other arms are told as changes from the first one."""
        return self.kind in ("comparison", "search")

    @property
    def plan(self) -> Scenario:
        """The scenario of the first arm."""
        return self.arms[0].plan

    @property
    def replicates(self) -> int:
        """Seeds of the arm that has the fewest."""
        return min(arm.runs[SEED].n_unique() for arm in self.arms)

    def differences(self, arm: Arm, names: Sequence[str]) -> dict[str, dict[str, Any]]:
        """By indicator, what `paired_differences` tells of an arm against the first one."""
        both = self.arms[0].runs, arm.runs
        known = [n for n in dict.fromkeys(names) if all(n in runs.columns for runs in both)]
        table = paired_differences(*both, known, within=self.within, level=LEVEL)
        return {row["indicator"]: row for row in table.iter_rows(named=True)}


def mean_of(arm: Arm, name: str) -> float:
    """Mean of an indicator over an arm's runs; nan if it cannot be formed."""
    mean = arm.runs[name].cast(pl.Float64).mean() if name in arm.runs.columns else None
    return float(mean) if isinstance(mean, float) else math.nan


def half_of(arm: Arm, name: str) -> float:
    """Half of the interval of that mean; infinite for a single run."""
    values = arm.runs[name].cast(pl.Float64).fill_null(math.nan).to_numpy()
    return float(half_width(values[:, None], LEVEL)[0])
