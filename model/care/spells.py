"""Spells as rows of the table of episodes: opened by onsets and follow-ups, continued, closed."""

import numpy as np

from model.care.illness import OnsetTable, draw_severity
from model.care.referral import delay
from model.care.world import World
from model.encounters import ClosedSpells, Outcome
from model.randomness import Purpose, uniforms
from model.state import NEVER
from model.terms import Bools, Condition, Floats, Floats32, Ints

STEPS = 128  # occasions of draws that one spell may use
FOLLOW_UP_KEY = 1 << 31  # keys of follow-ups, which are numbered by day, lie above all onsets'
FOLLOW_UPS = (Condition.HYPERTENSION_DIABETES, Condition.OTHER_CHRONIC)
FOLLOW_UP_SEVERITY = 0.5  # of the median of its group: planned care is for the stable


def open_spells(world: World, onsets: OnsetTable) -> Ints:
    """A row for each onset of the day."""
    p = world.p.illness
    person, condition = onsets.person, onsets.condition
    severity, emergency = draw_severity(world.seed, person, onsets.number, condition, p)
    vascular = np.isin(
        condition,
        (Condition.ACUTE_CORONARY_STROKE, Condition.HYPERTENSION_DIABETES, Condition.OTHER_CHRONIC),
    )
    residents = world.residents
    ill = residents.hypertension[person] | residents.diabetes[person]
    neglected = vascular & ill & ~world.memory.controlled[person]
    raised = severity + np.float32(p.uncontrolled_severity) * neglected
    first = world.n_spells
    world.n_spells += len(person)
    return world.episodes.add(
        len(person),
        identity=np.arange(first, first + len(person)),
        person=person,
        key=onsets.number.astype(np.int64) * STEPS,
        condition=condition,
        severity=np.minimum(raised, np.float32(1)),
        onset_day=onsets.day,
        emergency=emergency,
    )


def open_follow_ups(world: World, day: int) -> Ints:
    """A row for each follow-up that falls due today; the next one is entered for its resident."""
    p, memory = world.p.illness, world.memory
    rows = []
    for which, condition in enumerate(FOLLOW_UPS):
        person = np.flatnonzero(memory.follow_up_day[which] == day).astype(np.int32)
        level = uniforms(world.seed, Purpose.FOLLOW_UP, person, day, which, keep=1)[0]
        gap = follow_up_gap(p.follow_up_day[which], level)
        memory.follow_up_day[which, person] = np.minimum(day + gap, NEVER)
        rows.append(
            world.episodes.add(
                len(person),
                person=person,
                key=FOLLOW_UP_KEY + (2 * day + which) * STEPS,
                condition=condition,
                severity=np.float32(p.severity_median[condition] * FOLLOW_UP_SEVERITY),
                onset_day=day,
                follow_up=True,
            )
        )
    return np.concatenate(rows)


def schedule_follow_ups(world: World) -> None:
    """Enter the first follow-up of every chronic patient, uniform over the interval."""
    residents = world.residents
    ill = (residents.hypertension | residents.diabetes, residents.other_chronic)
    for which, has in enumerate(ill):
        person = np.flatnonzero(has)
        level = uniforms(world.seed, Purpose.FOLLOW_UP, person, 0, 2 + which, keep=1)[0]
        interval = world.p.illness.follow_up_day[which]
        world.memory.follow_up_day[which, person] = np.floor(level * interval)


def follow_up_gap(interval: float, level: Floats32) -> Ints:
    """Whole days to the next follow-up: uniform from half to one and a half of the interval."""
    return np.maximum(np.floor(interval * (0.5 + level) + 0.5), 1).astype(np.int64)


