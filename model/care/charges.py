"""Charges before insurance: what a visit, a stay or a purchase is expected to cost, and costs."""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from model.encounters import Kind
from model.terms import Bytes, Condition, Floats, Floats32, Ints, Service

FEN = 100


@dataclass(frozen=True, slots=True)
class ChargeParameters:
    """Values of `data/parameters/charges.yaml`."""

    visit: Floats  # (tiers,) CNY
    visit_condition: Floats
    stay: Floats  # (centre, secondary, tertiary) CNY
    stay_condition: Floats
    scheme: Floats  # (schemes,)
    severity: float
    spread: Floats  # visit, stay, purchase
    purchase: float
    claimed: Floats  # (schemes, tiers)
    claimed_stay: Floats  # (schemes,)


_SERVICE = np.full(len(Condition), Service.OUTPATIENT, np.int8)
_SERVICE[[Condition.OTHER_CHRONIC, Condition.HYPERTENSION_DIABETES]] = Service.CHRONIC
_SERVICE[Condition.MATERNITY] = Service.MATERNITY


def visit_service(condition: Bytes) -> Bytes:
    """The benefit under which a visit for a condition is settled."""
    return _SERVICE[condition]


def stay_service(condition: Bytes) -> Bytes:
    """The benefit under which a stay for a condition is settled."""
    is_birth = condition == Condition.MATERNITY
    return np.where(is_birth, Service.MATERNITY, Service.INPATIENT).astype(np.int8)


def service_of(kind: Kind, condition: Bytes) -> Bytes:
    """The benefit under which encounters of one kind are settled."""
    if kind == Kind.PURCHASE:
        return np.full(len(condition), Service.PHARMACY, np.int8)
    return visit_service(condition) if kind == Kind.VISIT else stay_service(condition)


def visit_mean(
    p: ChargeParameters, condition: Bytes, severity: Floats, median: Floats, scheme: Bytes
) -> Floats:
    """Expected charge of a visit at each tier before levels, CNY, shape (tiers, patients)."""
    personal = _personal(p, p.visit_condition[condition], severity, median, scheme)
    return p.visit[:, None] * personal


def stay_mean(
    p: ChargeParameters, condition: Bytes, severity: Floats, median: Floats, scheme: Bytes
) -> Floats:
    """The same of a stay; none at clinics."""
    personal = _personal(p, p.stay_condition[condition], severity, median, scheme)
    return np.concatenate(([0.0], p.stay))[:, None] * personal


def _personal(
    p: ChargeParameters, relative: Floats, severity: Floats, median: Floats, scheme: Bytes
) -> Floats:
    return relative * p.scheme[scheme] * np.maximum(1 + p.severity * (severity - median), 0.0)


def draw_charge(mean: Floats, spread: Floats | float, uniform: Floats32) -> Ints:
    """A lognormal charge about its mean, rounded to the fen.

    mean: CNY. uniform: one keyed draw a row.
    """
    factor = np.exp(spread * ndtri(uniform.astype(np.float64)) - spread * spread / 2)
    return to_fen(mean * factor)


def to_fen(cny: Floats) -> Ints:
    """CNY as integer fen, half up."""
    return np.floor(cny * FEN + 0.5).astype(np.int64)
