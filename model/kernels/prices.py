"""What patients expect to pay, a block of them at once: the twin of `model.care.prices`.

The layers are those of `bills.pay_funds`; here each goes over the block, several bills at a time,
in whole numbers of fen held by doubles. They are exact below 2**53 millionths of a fen: an expected
visit would have to cost 90 million CNY to be beyond. What few bills reach, critical illness
insurance and assistance, is left to `pay_funds`.
"""

from typing import Any, NamedTuple

import numpy as np

from model.kernels.arithmetic import log1p_of
from model.kernels.bills import CHRONIC, DRUGS, MATERNITY, OUTPATIENT, PHARMACY, Flat, pay_funds
from model.kernels.compiling import compiled, fused, part_of_kernels
from model.kernels.draws import philox, unit
from model.kernels.patients import Cases, People
from model.terms import Bools, Bytes, Floats, Floats32, Ints

HYPERTENSION_DIABETES = 11  # Condition
VISIT, CHRONIC_VISIT, PURCHASE = 0, 1, 3  # parts.Basket
CLAIM = np.uint64(33)  # Purpose
DAYS_OF_YEAR = 365.0


class Charges(NamedTuple):
    """What a visit or a purchase is expected to cost."""

    visit: Floats  # (tiers,)
    condition: Floats
    scheme: Floats
    severity: float
    median: Floats  # (conditions,)
    purchase: float
    claimed: Floats  # (schemes, tiers)
    level: Floats  # (baskets, tiers, areas)
    service: Bytes  # (conditions,)
    class_tier: Ints  # (classes,) tier and area of each class of price
    class_area: Ints
    price_scale: float


class Bills(NamedTuple):
    """Room for the bills of a block, (BLOCK,); the same for all classes first, then of one."""

    benefit: Ints
    cell: Ints  # of `Flat.cells`, but for tier, area and claimed
    exempt: Bools
    chronic: Bools
    claim: Floats32  # draw
    personal: Floats  # charge over that of the tier
    income: Floats  # fen a day, scaled
    met: Floats  # of a yearly deductible
    paid: Floats  # by funds, under the cap
    claimed: Bools
    charge: Floats
    own: Floats
    prior: Floats
    deductible: Floats
    yearly: Floats
    rate: Floats
    cap: Floats
    mark: Floats
    scope: Floats
    basic: Floats
    price: Floats
    rare: Bools


@part_of_kernels
def share_of(amount: Any, millionths: Any) -> Any:
    """`amount` x share, rounded half up, of whole numbers in doubles."""
    return np.floor((amount * millionths + 500_000.0) / 1_000_000.0)


@compiled
def open_bills(
    seed: np.uint64, n: int, cases: Cases, people: People, member: Ints, drug_benefit: Bools,
    charges: Charges, bills: Bills,
) -> None:  # fmt: skip
    """What the bills of a patient share, at whatever class of provider."""
    who, key, _, condition_of, severity_of, urgent, _, _, referred = cases
    income, zero, claim = bills.income, np.uint64(0), bills.claim
    relative, by_scheme, by_severity, median = (
        charges.condition, charges.scheme, charges.severity, charges.median,
    )  # fmt: skip
    for b in range(n):
        claim[b] = unit(philox(np.uint64(who[b]), np.uint64(key[b]), zero, CLAIM, seed)[0])
    for b in range(n):
        daily = max(np.float64(people.income[b]), DAYS_OF_YEAR) * (100 / DAYS_OF_YEAR)
        income[b] = daily * charges.price_scale
    for b in range(n):
        condition, scheme = condition_of[b], member[b, 0]
        benefit = np.int64(charges.service[condition])
        bills.chronic[b] = benefit == CHRONIC
        if condition == HYPERTENSION_DIABETES and drug_benefit[scheme]:
            benefit = np.int64(DRUGS)
        met, paid = member[b, 3], member[b, 8]
        if benefit == MATERNITY:
            met = member[b, 4]
        elif benefit == OUTPATIENT:
            paid = member[b, 6]
        elif benefit == DRUGS:
            paid = member[b, 7]
        severe = np.float64(severity_of[b]) - median[condition]
        factor = relative[condition] * by_scheme[scheme]
        bills.personal[b] = factor * max(1 + by_severity * severe, 0.0)
        bills.exempt[b] = urgent[b] | referred[b]
        bills.benefit[b], bills.met[b], bills.paid[b] = benefit, met, paid
        bills.cell[b] = (scheme * 6 + benefit) * 48 + 2 * bills.exempt[b]


