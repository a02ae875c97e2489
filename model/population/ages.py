"""Ages that keep each settlement's shares, dealt to households; and sex."""

import numpy as np

from model.population.draws import Draw, draw
from model.population.households import Households, Roles
from model.population.order import order, position
from model.population.parameters import PopulationParameters
from model.terms import Bools, Bytes, Floats, Ints

OLDEST = 100
AGE_GROUPS = np.array([0, 5, 15, 25, 35, 45, 55, 65])  # first ages of the health survey's groups
BANDS = np.array([0, 15, 60, 65])  # first ages of the columns of Settlements.age_shares
_PER_YEAR = 32  # wished ages are compared in steps of this part of a year

_AGES = np.arange(OLDEST + 1)
_GROUP_OF_AGE = (np.searchsorted(AGE_GROUPS, _AGES, side="right") - 1).astype(np.int8)
_BAND_OF_AGE = np.searchsorted(BANDS, _AGES, side="right") - 1


def age_group(age: Bytes) -> Bytes:
    """Row of `AGE_GROUPS` of each age in years, any shape.

    >>> age_group(np.array([4, 5, 64, 65, 100], dtype=np.int8)).tolist()
    [0, 1, 6, 7, 7]
    """
    return _GROUP_OF_AGE[age]


def single_years(pyramid: Floats) -> Floats:
    """Share of each age 0 to 100 inside its band, shape (101,); five-year groups are level."""
    share: Floats = np.append(np.repeat(pyramid[:-1] / 5, 5), pyramid[-1])
    share /= np.bincount(_BAND_OF_AGE, share)[_BAND_OF_AGE]
    return share


def count_ages(residents: Ints, age_shares: Floats, pyramid: Floats, offset: Floats) -> Ints:
    """Residents up to each age, (S, 101), by systematic sampling.

    residents: (S,). age_shares: (S, 4). offset: (S,), uniform. Every count of an interval of ages
    is within one resident of its expectation, which rounding by age would miss where few live.
    """
    share = (age_shares / age_shares.sum(axis=1, keepdims=True))[:, _BAND_OF_AGE]
    expected = (share * single_years(pyramid)).cumsum(axis=1)
    expected *= (residents / expected[:, -1])[:, None]
    up_to: Ints = np.ceil(expected - offset[:, None]).astype(np.int64)
    return up_to.clip(0, residents[:, None])


def deal_ages(settlement: Ints, up_to: Ints, roles: Roles, p: PopulationParameters) -> Bytes:
    """Ages of the settlement's count, given in the order of wished ages; heads are adults.

    settlement: (n,), up_to: (S, 101) as from `count_ages`. The youngest seats that are not a
    head's take the minors. Only where minors outnumber these seats does a head of 18 replace one.
    """
    residents = up_to[:, -1]
    wished = (roles.wished_age * _PER_YEAR).astype(np.int64)
    seats = np.flatnonzero(~roles.head)
    seats = seats[order(settlement[seats], wished[seats])]
    rank = position(np.bincount(settlement[seats], minlength=len(residents)))
    adult = np.ones(len(settlement), dtype=np.int64)
    adult[seats] = rank >= up_to[settlement[seats], int(p.adult_age) - 1]
    rows = order(2 * settlement + adult, wished)
    age = np.empty(len(settlement), dtype=np.int8)
    years = np.tile(_AGES.astype(np.int8), len(residents))
    age[rows] = np.repeat(years, np.diff(up_to, axis=1, prepend=0).ravel())
    age[roles.head] = np.maximum(age[roles.head], np.int8(p.adult_age))
    return age


def draw_sex(households: Households, roles: Roles, p: PopulationParameters, seed: int) -> Bools:
    """Whether each resident is a woman: couples are mixed, the others make up the share of men."""
    n = len(households.of)
    pairs = np.flatnonzero(roles.partner)
    alone = max(n - 2 * len(pairs), 1)
    p_woman = ((1 - p.male_share) * n - len(pairs)) / alone
    u = draw(seed, Draw.SEX, n)[0]
    female: Bools = u < p_woman
    female[pairs] = u[pairs] < 0.5
    female[pairs - 1] = ~female[pairs]
    return female
