"""Calibration: dials moved by damped steps to the targets, then a set of plausible vectors.

1. The response of every row to every dial is measured by runs with common random numbers.
2. Damped Gauss-Newton steps with that response, each corrected by the run that it leads to
   (Broyden). Shares are inverted by their logarithmic response to the tier constants.
3. History matching: the straight emulator around the best point says where no row is implausible;
   points are drawn evenly from there and each is run. Those that the model itself finds plausible
   are kept; the others correct the emulator, and the next wave is drawn, until there are enough.

Every run lies in the folder, so the same call again goes on where it was.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from experiments.batch import Batch, Measured, job_of, price_job
from experiments.fitted import Dials
from experiments.implausibility import CUT_OFF, Emulator, Rows, next_positions, plausible_draws
from experiments.run_file import Job
from experiments.targets import PRICES, Target
from model.scenario import Scenario
from model.terms import Floats, InputError

PROBE_RESIDENTS = 25_000  # most for measuring the response and for price experiments
STEPS = 3
DAMPING = 0.8
REPLICATES = 3  # of each point that is stepped to: the mean counts, the spread is the noise
WAVES = 3
TRUSTED = 2.0  # steps of a dial around the point where the straight emulator is believed


@dataclass(frozen=True, slots=True)
class Trial:
    """A point that was run."""

    positions: Floats  # of the dials
    values: Floats  # (rows,)
    worst: float  # greatest implausibility


@dataclass(slots=True)
class Calibration:
    """What is fitted to what, and the runs that tell how well."""

    plan: Scenario
    targets: Sequence[Target]  # to be fitted
    dials: Dials
    batch: Batch
    say: Callable[[str], None]
    response: Floats | None = None  # (rows, dials), where it was measured before
    noise: Floats = field(init=False)  # of a run, standard deviation by row
    offset: Floats = field(init=False)  # of the first seed from the mean over seeds, by row
    trials: list[Trial] = field(default_factory=list)

    def __post_init__(self) -> None:
        if len(self.dials) >= len(self.targets):
            allowed = f"fewer than {len(self.targets)}"
            raise InputError("dials for the rows to fit", found=len(self.dials), allowed=allowed)

    @property
    def rows(self) -> Rows:
        """The targets as arrays."""
        return Rows.of(self.targets)

    def fit(self, vectors: int) -> tuple[Trial, list[Trial]]:
        """The best point, and at least one and at most `vectors` plausible ones, best first."""
        self.noise = np.zeros(len(self.targets))
        emulator = self._first_emulator()
        emulator = self._steps(emulator)
        best = self._trial(emulator.at, emulator.values)
        kept = self._waves(emulator, best, vectors)
        return best, kept

    def _first_emulator(self) -> Emulator:
        """The response measured at a probe's size, about the full size's values."""
        start = np.zeros(len(self.dials))
        if self.response is None:
            self.response = self._measured_response()
        return Emulator(start, self._measured(start), self.response)

    def _measured_response(self) -> Floats:
        start = np.zeros(len(self.dials))
        steps = np.where(self.dials.high >= self.dials.step, self.dials.step, -self.dials.step)
        points = [start, *(np.diag(steps))]
        self.say(f"measuring the response of {len(self.targets)} rows to {len(steps)} dials")
        probe = _smaller(self.plan)
        jobs = [self._job(probe, point) for point in points]
        prices = [self._prices(points[0])]
        moving = [at for at, dial in enumerate(self.dials.dials) if dial.elasticity]
        prices += [self._prices(points[at + 1]) for at in moving] if self._asks_prices() else []
        measured = self.batch.measure([*jobs, *(prices if self._asks_prices() else [])])
        runs, dear = measured[: len(jobs)], measured[len(jobs) :]
        at = {0: 0} | {dial + 1: row + 1 for row, dial in enumerate(moving)}
        values = np.array(
            [
                self._values(run, dear[at.get(row, 0)] if dear else {})
                for row, run in enumerate(runs)
            ]
        )
        response: Floats = ((values[1:] - values[0]) / steps[:, None]).T
        return response

    def _steps(self, emulator: Emulator) -> Emulator:
        best, least = emulator, self._misfit(emulator)
        for number in range(1, STEPS + 1):
            positions = next_positions(
                emulator, self.rows, self.noise, self.dials.low, self.dials.high, DAMPING
            )
            emulator = emulator.corrected(positions, self._measured(positions))
            misfit = self._misfit(emulator)
            self.say(f"step {number}: {misfit[0]} of {len(self.targets)} rows outside their band")
            if misfit < least:
                best, least = emulator, misfit
        return best

    def _misfit(self, emulator: Emulator) -> tuple[int, float]:
        """Rows outside their band, then the sum of squares."""
        outside = int((~self.rows.inside(emulator.values)).sum())
        squares = self.rows.implausibility(emulator.values, self.noise) ** 2
        return outside, float(squares.sum())

    def _waves(self, emulator: Emulator, best: Trial, vectors: int) -> list[Trial]:
        kept = [best] if best.worst <= CUT_OFF else []
        near = TRUSTED * self.dials.step
        low = np.maximum(self.dials.low, best.positions - near)
        high = np.minimum(self.dials.high, best.positions + near)
        for wave in range(1, WAVES + 1):
            missing = vectors - len(kept)
            if missing <= 0:
                break
            drawn = plausible_draws(
                emulator,
                self.rows,
                self.noise,
                low,
                high,
                missing + (missing + 1) // 2,
                self.plan.seed + wave,
            )
            trials = self._tried(drawn)
            kept += [trial for trial in trials if trial.worst <= CUT_OFF]
            self.say(f"wave {wave}: {len(kept)} of {vectors} plausible vectors")
            found = np.array([trial.values for trial in trials])
            error = found - emulator.predict(drawn)
            emulator = Emulator(
                emulator.at,
                emulator.values,
                emulator.response + _correction(emulator, drawn, error),
            )
        head = kept[:1] if kept and kept[0] is best else []
        rest = sorted(kept[len(head) :], key=lambda trial: trial.worst)
        return [*head, *rest][:vectors]

    def _tried(self, drawn: Floats) -> list[Trial]:
        """Points run with the first seed, less what that seed is known to add: luck is common."""
        jobs = [self._job(self.plan, point) for point in drawn]
        dear = [self._prices(point) for point in drawn] if self._asks_prices() else []
        measured = self.batch.measure([*jobs, *dear])
        runs, prices = measured[: len(jobs)], measured[len(jobs) :]
        return [
            self._trial(point, self._values(run, prices[k] if prices else {}) - self.offset)
            for k, (point, run) in enumerate(zip(drawn, runs, strict=True))
        ]

    def _trial(self, positions: Floats, values: Floats) -> Trial:
        worst = float(self.rows.implausibility(values, self.noise).max())
        trial = Trial(positions, values, worst)
        self.trials.append(trial)
        return trial

    def _measured(self, positions: Floats) -> Floats:
        """Rows at a point, mean over the replicates; their spread is the noise of a run."""
        plans = [
            self.plan.model_copy(update={"seed": self.plan.seed + k}) for k in range(REPLICATES)
        ]
        jobs = [self._job(plan, positions) for plan in plans]
        jobs += [self._prices(positions, plan) for plan in plans] if self._asks_prices() else []
        measured = self.batch.measure(jobs)
        runs, dear = measured[:REPLICATES], measured[REPLICATES:]
        values = [self._values(run, dear[k] if dear else {}) for k, run in enumerate(runs)]
        self.noise = np.std(values, axis=0, ddof=1)
        mean: Floats = np.mean(values, axis=0)
        self.offset = values[0] - mean
        return mean

    def _values(self, run: Measured, dear: Mapping[str, float | None]) -> Floats:
        told = {**run, **dear}
        for row in self.targets:
            if told.get(row.id) is None:
                raise InputError(
                    f"{row.id} cannot be formed in {self.plan.region}",
                    allowed="give the row the role context, or leave it out",
                )
        return np.array([told[row.id] for row in self.targets], dtype=np.float64)

    def _asks_prices(self) -> bool:
        return any(row.id in PRICES for row in self.targets)

    def _job(self, plan: Scenario, positions: Floats) -> Job:
        return job_of(_set(plan, self.dials.values(positions)), "calibrate")

    def _prices(self, positions: Floats, plan: Scenario | None = None) -> Job:
        return price_job(_set(_smaller(plan or self.plan), self.dials.values(positions)))


def _correction(emulator: Emulator, points: Floats, error: Floats) -> Floats:
    """The least change of the response that explains errors at points, shape (rows, dials)."""
    found: Floats = np.linalg.lstsq(points - emulator.at, error, rcond=1e-6)[0].T
    return found


def _set(plan: Scenario, values: Mapping[str, float]) -> Scenario:
    return plan.model_copy(update={"overrides": {**plan.overrides, **values}})


def _smaller(plan: Scenario) -> Scenario:
    residents = plan.residents
    if residents is None or residents <= PROBE_RESIDENTS:
        return plan
    return plan.model_copy(update={"residents": PROBE_RESIDENTS})
