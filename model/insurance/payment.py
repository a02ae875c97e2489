"""Provider payment: what the pools pay for the claims of a period under each form.

Clearing is between fund and provider; no bill of a patient changes by it. Each form is a pure
function of what a period brought, in arrays (facilities, pools), fen.
"""

from dataclasses import dataclass, replace

import numpy as np

from model.terms import Bools, Bytes, Floats, Tier, Word

FEN = 100
POOLS = ("ebmi_pool", "rbmi")  # the funds that clear; the other layers pay as claimed


class Lever(Word):
    """Forms of payment by their share of claims, and what else moves providers."""

    DRG = 0  # a rate fixed beforehand for each weight
    DIP = 1  # points, whose value follows from the budget
    GLOBAL_BUDGET = 2
    CAPITATION = 3  # bundled to a consortium
    SAME_PRICE = 4  # share of rates and points that is one for all tiers
    PAY_TIED = 5  # share of doctors' pay that follows revenue
    SUPERVISION = 6  # share of claims audited


FORMS = (Lever.DRG, Lever.DIP, Lever.GLOBAL_BUDGET, Lever.CAPITATION)


@dataclass(frozen=True, slots=True)
class PaymentParameters:
    """Values of `data/parameters/payment.yaml`; effects are for `in_force` - `baseline` = 1."""

    in_force: Floats  # (levers,)
    baseline: Floats  # (levers,)
    intensity_visit: Floats  # (levers,)
    intensity_stay: Floats  # (levers,)
    intensity_part: Floats  # (parts,)
    admission: Floats  # (levers,)
    simple: Floats  # (levers,)
    keep_in: Floats  # (levers,)
    refer_up: Floats  # (levers,)
    refer_out: Floats  # (levers,)
    send_down: Floats  # (levers,)
    coding: Floats  # (levers,)
    budget: float
    per_head: Floats  # (pools,) CNY/member/year
    retained: float
    overrun_borne: float


def at_baseline(p: PaymentParameters) -> PaymentParameters:
    """The same with the forms and the level of budgets of the baseline."""
    return replace(p, in_force=p.baseline, budget=1.0)


@dataclass(frozen=True, slots=True)
class Claims:
    """What a period brought, shape (facilities, pools), fen; of members, and claimed."""

    claimed: Floats  # on the pools; what fee for service pays
    charge: Floats
    standard: Floats  # expected charge at the baseline's practice and today's prices
    stay_claimed: Floats
    stay_charge: Floats
    stay_standard: Floats
    weight: Floats  # case weights of stays
    recorded: Floats  # the same as coded


@dataclass(frozen=True, slots=True)
class Providers:
    """Whom the pools pay, shape (facilities,)."""

    tier: Bytes
    pooled: Bools  # inside the pool; the others are paid as claimed
    consortium: Bools


def clear(claims: Claims, who: Providers, member_years: Floats, p: PaymentParameters) -> Floats:
    """What the pools pay each provider for a period, whole fen, by the mix of forms in force.

    member_years: of the pools' members in the period, (pools,). What the forms leave is paid by
    fee for service.
    """
    paid = claims.claimed.copy()
    for part, form in zip(levels_in_force(p)[list(FORMS)], FORMS, strict=True):
        paid += part * (_PAY[form](claims, who, member_years, p) - claims.claimed)
    return whole_fen(paid)


def levels_in_force(p: PaymentParameters) -> Floats:
    """Levels of the levers, (levers,), with forms whose shares add up to 1 at most.

    A form that grows beyond the baseline takes from fee for service first, then from the forms
    that do not grow, in proportion.
    """
    level = p.in_force.copy()
    share = level[list(FORMS)]
    grown = share > p.baseline[list(FORMS)]
    for of, room in ((grown, 1.0), (~grown, 1 - min(share[grown].sum(), 1.0))):
        if share[of].sum() > room:
            share[of] *= room / share[of].sum()
    level[list(FORMS)] = share
    return level


def whole_fen(amounts: Floats) -> Floats:
    """Amounts rounded to the fen, each column so that its sum is the rounded sum.

    >>> whole_fen(np.array([[0.4], [0.4], [0.4], [1.8]])).ravel()
    array([0., 1., 0., 2.])
    """
    return np.diff(np.floor(np.cumsum(amounts, axis=0) + 0.5), axis=0, prepend=0.0)


