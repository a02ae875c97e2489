"""Every margin of the population against its closed form.

Exact where the synthesis counts (totals, ages, residence, mean income), within four standard
errors where it draws. Members of a household share residence and income rank, so a household
counts as one draw where these matter: a cautious standard error.
"""

from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from model.parameters import shipped_parameters
from model.population.ages import AGE_GROUPS, age_group, single_years
from model.population.cover import p_assistance, p_employee
from model.population.parameters import PopulationParameters
from model.population.synthesis import synthesise
from model.region.read import read_region
from model.region.region import Facilities, Places, Region, Settlements
from model.state import Residents
from model.terms import Bools, Bytes, Floats, Scheme

P = shipped_parameters().bind(PopulationParameters, "population")
NATION_URBAN = 0.6616  # NBS 2023, as are the age shares
NATION_AGES = np.array([0.163, 0.626, 0.057, 0.154])
NATION = 1409.67  # million
RANKS = (np.arange(1000) + 0.5) / 1000
AGES = np.arange(101, dtype=np.int8)


def region_of(population: list[int], urban: Floats, ages: Floats, weights: list[Floats]) -> Region:
    """A region of settlements on a line, without facilities."""
    s = len(population)
    settlement = np.repeat(np.arange(s, dtype=np.int32), [len(weight) for weight in weights])
    names = tuple(str(row) for row in range(s))
    line, none = np.linspace(100, 101, s), np.zeros(0, dtype=np.int8)
    empty = np.zeros(0)
    return Region(
        id="line",
        name={"en": "Line", "zh": "线"},
        kind="synthetic",
        pool="line",
        sources=(),
        settlements=Settlements(
            names, names, names, line, line - 70, np.array(population), urban, ages
        ),
        places=Places(settlement, line[settlement], line[settlement] - 70, np.concatenate(weights)),
        facilities=Facilities(
            (), (), (), none, (), none, empty, empty, empty, none.astype(int), none.astype(int)
        ),
        income_urban=51_821.0,
        income_rural=21_691.0,
    )


def nation() -> Region:
    """Forty settlements, each with the nation's margins."""
    ages = np.tile(NATION_AGES, (40, 1))
    return region_of([5000] * 40, np.full(40, NATION_URBAN), ages, [np.full(5, 0.2)] * 40)


@pytest.fixture(scope="module", params=["nation", "tongliang", "national"])
def made(request: pytest.FixtureRequest) -> tuple[Region, Residents]:
    if request.param == "nation":
        region, n = nation(), 200_000
    elif request.param == "tongliang":
        region = read_region("tongliang")
        n = region.population
    else:
        region, n = read_region("national", residents=20_000), 20_000
    return region, synthesise(region, n, P, seed=1)


def agrees(found: Bools, expected: float | Floats, of: npt.NDArray[np.int32] | None = None) -> bool:
    """Whether a share is within four standard errors of its probability.

    of: household of each row, where its members share what decides.
    """
    if found.size == 0:
        return True
    p = float(np.mean(expected))
    draws = found.size if of is None else np.unique(of).size
    return bool(abs(found.mean() - p) <= 4 * np.sqrt(p * (1 - p) / draws) + 1e-12)


def cells(residents: Residents) -> list[tuple[int, int, Bools]]:
    """Residence, age group and rows of each combination."""
    group = age_group(residents.age)
    return [
        (residence, number, (residents.urban == (residence == 0)) & (group == number))
        for residence in range(2)
        for number in range(len(AGE_GROUPS))
    ]


def bands(age: Bytes) -> npt.NDArray[np.int64]:
    return np.searchsorted([15, 60, 65], age, side="right")


def assert_exact_margins(region: Region, residents: Residents) -> None:
    """Totals, ages and residence of every settlement, mean incomes, fifths, an adult each."""
    n = len(residents)
    margins = region.settlements
    quota = margins.population / margins.population.sum() * n
    settlement = region.places.settlement[residents.place]
    count = np.bincount(settlement, minlength=len(margins))
    assert count.sum() == n
    assert (np.abs(count - quota) < 1).all()
    by_place = np.bincount(residents.place, minlength=len(region.places))
    of_place = count[region.places.settlement] * region.places.weight
    assert (np.abs(by_place - of_place) < 1).all()

    first = np.flatnonzero(np.diff(residents.household, prepend=-1))
    largest = np.diff(first, append=n).max()
    urban = np.bincount(settlement, residents.urban, len(margins))
    assert (np.abs(urban - margins.urban_share * count) <= largest).all()
    band = np.zeros((len(margins), 4))
    np.add.at(band, (settlement, bands(residents.age)), 1)
    seats_suffice = margins.age_shares[:, 0].max() < 0.35 and count.min() > 200
    if seats_suffice:  # else heads of 18 may stand in for children who would live alone
        assert (np.abs(band - margins.age_shares * count[:, None]) < 1 + 1e-6).all()
    assert np.maximum.reduceat(residents.age, first).min() >= P.adult_age

    incomes = (residents.urban, region.income_urban), (~residents.urban, region.income_rural)
    for rows, mean in incomes:
        if rows.any():
            assert residents.income[rows].mean(dtype=np.float64) == pytest.approx(mean, abs=0.5)
    fifths = np.bincount(residents.income_group, minlength=5)
    assert fifths.max() - fifths.min() <= 1


