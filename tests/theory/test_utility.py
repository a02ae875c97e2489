"""Utility of an option, term by term: signs, concavity, caps, and who considers what."""

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from model.care.utility import (
    ChoiceParameters,
    classes_of,
    considered_tiers,
    personal_terms,
    place_terms,
    price_response,
    tier_terms,
    wait_hours,
)
from model.parameters import shipped_parameters
from model.region.options import Options
from model.terms import Floats, Tier

P = shipped_parameters().bind(ChoiceParameters, "choice")
# Two places and four facilities: two clinics, a centre, a tertiary hospital; one slot is empty.
OPTIONS = Options(
    facility=np.array([[0, 1, 2, 3], [1, -1, 2, 3]], np.int32),
    minutes=np.array([[2, 9, 15, 60], [3, np.inf, 12, 80]], np.float32),
    tier=np.array([0, 0, 1, 3], np.int8),
    slots=(slice(0, 2), slice(2, 3), slice(3, 3), slice(3, 4)),
)
FACILITY_TIER = np.array([0, 0, 1, 3], np.int8)
prices = st.integers(0, 10**8)
incomes = st.floats(0, 1e6, width=32)
four = st.lists(st.floats(-5, 5), min_size=4, max_size=4).map(np.array)


def shared(quality: Floats, reputation: Floats, hours: Floats) -> Floats:
    return place_terms(OPTIONS, quality, reputation, hours, P)


@given(prices, prices, incomes, st.floats(0.1, 30))
def test_the_response_to_price_rises_and_is_concave(
    one: int, other: int, income: float, scale: float
) -> None:
    low, high = sorted((one, other))
    mid = (low + high) / 2
    earns = np.full(3, income, np.float32)
    g = price_response(np.array([low, mid, high]), earns, scale)
    assert g[0] <= g[1] <= g[2]
    assert g[1] >= (g[0] + g[2]) / 2 - 1e-12
    assert price_response(np.zeros(1), earns[:1], scale)[0] == 0


@given(prices, incomes, incomes)
def test_the_poor_feel_a_price_more(price: int, one: float, other: float) -> None:
    poor, rich = price_response(np.full(2, price), np.sort(np.float32([one, other])), P.price_scale)
    assert poor >= rich


def test_a_day_of_income_is_the_unit_of_price() -> None:
    response = price_response(np.array([10_000]), np.array([36_500], np.float32), 1.0)
    assert response[0] == np.log(2)


@given(four, four, four, st.integers(0, 3), st.floats(0, 5))
def test_slower_less_known_or_poorer_facilities_are_worth_less_and_others_as_much(
    quality: Floats, reputation: Floats, hours: Floats, facility: int, less: float
) -> None:
    before = shared(quality, reputation, hours)
    change = np.zeros(4)
    change[facility] = less
    for after in (
        shared(quality - change, reputation, hours),
        shared(quality, reputation - change, hours),
        shared(quality, reputation, hours + change),
    ):
        here = facility == OPTIONS.facility.T
        assert (after[here] <= before[here]).all()
        assert (after[~here] == before[~here]).all()


def test_farther_is_worth_less_by_the_minute() -> None:
    zero = np.zeros(4)
    far = replace(OPTIONS, minutes=OPTIONS.minutes + np.float32(8))
    offered = OPTIONS.facility.T >= 0
    near = shared(zero, zero, zero)[offered]
    assert np.allclose(near - place_terms(far, zero, zero, zero, P)[offered], 8 * P.b_time)


def test_an_empty_slot_is_no_option() -> None:
    assert (np.isneginf(shared(*np.zeros((3, 4)))) == (OPTIONS.facility.T < 0)).all()


@given(
    st.booleans(),
    st.floats(0, 1, width=32),
    st.floats(0, 1, width=32),
    st.floats(0, 1, width=32),
    st.floats(0, 1),
)
def test_trust_draws_and_severity_beyond_scope_repels_up_to_a_cap(
    urban: bool, one: float, other: float, severity: float, scope: float
) -> None:
    def value(trust: float, severity: float, scope: float) -> Floats:
        return tier_terms(
            np.array([urban]),
            np.full((4, 1), trust, np.float32),
            np.array([severity], np.float32),
            np.full((4, 1), scope),
            P,
        )[:, 0]

    less, more = sorted((one, other))
    assert (value(less, severity, scope) <= value(more, severity, scope)).all()
    bare = P.tier_constant[int(urban)] + P.b_trust * float(np.float32(one))
    lost = bare - value(one, severity, scope)
    gap = min(max(float(np.float32(severity)) - scope, 0), P.scope_cap)
    assert np.allclose(lost, P.b_scope * gap, atol=1e-9)


def test_trust_weighs_in_double_precision() -> None:
    trust = np.full((4, 1), np.float32(0.1))
    value = tier_terms(np.array([False]), trust, np.zeros(1, np.float32), np.ones((4, 1)), P)[:, 0]
    exact = P.tier_constant[0] + P.b_trust * float(np.float32(0.1))
    assert np.allclose(value, exact, rtol=0, atol=1e-12)


@given(st.booleans(), st.booleans(), st.booleans(), st.floats(0, 1, width=32))
def test_who_considers_which_tier(
    urban: bool, emergency: bool, follow_up: bool, taste: float
) -> None:
    considered = considered_tiers(
        np.array([urban]),
        np.array([emergency]),
        np.array([follow_up]),
        np.full((4, 1), taste, np.float32),
        P,
    )[:, 0]
    if emergency:
        assert considered.tolist() == [False, True, True, True]
    elif follow_up:
        assert considered.all()
    else:
        assert (considered == (np.float32(taste) < P.considers[int(urban)])).all()


def test_the_own_team_and_the_facility_used_last_draw() -> None:
    facility, nobody = np.array([1, 1], np.int32), np.array([-1, -1], np.int32)
    contract = np.array([True, False])
    clinic, centre, hospital = 0, 2, 3
    for slot, own in ((clinic, True), (1, False), (centre, True), (hospital, False)):
        term = personal_terms(facility, slot, OPTIONS, contract, nobody, P)
        assert term.tolist() == [P.b_doctor * own, 0]
        last = personal_terms(facility, slot, OPTIONS, contract, np.array([0, 1], np.int32), P)
        assert last.tolist() == [P.b_doctor * own, P.b_habit]


@given(st.floats(0, 500), st.floats(0, 30), st.floats(0, 100))
def test_a_wait_weighs_its_hours_and_days(minutes: float, days: float, more: float) -> None:
    hours = wait_hours(np.array([minutes]), np.array([days]), P)[0]
    assert hours == minutes / 60 + days * P.wait_day_hour
    assert wait_hours(np.array([minutes + more]), np.array([days]), P)[0] >= hours


def test_price_classes_are_the_pairs_of_tier_and_area_on_offer() -> None:
    area = np.array([0, 0, 0, 2], np.int8)
    at, classes = classes_of(OPTIONS, FACILITY_TIER, area)
    assert classes == [(0, 0), (1, 0), (3, 2)]
    for slot, place in np.argwhere(OPTIONS.facility.T >= 0):
        facility = OPTIONS.facility[place, slot]
        tier, where = classes[at[slot, place]]
        assert (tier, where) == (FACILITY_TIER[facility], area[facility])
    assert {tier for tier, _ in classes} <= set(Tier)
