"""The arithmetic of calibration: distance from targets, damped steps, draws of what is plausible.

Implausibility of row j at positions x (Craig et al. 1997; Vernon et al. 2010):

    I_j(x) = |f_j(x) - z_j| / sqrt(t_j^2 + s_j^2 + e_j^2)

with the published value z, a third of the band on that side t (a band is taken as three standard
deviations, Pukelsheim 1994), the standard deviation of a run with another seed s, and that of the
emulator's error e. A point is plausible where no row is above 3.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import lsq_linear
from scipy.special import ndtri

from experiments.targets import Target
from model.randomness import Purpose, uniforms
from model.terms import Bools, Floats

CUT_OFF = 3.0
DRAWN = 2.0  # the emulator's own cut-off: room for its error, or most draws would fail the run
ROOM = 0.5  # beyond the starting point's own implausibility, where that is larger
BAND = 3.0  # standard deviations from the value to the end of its band


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows to be fitted as arrays, shape (rows,)."""

    value: Floats
    low: Floats
    high: Floats

    @classmethod
    def of(cls, targets: Sequence[Target]) -> "Rows":
        """From the rows of a targets file."""
        columns = zip(*((row.value, row.low, row.high) for row in targets), strict=True)
        return cls(*(np.array(column) for column in columns))

    def tolerance(self, values: Floats) -> Floats:
        """A third of the band on the side where each value lies."""
        side = np.where(values > self.value, self.high - self.value, self.value - self.low)
        return np.maximum(side, 0.1 * (self.high - self.low)) / BAND

    def implausibility(self, values: Floats, noise: Floats) -> Floats:
        """I of values (..., rows), by the standard deviation of other errors (rows,)."""
        return np.abs(values - self.value) / np.hypot(self.tolerance(values), noise)

    def inside(self, values: Floats) -> Bools:
        """Whether values lie in their bands."""
        return (values >= self.low) & (values <= self.high)


@dataclass(frozen=True, slots=True)
class Emulator:
    """The model near a point as a straight line: f(x) = f(x0) + J (x - x0)."""

    at: Floats  # (dials,)
    values: Floats  # (rows,)
    response: Floats  # J, (rows, dials)

    def predict(self, positions: Floats) -> Floats:
        """Rows at positions (..., dials)."""
        return self.values + (positions - self.at) @ self.response.T

    def corrected(self, positions: Floats, values: Floats) -> "Emulator":
        """Moved to another measured point, with Broyden's correction of the response."""
        step = positions - self.at
        length = float(step @ step)
        error = values - self.predict(positions)
        response = self.response + np.outer(error, step) / length if length else self.response
        return Emulator(positions, values, response)


def next_positions(
    emulator: Emulator, rows: Rows, noise: Floats, low: Floats, high: Floats, damping: float
) -> Floats:
    """A damped Gauss-Newton step towards the published values, inside the dials' ranges.

    Minimises the sum of I_j^2 and of (x_i / width_i)^2, where a width is a third of the dial's
    range: what the rows do not ask for stays where it was.
    """
    scale = 1 / np.hypot(rows.tolerance(emulator.values), noise)
    width = (high - low) / BAND
    above = emulator.response * scale[:, None]
    wanted = (rows.value - emulator.values) * scale
    matrix = np.vstack((above, np.diag(1 / width)))
    goal = np.concatenate((wanted, -emulator.at / width))
    slack = 1e-9 + 0.0 * width
    found = lsq_linear(matrix, goal, (low - emulator.at - slack, high - emulator.at + slack))
    return np.clip(emulator.at + damping * found.x, low, high)


def plausible_draws(
    emulator: Emulator,
    rows: Rows,
    noise: Floats,
    low: Floats,
    high: Floats,
    number: int,
    seed: int,
) -> Floats:
    """Points that the emulator finds plausible, spread over all of them, shape (number, dials).

    Hit-and-run (Smith 1984): from a plausible point along a random direction to a random place of
    the plausible part of the line. I_j <= 2 is an interval of f_j, so the points that a straight
    emulator finds plausible are a polytope, and the walk spreads evenly over it. A row of
    which the starting point is itself beyond that may go a little further, but not beyond 3.
    """
    below, above = _reach(rows, emulator.values, noise)
    x, drawn = emulator.at.copy(), list[Floats]()
    span = high - low
    while len(drawn) < number:
        for step in range(20 * len(x)):
            way, along = _direction(seed, len(drawn), step, len(x))
            way *= span
            ends = _chord(x, way, low, high)
            start, end = _chord(emulator.predict(x), emulator.response @ way, below, above, ends)
            x = np.clip(x + (start + along * (end - start)) * way, low, high)
        drawn.append(x.copy())
    return np.array(drawn)


def _direction(seed: int, point: int, step: int, n: int) -> tuple[Floats, float]:
    """A standard normal direction and how far along its chord, drawn for a step of a walk."""
    drawn = uniforms(seed, Purpose.TRAJECTORY, np.arange(n + 1), step, point, keep=1)[0]
    return ndtri(drawn[:n].astype(np.float64)), float(drawn[n])


def _reach(rows: Rows, start: Floats, noise: Floats) -> tuple[Floats, Floats]:
    """Least and greatest values of each row that are drawn; they hold the start's."""
    most = np.clip(rows.implausibility(start, noise) + ROOM, DRAWN, CUT_OFF)
    below = rows.value - most * np.hypot(rows.tolerance(rows.low), noise)
    above = rows.value + most * np.hypot(rows.tolerance(rows.high), noise)
    return np.minimum(below, start), np.maximum(above, start)


def _chord(
    x: Floats, way: Floats, low: Floats, high: Floats, ends: tuple[float, float] = (-1e9, 1e9)
) -> tuple[float, float]:
    """From where to where low <= x + t way <= high, within the ends; always holds t = 0."""
    moving = np.abs(way) > 1e-12
    x, way, low, high = x[moving], way[moving], low[moving], high[moving]
    one, other = (low - x) / way, (high - x) / way
    first = max(ends[0], float(np.minimum(one, other).max(initial=ends[0])))
    last = min(ends[1], float(np.maximum(one, other).min(initial=ends[1])))
    return min(first, 0.0), max(last, 0.0)
