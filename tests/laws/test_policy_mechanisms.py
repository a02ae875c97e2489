"""Whole runs with queues: policies push where economics says, and only through their mechanism."""

import numpy as np
import pytest

from experiments.results import measured
from model.care import decision
from model.care.choice import inclusive_value
from model.care.prices import visit_prices
from model.care.utility import price_response
from model.scenario import make_scenario
from model.simulation import TieredCareModel
from model.terms import Tier

RESIDENTS, DAYS, WARM_UP = 40_000, 60, 20  # smaller, and chance exceeds what prices do
FIXED_DEMAND = {"admission.advice_beds": 0}  # free beds invite nobody


def run(policies="", **settings):
    plan = make_scenario(
        residents=RESIDENTS, days=DAYS, warm_up=WARM_UP, policies=policies or [], set=settings
    )
    model = TieredCareModel(plan)
    model.run()
    return model


def figures(policies="", **settings):
    return {name: of.value for name, of in measured(run(policies, **settings)).items()}


@pytest.fixture(scope="module")
def baseline():
    return run()


@pytest.fixture(scope="module")
def before(baseline):
    return {name: of.value for name, of in measured(baseline).items()}


def test_there_are_queues(before):
    assert before["mean_wait_day_tertiary"] > 0.2


def test_a_wider_gap_never_lowers_the_primary_share(before):
    gaps = [figures(f"reimbursement_gradient:gap={gap}") for gap in (0.15, 0.3, 0.5)]
    for name in ("first_contact_primary_share", "visits_primary_per_resident"):
        shares = [run_[name] for run_ in (before, *gaps)]
        assert sorted(shares) == shares
        assert shares[0] < shares[-1]


def unreferred(model):
    """Planned first visits at hospitals without a referral."""
    return model.tally.by_group("bypassing").sum()


def test_gatekeeping_never_raises_unreferred_hospital_visits(baseline):
    strict = [unreferred(run(f"gatekeeping:strictness={level}")) for level in (0.5, 1)]
    closed = unreferred(run("gatekeeping:strictness=0,closed_door=1"))
    counts = [unreferred(baseline), *strict, closed]
    assert sorted(counts, reverse=True) == counts
    assert counts[0] > counts[-1]


def test_more_beds_never_raise_occupancy_at_fixed_demand():
    few = figures(**FIXED_DEMAND)
    many = figures("capacity:doctors_primary=1,beds_hospital=1.5", **FIXED_DEMAND)
    for tier in ("secondary", "tertiary"):
        assert many[f"bed_occupancy_{tier}"] < few[f"bed_occupancy_{tier}"]


def test_procurement_never_raises_charges(before):
    after = figures("centralised_procurement")
    charges = [name for name in before if "patient_charge_" in name]
    assert len(charges) == 9
    assert all(after[name] < before[name] for name in charges)


NO_PRICE = {
    **{"choice.b_price": 0, "choice.seek_price": 0},
    **{"admission.accept_price": 0, "admission.site_price": 0},
}
NOBODY_SENT_UP = {f"referral.recognise.{tier}": 0 for tier in ("clinic", "centre", "secondary")}
SWITCHED_OFF = [
    # nobody minds the price
    ("reimbursement_gradient:gap=0.5", "first_contact_primary_share", NO_PRICE),
    ("gatekeeping:strictness=1", "bypassing_share", NO_PRICE),
    ("village_clinics_in_settlement:claimed=0.4", "visit_share_clinic", NO_PRICE),
    # severity hinders nobody
    (
        "telemedicine:scope=0.3,internet=0",
        "first_contact_primary_share",
        {"choice.b_scope": 0, "treatment.beyond_scope": 0, "admission.site_scope": 0}
        | NOBODY_SENT_UP,
    ),
    ("aligned_drug_lists:drugs=0.3", "first_contact_primary_share", {"choice.b_quality": 0}),
    # nobody is ever sent up, so nobody takes it up
    ("referral_green_channel", "referral_up_rate", NOBODY_SENT_UP),
    # nobody leaves
    ("premium_and_subsidy:premium=2,lapse=0", "unmet_need_share", {}),
]


@pytest.mark.parametrize(("package", "indicator", "off"), SWITCHED_OFF)
def test_without_its_mechanism_a_policy_moves_nothing(package, indicator, off):
    assert figures(package, **off)[indicator] == figures(**off)[indicator]


def test_who_is_sent_down_as_stable_needs_a_bed_less_often():
    sent = "back_referral:discharged=0.8,chronic=0"
    before, after = (figures(f"{sent},severity={severity}") for severity in (1, 0.1))
    assert after["admissions_per_resident"] < before["admissions_per_resident"]
    assert after["readmission_30"] < before["readmission_30"]


def test_the_internet_hospital_raises_use(before):
    after = figures("telemedicine:scope=0,internet=0.5")
    assert after["online_per_resident"] > before["online_per_resident"] == 0
    assert after["charge_per_resident_cny"] > before["charge_per_resident_cny"]


GATE = "gatekeeping:strictness=1,closed_door=0.5"


@pytest.fixture(scope="module")
def gated():
    """A morning under a gate, with all who have not been referred."""
    plan = make_scenario(residents=6_000, days=5, warm_up=0, policies=GATE)
    model = TieredCareModel(plan)
    while not model.finished:
        model.step()
    world = model.world
    rows = np.flatnonzero(world.episodes.open & ~world.episodes.referred)
    return model, rows


def test_seeking_is_priced_by_the_better_way(gated):
    """Going by the centre costs g of both prices; going straight that without a referral."""
    model, rows = gated
    world, p = model.world, model.world.p.choice
    weighed = decision.weigh(world, rows, decision.expected_hours(world))
    person, everyone = world.episodes.person[rows], np.arange(len(rows))
    place, income = world.residents.place[person], world.residents.income[person]
    nearest = [part.start for part in world.options.slots]
    by_class = [
        price_response(visit_prices(world, rows, world.classes, referred=r), income, p.price_scale)
        for r in (False, True)
    ]
    straight, referred = (
        np.stack([of[world.class_at[slot, place], everyone] for slot in nearest]) for of in by_class
    )
    via = weighed.via[nearest]
    assert 0.2 < via[Tier.TERTIARY].mean() < 0.8
    assert (referred <= straight).all()
    felt = np.where(via, referred + straight[Tier.CENTRE], straight)
    priced = inclusive_value(weighed.tier_value - p.seek_price * felt, p.inclusive)
    unpriced = inclusive_value(weighed.tier_value + p.b_price * felt, p.inclusive)
    assert weighed.provider - weighed.free == pytest.approx(priced - unpriced, abs=1e-9)


def test_the_detour_is_told_in_its_own_terms_and_adds_up(gated):
    model, rows = gated
    told = 0
    for row in rows[:60]:
        patient = model.patients[int(model.world.episodes.person[row])]
        for option in patient.options(int(row)):
            assert sum(option.terms.values()) == pytest.approx(option.utility, abs=1e-9)
            if option.detour is not None:
                told += 1
                assert option.tier >= Tier.SECONDARY
                assert option.detour.referred_fen <= round(option.price_cny * 100)
                assert option.terms["price saved"] >= 0 > option.terms["price at the centre"]
                assert "for a referral" in patient.explain(int(row))
    assert told > 5
