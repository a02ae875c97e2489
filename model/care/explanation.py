"""The utility of one option, term by term, for a person who asks why."""

import numpy as np

from model.care.queue import mean_minutes, time_in_line
from model.care.treatment import shortfall
from model.care.utility import own_team_slots, price_response, wait_hours
from model.care.world import World


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


def _hours(world: World, facility: int) -> float:
    row, q = slice(facility, facility + 1), world.p.queue
    load = world.state.load[row].clip(max=q.max_load)
    service = time_in_line(world.facility.tier[row], q)
    minutes = mean_minutes(world.facility.line[row], load, service)
    return float(wait_hours(minutes, world.state.wait_day[row], world.p.choice)[0])
