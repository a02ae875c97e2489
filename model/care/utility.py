"""Utility of every option of every patient: place x option, plus person x tier, plus the personal.

    V(i, f) = tier constant + b_trust (trust(i, tier) + reputation(f)) + b_quality quality(f)
              - b_scope min(max(0, severity - scope), cap) - b_time minutes - b_price g(price)
              - b_wait expected wait + b_doctor [own team] + b_habit [used last]

Options lie along the first axis, patients along the second.
"""

from dataclasses import dataclass

import numpy as np

from model.care.treatment import shortfall
from model.region.options import Options
from model.terms import Bools, Bytes, Floats, Floats32, Ints, Ints32, Tier

DAYS_OF_YEAR = 365.0


@dataclass(frozen=True, slots=True)
class ChoiceParameters:
    """Values of `data/parameters/choice.yaml`."""

    seek_constant: Floats  # rural, urban
    seek_severity: float
    seek_follow_up: float
    seek_price: float
    pharmacy_constant: float
    pharmacy_severity: float
    inclusive: float
    within_tier: float
    tier_constant: Floats  # (rural urban, tiers)
    b_trust: float
    b_quality: float
    quality: Floats  # (tiers,)
    b_scope: float
    scope_cap: float
    b_time: float
    b_price: float
    price_scale: float
    b_wait: float
    wait_day_hour: float
    b_doctor: float
    b_habit: float
    considers: Floats  # (rural urban, tiers)


def price_response(price: Ints | Floats, income: Floats32, scale: float) -> Floats:
    """g(price) = log(1 + price / (scale x daily income)): concave, dimensionless.

    price: fen. income: CNY a year; below 365 CNY it counts as 365.
    """
    daily_fen = np.maximum(income.astype(np.float64), DAYS_OF_YEAR) * (100 / DAYS_OF_YEAR)
    return np.log1p(price / (scale * daily_fen))


def wait_hours(wait_min: Floats, wait_day: Floats, p: ChoiceParameters) -> Floats:
    """Hours that a facility's expected wait weighs."""
    return wait_min / 60 + wait_day * p.wait_day_hour


def place_terms(
    options: Options, quality: Floats, reputation: Floats, hours: Floats, p: ChoiceParameters
) -> Floats:
    """What all residents of a place share of an option's utility, shape (options, places).

    quality, reputation, hours: (facilities,). -inf where a place has no such option.
    """
    facility = options.facility.T
    shared = p.b_quality * quality + p.b_trust * reputation - p.b_wait * hours
    terms = shared[facility] - p.b_time * options.minutes.T.astype(np.float64)
    return np.where(facility >= 0, terms, -np.inf)


def tier_terms(
    urban: Bools, trust: Floats32, severity: Floats32, scope: Floats, p: ChoiceParameters
) -> Floats:
    """What a patient's options of one tier share, but for the price, shape (tiers, patients).

    trust, scope: (tiers, patients).
    """
    constant = p.tier_constant[urban.astype(np.int8)].T
    gap = np.minimum(shortfall(severity, scope), p.scope_cap)
    return constant + p.b_trust * trust.astype(np.float64) - p.b_scope * gap


def considered_tiers(
    urban: Bools, emergency: Bools, follow_up: Bools, taste: Floats32, p: ChoiceParameters
) -> Bools:
    """Tiers that a patient considers, shape (tiers, patients).

    taste: (tiers, patients) uniforms keyed by resident, so that tastes last. Emergencies consider
    every tier but the clinic; planned follow-ups consider all.
    """
    considered = taste < p.considers[urban.astype(np.int8)].T
    considered |= emergency | follow_up
    considered[Tier.CLINIC] &= ~emergency
    return considered


def own_team_slots(options: Options) -> tuple[int, ...]:
    """Slots of the own family doctor's team; a tier that no place has in reach has none."""
    primary = options.slots[Tier.CLINIC], options.slots[Tier.CENTRE]
    return tuple(part.start for part in primary if part.start < part.stop)


def personal_terms(
    facility: Ints32,
    slot: int,
    options: Options,
    contract: Bools,
    last: Ints32,
    p: ChoiceParameters,
) -> Floats:
    """Habit and the own family doctor's team: the nearest clinic and the nearest centre."""
    term = p.b_habit * (facility == last)
    if slot in own_team_slots(options):
        term = term + p.b_doctor * contract
    return term


def classes_of(options: Options, tier: Bytes, area: Bytes) -> tuple[Ints, list[tuple[int, int]]]:
    """Price classes: the pairs of tier and area found among the options.

    Returns the class of each place's option, shape (options, places), and the pairs.
    """
    code = tier.astype(np.int64) * 4 + area
    at = np.where(options.facility.T >= 0, code[options.facility.T], -1)
    codes = np.unique(at[at >= 0])
    found = np.searchsorted(codes, np.maximum(at, codes[0]))
    return found, [(int(c) // 4, int(c) % 4) for c in codes]
