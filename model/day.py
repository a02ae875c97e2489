"""The day, as a list of steps; each reads the world and leaves tables on today's sheet."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from model.care import (
    aftermath,
    beds,
    decision,
    gate,
    learning,
    online,
    settling,
    spells,
    visits,
)
from model.care.beds import Discharges
from model.care.decision import Seeks, Weighed
from model.care.visits import Visits
from model.care.world import World
from model.encounters import ClosedSpells, Encounters, Outcome
from model.state import NEVER_ADVISED
from model.tally import DayEnd, Tally
from model.terms import Bools, Floats, Ints

NONE = np.empty(0, np.int64)


@dataclass(slots=True)
class Today:
    """The sheet of a day: what each step leaves for the next ones. Ints are rows of episodes."""

    day: int
    tally: Tally
    deciding: Ints = field(default_factory=lambda: NONE)
    directed: Ints = field(default_factory=lambda: NONE)  # go where they were referred
    hours: Floats = field(default_factory=lambda: np.empty(0))  # expected waits by facility
    weighed: Weighed = field(init=False)
    seeking: Ints = field(default_factory=lambda: NONE)  # positions in `weighed`
    buying: Ints = field(default_factory=lambda: NONE)
    staying_home: Ints = field(default_factory=lambda: NONE)
    asked: Ints = field(default_factory=lambda: NONE)  # by facility
    gave_up: Ints = field(default_factory=lambda: NONE)  # waiting, and stay at home
    discharged: Discharges = field(init=False)
    visits: Visits = field(init=False)
    in_line: Ints = field(default_factory=lambda: NONE)
    advised: Ints = field(default_factory=lambda: NONE)  # residents, first time in their spell
    taken_up: Ints = field(default_factory=lambda: NONE)  # residents, whose first stay begins
    to_bed: Bools = field(default_factory=lambda: np.empty(0, np.bool_))  # visits that end in one
    admitted: Ints = field(default_factory=lambda: NONE)
    online: Ints = field(default_factory=lambda: NONE)  # consultations by video
    encounters: list[Encounters] = field(default_factory=list)
    closed: list[ClosedSpells] = field(default_factory=list)


def fall_ill(world: World, today: Today) -> None:
    """Episodes begin, fall due or worsen; those who lie in a bed come back after it."""
    day = today.day
    rows = np.concatenate(
        (
            world.decisions.take(day),
            spells.open_spells(world, world.onsets.on(day)),
            spells.open_follow_ups(world, day),
        )
    )
    until = world.memory.in_bed_until[world.episodes.person[rows]]
    in_bed = np.flatnonzero(until > day)
    world.decisions.enter(rows[in_bed], until[in_bed])
    rows = np.delete(rows, in_bed)
    over = spells.exhausted(world, rows)
    if over.any():
        today.closed.append(spells.close(world, rows[over], Outcome.UNRESOLVED))
        rows = rows[~over]
    directed = world.episodes.target[rows] >= 0
    today.directed, today.deciding = rows[directed], rows[~directed]


def weigh_options(world: World, today: Today) -> None:
    """Utility of every option that each of these patients has."""
    decision.bring_up_to_date(world, world.episodes.person[today.deciding], today.day)
    world.episodes.wish[today.deciding] = -1
    today.hours = decision.expected_hours(world)
    today.weighed = decision.weigh(world, today.deciding, today.hours)


def seek_care(world: World, today: Today) -> None:
    """A provider, the pharmacy, or nobody."""
    choice, wanted = decision.seek(world, today.weighed)
    world.episodes.wanted[today.deciding[wanted]] = True
    today.seeking = np.flatnonzero(choice == Seeks.PROVIDER)
    today.buying = today.deciding[choice == Seeks.PHARMACY]
    today.staying_home = today.deciding[choice == Seeks.NOBODY]


def choose_facility(world: World, today: Today) -> None:
    """Which provider; referred patients go where they were sent."""
    rows = np.concatenate((today.deciding[today.seeking], today.directed))
    chosen = decision.choose(world, today.weighed, today.seeking)
    if today.weighed.via is not None:
        asking = today.deciding[today.seeking]
        chosen = gate.first_stop(world, asking, chosen, today.weighed.via[:, today.seeking])
    facility = np.concatenate((chosen, world.episodes.target[today.directed]))
    visits.ask(world, rows, facility, today.day)
    today.asked = np.bincount(facility, minlength=len(world.facility.tier))


def discharge(world: World, today: Today) -> None:
    """Beds are freed."""
    today.discharged = beds.discharge(world, today.day)


def queue(world: World, today: Today) -> None:
    """Capacity, priority, waiting, giving up."""
    visits.leave_while_in_bed(world, today.day)
    today.visits, in_line = visits.see_patients(world, today.day)
    again, today.gave_up = visits.give_up(world, in_line, today.day)
    spells.miss_follow_ups(world, np.concatenate((today.staying_home, today.gave_up)))
    world.decisions.enter(again, np.full(len(again), today.day + 1))


def treat(world: World, today: Today) -> None:
    """Resolved or not, by the provider's scope against severity."""
    visits.treat(world, today.visits)


