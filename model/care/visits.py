"""Visits: patients ask, queue, are seen, and their case is resolved, passed on or neither."""

from dataclasses import dataclass, field

import numpy as np

from model.care.admission import advice_probability
from model.care.queue import (
    minutes_waited,
    priority,
    serve,
    smoothed,
    time_in_line,
    whole_patients,
)
from model.care.referral import referred_up
from model.care.treatment import visit_success
from model.care.utility import own_team_slots
from model.care.world import World
from model.randomness import Purpose, uniforms
from model.terms import Bools, Bytes, Condition, Floats, Floats32, Ints, Tier

CHRONIC = np.zeros(len(Condition), np.bool_)
CHRONIC[[Condition.HYPERTENSION_DIABETES, Condition.OTHER_CHRONIC]] = True
REFERRED_RANK = 1  # of `queue.priority`; later ranks have no referral
RANKS = 1 << 16  # days of asking within a rank of priority


@dataclass(slots=True)
class Visits:
    """The visits of a day; shape (n,)."""

    rows: Ints  # of the table of episodes
    person: Ints
    facility: Ints
    tier: Bytes
    wait_day: Ints
    wait_min: Floats
    emergency: Bools
    resolved: Bools = field(default_factory=lambda: np.empty(0, np.bool_))
    referred_up: Bools = field(default_factory=lambda: np.empty(0, np.bool_))
    first: Bools = field(default_factory=lambda: np.empty(0, np.bool_))  # of its episode
    walked_in: Bools = field(default_factory=lambda: np.empty(0, np.bool_))  # unplanned, unreferred
    arrived_down: Bools = field(default_factory=lambda: np.empty(0, np.bool_))
    # The draws of what follows it: whether it resolves, is passed on, ends with advice of a stay.
    treated: Floats32 = field(default_factory=lambda: np.empty((4, 0), np.float32))
    passed_on: Floats32 = field(default_factory=lambda: np.empty((4, 0), np.float32))
    advised: Floats32 = field(default_factory=lambda: np.empty((4, 0), np.float32))


def ask(world: World, rows: Ints, facility: Ints, day: int) -> None:
    """Patients join the line of a facility."""
    episodes = world.episodes
    episodes.facility[rows] = facility
    episodes.asked_day[rows] = day
    world.waiting = np.concatenate((world.waiting, rows))


def leave_while_in_bed(world: World, day: int) -> None:
    """Patients who lie in a bed leave the lines for a visit and decide again when discharged."""
    rows = world.waiting
    until = world.memory.in_bed_until[world.episodes.person[rows]]
    in_bed = until > day
    world.decisions.enter(rows[in_bed], until[in_bed])
    world.episodes.step[rows[in_bed]] += 1
    world.waiting = rows[~in_bed]


def see_patients(world: World, day: int) -> tuple[Visits, Ints]:
    """Serve today's lines. Returns the visits and the rows that were not served."""
    episodes, rows = world.episodes, world.waiting
    facility = episodes.facility[rows].astype(np.int64)
    person = episodes.person[rows]
    asked = episodes.asked_day[rows].astype(np.int64)
    rank = priority(
        episodes.emergency[rows],
        episodes.referred[rows],
        _contracted(world, person, facility),
        world.p.queue.contract_rank,
    )
    occasion = episodes.key[rows] + episodes.step[rows]
    order, luck = uniforms(world.seed, Purpose.QUEUE, person, occasion, keep=2)
    places = whole_patients(world.facility.capacity, world.state.capacity_left)
    served = serve(facility, rank * RANKS + asked, order, places)
    reserved = world.p.gate.reserved[world.facility.tier]
    if reserved.any():
        others = np.flatnonzero(rank > REFERRED_RANK)
        open_places = places - np.floor(places * reserved).astype(np.int64)
        served[others] &= serve(
            facility[others], rank[others] * RANKS + asked[others], order[others], open_places
        )
    _update_load(world, facility[asked == day])
    seen = rows[served]
    at = facility[served]
    wait_min = _minutes(world, at, luck[served])
    wait_min[episodes.emergency[seen]] = 0
    wait_day = day - asked[served]
    world.waiting = rows[~served]
    _update_waits(world, at, wait_day)
    visits = Visits(
        rows=seen,
        person=person[served].astype(np.int64),
        facility=at,
        tier=world.facility.tier[at],
        wait_day=wait_day,
        wait_min=wait_min,
        emergency=episodes.emergency[seen],
    )
    return visits, world.waiting


