"""The nested logit: draws against the closed form, the theory of its inclusive values, its laws."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import logsumexp

from model.care.choice import draw_nest, inclusive_value, shares, tier_values, within_nest
from model.randomness import Purpose, gumbels, uniforms
from model.terms import Floats, Ints

N = 40_000
MU, WITHIN = 0.6, 0.5
LAMBDA = MU * WITHIN
NONE = -np.inf


def slots_of(*widths: int) -> tuple[slice, ...]:
    ends = np.cumsum([0, *widths]).tolist()
    return tuple(slice(start, end) for start, end in pairwise(ends))


SLOTS = slots_of(3, 2, 1, 4)
UTILITIES = {
    "all considered": [0.5, 0.1, -0.4, 0.3, 0.2, 0.0, 0.6, -0.2, -0.5, 0.1],
    "some are not": [0.5, NONE, -0.4, 0.3, NONE, 0.4, NONE, 0.2, 0.4, NONE],
    "whole tiers are not": [0.5, 0.1, 0.6, NONE, NONE, NONE, 0.2, 0.1, NONE, 0.3],
    "one option only": [NONE, NONE, NONE, NONE, 0.3, NONE, NONE, NONE, NONE, NONE],
    "far apart": [40.0, 39.7, -40.0, 39.9, -300.0, 39.2, 39.0, 38.0, NONE, 0.0],
}
utility_lists = st.lists(
    st.one_of(st.floats(-20, 20), st.just(NONE)), min_size=10, max_size=10
).filter(lambda v: max(v) > NONE)
scales = st.tuples(st.floats(0.1, 1.0), st.floats(0.1, 1.0))


def closed_form(utility: list[float], mu: float, within: float) -> Floats:
    """P(f) = P(tier) P(f | tier), by the formula of the textbooks (Train 2009, 4.2)."""
    v, scale = np.array(utility), mu * within
    inside = [v[part] / scale for part in SLOTS]
    value = np.array([scale * logsumexp(x) for x in inside])
    of_tier = np.exp(value / mu - logsumexp(value / mu))
    with np.errstate(invalid="ignore"):
        parts = [p * np.exp(x - logsumexp(x)) for p, x in zip(of_tier, inside, strict=True)]
    return np.nan_to_num(np.concatenate(parts))


def model_shares(utility: Floats, mu: float, within: float) -> Floats:
    """The model's shares, shape (options, patients)."""
    tiers = tier_values(utility, SLOTS, mu * within)
    of_tier = shares(tiers, mu)
    return np.concatenate(
        [shares(utility[part], mu * within) * of_tier[tier] for tier, part in enumerate(SLOTS)]
    )


def drawn_options(utility: Floats, mu: float, within: float) -> Ints:
    """Each patient's option by the draws of a decision: the tier, then the facility in it."""
    who = np.arange(utility.shape[1])
    tiers = tier_values(utility, SLOTS, mu * within)
    nest = draw_nest(tiers, gumbels(uniforms(1, Purpose.NEST, who)), mu)
    inside, slot = within_nest(utility, nest, SLOTS)
    noise = np.stack(
        [gumbels(uniforms(1, Purpose.FACILITY, who, 0, option, keep=1)[0]) for option in slot]
    )
    return slot[np.argmax(inside / (mu * within) + noise, axis=0), who]


@pytest.mark.parametrize("utility", UTILITIES.values(), ids=UTILITIES.keys())
def test_drawn_shares_meet_the_closed_form(utility: list[float]) -> None:
    drawn = drawn_options(np.repeat(np.array(utility)[:, None], N, axis=1), MU, WITHIN)
    share = np.bincount(drawn, minlength=len(utility)) / N
    p = closed_form(utility, MU, WITHIN)
    assert (np.abs(share - p) <= 4 * np.sqrt(p * (1 - p) / N) + 1e-12).all()


def test_draws_meet_the_closed_form_of_a_plain_logit_when_nests_do_not_matter() -> None:
    utility = UTILITIES["some are not"]
    drawn = drawn_options(np.repeat(np.array(utility)[:, None], N, axis=1), 0.8, 1.0)
    p = np.exp(np.array(utility) / 0.8)
    p /= p.sum()
    share = np.bincount(drawn, minlength=len(utility)) / N
    assert (np.abs(share - p) <= 4 * np.sqrt(p * (1 - p) / N) + 1e-12).all()


