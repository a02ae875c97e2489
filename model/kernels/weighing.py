"""Weighing options, a block of patients after another: the twin of `model.care.decision.weigh`.

The letters and the order of the sums are those of `utility`, `choice`, `prices` and `gate`. What
looks up goes patient by patient; exponentials and logarithms go option by option over the block.
"""

from typing import Any, NamedTuple

import numpy as np

from model.kernels.arithmetic import exp_of, log_of
from model.kernels.bills import Counters, Flat
from model.kernels.compiling import compiled, fused, part_of_kernels
from model.kernels.draws import Words, philox, unit
from model.kernels.patients import BLOCK, Cases, Cover, People, look_up
from model.kernels.prices import Bills, Charges, expect_prices, respond
from model.terms import Bools, Floats, Ints

CLINIC, CENTRE, SECONDARY = 0, 1, 2  # Tier
TASTE, GATE = np.uint64(5), np.uint64(35)  # Purpose


class Ways(NamedTuple):
    """The options of every place."""

    facility: Ints  # (places, options)
    shared: Floats  # (places, options), what residents of a place share of the utility
    class_at: Ints  # (places, options)
    offered: Bools  # (tiers, places)
    first: Ints  # (tiers + 1,) slot with which each tier begins


class Gate(NamedTuple):
    """What asking primary care for a referral takes."""

    closed_door: float  # share turned away without; negative where there is no gate
    centre: Ints  # (places,) facility that is asked, -1 for none
    travel: Floats  # (places,) utils of the way there
    wait: Floats  # (places,) utils of its expected wait


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
    b_doctor: float
    b_habit: float
    considers: Floats


class Scratch(NamedTuple):
    """Room for a block of patients; the last axis is the block."""

    luck: Words  # (tiers,) draws of taste
    here: Bools  # (tiers,) considered
    some: Bools  # () of them is in reach
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


@compiled
def consider(
    seed: np.uint64, n: int, cases: Cases, people: People, ways: Ways, p: Weights, scratch: Scratch
) -> None:
    """Tiers that each patient considers; all if none of them is in reach."""
    here, some, luck, zero = scratch.here, scratch.some, scratch.luck, np.uint64(0)
    who, urgent, follows_up = cases.person, cases.emergency, cases.follow_up
    place, urban, offered = people.place, people.urban, ways.offered
    for b in range(n):
        words = philox(np.uint64(who[b]), zero, zero, TASTE, seed)
        luck[0, b], luck[1, b], luck[2, b], luck[3, b] = words
        some[b] = False
    for tier in range(len(here)):
        rural, town = p.considers[0, tier], p.considers[1, tier]
        for b in range(n):
            likes = unit(luck[tier, b]) < (town if urban[b] else rural)
            here[tier, b] = tier != CLINIC if urgent[b] else likes | follows_up[b]
        for b in range(n):
            some[b] |= here[tier, b] & offered[tier, np.uint64(place[b])]
    for tier in range(len(here)):
        for b in range(n):
            here[tier, b] |= not some[b]


@compiled
def value_options(
    seed: np.uint64, n: int, gated: bool, cases: Cases, people: People, member: Ints,
    ways: Ways, gate: Gate, scope: Floats, p: Weights, scratch: Scratch, out: Weighed, begin: int,
) -> None:  # fmt: skip
    """Utility of every option by its better way, and the price felt at each tier's nearest."""
    who, key, steps, ill, severity_of, urgent, _, _, referred = cases
    place_of, _, urban, last_used, trust = people
    offers, shared, class_at, first = ways.facility, ways.shared, ways.class_at, ways.first
    closed_door, centre, travel, wait = gate
    here, response, granted, felt, own, value_of = (
        scratch.here, scratch.response, scratch.granted, scratch.felt, scratch.own, scratch.value,
    )  # fmt: skip
    utility, via, zero, constants = out.utility, out.via, np.uint64(0), p.tier_constant
    for tier in range(len(here)):
        rural, town = constants[0, tier], constants[1, tier]
        for b in range(n):
            gap = np.float64(severity_of[b]) - scope[tier, np.uint64(ill[b])]
            constant = (town if urban[b] else rural) + p.b_trust * np.float64(trust[b, tier])
            constant -= p.b_scope * min(max(gap, 0.0), p.scope_cap)
            value_of[tier, b] = constant if here[tier, b] else -np.inf
    for b in range(n):
        place, last = np.uint64(place_of[b]), last_used[b]
        exempt, shut, asking, detour = urgent[b] or referred[b], False, 0.0, 0.0
        if gated:
            exempt |= centre[place] < 0
            asking = response[class_at[place, first[CENTRE]], b]
            detour = travel[place] + p.b_price * asking + wait[place]
            if not exempt and closed_door > 0:
                occasion = np.uint64(key[b] + steps[b])
                shut = unit(philox(np.uint64(who[b]), occasion, zero, GATE, seed)[0]) < closed_door
        for tier in range(len(here)):
            constant = value_of[tier, b]
            felt[tier, b] = 0.0
            for slot in range(first[tier], first[tier + 1]):
                facility, k = offers[place, slot], np.uint64(class_at[place, slot])
                value = shared[place, slot] + constant - p.b_price * response[k, b]
                term = p.b_habit * (facility == last)
                if slot == first[tier]:
                    felt[tier, b] = response[k, b]
                    if tier <= CENTRE:
                        term += p.b_doctor * member[b, 2]
                value += term
                if gated and tier >= SECONDARY and not exempt:
                    around = value + p.b_price * (response[k, b] - granted[k, b]) - detour
                    if shut:
                        value = -np.inf
                    if around > value:
                        value, via[slot, begin + b] = around, True
                        if slot == first[tier]:
                            felt[tier, b] = granted[k, b] + asking
                own[slot, b] = value
                utility[slot, begin + b] = value


