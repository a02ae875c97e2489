"""Residence and income, which the members of a household share."""

import numpy as np
from scipy.special import ndtri

from model.population.draws import Draw, draw
from model.population.households import Households
from model.population.order import order
from model.population.parameters import PopulationParameters
from model.terms import Bools, Bytes, Floats, Floats32, Ints


def urban_households(
    households: Households, settlement: Ints, urban_share: Floats, seed: int
) -> Bools:
    """Households of each settlement in keyed order, urban until its share of residents is met.

    settlement: (households,); urban_share: (S,). The household in which the share is met is urban
    with the probability of its part below it, so that small settlements are not biased.
    """
    u = draw(seed, Draw.URBAN, len(households), keep=2)
    rows = order(settlement, (u[0] * 2**23).astype(np.int64))
    size, group = households.size[rows], settlement[rows]
    residents = np.bincount(group, size, len(urban_share))
    before = np.cumsum(size) - size - (np.cumsum(residents) - residents)[group]
    urban = np.empty(len(rows), dtype=np.bool_)
    urban[rows] = before + u[1][rows] * size < (urban_share * residents)[group]
    return urban


def household_incomes(
    households: Households,
    urban: Bools,
    means: tuple[float, float],
    p: PopulationParameters,
    seed: int,
) -> tuple[Floats32, Floats]:
    """Income a head (whole CNY/person/year) and rank (0 to 1) within the residence, by household.

    Lognormal; means: of urban and of rural residents, met exactly but for rounding to the yuan.
    """
    rank = draw(seed, Draw.INCOME, len(households))[0].astype(np.float64)
    residence = (~urban).astype(np.int64)
    income = np.exp(p.income_sigma[residence] * ndtri(rank))
    residents = np.bincount(residence, households.size, 2)
    total = np.bincount(residence, households.size * income, 2)
    income *= (np.array(means) * residents / np.maximum(total, 1e-9))[residence]
    return np.rint(income).astype(np.float32), rank


def income_fifths(income: Floats32) -> Bytes:
    """Fifth of each resident in the order of income, then of rows: 0 poorest to 4 richest."""
    n = len(income)
    fifth = np.empty(n, dtype=np.int8)
    rows = order(np.zeros(n, dtype=np.int64), income.astype(np.int64))
    fifth[rows] = np.arange(n) * 5 // n
    return fifth
