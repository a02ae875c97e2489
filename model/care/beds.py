"""Beds: where advised patients want to stay, who gets a bed, who leaves one."""

from dataclasses import dataclass

import numpy as np

from model.care.admission import acceptance_probability, draw_stay
from model.care.decision import facility_noise
from model.care.prices import stay_prices
from model.care.queue import priority, serve, smoothed
from model.care.spells import exhausted
from model.care.treatment import shortfall, stay_success
from model.care.utility import price_response
from model.care.visits import RANKS, draws, send_to_centre
from model.care.world import World
from model.randomness import Purpose
from model.state import TAKEN_UP
from model.terms import Bools, Bytes, Floats, Floats32, Ints, Tier

LONGEST_WAIT_DAY = 30  # expected wait for a bed is cut off here
DISCHARGE_MEMORY_DAY = 30
TAKE_UP_DAY = 30  # of the definition of unmet need for admission


@dataclass(slots=True)
class Discharges:
    """The stays that end on a day; shape (n,)."""

    rows: Ints
    person: Ints
    facility: Ints
    stay_day: Ints
    resolved: Bools
    luck: Floats32  # (3, n), draws of what follows: a visit, primary care, and when


def discharge(world: World, day: int) -> Discharges:
    """Free the beds of the stays that end today."""
    episodes, state = world.episodes, world.state
    rows = world.stays.take(day)
    facility = episodes.facility[rows].astype(np.int64)
    freed = np.bincount(facility, minlength=len(state.beds))
    state.beds_taken -= freed
    state.discharge_rate[:] = smoothed(
        state.discharge_rate, freed.astype(np.float64), DISCHARGE_MEMORY_DAY
    )
    world.memory.discharged_day[episodes.person[rows]] = day
    tier, condition = world.facility.tier[facility], episodes.condition[rows]
    a, t = world.p.admission, world.p.treatment
    scope = t.scope[tier, condition] + a.ward_scope
    chance = stay_success(episodes.severity[rows], scope, a.ward_success, t)
    episodes.step[rows] += 1
    (_, course, visit, back), (*_, when) = draws(world, rows, Purpose.STAY, Purpose.REFER)
    return Discharges(
        rows=rows,
        person=episodes.person[rows].astype(np.int64),
        facility=facility,
        stay_day=episodes.stay_day[rows].astype(np.int64),
        resolved=course < chance,
        luck=np.stack((visit, back, when)),
    )


def after_stay(world: World, left: Discharges) -> Bools:
    """Discharges with a follow-up visit agreed; some of them are sent down to primary care."""
    r = world.p.referral
    visit, back, _ = left.luck
    ready = world.p.practice.send_down[world.facility.practice[left.facility]]
    down = left.resolved & (back < r.back_after_stay * ready)
    down &= world.facility.tier[left.facility] >= Tier.SECONDARY
    agreed: Bools = left.resolved & ((visit < r.visit_after_stay) | down)
    send_to_centre(world, left.rows[down])
    return agreed


def choose_site(world: World, rows: Ints) -> tuple[Ints, Floats]:
    """The facility where each advised patient would stay, and g of its expected price.

    -1 where none in reach has beds.
    """
    first = world.options.slots[Tier.CENTRE].start
    if first == len(world.options.tier):
        return np.full(len(rows), -1), np.zeros(len(rows))
    person = world.episodes.person[rows]
    place = world.residents.place[person]
    price = stay_prices(world, rows, world.classes)
    response = price_response(price, world.residents.income[person], world.p.admission.price_scale)
    facility = world.options.facility[place, first:].T.astype(np.int64)
    own = response[world.class_at[first:, place], np.arange(len(rows))]
    utility = _site_utility(world, rows, facility, own, first)
    utility += facility_noise(world, rows, facility, Purpose.SITE)
    best = np.argmax(utility, axis=0)
    everyone = np.arange(len(rows))
    none = ~np.isfinite(utility[best, everyone])
    return np.where(none, -1, facility[best, everyone]), own[best, everyone]


def take_up(world: World, rows: Ints, price: Floats, drawn: Floats32) -> Bools:
    """Whether each patient takes up the advice, by a draw each; emergencies do."""
    episodes = world.episodes
    chance = acceptance_probability(episodes.severity[rows], price, world.p.admission)
    taken: Bools = (drawn < chance) | episodes.emergency[rows]
    return taken


def take_up_in_time(world: World, begun: Ints, day: int, since: int) -> Ints:
    """Residents whose first stay follows in time an advice given on or after day `since`."""
    episodes = world.episodes
    advised = episodes.advised_day[begun]
    prompt = (advised >= since) & (day - advised <= TAKE_UP_DAY)
    episodes.advised_day[begun] = TAKEN_UP
    return episodes.person[begun[prompt]].astype(np.int64)


def ask_bed(world: World, rows: Ints, facility: Ints, day: int) -> None:
    """Patients join the list of a facility for a bed."""
    world.episodes.facility[rows] = facility
    world.episodes.asked_day[rows] = day
    world.waiting_bed = np.concatenate((world.waiting_bed, rows))


