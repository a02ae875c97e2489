"""Contracts and schemes that policies move: who signs, who enrols, who changes scheme."""

from dataclasses import dataclass

import numpy as np

from model.randomness import Purpose, uniforms
from model.state import Residents
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
    join_employees: float


@dataclass(frozen=True, slots=True)
class AtStart:
    """Contracts and schemes as they were synthesised; shape (residents,)."""

    contract: Bools
    scheme: Bytes
    insured_here: Bools


def as_synthesised(residents: Residents) -> AtStart:
    """A copy that policies do not touch."""
    return AtStart(
        residents.contract.copy(), residents.scheme.copy(), residents.insured_here.copy()
    )


def assign(residents: Residents, start: AtStart, p: SupplyParameters, seed: int) -> None:
    """Contracts and schemes under these values, from those at the start; luck is each resident's.

    A resident who signs at some share also signs at every higher one.
    """
    residents.contract[:] = start.contract
    residents.scheme[:] = start.scheme
    residents.insured_here[:] = start.insured_here
    if not (p.sign.any() or p.enrol or p.join_employees):
        return
    signs, enrols, joins = uniforms(seed, Purpose.MEMBERSHIP, np.arange(len(residents)), keep=3)
    ill = residents.hypertension | residents.diabetes | residents.other_chronic
    share = np.where(ill | (residents.age >= OLD), p.sign[0], p.sign[1])
    residents.contract |= signs < share
    enrolled = (start.scheme == Scheme.NONE) & (enrols < p.enrol)
    working = (residents.age >= WORKING[0]) & (residents.age <= WORKING[1])
    flexible = (start.scheme == Scheme.RBMI) & working & residents.urban
    residents.scheme[enrolled] = Scheme.RBMI
    residents.insured_here[enrolled] = True
    residents.scheme[flexible & (joins < p.join_employees)] = Scheme.EBMI_ACTIVE
