"""Weighing options, a block of patients after another: the twin of `model.care.decision.weigh`.

The letters and the order of the sums are those of `utility`, `choice`, `prices` and `gate`. What
looks up goes patient by patient; exponentials and logarithms go option by option over the block.
"""

import math
from typing import Any, NamedTuple

import numpy as np

from model.kernels.arithmetic import exp_of, log1p_of, log_of
from model.kernels.bills import CHRONIC, DRUGS, PHARMACY, Flat, pay_funds
from model.kernels.compiling import compiled, part_of_kernels
from model.kernels.draws import philox, unit
from model.terms import Bools, Bytes, Floats, Floats32, Ints

CLINIC, CENTRE, SECONDARY, HYPERTENSION_DIABETES = 0, 1, 2, 11  # Tier, Condition
VISIT, CHRONIC_VISIT, PURCHASE = 0, 1, 3  # parts.Basket
TASTE, CLAIM, GATE = (np.uint64(p) for p in (5, 33, 35))  # Purpose
DAYS_OF_YEAR = 365.0
BLOCK = 128  # patients whose intermediate results stay in the first cache


class Cases(NamedTuple):
    """The episodes of those who decide; shape (n,)."""

    person: Ints
    key: Ints
    step: Ints
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
    shared: Floats  # (places, options), what residents of a place share of the utility
    class_at: Ints  # (places, options)
    offered: Bools  # (tiers, places)
    first: Ints  # (tiers + 1,) slot with which each tier begins
    class_tier: Ints  # (classes,)
    class_area: Ints


class Gate(NamedTuple):
    """What asking primary care for a referral takes."""

    closed_door: float  # share turned away without; negative where there is no gate
    centre: Ints  # (places,) facility that is asked, -1 for none
    travel: Floats  # (places,) utils of the way there
    wait: Floats  # (places,) utils of its expected wait


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
    """Room for a block of patients; the last axis is the block."""

    here: Bools  # (tiers,) considered
    response: Floats  # (classes,) to the price
    granted: Floats  # (classes,) the same with a referral
    medicine: Floats  # () the same of a purchase
    felt: Floats  # (tiers,) response to the price of the nearest
    own: Floats  # (options,) utility
    value: Floats  # (tiers,)
    priced: Floats  # (tiers,)
    top: Floats  # ()
    total: Floats  # ()
    inclusive: Floats  # ()


class Weighed(NamedTuple):
    """What is filled; the last axis is the patients. See `decision.Weighed`."""

    utility: Floats
    tier_value: Floats
    outside: Floats
    provider: Floats
    free: Floats
    price: Ints
    via: Bools


@part_of_kernels
def inclusive_values(
    values: Any, first: Any, end: Any, scale: Any, n: Any, top: Any, total: Any, result: Any
) -> Any:
    """`scale log sum exp(V / scale)` of values[first:end] for n patients; -inf of nothing."""
    for i in range(n):
        top[i] = -np.inf
        total[i] = 0.0
    for k in range(first, end):
        for i in range(n):
            top[i] = max(top[i], values[k, i])
    for k in range(first, end):
        for i in range(n):
            base = top[i] if top[i] > -np.inf else 0.0
            total[i] += exp_of((values[k, i] - base) / scale)
    for i in range(n):
        result[i] = top[i] + scale * log_of(total[i]) if top[i] > -np.inf else -np.inf


@part_of_kernels
def own_money(
    cells: Any, later: Any, start: Any, mark: Any, width: Any, band_share: Any, limit: Any,
    helps: Any, most_help: Any, member: Any, i: Any, cny: Any, benefit: Any, tier: Any, area: Any,
    exempt: Any, claimed: Any,
) -> Any:  # fmt: skip
    """What a charge in CNY is expected to take from the patient's own money, fen."""
    charge = np.int64(math.floor(cny * 100 + 0.5))
    _, _, _, _, basic, critical, assistance = pay_funds(
        cells, later, start, mark, width, band_share, limit, helps, most_help, member, i, charge,
        benefit, tier, area, exempt, claimed,
    )  # fmt: skip
    return charge - basic - critical - assistance


@compiled
def consider(
    seed: np.uint64, at: int, n: int, cases: Cases, people: People, ways: Ways, p: Weights,
    scratch: Scratch,
) -> None:  # fmt: skip
    """Tiers that each patient considers; all if none of them is in reach."""
    here, considers, zero = scratch.here, p.considers, np.uint64(0)
    who, urgent, follows_up = cases.person, cases.emergency, cases.follow_up
    place, urban, offered = people.place, people.urban, ways.offered
    for b in range(n):
        i, some = at + b, False
        for tier, word in enumerate(philox(np.uint64(who[i]), zero, zero, TASTE, seed)):
            likes = unit(word) < considers[np.int64(urban[i]), tier] or follows_up[i]
            here[tier, b] = tier != CLINIC if urgent[i] else likes
            some |= here[tier, b] and offered[tier, place[i]]
        for tier in range(len(here)):
            here[tier, b] |= not some


