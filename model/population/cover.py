"""Insurance: scheme, where a member is insured, and entitlement to medical assistance."""

import numpy as np

from model.population.ages import age_group
from model.population.draws import Draw, draw
from model.population.parameters import PopulationParameters
from model.terms import Bools, Bytes, Floats, Ints, Scheme


def p_employee(residence: Ints, age: Bytes, rank: Floats, p: PopulationParameters) -> Floats:
    """Probability to belong to the employees' scheme, (n,), higher with the income rank.

    residence: 0 urban, 1 rural; rank: 0 to 1 within the residence.
    """
    gradient = 1 + p.ebmi_income_slope * (2 * rank - 1)
    return p.ebmi[residence, age_group(age)] * gradient * (age >= p.working_age)


def choose_scheme(
    urban: Bools, age: Bytes, female: Bools, rank: Floats, p: PopulationParameters, seed: int
) -> tuple[Bytes, Bools]:
    """Scheme of each resident and whether it is this region's pool that insures her."""
    u = draw(seed, Draw.COVER, len(age), keep=4)
    residence = (~urban).astype(np.int64)
    women_workers, women_staff, men = p.retirement_age
    retirement = np.where(u[1] < p.women_workers, women_workers, women_staff)
    retirement[~female] = men
    scheme = np.full(len(age), Scheme.RBMI, dtype=np.int8)
    scheme[u[2] < p.uninsured[age_group(age)]] = Scheme.NONE
    employee = u[0] < p_employee(residence, age, rank, p)
    scheme[employee & (age < retirement)] = Scheme.EBMI_ACTIVE
    scheme[employee & (age >= retirement)] = Scheme.EBMI_RETIRED
    mobile = urban & (age >= p.working_age) & (age < men)
    elsewhere = mobile & (u[3] < p.insured_elsewhere)
    return scheme, (scheme != Scheme.NONE) & ~elsewhere


def p_assistance(residence: Ints, rank: Floats, p: PopulationParameters) -> Floats:
    """Probability that the members of the residents' scheme in a household are entitled."""
    power = p.assistance_concentration
    return np.minimum(p.assistance[residence] * (power + 1) * (1 - rank) ** power, 1.0)


def entitled_households(urban: Bools, rank: Floats, p: PopulationParameters, seed: int) -> Bools:
    """Households whose members in the residents' scheme are entitled to assistance."""
    residence = (~urban).astype(np.int64)
    u = draw(seed, Draw.ASSISTANCE, len(urban))[0]
    entitled: Bools = u < p_assistance(residence, rank, p)
    return entitled
