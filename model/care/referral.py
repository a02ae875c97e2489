"""Referral: recognised or missed, taken up or not, upward and downward."""

from dataclasses import dataclass

import numpy as np

from model.care.treatment import shortfall
from model.terms import Bools, Bytes, Floats, Floats32


@dataclass(frozen=True, slots=True)
class ReferralParameters:
    """Values of `data/parameters/referral.yaml`."""

    recognise: Floats  # (tiers,)
    follow: float
    delay_day: float
    back_after_stay: float
    back_chronic: float
    down_severity: float
    visit_after_stay: float


@dataclass(frozen=True, slots=True)
class GateParameters:
    """Values of `data/parameters/gate.yaml`."""

    closed_door: float
    grants: float
    reserved: Floats  # (tiers,)


def referred_up(
    resolved: Bools,
    severity: Floats32,
    scope: Floats,
    tier: Bytes,
    uniform: Floats32,
    p: ReferralParameters,
    practice: Floats | float = 1.0,
) -> Bools:
    """Who is offered an upward referral: unresolved, beyond scope and recognised as such.

    practice: ratio, how the payment of the provider changes the chance.
    """
    beyond = shortfall(severity, scope) > 0
    recognised: Bools = ~resolved & beyond & (uniform < p.recognise[tier] * practice)
    return recognised


def delay(mean_day: Floats | float, uniform: Floats32) -> Floats:
    """Whole days until something agreed: geometric, at least one, with this mean.

    1 + floor(E / log(m / (m - 1))) with E a unit exponential has mean m.
    """
    mean = np.maximum(np.asarray(mean_day, np.float64), 1 + 1e-9)
    return 1 + np.floor(-np.log(uniform.astype(np.float64)) / np.log(mean / (mean - 1)))