def give_up(world: World, rows: Ints, day: int) -> tuple[Ints, Ints]:
    """Those who stop waiting today leave the line: some choose again, the others stay at home."""
    p, episodes = world.p.queue, world.episodes
    occasion = episodes.key[rows] + episodes.step[rows]
    nth_day = day - episodes.asked_day[rows] + 1
    stop, again = uniforms(
        world.seed, Purpose.QUEUE, episodes.person[rows], occasion, branch=nth_day, keep=2
    )
    leaves = (stop < p.give_up) & ~episodes.emergency[rows]
    world.waiting = rows[~leaves]
    leavers = rows[leaves]
    chooses = again[leaves] < p.ask_again
    episodes.step[leavers] += 1
    episodes.target[leavers] = -1
    return leavers[chooses], leavers[~chooses]


def treat(world: World, visits: Visits) -> None:
    """Whether each visit resolves its case; the facility becomes the one used last."""
    episodes, t = world.episodes, world.p.treatment
    rows = visits.rows
    scope = t.scope[visits.tier, episodes.condition[rows]]
    chance = visit_success(episodes.severity[rows], scope, world.state.load[visits.facility], t)
    drawn = draws(world, rows, Purpose.TREAT, Purpose.REFER, Purpose.ADVISE)
    visits.treated, visits.passed_on, visits.advised = drawn
    visits.resolved = visits.treated[0] < chance
    visits.first = (episodes.n_visits[rows] == 0) & ~episodes.follow_up[rows]
    visits.walked_in = ~episodes.planned[rows] & ~episodes.referred[rows]
    visits.arrived_down = episodes.referred_down[rows]
    first = rows[visits.first]
    episodes.first_contact[first] = visits.tier[visits.first]
    episodes.n_visits[rows] += 1
    episodes.target[rows] = -1
    episodes.referred_down[rows] = False
    world.memory.last_used[visits.person] = visits.facility
    _control(world, visits)


def refer(world: World, visits: Visits) -> None:
    """Cases beyond a provider's scope that it recognises go up, if the patient agrees."""
    episodes, r = world.episodes, world.p.referral
    rows = visits.rows
    scope = world.p.treatment.scope[visits.tier, episodes.condition[rows]]
    recognised, agrees, _, _ = visits.passed_on
    offered = referred_up(
        visits.resolved,
        episodes.severity[rows],
        scope,
        visits.tier,
        recognised,
        r,
        _readiness(world)[visits.facility],
    )
    wish = episodes.wish[rows]
    asked = (wish >= 0) & (visits.tier <= Tier.CENTRE)
    granted = asked & (recognised < world.p.gate.grants)
    target = np.where(asked, wish, world.facility.up[visits.facility])
    visits.referred_up = granted | (offered & ~asked & (target >= 0) & (agrees < r.follow))
    episodes.wish[rows] = -1
    up = visits.referred_up
    episodes.target[rows[up]] = target[up]


def advise(world: World, visits: Visits) -> Bools:
    """Visits, not referred, that end with the advice to be admitted."""
    episodes, state = world.episodes, world.state
    rows = visits.rows
    beds = np.maximum(state.beds, 1)
    free = (state.beds - state.beds_taken) / beds
    chance = advice_probability(
        episodes.condition[rows],
        episodes.severity[rows],
        free[visits.facility],
        world.p.admission,
        world.p.practice.admission[world.facility.practice[visits.facility]],
    )
    advised: Bools = (visits.advised[0] < chance) & ~visits.referred_up & ~episodes.follow_up[rows]
    return advised


