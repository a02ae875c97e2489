"""The decisions of the patients of a day: whether to see anyone, and which provider."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from model.care import gate
from model.care.choice import draw_nest, inclusive_value, tier_values, within_nest
from model.care.prices import purchase_price, visit_prices
from model.care.queue import mean_minutes, time_in_line
from model.care.trust import forgotten
from model.care.utility import (
    considered_tiers,
    personal_terms,
    place_terms,
    price_response,
    tier_terms,
    wait_hours,
)
from model.care.world import World
from model.kernels import fast
from model.randomness import Purpose, gumbels, uniforms
from model.terms import Bools, Floats, Floats32, Ints, Tier


class Seeks(IntEnum):
    """Outcome of the decision whether to see anyone."""

    NOBODY = 0
    PHARMACY = 1
    PROVIDER = 2


@dataclass(slots=True)
class Weighed:
    """What some patients think of their options; the last axis is the patients."""

    rows: Ints  # of the table of episodes
    utility: Floats  # (options, n)
    tier_value: Floats  # (tiers, n), inclusive value of each tier
    outside: Floats  # (nobody pharmacy, n)
    provider: Floats  # (n,), value of seeing a provider
    free: Floats  # (n,), the same if providers cost nothing
    price: Ints  # (classes, n) fen, expected out-of-pocket
    via: Bools | None = None  # (options, n) better by way of primary care; none without a gate


def bring_up_to_date(world: World, person: Ints, day: int) -> None:
    """Let these residents forget up to this day."""
    if fast(len(person)):
        from model.care import for_kernels

        for_kernels.forget(world, person, day)
        return
    memory, trust = world.memory, world.residents.trust
    stale = person[memory.touched_day[person] < day]
    days = day - memory.touched_day[stale]
    now, prior = trust.T[stale].T, memory.prior_trust.T[stale].T
    trust.T[stale] = forgotten(now, prior, days, world.p.trust).T
    memory.touched_day[stale] = day


def expected_hours(world: World) -> Floats:
    """Hours that each facility's expected wait weighs, shape (facilities,)."""
    q, tier = world.p.queue, world.facility.tier
    load = np.minimum(world.state.load, q.max_load)
    minutes = mean_minutes(world.facility.line, load, time_in_line(tier, q))
    return wait_hours(minutes, world.state.wait_day, world.p.choice)


def weigh(world: World, rows: Ints, hours: Floats) -> Weighed:
    """Utilities of all options of these episodes' patients, by the expected waits `hours`."""
    if fast(len(rows)):
        from model.care import for_kernels

        return for_kernels.weigh(world, rows, hours)
    p, episodes, residents = world.p.choice, world.episodes, world.residents
    person = episodes.person[rows]
    price = visit_prices(world, rows, world.classes)
    response = price_response(price, residents.income[person], p.price_scale)
    considered = _considered(world, rows, person)
    tiers = tier_terms(
        residents.urban[person],
        residents.trust[:, person],
        episodes.severity[rows],
        world.p.treatment.scope[:, episodes.condition[rows]],
        p,
    )
    tiers = np.where(considered, tiers, -np.inf)
    utility = _options(world, person, tiers, response, hours)
    felt = _tier_response(world, person, response)
    via = None
    if gate.is_gated(world):
        referred = visit_prices(world, rows, world.classes, referred=True)
        granted = price_response(referred, residents.income[person], p.price_scale)
        ways = gate.weigh_ways(world, rows, utility, response, granted, hours)
        utility, via = ways.utility, ways.via
        paid = _tier_response(world, person, granted)
        felt = gate.felt_on_way(world.options, via, felt, paid)
    tier_value = tier_values(utility, world.options.slots, p.inclusive * p.within_tier)
    weighed = _against_outside(world, rows, utility, tier_value, price, felt)
    weighed.via = via
    return weighed


def seek(world: World, weighed: Weighed) -> tuple[Ints, Bools]:
    """Whom each patient sees, as `Seeks`, and whether she wanted a provider at no price."""
    if fast(len(weighed.rows)):
        from model.care import for_kernels

        return for_kernels.seek(world, weighed)
    noise = _noise(world, weighed.rows, Purpose.SEEK)[:3]
    values = np.stack((*weighed.outside, weighed.provider)) + noise
    free = weighed.free + noise[Seeks.PROVIDER]
    wanted = free > np.maximum(values[Seeks.NOBODY], values[Seeks.PHARMACY])
    return np.argmax(values, axis=0), wanted


