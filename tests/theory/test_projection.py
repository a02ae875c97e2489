"""The projection against a case worked by hand, the law of 2024, and what must move which way."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.insurance.ageing import (
    ACTIVE,
    RETIRED,
    first_cohorts,
    next_year,
    qualified_share,
    retired_share,
    survival,
)
from model.insurance.funds import FUNDS, FundParameters, Members, standards
from model.insurance.projection import GROUP_FROM, base_year, profile, project
from model.parameters import shipped_parameters
from model.population.parameters import PopulationParameters
from model.terms import Scheme

P = shipped_parameters().bind(FundParameters, "funds")
WHO = shipped_parameters().bind(PopulationParameters, "population")
OLD = WHO.retirement_age
MEN = 2  # row of the kinds
HAND = replace(
    P,
    contribution_base=100_000.0,
    premium=np.array([400.0, 420.0]),
    subsidy=np.array([600.0, 630.0]),
    critical_illness_allocation=50.0,
    catastrophic_contribution=0.0,
    assistance_grant=200.0,
    premium_help=100.0,
    maternity_allowance=100.0,
    opening=np.array([1000.0, 0, 100, 0, 0, 0]),
    last_year=2025.0,
    wage_growth=0.05,
    premium_growth=0.10,
    subsidy_growth=0.0,
    grant_growth=0.0,
    cost_growth=np.full(len(GROUP_FROM), 0.10),
    coverage_growth=0.0,
    reform_from=2060.0,
    entry_age=np.array([20.0, 1.0]),
    mortality_mode=np.array([1e4, 1e4]),  # nobody dies
    births=0.0,
)


def persons(**counts):
    """People by scheme, sex and age: scheme_sex_age=number."""
    table = np.zeros((4, 2, 101))
    for name, n in counts.items():
        scheme, sex, age = name.rsplit("_", 2)
        table[Scheme[scheme.upper()], ("man", "woman").index(sex), int(age)] = n
    return table


def few():
    """100 men of 59 and 200 of 40 in work, 300 women of 74 in the residents' scheme, 30 of whom
    are entitled to assistance."""
    who = persons(ebmi_active_man_59=100, ebmi_active_man_40=200, rbmi_woman_74=300)
    return base_year(2023, who, who, 30.0, np.zeros((8, 4, 2, 101)), 1.0, (0.02, 800.0), WHO)


def costing(base):
    """A man in work costs 1,000 CNY at 55 to 64 and 500 at 35 to 44, a retired one 3,000; a woman
    of 65 to 74 costs 1,000, an older one 2,000, and 5 of assistance with 0.01 stays."""
    cost = np.zeros((len(FUNDS), 3, len(GROUP_FROM)))
    cost[0, 0, 5], cost[0, 0, 3], cost[0, 1, 5] = 1000, 500, 3000
    cost[2, 2, 6], cost[2, 2, 7] = 1000, 2000
    cost[5, 2, 6:] = 5
    stays, stay_help = np.zeros((2, 3, len(GROUP_FROM)))
    stays[2, 6:], stay_help[2, 6:] = 0.01, 5
    return replace(base, cost=cost, stays=stays, stay_help=stay_help)


def test_three_years_by_hand():
    run = project(costing(few()), HAND)
    row = {fund: i for i, fund in enumerate(FUNDS)}
    assert run.years.tolist() == [2023, 2024, 2025]
    # the men of 59 are 60 in 2024 and retire
    assert run.members.tolist() == [[300, 0, 300, 30], [200, 100, 300, 30], [200, 100, 300, 30]]
    pool = run.balance[:, row["ebmi_pool"]]
    # before: 1,000 x 300 = 300,000
    # 2023: + 6 % x 100,000 x 300 = 1,800,000 - bills 100 x 1,000 + 200 x 500 = 200,000
    #       - allowances 100 x 300 = 30,000
    assert pool[0] == pytest.approx(1_870_000)
    # 2024: + 6 % x 105,000 x 200 = 1,260,000 - bills 1.1 x (100 x 3,000 + 200 x 500) = 440,000
    #       - allowances 105 x 200 = 21,000 - to accounts 800 x 100 = 80,000
    assert pool[1] == pytest.approx(2_589_000)
    # 2025: + 6 % x 110,250 x 200 = 1,323,000 - 1.21 x 400,000 = 484,000 - 110.25 x 200 = 22,050
    #       - 80,000
    assert pool[2] == pytest.approx(3_325_950)
    # accounts: 2 % x 100,000 x 300; 2 % x 105,000 x 200 + 80,000; 2 % x 110,250 x 200 + 80,000
    assert run.gained[:, row["ebmi_account"]] == pytest.approx([600_000, 500_000, 521_000])
    residents = run.balance[:, row["rbmi"]]
    # before: 100 x 300 = 30,000
    # 2023: + (400 + 600) x 300 = 300,000, of it 100 x 30 from assistance - 1,000 x 300
    #       - 50 x 300 to critical illness insurance
    assert residents[0] == pytest.approx(15_000)
    # 2024, now 75: + (420 + 630) x 300 = 315,000 - 1.1 x 2,000 x 300 = 660,000
    #       - 50 x 1,050 / 1,000 x 300 = 15,750
    assert residents[1] == pytest.approx(-345_750)
    # 2025, undated: + (1.1 x 420 + 630) x 300 = 327,600 - 1.21 x 600,000 = 726,000
    #       - 50 x 1,092 / 1,000 x 300 = 16,380
    assert residents[2] == pytest.approx(-760_530)
    assert run.balance[:, row["critical_illness"]] == pytest.approx([15_000, 30_750, 47_130])
    # assistance: grants 200 x 30 - premiums 100 x 30 - bills 5 x 300, a tenth more each year
    assert run.balance[:, row["assistance"]] == pytest.approx([1500, 2850, 4035])
    assert run.help_per_stay == pytest.approx([500, 550, 605])
    assert run.premium_help / run.premium == pytest.approx([100 / 400, 100 / 420, 100 / 462])
    assert run.dry == dict.fromkeys(FUNDS) | {"rbmi": 2024}
    # pays 315,000 of 300,000 in the first year already
    assert run.deficit["rbmi"] == 2023
    assert run.deficit["ebmi_pool"] is None
    assert run.reserve_months[0, row["ebmi_pool"]] == pytest.approx(1_870_000 / (230_000 / 12))


def test_assistance_gives_no_more_than_it_has():
    # 110 x 30 - 100 x 30 leaves 300 in each year for 1,500, 1,650, 1,815 of bills
    run = project(costing(few()), replace(HAND, assistance_grant=110.0))
    assert run.covered == pytest.approx([300 / 1500, 300 / 1650, 300 / 1815])
    assert run.help_per_stay == pytest.approx([100, 100, 100])
    assert run.dry["assistance"] == 2023
    saved = np.array([0, 0, 0, 0, 0, 10.0])  # 10 x 30 more, in the first year
    run = project(costing(few()), replace(HAND, assistance_grant=110.0, opening=saved))
    assert run.covered == pytest.approx([600 / 1500, 300 / 1650, 300 / 1815])


def test_the_retirement_age_rises_over_fifteen_years():
    def at(year, kind, age):
        return retired_share(year, OLD, P)[kind, age]

    assert [at(2024, MEN, age) for age in (59, 60)] == [0, 1]
    # by the middle of 2025 a thirtieth of 3 years has passed: 60.1, a tenth of those of 60 works on
    assert at(2025, MEN, 60) == pytest.approx(0.9)
    # by the middle of 2032 a half: men 61.5, women 52.5 and 56.5
    assert [at(2032, MEN, age) for age in (60, 61, 62)] == pytest.approx([0, 0.5, 1])
    assert [at(2032, 0, age) for age in (51, 52, 53)] == pytest.approx([0, 0.5, 1])
    assert [at(2032, 1, age) for age in (55, 56, 57)] == pytest.approx([0, 0.5, 1])
    assert [at(2045, MEN, age) for age in (62, 63)] == [0, 1]


def test_contribution_years_must_be_full():
    # half begin by 27; with 25 years required half of those of 51.5 qualify, one sd later 84 %
    p = replace(P, entry_age=np.array([27.0, 7.0]), contribution_years=np.array([20, 20, 24.5]))
    assert qualified_share(p)[MEN, [51, 58]] == pytest.approx([0.5, 0.8413], abs=1e-4)
    # men of 59 reach 60; those with too few years stay in work, then retire one by one
    now = first_cohorts(persons(ebmi_active_man_59=1000), WHO)
    late = replace(HAND, entry_age=np.array([35.0, 4.0]), contribution_years=np.full(3, 25.0))
    for year, age, quantile in ((2024, 60, 0.5 / 4), (2025, 61, 1.5 / 4)):
        now = next_year(now, year, OLD, 0.5, late)
        expected = 1000 * 0.5 * (1 + np.sqrt(1 - np.exp(-2 * quantile**2 / np.pi)))  # near normal
        assert now.retired[MEN, age] == pytest.approx(expected, rel=0.01)
        assert now.members[:2].sum() == pytest.approx(1000)


def test_who_is_retired_already_stays_so():
    now = first_cohorts(persons(ebmi_retired_man_60=100, ebmi_retired_woman_51=40), WHO)
    after = next_year(now, 2030, OLD, 0.5, replace(P, mortality_mode=np.array([1e4, 1e4])))
    assert after.members[RETIRED].sum() == pytest.approx(140)


def test_life_expectancy_is_the_published_one():
    """Survivors to the middle of each year of age: 78.6 years in 2023, women 5.5 more (ILO)."""

    def expectancy(year):
        alive = np.cumprod(np.concatenate((np.ones((2, 1)), survival(year, P)), axis=1), axis=1)
        return (alive[:, :-1] + alive[:, 1:]).sum(axis=1) / 2

    men, women = expectancy(2023)
    assert 0.511 * men + 0.489 * women == pytest.approx(78.6, abs=0.1)
    assert women - men == pytest.approx(80.88 - 75.37, abs=0.1)
    # ten years of 0.2 each move the whole law up by 2, and by a little less the mean
    assert expectancy(2033) - expectancy(2023) == pytest.approx([2, 2], abs=0.12)
    assert (expectancy(2033) < expectancy(2023) + 2).all()


def test_the_young_join_as_before_and_the_settled_stay():
    base = persons(
        ebmi_active_man_30=50, rbmi_man_30=50, ebmi_active_man_31=80, rbmi_man_31=20,
        ebmi_active_man_40=70, rbmi_man_40=30, ebmi_active_man_41=20, rbmi_man_41=80,
    )  # fmt: skip
    after = next_year(first_cohorts(base, WHO), 2024, OLD, 0.5, HAND).members[ACTIVE]
    # those of 30 turn 31, where 80 % are employees; those of 40 keep their 70
    assert after[[31, 41]] == pytest.approx([80, 70])


def test_nobody_is_counted_twice():
    ages = np.arange(101)
    base = np.stack([np.outer([1.0, 2.0], 100 - 0.9 * ages) * share for share in (9, 0, 1, 0.5)])
    base[Scheme.EBMI_ACTIVE, :, :16] = 0
    now = first_cohorts(base, WHO)
    for year in range(2024, 2036):  # nine tenths are employees, and more want to be
        now = next_year(now, year, OLD, 0.5, replace(P, coverage_growth=0.025))
        employees = np.stack((now.employees[MEN], now.employees[:MEN].sum(axis=0)))
        assert (employees <= now.people * (1 + 1e-12)).all()
        assert (now.retired <= now.employees).all()
        assert (now.members >= -1e-9).all()
        assert now.members.sum() <= now.people.sum() * (1 + 1e-12)
    full = employees[:, 40] / now.people[:, 40]
    assert full == pytest.approx([1, 1])


def test_people_are_born_and_die():
    base = persons(rbmi_woman_30=1000, rbmi_man_100=50)
    p = replace(P, births=0.05)
    after = next_year(first_cohorts(base, WHO), 2024, OLD, 0.51, p).people
    assert after[:, 0] == pytest.approx([50 * 0.51, 50 * 0.49])
    assert after[0, 100] == pytest.approx(50 * survival(2024, P)[0, 100])
    assert after[1, 31] == pytest.approx(1000 * survival(2024, P)[1, 30])


def test_costs_come_from_the_bills_of_an_age_group():
    counted = persons(ebmi_active_man_40=4, ebmi_active_woman_44=4, ebmi_retired_man_70=2)
    paid = np.zeros((1, 4, 2, 101))
    paid[0, Scheme.EBMI_ACTIVE, 0, 40], paid[0, Scheme.EBMI_ACTIVE, 1, 44] = 800, 1600
    paid[0, Scheme.EBMI_RETIRED, 0, 70] = 9000
    cost = profile(paid[:, :3].sum(axis=2), counted[:3].sum(axis=1))[0]
    assert cost[ACTIVE, 3] == 2400 / 8
    assert cost[RETIRED, 6] == 9000 / 2
    # nobody works at 70: as the retired; nobody retired at 40: as those in work; nobody is 15
    assert (cost[ACTIVE, 6], cost[RETIRED, 3]) == (4500, 300)
    assert (cost[ACTIVE, 1], cost[RETIRED, 1]) == (300, 4500)


def test_standards_are_dated_then_grow():
    p = replace(P, premium=np.array([400.0, 420, 440]), premium_growth=0.1, wage_growth=0.05)
    premiums = [standards(p, year, 2023).premium for year in (2022, 2023, 2024, 2025, 2027)]
    assert premiums == pytest.approx([400, 400, 420, 440, 440 * 1.21])
    assert standards(p, 2027, 2025).base == pytest.approx(p.contribution_base * 1.05**2)


@given(
    cost=st.floats(0.0, 0.1),
    wages=st.floats(0.0, 0.1),
    age=st.integers(60, 65),
    more=st.floats(0.001, 0.02),
)
def test_dearer_care_drains_and_wages_and_later_retirement_fill(cost, wages, age, more):
    base = costing(few())
    p = replace(HAND, last_year=2035.0, wage_growth=wages, reform_from=2024.0, reform_years=2.0)
    p = replace(p, cost_growth=np.full(8, cost), retirement_final=np.array([55.0, 58, age]))

    def last(**changed):
        return project(base, replace(p, **changed)).balance[-1]

    usual = last()
    dearer = last(cost_growth=np.full(8, cost + more))
    assert (dearer[[0, 2, 5]] < usual[[0, 2, 5]]).all()
    assert last(wage_growth=wages + more)[0] > usual[0]
    assert last(retirement_final=np.array([55.0, 58, age + 1]))[0] >= usual[0]


def test_members_stand_for_their_funds():
    members = Members(active=3, retired=2, residents=7, entitled=1)
    assert [members.of(fund) for fund in range(len(FUNDS))] == [5, 5, 7, 7, 5, 1]
