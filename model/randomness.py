"""Keyed random numbers: Philox4x32-10 (Salmon et al., SC 2011) as a pure function of its key.

A draw is named by seed, purpose, who (a resident or a facility), occasion and branch. Nothing
else moves it: no order of calls, chunk, thread, policy or added mechanism. Each name yields four
words of 32 bits, so a mechanism takes the four draws that it needs at once.
"""

from enum import IntEnum

import numpy as np
import numpy.typing as npt

from model.terms import Floats32

Words = npt.NDArray[np.uint64]
Indices = npt.NDArray[np.integer]

CHUNK = 8192  # rows; four words of eight bytes for each stay in the second-level cache
_MULTIPLIERS = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
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


def philox(counter: Words, key: tuple[int, int]) -> Words:
    """Ten rounds of Philox4x32 on `counter`, shape (4, n), words of 32 bits held in uint64.

    Agrees with the published test vectors (`tests/theory/test_randomness.py`).
    """
    c0, c1, c2, c3 = (np.array(row, dtype=np.uint64) for row in counter)
    product0, product1 = np.empty_like(c0), np.empty_like(c0)
    k0, k1 = key
    for _ in range(10):
        np.multiply(c0, _MULTIPLIERS[0], out=product0)
        np.multiply(c2, _MULTIPLIERS[1], out=product1)
        np.right_shift(product1, _HALF, out=c0)
        c0 ^= c1
        c0 ^= np.uint64(k0)
        np.right_shift(product0, _HALF, out=c2)
        c2 ^= c3
        c2 ^= np.uint64(k1)
        np.bitwise_and(product1, _LOW, out=c1)
        np.bitwise_and(product0, _LOW, out=c3)
        k0, k1 = (k0 + _WEYL[0]) & 0xFFFFFFFF, (k1 + _WEYL[1]) & 0xFFFFFFFF
    return np.stack((c0, c1, c2, c3))


def words(
    seed: int,
    purpose: Purpose,
    who: Indices | int,
    occasion: Indices | int = 0,
    branch: Indices | int = 0,
    keep: int = 4,
) -> Words:
    """The first `keep` words of each named draw, shape (keep, n)."""
    names = np.broadcast_arrays(np.atleast_1d(who), occasion, branch)
    n = names[0].size
    drawn = np.empty((keep, n), dtype=np.uint64)
    key = seed & 0xFFFFFFFF, (seed >> 32) & 0xFFFFFFFF
    for start in range(0, n, CHUNK):
        part = slice(start, min(start + CHUNK, n))
        counter = np.empty((4, part.stop - start), dtype=np.uint64)
        for row, name in enumerate(names):
            counter[row] = name[part]
        counter[3] = int(purpose)
        drawn[:, part] = philox(counter, key)[:keep]
    return drawn


def uniforms(
    seed: int,
    purpose: Purpose,
    who: Indices | int,
    occasion: Indices | int = 0,
    branch: Indices | int = 0,
    keep: int = 4,
) -> Floats32:
    """Uniforms inside (0, 1), shape (keep, n), float32 from 23 bits so that none rounds to 1."""
    drawn = words(seed, purpose, who, occasion, branch, keep)
    drawn >>= np.uint64(9)
    return (drawn.astype(np.float32) + np.float32(0.5)) * np.float32(2.0**-23)


def gumbels(uniform: Floats32) -> npt.NDArray[np.float64]:
    """Standard Gumbel draws, float64, of uniforms of any shape."""
    return -np.log(-np.log(uniform.astype(np.float64)))
