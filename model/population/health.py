"""Chronic diseases, the family doctor's contract and frailty."""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from model.population.ages import AGE_GROUPS, age_group
from model.population.draws import Draw, draw
from model.population.parameters import PopulationParameters
from model.terms import Bools, Bytes, Floats32


@dataclass(frozen=True, slots=True)
class Health:
    """Diseases and contract of each resident, shape (n,)."""

    hypertension: Bools
    diabetes: Bools
    other_chronic: Bools
    contract: Bools


def draw_health(age: Bytes, p: PopulationParameters, seed: int) -> Health:
    """Diseases by age, independent of one another; a contract likelier when old or ill."""
    u = draw(seed, Draw.HEALTH, len(age), keep=4)
    group = age_group(age)
    hypertension = u[0] < p.hypertension[group]
    diabetes = u[1] < p.diabetes[group]
    other = u[2] < p.other_chronic[group]
    kind = (hypertension | diabetes | other).astype(np.int8)
    kind[age >= AGE_GROUPS[-1]] = 2
    return Health(hypertension, diabetes, other, u[3] < p.contract[kind])


def draw_frailty(n: int, p: PopulationParameters, seed: int) -> Floats32:
    """Lognormal factors with mean 1 and the standard deviation of the parameter."""
    variance = np.log1p(p.frailty_sd**2)
    z = ndtri(draw(seed, Draw.FRAILTY, n)[0].astype(np.float64))
    frailty: Floats32 = np.exp(np.sqrt(variance) * z - variance / 2).astype(np.float32)
    return frailty