@given(utility_lists, scales)
def test_shares_are_the_closed_form(utility: list[float], scale: tuple[float, float]) -> None:
    found = model_shares(np.array(utility)[:, None], *scale)[:, 0]
    assert found == pytest.approx(closed_form(utility, *scale), abs=1e-12)
    assert found.sum() == pytest.approx(1)
    assert (found[np.isneginf(utility)] == 0).all()


@given(utility_lists, st.floats(0.1, 1.0), st.floats(-30, 30))
def test_an_inclusive_value_is_the_log_of_the_sum_of_exponentials(
    utility: list[float], scale: float, shift: float
) -> None:
    column = np.array(utility)[:, None]
    value = inclusive_value(column, scale)[0]
    assert value == pytest.approx(scale * logsumexp(np.array(utility) / scale), abs=1e-9)
    assert value >= max(utility)
    assert inclusive_value(column + shift, scale)[0] == pytest.approx(value + shift, abs=1e-9)


def test_nothing_considered_is_worth_minus_infinity_and_gets_no_share() -> None:
    nothing = np.full((3, 2), NONE)
    assert np.isneginf(inclusive_value(nothing, 0.5)).all()
    assert (shares(nothing, 0.5) == 0).all()


def test_one_option_is_worth_its_utility() -> None:
    assert inclusive_value(np.array([[NONE], [1.25], [NONE]]), 0.3)[0] == 1.25


@given(utility_lists, scales)
def test_shares_are_the_slopes_of_the_inclusive_value(
    utility: list[float], scale: tuple[float, float]
) -> None:
    """Williams, Daly and Zachary: the derivative by an option's utility is its share."""
    mu, within = scale
    v, step = np.array(utility), 1e-5
    considered = np.flatnonzero(np.isfinite(v))
    ends = np.repeat(v[:, None], 2 * len(considered), axis=1)
    ends[considered, np.arange(len(considered))] += step
    ends[considered, np.arange(len(considered)) + len(considered)] -= step
    value = inclusive_value(tier_values(ends, SLOTS, mu * within), mu)
    slope = (value[: len(considered)] - value[len(considered) :]) / (2 * step)
    assert slope == pytest.approx(closed_form(utility, mu, within)[considered], abs=1e-6)


@given(utility_lists, scales, st.integers(0, 9), st.floats(0, 10))
def test_a_worse_option_is_never_chosen_more_and_no_other_less(
    utility: list[float], scale: tuple[float, float], option: int, loss: float
) -> None:
    before, worse = np.array(utility)[:, None], np.array(utility)[:, None]
    worse[option] -= loss
    change = (model_shares(worse, *scale) - model_shares(before, *scale))[:, 0]
    assert change[option] <= 1e-12
    if closed_form(utility, *scale)[option] < 1:
        assert np.delete(change, option).min() >= -1e-12


@given(utility_lists, scales, st.integers(0, 9), st.floats(0, 10))
def test_with_the_same_luck_nobody_turns_to_an_option_that_became_worse(
    utility: list[float], scale: tuple[float, float], option: int, loss: float
) -> None:
    before = np.repeat(np.array(utility)[:, None], 50, axis=1)
    worse = before.copy()
    worse[option] -= loss
    turned = (drawn_options(before, *scale) != option) & (drawn_options(worse, *scale) == option)
    assert not turned.any()


@given(st.lists(utility_lists, min_size=2, max_size=12), scales)
def test_one_patient_alone_gets_to_the_bit_what_she_gets_among_many(
    utilities: list[list[float]], scale: tuple[float, float]
) -> None:
    many = np.array(utilities).T
    together = model_shares(many, *scale)
    for at in range(many.shape[1]):
        alone = many[:, at : at + 1]
        assert (model_shares(alone, *scale)[:, 0] == together[:, at]).all()
        mu, within = scale
        tiers = tier_values(alone, SLOTS, mu * within)
        assert (tiers[:, 0] == tier_values(many, SLOTS, mu * within)[:, at]).all()


def test_a_nest_shows_its_own_options_and_no_others() -> None:
    utility = np.arange(20.0).reshape(10, 2)
    for nest, part in enumerate(SLOTS):
        inside, slot = within_nest(utility, np.array([nest, nest]), SLOTS)
        width = part.stop - part.start
        assert (inside[:width] == utility[part]).all()
        assert np.isneginf(inside[width:]).all()
        assert (np.arange(part.start, part.stop) == slot[:width].T).all()
