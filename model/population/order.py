"""Orders that come out the same everywhere, because no two keys are equal."""

import numpy as np
import numpy.typing as npt

from model.terms import Ints

Integers = npt.NDArray[np.integer]


def order(group: Integers, key: Integers) -> Ints:
    """Rows sorted by group, then key, then row; group and key integers from 0, shape (n,).

    >>> order(np.array([1, 0, 1]), np.array([5, 9, 2])).tolist()
    [1, 2, 0]
    """
    n = len(group)
    keys = group.astype(np.int64) * (int(key.max(initial=0)) + 1) + key
    keys *= n
    keys += np.arange(n)
    keys.sort()
    keys %= max(n, 1)
    return keys


def position(counts: Integers) -> Ints:
    """Running number inside its group of every member, groups of `counts` laid end to end.

    >>> position(np.array([2, 0, 3])).tolist()
    [0, 1, 0, 1, 2]
    """
    ends = np.cumsum(counts)
    return np.arange(ends[-1]) - np.repeat(ends - counts, counts)
