"""Households: contiguous rows within a place, each with a head."""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from model.population.draws import Draw, draw
from model.population.parameters import PopulationParameters
from model.terms import Bools, Floats, Ints, Ints32


@dataclass(frozen=True, slots=True)
class Households:
    """Which rows belong together; `of` has shape (n,), the others one row a household."""

    of: Ints32  # household of each resident
    start: Ints  # first row, the head's
    size: Ints  # members

    def __len__(self) -> int:
        return len(self.start)


def form_households(residents_of_place: Ints, p: PopulationParameters, seed: int) -> Households:
    """Rows cut into households of drawn sizes, none across two places.

    What a place's end cuts off joins the household before, so that the number of households, and
    with it the mean size, does not depend on the number of places.
    """
    n = int(residents_of_place.sum())
    share = p.household_size / p.household_size.sum()
    mean = float(share @ np.arange(1, len(share) + 1))
    enough = int(n / mean + 3 * n**0.5) + 10
    u = draw(seed, Draw.HOUSEHOLD_SIZE, enough)[0]
    ends = np.cumsum(1 + np.searchsorted(share.cumsum()[:-1], u, side="right"))
    starts_here = np.zeros(n, dtype=np.bool_)
    starts_here[0] = True
    starts_here[ends[ends < n]] = True
    borders = np.cumsum(residents_of_place)
    borders = borders[(borders > 0) & (borders < n)]
    starts = np.flatnonzero(starts_here)
    cut = borders[~starts_here[borders]]
    starts_here[starts[np.searchsorted(starts, cut) - 1]] = False
    starts_here[borders] = True
    starts_here[0] = True
    start = np.flatnonzero(starts_here)
    household = np.cumsum(starts_here, dtype=np.int32) - np.int32(1)
    return Households(household, start, np.diff(start, append=n))


@dataclass(frozen=True, slots=True)
class Roles:
    """Place of every resident in the household, shape (n,)."""

    head: Bools
    partner: Bools  # forms a couple with the head
    wished_age: Floats  # years; the order of these is kept when ages are dealt out


def cast_roles(households: Households, p: PopulationParameters, seed: int) -> Roles:
    """Heads, partners, and children and elders a generation away, with the ages they would have."""
    n = len(households.of)
    slot = np.arange(n) - households.start[households.of]
    u = draw(seed, Draw.ROLE, n, keep=3)
    partner = (slot == 1) & (u[0] < p.couple_share)
    generation = np.where(u[1] < p.elder_share, 1.0, -1.0)
    table = np.minimum(households.size, len(p.head_age)) - 1
    z = ndtri(draw(seed, Draw.HEAD_AGE, len(households))[0].astype(np.float64))
    age = np.maximum(p.head_age[table] + p.head_age_sd[table] * z, p.adult_age)[households.of]
    spread = np.where(partner, p.partner_age_sd, p.generation_gap_sd)
    away = np.where(partner, 0.0, generation * p.generation_gap)
    away += spread * ndtri(u[2].astype(np.float64))
    away[households.start] = 0.0
    return Roles(slot == 0, partner, np.clip(age + away, 0.0, 110.0))
