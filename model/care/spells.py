"""Spells as rows of the table of episodes: opened by onsets and follow-ups, continued, closed."""

import numpy as np

from model.care.illness import OnsetTable, draw_severity
from model.care.world import World
from model.encounters import ClosedSpells, Outcome
from model.randomness import Purpose, uniforms
from model.terms import Bools, Bytes, Condition, Floats, Floats32, Ints

STEPS = 128  # occasions of draws that one spell may use
FOLLOW_UP_KEY = 1 << 31  # keys of follow-ups, which are numbered by day, lie above all onsets'
FOLLOW_UPS = np.array([Condition.HYPERTENSION_DIABETES, Condition.OTHER_CHRONIC], np.int8)
VASCULAR = np.zeros(len(Condition), np.bool_)  # worse if hypertension or diabetes is out of control
VASCULAR[[Condition.ACUTE_CORONARY_STROKE, *FOLLOW_UPS]] = True
FOLLOW_UP_SEVERITY = 0.5  # of the median of its group: planned care is for the stable


def open_spells(world: World, onsets: OnsetTable) -> Ints:
    """A row for each onset of the day."""
    p = world.p.illness
    person, condition = onsets.person, onsets.condition
    severity, emergency = draw_severity(world.seed, person, onsets.number, condition, p)
    at = np.flatnonzero(VASCULAR.take(condition))
    at = at[_neglected(world, person[at])]
    raised = severity[at] + np.float32(p.uncontrolled_severity)
    severity[at] = np.minimum(raised, np.float32(1))
    first = world.n_spells
    world.n_spells += len(person)
    return world.episodes.add(
        len(person),
        identity=np.arange(first, first + len(person)),
        person=person,
        key=onsets.number.astype(np.int64) * STEPS,
        condition=condition,
        severity=severity,
        onset_day=onsets.day,
        emergency=emergency,
    )


def open_follow_ups(world: World, day: int) -> Ints:
    """A row for each follow-up that falls due today; the next one is entered for its resident."""
    p = world.p.illness
    due = np.sort(world.follow_ups.take(day))
    which, person = np.divmod(due, len(world.residents))
    level = uniforms(world.seed, Purpose.FOLLOW_UP, person, day, which, keep=1)[0]
    world.follow_ups.enter(due, day + follow_up_gap(p.follow_up_day[which], level))
    condition = FOLLOW_UPS[which]
    return world.episodes.add(
        len(due),
        person=person,
        key=FOLLOW_UP_KEY + (2 * day + which) * STEPS,
        condition=condition,
        severity=p.severity_median[condition] * FOLLOW_UP_SEVERITY,
        onset_day=day,
        follow_up=True,
    )


def schedule_follow_ups(world: World) -> None:
    """Enter the first follow-up of every chronic patient, uniform over the interval."""
    residents = world.residents
    ill = (residents.hypertension | residents.diabetes, residents.other_chronic)
    for which, has in enumerate(ill):
        person = np.flatnonzero(has)
        level = uniforms(world.seed, Purpose.FOLLOW_UP, person, 0, 2 + which, keep=1)[0]
        interval = world.p.illness.follow_up_day[which]
        world.follow_ups.enter(person + which * len(residents), np.floor(level * interval))


def follow_up_gap(interval: Floats | float, level: Floats32) -> Ints:
    """Whole days to the next follow-up: uniform from half to one and a half of the interval."""
    return np.maximum(np.floor(interval * (0.5 + level) + 0.5), 1).astype(np.int64)


def course(world: World, rows: Ints) -> Floats32:
    """Draws for spells that nothing resolved today: whether it passes, worsens, when, if helped."""
    return uniforms(world.seed, Purpose.COURSE, *_who(world, rows), branch=1)


def miss_follow_ups(world: World, rows: Ints) -> None:
    """Hypertension or diabetes whose follow-up nobody sees may slip out of control."""
    episodes = world.episodes
    vascular = episodes.condition[rows] == Condition.HYPERTENSION_DIABETES
    missed = rows[episodes.follow_up[rows] & vascular]
    drawn = uniforms(world.seed, Purpose.COURSE, *_who(world, missed), branch=2, keep=1)[0]
    lost = missed[drawn < world.p.illness.control_lost]
    world.memory.controlled[episodes.person[lost]] = False


def close(world: World, rows: Ints, outcome: Bytes | Outcome) -> ClosedSpells:
    """Take rows out of the table; follow-ups leave no spell behind."""
    episodes = world.episodes
    spell = ~episodes.follow_up[rows]
    of = rows[spell]
    closed = ClosedSpells(
        episode=episodes.identity[of],
        person=episodes.person[of],
        onset_day=episodes.onset_day[of],
        condition=episodes.condition[of],
        severity=episodes.severity[of],
        wanted=episodes.wanted[of],
        first_contact=episodes.first_contact[of],
        seen=(episodes.n_visits[of] > 0) | episodes.admitted[of],
        worsened=episodes.worsened[of],
        outcome=np.broadcast_to(np.int8(outcome), len(rows))[spell],
    )
    episodes.close(rows)
    return closed


def exhausted(world: World, rows: Ints) -> Bools:
    """Spells that have taken as many steps as the model follows."""
    limit = min(world.p.illness.max_steps, STEPS - 1)
    over: Bools = world.episodes.step[rows] >= limit
    return over


def _neglected(world: World, person: Ints) -> Bools:
    """Who has hypertension or diabetes that is out of control."""
    residents = world.residents
    ill: Bools = residents.hypertension[person] | residents.diabetes[person]
    return ill & ~world.memory.controlled[person]


def _who(world: World, rows: Ints) -> tuple[Ints, Ints]:
    episodes = world.episodes
    return episodes.person[rows].astype(np.int64), episodes.key[rows] + episodes.step[rows]
