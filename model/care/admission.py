"""Admission as its own decision: advised, taken up, where, for how long."""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from model.terms import Bytes, Floats, Floats32, Ints


@dataclass(frozen=True, slots=True)
class AdmissionParameters:
    """Values of `data/parameters/admission.yaml`; tables of stays begin at the centre."""

    advice: Floats  # (conditions,)
    advice_severity: float
    advice_beds: float
    accept: float
    accept_severity: float
    accept_price: float
    price_scale: float
    site_constant: Floats  # (centre, secondary, tertiary)
    site_present: float
    site_trust: float
    site_scope: float
    site_time: float
    site_price: float
    site_wait: float
    bed_patience_day: float
    ward_scope: float
    ward_success: float
    stay_day: Floats  # (conditions,)
    stay_tier: Floats  # (centre, secondary, tertiary)
    stay_spread: float


def advice_probability(
    condition: Bytes,
    severity: Floats32,
    free_beds: Floats,
    p: AdmissionParameters,
    practice: Floats | float = 0.0,
) -> Floats:
    """Chance that a visit ends with the advice to be admitted.

    free_beds: share of the beds that are free where the patient is seen (0 without beds).
    practice: logit, what the payment of the provider adds.
    """
    logit = p.advice[condition] + p.advice_severity * (severity - 0.5) + p.advice_beds * free_beds
    return 1 / (1 + np.exp(-(logit + practice)))


def acceptance_probability(severity: Floats32, price: Floats, p: AdmissionParameters) -> Floats:
    """Chance that the advice is taken up.

    price: g of the expected out-of-pocket at the site chosen (`utility.price_response`).
    """
    value = p.accept + p.accept_severity * severity - p.accept_price * price
    return 1 / (1 + np.exp(-value))


def draw_stay(condition: Bytes, tier: Bytes, uniform: Floats32, p: AdmissionParameters) -> Ints:
    """Length of stay, days, at least 1: lognormal about its mean, rounded to a whole day."""
    mean = p.stay_day[condition] * p.stay_tier[tier - 1]
    spread = p.stay_spread
    days = mean * np.exp(spread * ndtri(uniform.astype(np.float64)) - spread * spread / 2)
    return np.maximum(np.floor(days + 0.5), 1).astype(np.int64)