def choose(world: World, weighed: Weighed, at: Ints) -> Ints:
    """The facility that the patients at these positions of `weighed` choose."""
    if fast(len(at)):
        from model.care import for_kernels

        return for_kernels.choose(world, weighed, at)
    p, rows = world.p.choice, weighed.rows[at]
    nest = draw_nest(weighed.tier_value[:, at], _noise(world, rows, Purpose.NEST), p.inclusive)
    utility, slot = within_nest(weighed.utility[:, at], nest, world.options.slots)
    person = world.episodes.person[rows]
    facility = world.options.facility[world.residents.place[person], slot]
    value = utility / (p.inclusive * p.within_tier) + facility_noise(
        world, rows, facility, Purpose.FACILITY
    )
    return facility[np.argmax(value, axis=0), np.arange(len(at))].astype(np.int64)


def facility_noise(world: World, rows: Ints, facility: Ints, purpose: Purpose) -> Floats:
    """Gumbel noise of options, keyed by the facility itself, shape as `facility` (options, n)."""
    occasion = (world.episodes.key[rows] + world.episodes.step[rows]).astype(np.int64)
    who = np.tile(world.episodes.person[rows], len(facility))
    when = np.tile(occasion, len(facility))
    option = np.maximum(facility, 0).ravel()
    drawn = uniforms(world.seed, purpose, who, when, option, keep=1)
    return gumbels(drawn).reshape(facility.shape)


def _noise(world: World, rows: Ints, purpose: Purpose) -> Floats:
    occasion = world.episodes.key[rows] + world.episodes.step[rows]
    return gumbels(uniforms(world.seed, purpose, world.episodes.person[rows], occasion))


def _considered(world: World, rows: Ints, person: Ints) -> Bools:
    taste: Floats32 = uniforms(world.seed, Purpose.TASTE, person)
    considered = considered_tiers(
        world.residents.urban[person],
        world.episodes.emergency[rows],
        world.episodes.follow_up[rows],
        taste,
        world.p.choice,
    )
    offered = world.offered[:, world.residents.place[person]]
    return considered | ~_any(considered & offered)


def _any(flags: Bools) -> Bools:
    found = np.zeros(flags.shape[1], np.bool_)
    for row in flags:
        found |= row
    return found


def _options(world: World, person: Ints, tiers: Floats, response: Floats, hours: Floats) -> Floats:
    options, residents, p = world.options, world.residents, world.p.choice
    place = residents.place[person]
    shared = place_terms(options, world.facility.quality, world.state.reputation, hours, p)
    last, contract = world.memory.last_used[person], residents.contract[person]
    utility = np.empty((len(options.tier), len(person)))
    everyone = np.arange(len(person))
    for slot, tier in enumerate(options.tier):
        value = utility[slot]
        np.take(shared[slot], place, out=value)
        value += tiers[tier]
        of_class = world.class_at[slot]
        value -= p.b_price * response[of_class[place], everyone]
        value += personal_terms(options.facility[place, slot], slot, options, contract, last, p)
    return utility


def _against_outside(
    world: World,
    rows: Ints,
    utility: Floats,
    tier_value: Floats,
    price: Ints,
    felt: Floats,
) -> Weighed:
    p, episodes, residents = world.p.choice, world.episodes, world.residents
    person, severity = episodes.person[rows], episodes.severity[rows].astype(np.float64)
    income = residents.income[person]
    # A mean of prices over shares would fall when the dearest tier grows dearer and loses patients.
    priced = inclusive_value(tier_value - p.seek_price * felt, p.inclusive)
    unpriced = inclusive_value(tier_value + p.b_price * felt, p.inclusive)
    need = (
        p.seek_constant[residents.urban[person].astype(np.int8)]
        + p.seek_severity * severity
        + p.seek_follow_up * (episodes.follow_up[rows] | episodes.planned[rows])
    )
    medicine = price_response(purchase_price(world, rows), income, p.price_scale)
    pharmacy = p.pharmacy_constant + p.pharmacy_severity * severity - p.seek_price * medicine
    outside = np.stack((np.zeros(len(rows)), pharmacy))
    outside[:, episodes.emergency[rows]] = -np.inf
    return Weighed(rows, utility, tier_value, outside, need + priced, need + unpriced, price)


def _tier_response(world: World, person: Ints, response: Floats) -> Floats:
    """Response to the expected price at each tier's nearest facility, shape (tiers, n)."""
    place, everyone = world.residents.place[person], np.arange(len(person))
    nearest = np.zeros((len(Tier), len(person)))
    for tier, part in enumerate(world.options.slots):
        if part.start < part.stop:
            nearest[tier] = response[world.class_at[part.start][place], everyone]
    return nearest