def case_rates(claims: Claims, who: Providers, same_price: float) -> Floats:
    """Fen a weight by provider: what a weight costs at the baseline's practice.

    R = (1 - s) sum(standard) / sum(weight) over the tier + s the same over all tiers; so the sum
    of R x weight is that of the standard charges for every s.
    """
    standard, weight = (x * who.pooled[:, None] for x in (claims.stay_standard, claims.weight))
    rate = np.zeros_like(weight)
    overall = _over(standard.sum(axis=0), weight.sum(axis=0))
    for tier in Tier:
        of = who.tier == tier
        own = _over(standard[of].sum(axis=0), weight[of].sum(axis=0))
        rate[of] = (1 - same_price) * own + same_price * overall
    return rate * who.pooled[:, None]


def pay_drg(claims: Claims, who: Providers, member_years: Floats, p: PaymentParameters) -> Floats:
    """Rate x recorded weight less what patients paid: lower cost and higher coding are gain."""
    rate = p.budget * case_rates(claims, who, p.in_force[Lever.SAME_PRICE])
    patients = claims.stay_charge - claims.stay_claimed
    return _instead(claims, who, rate * claims.recorded - patients)


def pay_dip(claims: Claims, who: Providers, member_years: Floats, p: PaymentParameters) -> Floats:
    """Points x value less what patients paid, with the value at which the budget is paid out.

    points = R x recorded weight; value = (budget + sum(patients)) / sum(points).
    """
    points = case_rates(claims, who, p.in_force[Lever.SAME_PRICE]) * claims.recorded
    patients = (claims.stay_charge - claims.stay_claimed) * who.pooled[:, None]
    value = _over(stay_budget(claims, who, p) + patients.sum(axis=0), points.sum(axis=0))
    return _instead(claims, who, value * points - patients)


def stay_budget(claims: Claims, who: Providers, p: PaymentParameters) -> Floats:
    """What a pool has for stays: its claims as they would be at standard charges, (pools,)."""
    claimed, charge, standard = (
        x[who.pooled].sum(axis=0)
        for x in (claims.stay_claimed, claims.stay_charge, claims.stay_standard)
    )
    return p.budget * claimed * _over(standard, charge)


def pay_budget(
    claims: Claims, who: Providers, member_years: Floats, p: PaymentParameters
) -> Floats:
    """A budget for each centre and hospital: its claims as they would be at standard charges."""
    budget = p.budget * claims.claimed * _over(claims.standard, claims.charge)
    budgeted = who.pooled & (who.tier > Tier.CLINIC)
    return claims.claimed + kept(budget - claims.claimed, p) * budgeted[:, None]


def pay_capitation(
    claims: Claims, who: Providers, member_years: Floats, p: PaymentParameters
) -> Floats:
    """A budget by heads to the consortium, charged with its members' care anywhere.

    What is kept or borne is shared among its facilities by their own claims; others are paid as
    claimed.
    """
    own = claims.claimed * who.consortium[:, None]
    surplus = kept(capitation_surplus(claims, who, member_years, p), p)
    return claims.claimed + surplus * _over(own, own.sum(axis=0))


def capitation_surplus(
    claims: Claims, who: Providers, member_years: Floats, p: PaymentParameters
) -> Floats:
    """Bundled budget less members' own care and their care outside the consortium, (pools,)."""
    budget = FEN * p.budget * p.per_head * member_years
    return budget - claims.claimed.sum(axis=0)


def kept(surplus: Floats, p: PaymentParameters) -> Floats:
    """The provider's part of a surplus or, below zero, of an overrun."""
    return surplus * np.where(surplus > 0, p.retained, p.overrun_borne)


_PAY = {
    Lever.DRG: pay_drg,
    Lever.DIP: pay_dip,
    Lever.GLOBAL_BUDGET: pay_budget,
    Lever.CAPITATION: pay_capitation,
}


def _instead(claims: Claims, who: Providers, stays: Floats) -> Floats:
    """Claims with those for stays at pooled providers replaced."""
    pooled = who.pooled[:, None]
    return claims.claimed + (stays - claims.stay_claimed) * pooled


def _over(above: Floats, below: Floats) -> Floats:
    return np.divide(above, below, out=np.zeros_like(above), where=below > 0)
