"""Policies: neutral changes nothing, order does not matter, directions are those of economics."""

from datetime import date

import numpy as np
import pytest

from experiments.results import measured
from model.insurance.rulebook import read_rulebook
from model.parameters import shipped_parameters
from model.policies.choice import PolicyChoice, parse_package
from model.policies.package import changed_parameters, changed_rules, effects_on
from model.policies.policy import shipped_policies
from model.scenario import make_scenario
from model.simulation import TieredCareModel
from model.terms import InputError, Scheme, Tier

START = date(2023, 1, 1)


def ran(policies="", residents=6_000, days=40, **values):
    plan = make_scenario(
        region="national", residents=residents, days=days, warm_up=20, policies=policies, **values
    )
    model = TieredCareModel(plan)
    onsets = []
    model.run(lambda m: onsets.append(m.world.n_spells))
    return {name: m.value for name, m in measured(model).items()}, onsets


@pytest.fixture(scope="module")
def baseline():
    return ran([])


@pytest.mark.parametrize("name", sorted(shipped_policies()))
def test_neutral_levers_equal_the_baseline_bit_for_bit(name, baseline):
    levers = {lever: at.neutral for lever, at in shipped_policies()[name].levers.items()}
    assert ran([PolicyChoice(id=name, levers=levers)]) == baseline


@pytest.mark.parametrize("name", sorted(shipped_policies()))
def test_strong_levers_move_something_but_no_onset(name, baseline):
    levers = {
        lever: max(at.low, at.high, key=lambda value, at=at: abs(value - at.neutral))
        for lever, at in shipped_policies()[name].levers.items()
    }
    figures, onsets = ran([PolicyChoice(id=name, levers=levers)])
    assert figures != baseline[0]
    assert onsets == baseline[1]


def test_a_baseline_after_a_policy_equals_the_baseline_before(baseline):
    ran("gatekeeping:closed_door=1+primary_strengthening")
    assert ran([]) == baseline


def test_a_package_does_not_depend_on_its_order():
    one = ran("reimbursement_gradient:gap=0.2+gatekeeping:strictness=0.3+telemedicine")
    assert ran("telemedicine+gatekeeping:strictness=0.3+reimbursement_gradient:gap=0.2") == one


def test_policies_start_and_end_on_their_dates(baseline):
    start, end = date(2023, 1, 15), date(2023, 2, 1)
    choice = PolicyChoice(id="tertiary_outpatient_limit", start=start, end=end)
    model = TieredCareModel(
        make_scenario(region="national", residents=3_000, days=40, warm_up=5, policies=[choice])
    )
    capacities = {}
    while not model.finished:
        day = model.date
        model.step()
        tertiary = model.world.facility.tier == Tier.TERTIARY
        capacities[day] = model.world.facility.capacity[tertiary].sum()
    full = capacities[START]
    for day, capacity in capacities.items():
        assert capacity == pytest.approx(full * (0.8 if start <= day < end else 1.0))


def test_two_set_of_one_path_are_an_error_that_names_both():
    effects = effects_on(parse_package("gatekeeping"), START, START)
    first = next(iter(effects.values())).terms[0]
    effects["gate.closed_door"].terms[:] = [
        type(first)("gatekeeping", "set", 1.0, {}),
        type(first)("reserved_slots", "set", 0.5, {}),
    ]
    with pytest.raises(InputError, match=r"gatekeeping and reserved_slots set gate\.closed_door"):
        changed_parameters(shipped_parameters(), effects)


def test_rules_are_copied_and_never_written():
    rules = read_rulebook("national-2023").on(START)
    before = rules.rate.copy()
    changed = changed_rules(
        rules, effects_on(parse_package("reimbursement_gradient:gap=0.1"), START, START)
    )
    assert np.array_equal(rules.rate, before)
    assert not rules.rate.flags.writeable
    rbmi = np.s_[Scheme.RBMI, 2]
    expected = before[rbmi] - np.array([0, 0, 0.05, 0.1])
    assert changed.rate[rbmi] == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("gatekeping", "did you mean gatekeeping"),
        ("gatekeeping:strictnes=1", "did you mean strictness"),
        ("gatekeeping:strictness=2", "outside its range"),
        ("gatekeeping:strictness=x", "lever=number"),
        ("gatekeeping@2023-13-01", "YYYY-MM-DD"),
        ("gatekeeping@2023-05-01..2023-04-01", "ends before it starts"),
        ("gatekeeping+telemedicine+gatekeeping:strictness=0.5", "gatekeeping is in force twice"),
        ("Gate keeping!", "allowed"),
    ],
)
def test_a_wrong_package_says_what_is_allowed(text, message):
    with pytest.raises(InputError, match=message):
        parse_package(text)


@pytest.mark.parametrize(
    ("package", "message"),
    [
        ("telemedicine@2024-01-01", "starts outside the run.*2022-12-22.*to 2023-01-30"),
        ("telemedicine@2022-12-21", "starts outside the run"),
        ("telemedicine@2023-01-02..2023-02-01", "ends outside the run.*to 2023-01-31"),
    ],
)
def test_dates_outside_the_run_are_an_error_that_says_the_run(package, message):
    with pytest.raises(InputError, match=message):
        make_scenario(days=30, warm_up=10, policies=package)


def test_a_policy_may_be_there_again_from_the_day_on_which_it_ended():
    twice = "timed_booking@2022-12-22..2023-01-10+timed_booking:booked=0.2@2023-01-10..2023-01-31"
    assert len(make_scenario(days=30, warm_up=10, policies=twice).policies) == 2


def test_policies_that_go_too_far_together_are_an_error_that_names_both():
    package = "primary_strengthening:skill=0.2,equipment=0.3@2023-01-20+telemedicine:scope=0.3"
    plan = make_scenario(residents=3_000, days=30, warm_up=0, policies=package)
    with pytest.raises(InputError, match="primary_strengthening and telemedicine"):
        TieredCareModel(plan)


DIRECTIONS = [
    ("gatekeeping:strictness=0,closed_door=1", "visits_hospital_per_resident", -1),
    ("gatekeeping:strictness=0,closed_door=1", "first_contact_primary_share", +1),
    ("reimbursement_gradient:gap=0.4", "visits_hospital_per_resident", -1),
    ("capacity:doctors_primary=1,beds_hospital=2", "bed_occupancy_tertiary", -1),
    ("tertiary_outpatient_limit:cut=0.5", "visit_share_tertiary", -1),
    ("village_clinic_closure:share=0.9", "visit_share_clinic", -1),
    ("long_prescription:interval=2.5", "visits_per_resident", -1),
    ("enrolment_drive:share=1,waiting_day=0", "fund_payment_per_resident_cny", +1),
    ("critical_illness_expansion:start=0.3,share=0.3", "out_of_pocket_per_resident_cny", -1),
    ("medical_assistance_expansion:share=0.3,limit=5", "fund_payment_per_resident_cny", +1),
    ("timed_booking:booked=1", "mean_wait_min_tertiary", -1),
    ("back_referral:discharged=0.8,chronic=0.8", "referral_down_rate", +1),
    ("primary_strengthening:skill=0.2", "referral_up_rate", -1),
    ("road_improvement:speed=2", "first_contact_primary_share", -1),
]


@pytest.fixture(scope="module")
def crowded():
    return ran([], residents=12_000)[0]


@pytest.mark.parametrize(("package", "indicator", "sign"), DIRECTIONS)
def test_strong_levers_move_their_indicator_in_the_direction_of_economics(
    package, indicator, sign, crowded
):
    assert sign * (ran(package, residents=12_000)[0][indicator] - crowded[indicator]) > 0
