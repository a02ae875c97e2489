"""Trust: bounded, moved by news in the right direction, forgotten as one stretch of time."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.care.build import enact
from model.care.trust import (
    WAIT_CAP_DAY,
    TrustParameters,
    after_experience,
    forgotten,
    next_reputation,
    tie_of,
)
from model.parameters import shipped_parameters
from model.scenario import make_scenario
from model.simulation import TieredCareModel
from model.terms import Tier

P = shipped_parameters().bind(TrustParameters, "trust")
shares = st.floats(0, 1, width=32)
tiers = st.sampled_from(list(Tier))
days = st.integers(0, 3000)


def experienced(trust: float, tier: Tier, resolved: bool, wait: int) -> float:
    return float(
        after_experience(
            np.float32([trust]), np.int8([tier]), np.array([resolved]), np.array([wait]), P
        )[0]
    )


@given(shares, tiers, st.booleans(), st.integers(0, 60))
def test_trust_stays_a_share_and_moves_with_the_news(
    trust: float, tier: Tier, resolved: bool, wait: int
) -> None:
    after = experienced(trust, tier, resolved, wait)
    prompt = experienced(trust, tier, resolved, 0)
    assert 0 <= after <= 1
    assert after <= prompt
    assert (prompt >= trust) if resolved else (prompt <= trust)
    assert after == experienced(trust, tier, resolved, min(wait, WAIT_CAP_DAY))


@given(shares, shares, days, days)
def test_forgetting_is_the_same_in_one_stretch_or_two(
    trust: float, prior: float, first: int, then: int
) -> None:
    now, was = np.full((4, 1), trust, np.float32), np.full((4, 1), prior, np.float32)
    once = forgotten(now, was, np.array([first + then]), P)
    twice = forgotten(forgotten(now, was, np.array([first]), P), was, np.array([then]), P)
    assert once == pytest.approx(twice, abs=1e-6)
    assert (np.abs(once - was) <= np.abs(now - was) + 1e-6).all()
    assert forgotten(now, was, np.array([0]), P) == pytest.approx(now, abs=1e-7)


@pytest.mark.parametrize("n", [20, 1000])
def test_a_tie_is_another_resident_and_always_the_same(n: int) -> None:
    person = np.arange(n, dtype=np.int32)
    tie = tie_of(1, person, n, P)
    assert ((tie >= 0) & (tie < n)).all()
    assert (tie != person).all()
    assert (tie_of(1, person[::-1], n, P) == tie[::-1]).all()


def test_ties_are_as_near_as_the_parameter_says() -> None:
    n = 100_000
    person = np.arange(n, dtype=np.int32)
    near = np.abs(tie_of(1, person, n, P) - person) <= 8
    p = P.near_tie
    assert abs(near.mean() - p) < 4 * np.sqrt(p * (1 - p) / n) + 16 / n


@given(st.lists(st.tuples(st.integers(0, 50), st.floats(0, 1)), min_size=4, max_size=4))
def test_reputation_moves_towards_success_above_the_tiers_mean(
    seen: list[tuple[int, float]],
) -> None:
    count = np.array([n for n, _ in seen])
    resolved = np.floor([n * share for n, share in seen]).astype(np.int64)
    tier = np.int8([0, 0, 0, 0])
    after = next_reputation(np.zeros(4), tier, count, resolved, P)
    mean = resolved.sum() / max(count.sum(), 1)
    above = np.where(count > 0, resolved / np.maximum(count, 1), mean) - mean
    assert (after * above >= 0).all()
    assert (after[count == 0] == 0).all()
    assert (np.abs(after) <= P.reputation_rate * P.reputation_weight + 1e-12).all()


def test_residents_tell_whom_the_share_in_force_makes_them_tell() -> None:
    model, other = (
        TieredCareModel(make_scenario(region="brook", residents=400, days=1, overrides=near))
        for near in ({}, {"trust.near_tie": 0.1})
    )
    world, everyone = model.world, np.arange(400, dtype=np.int32)
    assert (world.ties == tie_of(world.seed, everyone, 400, P)).all()
    enact(world, model.region, other.parameters, world.rules, 0)
    assert (world.ties == other.world.ties).all()
    assert (world.ties != tie_of(world.seed, everyone, 400, P)).any()
