"""Onsets against their rates and season, severity against its distribution, and who falls ill."""

from dataclasses import fields, replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import logit
from scipy.stats import kstest, norm

from model.care import illness
from model.care.illness import (
    AGE_BANDS,
    IllnessParameters,
    Onsets,
    OnsetTable,
    class_rates,
    draw_severity,
    risk_class,
)
from model.care.referral import delay
from model.care.spells import follow_up_gap
from model.parameters import shipped_parameters
from model.population.parameters import PopulationParameters
from model.population.synthesis import synthesise
from model.region.read import read_region
from model.state import Residents
from model.terms import Condition, Floats, Ints

SEED, N, YEAR = 3, 20_000, 365
P = shipped_parameters().bind(IllnessParameters, "illness")
SEASONAL = replace(P, season=np.linspace(0, 0.6, len(Condition)))


@pytest.fixture(scope="module")
def residents() -> Residents:
    who = shipped_parameters().bind(PopulationParameters, "population")
    return synthesise(read_region("national", N), N, who, SEED)


@pytest.fixture(scope="module")
def year(residents: Residents) -> OnsetTable:
    return drawn(residents, SEASONAL)


def drawn(residents: Residents, p: IllnessParameters, days: int = YEAR) -> OnsetTable:
    """The onsets of some days from 1 January."""
    onsets = Onsets(SEED, residents, p, 0)
    tables = [onsets.on(day) for day in range(days)]
    return OnsetTable(*(np.concatenate([getattr(t, f.name) for t in tables]) for f in fields(t0)))


t0 = OnsetTable(*(np.empty(0, np.int64) for _ in range(4)))


def columns(table: OnsetTable) -> Ints:
    return np.stack([table.day, table.person, table.number, table.condition]).astype(np.int64)


def expected_onsets(residents: Residents) -> Floats:
    """Onsets in a year by resident and condition, by the table of rates, shape (n, conditions)."""
    rates = class_rates(P)[risk_class(residents)]
    return residents.frailty[:, None].astype(np.float64) * rates


def test_rates_meet_the_table_by_condition_and_age(residents: Residents, year: OnsetTable) -> None:
    band = np.searchsorted(AGE_BANDS, residents.age, side="right") - 1
    n = len(Condition)
    found = np.bincount(band[year.person] * n + year.condition, minlength=8 * n).reshape(8, n)
    rates = expected_onsets(residents)
    expected = np.stack([rates[band == b].sum(axis=0) for b in range(8)])
    assert (np.abs(found - expected) <= 4 * np.sqrt(expected)).all()


def test_rates_meet_the_table_in_all(residents: Residents, year: OnsetTable) -> None:
    expected = expected_onsets(residents).sum()
    assert abs(len(year.day) - expected) < 4 * np.sqrt(expected)


def test_rates_meet_the_table_by_what_residents_have(
    residents: Residents, year: OnsetTable
) -> None:
    of_class = risk_class(residents)
    found = np.bincount(of_class[year.person], minlength=64)
    expected = np.bincount(of_class, expected_onsets(residents).sum(axis=1), minlength=64)
    assert (np.abs(found - expected) <= 4 * np.sqrt(expected)).all()


def test_nobody_gets_what_they_cannot_have(residents: Residents, year: OnsetTable) -> None:
    who, condition = year.person, year.condition
    vascular = residents.hypertension | residents.diabetes
    assert residents.female[who[condition == Condition.MATERNITY]].all()
    assert vascular[who[condition == Condition.HYPERTENSION_DIABETES]].all()
    assert residents.other_chronic[who[condition == Condition.OTHER_CHRONIC]].all()
    band = np.searchsorted(AGE_BANDS, residents.age, side="right") - 1
    assert (P.incidence[condition, band[who]] > 0).all()


def test_vascular_disease_multiplies_the_risk_of_heart_attack_and_stroke() -> None:
    rates = class_rates(P).reshape(8, 2, 2, 2, len(Condition))
    acute = rates[..., Condition.ACUTE_CORONARY_STROKE]
    assert np.allclose(acute[:, :, 1], acute[:, :, 0] * P.vascular_risk)


def test_a_season_moves_onsets_within_the_year_and_adds_none(
    residents: Residents, year: OnsetTable
) -> None:
    angle = 2 * np.pi * (np.arange(YEAR) - illness.PEAK_DAY) / YEAR
    yearly = expected_onsets(residents).sum(axis=0)
    for condition, amplitude in enumerate(SEASONAL.season):
        day = (1 + amplitude * np.cos(angle)) / YEAR
        assert day.sum() == pytest.approx(1)
        found = np.bincount(year.day[year.condition == condition], minlength=YEAR)
        for part in np.array_split(np.arange(YEAR), 6):
            expected = yearly[condition] * day[part].sum()
            assert abs(found[part].sum() - expected) <= 4 * np.sqrt(expected)


