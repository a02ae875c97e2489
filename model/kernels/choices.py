"""Weighing, seeking and choosing, one patient after another: the twin of `model.care.decision`.

The letters and the order of the sums are those of `utility`, `choice` and `prices`.
"""

import math
from typing import Any, NamedTuple

import numpy as np

from model.kernels.bills import CHRONIC, DRUGS, PHARMACY, Flat, pay_funds
from model.kernels.compiling import compiled, part_of_kernels
from model.kernels.draws import philox, unit
from model.terms import Bools, Bytes, Floats, Floats32, Ints

CLINIC, CENTRE, HYPERTENSION_DIABETES = 0, 1, 11  # Tier, Condition
VISIT, CHRONIC_VISIT, PURCHASE = 0, 1, 3  # parts.Basket
TASTE, SEEK, NEST, FACILITY, CLAIM = (np.uint64(p) for p in (5, 20, 21, 22, 33))  # Purpose
DAYS_OF_YEAR = 365.0


class Cases(NamedTuple):
    """The episodes of those who decide; shape (n,)."""

    person: Ints
    key: Ints
    condition: Bytes
    severity: Floats32
    emergency: Bools
    follow_up: Bools
    planned: Bools
    referred: Bools


class People(NamedTuple):
    """Whose episodes they are; shape (n,)."""

    place: Ints
    income: Floats32
    urban: Bools
    last_used: Ints
    trust: Floats32  # (n, tiers)


class Ways(NamedTuple):
    """The options of every place."""

    facility: Ints  # (places, options)
    shared: Floats  # (options, places), what residents of a place share of the utility
    class_at: Ints  # (options, places)
    offered: Bools  # (tiers, places)
    first: Ints  # (tiers + 1,) slot with which each tier begins
    class_tier: Ints  # (classes,)
    class_area: Ints


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


class Weights(NamedTuple):
    """`ChoiceParameters`, as far as the kernels read them."""

    seek_constant: Floats
    seek_severity: float
    seek_follow_up: float
    seek_price: float
    pharmacy_constant: float
    pharmacy_severity: float
    inclusive: float
    within_tier: float
    tier_constant: Floats
    b_trust: float
    b_scope: float
    scope_cap: float
    b_price: float
    price_scale: float
    b_doctor: float
    b_habit: float
    considers: Floats


class Scratch(NamedTuple):
    """Room for one patient."""

    here: Bools  # (tiers,) considered
    felt: Floats  # (tiers,) response to the price of the nearest
    value: Floats  # (tiers,)
    priced: Floats  # (tiers,)
    utility: Floats  # (options,)
    response: Floats  # (classes,)


class Weighed(NamedTuple):
    """What is filled; the last axis is the patients. See `decision.Weighed`."""

    utility: Floats
    tier_value: Floats
    outside: Floats
    provider: Floats
    free: Floats
    price: Ints


@part_of_kernels
def inclusive_value(values: Any, first: Any, end: Any, scale: Any) -> Any:
    """`scale log sum exp(V / scale)` of values[first:end]; -inf of nothing."""
    top, total = -np.inf, 0.0
    for k in range(first, end):
        top = max(top, values[k])
    if top > -np.inf:
        for k in range(first, end):
            if values[k] > -np.inf:
                total += math.exp((values[k] - top) / scale)
        top += scale * math.log(total)
    return top


@part_of_kernels
def gumbel(word: Any) -> Any:
    """A standard Gumbel draw of a word."""
    return -math.log(-math.log(np.float64(unit(word))))


