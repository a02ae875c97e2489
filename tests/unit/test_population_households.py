"""Households: whole, in one place, of the mean size, with an adult."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.parameters import shipped_parameters
from model.population.ages import count_ages, deal_ages
from model.population.households import cast_roles, form_households
from model.population.parameters import PopulationParameters

P = shipped_parameters().bind(PopulationParameters, "population")


@given(st.lists(st.integers(0, 40), min_size=1, max_size=30).filter(any), st.integers(0, 2**40))
def test_rows_of_a_household_are_together_in_one_place(by_place: list[int], seed: int) -> None:
    place = np.repeat(np.arange(len(by_place)), by_place)
    households = form_households(np.array(by_place), P, seed)
    assert households.size.sum() == len(place)
    assert (households.size > 0).all()
    assert (np.repeat(np.arange(len(households)), households.size) == households.of).all()
    assert (place[households.start] == place[households.start + households.size - 1]).all()


@pytest.mark.parametrize("places", [1, 50, 1000])
def test_mean_size_is_the_parameters_whatever_the_number_of_places(places: int) -> None:
    n = 60_000
    sizes = np.arange(1, 8)
    share = P.household_size / P.household_size.sum()
    mean = share @ sizes
    deviation = np.sqrt(share @ (sizes - mean) ** 2)
    households = form_households(np.full(places, n // places), P, seed=4)
    assert abs(households.size.mean() - mean) < 4 * deviation / np.sqrt(len(households))
    assert mean == pytest.approx(2.62, abs=0.005)


def test_one_person_places_hold_one_person_households() -> None:
    assert form_households(np.ones(20, dtype=np.int64), P, seed=1).size.tolist() == [1] * 20


@pytest.mark.parametrize("minors", [0.05, 0.3, 0.55, 0.95])
def test_every_household_has_an_adult_even_where_children_abound(minors: float) -> None:
    residents = np.array([800])
    shares = np.array([[minors, 0.9 - 0.9 * minors, 0.0, 0.1 - 0.1 * minors]])
    households = form_households(residents, P, seed=2)
    roles = cast_roles(households, P, seed=2)
    up_to = count_ages(residents, shares, P.pyramid, np.array([0.5]))
    age = deal_ages(np.zeros(800, dtype=np.int64), up_to, roles, P)
    assert np.maximum.reduceat(age, households.start).min() >= P.adult_age


def test_generations_live_together() -> None:
    """Partners are of an age and heads about a generation older than children, on average."""
    residents = np.array([50_000])
    households = form_households(residents, P, seed=3)
    roles = cast_roles(households, P, seed=3)
    up_to = count_ages(
        residents, np.array([[0.163, 0.626, 0.057, 0.154]]), P.pyramid, np.full(1, 0.5)
    )
    age = deal_ages(np.zeros(50_000, dtype=np.int64), up_to, roles, P).astype(np.int64)
    older = age[households.start][households.of] - age
    assert np.median(np.abs(older[roles.partner])) <= 4
    assert abs(np.median(older[age < 15]) - P.generation_gap) < 4
