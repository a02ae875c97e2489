"""Seeking and choosing: the twin of `model.care.decision.seek` and `choose`.

Draws and their logarithms go over a block of patients at once, comparisons one by one.
"""

from typing import NamedTuple

import numpy as np

from model.kernels.arithmetic import gumbel
from model.kernels.compiling import fused
from model.kernels.draws import Words, philox
from model.terms import Bools, Floats, Ints

SEEK, NEST, FACILITY = (np.uint64(p) for p in (20, 21, 22))  # Purpose
BLOCK = 256  # patients


class Room(NamedTuple):
    """Room for a block of patients; the last axis is the block."""

    words: Words  # (tiers,)
    noise: Floats  # (tiers,)
    person: Words
    occasion: Words
    nest: Ints
    site: Ints  # facility looked at
    best: Floats  # value so far


@fused
def seek(
    seed: np.uint64, who: Ints, occasions: Ints, outside: Floats, provider: Floats, free: Floats,
    choice: Ints, wanted: Bools, room: Room,
) -> None:  # fmt: skip
    """Fill whom each patient sees, by `Seeks`, and whether she wanted a provider at no price."""
    words, noise = room.words, room.noise
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


@fused
def choose(
    seed: np.uint64, who: Ints, occasions: Ints, place: Ints, facility_of: Ints, first: Ints,
    inclusive: float, scale: float, at: Ints, utility: Floats, tier_value: Floats, chosen: Ints,
    room: Room,
) -> None:  # fmt: skip
    """Fill the facility that the patients at these positions of `utility` choose.

    who, occasions, place: of those patients. first: slots with which tiers begin.
    """
    words, noise, person, occasion, nest, site, best = room
    zero, tiers = np.uint64(0), len(first) - 1
    most = 0
    for tier in range(tiers):
        most = max(most, first[tier + 1] - first[tier])
    for block in range(0, len(at), BLOCK):
        n = min(BLOCK, len(at) - block)
        for b in range(n):
            k = block + b
            person[b], occasion[b] = np.uint64(who[k]), np.uint64(occasions[k])
        for b in range(n):
            drawn = philox(person[b], occasion[b], zero, NEST, seed)
            words[0, b], words[1, b], words[2, b], words[3, b] = drawn
            nest[b], best[b] = 0, -np.inf
        for tier in range(tiers):
            for b in range(n):
                noise[tier, b] = gumbel(words[tier, b])
            for b in range(n):
                value = tier_value[tier, np.uint64(at[block + b])] / inclusive + noise[tier, b]
                nest[b] = tier if value > best[b] else nest[b]
                best[b] = max(value, best[b])
        for b in range(n):
            chosen[block + b] = facility_of[np.uint64(place[block + b]), np.uint64(first[nest[b]])]
            best[b] = -np.inf
        for option in range(most):
            for b in range(n):
                slot = np.uint64(min(first[nest[b]] + option, first[nest[b] + 1] - 1))
                site[b] = facility_of[np.uint64(place[block + b]), slot]
                noise[1, b] = utility[slot, np.uint64(at[block + b])]
            for b in range(n):
                facility = np.uint64(max(site[b], 0))
                words[0, b] = philox(person[b], occasion[b], facility, FACILITY, seed)[0]
            for b in range(n):
                noise[0, b] = gumbel(words[0, b])
            for b in range(n):  # the last option of a short tier again changes nothing
                value = noise[1, b] / scale + noise[0, b]
                chosen[block + b] = site[b] if value > best[b] else chosen[block + b]
                best[b] = max(value, best[b])