@compiled
def weigh(
    seed: np.uint64,
    cases: Cases,
    people: People,
    member: Ints,
    flat: Flat,
    ways: Ways,
    charges: Charges,
    scope: Floats,
    p: Weights,
    scratch: Scratch,
    out: Weighed,
) -> None:
    """Utilities of all options of each patient without a gate.

    member: (n, Member). scope: (tiers, conditions).
    """
    who, key, ill, severity_of, urgent, follows_up, planned, referred = cases
    place_of, income_of, urban_of, last_used, trust = people
    cells, later, drug_benefit, start, mark, width, band_share, limit, helps, most_help, _, _ = flat
    offers, shared, class_at, offered, first, _, class_area = ways
    visit, relative, by_scheme, by_severity, median, purchase, claims, level, service_of = charges
    utility, tier_value, outside, provider, free, prices = out
    tier_constant, considers, seek_constant = p.tier_constant, p.considers, p.seek_constant
    n_tiers, scale, zero = len(first) - 1, p.inclusive * p.within_tier, np.uint64(0)
    here, felt, values, priced, own, response = scratch

    for i in range(len(who)):
        person, condition, severity = np.uint64(who[i]), ill[i], np.float64(severity_of[i])
        place, urban, scheme = place_of[i], np.int64(urban_of[i]), member[i, 0]
        emergency, exempt = urgent[i], urgent[i] or referred[i]

        some = False
        for tier, word in enumerate(philox(person, zero, zero, TASTE, seed)):
            here[tier] = unit(word) < considers[urban, tier]
            if emergency:
                here[tier] = tier != CLINIC
            elif follows_up[i]:
                here[tier] = True
            some |= here[tier] and offered[tier, place]
        if not some:
            for tier in range(n_tiers):
                here[tier] = True

        service, basket = np.int64(service_of[condition]), VISIT
        if service == CHRONIC:
            basket = CHRONIC_VISIT
            if condition == HYPERTENSION_DIABETES and drug_benefit[scheme]:
                service = np.int64(DRUGS)
        personal = relative[condition] * by_scheme[scheme]
        personal *= max(1 + by_severity * (severity - median[condition]), 0.0)
        income = max(np.float64(income_of[i]), DAYS_OF_YEAR) * (100 / DAYS_OF_YEAR)
        income *= p.price_scale
        claim = unit(philox(person, np.uint64(key[i]), zero, CLAIM, seed)[0])

        for at in range(len(response)):
            response[at] = -1.0  # not known
        for tier in range(n_tiers):
            constant, felt[tier] = 0.0, 0.0
            if here[tier]:
                gap = min(max(severity - scope[tier, condition], 0.0), p.scope_cap)
                constant = tier_constant[urban, tier] + p.b_trust * np.float64(trust[i, tier])
                constant -= p.b_scope * gap
            for slot in range(first[tier], first[tier + 1]):
                facility = offers[place, slot]
                own[slot] = -np.inf
                if facility < 0 or not here[tier]:
                    continue
                at = class_at[slot, place]
                if response[at] < 0:
                    area = class_area[at]
                    cny = visit[tier] * personal * level[basket, tier, area]
                    charge = np.int64(math.floor(cny * 100 + 0.5))
                    _, _, _, _, basic, critical, assistance = pay_funds(
                        cells, later, start, mark, width, band_share, limit, helps, most_help,
                        member, i, charge, service, tier, area, exempt,
                        claim < claims[scheme, tier],
                    )  # fmt: skip
                    prices[at, i] = charge - basic - critical - assistance
                    response[at] = math.log1p(prices[at, i] / income)
                value = shared[slot, place] + constant - p.b_price * response[at]
                term = p.b_habit * (facility == last_used[i])
                if slot == first[tier]:
                    felt[tier] = response[at]
                    if tier <= CENTRE:
                        term += p.b_doctor * member[i, 2]
                own[slot] = value + term
            values[tier] = inclusive_value(own, first[tier], first[tier + 1], scale)
            tier_value[tier, i] = values[tier]
        for slot in range(len(own)):
            utility[slot, i] = own[slot]

        need = seek_constant[urban] + p.seek_severity * severity
        need += p.seek_follow_up * (follows_up[i] or planned[i])
        for tier in range(n_tiers):
            priced[tier] = values[tier] - p.seek_price * felt[tier]
        provider[i] = need + inclusive_value(priced, 0, n_tiers, p.inclusive)
        for tier in range(n_tiers):
            priced[tier] = values[tier] + p.b_price * felt[tier]
        free[i] = need + inclusive_value(priced, 0, n_tiers, p.inclusive)
        outside[0, i], outside[1, i] = -np.inf, -np.inf
        if not emergency:
            charge = np.int64(math.floor(purchase * level[PURCHASE, 0, 0] * 100 + 0.5))
            _, _, _, _, basic, critical, assistance = pay_funds(
                cells, later, start, mark, width, band_share, limit, helps, most_help,
                member, i, charge, PHARMACY, 0, 0, exempt, True,
            )  # fmt: skip
            value = p.pharmacy_constant + p.pharmacy_severity * severity
            price = charge - basic - critical - assistance
            outside[0, i] = 0.0
            outside[1, i] = value - p.seek_price * math.log1p(price / income)


@compiled
def seek(
    seed: np.uint64, who: Ints, occasions: Ints, outside: Floats, provider: Floats, free: Floats,
    choice: Ints, wanted: Bools,
) -> None:  # fmt: skip
    """Fill whom each patient sees, by `Seeks`, and whether she wanted a provider at no price."""
    zero = np.uint64(0)
    for i in range(len(who)):
        words = philox(np.uint64(who[i]), np.uint64(occasions[i]), zero, SEEK, seed)
        choice[i], best = 0, outside[0, i] + gumbel(words[0])
        pharmacy = outside[1, i] + gumbel(words[1])
        if pharmacy > best:
            choice[i], best = 1, pharmacy
        luck = gumbel(words[2])
        wanted[i] = free[i] + luck > best
        if provider[i] + luck > best:
            choice[i] = 2


@compiled
def choose(
    seed: np.uint64, who: Ints, occasions: Ints, place: Ints, facility_of: Ints, first: Ints,
    inclusive: float, scale: float, at: Ints, utility: Floats, tier_value: Floats, chosen: Ints,
) -> None:  # fmt: skip
    """Fill the facility that the patients at these positions of `utility` choose.

    who, occasions, place: of those patients. first: slots with which tiers begin.
    """
    zero = np.uint64(0)
    for k in range(len(at)):
        i, person, occasion = at[k], np.uint64(who[k]), np.uint64(occasions[k])
        words = philox(person, occasion, zero, NEST, seed)
        nest, most = 0, -np.inf
        for tier, word in enumerate(words):
            if tier_value[tier, i] > -np.inf:
                value = tier_value[tier, i] / inclusive + gumbel(word)
                if value > most:
                    nest, most = tier, value
        most = -np.inf
        chosen[k] = facility_of[place[k], first[nest]]
        for slot in range(first[nest], first[nest + 1]):
            if utility[slot, i] > -np.inf:
                facility = facility_of[place[k], slot]
                word = philox(person, occasion, np.uint64(facility), FACILITY, seed)[0]
                value = utility[slot, i] / scale + gumbel(word)
                if value > most:
                    chosen[k], most = facility, value
