"""Replicates until an interval is narrow enough."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

import numpy as np
import polars as pl

from experiments.compare import half_width
from experiments.designs import Precision
from experiments.figures import figures_of
from experiments.frames import indicator_ids, indicator_of
from experiments.jobs import Jobs
from experiments.run_file import Job
from experiments.store import Store
from model.scenario import Scenario
from model.simulation import TieredCareModel
from model.terms import Floats


@cache
def known_indicators() -> tuple[str, ...]:
    """Ids of all that a run measures, as the shortest of runs has them."""
    return tuple(indicator_ids(_shortest()))


@cache
def known_units() -> dict[str, str]:
    """Unit of every indicator, by its id without a group."""
    return dict(_shortest().select("name", "unit").iter_rows())


@cache
def _shortest() -> pl.DataFrame:
    model = TieredCareModel(Scenario(residents=200, days=1, warm_up=0))
    model.run()
    return figures_of(model)


def replicates_needed(values: Floats, wanted: Precision) -> int:
    """How many replicates to have next, given those there are; as many as that if they suffice.

    The half width of the mean's t interval falls as 1 / sqrt(n), so that n (h / wanted)^2 is a
    guess at what is needed. It is trusted up to twice what there is, since h is a guess as well.
    """
    n = len(values)
    width = float(half_width(values[:, None], wanted.level)[0])
    if n >= wanted.at_most or width <= wanted.half_width:
        return n
    guess = 2 * n if math.isinf(width) else math.ceil(n * (width / wanted.half_width) ** 2)
    return min(wanted.at_most, max(n + 1, min(2 * n, guess)))


@dataclass(slots=True)
class Rounds:
    """Decides from finished runs alone which to add, so a resumed sweep decides the same."""

    jobs: Jobs
    store: Store
    wanted: Precision
    _values: dict[str, float] = field(default_factory=dict)

    def batches(self) -> Iterator[list[Job]]:
        """Runs to settle, and each time that they are, the runs to add, until there are none."""
        planned: list[list[Job]] = [[] for _ in self.jobs.points]
        needed = [self.jobs.design.first_round] * len(planned)
        while added := self._extend(planned, needed):
            yield added
            needed = self._needed(planned)

    def _extend(self, planned: list[list[Job]], needed: list[int]) -> list[Job]:
        added = []
        for point, runs, n in zip(self.jobs.points, planned, needed, strict=True):
            more = [self.jobs.job(*point, k) for k in range(len(runs) + 1, n + 1)]
            runs += more
            added += more
        return sorted(added, key=lambda job: job.place.replicate)

    def _needed(self, planned: list[list[Job]]) -> list[int]:
        """Replicates to have of each point."""
        table = np.full((max(map(len, planned)), len(planned)), np.nan)
        for point, runs in enumerate(planned):
            table[: len(runs), point] = [self._value(job) for job in runs]
        columns = [table[: len(runs), point] for point, runs in enumerate(planned)]
        if self.wanted.of == "value":
            return [replicates_needed(column, self.wanted) for column in columns]
        most = max(replicates_needed(column - columns[0], self.wanted) for column in columns[1:])
        return [most] * len(planned)

    def _value(self, job: Job) -> float:
        """The run's value of the indicator; nan if it cannot be formed or the run failed."""
        if job.hash not in self._values:
            found = math.nan
            if self.store.has(job.hash):
                found = indicator_of(self.store.read(job.hash), self.wanted.indicator)
            self._values[job.hash] = found
        return self._values[job.hash]
