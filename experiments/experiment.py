"""Experiments from Python: a design that runs, and its results as frames.

>>> from experiments.experiment import Experiment
>>> travel = Experiment(name="travel", residents=500, days=2, warm_up=0, replicates=2,
...                     levers={"choice.b_time": [0.02, 0.03]})
>>> travel.region, travel.first_round
('national', 2)
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from experiments import compact, frames
from experiments.adopt import read_experiment
from experiments.compare import paired_differences
from experiments.crew import Crew, SerialCrew, Task
from experiments.designs import Design, read_design
from experiments.engine import Report
from experiments.progress import Quiet
from experiments.store import Store
from experiments.sweep import Swept, sweep
from experiments.task import carry_out
from model.mistakes import in_file
from model.terms import InputError

if TYPE_CHECKING:
    import pandas as pd

Point = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Results:
    """The runs of an experiment, finished and failed.

    indicators: one row a run: `hash`, `experiment`, `model` (its version), `replicate`, `seed`,
    every lever and uncertainty by its path, every indicator by its id, by group as `id.axis.key`
    (`unmet_need_share.income.q1`). failures: one row a run that always fails. corrupt: files that
    are not whole runs.
    """

    folder: Path
    varied: tuple[str, ...]  # paths of levers and uncertainties
    indicators: pl.DataFrame
    failures: pl.DataFrame
    corrupt: tuple[str, ...] = ()

    @property
    def daily(self) -> pl.LazyFrame:
        """The daily series by tier: hash, name, tier, day (warm-up negative), value."""
        return frames.daily_frame(Store(self.folder), list(self.indicators["hash"]))

    @property
    def measured(self) -> list[str]:
        """Every indicator, overall and by group."""
        told = {*frames.FIXED, *self.varied}
        return [name for name in self.indicators.columns if name not in told]

    def at(self, point: Point) -> pl.DataFrame:
        """The runs at a point; paths that it does not name may have any value."""
        for path in point:
            if path not in self.varied:
                allowed = ", ".join(self.varied)
                raise InputError("this experiment does not vary", found=path, allowed=allowed)
        chosen = self.indicators.filter(*(pl.col(path) == value for path, value in point.items()))
        if chosen.is_empty():
            raise InputError("no finished run is at this point", found=dict(point))
        return chosen

    def compare(
        self,
        first: Point,
        second: Point,
        indicators: Sequence[str] = (),
        *,
        level: float = 0.95,
    ) -> pl.DataFrame:
        """Differences of the runs at `second` from those at `first`: `paired_differences`.

        Runs pair up by seed, and within a seed by whatever is varied and stands in neither point.
        Without `indicators`, all that are not by group.
        """
        for name in indicators:
            frames.check_indicator(name, self.measured)
        names = indicators or [name for name in self.measured if "." not in name]
        within = [path for path in self.varied if path not in {*first, *second}]
        return paired_differences(
            self.at(first), self.at(second), names, within=within, level=level
        )

    def to_pandas(self) -> "pd.DataFrame":
        """`indicators` for pandas; polars' own conversion would need pyarrow."""
        return frames.to_pandas(self.indicators)


class Experiment(Design):
    """A design that can be run; its fields are those of a design's file."""

    @classmethod
    def read(cls, file: Path | str) -> "Experiment":
        """The experiment of a YAML file; InputError names the file."""
        try:
            return cls(**read_design(Path(file)))
        except InputError as error:
            raise in_file(error, Path(file)) from error

    def run(
        self,
        out: Path | str | None = None,
        *,
        scheduler: str | None = None,
        workers: int | None = None,
        serial: bool = False,
        report: Report | None = None,
    ) -> Results:
        """Carry out what the folder lacks (default out/<name>) and read all of it.

        By default on processes of this machine, one run a core or `workers` of them; with
        `scheduler`, on the Dask cluster there; with `serial`, one after the other in this process.
        Raises InputError for what cannot be run, `sweep.UnfinishedError` if it ends early.
        """
        folder = self.folder(out)
        swept = self.sweep(folder, scheduler, workers, serial, report or Quiet())
        return read_results(folder, swept.runs)

    def sweep(
        self,
        folder: Path,
        scheduler: str | None,
        workers: int | None,
        serial: bool,
        report: Report,
    ) -> Swept:
        """Carry out what the folder lacks, and read nothing."""
        if sum((scheduler is not None, serial, workers is not None)) > 1:
            raise InputError("scheduler, workers, serial", allowed="one of them")

        def open_crew() -> AbstractContextManager[Crew]:
            return crew_of(scheduler, workers, serial)

        return sweep(self, Store(folder), open_crew, report)

    def folder(self, out: Path | str | None = None) -> Path:
        """Where the results go."""
        return Path("out") / self.name if out is None else Path(out)


def read_results(folder: Path | str, runs: Sequence[str] | None = None) -> Results:
    """The results in an experiment's folder: of these runs, or of all that it holds."""
    told, store = read_experiment(Path(folder)), Store(Path(folder))
    finished = store.hashes() if runs is None else [run for run in runs if store.has(run)]
    failed = store.failed() if runs is None else sorted({*store.failed()} & {*runs})
    table, corrupt = frames.indicator_frame(store, finished, compact.kept(store.folder))
    varied = (*told["levers"][0], *told["uncertainties"][0])
    if table.is_empty():
        table = table.with_columns(pl.lit(None, pl.Float64).alias(path) for path in varied)
    return Results(
        folder=store.folder,
        varied=varied,
        indicators=table,
        failures=frames.failure_frame(store, failed),
        corrupt=tuple(f"{store.path(file.run)} is corrupt: it {file.reason}" for file in corrupt),
    )


def crew_of(
    scheduler: str | None, workers: int | None, serial: bool, task: Task = carry_out
) -> AbstractContextManager[Crew]:
    """A cluster's workers, this process alone, or by default processes of this machine."""
    if serial:
        return nullcontext(SerialCrew(task))
    from experiments.dask_crew import local_crew, remote_crew  # loading Dask takes half a second

    if scheduler is not None:
        return remote_crew(task, scheduler)
    return local_crew(task, workers)