def test_counted_margins_are_exact(made: tuple[Region, Residents]) -> None:
    assert_exact_margins(*made)


@st.composite
def regions(draw: st.DrawFn) -> Region:
    s = draw(st.integers(1, 5))
    population = draw(st.lists(st.integers(500, 3000), min_size=s, max_size=s))
    urban = draw(st.lists(st.floats(0, 1), min_size=s, max_size=s))
    young = draw(st.lists(st.floats(0, 0.3), min_size=s, max_size=s))
    old = draw(st.lists(st.tuples(st.floats(0, 0.1), st.floats(0, 0.5)), min_size=s, max_size=s))
    ages = np.array([[c, 1 - c - a - b, a, b] for c, (a, b) in zip(young, old, strict=True)])
    parts = [draw(st.lists(st.floats(0.1, 1), min_size=1, max_size=4)) for _ in range(s)]
    weights = [np.array(part) / sum(part) for part in parts]
    return region_of(population, np.array(urban), ages, weights)


@settings(max_examples=30)
@given(regions(), st.integers(0, 2**63))
def test_counted_margins_are_exact_in_any_region(region: Region, seed: int) -> None:
    assert_exact_margins(region, synthesise(region, region.population, P, seed))


def test_single_years_follow_the_pyramid(made: tuple[Region, Residents]) -> None:
    region, residents = made
    shares = np.bincount(bands(residents.age), minlength=4) / len(residents)
    expected = single_years(P.pyramid) * shares[bands(AGES)] * len(residents)
    found = np.bincount(residents.age, minlength=101)
    assert (np.abs(found - expected) <= 4 * np.sqrt(expected) + len(region.settlements)).all()


def test_sex_and_household_size(made: tuple[Region, Residents]) -> None:
    _, residents = made
    assert agrees(~residents.female, P.male_share)
    sizes = np.bincount(residents.household)
    assert abs(sizes.mean() - 2.62) < 4 * sizes.std() / np.sqrt(sizes.size) + 0.005


def test_incomes_have_the_shape_of_the_national_fifths() -> None:
    residents = synthesise(nation(), 200_000, P, seed=1)
    published = np.array([9_215, 20_442, 32_195, 50_220, 95_058])
    means = [residents.income[residents.income_group == fifth].mean() for fifth in range(5)]
    assert np.array(means) / np.mean(means) == pytest.approx(published / published.mean(), rel=0.04)


def test_schemes_by_residence_and_age(made: tuple[Region, Residents]) -> None:
    _, residents = made
    employed = residents.scheme <= Scheme.EBMI_RETIRED
    for residence, group, rows in cells(residents):
        old_enough = rows & (residents.age >= P.working_age)
        households = residents.household[old_enough]
        assert agrees(employed[old_enough], P.ebmi[residence, group], households)
        assert not employed[rows & ~old_enough].any()
        others = rows & ~employed
        assert agrees(residents.scheme[others] == Scheme.NONE, P.uninsured[group])


def test_retirement_by_age_and_sex(made: tuple[Region, Residents]) -> None:
    _, residents = made
    employed = residents.scheme <= Scheme.EBMI_RETIRED
    retired = residents.scheme == Scheme.EBMI_RETIRED
    workers, staff, men = P.retirement_age
    for low, high, share in (
        (16, workers, 0.0),
        (workers, staff, P.women_workers),
        (staff, 101, 1),
    ):
        rows = employed & residents.female & (residents.age >= low) & (residents.age < high)
        assert agrees(retired[rows], share)
    rows = employed & ~residents.female
    assert (retired[rows] == (residents.age[rows] >= men)).all()


def test_members_of_other_pools(made: tuple[Region, Residents]) -> None:
    _, residents = made
    working = (residents.age >= 16) & (residents.age < 60)
    insured = residents.scheme != Scheme.NONE
    mobile = residents.urban & working & insured
    assert agrees(~residents.insured_here[mobile], P.insured_elsewhere)
    assert residents.insured_here[insured & ~mobile].all()


def test_national_members_follow_from_the_tables() -> None:
    """271.0 active, 100.0 retired, 962.9 in the residents' scheme, 76 in none, 80.2 assisted."""
    ages = single_years(P.pyramid) * NATION_AGES[bands(AGES)]
    grid_age, grid_rank = np.repeat(AGES, RANKS.size), np.tile(RANKS, AGES.size)
    weight = np.repeat(ages, RANKS.size) / RANKS.size
    working = grid_age < P.retirement_age[2]
    workers, staff, _ = P.retirement_age
    women = np.where(grid_age < workers, 1.0, np.where(grid_age < staff, 1 - P.women_workers, 0.0))
    p_working = P.male_share * working + (1 - P.male_share) * women
    members = np.zeros(5)
    employed = []
    for residence, share in enumerate((NATION_URBAN, 1 - NATION_URBAN)):
        where = np.full(grid_age.size, residence)
        p = p_employee(where, grid_age, grid_rank, P)
        none = (1 - p) * P.uninsured[age_group(grid_age)]
        rbmi = 1 - p - none
        assisted = rbmi * p_assistance(where, grid_rank, P)
        parts = (p * p_working, p * (1 - p_working), rbmi, none, assisted)
        members += share * NATION * np.array([weight @ part for part in parts])
        employed.append(float(weight @ p))
    assert members == pytest.approx([271.0, 100.0, 962.9, 76, 80.2], rel=0.01)
    assert employed == pytest.approx([0.37, 0.05], abs=0.005)


