"""The utility of one option, term by term, for a person who asks why."""

from dataclasses import dataclass

import numpy as np

from model.care.prices import visit_prices
from model.care.queue import mean_minutes, time_in_line
from model.care.treatment import shortfall
from model.care.utility import own_team_slots, price_response, wait_hours
from model.care.world import World
from model.terms import Tier


@dataclass(frozen=True, slots=True)
class Detour:
    """The way to a hospital by the nearest centre, where a referral is asked for."""

    centre: int  # row of the facility
    minutes: float
    wait_hour: float  # as it weighs, whole days among it
    price_fen: int  # of the visit at the centre, expected out-of-pocket
    referred_fen: int  # of the visit at the hospital, with the referral
    terms: dict[str, float]  # what it adds to the utility of the straight way, utils


def terms_of(world: World, episode: int, slot: int, price_fen: int) -> dict[str, float]:
    """Each term of V(i, f) in utils; they add up to the utility that the day computes."""
    p, episodes, residents = world.p.choice, world.episodes, world.residents
    person = int(episodes.person[episode])
    place = residents.place[person]
    facility, tier = world.options.facility[place, slot], int(world.options.tier[slot])
    scope = world.p.treatment.scope[tier, episodes.condition[episode]]
    gap = min(float(shortfall(episodes.severity[episode], scope)), p.scope_cap)
    trust = float(residents.trust[tier, person]) + float(world.state.reputation[facility])
    income = residents.income[person : person + 1]
    response = price_response(np.array([price_fen]), income, p.price_scale)
    own_team = slot in own_team_slots(world.options)
    return {
        "tier": float(p.tier_constant[int(residents.urban[person]), tier]),
        "trust": p.b_trust * trust,
        "quality": p.b_quality * float(world.facility.quality[facility]),
        "scope": -p.b_scope * gap,
        "time": -p.b_time * float(world.options.minutes[place, slot]),
        "price": -p.b_price * float(response[0]),
        "wait": -p.b_wait * _hours(world, int(facility)),
        "doctor": p.b_doctor * float(residents.contract[person] and own_team),
        "habit": p.b_habit * float(world.memory.last_used[person] == facility),
    }


def detour_of(world: World, episode: int, slot: int) -> Detour:
    """What going by the nearest centre to an option costs and saves this episode's patient."""
    p, residents, options = world.p.choice, world.residents, world.options
    person = int(world.episodes.person[episode])
    place, first = residents.place[person], options.slots[Tier.CENTRE].start
    rows, income = np.array([episode]), residents.income[person : person + 1]
    straight = visit_prices(world, rows, world.classes)
    referred = visit_prices(world, rows, world.classes, referred=True)
    at_centre = straight[world.class_at[first, place]]
    before, after = (prices[world.class_at[slot, place]] for prices in (straight, referred))
    paid, full, reduced = (
        float(price_response(price, income, p.price_scale)[0])
        for price in (at_centre, before, after)
    )
    centre = int(options.facility[place, first])
    minutes, hours = float(options.minutes[place, first]), _hours(world, centre)
    return Detour(
        centre=centre,
        minutes=minutes,
        wait_hour=hours,
        price_fen=int(at_centre[0]),
        referred_fen=int(after[0]),
        terms={
            "time to the centre": -p.b_time * minutes,
            "price at the centre": -p.b_price * paid,
            "wait at the centre": -p.b_wait * hours,
            "price saved": p.b_price * (full - reduced),
        },
    )


def _hours(world: World, facility: int) -> float:
    row, q = slice(facility, facility + 1), world.p.queue
    load = world.state.load[row].clip(max=q.max_load)
    service = time_in_line(world.facility.tier[row], q)
    minutes = mean_minutes(world.facility.line[row], load, service)
    return float(wait_hours(minutes, world.state.wait_day[row], world.p.choice)[0])