@compiled
def expect_prices(
    seed: np.uint64, at: int, n: int, gated: bool, cases: Cases, people: People, member: Ints,
    flat: Flat, ways: Ways, charges: Charges, p: Weights, scratch: Scratch, out: Weighed,
    begin: int,
) -> None:  # fmt: skip
    """Own money by class of price, with a referral too if there is a gate, and of a purchase.

    Over daily income these are left in `response`, `granted`, `medicine`.
    """
    who, key, _, ill, severity_of, urgent, _, _, referred = cases
    cells, later, drug_benefit, start, mark, width, band_share, limit, helps, most_help, _, _ = flat
    visit, relative, by_scheme, by_severity, median, purchase, claims, level, service_of = charges
    class_tier, class_area, income_of, prices = (
        ways.class_tier, ways.class_area, people.income, out.price,
    )  # fmt: skip
    response, granted, medicine = scratch.response, scratch.granted, scratch.medicine
    pharmacy_cny, zero = purchase * level[PURCHASE, 0, 0], np.uint64(0)
    for b in range(n):
        i = at + b
        condition, scheme, exempt = ill[i], member[i, 0], urgent[i] or referred[i]
        service, basket = np.int64(service_of[condition]), VISIT
        if service == CHRONIC:
            basket = CHRONIC_VISIT
            if condition == HYPERTENSION_DIABETES and drug_benefit[scheme]:
                service = np.int64(DRUGS)
        severe = np.float64(severity_of[i]) - median[condition]
        personal = relative[condition] * by_scheme[scheme] * max(1 + by_severity * severe, 0.0)
        income = max(np.float64(income_of[i]), DAYS_OF_YEAR) * (100 / DAYS_OF_YEAR)
        income *= p.price_scale
        claim = unit(philox(np.uint64(who[i]), np.uint64(key[i]), zero, CLAIM, seed)[0])
        for k in range(len(class_tier)):
            tier, area = class_tier[k], class_area[k]
            cny = visit[tier] * personal * level[basket, tier, area]
            claimed = claim < claims[scheme, tier]
            fen = own_money(
                cells, later, start, mark, width, band_share, limit, helps, most_help,
                member, i, cny, service, tier, area, exempt, claimed,
            )  # fmt: skip
            prices[k, begin + i] = fen
            response[k, b] = fen / income
            if gated and not exempt:
                fen = own_money(
                    cells, later, start, mark, width, band_share, limit, helps, most_help,
                    member, i, cny, service, tier, area, True, claimed,
                )  # fmt: skip
                granted[k, b] = fen / income
        fen = own_money(
            cells, later, start, mark, width, band_share, limit, helps, most_help,
            member, i, pharmacy_cny, np.int64(PHARMACY), np.int64(0), np.int64(0), exempt, True,
        )  # fmt: skip
        medicine[b] = fen / income


@compiled
def respond(n: int, gated: bool, scratch: Scratch) -> None:
    """Response to what stands in `response`, `granted`, `medicine`: log(1 + price / income)."""
    response, granted, medicine = scratch.response, scratch.granted, scratch.medicine
    for k in range(len(response)):
        for b in range(n):
            response[k, b] = log1p_of(response[k, b])
    if gated:
        for k in range(len(response)):
            for b in range(n):
                granted[k, b] = log1p_of(granted[k, b])
    for b in range(n):
        medicine[b] = log1p_of(medicine[b])


