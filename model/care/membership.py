"""Contracts and schemes that policies move: who signs, enrols, lets lapse, changes scheme.

Each resident has one number of luck a decision, so that the same persons move under every policy.
"""

from dataclasses import dataclass

import numpy as np

from model.insurance.premium import PremiumParameters, lets_lapse, premium_multiples
from model.randomness import Purpose, uniforms
from model.state import NEVER, Days, Residents
from model.terms import Bools, Bytes, Floats, Scheme

OLD = 60  # years
WORKING = (18, 59)  # years, first and last


@dataclass(frozen=True, slots=True)
class SupplyParameters:
    """Values of `data/parameters/supply.yaml`."""

    doctors: Floats  # (tiers,)
    places: Floats  # (tiers,)
    beds: Floats  # (tiers,)
    closed_clinics: float
    pooled_away: float
    sign: Floats  # elderly or chronic, others
    enrol: float
    waiting_day: float
    join_employees: float


@dataclass(slots=True)
class Membership:
    """Contracts and schemes as they were synthesised, and what came after; shape (residents,)."""

    contract: Bools
    scheme: Bytes
    insured_here: Bools
    enrolled_day: Days  # since when under the policies in force, NEVER for others
    premium: Floats  # of the residents' scheme, over the standard one; zero of those who pay none
    waits_until: int = NEVER  # day on which the next waiting period ends


def as_synthesised(residents: Residents) -> Membership:
    """A copy that policies do not touch."""
    return Membership(
        contract=residents.contract.copy(),
        scheme=residents.scheme.copy(),
        insured_here=residents.insured_here.copy(),
        enrolled_day=np.full(len(residents), NEVER, np.int16),
        premium=np.zeros(len(residents)),
    )


def assign(
    residents: Residents,
    start: Membership,
    p: SupplyParameters,
    premium: PremiumParameters,
    standard: float,
    seed: int,
    day: int,
) -> None:
    """Contracts, schemes and premiums of a day under these values, from those at the start.

    A resident who signs at some share also signs at every higher one; one who enrols is uninsured
    until her waiting period is over, but pays. standard: premium, CNY/member/year.
    """
    residents.contract[:] = start.contract
    residents.scheme[:] = start.scheme
    residents.insured_here[:] = start.insured_here
    own = premium_multiples(residents.income, standard, premium)
    paying = (start.scheme == Scheme.RBMI) & start.insured_here
    enrolled = np.zeros(len(residents), np.bool_)
    if p.sign.any() or p.enrol or p.join_employees or (own > 1).any():
        luck = uniforms(seed, Purpose.MEMBERSHIP, np.arange(len(residents)))
        signs, enrols, joins, leaves = luck
        residents.contract |= signs < _share_signing(residents, p)
        gone = paying & ~residents.assistance & lets_lapse(own, leaves, premium)
        residents.scheme[gone] = Scheme.NONE
        residents.insured_here[gone] = False
        enrolled = (start.scheme == Scheme.NONE) & (enrols < p.enrol)
        working = (residents.age >= WORKING[0]) & (residents.age <= WORKING[1])
        flexible = (start.scheme == Scheme.RBMI) & ~gone & working & residents.urban
        flexible &= joins < p.join_employees
        residents.scheme[flexible] = Scheme.EBMI_ACTIVE
        paying &= ~gone & ~flexible
    _enrol(residents, start, enrolled, p.waiting_day, day)
    start.premium = np.where(paying | enrolled, own, 0.0)


def _enrol(
    residents: Residents, start: Membership, enrolled: Bools, waiting_day: float, day: int
) -> None:
    since = np.where(enrolled, np.minimum(start.enrolled_day, day), NEVER)
    start.enrolled_day = since.astype(np.int16)
    due = since + round(waiting_day)
    covered = enrolled & (due <= day)
    residents.scheme[covered] = Scheme.RBMI
    residents.insured_here[covered] = True
    start.waits_until = int(due[enrolled & ~covered].min(initial=NEVER))


def _share_signing(residents: Residents, p: SupplyParameters) -> Floats:
    ill = residents.hypertension | residents.diabetes | residents.other_chronic
    return np.where(ill | (residents.age >= OLD), p.sign[0], p.sign[1])
