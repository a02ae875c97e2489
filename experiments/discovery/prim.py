"""PRIM: boxes in the space of what was varied in which a policy fails, or succeeds.

Peel: cut from the box, one side of one dimension at a time, the share ALPHA of its cases whose
loss raises the share of hits among those left the most, until the box is too small. Of the boxes
on this way one is chosen, sides whose restriction may be luck are dropped, and the others are
pasted outward as long as the share of hits does not fall. After Friedman and Fisher 1999 (bump
hunting) and Bryant and Lempert 2010 (scenario discovery).

coverage = hits in the box over all hits; density = hits in the box over cases in it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import binom

from model.terms import Bools, Floats, InputError

ALPHA = 0.05  # share of a box's cases that a cut takes
SMALLEST = 0.05  # share of all cases that a box must hold
LUCK = 0.05  # quasi-p-value above which a restriction is dropped
LEAST_CASES, LEAST_HITS = 40, 8


@dataclass(frozen=True, slots=True)
class Box:
    """Cases with low <= x <= high in every dimension; infinite where nothing is restricted.

    low, high: (dimensions,).
    """

    low: Floats
    high: Floats

    def holds(self, x: Floats) -> Bools:
        """Which cases are inside; x: (cases, dimensions)."""
        within: Bools = (self.low <= x) & (x <= self.high)
        return np.all(within, axis=1)

    @property
    def restricted(self) -> list[int]:
        """Dimensions with a limit."""
        limited = np.isfinite(self.low) | np.isfinite(self.high)
        return [int(dimension) for dimension in np.flatnonzero(limited)]

    def freed(self, dimension: int) -> "Box":
        """The box without any limit in a dimension."""
        low, high = self.low.copy(), self.high.copy()
        low[dimension], high[dimension] = -np.inf, np.inf
        return Box(low, high)


@dataclass(frozen=True, slots=True)
class Found:
    """A box with how well it tells hits from other cases."""

    box: Box
    coverage: float
    density: float
    mass: float  # share of all cases
    n_cases: int
    n_hits: int
    luck: dict[int, float]  # quasi-p-value by restricted dimension


def discover(x: Floats, hits: Bools, *, density: float | None = None) -> tuple[Found, list[Found]]:
    """The box chosen, and all boxes on the way of peeling from the whole space.

    x: (cases, dimensions); hits: (cases,). Chosen is the box with the largest harmonic mean of
    coverage and density; with `density`, the one of largest coverage that is so dense. Raises
    InputError for too few cases and where no box is so dense.
    """
    check_cases(hits)
    way = [_found(box, x, hits) for box in peeled(x, hits)]
    chosen = _choose(way, density)
    box = pasted(_without_luck(chosen.box, x, hits), x, hits)
    final = _found(box, x, hits)
    if density is not None and final.density < density:
        final = chosen
    return replace(final, luck=quasi_p_values(final.box, x, hits)), way


def check_cases(hits: Bools) -> None:
    """Too few cases of either kind are an error that says how many are needed."""
    n, n_hits = len(hits), int(hits.sum())
    if n < LEAST_CASES:
        raise InputError(
            "too few cases to discover anything", found=n, allowed=f"at least {LEAST_CASES} points"
        )
    if n_hits < LEAST_HITS or n - n_hits < LEAST_HITS:
        raise InputError(
            "the criterion does not divide the cases",
            found=f"{n_hits} of {n} meet it",
            allowed=f"at least {LEAST_HITS} that do and {LEAST_HITS} that do not",
        )


def peeled(x: Floats, hits: Bools) -> Iterator[Box]:
    """Boxes from the whole space inward."""
    box = Box(np.full(x.shape[1], -np.inf), np.full(x.shape[1], np.inf))
    least = max(SMALLEST * len(x), 2)
    while True:
        yield box
        inside = box.holds(x)
        cuts = [cut for cut in _cuts(box, x, inside) if cut.holds(x).sum() >= least]
        if not cuts or hits[inside].all():
            return
        box = max(cuts, key=lambda cut: _worth(cut, x, hits))


def pasted(box: Box, x: Floats, hits: Bools) -> Box:
    """The box with its limits moved outward while the share of hits does not fall."""
    while True:
        density = hits[box.holds(x)].mean()
        wider = [w for w in _widened(box, x) if hits[w.holds(x)].mean() >= density]
        if not wider:
            return box
        box = max(wider, key=lambda w: _worth(w, x, hits))


def quasi_p_values(box: Box, x: Floats, hits: Bools) -> dict[int, float]:
    """How likely so many hits are by luck, if a dimension's restriction did nothing.

    The box without it has density d; of the n cases of the box, h are hits: P(B(n, d) >= h).
    """
    inside = hits[box.holds(x)]
    return {
        dimension: float(
            binom.sf(inside.sum() - 1, len(inside), hits[box.freed(dimension).holds(x)].mean())
        )
        for dimension in box.restricted
    }


def _without_luck(box: Box, x: Floats, hits: Bools) -> Box:
    """The box without restrictions that luck would explain, the least certain one first."""
    while luck := quasi_p_values(box, x, hits):
        worst = max(luck, key=lambda dimension: luck[dimension])
        if luck[worst] <= LUCK:
            break
        box = box.freed(worst)
    return box


def _worth(box: Box, x: Floats, hits: Bools) -> tuple[float, int]:
    inside = box.holds(x)
    return float(hits[inside].mean()), int(inside.sum())


def _cuts(box: Box, x: Floats, inside: Bools) -> Iterator[Box]:
    """The box with a side moved inward; the limit is halfway to the first case that is kept."""
    for dimension in range(x.shape[1]):
        for sign in (1, -1):
            values = np.sort(sign * x[inside, dimension])
            kept = values[values > values[int(ALPHA * len(values))]]
            if not len(kept):
                continue
            limit = sign * (kept[0] + values[values < kept[0]][-1]) / 2
            yield _moved(box, dimension, sign, limit)


def _widened(box: Box, x: Floats) -> Iterator[Box]:
    """The box with a side moved outward over the next cases, as many as a cut would take."""
    for dimension in box.restricted:
        for sign, limit in ((1, box.low[dimension]), (-1, box.high[dimension])):
            if not np.isfinite(limit):
                continue
            free = _moved(box, dimension, sign, -sign * np.inf)
            beyond = np.sort(sign * x[free.holds(x) & ~box.holds(x), dimension])[::-1]
            step = max(int(ALPHA * box.holds(x).sum()), 1)
            end = -np.inf if len(beyond) <= step else (beyond[step - 1] + beyond[step]) / 2
            if len(beyond):
                yield _moved(box, dimension, sign, sign * end)


def _moved(box: Box, dimension: int, sign: int, limit: float) -> Box:
    low, high = box.low.copy(), box.high.copy()
    (low if sign > 0 else high)[dimension] = limit
    return Box(low, high)


def _found(box: Box, x: Floats, hits: Bools) -> Found:
    inside = box.holds(x)
    n_cases, n_hits = int(inside.sum()), int(hits[inside].sum())
    return Found(
        box=box,
        coverage=n_hits / int(hits.sum()),
        density=n_hits / n_cases,
        mass=n_cases / len(x),
        n_cases=n_cases,
        n_hits=n_hits,
        luck={},
    )


def _choose(way: list[Found], density: float | None) -> Found:
    if density is None:
        return max(way, key=lambda f: f.coverage * f.density / max(f.coverage + f.density, 1e-9))
    dense = [found for found in way if found.density >= density]
    if not dense:
        best = max(found.density for found in way)
        raise InputError("no box is so dense", found=density, allowed=f"at most {best:.4g}")
    return max(dense, key=lambda found: found.coverage)