def reconsider(world: World, day: int) -> None:
    """Those whose patience for a bed has run out choose a site again, and keep their place in time.

    So do all whose house has no bed any more.

    Who finds none, or has taken too many steps, leaves the list and decides tomorrow.
    """
    episodes, rows = world.episodes, world.waiting_bed
    waited = day - episodes.asked_day[rows]
    patience = max(int(world.p.admission.bed_patience_day), 1)
    closed = world.state.beds[episodes.facility[rows]] == 0
    moving = rows[closed | ((waited > 0) & (waited % patience == 0))]
    if len(moving) == 0:
        return
    episodes.step[moving] += 1
    site = choose_site(world, moving)[0]
    leaves = (site < 0) | exhausted(world, moving)
    episodes.facility[moving[~leaves]] = site[~leaves]
    world.waiting_bed = np.setdiff1d(rows, moving[leaves], assume_unique=True)
    world.decisions.enter(moving[leaves], np.full(np.count_nonzero(leaves), day + 1))


def admit(world: World, day: int) -> Ints:
    """Give the free beds to those on the lists. Returns the rows whose stay begins."""
    episodes, state, rows = world.episodes, world.state, world.waiting_bed
    person, facility = episodes.person[rows], episodes.facility[rows].astype(np.int64)
    free_person = np.flatnonzero(world.memory.in_bed_until[person] <= day)
    rows, person, facility = rows[free_person], person[free_person], facility[free_person]
    rank = priority(
        episodes.emergency[rows], episodes.referred[rows], np.zeros(len(rows), np.bool_)
    )
    (order, *_), (length, *_) = draws(world, rows, Purpose.BED, Purpose.STAY)
    asked = episodes.asked_day[rows].astype(np.int64)
    given = serve(facility, rank * RANKS + asked, order, state.beds - state.beds_taken)
    given &= _first_of(person, given)
    begun = rows[given]
    _begin(world, begun, facility[given], length[given], day)
    world.waiting_bed = np.delete(world.waiting_bed, free_person[given])
    return begun


def _begin(world: World, rows: Ints, facility: Ints, luck: Floats32, day: int) -> None:
    episodes, state = world.episodes, world.state
    tier = world.facility.tier[facility]
    days = draw_stay(episodes.condition[rows], tier, luck, world.p.admission)
    episodes.stay_day[rows] = days
    episodes.admitted[rows] = True
    state.beds_taken += np.bincount(facility, minlength=len(state.beds))
    world.memory.in_bed_until[episodes.person[rows]] = day + days
    world.stays.enter(rows, day + days)


def _site_utility(world: World, rows: Ints, facility: Ints, price: Floats, first: int) -> Floats:
    """Utility of each site, shape (sites, n) as `facility` and `price`."""
    a, episodes, residents, state = (
        world.p.admission,
        world.episodes,
        world.residents,
        world.state,
    )
    tier = world.options.tier[first:]
    person, condition = episodes.person[rows], episodes.condition[rows]
    severity, emergency = episodes.severity[rows], episodes.emergency[rows]
    minutes = world.options.minutes[residents.place[person], first:].T
    days, free = _bed_waits(world)
    scope = world.p.treatment.scope[tier][:, condition] + a.ward_scope
    gap = np.minimum(shortfall(severity, scope), world.p.choice.scope_cap)
    utility = (
        a.site_constant[tier - 1][:, None]
        + a.site_trust * (residents.trust.T[person].T[tier] + state.reputation[facility])
        - a.site_scope * gap
        - a.site_time * minutes
        - a.site_price * price
        - a.site_wait * days[facility]
        + a.site_present * (facility == episodes.adviser[rows])
    )
    utility += _steering(world, rows, facility, tier)
    utility[(facility < 0) | (state.beds[facility] == 0)] = -np.inf
    open_now = (facility >= 0) & free[facility]
    turned_away = emergency & open_now.any(axis=0) & ~open_now
    utility[turned_away] = -np.inf
    return utility


def _steering(world: World, rows: Ints, at: Ints, tier: Bytes) -> Floats:
    """What payment adds to the log odds of a stay at each site, shape (sites, n) as `at`.

    Hospitals leave simple cases to the tier below; a consortium's providers keep their patients.
    """
    episodes, table, practice = world.episodes, world.facility, world.p.practice
    below = world.p.treatment.scope[tier - 1][:, episodes.condition[rows]]
    simple = episodes.severity[rows] <= below + world.p.admission.ward_scope
    simple &= (tier >= Tier.SECONDARY)[:, None]
    adviser = episodes.adviser[rows]
    member = table.consortium[adviser]
    stays_in = (member >= 0) & (table.consortium[at] == member)
    kept = practice.keep_in[table.practice[adviser]] * stays_in
    return practice.simple[table.practice[at]] * simple + kept


def _bed_waits(world: World) -> tuple[Floats, Bools]:
    """Expected days until a bed is free, and whether one is free now; shape (facilities,)."""
    state = world.state
    on_list = np.bincount(world.episodes.facility[world.waiting_bed], minlength=len(state.beds))
    short = on_list + 1 - (state.beds - state.beds_taken)
    days = np.divide(
        short,
        state.discharge_rate,
        out=np.full(len(short), float(LONGEST_WAIT_DAY)),
        where=state.discharge_rate > 0,
    )
    return np.clip(days, 0, LONGEST_WAIT_DAY), short <= 0


def _first_of(person: Ints, flagged: Bools) -> Bools:
    """The first flagged row of each person."""
    first = np.zeros(len(person), np.bool_)
    at = np.flatnonzero(flagged)
    first[at[np.unique(person[at], return_index=True)[1]]] = True
    return first