def test_assistance_by_residence(made: tuple[Region, Residents]) -> None:
    """Among members of the residents' scheme, of whom the poorer are more by the slope of EBMI."""
    _, residents = made
    rbmi = residents.scheme == Scheme.RBMI
    for residence, group, rows in cells(residents):
        members = rows & rbmi
        where = np.full(RANKS.size, residence)
        age = np.full(RANKS.size, AGE_GROUPS[group] + 1, dtype=np.int8)
        left = 1 - p_employee(where, age, RANKS, P)
        expected = (left * p_assistance(where, RANKS, P)).sum() / left.sum()
        entitled = residents.assistance[members]
        assert agrees(entitled, expected, residents.household[members])
    assert not residents.assistance[~rbmi].any()


def test_diseases_by_age(made: tuple[Region, Residents]) -> None:
    _, residents = made
    group = age_group(residents.age)
    for number in range(len(AGE_GROUPS)):
        rows = group == number
        for name in ("hypertension", "diabetes", "other_chronic"):
            assert agrees(getattr(residents, name)[rows], getattr(P, name)[number])


def test_chronic_disease_is_as_common_as_in_the_survey() -> None:
    """34.3 % of residents 15 and over; 59 to 65 % of those 60 and over, on the national ages."""
    ages = single_years(P.pyramid) * NATION_AGES[bands(AGES)]
    group = age_group(AGES)
    healthy = (1 - P.hypertension) * (1 - P.diabetes) * (1 - P.other_chronic)
    ill = (1 - healthy)[group]
    adult, aged = AGES >= 15, AGES >= 60
    assert (ill * ages)[adult].sum() / ages[adult].sum() == pytest.approx(0.343, abs=0.002)
    assert 0.59 < (ill * ages)[aged].sum() / ages[aged].sum() < 0.65


def test_contracts_by_age_and_disease(made: tuple[Region, Residents]) -> None:
    _, residents = made
    ill = residents.hypertension | residents.diabetes | residents.other_chronic
    aged = residents.age >= 65
    for rows, p in zip((~ill & ~aged, ill & ~aged, aged), P.contract, strict=True):
        assert agrees(residents.contract[rows], p)


def test_frailty_has_mean_one_and_the_given_spread(made: tuple[Region, Residents]) -> None:
    frailty = made[1].frailty.astype(np.float64)
    assert abs(frailty.mean() - 1) < 4 * P.frailty_sd / np.sqrt(frailty.size)
    log_sd = np.sqrt(np.log1p(P.frailty_sd**2))
    assert abs(np.log(frailty).std() - log_sd) < 4 * log_sd / np.sqrt(2 * frailty.size)


def censored_mean(mean: float, sd: float) -> float:
    """Mean of a normal variable cut at 0 and 1."""
    a, b = -mean / sd, (1 - mean) / sd
    inside = norm.cdf(b) - norm.cdf(a)
    return float(mean * inside + sd * (norm.pdf(a) - norm.pdf(b)) + 1 - norm.cdf(b))


def test_trust_by_tier_contract_and_residence(made: tuple[Region, Residents]) -> None:
    _, residents = made
    for tier, mean in enumerate((*P.trust_primary, *P.trust_hospital)):
        for contract in (False, True):
            for urban in (False, True):
                rows = (residents.contract == contract) & (residents.urban == urban)
                shift = P.trust_contract * contract + P.trust_rural * (not urban)
                expected = censored_mean(mean + shift * (tier < 2), P.trust_sd)
                found = residents.trust[tier, rows].mean(dtype=np.float64)
                assert abs(found - expected) < 4 * P.trust_sd / np.sqrt(rows.sum())


def test_trust_of_one_person_is_correlated(made: tuple[Region, Residents]) -> None:
    trust = made[1].trust
    pairs = [np.corrcoef(trust[a], trust[b])[0, 1] for a, b in pairwise(range(4))]
    assert pairs == pytest.approx([P.trust_common] * 3, abs=0.05)


def test_primary_trust_is_the_survey_s() -> None:
    """0.605 over residents and both primary tiers, SD 0.146 (BMC Prim Care 2022)."""
    trust = synthesise(nation(), 200_000, P, seed=1).trust[:2]
    assert trust.mean(dtype=np.float64) == pytest.approx(0.605, abs=0.003)
    assert trust.std(dtype=np.float64) == pytest.approx(0.146, abs=0.005)
