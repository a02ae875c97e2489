"""What follows a visit, a stay or a day without a provider: spells end, or go on."""

import numpy as np

from model.care import spells, visits
from model.care.beds import Discharges, after_stay
from model.care.visits import Visits
from model.care.world import World
from model.encounters import ClosedSpells, Outcome
from model.terms import Bools, Ints


def after_visits(world: World, seen: Visits, to_bed: Bools, day: int) -> list[ClosedSpells]:
    """Referred patients go up, others come back as agreed, try again, or are done.

    to_bed: visits that end in a stay, whose spell goes on in the ward.
    """
    episodes, p = world.episodes, world.p
    down = visits.send_down(world, seen) & ~to_bed
    returns = visits.agrees_return(world, seen) | down
    stays_out = ~to_bed & ~seen.referred_up
    up = seen.rows[seen.referred_up]
    episodes.referred[up] = True  # from the next visit on: this one is billed as it came
    spells.agree_visit(world, up, day, p.referral.delay_day)
    sent = seen.rows[down]
    episodes.referred_down[sent] = True
    episodes.target[sent] = world.home_centre[world.residents.place[seen.person[down]]]
    back = seen.rows[stays_out & seen.resolved & returns]
    spells.agree_visit(world, back, day, p.treatment.return_day[episodes.condition[back]])
    done = seen.rows[stays_out & seen.resolved & ~returns]
    passed = spells.persist(world, seen.rows[stays_out & ~seen.resolved], day)
    episodes.step[seen.rows[~to_bed]] += 1
    return [
        spells.close(world, done, Outcome.RESOLVED),
        spells.close(world, passed, Outcome.PASSED),
    ]


def after_stays(world: World, left: Discharges, day: int) -> list[ClosedSpells]:
    """Discharged patients come back as agreed, try again, or are done."""
    returns = after_stay(world, left)
    back = left.rows[returns]
    mean_day = world.p.treatment.return_day[world.episodes.condition[back]]
    spells.agree_visit(world, back, day, mean_day)
    passed = spells.persist(world, left.rows[~left.resolved], day)
    world.episodes.step[left.rows] += 1
    return [
        spells.close(world, left.rows[left.resolved & ~returns], Outcome.RESOLVED),
        spells.close(world, passed, Outcome.PASSED),
    ]


def without_provider(world: World, at_home: Ints, buying: Ints, day: int) -> list[ClosedSpells]:
    """Spells that nobody saw today: they pass, with or without medicine, or go on."""
    rows = np.concatenate((at_home, buying))
    bought = np.arange(len(rows)) >= len(at_home)
    ended, helped = spells.continue_untreated(world, rows, day, bought)
    world.episodes.step[rows] += 1
    return [
        spells.close(world, ended[helped], Outcome.PURCHASED),
        spells.close(world, ended[~helped], Outcome.PASSED),
    ]
