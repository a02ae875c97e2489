"""Charges before insurance: what a visit, a stay or a purchase is expected to cost, and costs."""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from model.encounters import Kind
from model.terms import Bytes, Condition, Floats, Floats32, Ints, Scheme, Service

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


@dataclass(frozen=True, slots=True)
class OnlineParameters:
    """Values of `data/parameters/online.yaml`."""

    agreed: float
    charge: float


SPREAD_OF = np.array([Kind.VISIT, Kind.STAY, Kind.PURCHASE, Kind.VISIT])  # by kind: online as visit
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
    return stay_service(condition) if kind == Kind.STAY else visit_service(condition)


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


@dataclass(frozen=True, slots=True)
class ByKind:
    """What encounters of every `Kind` are expected to cost, before levels."""

    at_tier: Floats  # (kinds, tiers) CNY
    relative: Floats  # (kinds, conditions)
    factor: Floats  # (kinds,)
    claimed: Floats  # (kinds, schemes, tiers), share that becomes claims


def by_kind(p: ChargeParameters, online: OnlineParameters) -> ByKind:
    """Tables of all kinds; a purchase costs the same everywhere, a claim of whoever is insured."""
    stay = np.broadcast_to(p.claimed_stay[:, None], p.claimed.shape)
    insured = np.arange(len(p.claimed))[:, None] != Scheme.NONE
    bought = np.broadcast_to(insured, p.claimed.shape)
    same = np.ones(len(Condition))
    return ByKind(
        at_tier=np.stack((p.visit, [0.0, *p.stay], p.visit, p.visit)),
        relative=np.stack((p.visit_condition, p.stay_condition, same, p.visit_condition)),
        factor=np.array([1.0, 1.0, 1.0, online.charge]),
        claimed=np.stack((p.claimed, stay, bought, p.claimed)),
    )


def encounter_mean(
    p: ChargeParameters,
    by: ByKind,
    kind: Bytes,
    tier: Bytes,
    condition: Bytes,
    severity: Floats,
    median: Floats,
    scheme: Bytes,
) -> Floats:
    """Expected charge of encounters of every `Kind` before levels, CNY, shape (n,)."""
    personal = _personal(p, by.relative[kind, condition], severity, median, scheme)
    mean = by.at_tier[kind, tier] * personal * by.factor[kind]
    mean[kind == Kind.PURCHASE] = p.purchase
    return mean


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
