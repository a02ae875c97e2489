"""The residents' premium: the same for all, or following income within a floor and a cap.

    r_i = level x (1 - b + b clip(rate x income_i / premium, floor, cap))

is what member i pays as a multiple of the year's standard premium; b is the part by income.
"""

from dataclasses import dataclass

import numpy as np

from model.terms import Bools, Floats, Floats32


@dataclass(frozen=True, slots=True)
class PremiumParameters:
    """Values of `data/parameters/premium.yaml`."""

    level: float
    by_income: float
    income_rate: float
    floor: float
    cap: float
    lapse: float


def premium_multiples(income: Floats | Floats32, standard: float, p: PremiumParameters) -> Floats:
    """What each member would pay over the standard premium, shape (n,).

    income, standard: CNY/year.

    >>> half = PremiumParameters(1, 0.5, income_rate=0.02, floor=0.5, cap=2, lapse=0)
    >>> premium_multiples(np.array([0.0, 20_000.0, 99_000.0]), 400.0, half)
    array([0.75, 1.  , 1.5 ])
    """
    own = np.clip(p.income_rate * income.astype(np.float64) / standard, p.floor, p.cap)
    return p.level * (1 + p.by_income * (own - 1))


def lets_lapse(multiple: Floats, luck: Floats32, p: PremiumParameters) -> Bools:
    """Who leaves: in proportion to the rise of her own premium; a fall keeps nobody longer."""
    leaves: Bools = luck < p.lapse * np.maximum(multiple - 1, 0)
    return leaves
