"""Keyed draws: the twin of `model.randomness`."""

from typing import Any

import numpy as np

from model.kernels.compiling import compiled, part_of_kernels
from model.terms import Floats32, Ints

_M0, _M1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
_W0, _W1 = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)
_LOW, _HALF = np.uint64(0xFFFFFFFF), np.uint64(32)
_NINE, _MIDDLE, _UNIT = np.uint64(9), np.float32(0.5), np.float32(2.0**-23)


@part_of_kernels
def philox(c0: Any, c1: Any, c2: Any, c3: Any, seed: Any) -> Any:
    """Ten rounds of Philox4x32 on one counter; words of 32 bits in uint64."""
    k0, k1 = seed & _LOW, (seed >> _HALF) & _LOW
    for _ in range(10):
        product0, product1 = _M0 * c0, _M1 * c2
        c0, c1 = (product1 >> _HALF) ^ c1 ^ k0, product1 & _LOW
        c2, c3 = (product0 >> _HALF) ^ c3 ^ k1, product0 & _LOW
        k0, k1 = (k0 + _W0) & _LOW, (k1 + _W1) & _LOW
    return c0, c1, c2, c3


@part_of_kernels
def unit(word: Any) -> Any:
    """A uniform of a word, as `randomness.uniforms` makes it."""
    return (np.float32(word >> _NINE) + _MIDDLE) * _UNIT


@compiled
def uniforms(
    seed: np.uint64, purpose: np.uint64, who: Ints, occasion: Ints, branch: Ints, drawn: Floats32
) -> None:
    """Fill `drawn`, shape (keep, n), keep at most four; who, occasion, branch: (n,)."""
    keep = len(drawn)
    for i in range(len(who)):
        words = philox(
            np.uint64(who[i]), np.uint64(occasion[i]), np.uint64(branch[i]), purpose, seed
        )
        for k in range(keep):
            drawn[k, i] = unit(words[k])
