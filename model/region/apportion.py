"""Whole numbers by largest remainder."""

import numpy as np

from model.terms import Floats, Ints


def apportion(total: int, weights: Floats, least: int = 0) -> Ints:
    """`total` whole units split by `weights`, each share at least `least`; sums to `total`.

    Largest remainder (Hamilton); of equal remainders the first wins. Where `least` binds, those
    below it take it and the others share what is left. Weights that are all zero count as equal.

    >>> apportion(10, np.array([5.0, 3.0, 1.0]))
    array([6, 3, 1])
    >>> apportion(4, np.array([5.0, 3.0, 0.0]), least=1)
    array([2, 1, 1])
    """
    if total < least * len(weights):
        raise ValueError(f"{total} units cannot give {least} to each of {len(weights)}")
    if not np.any(weights):
        weights = np.ones(len(weights))
    shares = total * (weights / weights.sum())
    low = shares < least
    while (low & (shares != least)).any():
        free = np.where(low, 0.0, weights)
        shares = (total - least * low.sum()) * (free / max(free.sum(), 1e-300))
        shares[low] = least
        low |= shares < least
    whole: Ints = np.floor(shares).astype(np.int64)
    first = np.argsort(whole - shares, kind="stable")
    whole[first[: total - whole.sum()]] += 1
    return whole
