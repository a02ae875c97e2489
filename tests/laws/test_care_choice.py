"""Choices in the world: shares by the closed form; what becomes worse is never chosen more."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import pytest
from scipy.special import logsumexp

from model.care import decision
from model.care.decision import Seeks, Weighed
from model.care.world import World
from model.scenario import make_scenario
from model.simulation import TieredCareModel
from model.terms import Bools, Condition, Floats, Ints, Tier

RESIDENTS, DAYS, PATIENTS = 12_000, 20, 3_000
DRAWS = 12  # decisions of each patient, each with luck of its own
Worse = Callable[[World, int], World]


@dataclass(frozen=True)
class Decided:
    """Whom each patient sees; -1 where it is nobody or the pharmacy."""

    weighed: Weighed
    seeks: Ints
    facility: Ints

    def tier(self, world: World) -> Ints:
        return np.where(self.facility >= 0, world.facility.tier[self.facility], -1)


def decide(world: World, rows: Ints) -> Decided:
    weighed = decision.weigh(world, rows, decision.expected_hours(world))
    seeks, _ = decision.seek(world, weighed)
    at = np.flatnonzero(seeks == Seeks.PROVIDER)
    facility = np.full(len(rows), -1)
    facility[at] = decision.choose(world, weighed, at)
    return Decided(weighed, seeks, facility)


@pytest.fixture(scope="module")
def world() -> World:
    """Three weeks in, so that trust, habits, waits and amounts of the year differ."""
    model = TieredCareModel(make_scenario(residents=RESIDENTS, warm_up=0, days=DAYS, seed=11))
    model.run()
    return model.world


@pytest.fixture(scope="module")
def rows(world: World) -> Ints:
    """Patients of every kind who decide today."""
    rng, n = np.random.default_rng(3), PATIENTS
    return world.episodes.add(
        n,
        person=rng.permutation(RESIDENTS)[:n],
        key=1_000_000 + np.arange(n) * 128,
        condition=rng.integers(0, len(Condition), n),
        severity=rng.random(n, np.float32),
        emergency=rng.random(n) < 0.05,
        follow_up=rng.random(n) < 0.2,
        planned=rng.random(n) < 0.2,
        referred=rng.random(n) < 0.1,
    )


@pytest.fixture(scope="module")
def decided(world: World, rows: Ints) -> Decided:
    return decide(world, rows)


@pytest.fixture
def many_draws(world: World, rows: Ints) -> Iterator[list[Decided]]:
    """The same decisions again and again: only the occasion, and with it the luck, differs."""
    step = world.episodes.step.copy()

    def again(draw: int) -> Decided:
        world.episodes.step[rows] = 20 + draw
        return decide(world, rows)

    yield [again(draw) for draw in range(DRAWS)]
    world.episodes.step[:] = step


def close(found: Floats, p: Floats) -> Bools:
    """Counts of independent draws against the sum of their probabilities, axis 1."""
    return np.abs(found - p.sum(axis=1)) <= 4 * np.sqrt((p * (1 - p)).sum(axis=1)) + 1e-9


def p_facility(world: World, rows: Ints, weighed: Weighed) -> Floats:
    """P(f | provider) by the textbook's nested logit, shape (facilities, patients)."""
    p, options = world.p.choice, world.options
    scale = p.inclusive * p.within_tier
    place = world.residents.place[world.episodes.person[rows]]
    v = weighed.utility / scale
    parts = [part for part in options.slots if part.start < part.stop]
    of_nest = np.stack([logsumexp(v[part], axis=0) for part in parts]) * p.within_tier
    of_nest -= logsumexp(of_nest, axis=0)
    share = np.zeros((len(world.facility.tier), len(rows)))
    for nest, part in zip(of_nest, parts, strict=True):
        total = logsumexp(v[part], axis=0)
        for slot in range(part.start, part.stop):
            here = np.flatnonzero(np.isfinite(weighed.utility[slot]))
            log_share = nest[here] + v[slot, here] - total[here]
            share[options.facility[place[here], slot], here] += np.exp(log_share)
    return share


def test_facilities_are_chosen_with_the_shares_of_the_nested_logit(
    world: World, rows: Ints, many_draws: list[Decided]
) -> None:
    weighed = many_draws[0].weighed
    share = p_facility(world, rows, weighed)
    assert share.sum(axis=0) == pytest.approx(1)
    everyone = np.arange(len(rows))
    chosen = np.zeros(len(share))
    for draw in range(DRAWS):
        world.episodes.step[rows] = 20 + draw
        facility = decision.choose(world, weighed, everyone)
        chosen += np.bincount(facility, minlength=len(share))
    assert close(chosen, np.tile(share, DRAWS)).all()
    of_tier = np.stack([share[world.facility.tier == tier].sum(axis=0) for tier in Tier])
    by_tier = np.bincount(world.facility.tier, weights=chosen, minlength=len(Tier))
    assert close(by_tier, np.tile(of_tier, DRAWS)).all()


def test_a_provider_the_pharmacy_or_nobody_is_seen_with_the_shares_of_the_logit(
    many_draws: list[Decided],
) -> None:
    weighed = many_draws[0].weighed
    values = np.stack((*weighed.outside, weighed.provider))
    p = np.exp(values - logsumexp(values, axis=0))
    seeks = np.stack([decided.seeks for decided in many_draws])
    found = np.array([(seeks == choice).sum() for choice in Seeks], np.float64)
    assert close(found, np.tile(p, DRAWS)).all()