@compiled
def own_money(
    n: int, tier: int, area: int, exempts: bool, member: Ints, flat: Flat, bills: Bills
) -> None:
    """Fill `price`: what `charge` takes from the patients' own money; exempts: all of them."""
    cells, amounts = flat.cells, flat.amounts
    cell, claimed, charge = bills.cell, bills.claimed, bills.charge
    own, prior, deductible, yearly = bills.own, bills.prior, bills.deductible, bills.yearly
    rate, cap, mark, met, paid = bills.rate, bills.cap, bills.mark, bills.met, bills.paid
    scope, basic, price, rare = bills.scope, bills.basic, bills.price, bills.rare
    here = tier * 12 + area * 4
    for b in range(n):
        at = np.uint64((cell[b] | 2 if exempts else cell[b]) + here + claimed[b])
        own[b], prior[b], deductible[b], yearly[b] = (
            amounts[at, 0], amounts[at, 1], amounts[at, 2], amounts[at, 3],
        )  # fmt: skip
        rate[b], cap[b], mark[b] = amounts[at, 4], amounts[at, 5], amounts[at, 6]
        if amounts[at, 7] > 0 and member[b, 2]:
            deductible[b] = 0.0
    for b in range(n):
        left = charge[b] - share_of(charge[b], own[b])
        scope[b] = left - share_of(left, prior[b])
    for b in range(n):
        left = min(max(deductible[b] - met[b] * yearly[b], 0.0), scope[b])
        basic[b] = min(share_of(scope[b] - left, rate[b]), max(cap[b] - paid[b], 0.0))
        price[b] = charge[b] - basic[b]
    for b in range(n):
        rare[b] = scope[b] - basic[b] + member[b, 9] > mark[b] or member[b, 1] != 0
    _, later, _, start, marks, width, band_share, limit, helps, most_help = flat[:10]
    for b in range(n):
        if rare[b]:
            fen = np.int64(charge[b])
            _, _, _, _, paid_basic, critical, assistance = pay_funds(
                cells, later, start, marks, width, band_share, limit, helps, most_help, member, b,
                fen, bills.benefit[b], tier, area, exempts or bills.exempt[b], claimed[b],
            )  # fmt: skip
            price[b] = fen - paid_basic - critical - assistance


@compiled
def expect_prices(
    seed: np.uint64, n: int, gated: bool, cases: Cases, people: People, member: Ints, flat: Flat,
    charges: Charges, bills: Bills, prices: Ints, begin: int, response: Floats, granted: Floats,
    medicine: Floats,
) -> None:  # fmt: skip
    """Own money by class of price, with a referral too if there is a gate, and of a purchase.

    Columns of `prices` from `begin` on are filled; over daily income they are left in `response`,
    `granted`, (classes, BLOCK), and `medicine`.
    """
    open_bills(seed, n, cases, people, member, flat.drug_benefit, charges, bills)
    price, income, charge, claimed = bills.price, bills.income, bills.charge, bills.claimed
    personal, chronic, claim, claims = bills.personal, bills.chronic, bills.claim, charges.claimed
    level = charges.level
    for k in range(len(charges.class_tier)):
        tier, area = charges.class_tier[k], charges.class_area[k]
        visit, plain = charges.visit[tier], level[VISIT, tier, area]
        of_chronic = level[CHRONIC_VISIT, tier, area]
        for b in range(n):
            cny = visit * personal[b] * (of_chronic if chronic[b] else plain)
            charge[b] = np.floor(cny * 100 + 0.5)
        for b in range(n):
            claimed[b] = claim[b] < claims[member[b, 0], tier]
        own_money(n, tier, area, False, member, flat, bills)
        for b in range(n):
            prices[k, begin + b] = np.int64(price[b])
        for b in range(n):
            response[k, b] = price[b] / income[b]
        if gated:
            own_money(n, tier, area, True, member, flat, bills)
            for b in range(n):
                granted[k, b] = price[b] / income[b]
    cny = charges.purchase * level[PURCHASE, 0, 0]
    for b in range(n):
        charge[b], claimed[b] = np.floor(cny * 100 + 0.5), True
        bills.benefit[b], bills.met[b], bills.paid[b] = PHARMACY, member[b, 3], member[b, 6]
        bills.cell[b] = (member[b, 0] * 6 + PHARMACY) * 48 + 2 * bills.exempt[b]
    own_money(n, 0, 0, False, member, flat, bills)
    for b in range(n):
        medicine[b] = price[b] / income[b]


@fused
def respond(n: int, gated: bool, response: Floats, granted: Floats, medicine: Floats) -> None:
    """Response to what stands in `response`, `granted`, `medicine`: log(1 + price / income)."""
    for k in range(len(response)):
        for b in range(n):
            response[k, b] = log1p_of(response[k, b])
    if gated:
        for k in range(len(response)):
            for b in range(n):
                granted[k, b] = log1p_of(granted[k, b])
    for b in range(n):
        medicine[b] = log1p_of(medicine[b])
