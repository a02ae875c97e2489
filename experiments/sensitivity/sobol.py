"""Sobol indices: which share of the variance each parameter causes, alone and with others.

From two independent samples A, B of n points each, and A_i, which is A with the parameter i of B:

    S_i = mean(f(B) (f(A_i) - f(A))) / V          alone (first order; Saltelli et al 2010)
    T_i = mean((f(A) - f(A_i))^2) / (2 V)         alone and with others (total; Jansen 1999)
"""

from dataclasses import dataclass

import numpy as np
from scipy.stats import qmc

from experiments.sensitivity.interval import RARELY, bootstrapped
from model.terms import Floats, Ints

LEAST = 32  # points of a sample; of fewer, the indices are hardly more than luck


@dataclass(frozen=True, slots=True)
class Indices:
    """Shares of variance by parameter, with bootstrap intervals.

    first, total, their low and high, noise: (parameters,). noise: the total index that the luck of
    the replicates alone exceeds at most once in twenty, even where one luck pulls all rows the same
    way; nan with one replicate. left_out: rows in which a value is
    missing.
    """

    first: Floats
    first_low: Floats
    first_high: Floats
    total: Floats
    total_low: Floats
    total_high: Floats
    noise: Floats
    left_out: int


def points(n_parameters: int, n: int, seed: int) -> Floats:
    """Points of the unit cube, shape (n, n_parameters + 2, n_parameters): A, B, A_1, A_2, ...

    n must be a power of two. A larger n keeps the points of a smaller one.
    """
    drawn = qmc.Sobol(2 * n_parameters, rng=seed).random(n)
    A, B = drawn[:, :n_parameters], drawn[:, n_parameters:]
    cube = np.repeat(A[:, None, :], n_parameters + 2, axis=1)
    cube[:, 1] = B
    own = np.arange(n_parameters)
    cube[:, 2 + own, own] = B
    return cube


def indices(values: Floats) -> tuple[Floats, Floats]:
    """First-order and total indices; nan where nothing varies.

    values: (n, parameters + 2), in the order of `points`.
    """
    y = values - values[:, :2].mean()
    A, B, A_i = y[:, :1], y[:, 1:2], y[:, 2:]
    variance = y[:, :2].var()
    if variance == 0:
        nothing = np.full(A_i.shape[1], np.nan)
        return nothing, nothing
    return (B * (A_i - A)).mean(axis=0) / variance, ((A - A_i) ** 2).mean(axis=0) / (2 * variance)


def decompose(values: Floats, *, level: float, seed: int) -> Indices:
    """Indices of the mean over replicates; rows with a missing value are left out.

    values: (n, parameters + 2, replicates), of which at least `LEAST` rows must be whole. A
    replicate has the same luck at every point: what differs between replicates of one difference
    f(A) - f(A_i) is noise.
    """
    whole = np.isfinite(values).all(axis=(1, 2))
    kept = values[whole]
    y, n_replicates = kept.mean(axis=2), kept.shape[2]
    first, total = indices(y)
    noise = np.full(len(first), np.nan)
    if n_replicates > 1:
        variance = (kept[:, :1] - kept[:, 2:]).var(axis=2, ddof=1).mean(axis=0) / n_replicates
        noise = RARELY**2 * variance / (2 * y[:, :2].var()) if y[:, :2].var() else noise

    def both(rows: Ints) -> Floats:
        return np.stack(indices(y[rows]))

    low, high = bootstrapped(both, len(y), level=level, seed=seed)
    return Indices(
        first, low[0], high[0], total, low[1], high[1], noise, left_out=int((~whole).sum())
    )
