"""Seeking and choosing: the twin of `model.care.decision.seek` and `choose`.

Draws and their logarithms go over a block of patients at once, comparisons one by one.
"""

import numpy as np
import numpy.typing as npt

from model.kernels.arithmetic import gumbel
from model.kernels.compiling import compiled
from model.kernels.draws import philox
from model.terms import Bools, Floats, Ints

SEEK, NEST, FACILITY = (np.uint64(p) for p in (20, 21, 22))  # Purpose
BLOCK = 256  # patients
Words = npt.NDArray[np.uint64]


@compiled
def seek(
    seed: np.uint64, who: Ints, occasions: Ints, outside: Floats, provider: Floats, free: Floats,
    choice: Ints, wanted: Bools, words: Words, noise: Floats,
) -> None:  # fmt: skip
    """Fill whom each patient sees, by `Seeks`, and whether she wanted a provider at no price.

    words, noise: room for (4, BLOCK).
    """
    zero = np.uint64(0)
    for at in range(0, len(who), BLOCK):
        n = min(BLOCK, len(who) - at)
        for b in range(n):
            person, occasion = np.uint64(who[at + b]), np.uint64(occasions[at + b])
            words[0, b], words[1, b], words[2, b], _ = philox(person, occasion, zero, SEEK, seed)
        for option in range(3):
            for b in range(n):
                noise[option, b] = gumbel(words[option, b])
        for b in range(n):
            i = at + b
            choice[i], best = 0, outside[0, i] + noise[0, b]
            pharmacy, luck = outside[1, i] + noise[1, b], noise[2, b]
            if pharmacy > best:
                choice[i], best = 1, pharmacy
            wanted[i] = free[i] + luck > best
            if provider[i] + luck > best:
                choice[i] = 2


@compiled
def choose(
    seed: np.uint64, who: Ints, occasions: Ints, place: Ints, facility_of: Ints, first: Ints,
    inclusive: float, scale: float, at: Ints, utility: Floats, tier_value: Floats, chosen: Ints,
    words: Words, noise: Floats,
) -> None:  # fmt: skip
    """Fill the facility that the patients at these positions of `utility` choose.

    who, occasions, place: of those patients. first: slots with which tiers begin. words, noise:
    room for (tiers or options of a tier, whichever are more; BLOCK).
    """
    zero, tiers = np.uint64(0), len(first) - 1
    for block in range(0, len(at), BLOCK):
        n = min(BLOCK, len(at) - block)
        for b in range(n):
            k = block + b
            drawn = philox(np.uint64(who[k]), np.uint64(occasions[k]), zero, NEST, seed)
            words[0, b], words[1, b], words[2, b], words[3, b] = drawn
        for tier in range(tiers):
            for b in range(n):
                noise[tier, b] = gumbel(words[tier, b])
        most = 0
        for b in range(n):
            i, best, nest = at[block + b], -np.inf, 0
            for tier in range(tiers):
                value = tier_value[tier, i] / inclusive + noise[tier, b]
                if value > best:
                    nest, best = tier, value
            chosen[block + b] = nest
            most = max(most, first[nest + 1] - first[nest])
        for option in range(most):
            for b in range(n):
                k = block + b
                nest = chosen[k]
                slot = min(first[nest] + option, first[nest + 1] - 1)
                facility = np.uint64(max(facility_of[place[k], slot], 0))
                person, occasion = np.uint64(who[k]), np.uint64(occasions[k])
                words[option, b] = philox(person, occasion, facility, FACILITY, seed)[0]
            for b in range(n):
                noise[option, b] = gumbel(words[option, b])
        for b in range(n):
            k, best = block + b, -np.inf
            nest = chosen[k]
            chosen[k] = facility_of[place[k], first[nest]]
            for slot in range(first[nest], first[nest + 1]):
                value = utility[slot, at[k]] / scale + noise[slot - first[nest], b]
                if value > best:
                    chosen[k], best = facility_of[place[k], slot], value
