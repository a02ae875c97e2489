"""Names of the draws of the synthesis: the branch of each, within its purpose."""

from enum import IntEnum

import numpy as np

from model.randomness import Purpose, uniforms
from model.terms import Floats32


class Draw(IntEnum):
    """Branches, with the uniforms each takes; a new trait takes a new number.

    The first five are keyed by the number of the household, AGE_OFFSET by the settlement's row,
    the others by the resident's row.
    """

    HOUSEHOLD_SIZE = 1
    HEAD_AGE = 2
    URBAN = 3
    INCOME = 4
    ASSISTANCE = 5
    AGE_OFFSET = 6
    ROLE = 7  # partner, elder, age
    SEX = 8
    COVER = 9  # employees' scheme, retirement as a worker, uninsured, insured elsewhere
    HEALTH = 10  # hypertension, diabetes, other chronic disease, contract
    FRAILTY = 11
    TRUST_IN_ALL = 12
    TRUST_IN_TIER = 13  # clinic, centre, secondary, tertiary


def draw(seed: int, what: Draw, n: int, keep: int = 1) -> Floats32:
    """Uniforms of `what` for rows 0 to n - 1, shape (keep, n)."""
    if what <= Draw.ASSISTANCE:
        purpose = Purpose.HOUSEHOLD
    elif what <= Draw.SEX:
        purpose = Purpose.POPULATION
    else:
        purpose = Purpose.TRAITS
    return uniforms(seed, purpose, np.arange(n), branch=int(what), keep=keep)
