"""Provider payment: what the pools pay for the claims of a period under each form.

Clearing is between fund and provider; no bill of a patient changes by it. Each form is a pure
function of what a period brought, in arrays (facilities, pools), fen.
"""

from dataclasses import dataclass, replace

import numpy as np

from model.terms import Bools, Bytes, Floats, Ints, Tier, Word

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
    """Whom the pools pay, and for whom budgets are bundled; shape (facilities,) but for `home`."""

    tier: Bytes
    pooled: Bools  # inside the pool; the others are paid as claimed
    consortium: Ints  # number of the one to which each belongs, -1 for none
    home: Ints  # (settlements,) number of the one whose budget is for their residents, or -1
    leads: tuple[str, ...]  # of the consortia
    services: Bools  # (consortia, services) that the budget is for


@dataclass(frozen=True, slots=True)
class Heads:
    """Whom each bundled budget is for, and what they used; shape (consortia, pools)."""

    member_years: Floats
    part: Floats  # of all that members claim, what the services of the budget make up
    used: Floats  # fen claimed for these services by its residents, wherever they were treated


def clear(claims: Claims, who: Providers, heads: Heads, p: PaymentParameters) -> Floats:
    """What the pools pay each provider for a period, whole fen, by the mix of forms in force.

    What the forms leave is paid by fee for service.
    """
    paid = claims.claimed.copy()
    for part, form in zip(levels_in_force(p)[list(FORMS)], FORMS, strict=True):
        paid += part * (_PAY[form](claims, who, heads, p) - claims.claimed)
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
    overall = over(standard.sum(axis=0), weight.sum(axis=0))
    for tier in Tier:
        of = who.tier == tier
        own = over(standard[of].sum(axis=0), weight[of].sum(axis=0))
        rate[of] = (1 - same_price) * own + same_price * overall
    return rate * who.pooled[:, None]


def pay_drg(claims: Claims, who: Providers, heads: Heads, p: PaymentParameters) -> Floats:
    """Rate x recorded weight less what patients paid: lower cost and higher coding are gain."""
    rate = p.budget * case_rates(claims, who, p.in_force[Lever.SAME_PRICE])
    patients = claims.stay_charge - claims.stay_claimed
    return _instead(claims, who, rate * claims.recorded - patients)


def pay_dip(claims: Claims, who: Providers, heads: Heads, p: PaymentParameters) -> Floats:
    """Points x value less what patients paid, with the value at which the budget is paid out.

    points = R x recorded weight; value = (budget + sum(patients)) / sum(points).
    """
    points = case_rates(claims, who, p.in_force[Lever.SAME_PRICE]) * claims.recorded
    patients = (claims.stay_charge - claims.stay_claimed) * who.pooled[:, None]
    value = over(stay_budget(claims, who, p) + patients.sum(axis=0), points.sum(axis=0))
    return _instead(claims, who, value * points - patients)


def stay_budget(claims: Claims, who: Providers, p: PaymentParameters) -> Floats:
    """What a pool has for stays: its claims as they would be at standard charges, (pools,)."""
    claimed, charge, standard = (
        x[who.pooled].sum(axis=0)
        for x in (claims.stay_claimed, claims.stay_charge, claims.stay_standard)
    )
    return p.budget * claimed * over(standard, charge)


def pay_budget(claims: Claims, who: Providers, heads: Heads, p: PaymentParameters) -> Floats:
    """A budget for each centre and hospital: its claims as they would be at standard charges."""
    budget = p.budget * claims.claimed * over(claims.standard, claims.charge)
    budgeted = who.pooled & (who.tier > Tier.CLINIC)
    return claims.claimed + kept(budget - claims.claimed, p) * budgeted[:, None]


def pay_capitation(claims: Claims, who: Providers, heads: Heads, p: PaymentParameters) -> Floats:
    """A budget by heads to each consortium, charged with its residents' care anywhere.

    What is kept or borne is shared among its facilities by their own claims; others are paid as
    claimed.
    """
    paid = claims.claimed.copy()
    for number, share in enumerate(kept(capitation_surplus(heads, p), p)):
        own = claims.claimed * (who.consortium == number)[:, None]
        paid += share * over(own, own.sum(axis=0))
    return paid


def capitation_budget(heads: Heads, p: PaymentParameters) -> Floats:
    """Bundled budgets, fen, (consortia, pools): per head, and for other than all services a part.

    The part is that of the named services in what all members claim.
    """
    return FEN * p.budget * p.per_head * heads.member_years * heads.part


def capitation_surplus(heads: Heads, p: PaymentParameters) -> Floats:
    """Bundled budgets less what their residents used, in the consortium and out of it."""
    return capitation_budget(heads, p) - heads.used


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


def over(above: Floats, below: Floats) -> Floats:
    """Quotients, zero where there is nothing to divide by."""
    return np.divide(above, below, out=np.zeros_like(above), where=below > 0)
