"""Bounds that a policy must keep, and the points that no other point beats."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from model.terms import Bools, Floats

Row = Mapping[str, Any]  # of `paired_differences`: first (baseline), second, difference, low, high


@dataclass(frozen=True, slots=True)
class Bound:
    """An indicator at most (or at least) `limit`; `of` says what of it.

    value: the indicator itself. difference: policy minus baseline. relative: that over the
    baseline's value.
    """

    indicator: str
    of: str
    limit: float
    least: bool = False

    @property
    def name(self) -> str:
        """As a person reads it."""
        sign = ">=" if self.least else "<="
        if self.of == "relative":
            return f"{self.indicator} change {sign} {self.limit:+.3g} of baseline"
        change = " difference" if self.of == "difference" else ""
        return f"{self.indicator}{change} {sign} {self.limit:g}"

    def measured(self, row: Row) -> tuple[float, float, float]:
        """What is bounded, with the ends of its interval (nan where there is none)."""
        base = float(row["first"])
        mean, low, high = (
            np.nan if row[end] is None else float(row[end]) for end in ("difference", "low", "high")
        )
        if self.of == "value":
            return base + mean, base + low, base + high
        if self.of == "difference":
            return mean, low, high
        return tuple(_over(end, abs(base)) for end in (mean, low, high))  # type: ignore[return-value]

    def excess(self, row: Row) -> float:
        """How far it is beyond the limit, in units of its size; at most 0 where it is kept."""
        mean, _, _ = self.measured(row)
        size = 1.0
        if self.of != "relative":
            size = max(abs(self.limit), abs(float(row["first"]))) or 1.0
        return (self.limit - mean if self.least else mean - self.limit) / size

    def kept(self, row: Row) -> tuple[bool, bool]:
        """Whether it is kept on the mean, and at the worse end of the interval."""
        _, low, high = self.measured(row)
        worst = low >= self.limit if self.least else high <= self.limit
        return self.excess(row) <= 0, bool(worst)


def _over(change: float, base: float) -> float:
    if base:
        return change / base
    return 0.0 if change == 0 else float(np.copysign(np.inf, change))


def unbeaten(values: Floats) -> Bools:
    """Which rows are on the Pareto front: no other is as good in all columns and better in one.

    values: (points, objectives), smaller is better.

    >>> unbeaten(np.array([[1.0, 3.0], [2.0, 2.0], [2.0, 3.0]])).tolist()
    [True, True, False]
    """
    as_good = (values[:, None, :] <= values[None, :, :]).all(axis=2)
    better = (values[:, None, :] < values[None, :, :]).any(axis=2)
    return np.logical_not((as_good & better).any(axis=0))


def spread_out(values: Floats, most: int) -> Sequence[int]:
    """At most so many rows, spread along the first objective from its best to its worst."""
    order = np.argsort(values[:, 0], kind="stable")
    kept = np.unique(np.linspace(0, len(order) - 1, min(most, len(order))).round().astype(np.intp))
    return [int(row) for row in order[kept]]