@compiled
def value_options(
    seed: np.uint64, at: int, n: int, gated: bool, cases: Cases, people: People, member: Ints,
    ways: Ways, gate: Gate, scope: Floats, p: Weights, scratch: Scratch, out: Weighed, begin: int,
) -> None:  # fmt: skip
    """Utility of every option by its better way, and the price felt at each tier's nearest."""
    who, key, steps, ill, severity_of, urgent, _, _, referred = cases
    place_of, _, urban, last_used, trust = people
    offers, shared, class_at, first = ways.facility, ways.shared, ways.class_at, ways.first
    closed_door, centre, travel, wait = gate
    here, response, granted, felt, own = (
        scratch.here, scratch.response, scratch.granted, scratch.felt, scratch.own,
    )  # fmt: skip
    utility, via, zero, constants = out.utility, out.via, np.uint64(0), p.tier_constant
    for b in range(n):
        i = at + b
        place, severity = place_of[i], np.float64(severity_of[i])
        exempt, shut, asking, detour = urgent[i] or referred[i], False, 0.0, 0.0
        if gated:
            exempt |= centre[place] < 0
            asking = response[class_at[place, first[CENTRE]], b]
            detour = travel[place] + p.b_price * asking + wait[place]
            if not exempt and closed_door > 0:
                occasion = np.uint64(key[i] + steps[i])
                shut = unit(philox(np.uint64(who[i]), occasion, zero, GATE, seed)[0]) < closed_door
        for tier in range(len(here)):
            gap = min(max(severity - scope[tier, ill[i]], 0.0), p.scope_cap)
            constant = constants[np.int64(urban[i]), tier] + p.b_trust * np.float64(trust[i, tier])
            constant -= p.b_scope * gap
            felt[tier, b] = 0.0
            for slot in range(first[tier], first[tier + 1]):
                facility, k = offers[place, slot], class_at[place, slot]
                value = shared[place, slot] + constant - p.b_price * response[k, b]
                term = p.b_habit * (facility == last_used[i])
                if slot == first[tier]:
                    felt[tier, b] = response[k, b]
                    if tier <= CENTRE:
                        term += p.b_doctor * member[i, 2]
                value += term
                if facility < 0 or not here[tier, b]:
                    value = -np.inf
                if gated and tier >= SECONDARY and not exempt:
                    around = value + p.b_price * (response[k, b] - granted[k, b]) - detour
                    if shut:
                        value = -np.inf
                    if around > value:
                        value, via[slot, begin + i] = around, True
                        if slot == first[tier]:
                            felt[tier, b] = granted[k, b] + asking
                own[slot, b] = value
                utility[slot, begin + i] = value


@compiled
def value_providers(
    at: int, n: int, cases: Cases, people: People, ways: Ways, p: Weights, scratch: Scratch,
    out: Weighed, begin: int,
) -> None:  # fmt: skip
    """Inclusive values of each tier and of all providers, and what stands against them."""
    severity, urgent, follows_up, planned = (
        cases.severity, cases.emergency, cases.follow_up, cases.planned,
    )  # fmt: skip
    felt, own, values, priced, medicine = (
        scratch.felt, scratch.own, scratch.value, scratch.priced, scratch.medicine,
    )  # fmt: skip
    top, total, result, first = scratch.top, scratch.total, scratch.inclusive, ways.first
    _, tier_value, outside, provider, free, _, _ = out
    tiers, from_, urban = len(values), begin + at, people.urban
    for tier in range(tiers):
        inclusive_values(
            own, first[tier], first[tier + 1], p.inclusive * p.within_tier, n, top, total, result
        )
        for b in range(n):
            values[tier, b] = tier_value[tier, from_ + b] = result[b]
    for b in range(n):
        i = at + b
        need = p.seek_constant[np.int64(urban[i])] + p.seek_severity * np.float64(severity[i])
        provider[from_ + b] = need + p.seek_follow_up * (follows_up[i] or planned[i])
        free[from_ + b] = provider[from_ + b]
        value = p.pharmacy_constant + p.pharmacy_severity * np.float64(severity[i])
        value -= p.seek_price * medicine[b]
        outside[0, from_ + b] = -np.inf if urgent[i] else 0.0
        outside[1, from_ + b] = -np.inf if urgent[i] else value
    for tier in range(tiers):
        for b in range(n):
            priced[tier, b] = values[tier, b] - p.seek_price * felt[tier, b]
    inclusive_values(priced, 0, tiers, p.inclusive, n, top, total, result)
    for b in range(n):
        provider[from_ + b] += result[b]
    for tier in range(tiers):
        for b in range(n):
            priced[tier, b] = values[tier, b] + p.b_price * felt[tier, b]
    inclusive_values(priced, 0, tiers, p.inclusive, n, top, total, result)
    for b in range(n):
        free[from_ + b] += result[b]


@compiled
def weigh(
    seed: np.uint64,
    cases: Cases,
    people: People,
    member: Ints,
    flat: Flat,
    ways: Ways,
    gate: Gate,
    charges: Charges,
    scope: Floats,
    p: Weights,
    scratch: Scratch,
    out: Weighed,
    begin: int,
) -> None:
    """Utilities of all options of each patient, the first of whom is column `begin` of `out`.

    member: (n, Member). scope: (tiers, conditions).
    """
    gated = gate.closed_door >= 0 and ways.first[CENTRE] < ways.first[CENTRE + 1]
    for at in range(0, len(cases.person), BLOCK):
        n = min(BLOCK, len(cases.person) - at)
        consider(seed, at, n, cases, people, ways, p, scratch)
        expect_prices(
            seed, at, n, gated, cases, people, member, flat, ways, charges, p, scratch, out, begin
        )
        respond(n, gated, scratch)
        value_options(
            seed, at, n, gated, cases, people, member, ways, gate, scope, p, scratch, out, begin
        )
        value_providers(at, n, cases, people, ways, p, scratch, out, begin)
