"""The residents' table: types, order, determinism, and traits that keep to themselves."""

from dataclasses import fields, replace

import numpy as np
import pytest

from model.parameters import shipped_parameters
from model.population.parameters import PopulationParameters
from model.population.synthesis import residents_by_place, synthesise
from model.region.region import Facilities, Places, Region, Settlements
from model.state import Residents
from model.terms import Scheme

P = shipped_parameters().bind(PopulationParameters, "population")
TYPES = {
    "place": np.int32,
    "household": np.int32,
    "age": np.int8,
    "female": np.bool_,
    "urban": np.bool_,
    "income": np.float32,
    "income_group": np.int8,
    "scheme": np.int8,
    "insured_here": np.bool_,
    "assistance": np.bool_,
    "hypertension": np.bool_,
    "diabetes": np.bool_,
    "other_chronic": np.bool_,
    "contract": np.bool_,
    "frailty": np.float32,
    "trust": np.float32,
}
COVER = {"scheme", "insured_here", "assistance"}
DISEASES = {"hypertension", "diabetes", "other_chronic"}


def hand_made_region() -> Region:
    """Two towns of different ages, with three and two places."""
    nothing, none = np.zeros(0), np.zeros(0, dtype=np.int8)
    return Region(
        id="two_towns",
        name={"en": "Two towns", "zh": "两镇"},
        kind="synthetic",
        pool="here",
        sources=(),
        settlements=Settlements(
            id=("a", "b"),
            name=("A", "B"),
            name_zh=("甲", "乙"),
            lon=np.array([106.0, 106.1]),
            lat=np.array([29.8, 29.9]),
            population=np.array([7000, 3000]),
            urban_share=np.array([0.8, 0.3]),
            age_shares=np.array([[0.18, 0.66, 0.05, 0.11], [0.13, 0.50, 0.09, 0.28]]),
        ),
        places=Places(
            settlement=np.array([0, 0, 0, 1, 1], dtype=np.int32),
            lon=np.array([106.0, 106.01, 106.02, 106.1, 106.11]),
            lat=np.array([29.8, 29.81, 29.82, 29.9, 29.91]),
            weight=np.array([0.5, 0.3, 0.2, 0.6, 0.4]),
        ),
        facilities=Facilities(
            (), (), (), none, (), none, nothing, nothing, nothing, none.astype(int), none
        ),
        income_urban=51_821.0,
        income_rural=21_691.0,
    )


REGION = hand_made_region()


@pytest.fixture(scope="module")
def base() -> Residents:
    return synthesise(REGION, 10_000, P, seed=7)


def differing(one: Residents, other: Residents) -> set[str]:
    names = (column.name for column in fields(Residents))
    return {name for name in names if not np.array_equal(getattr(one, name), getattr(other, name))}


def test_columns_are_as_declared(base: Residents) -> None:
    assert {column.name for column in fields(Residents)} == set(TYPES)
    for name, kind in TYPES.items():
        column = getattr(base, name)
        assert column.dtype == kind
        assert column.shape == ((4, 10_000) if name == "trust" else (10_000,))
    assert base.age.min() >= 0
    assert base.age.max() <= 100
    assert set(np.unique(base.scheme)) == set(Scheme)
    assert base.trust.min() >= 0
    assert base.trust.max() <= 1
    assert (base.frailty > 0).all()
    assert (base.income > 0).all()


def test_places_have_their_exact_numbers(base: Residents) -> None:
    assert np.bincount(base.place).tolist() == [3500, 2100, 1400, 1800, 1200]
    assert residents_by_place(REGION, 11).tolist() == [4, 2, 2, 2, 1]


def test_rows_are_sorted_by_place_then_household(base: Residents) -> None:
    assert (np.diff(base.place) >= 0).all()
    assert set(np.diff(base.household)) <= {0, 1}
    moves = np.diff(base.place) > 0
    assert (np.diff(base.household)[moves] == 1).all()


