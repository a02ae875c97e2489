"""What follows a visit, a stay or a day without a provider: spells end, or go on."""

from dataclasses import dataclass, field

import numpy as np

from model.care import online, spells, visits
from model.care.beds import Discharges, after_stay
from model.care.referral import delay
from model.care.visits import Visits
from model.care.world import World
from model.encounters import ClosedSpells, Outcome
from model.terms import Bools, Bytes, Floats, Floats32, Ints


@dataclass(slots=True)
class Fates:
    """What becomes of the episodes of a day, in order, part by part."""

    later: list[tuple[Ints, Floats, Floats32]] = field(default_factory=list)
    ended: list[tuple[Ints, Bytes]] = field(default_factory=list)

    def go_on(self, rows: Ints, mean_day: Floats | float, when: Floats32) -> None:
        """These are decided on again in so many days on average; when: uniforms."""
        self.later.append((rows, np.broadcast_to(mean_day, len(rows)), when))

    def end(self, rows: Ints, outcome: Outcome) -> None:
        """These end so."""
        self.ended.append((rows, np.full(len(rows), outcome, np.int8)))


def settle_fates(
    world: World, seen: Visits, to_bed: Bools, left: Discharges, home: Ints, buying: Ints, day: int
) -> ClosedSpells:
    """Let all episodes of a day end or go on; returns the spells that end.

    to_bed: visits that end in a stay, whose spell goes on in the ward. home, buying: episodes that
    nobody saw, without and with medicine.
    """
    fates = Fates()
    unresolved = seen.rows[~(to_bed | seen.referred_up | seen.resolved)]
    uncured = left.rows[~left.resolved]
    unseen = np.concatenate((home, buying))
    drawn = spells.course(world, np.concatenate((unresolved, uncured, unseen)))
    of_stays, of_unseen = len(unresolved), len(unresolved) + len(uncured)
    _after_visits(world, seen, to_bed, day, fates)
    _persist(world, unresolved, drawn[:, :of_stays], fates)
    _after_stays(world, left, fates)
    _persist(world, uncured, drawn[:, of_stays:of_unseen], fates)
    _without_provider(world, unseen, len(home), drawn[:, of_unseen:], fates)
    world.episodes.step[np.concatenate((seen.rows[~to_bed], left.rows, unseen))] += 1
    later, mean_day, when = (np.concatenate(part) for part in zip(*fates.later, strict=True))
    world.decisions.enter(later, day + delay(mean_day, when))
    ended, outcome = (np.concatenate(part) for part in zip(*fates.ended, strict=True))
    return spells.close(world, ended, outcome)


def _after_visits(world: World, seen: Visits, to_bed: Bools, day: int, fates: Fates) -> None:
    """Referred patients go up, resolved ones come back as agreed, or online, or are done."""
    episodes, p = world.episodes, world.p
    down = visits.send_down(world, seen) & ~to_bed
    visits.send_to_centre(world, seen.rows[down])
    up = seen.rows[seen.referred_up]
    episodes.referred[up] = True  # from the next visit on: this one is billed as it came
    returns = visits.agrees_return(world, seen) | down
    resolved = seen.resolved & ~(to_bed | seen.referred_up)
    agreed = np.flatnonzero(resolved & returns)
    back, luck = seen.rows[agreed], seen.passed_on[3]
    episodes.planned[up] = episodes.planned[back] = True
    fates.go_on(up, p.referral.delay_day, luck[seen.referred_up])
    fates.go_on(back, p.treatment.return_day[episodes.condition[back]], luck[agreed])
    over = resolved & ~returns
    fates.end(seen.rows[over & ~online.agree(world, seen, over, day)], Outcome.RESOLVED)


def _after_stays(world: World, left: Discharges, fates: Fates) -> None:
    """Discharged patients come back as agreed, or are done."""
    returns = after_stay(world, left)
    back = left.rows[returns]
    mean_day = world.p.treatment.return_day[world.episodes.condition[back]]
    world.episodes.planned[back] = True
    fates.go_on(back, mean_day, left.luck[2, returns])
    fates.end(left.rows[left.resolved & ~returns], Outcome.RESOLVED)


def _persist(world: World, rows: Ints, drawn: Floats32, fates: Fates) -> None:
    """Spells that a visit or a stay did not resolve: some pass, others are decided on again."""
    luck = drawn[0]
    tries = (luck < world.p.treatment.retry) & ~world.episodes.follow_up[rows]
    _decide_again(world, rows, np.flatnonzero(tries), drawn, fates)
    fates.end(rows[~tries], Outcome.PASSED)


def _without_provider(world: World, rows: Ints, n_home: int, drawn: Floats32, fates: Fates) -> None:
    """Spells that nobody saw today: they pass, with or without medicine, or go on.

    Medicine was bought after the first `n_home`. Follow-ups that nobody sees simply end.
    """
    p, t, episodes = world.p.illness, world.p.treatment, world.episodes
    luck, _, _, helps = drawn
    slight = 1 - episodes.severity[rows]
    helped = helps < t.pharmacy_success * slight
    helped[:n_home] = False
    ends = helped | (luck < p.recovery[episodes.condition[rows]] * slight)
    ends |= episodes.follow_up[rows]
    _decide_again(world, rows, np.flatnonzero(~ends), drawn, fates)
    fates.end(rows[helped], Outcome.PURCHASED)
    fates.end(rows[ends & ~helped], Outcome.PASSED)


def _decide_again(world: World, rows: Ints, at: Ints, drawn: Floats32, fates: Fates) -> None:
    """The spells at these positions go on, some of them worse."""
    episodes, p = world.episodes, world.p.illness
    again = rows[at]
    worsened = again[drawn[1, at] < world.p.treatment.relapse]
    episodes.severity[worsened] = np.minimum(
        episodes.severity[worsened] + np.float32(p.worsening), np.float32(1)
    )
    episodes.worsened[worsened] = True
    episodes.planned[again] = False
    fates.go_on(again, p.course_day[episodes.condition[again]], drawn[2, at])
