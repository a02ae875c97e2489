"""What a day's visits teach: the patient, one tie of hers, and the community about the facility."""

import numpy as np

from model.care.decision import bring_up_to_date
from model.care.trust import after_experience, next_reputation
from model.care.visits import Visits
from model.care.world import World
from model.kernels import fast
from model.terms import Ints


def learn(world: World, visits: Visits, day: int) -> None:
    """Trust in the tier used moves with the outcome and the wait; a tie moves a share as far."""
    person = visits.person
    bring_up_to_date(world, person, day)
    tie = world.ties[person]
    bring_up_to_date(world, tie, day)
    take_in(world, visits, tie)
    _reputations(world, visits.facility, visits.facility[visits.resolved])


def take_in(world: World, visits: Visits, tie: Ints) -> None:
    """Move the trust of patients and of those whom they tell, all from what it was before."""
    if fast(len(tie)):
        from model.care import for_kernels

        for_kernels.take_in(world, visits, tie)
        return
    p, trust, tier = world.p.trust, world.residents.trust, visits.tier
    before, heard = trust[tier, visits.person], trust[tier, tie]
    after, told = (
        after_experience(now, tier, visits.resolved, visits.wait_day, p) for now in (before, heard)
    )
    np.add.at(trust, (tier, visits.person), after - before)
    np.add.at(trust, (tier, tie), np.float32(p.word_of_mouth) * (told - heard))
    for who in (visits.person, tie):
        trust[tier, who] = np.clip(trust[tier, who], 0, 1)


def _reputations(world: World, seen: Ints, resolved: Ints) -> None:
    n = len(world.facility.tier)
    world.state.reputation[:] = next_reputation(
        world.state.reputation,
        world.facility.tier,
        np.bincount(seen, minlength=n),
        np.bincount(resolved, minlength=n),
        world.p.trust,
    )
