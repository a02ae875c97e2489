"""Search for policies: trials proposed by optuna, carried out on the engine, kept in the store.

The store is all that a search remembers. Trials of a generation are proposed together and told
in their order, so that the same search proposes the same trials; one that is resumed replays them
from finished runs. What is shown was run again with seeds that no trial has seen, for the best of
many noisy trials is partly lucky.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

import numpy as np
import polars as pl

from experiments import frames
from experiments.compare import paired_differences
from experiments.designs import Design
from experiments.engine import Report, Tally
from experiments.jobs import Jobs
from experiments.points import Point
from experiments.run_file import Job
from experiments.search.bounds import Bound, Row, spread_out, unbeaten
from experiments.search.design import SearchDesign
from experiments.search.space import Proposals, Space, check_optuna
from experiments.store import Store
from experiments.sweep import OpenCrew, carry_out
from model.region.read import read_region
from model.terms import Floats, InputError


@dataclass(frozen=True, slots=True)
class Trial:
    """A point and what it does: rows of `paired_differences` from the baseline, by indicator.

    rows is empty where a run failed or something that is asked for cannot be formed.
    """

    levers: Point
    rows: Mapping[str, Row]

    def losses(self, objectives: Mapping[str, str]) -> Floats:
        """Objectives as what is to be small, shape (objectives,)."""
        signs = (1 if better == "min" else -1 for better in objectives.values())
        pairs = zip(signs, objectives, strict=True)
        return np.array([sign * self.rows[name]["second"] for sign, name in pairs])

    def violation(self, bounds: Sequence[Bound]) -> float:
        """Sum of what is beyond the bounds; 0 where all are kept."""
        return float(sum(max(bound.excess(self.rows[bound.indicator]), 0) for bound in bounds))


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A trial with fresh seeds: whether it keeps all bounds, and whether no other one beats it."""

    trial: Trial
    keeps: bool
    pareto: bool


