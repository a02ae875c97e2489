"""Exponential and logarithm without branches, so that a loop over patients does several at once.

Within two units in the last place of the true value, as numpy's own are; the two may so differ in
the last bit of a utility, which decides nothing but a tie.
"""

from typing import Any

import numpy as np

from model.kernels.compiling import part_of_kernels
from model.kernels.draws import unit

# A double near 1.5 x 2**52 holds a whole number in its last bits.
_WHOLE = 1.5 * 2.0**52
_WHOLE_BITS = np.int64(np.float64(_WHOLE).view(np.int64))
_FRACTION, _BIAS = np.int64(52), np.int64(1023)  # of a double's bits
_LOWEST = -708.0  # exp is a normal number from here on; of less it is next to nothing
_PER_LOG2, _LOG2_HIGH, _LOG2_LOW = (
    1.4426950408889634, 6.93147180369123816490e-01, 1.90821492927058770002e-10,
)  # fmt: skip
_ROOT_BITS = np.int64(np.float64(0.5**0.5).view(np.int64))
# 1/k! from 13 down to 2: the remainder is below 5e-18 where |r| < log(2) / 2.
_E13, _E12, _E11, _E10 = 1 / 6227020800, 1 / 479001600, 1 / 39916800, 1 / 3628800
_E9, _E8, _E7, _E6, _E5, _E4, _E3 = (1 / k for k in (362880, 40320, 5040, 720, 120, 24, 6))
# log((1 + s) / (1 - s)) = 2s + s (L1 s**2 + L2 s**4 + ...), coefficients of FreeBSD's msun e_log.
_L1, _L2, _L3, _L4, _L5, _L6, _L7 = (
    6.666666666666735130e-01, 3.999999999940941908e-01, 2.857142874366239149e-01,
    2.222219843214978396e-01, 1.818357216161805012e-01, 1.531383769920937332e-01,
    1.479819860511658591e-01,
)  # fmt: skip


@part_of_kernels
def exp_of(x: Any) -> Any:
    """exp(x) = 2**k exp(r), |r| <= log(2) / 2; x at most 700."""
    x = max(x, _LOWEST)
    shifted = x * _PER_LOG2 + _WHOLE
    k = shifted - _WHOLE
    r = (x - k * _LOG2_HIGH) - k * _LOG2_LOW
    p = ((((_E13 * r + _E12) * r + _E11) * r + _E10) * r + _E9) * r + _E8
    p = (((((p * r + _E7) * r + _E6) * r + _E5) * r + _E4) * r + _E3) * r + 0.5
    bits = (np.float64(shifted).view(np.int64) + _BIAS) << _FRACTION
    return (p * (r * r) + r + 1.0) * np.int64(bits).view(np.float64)


@part_of_kernels
def log_of(x: Any) -> Any:
    """log(x) = k log(2) + log(m), m between the roots of 1/2 and 2; x a positive normal number."""
    bits = np.float64(x).view(np.int64)
    power = (bits - _ROOT_BITS) >> _FRACTION
    k = np.int64(power + _WHOLE_BITS).view(np.float64) - _WHOLE
    f = np.int64(bits - (power << _FRACTION)).view(np.float64) - 1.0
    s = f / (2.0 + f)
    z = s * s
    w = z * z
    tail = w * (_L2 + w * (_L4 + w * _L6)) + z * (_L1 + w * (_L3 + w * (_L5 + w * _L7)))
    half = 0.5 * f * f
    return k * _LOG2_HIGH - ((half - (s * (half + tail) + k * _LOG2_LOW)) - f)


@part_of_kernels
def log1p_of(x: Any) -> Any:
    """log(1 + x) of x >= 0, with what rounding 1 + x loses."""
    u = 1.0 + x
    return log_of(u) + (x - (u - 1.0)) / u


@part_of_kernels
def gumbel(word: Any) -> Any:
    """A standard Gumbel draw of a word."""
    return -log_of(-log_of(np.float64(unit(word))))