def send_down(world: World, visits: Visits) -> Bools:
    """Stable chronic patients at a hospital who are sent to primary care for the next visit."""
    down = np.zeros(len(visits.rows), np.bool_)
    stable = np.flatnonzero(visits.resolved & (visits.tier >= Tier.SECONDARY))
    at = stable[CHRONIC[world.episodes.condition[visits.rows[stable]]]]
    ready = world.p.practice.send_down[world.facility.practice[visits.facility[at]]]
    down[at] = visits.passed_on[2, at] < world.p.referral.back_chronic * ready
    return down


def send_to_centre(world: World, rows: Ints) -> None:
    """The next visit of these is at their home centre, as less severe cases if a policy says so."""
    episodes = world.episodes
    episodes.referred_down[rows] = True
    episodes.target[rows] = world.home_centre[world.residents.place[episodes.person[rows]]]
    episodes.severity[rows] *= np.float32(world.p.referral.down_severity)


def agrees_return(world: World, visits: Visits) -> Bools:
    """Visits that end with a further one agreed if they resolve what they were made for."""
    rows = visits.rows
    drawn = visits.treated[1]
    chance = world.p.treatment.plan_return[world.episodes.condition[rows]]
    agreed: Bools = (drawn < chance) & ~world.episodes.follow_up[rows]
    return agreed


def _readiness(world: World) -> Floats:
    """How payment changes the chance that each facility refers upward, shape (facilities,)."""
    table, practice = world.facility, world.p.practice
    leaves = (table.consortium >= 0) & (table.consortium[table.up] != table.consortium)
    out = np.where(leaves, practice.refer_out[table.practice], 1.0)
    return practice.refer_up[table.practice] * out


def _control(world: World, visits: Visits) -> None:
    vascular = world.episodes.condition[visits.rows] == Condition.HYPERTENSION_DIABETES
    world.memory.controlled[visits.person[vascular]] = visits.resolved[vascular]


def _contracted(world: World, person: Ints, facility: Ints) -> Bools:
    residents, options = world.residents, world.options
    own, place = np.zeros(len(person), np.bool_), residents.place[person]
    for slot in own_team_slots(options):
        own |= options.facility[:, slot][place] == facility
    own &= residents.contract[person]
    return own


def _minutes(world: World, facility: Ints, uniform: Floats32) -> Floats:
    q, table = world.p.queue, world.facility
    load = np.minimum(world.state.load, q.max_load)
    return minutes_waited(table.line, load, time_in_line(table.tier, q), uniform, facility)


def _update_load(world: World, asking: Ints) -> None:
    capacity = world.facility.capacity
    count = np.bincount(asking, minlength=len(capacity))
    today = np.divide(count, capacity, out=np.zeros(len(capacity)), where=capacity > 0)
    memory_day = world.p.queue.load_memory_day
    world.state.load[:] = np.clip(smoothed(world.state.load, today, memory_day), 0, 5)


def _update_waits(world: World, facility: Ints, wait_day: Ints) -> None:
    n = np.bincount(facility, minlength=len(world.facility.tier))
    total = np.bincount(facility, weights=wait_day, minlength=len(n))
    # Where nobody asks, the next one would not wait.
    known = (n > 0) | (_in_line(world) == 0)
    new = total[known] / np.maximum(n[known], 1)
    wait = world.state.wait_day
    wait[known] = smoothed(wait[known], new, world.p.queue.wait_memory_day)


def _in_line(world: World) -> Ints:
    at = world.episodes.facility[world.waiting]
    return np.bincount(at, minlength=len(world.facility.tier))


def draws(world: World, rows: Ints, *purposes: Purpose) -> Floats32:
    """Draws of these episodes at their present step, shape (purposes, 4, n)."""
    episodes = world.episodes
    occasion = episodes.key[rows] + episodes.step[rows]
    purpose = np.array(purposes)[:, None]
    return uniforms(world.seed, purpose, episodes.person[rows], occasion).swapaxes(0, 1)
