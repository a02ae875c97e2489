"""The nested logit: nobody, the pharmacy or a provider; then a tier; then a facility.

Options lie along the first axis and patients along the second, and sums over options are written
out, so that one patient alone gets to the bit what she gets among many.

    I_t = lambda log sum_{f in t} exp(V_f / lambda)          inclusive value of tier t
    I   = mu log sum_t exp(I_t / mu)                         inclusive value of the providers
    P(f) = P(provider) exp((I_t - I) / mu) exp((V_f - I_t) / lambda)

with lambda = mu x within_tier <= mu = inclusive <= 1. Draws: the highest of value over scale plus
Gumbel noise at each level, of facilities in the chosen tier only.
"""

import numpy as np

from model.terms import Floats, Ints

Slots = tuple[slice, ...]


def inclusive_value(utility: Floats, scale: float) -> Floats:
    """`scale log sum exp(V / scale)` over the first axis; -inf where no option is considered.

    utility: (options, patients), utils, -inf where an option is not considered.
    """
    top = _maximum(utility)
    base = np.where(np.isfinite(top), top, 0.0)
    total = np.zeros(utility.shape[1])
    for option in utility:
        total += np.exp((option - base) / scale)
    with np.errstate(divide="ignore"):
        return base + scale * np.log(total)


def tier_values(utility: Floats, slots: Slots, scale: float) -> Floats:
    """Inclusive value of each tier's nest, shape (tiers, patients)."""
    return np.stack([inclusive_value(utility[part], scale) for part in slots])


def shares(values: Floats, scale: float) -> Floats:
    """Logit shares of the first axis; zero where nothing is considered."""
    top = inclusive_value(values, scale)
    return np.exp((values - np.where(np.isfinite(top), top, 0.0)) / scale)


def draw_nest(values: Floats, noise: Floats, scale: float) -> Ints:
    """The nest with the highest value over scale plus noise.

    values, noise: (nests, patients).
    """
    return np.argmax(values / scale + noise, axis=0)


def within_nest(utility: Floats, nest: Ints, slots: Slots) -> tuple[Floats, Ints]:
    """Utility and slot of the options of each patient's nest, shape (largest nest, patients).

    Nests shorter than the largest are filled with utility -inf.
    """
    start = np.array([part.start for part in slots])[nest]
    size = np.array([part.stop - part.start for part in slots])[nest]
    offsets = np.arange(max(part.stop - part.start for part in slots))[:, None]
    slot = start + np.minimum(offsets, np.maximum(size - 1, 0))
    chosen = utility[slot, np.arange(utility.shape[1])]
    return np.where(offsets < size, chosen, -np.inf), slot


def _maximum(values: Floats) -> Floats:
    top = np.full(values.shape[1], -np.inf)
    for option in values:
        np.maximum(top, option, out=top)
    return top