def test_the_season_goes_by_the_calendar_not_by_the_run(residents: Residents) -> None:
    july = date(2023, 7, 1).timetuple().tm_yday - 1
    days, p = 31, replace(P, season=np.full(len(Condition), 0.6))
    summer, winter = (
        sum(len(onsets.on(day).day) for day in range(days))
        for onsets in (Onsets(SEED, residents, p, july), Onsets(SEED, residents, p, 0))
    )
    season = 1 + 0.6 * np.cos(2 * np.pi * (np.arange(YEAR) - illness.PEAK_DAY) / YEAR)
    ratio = season[july : july + days].sum() / season[:days].sum()
    assert abs(summer - winter * ratio) < 4 * np.sqrt(winter * ratio * (1 + ratio))


def test_counts_of_equally_frail_residents_are_poisson(residents: Residents) -> None:
    equal = replace(
        residents,
        age=np.full(N, 40, np.int8),
        female=np.zeros(N, np.bool_),
        hypertension=np.zeros(N, np.bool_),
        diabetes=np.zeros(N, np.bool_),
        other_chronic=np.zeros(N, np.bool_),
        frailty=np.ones(N, np.float32),
    )
    count = np.bincount(drawn(equal, SEASONAL).person, minlength=N)
    mean = class_rates(P)[risk_class(equal)[0]].sum()
    assert abs(count.mean() - mean) < 4 * np.sqrt(mean / N)
    spread = np.sqrt((mean + 2 * mean**2) / N)  # of the variance of a Poisson sample
    assert abs(count.var() - mean) < 4 * spread


def test_who_is_twice_as_frail_falls_ill_twice_as_often(residents: Residents) -> None:
    frailer = replace(residents, frailty=residents.frailty * np.float32(2))
    once, twice = len(drawn(residents, P, 90).day), len(drawn(frailer, P, 90).day)
    assert abs(twice - 2 * once) < 4 * np.sqrt(twice + 4 * once)


@pytest.mark.parametrize("block", [1, 7, 500])
def test_onsets_do_not_depend_on_how_far_ahead_they_are_drawn(
    block: int, residents: Residents, year: OnsetTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(illness, "BLOCK_DAY", block)
    some = drawn(residents, SEASONAL, 60)
    assert (columns(some) == columns(year)[:, year.day < 60]).all()


def test_onsets_do_not_depend_on_who_else_lives_there(
    residents: Residents, year: OnsetTable
) -> None:
    few = Residents(**{f.name: getattr(residents, f.name)[..., :500] for f in fields(Residents)})
    mine = columns(year)[:, year.person < 500]
    assert (columns(drawn(few, SEASONAL)) == mine).all()


def test_another_risk_does_not_move_a_residents_neighbours(
    residents: Residents, year: OnsetTable
) -> None:
    frailty = residents.frailty.copy()
    frailty[1000] *= 3
    moved = columns(drawn(replace(residents, frailty=frailty), SEASONAL))
    before = columns(year)
    assert (moved[:, moved[1] != 1000] == before[:, before[1] != 1000]).all()


def test_onsets_come_in_order_and_each_has_its_own_number(year: OnsetTable) -> None:
    table = columns(year)
    order = np.lexsort((table[2], table[1], table[0]))
    assert (order == np.arange(table.shape[1])).all()
    assert len(np.unique(table[1:3], axis=1).T) == table.shape[1]


def test_severity_is_logit_normal_about_the_median_of_its_group() -> None:
    n = 20_000
    who = np.arange(n, dtype=np.int32)
    for condition in Condition:
        severity, emergency = draw_severity(
            SEED, who, np.zeros(n, np.int32), np.full(n, condition, np.int8), P
        )
        assert severity.dtype == np.float32
        assert ((severity > 0) & (severity < 1)).all()
        centre, spread = logit(P.severity_median[condition]), P.severity_spread[condition]
        level = (logit(severity.astype(np.float64)) - centre) / spread
        assert kstest(level, norm.cdf).pvalue > 1e-4
        p = P.emergency[condition]
        assert abs(emergency.mean() - p) <= 4 * np.sqrt(p * (1 - p) / n)


levels = st.floats(2**-24, 1 - 2**-24, width=32).map(lambda u: np.array([u], np.float32))


@given(st.floats(1, 400), levels)
@settings(max_examples=200)
def test_follow_ups_fall_due_half_to_one_and_a_half_intervals_on(
    interval: float, level: np.ndarray
) -> None:
    gap = follow_up_gap(interval, level)[0]
    assert gap >= 1
    assert interval * 0.5 - 0.51 <= gap <= interval * 1.5 + 0.51


@given(st.floats(1, 90), levels)
def test_what_is_agreed_lies_at_least_a_day_ahead(mean: float, level: np.ndarray) -> None:
    assert delay(mean, level)[0] >= 1