def test_whom_she_sees_and_where_are_drawn_apart(
    world: World, rows: Ints, many_draws: list[Decided]
) -> None:
    weighed = many_draws[0].weighed
    values = np.stack((*weighed.outside, weighed.provider))
    p = np.exp(weighed.provider - logsumexp(values, axis=0)) * p_facility(world, rows, weighed)
    facility = np.concatenate([decided.facility for decided in many_draws])
    found = np.bincount(facility[facility >= 0], minlength=len(p)).astype(np.float64)
    assert close(found, np.tile(p, DRAWS)).all()


def test_whoever_sees_a_provider_wanted_one(world: World, decided: Decided) -> None:
    seeks, wanted = decision.seek(world, decided.weighed)
    assert (decided.weighed.free >= decided.weighed.provider).all()
    assert wanted[seeks == Seeks.PROVIDER].all()
    assert not wanted.all()


def test_emergencies_see_a_provider_and_no_clinic_where_there_is_a_centre_or_hospital(
    world: World, rows: Ints, decided: Decided
) -> None:
    urgent = world.episodes.emergency[rows]
    assert urgent.any()
    assert (decided.seeks[urgent] == Seeks.PROVIDER).all()
    place = world.residents.place[world.episodes.person[rows[urgent]]]
    beyond = world.offered[Tier.CENTRE :, place].any(axis=0)
    assert (decided.tier(world)[urgent][beyond] > Tier.CLINIC).all()


def test_patients_are_weighed_alike_in_any_order_and_company(
    world: World, rows: Ints, decided: Decided
) -> None:
    order = np.random.default_rng(1).permutation(len(rows))[:500]
    some = decide(world, rows[order])
    assert (some.facility == decided.facility[order]).all()
    for name in ("utility", "tier_value", "outside", "provider", "free", "price"):
        part, whole = getattr(some.weighed, name), getattr(decided.weighed, name)
        assert (part == whole[..., order]).all()


def slower(world: World, facility: int) -> World:
    wait = world.state.wait_day.copy()
    wait[facility] += 2
    return replace(world, state=replace(world.state, wait_day=wait))


def busier(world: World, facility: int) -> World:
    load = world.state.load.copy()
    load[facility] = max(load[facility], 0.95)
    return replace(world, state=replace(world.state, load=load))


def farther(world: World, facility: int) -> World:
    minutes = world.options.minutes.copy()
    minutes[world.options.facility == facility] += 30
    return replace(world, options=replace(world.options, minutes=minutes))


def less_known(world: World, facility: int) -> World:
    reputation = world.state.reputation.copy()
    reputation[facility] -= 0.5
    return replace(world, state=replace(world.state, reputation=reputation))


def worse_equipped(world: World, facility: int) -> World:
    quality = world.facility.quality.copy()
    quality[facility] -= 0.3
    return replace(world, facility=replace(world.facility, quality=quality))


@pytest.mark.parametrize("worse", [slower, busier, farther, less_known, worse_equipped])
def test_a_facility_that_becomes_worse_is_chosen_by_nobody_new(
    worse: Worse, world: World, rows: Ints, decided: Decided
) -> None:
    lost = 0
    for facility in range(len(world.facility.tier)):
        after = decide(worse(world, facility), rows)
        there, was_there = after.facility == facility, decided.facility == facility
        assert not (there & ~was_there).any()
        lost += int((was_there & ~there).sum())
        assert (after.weighed.provider <= decided.weighed.provider + 1e-12).all()
    assert lost > 0


def less_trusted(world: World, tier: int) -> World:
    trust = world.residents.trust.copy()
    trust[tier] = np.maximum(trust[tier] - np.float32(0.2), 0)
    return replace(world, residents=replace(world.residents, trust=trust))


def dearer(world: World, tier: int) -> World:
    visit = world.p.charges.visit.copy()
    visit[tier] *= 1.25
    return replace(world, p=replace(world.p, charges=replace(world.p.charges, visit=visit)))


def narrower(world: World, tier: int) -> World:
    scope = world.p.treatment.scope.copy()
    scope[tier] -= 0.1
    return replace(world, p=replace(world.p, treatment=replace(world.p.treatment, scope=scope)))


TASTES = {
    "as shipped": {},
    "prices weigh heavily in choosing": {"b_price": 3.0},
    "prices weigh heavily in seeking": {"seek_price": 3.0},
    "prices weigh heavily in both": {"b_price": 2.0, "seek_price": 3.0},
    "tiers are close substitutes": {"inclusive": 0.2},
}


@pytest.mark.parametrize("worse", [dearer, less_trusted, narrower])
@pytest.mark.parametrize("taste", TASTES.values(), ids=TASTES.keys())
def test_a_tier_that_becomes_worse_is_chosen_by_nobody_new_nor_draws_anyone_to_care(
    worse: Worse, taste: dict[str, float], world: World, rows: Ints
) -> None:
    world = replace(world, p=replace(world.p, choice=replace(world.p.choice, **taste)))
    before = decide(world, rows)
    for tier in Tier:
        after = decide(worse(world, tier), rows)
        there, was_there = after.tier(world) == tier, before.tier(world) == tier
        assert not (there & ~was_there).any()
        assert (was_there & ~there).any()
        assert (after.weighed.provider <= before.weighed.provider + 1e-12).all()
        assert (after.weighed.free >= after.weighed.provider).all()