def refer(world: World, today: Today) -> None:
    """Upward along the referral network."""
    visits.refer(world, today.visits)


def admit(world: World, today: Today) -> None:
    """Stay or not, where, and whether a bed is free."""
    advised = visits.advise(world, today.visits)
    rows = today.visits.rows[advised]
    episodes = world.episodes
    episodes.adviser[rows] = today.visits.facility[advised]
    newly = rows[episodes.advised_day[rows] == NEVER_ADVISED]
    episodes.advised_day[newly] = today.day
    today.advised = episodes.person[newly].astype(np.int64)
    site, price = beds.choose_site(world, rows)
    taken = (site >= 0) & beds.take_up(world, rows, price, today.visits.advised[1, advised])
    today.to_bed = advised.copy()
    today.to_bed[advised] = taken
    beds.reconsider(world, today.day)
    beds.ask_bed(world, rows[taken], site[taken], today.day)
    today.admitted = beds.admit(world, today.day)
    today.taken_up = beds.take_up_in_time(world, today.admitted, today.day, today.tally.warm_up)


def settle(world: World, today: Today) -> None:
    """Charge, catalogue, deductible, funds, assistance, account, cash."""
    today.online = online.hold(world, today.day)
    today.encounters = settling.settle_day(
        world, today.buying, today.visits, today.admitted, today.online, today.day
    )


def go_on(world: World, today: Today) -> None:
    """Spells end, or go on: a further visit, a referral, another decision."""
    home = np.concatenate((today.staying_home, today.gave_up))
    closed = aftermath.settle_fates(
        world, today.visits, today.to_bed, today.discharged, home, today.buying, today.day
    )
    today.closed.append(closed)
    if len(today.online):
        today.closed.append(online.after(world, today.online))


def learn(world: World, today: Today) -> None:
    """Trust from experience and word of mouth; reputations."""
    learning.learn(world, today.visits, today.day)


def record(world: World, today: Today) -> None:
    """Daily tables and the sums by group."""
    tally, day = today.tally, today.day
    seen, left = today.visits, today.discharged
    for table in today.encounters:
        tally.add_encounters(day, table, world.memory)
    tally.add_closed(day, *today.closed)
    tally.add_contacts(
        day,
        seen.person,
        seen.tier,
        first=seen.first,
        bypassing=seen.walked_in,
        emergency=seen.emergency,
        up=seen.referred_up,
        down=seen.arrived_down,
    )
    tally.add_advice(day, today.advised, today.taken_up)
    tally.add_discharges(day, left.person, world.facility.tier[left.facility], left.stay_day)
    tally.end_day(day, _end_of_day(world, today))


DAY: tuple[Callable[[World, Today], None], ...] = (
    fall_ill,
    weigh_options,
    seek_care,
    choose_facility,
    discharge,
    queue,
    treat,
    refer,
    admit,
    settle,
    go_on,
    learn,
    record,
)


def _end_of_day(world: World, today: Today) -> DayEnd:
    episodes, state = world.episodes, world.state
    n = len(state.beds)
    return DayEnd(
        asked=today.asked,
        in_line=np.bincount(episodes.facility[world.waiting], minlength=n),
        bed_line=np.bincount(episodes.facility[world.waiting_bed], minlength=n),
        beds=state.beds,
        beds_taken=state.beds_taken,
        capacity=world.facility.capacity,
        doctors=world.facility.doctors,
        providers=world.providers,
        payment=world.p.payment,
    )