@dataclass(slots=True)
class Search:
    """A search under way or ended; `batches` gives its runs."""

    design: SearchDesign
    bounds: tuple[Bound, ...]
    jobs: Jobs
    space: Space
    store: Store
    trials: list[Trial] = field(default_factory=list)
    confirmed: list[Confirmed] = field(default_factory=list)  # the first search objective ascending
    _baselines: dict[range, pl.DataFrame] = field(default_factory=dict)

    @classmethod
    def of(cls, design: SearchDesign, store: Store) -> "Search":
        """Check everything before the first run."""
        bounds = design.check()
        base = design.base
        parameters = base.parameters(read_region(base.region, base.residents))
        space = Space.of(cast(Mapping[str, Any], design.levers), parameters)
        kept = {name: getattr(design, name) for name in Design.model_fields}
        plain = Design.model_construct(**{**kept, "levers": (space.corner,)})
        return cls(design, bounds, Jobs.of(plain), space, store)

    @property
    def n_runs(self) -> int:
        """Runs that there will be at most."""
        worlds, own = len(self.jobs.points.worlds), self.design
        tried = (own.trials + 1) * own.first_round
        return worlds * (tried + (own.shown + 1) * own.confirm)

    @property
    def feasible(self) -> list[Trial]:
        """Trials that keep every bound."""
        return [trial for trial in self._whole if trial.violation(self.bounds) == 0]

    @property
    def nearest(self) -> Trial | None:
        """The trial that is least beyond the bounds."""
        return min(self._whole, key=lambda trial: trial.violation(self.bounds), default=None)

    @property
    def names(self) -> list[str]:
        """Indicators that are asked for."""
        return list(
            dict.fromkeys([*self.design.objectives, *(bound.indicator for bound in self.bounds)])
        )

    def batches(self) -> Iterator[list[Job]]:
        """The baseline and the trials, a generation at a time, then both with fresh seeds."""
        seeds = range(1, self.design.first_round + 1)
        proposals = Proposals(self.design, self.space)
        yield list(self._jobs({}, seeds))
        while len(self.trials) < self.design.trials:
            size = min(self.design.generation, self.design.trials - len(self.trials))
            points = proposals.ask(size)
            yield self._several(points, seeds)
            for point in points:
                trial = self._measured(point, seeds)
                self.trials.append(trial)
                proposals.tell(*self._told(trial))
        chosen = self._chosen()
        if chosen:
            yield self._several(({}, *chosen), self._fresh)
            self._confirm([self._measured(point, self._fresh) for point in chosen])

    def fresh_runs(self, levers: Point) -> list[str]:
        """Hashes of a point's runs with fresh seeds."""
        return [job.hash for job in self._jobs(levers, self._fresh)]

    @property
    def _fresh(self) -> range:
        first = self.design.first_round + 1
        return range(first, first + self.design.confirm)

    @property
    def _whole(self) -> list[Trial]:
        return [trial for trial in self.trials if trial.rows]

    def _jobs(self, levers: Point, seeds: range) -> Iterator[Job]:
        for replicate in seeds:
            for world in self.jobs.points.worlds:
                yield self.jobs.job(levers, world, replicate)

    def _several(self, points: Sequence[Point], seeds: range) -> list[Job]:
        """Their runs, each once, though a sampler may propose a point twice."""
        jobs = {job.hash: job for point in points for job in self._jobs(point, seeds)}
        return list(jobs.values())

    def _table(self, levers: Point, seeds: range) -> pl.DataFrame:
        runs = [job.hash for job in self._jobs(levers, seeds)]
        there = [run for run in runs if self.store.has(run)]
        table, _ = frames.indicator_frame(self.store, there)
        return table if len(table) == len(runs) else table.clear()

    def _baseline(self, seeds: range) -> pl.DataFrame:
        """The baseline's runs; InputError unless it has all that is asked for."""
        if seeds not in self._baselines:
            table = self._table({}, seeds)
            if table.is_empty():
                raise InputError("a run of the baseline failed", file=self.store.folder)
            for name in self.names:
                if table[name].null_count():
                    raise InputError("cannot be formed in the baseline", found=name)
            self._baselines[seeds] = table
        return self._baselines[seeds]

    def _measured(self, levers: Point, seeds: range) -> Trial:
        """What a point does to the baseline, seed by seed."""
        baseline, table = self._baseline(seeds), self._table(levers, seeds)
        if table.is_empty() or any(table[name].null_count() for name in self.names):
            return Trial(levers, {})
        within = list(self.jobs.points.worlds[0])
        found = paired_differences(baseline, table, self.names, within=within)
        return Trial(levers, {row["indicator"]: row for row in found.iter_rows(named=True)})

    def _told(self, trial: Trial) -> tuple[list[float], dict[str, float]]:
        """What the sampler may know of a trial: its losses, and what is beyond the bounds."""
        if not trial.rows:
            return [], {}
        excess = {bound.name: bound.excess(trial.rows[bound.indicator]) for bound in self.bounds}
        return trial.losses(self.design.objectives).tolist(), excess

    def _chosen(self) -> list[Point]:
        """The points to run with fresh seeds: the front, or the nearest where none is feasible."""
        feasible = self.feasible
        if not feasible:
            return [self.nearest.levers] if self.nearest else []
        losses = np.stack([trial.losses(self.design.objectives) for trial in feasible])
        unlike = {
            frozenset(feasible[row].levers.items()): row for row in np.flatnonzero(unbeaten(losses))
        }
        rows = list(unlike.values())
        shown = spread_out(losses[rows], self.design.shown)
        return [feasible[rows[row]].levers for row in shown]

    def _confirm(self, trials: Sequence[Trial]) -> None:
        whole = [trial for trial in trials if trial.rows]
        keeps = [trial.violation(self.bounds) == 0 for trial in whole]
        losses = [trial.losses(self.design.objectives) for trial in whole]
        kept = np.flatnonzero(keeps)
        front: set[int] = set()
        if len(kept):
            front = set(kept[unbeaten(np.stack([losses[row] for row in kept]))].tolist())
        self.confirmed = [
            Confirmed(trial, keep, row in front)
            for row, (trial, keep) in enumerate(zip(whole, keeps, strict=True))
        ]


def search(design: SearchDesign, store: Store, open_crew: OpenCrew, report: Report) -> Search:
    """Carry out a search, or the rest of it.

    Raises InputError for what cannot be searched and where optuna is missing, and
    `sweep.UnfinishedError` if it ends early.
    """
    check_optuna()
    found = Search.of(design, store)
    carry_out(found.jobs, found.batches(), store, open_crew, _Whole(report, found.n_runs))
    return found


@dataclass(frozen=True, slots=True)
class _Whole:
    """A report that knows of the runs that are not proposed yet."""

    report: Report
    n_runs: int

    def update(self, tally: Tally, threads: int) -> None:
        """Pass on, with all runs that are planned."""
        self.report.update(replace(tally, planned=max(tally.planned, self.n_runs)), threads)

    def say(self, text: str) -> None:
        """Pass on."""
        self.report.say(text)
