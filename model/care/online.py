"""The internet hospital: consultations by video that hospitals add to their visits.

They come after a visit only, since first consultations must be in person, and they add to use:
nobody is spared a visit. They take no travel, no place of the clinic day and no wait.
"""

import numpy as np

from model.care import spells
from model.care.referral import delay
from model.care.visits import Visits
from model.care.world import World
from model.encounters import ClosedSpells, Outcome
from model.randomness import Purpose, uniforms
from model.terms import Bools, Ints, Tier


def agree(world: World, seen: Visits, done: Bools, day: int) -> Bools:
    """Visits, of those that would end their episode, after which a consultation is agreed.

    done: resolved visits without a stay or a further visit to come. The consultation is held by the
    same hospital after a delay like that of a further visit.
    """
    agreed = np.zeros(len(seen.rows), np.bool_)
    chance = world.p.online.agreed
    if chance == 0:
        return agreed
    at = np.flatnonzero(done & (seen.tier >= Tier.SECONDARY))
    rows = seen.rows[at]
    episodes = world.episodes
    occasion = episodes.key[rows] + episodes.step[rows]
    drawn, when = uniforms(world.seed, Purpose.ONLINE, episodes.person[rows], occasion, keep=2)
    agreed[at] = drawn < chance
    held = rows[agreed[at]]
    mean_day = world.p.treatment.return_day[episodes.condition[held]]
    gap = delay(mean_day, when[agreed[at]]).astype(np.int64)
    world.online.enter(held, day + gap)
    return agreed


def hold(world: World, day: int) -> Ints:
    """Episodes whose consultation is today; who lies in a bed has hers after the stay."""
    rows = world.online.take(day)
    until = world.memory.in_bed_until[world.episodes.person[rows]]
    in_bed = until > day
    world.online.enter(rows[in_bed], until[in_bed])
    return rows[~in_bed]


def after(world: World, held: Ints) -> ClosedSpells:
    """The episodes end: the visit before had resolved them."""
    return spells.close(world, held, Outcome.RESOLVED)
