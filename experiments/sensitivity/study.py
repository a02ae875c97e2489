"""Sensitivity of a region or a design: the runs that a method asks for, and what they say."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import numpy as np
import polars as pl

from experiments.designs import Design, Precision, Span
from experiments.engine import Report
from experiments.experiment import Experiment, Results, read_results
from experiments.frames import check_indicator, indicator_units
from experiments.levers import span_of
from experiments.points import ends_of
from experiments.precision import known_indicators
from experiments.sensitivity import morris, sobol
from experiments.store import Store
from model.region.read import read_region
from model.terms import Floats, InputError

LEVEL = 0.95
METHODS: Mapping[str, ModuleType] = {"morris": morris, "sobol": sobol}
USUAL_SAMPLES = {"morris": 10, "sobol": 128}
NARROW = 0.1  # half of a Sobol interval that is fit to rank parameters
INDICATORS = (
    "visit_share_tertiary",
    "first_contact_primary_share",
    "mean_wait_min_tertiary",
    "unmet_need_share",
    "fund_payment_per_resident_cny",
    "out_of_pocket_per_resident_cny",
)


@dataclass(frozen=True, slots=True)
class Factor:
    """What is varied, and over which range."""

    path: str
    low: float
    high: float
    unit: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What a method says of one indicator: arrays by factor, or why it says nothing."""

    unit: str
    mean: float | None  # over all points
    statistics: morris.Effects | sobol.Indices | None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Study:
    """A method, what it varies, and how much of it; InputError for what cannot be done."""

    design: Design  # the scenario, the seed and the replicates; what it varies does not count
    factors: tuple[Factor, ...]
    method: str
    samples: int  # trajectories of Morris, rows of Sobol
    indicators: tuple[str, ...] = INDICATORS

    @classmethod
    def of(
        cls,
        design: Design,
        spans: Mapping[str, Span],
        method: str,
        *,
        samples: int | None = None,
        runs: int | None = None,
        indicators: Sequence[str] = (),
    ) -> "Study":
        """Check everything before the first run; `runs` is a budget that `samples` follow from."""
        if method not in METHODS:
            raise InputError("--method", found=method, allowed=", ".join(METHODS))
        if isinstance(design.replicates, Precision):
            raise InputError("replicates of a sensitivity analysis", allowed="a number")
        for name in indicators or INDICATORS:
            check_indicator(name, known_indicators())
        base = design.base
        parameters = base.parameters(read_region(base.region, base.residents))
        factors = tuple(
            Factor(path, *ends_of(path, span, parameters), span_of(path, parameters)[2])
            for path, span in spans.items()
        )
        if not factors:
            raise InputError("nothing is varied", allowed="at least one parameter or lever")
        a_sample = _points_of(method, len(factors)) * design.replicates
        if samples is None and runs is not None:
            samples = runs // a_sample
            if method == "sobol" and samples:
                samples = 2 ** int(math.log2(samples))
        wanted = USUAL_SAMPLES[method] if samples is None else samples
        _check_samples(method, wanted, len(factors), design.replicates)
        return cls(design, factors, method, wanted, tuple(indicators) or INDICATORS)

    @property
    def cube(self) -> Floats:
        """Points of the unit cube, shape (samples, points of a sample, factors)."""
        size, seed = len(self.factors), self.design.seed
        if self.method == "morris":
            return morris.trajectories(size, self.samples, seed)
        return sobol.points(size, self.samples, seed)

    @property
    def points(self) -> list[dict[str, float]]:
        """The points of the cube as values of the factors."""
        low = np.array([factor.low for factor in self.factors])
        high = np.array([factor.high for factor in self.factors])
        u = self.cube.reshape(-1, len(self.factors))
        rows = np.clip(low * (1 - u) + high * u, low, high).tolist()
        paths = [factor.path for factor in self.factors]
        return [dict(zip(paths, row, strict=True)) for row in rows]

    @property
    def experiment(self) -> Experiment:
        """The runs as an experiment with a list of points."""
        unlike = {frozenset(point.items()): point for point in self.points}
        told = self.design.model_dump(by_alias=True, exclude={"levers", "uncertainties", "samples"})
        return Experiment(**told, levers=tuple(unlike.values()))

    def run(
        self,
        folder: Path,
        scheduler: str | None,
        workers: int | None,
        serial: bool,
        report: Report,
    ) -> dict[str, Answer]:
        """Carry out what the folder lacks and analyse all of it, by indicator."""
        swept = self.experiment.sweep(folder, scheduler, workers, serial, report)
        return self.analyse(read_results(folder, swept.runs))

    def analyse(self, results: Results) -> dict[str, Answer]:
        """What the runs say, by indicator; raises InputError if no run is finished."""
        if results.indicators.is_empty():
            raise InputError("no run is finished", file=results.folder)
        store = Store(results.folder)
        units = indicator_units(store.read(results.indicators["hash"][0]))
        values = self._values(results)
        return {
            name: self._answer(values[..., column], units[name.split(".")[0]])
            for column, name in enumerate(self.indicators)
        }

    def _values(self, results: Results) -> Floats:
        """Shape (samples, points of a sample, replicates, indicators); nan where none is."""
        table, shape = results.indicators, self.cube.shape[:2]
        paths = [factor.path for factor in self.factors]
        n_replicates = self.design.first_round
        at: dict[tuple[float, ...], list[int]] = {}
        for row, point in enumerate(self.points):
            at.setdefault(tuple(point.values()), []).append(row)
        values = np.full((math.prod(shape), n_replicates, len(self.indicators)), np.nan)
        rows = zip(
            table.select(paths).iter_rows(),
            table["replicate"],
            table.select(pl.col(self.indicators).cast(pl.Float64)).to_numpy(),
            strict=True,
        )
        for place, replicate, measured in rows:
            if replicate <= n_replicates:
                values[at[place], replicate - 1] = measured
        return values.reshape(*shape, *values.shape[1:])

    def _answer(self, values: Floats, unit: str) -> Answer:
        """One indicator's answer; too few whole samples are told, with how many are needed."""
        method = METHODS[self.method]
        n_whole = int(np.isfinite(values).all(axis=(1, 2)).sum())
        if n_whole < method.LEAST:
            problem = (
                f"only {n_whole} of {self.samples} {_many(self.method)} have all their values; "
                f"{method.LEAST} are needed"
            )
            return Answer(unit, None, None, problem)
        seed, mean = self.design.seed, float(np.nanmean(values))
        if self.method == "morris":
            effects = morris.screen(self.cube, values, level=LEVEL, seed=seed)
            return Answer(unit, mean, effects)
        return Answer(unit, mean, sobol.decompose(values, level=LEVEL, seed=seed))


def _points_of(method: str, n_factors: int) -> int:
    return n_factors + (1 if method == "morris" else 2)


def _many(method: str) -> str:
    return "trajectories" if method == "morris" else "rows"


def _check_samples(method: str, samples: int, n_factors: int, replicates: int) -> None:
    """Too few runs for an index are an error that says how many are needed."""
    least, size = METHODS[method].LEAST, _points_of(method, n_factors)
    if samples < least:
        needed = f"{least} x {size} points x {replicates} replicates"
        raise InputError(
            f"too few runs for {method} over {n_factors} factors",
            found=f"{samples} {_many(method)}",
            allowed=f"at least {least} {_many(method)}, which are {needed} = "
            f"{least * size * replicates:,} runs",
        )
    if method == "sobol" and samples & (samples - 1):
        below = 2 ** int(math.log2(samples))
        raise InputError(
            "rows of Sobol's sequence come in powers of two",
            found=samples,
            allowed=f"{below} or {2 * below}",
        )
