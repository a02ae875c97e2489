"""What a day's visits teach: the patient, one tie of hers, and the community about the facility."""

import numpy as np

from model.care.decision import bring_up_to_date
from model.care.trust import after_experience, next_reputation, tie_of
from model.care.visits import Visits
from model.care.world import World
from model.terms import Ints


def learn(world: World, visits: Visits, day: int) -> None:
    """Trust in the tier used moves with the outcome and the wait; a tie moves a share as far."""
    p, trust = world.p.trust, world.residents.trust
    person, tier = visits.person, visits.tier
    bring_up_to_date(world, person, day)
    before = trust[tier, person]
    after = after_experience(before, tier, visits.resolved, visits.wait_day, p)
    tie = tie_of(world.seed, person, len(world.residents), p)
    bring_up_to_date(world, tie, day)
    heard = trust[tier, tie]
    told = after_experience(heard, tier, visits.resolved, visits.wait_day, p)
    np.add.at(trust, (tier, person), after - before)
    np.add.at(trust, (tier, tie), np.float32(p.word_of_mouth) * (told - heard))
    for who in (person, tie):
        trust[tier, who] = np.clip(trust[tier, who], 0, 1)
    _reputations(world, visits.facility, visits.facility[visits.resolved])


def _reputations(world: World, seen: Ints, resolved: Ints) -> None:
    n = len(world.facility.tier)
    world.state.reputation[:] = next_reputation(
        world.state.reputation,
        world.facility.tier,
        np.bincount(seen, minlength=n),
        np.bincount(resolved, minlength=n),
        world.p.trust,
    )