def continue_untreated(world: World, rows: Ints, day: int, bought: Bools) -> tuple[Ints, Bools]:
    """The course of spells that no provider sees: they pass, or are decided on again.

    bought: medicine was bought. Returns the rows that end and, for each, whether medicine did it.
    Follow-ups that nobody sees simply end.
    """
    p, t, episodes = world.p.illness, world.p.treatment, world.episodes
    condition, severity = episodes.condition[rows], episodes.severity[rows]
    slight = 1 - severity
    luck, worse, when, helps = _course(world, rows)
    helped = bought & (helps < t.pharmacy_success * slight)
    ends = episodes.follow_up[rows] | helped | (luck < p.recovery[condition] * slight)
    stays = ~ends
    _decide_again(world, rows[stays], day, worse[stays] < t.relapse, when[stays])
    return rows[ends], helped[ends]


def persist(world: World, rows: Ints, day: int) -> Ints:
    """Spells that a visit or a stay did not resolve: some pass, the others are decided on again.

    Returns the rows that pass.
    """
    luck, worse, when, _ = _course(world, rows)
    stays = (luck < world.p.treatment.retry) & ~world.episodes.follow_up[rows]
    _decide_again(world, rows[stays], day, worse[stays] < world.p.treatment.relapse, when[stays])
    return rows[~stays]


def miss_follow_ups(world: World, rows: Ints) -> None:
    """Hypertension or diabetes whose follow-up nobody sees may slip out of control."""
    episodes = world.episodes
    vascular = episodes.condition[rows] == Condition.HYPERTENSION_DIABETES
    missed = rows[episodes.follow_up[rows] & vascular]
    drawn = uniforms(world.seed, Purpose.COURSE, *_who(world, missed), branch=2, keep=1)[0]
    lost = missed[drawn < world.p.illness.control_lost]
    world.memory.controlled[episodes.person[lost]] = False


def agree_visit(world: World, rows: Ints, day: int, mean_day: Floats | float) -> None:
    """A further visit is agreed: the patient decides on it in some days."""
    when = uniforms(world.seed, Purpose.REFER, *_who(world, rows))[3]
    world.episodes.planned[rows] = True
    world.decisions.enter(rows, day + delay(mean_day, when).astype(np.int64))


def close(world: World, rows: Ints, outcome: Outcome) -> ClosedSpells:
    """Take rows out of the table; follow-ups leave no spell behind."""
    episodes = world.episodes
    of = rows[~episodes.follow_up[rows]]
    closed = ClosedSpells(
        episode=episodes.identity[of],
        person=episodes.person[of].astype(np.int64),
        onset_day=episodes.onset_day[of].astype(np.int64),
        condition=episodes.condition[of],
        severity=episodes.severity[of].astype(np.float64),
        wanted=episodes.wanted[of],
        first_contact=episodes.first_contact[of],
        seen=(episodes.n_visits[of] > 0) | episodes.admitted[of],
        worsened=episodes.worsened[of],
        outcome=np.full(len(of), outcome, np.int8),
    )
    episodes.close(rows)
    return closed


def exhausted(world: World, rows: Ints) -> Bools:
    """Spells that have taken as many steps as the model follows."""
    limit = min(world.p.illness.max_steps, STEPS - 1)
    over: Bools = world.episodes.step[rows] >= limit
    return over


def _decide_again(world: World, rows: Ints, day: int, worse: Bools, when: Floats32) -> None:
    episodes, p = world.episodes, world.p.illness
    worsened = rows[worse]
    episodes.severity[worsened] = np.minimum(
        episodes.severity[worsened] + np.float32(p.worsening), np.float32(1)
    )
    episodes.worsened[worsened] = True
    episodes.planned[rows] = False
    gap = delay(p.course_day[episodes.condition[rows]], when)
    world.decisions.enter(rows, day + gap.astype(np.int64))


def _course(world: World, rows: Ints) -> Floats32:
    return uniforms(world.seed, Purpose.COURSE, *_who(world, rows), branch=1)


def _who(world: World, rows: Ints) -> tuple[Ints, Ints]:
    episodes = world.episodes
    return episodes.person[rows].astype(np.int64), episodes.key[rows] + episodes.step[rows]
