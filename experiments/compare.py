"""Paired differences between two sets of runs that share seeds, with Student's t intervals."""

from collections.abc import Sequence

import numpy as np
import polars as pl
from scipy.stats import t as student

from model.terms import Floats, InputError

SEED = "seed"


def paired_differences(
    first: pl.DataFrame,
    second: pl.DataFrame,
    indicators: Sequence[str],
    *,
    within: Sequence[str] = (),
    level: float = 0.95,
) -> pl.DataFrame:
    """For each indicator, second minus first over the seeds that both sets have.

    A pair is two runs of one seed; with `within`, each seed has several (one a world, say), which
    are averaged, for they share their luck and are no independent witnesses. With n seeds whose
    differences d_i have mean d and standard deviation s the interval is
    d -+ t(n - 1, level) s / sqrt(n).

    Rows: `indicator`, `n`, the means `first` and `second`, `difference`, `low`, `high`, and
    `variance_ratio` = s^2 / (var x + var y), what common seeds leave of the variance that
    independent ones would give. A seed with a missing value or pair does not count; with fewer
    than two there is no interval.

    Raises InputError if no seed is shared, or if a set has several runs for one pair.
    """
    on = [SEED, *within]
    for name, runs in (("first", first), ("second", second)):
        twice = runs.filter(runs.select(on).is_duplicated()).select(on)
        if len(twice):
            raise InputError(
                f"the {name} set has several runs of one pair",
                found=twice.row(0, named=True),
                allowed=f"one run for each {' and '.join(on)}",
            )
    pairs = first.select(*on, *indicators).join(
        second.select(*on, *indicators), on=on, suffix=_SECOND, maintain_order="left"
    )
    if pairs.is_empty():
        raise InputError("the two sets of runs share nothing", allowed=f"equal {' and '.join(on)}")
    x, y = (_by_seed(pairs, [name + end for name in indicators]) for end in ("", _SECOND))
    columns = _differences(x, y, level)
    return pl.DataFrame({"indicator": list(indicators), **columns}).fill_nan(None)


def half_width(values: Floats, level: float) -> Floats:
    """Half of the t interval of the mean down each column; nan is no value.

    values: (runs, columns). Infinite where there are fewer than two values.
    """
    n = np.isfinite(values).sum(axis=0)
    many = np.maximum(n, 2)
    spread = np.sqrt(np.nan_to_num(_variance(values, n)))
    width = student.ppf((1 + level) / 2, many - 1) * spread / np.sqrt(many)
    return np.where(n < 2, np.inf, width)


_SECOND = " of the second"


def _by_seed(pairs: pl.DataFrame, columns: Sequence[str]) -> Floats:
    """Means over each seed's pairs, shape (seeds, columns); nan unless it has all of them."""
    whole = pl.len().over(SEED)
    kept = pairs.filter(whole == pairs.select(whole.max()).item())
    values = kept.select(
        SEED, *(pl.col(name).cast(pl.Float64).fill_null(np.nan) for name in columns)
    )
    return values.group_by(SEED, maintain_order=True).mean().drop(SEED).to_numpy()


def _differences(x: Floats, y: Floats, level: float) -> dict[str, Floats]:
    whole = np.isfinite(x) & np.isfinite(y)
    n = whole.sum(axis=0)
    x, y = np.where(whole, x, np.nan), np.where(whole, y, np.nan)
    d = y - x
    mean, width = _mean(d, n), half_width(d, level)
    width[n < 2] = np.nan
    independent = _variance(x, n) + _variance(y, n)
    ratio = np.full(len(n), np.nan)
    np.divide(_variance(d, n), independent, out=ratio, where=independent > 0)
    return {
        "n": n,
        "first": _mean(x, n),
        "second": _mean(y, n),
        "difference": mean,
        "low": mean - width,
        "high": mean + width,
        "variance_ratio": ratio,
    }


def _mean(values: Floats, n: Floats) -> Floats:
    mean = np.full(values.shape[1], np.nan)
    return np.divide(np.nansum(values, axis=0), n, out=mean, where=n > 0)


def _variance(values: Floats, n: Floats) -> Floats:
    """Of each column, over n - 1; nan where n < 2."""
    variance = np.full(values.shape[1], np.nan)
    squares = np.nansum((values - _mean(values, n)) ** 2, axis=0)
    return np.divide(squares, n - 1, out=variance, where=n > 1)
