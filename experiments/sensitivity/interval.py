"""Bootstrap intervals of a statistic of rows."""

from collections.abc import Callable

import numpy as np
from scipy.stats import norm

from model.randomness import Purpose, uniforms
from model.terms import Floats, Ints

RESAMPLES = 999
RARELY = float(norm.ppf(0.975))  # standard errors that luck alone exceeds once in twenty


def bootstrapped(
    statistic: Callable[[Ints], Floats], n_rows: int, *, level: float, seed: int
) -> tuple[Floats, Floats]:
    """Percentile interval of `statistic(rows)` over rows drawn with replacement: low and high.

    Nan where the statistic of any resample is, as where nothing varies in it.
    """
    rows = np.arange(n_rows)
    drawn = np.stack([statistic(_resampled(rows, seed, turn)) for turn in range(RESAMPLES)])
    low, high = np.quantile(drawn, ((1 - level) / 2, (1 + level) / 2), axis=0)
    return low, high


def _resampled(rows: Ints, seed: int, turn: int) -> Ints:
    drawn = uniforms(seed, Purpose.RESAMPLE, rows, turn, keep=1)[0]
    return (drawn * len(rows)).astype(np.int64)