@fused
def value_providers(
    n: int, cases: Cases, people: People, ways: Ways, p: Weights, scratch: Scratch, out: Weighed,
    begin: int,
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
    tiers, urban = len(values), people.urban
    for tier in range(tiers):
        inclusive_values(
            own, first[tier], first[tier + 1], p.inclusive * p.within_tier, n, top, total, result
        )
        for b in range(n):
            values[tier, b] = tier_value[tier, begin + b] = result[b]
    for b in range(n):
        need = p.seek_constant[np.int64(urban[b])] + p.seek_severity * np.float64(severity[b])
        provider[begin + b] = need + p.seek_follow_up * (follows_up[b] or planned[b])
        free[begin + b] = provider[begin + b]
        value = p.pharmacy_constant + p.pharmacy_severity * np.float64(severity[b])
        value -= p.seek_price * medicine[b]
        outside[0, begin + b] = -np.inf if urgent[b] else 0.0
        outside[1, begin + b] = -np.inf if urgent[b] else value
    for tier in range(tiers):
        for b in range(n):
            priced[tier, b] = values[tier, b] - p.seek_price * felt[tier, b]
    inclusive_values(priced, 0, tiers, p.inclusive, n, top, total, result)
    for b in range(n):
        provider[begin + b] += result[b]
    for tier in range(tiers):
        for b in range(n):
            priced[tier, b] = values[tier, b] + p.b_price * felt[tier, b]
    inclusive_values(priced, 0, tiers, p.inclusive, n, top, total, result)
    for b in range(n):
        free[begin + b] += result[b]


@compiled
def weigh(
    seed: np.uint64,
    rows: Ints,
    episodes: Cases,
    residents: People,
    cover: Cover,
    year: Counters,
    flat: Flat,
    ways: Ways,
    gate: Gate,
    charges: Charges,
    scope: Floats,
    p: Weights,
    scratch: Scratch,
    cases: Cases,
    people: People,
    member: Ints,
    bills: Bills,
    out: Weighed,
    begin: int,
) -> None:
    """Utilities of all options of each patient, the first of whom is column `begin` of `out`.

    rows: episodes that decide. scope: (tiers, conditions). cases, people, member: room for a block.
    """
    gated = gate.closed_door >= 0 and ways.first[CENTRE] < ways.first[CENTRE + 1]
    for at in range(0, len(rows), BLOCK):
        n, here = min(BLOCK, len(rows) - at), begin + at
        look_up(rows, at, n, episodes, residents, cover, year, cases, people, member)
        consider(seed, n, cases, people, ways, p, scratch)
        expect_prices(
            seed, n, gated, cases, people, member, flat, charges, bills, out.price, here,
            scratch.response, scratch.granted, scratch.medicine,
        )  # fmt: skip
        respond(n, gated, scratch.response, scratch.granted, scratch.medicine)
        value_options(
            seed, n, gated, cases, people, member, ways, gate, scope, p, scratch, out, here
        )
        value_providers(n, cases, people, ways, p, scratch, out, here)
