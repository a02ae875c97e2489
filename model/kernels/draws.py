"""Keyed draws: the twin of `model.randomness`."""

from typing import Any

import numpy as np
import numpy.typing as npt

from model.kernels.compiling import compiled, part_of_kernels
from model.terms import Floats32, Ints

Words = npt.NDArray[np.uint64]
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
def uniforms(seed: np.uint64, names: Ints, drawn: Floats32) -> None:
    """Fill `drawn`, shape (4, n); names, of the same shape: who, occasion, branch, purpose.

    Rows of one array each, which the loop then takes several at once.
    """
    for i in range(names.shape[1]):
        words = philox(
            np.uint64(names[0, i]), np.uint64(names[1, i]), np.uint64(names[2, i]),
            np.uint64(names[3, i]), seed,
        )  # fmt: skip
        drawn[0, i], drawn[1, i] = unit(words[0]), unit(words[1])
        drawn[2, i], drawn[3, i] = unit(words[2]), unit(words[3])
