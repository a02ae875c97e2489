"""Who enrols, waits, lapses and pays: the same persons under every policy, counted by the day."""

from datetime import date
from functools import cache

import numpy as np
import pytest

from experiments.results import measured
from experiments.tables import ledger
from model.insurance.funds import RESIDENTS
from model.scenario import make_scenario
from model.simulation import TieredCareModel
from model.terms import Scheme

NATION = {"residents": 4_000, "days": 31, "warm_up": 0}


def begun(policies="", **settings):
    """The model after its first day."""
    model = TieredCareModel(make_scenario(**NATION, policies=policies or [], set=settings))
    model.step()
    return model


@cache
def base():
    return begun()


def lapsed(policies, **settings):
    residents, synthesised = (m.world.residents for m in (begun(policies, **settings), base()))
    return (synthesised.scheme == Scheme.RBMI) & (residents.scheme == Scheme.NONE)


def test_a_higher_premium_loses_more_of_the_same_members():
    some = lapsed("premium_and_subsidy:premium=1.5,lapse=0.2")
    more = lapsed("premium_and_subsidy:premium=2,lapse=0.2")
    with_others = lapsed("premium_and_subsidy:premium=1.5,lapse=0.2+family_doctor+telemedicine")
    assert 0 < some.sum() < more.sum()
    assert (more | ~some).all()
    assert (some == with_others).all()
    assert not lapsed("premium_and_subsidy:premium=0.5").any()


def test_the_share_that_lapses_is_that_of_the_lever():
    residents = base().world.residents
    at_risk = (residents.scheme == Scheme.RBMI) & residents.insured_here & ~residents.assistance
    gone = lapsed("premium_and_subsidy:premium=2,lapse=0.3")
    n, p = at_risk.sum(), 0.3
    assert abs(gone.sum() - n * p) < 4 * np.sqrt(n * p * (1 - p))
    assert not (gone & ~at_risk).any()


def test_an_enrolment_drive_keeps_members_from_leaving():
    dearer = "premium_and_subsidy:premium=2,lapse=0.3"
    kept = lapsed(f"{dearer}+enrolment_drive:share=0,waiting_day=0,kept=0.5")
    assert 0 < kept.sum() < lapsed(dearer).sum()
    assert not lapsed(f"{dearer}+enrolment_drive:share=0,waiting_day=0,kept=1").any()


def test_who_enrols_pays_at_once_and_is_covered_after_the_waiting_period():
    policy = "enrolment_drive:share=1,waiting_day=10,kept=0@2023-01-06"
    model = TieredCareModel(make_scenario(**NATION, policies=policy))
    enrolled = model.world.residents.scheme == Scheme.NONE
    assert enrolled.any()
    while not model.finished:
        day = model.date
        model.step()
        scheme, premium = model.world.residents.scheme, model.world.membership.premium
        covered = Scheme.RBMI if day >= date(2023, 1, 16) else Scheme.NONE
        assert (scheme[enrolled] == covered).all()
        assert (premium[enrolled] == (day >= date(2023, 1, 6))).all()
        for table in model.today.encounters:
            if covered == Scheme.NONE:
                assert not table.bill.fund_pay_sumamt[enrolled[table.person]].any()


def test_the_books_count_members_and_premiums_by_the_day():
    policy = "enrolment_drive:share=1,waiting_day=10,kept=0@2023-01-06"
    model = TieredCareModel(make_scenario(**NATION, policies=policy))
    uninsured = int((model.world.residents.scheme == Scheme.NONE).sum())
    before = begun().rolls.by_month()[0].members.residents
    model.run()
    (month,) = model.rolls.by_month()
    assert month.members.residents == pytest.approx(before + uninsured * 16 / 31)
    paid = month.members.residents * month.premium
    assert paid == pytest.approx(before + uninsured * 26 / 31)
    income = (
        ledger(model).flows.income[RESIDENTS, 0] + ledger(model).flows.transfer_in[RESIDENTS, 0]
    )
    standards = 412 * paid + 686 * month.members.residents
    assert income == pytest.approx(standards * 100 * 31 / 365 / model.sample, abs=2)


def test_a_premium_by_income_asks_more_of_the_rich_within_floor_and_cap():
    without = measured(base())
    flat = without["premium_per_member_rbmi"]
    model = begun("income_based_premium:rate=0.015,floor=0.7,cap=2", **{"premium.lapse": 0})
    own = measured(model)
    paid = own["premium_per_member_rbmi"]
    assert flat.value == pytest.approx(412)
    assert list(flat.by["income"].values()) == pytest.approx([412] * 5)
    by_income = list(paid.by["income"].values())
    assert sorted(by_income) == by_income
    assert 0.7 * 412 <= by_income[0] < 412 < by_income[-1] <= 2 * 412
    burden = list(own["premium_share_of_income_rbmi"].by["income"].values())
    flat_burden = list(without["premium_share_of_income_rbmi"].by["income"].values())
    assert burden[0] < flat_burden[0]
    assert burden[-1] > flat_burden[-1]
    residents, premium = model.world.residents, model.world.membership.premium
    pays = premium > 0
    expected = np.clip(0.015 * residents.income[pays].astype(float) / 412, 0.7, 2)
    assert premium[pays] == pytest.approx(expected)
    assert (pays == ((residents.scheme == Scheme.RBMI) & residents.insured_here)).all()


def test_premiums_of_a_month_are_those_in_force_in_it():
    policy = "premium_and_subsidy:premium=1.5,subsidy=1,lapse=0@2023-02-01..2023-03-01"
    plan = make_scenario(residents=2_000, days=90, warm_up=0, policies=policy)
    model = TieredCareModel(plan)
    model.run()
    assert [month.premium for month in model.rolls.by_month()] == [1, 1.5, 1]
    income = ledger(model).flows.income[RESIDENTS]
    daily = income / np.array([31, 28, 31])
    assert daily[0] == pytest.approx(daily[2], rel=1e-6)
    assert daily[1] > 1.15 * daily[0]


def test_hospitals_away_are_cleared_in_the_pool_from_the_month_on_in_which_they_join():
    policy = "provincial_pooling@2023-02-01"
    model = TieredCareModel(make_scenario(residents=2_000, days=45, warm_up=0, policies=policy))
    model.run()
    january, february = (who.pooled for _, who in model.tally.accounts.terms)
    assert not january.all()
    assert february.all()
