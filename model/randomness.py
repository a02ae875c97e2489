"""Keyed random numbers: Philox4x32-10 (Salmon et al., SC 2011) as a pure function of its key.

A draw is named by seed, purpose, who (a resident or a facility), occasion and branch. Nothing
else moves it: no order of calls, chunk, thread, policy or added mechanism. Each name yields four
words of 32 bits, so a mechanism takes the four draws that it needs at once.
"""

from enum import IntEnum
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from model.kernels import fast
from model.terms import Floats32

Words = npt.NDArray[np.uint64]
Indices = npt.NDArray[np.integer]

CHUNK = 8192  # rows; four words of eight bytes for each stay in the second-level cache
_MULTIPLIERS = np.array([[0xD2511F53], [0xCD9E8D57]], dtype=np.uint64)
_WEYL = 0x9E3779B9, 0xBB67AE85
_LOW = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)


class Purpose(IntEnum):
    """What a draw is for; a new mechanism takes a new number and disturbs no other."""

    POPULATION = 2
    HOUSEHOLD = 3
    TRAITS = 4
    TASTE = 5
    ONSET = 10
    FOLLOW_UP = 11
    COURSE = 12
    SEEK = 20
    NEST = 21
    FACILITY = 22
    QUEUE = 23
    TREAT = 25
    REFER = 26
    ADVISE = 27
    SITE = 28
    STAY = 29
    CHARGE = 30
    TIE = 31
    CLAIM = 33
    BED = 34
    GATE = 35
    MEMBERSHIP = 36
    SUPPLY = 37
    ONLINE = 38
    TRAJECTORY = 50  # of an experiment
    RESAMPLE = 51


def philox(counter: Words, key: tuple[int, int]) -> Words:
    """Ten rounds of Philox4x32 on `counter`, shape (4, n), words of 32 bits held in uint64.

    Agrees with the published test vectors (`tests/theory/test_randomness.py`). The two halves of
    a round are one array, (c0 c2, n) and (c1 c3, n), and change places by a view.
    """
    even, odd = (np.array(counter[half::2], dtype=np.uint64) for half in (0, 1))
    product = np.empty_like(even)
    crossed = product[::-1]
    for round_key in _round_keys(key):
        np.multiply(even, _MULTIPLIERS, out=product)
        np.right_shift(crossed, _HALF, out=even)
        even ^= odd
        even ^= round_key
        np.bitwise_and(crossed, _LOW, out=odd)
    drawn = np.empty((4, product.shape[1]), dtype=np.uint64)
    drawn[0::2], drawn[1::2] = even, odd
    return drawn


@lru_cache(maxsize=64)
def _round_keys(key: tuple[int, int]) -> Words:
    """The key of each round, shape (10, 2, 1)."""
    rounds = [
        [[(k + turn * w) & 0xFFFFFFFF] for k, w in zip(key, _WEYL, strict=True)]
        for turn in range(10)
    ]
    keys = np.array(rounds, dtype=np.uint64)
    keys.flags.writeable = False
    return keys


def words(
    seed: int,
    purpose: Purpose | Indices,
    who: Indices | int,
    occasion: Indices | int = 0,
    branch: Indices | int = 0,
    keep: int = 4,
) -> Words:
    """The first `keep` words of each named draw, shape (keep, *names).

    Names are broadcast against one another, so purposes of shape (k, 1) for n residents on one
    occasion each give (keep, k, n).
    """
    names = _together((who, occasion, branch, purpose), np.uint64)
    counters = names.reshape(4, -1)
    n = counters.shape[1]
    drawn = np.empty((keep, n), dtype=np.uint64)
    key = seed & 0xFFFFFFFF, (seed >> 32) & 0xFFFFFFFF
    for start in range(0, n, CHUNK):
        part = slice(start, start + CHUNK)
        drawn[:, part] = philox(counters[:, part], key)[:keep]
    return drawn.reshape(keep, *names.shape[1:])


def _together(
    names: tuple[Indices | int, ...], kind: type[np.uint64 | np.int64]
) -> npt.NDArray[Any]:
    """Names broadcast against one another, shape (names, ...)."""
    shape = np.broadcast_shapes((1,), *(np.shape(name) for name in names))
    columns = np.empty((len(names), *shape), kind)
    for row, name in enumerate(names):
        columns[row] = name
    return columns


def uniforms(
    seed: int,
    purpose: Purpose | Indices,
    who: Indices | int,
    occasion: Indices | int = 0,
    branch: Indices | int = 0,
    keep: int = 4,
) -> Floats32:
    """Uniforms inside (0, 1), shape as `words`, float32 from 23 bits so that none rounds to 1."""
    if fast(np.size(who)):
        return _compiled_uniforms(seed, (who, occasion, branch, purpose), keep)
    drawn = words(seed, purpose, who, occasion, branch, keep)
    drawn >>= np.uint64(9)
    return (drawn.astype(np.float32) + np.float32(0.5)) * np.float32(2.0**-23)


def _compiled_uniforms(seed: int, names: tuple[Indices | int, ...], keep: int) -> Floats32:
    from model.kernels import draws

    columns = _together(names, np.int64)
    drawn = np.empty(columns.shape, np.float32)
    draws.uniforms(np.uint64(seed), columns.reshape(4, -1), drawn.reshape(4, -1))
    return drawn[:keep]


def gumbels(uniform: Floats32) -> npt.NDArray[np.float64]:
    """Standard Gumbel draws, float64, of uniforms of any shape."""
    return -np.log(-np.log(uniform.astype(np.float64)))
