"""The stories of the page add up to what the day did, and looking changes nothing."""

import numpy as np
import pytest

from model.care import decision
from model.care.decision import Seeks
from model.scenario import make_scenario
from model.simulation import TieredCareModel
from model.terms import Tier
from visualization.memory.morning import Morning
from visualization.memory.recent import DECISION_DAY, HISTORY_DAY, watch
from visualization.panels.facility_story import facility_story
from visualization.panels.patient_story import PatientStory, patient_story
from visualization.panels.settlement_story import settlement_story

DAY = 44


def run(*, watched: bool) -> TieredCareModel:
    model = TieredCareModel(make_scenario(region="brook", warm_up=20, days=30))
    if watched:
        watch(model)
    while model.day <= DAY:
        model.step()
    return model


@pytest.fixture(scope="module")
def model() -> TieredCareModel:
    return run(watched=True)


@pytest.fixture(scope="module")
def morning(model: TieredCareModel) -> Morning:
    kept = watch(model).morning
    assert kept is not None
    return kept


@pytest.fixture(scope="module")
def stories(model: TieredCareModel, morning: Morning) -> list[PatientStory]:
    told = [patient_story(model, DAY, at) for at in range(len(morning.person))]
    return [story for story in told if story is not None]


def test_who_looks_changes_nothing(model: TieredCareModel) -> None:
    other = run(watched=False)
    assert (model.world.residents.trust == other.world.residents.trust).all()
    assert (model.world.year.account == other.world.year.account).all()
    assert (model.tally.flows == other.tally.flows).all()


def test_watching_twice_is_watching_once(model: TieredCareModel) -> None:
    steps = model.day_steps
    assert watch(model) is watch(model)
    assert model.day_steps == steps


@pytest.mark.parametrize("ago", range(DECISION_DAY))
def test_the_morning_is_restored_to_the_bit(model: TieredCareModel, ago: int) -> None:
    morning = watch(model).morning_of(DAY - ago)
    assert morning is not None
    world = morning.restored(model.world)
    again = decision.weigh(world, morning.weighed.rows, decision.expected_hours(world))
    for name in ("utility", "tier_value", "outside", "provider", "price"):
        assert (getattr(again, name) == getattr(morning.weighed, name)).all(), name


def test_they_went_where_the_day_sent_them(
    model: TieredCareModel, stories: list[PatientStory]
) -> None:
    n = len(model.region.facilities)
    went = np.bincount([s.chosen.facility for s in stories if s.chosen], minlength=n)
    directed = model.world.episodes.facility[model.today.directed]
    assert len(stories) == len(model.today.deciding)
    assert (went <= model.today.asked).all()
    assert went.sum() + len(directed) == model.today.asked.sum()
    assert sum(s.seeks == Seeks.PHARMACY for s in stories) == len(model.today.buying)


def test_terms_add_up_and_probabilities_to_one(stories: list[PatientStory]) -> None:
    for story in stories:
        for choice in story.choices:
            assert sum(choice.terms.values()) == pytest.approx(choice.utility, abs=1e-9)
        whole = sum(choice.probability for choice in story.choices)
        assert whole + story.p_pharmacy + story.p_nobody == pytest.approx(1, abs=1e-9)


def test_the_bill_leaves_what_was_weighed(stories: list[PatientStory]) -> None:
    for story in stories:
        price = {choice.facility: choice.price_cny for choice in story.choices}
        assert len({bill.facility for bill in story.bills}) == len(story.bills) >= 1
        for bill in story.bills:
            assert bill.burden == price[bill.facility]


def test_a_day_that_is_forgotten_tells_no_story(model: TieredCareModel) -> None:
    assert patient_story(model, DAY - DECISION_DAY, 0) is None
    assert patient_story(model, DAY, 10**6) is None


def test_facilities_account_for_all_visits_and_money(model: TieredCareModel) -> None:
    told = [facility_story(model, row) for row in range(len(model.region.facilities))]
    stories = [story for story in told if story is not None]
    visits = model.tally.daily["visits"][DAY - HISTORY_DAY + 1 : DAY + 1].sum()
    assert sum(sum(story.seen) for story in stories) == visits
    books = [story.books for story in stories if story.books]
    charge = model.tally.facility["charge"].sum() / 100
    cleared = model.tally.accounts.paid() - model.tally.accounts.claims["claimed"]
    income = sum(sum(book.income.values()) for book in books)
    assert income == pytest.approx(charge + cleared.sum() / 100, abs=0.01)
    for story in stories:
        shares = sum(source.share for source in story.sources) + story.elsewhere
        assert shares == pytest.approx(1 if sum(story.seen) else 0)
    assert facility_story(model, len(stories)) is None


def test_settlements_account_for_their_residents(
    model: TieredCareModel, stories: list[PatientStory]
) -> None:
    told = [settlement_story(model, row) for row in range(len(model.region.settlements))]
    towns = [story for story in told if story is not None]
    assert sum(town.n_deciders for town in towns) == len(stories)
    for town in towns:
        assert sum(town.tier_share) == pytest.approx(1)
        assert {reach.tier for reach in town.reach} == set(Tier)
        for one in town.deciders:
            story = stories[one.at]
            assert (story.resident, story.seeks) == (one.resident, one.seeks)
            assert (story.chosen.name if story.chosen else None) == one.facility
            assert story.home_row == town.row
    assert settlement_story(model, -1) is None
