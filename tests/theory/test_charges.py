"""Charges and lengths of stay against the means that they are drawn about, and what moves them."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kstest, norm

from model.care.admission import (
    AdmissionParameters,
    acceptance_probability,
    advice_probability,
    draw_stay,
)
from model.care.charges import (
    ChargeParameters,
    draw_charge,
    stay_mean,
    stay_service,
    to_fen,
    visit_mean,
    visit_service,
)
from model.care.treatment import TreatmentParameters, stay_success, visit_success
from model.parameters import shipped_parameters
from model.randomness import Purpose, uniforms
from model.terms import Condition, Scheme, Service, Tier

N = 100_000
CHARGES = shipped_parameters().bind(ChargeParameters, "charges")
ADMISSION = shipped_parameters().bind(AdmissionParameters, "admission")
TREATMENT = shipped_parameters().bind(TreatmentParameters, "treatment")
shares = st.floats(0, 1, width=32)


@pytest.mark.parametrize("spread", [0.0, 0.3, 0.6, 1.0])
def test_charges_are_lognormal_about_their_mean(spread: float) -> None:
    luck = uniforms(1, Purpose.CHARGE, np.arange(N), keep=1)[0]
    mean = 250.0
    charge = draw_charge(np.full(N, mean), spread, luck) / 100
    error = mean * np.sqrt(np.expm1(spread**2) / N) + 0.01
    assert abs(charge.mean() - mean) < 4 * error
    if spread:
        level = (np.log(charge / mean) + spread**2 / 2) / spread
        assert kstest(level, norm.cdf).pvalue > 1e-4


@given(st.integers(0, 10**9))
def test_fen_are_whole_and_nearest(fen: int) -> None:
    assert to_fen(np.array([fen / 100])).tolist() == [fen]


@pytest.mark.parametrize("tier", [Tier.CENTRE, Tier.SECONDARY, Tier.TERTIARY])
def test_stays_last_about_their_mean(tier: Tier) -> None:
    """Rounding to whole days moves the mean of a long stay by next to nothing."""
    luck = uniforms(1, Purpose.STAY, np.arange(N), keep=1)[0]
    long = replace(ADMISSION, stay_day=np.full(len(Condition), 40.0), stay_tier=np.ones(3))
    days = draw_stay(np.zeros(N, np.int8), np.full(N, tier, np.int8), luck, long)
    spread = 40 * np.sqrt(np.expm1(ADMISSION.stay_spread**2) / N)
    assert abs(days.mean() - 40) < 4 * spread
    assert days.min() >= 1


@given(st.sampled_from(list(Condition)), shares, shares, st.sampled_from(list(Scheme)))
def test_the_severe_cost_more(
    condition: Condition, one: float, other: float, scheme: Scheme
) -> None:
    severity = np.sort(np.array([one, other]))
    both = np.full(2, condition, np.int8), severity, np.full(2, 0.5), np.full(2, scheme, np.int8)
    for mean in (visit_mean(CHARGES, *both), stay_mean(CHARGES, *both)):
        assert mean.shape == (len(Tier), 2)
        assert (mean[:, 0] <= mean[:, 1]).all()
    assert (stay_mean(CHARGES, *both)[Tier.CLINIC] == 0).all()


def test_births_are_settled_as_births_and_chronic_visits_as_chronic() -> None:
    condition = np.array(list(Condition), np.int8)
    maternity = condition == Condition.MATERNITY
    chronic = np.isin(condition, (Condition.OTHER_CHRONIC, Condition.HYPERTENSION_DIABETES))
    assert ((visit_service(condition) == Service.CHRONIC) == chronic).all()
    assert ((visit_service(condition) == Service.MATERNITY) == maternity).all()
    assert ((stay_service(condition) == Service.MATERNITY) == maternity).all()
    assert ((stay_service(condition) == Service.INPATIENT) == ~maternity).all()


@given(shares, shares, shares, st.floats(0, 3), st.floats(0, 3))
def test_beyond_scope_and_crowded_succeed_less(
    one: float, other: float, scope: float, load: float, more: float
) -> None:
    severity = np.sort(np.float32([one, other]))
    reach = np.full(2, scope)
    quiet = visit_success(severity, reach, np.full(2, load), TREATMENT)
    busy = visit_success(severity, reach, np.full(2, load + more), TREATMENT)
    for chance in (quiet, stay_success(severity, reach, ADMISSION.ward_success, TREATMENT)):
        assert chance[1] <= chance[0]
        assert ((chance > 0) & (chance <= 1)).all()
    assert (busy <= quiet).all()


@given(st.sampled_from(list(Condition)), shares, shares, st.floats(0, 1), st.floats(0, 8))
def test_advice_and_acceptance_answer_to_severity_beds_and_price(
    condition: Condition, one: float, other: float, free: float, price: float
) -> None:
    severity = np.sort(np.float32([one, other]))
    group = np.full(2, condition, np.int8)
    few = advice_probability(group, severity, np.full(2, free / 2), ADMISSION)
    many = advice_probability(group, severity, np.full(2, free), ADMISSION)
    cheap = acceptance_probability(severity, np.zeros(2), ADMISSION)
    dear = acceptance_probability(severity, np.full(2, price), ADMISSION)
    assert (few <= many).all()
    assert (dear <= cheap).all()
    for chance in (few, many, cheap, dear):
        assert chance[0] <= chance[1]
        assert ((chance > 0) & (chance < 1)).all()