@pytest.mark.parametrize("residents", [1, 2, 7, 300])
def test_small_samples_work(residents: int) -> None:
    sample = synthesise(REGION, residents, P, seed=1)
    assert len(sample) == residents
    first = np.flatnonzero(np.diff(sample.household, prepend=-1))
    assert np.maximum.reduceat(sample.age, first).min() >= P.adult_age


def test_the_same_seed_gives_the_same_residents_and_another_others(base: Residents) -> None:
    assert differing(base, synthesise(REGION, 10_000, P, seed=7)) == set()
    assert differing(base, synthesise(REGION, 10_000, P, seed=8)) == set(TYPES) - {"place"}


@pytest.mark.parametrize(
    ("change", "touched"),
    [
        ({"frailty_sd": 0.3}, {"frailty"}),
        ({"trust_sd": 0.1}, {"trust"}),
        ({"trust_hospital": P.trust_hospital - 0.05}, {"trust"}),
        ({"contract": P.contract / 2}, {"contract", "trust"}),
        ({"hypertension": P.hypertension / 2}, {"hypertension", "contract", "trust"}),
        ({"insured_elsewhere": 0.2}, {"insured_here"}),
        ({"assistance": P.assistance / 2}, {"assistance"}),
        ({"ebmi": P.ebmi / 2}, COVER),
        ({"retirement_age": P.retirement_age + 3}, {"scheme", "insured_here"}),
        ({"income_sigma": P.income_sigma / 2}, {"income", "income_group"}),
        ({"male_share": 0.49}, {"female", "scheme"}),
        ({"pyramid": P.pyramid[::-1]}, {"age", "contract", "trust", *COVER, *DISEASES}),
        ({"household_size": P.household_size[::-1]}, set(TYPES) - {"place", "frailty"}),
    ],
)
def test_a_parameter_moves_its_own_trait_and_what_follows_from_it(
    base: Residents, change: dict[str, object], touched: set[str]
) -> None:
    assert differing(base, synthesise(REGION, 10_000, replace(P, **change), seed=7)) == touched


def test_fewer_contracts_leave_the_trust_of_all_others(base: Residents) -> None:
    fewer = synthesise(REGION, 10_000, replace(P, contract=P.contract / 2), seed=7)
    lost = base.contract & ~fewer.contract
    assert not (fewer.contract & ~base.contract).any()
    assert (base.trust[:, ~lost] == fewer.trust[:, ~lost]).all()
    assert (base.trust[:2, lost] >= fewer.trust[:2, lost]).all()


def test_the_household_shares_income_and_residence(base: Residents) -> None:
    together = np.diff(base.household) == 0
    assert (np.diff(base.income)[together] == 0).all()
    assert not np.diff(base.urban)[together].any()


def test_fifths_follow_income_and_are_equal(base: Residents) -> None:
    assert np.bincount(base.income_group).tolist() == [2000] * 5
    assert (np.diff(base.income_group[np.argsort(base.income, kind="stable")]) >= 0).all()


def test_no_scheme_or_entitlement_out_of_place(base: Residents) -> None:
    active = base.scheme == Scheme.EBMI_ACTIVE
    retired = base.scheme == Scheme.EBMI_RETIRED
    assert base.age[active].min() >= 16
    assert base.age[active].max() < 60
    assert base.age[retired & base.female].min() >= 50
    assert base.age[retired & ~base.female].min() >= 60
    assert (base.scheme[base.assistance] == Scheme.RBMI).all()
    assert not base.insured_here[base.scheme == Scheme.NONE].any()
    elsewhere = ~base.insured_here & (base.scheme != Scheme.NONE)
    assert base.urban[elsewhere].all()


def test_the_richer_are_employees_and_the_poorer_assisted(base: Residents) -> None:
    employed = base.scheme <= Scheme.EBMI_RETIRED
    by_fifth = [base.income_group == fifth for fifth in range(5)]
    assert (np.diff([employed[fifth].mean() for fifth in by_fifth]) > 0).all()
    assert (np.diff([base.assistance[fifth].mean() for fifth in by_fifth]) <= 0).all()
