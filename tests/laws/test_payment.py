"""What pools pay providers: every form's closed form, conservation, and who gains by what."""

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.insurance import payment
from model.insurance.incentives import Incentives, incentives
from model.insurance.payment import (
    FORMS,
    Claims,
    Heads,
    Lever,
    PaymentParameters,
    Providers,
    clear,
)
from model.parameters import shipped_parameters
from model.terms import Area, Floats, Service, Tier

P = shipped_parameters().bind(PaymentParameters, "payment")
POOLS = len(payment.POOLS)
MEMBERS = np.array([1e4, 2e4])  # member-years
RATIOS = ("intensity_visit", "intensity_stay", "refer_up", "refer_out", "send_down", "coding")
LOGITS = ("admission", "simple", "keep_in")
seeds = st.integers(0, 2**16)


def some(name: str, seed: int, n: int) -> Floats:
    """Whole amounts that look drawn, without a generator."""
    steps = np.arange(n * POOLS).reshape(n, POOLS) + 1
    return np.floor(1e7 * ((steps * (seed + len(name)) * 0.6180339887) % 1)) + 1


def providers(n: int) -> Providers:
    area = np.arange(n) % 4  # two in the county, one in the pool, one away
    return Providers(
        tier=(1 + np.arange(n) % 3).astype(np.int8),
        pooled=area != 3,
        consortium=np.where(area < 2, 0, -1),
        home=np.zeros(1, np.int64),
        leads=("county",),
        services=np.ones((1, len(Service)), np.bool_),
    )


def everyone(c: Claims) -> Heads:
    """One consortium for all members and all care."""
    return Heads(MEMBERS[None], np.ones((1, POOLS)), c.claimed.sum(axis=0)[None])


def claims(seed: int, n: int = 8) -> Claims:
    """Visits and stays; what a pool pays is a part of the charge."""
    charge, visits = some("stay", seed, n), some("visits", seed, n)
    weight = charge / 1e6
    return Claims(
        claimed=np.floor(0.6 * charge) + np.floor(0.4 * visits),
        charge=charge + visits,
        standard=1.1 * charge + 0.9 * visits,
        stay_claimed=np.floor(0.6 * charge),
        stay_charge=charge,
        stay_standard=1.1 * charge,
        weight=weight,
        recorded=weight,
    )


def under(form: Lever | None, share: float = 1.0, **changes: float) -> PaymentParameters:
    """Parameters with one form in force, or fee for service alone."""
    mix = np.zeros(len(Lever))
    if form is not None:
        mix[form] = share
    return replace(P, **{"in_force": mix, **changes})


def paid(claimed: Claims, p: PaymentParameters) -> Floats:
    return clear(claimed, providers(len(claimed.claimed)), everyone(claimed), p)


def test_at_the_forms_of_the_baseline_providers_do_what_they_did() -> None:
    neutral = incentives(P)
    for name in RATIOS:
        assert (getattr(neutral, name) == 1).all()
    for name in LOGITS:
        assert (getattr(neutral, name) == 0).all()
    assert set(RATIOS + LOGITS) == {field.name for field in fields(Incentives)}


def test_what_is_in_force_at_first_is_the_baseline() -> None:
    assert (P.in_force == P.baseline).all()
    assert P.budget == 1
    assert P.in_force[list(FORMS)].sum() <= 1


@given(st.lists(st.floats(0, 1), min_size=7, max_size=7))
def test_forms_share_what_there_is(mix: list[float]) -> None:
    level = payment.levels_in_force(replace(P, in_force=np.array(mix)))
    forms = list(FORMS)
    assert level[forms].sum() <= 1 + 1e-12
    assert (level <= np.array(mix)).all()
    assert (level[len(forms) :] == mix[len(forms) :]).all()
    if sum(mix[: len(forms)]) <= 1:
        assert (level == mix).all()


def test_a_form_that_grows_takes_the_place_of_the_others() -> None:
    """DRG to 70 % leaves 30 % to the other forms' 54 %: each keeps 5 parts of 9."""
    mix = np.array(P.baseline)
    mix[list(FORMS)] = 0.7, 0.26, 0.20, 0.08
    level = payment.levels_in_force(replace(P, in_force=mix))
    wanted = 0.7, 0.26 * 5 / 9, 0.20 * 5 / 9, 0.08 * 5 / 9
    assert level[list(FORMS)] == pytest.approx(wanted)


@pytest.mark.parametrize("lever", list(Lever))
def test_an_effect_is_its_parameter_times_what_has_changed(lever: Lever) -> None:
    base = np.full(len(Lever), 0.1)
    more = base.copy()
    more[lever] = 0.6
    moved = incentives(replace(P, baseline=base, in_force=more))
    here = moved.admission[Area.COUNTY]
    assert here == pytest.approx(0.5 * P.admission[lever])
    assert moved.coding[Area.COUNTY] == pytest.approx(1 + 0.5 * P.coding[lever])
    part = 1 + 0.5 * P.intensity_stay[lever] * P.intensity_part
    assert moved.intensity_stay[:, Area.COUNTY] == pytest.approx(np.maximum(part, 0))


def test_a_pool_does_not_reach_beyond_it_nor_a_consortium_beyond_the_county() -> None:
    for lever in Lever:
        alone = np.zeros(len(Lever))
        alone[lever] = 1
        moved = incentives(replace(P, baseline=np.zeros(len(Lever)), in_force=alone))
        assert moved.admission[Area.AWAY] == 0
        assert (moved.intensity_stay[:, Area.AWAY] == 1).all()
        reached = moved.admission[Area.POOL] != 0
        assert reached == (lever != Lever.CAPITATION and P.admission[lever] != 0)


@given(seeds)
def test_fee_for_service_pays_what_is_claimed(seed: int) -> None:
    assert (paid(claims(seed), under(None)) == claims(seed).claimed).all()


@given(seeds, st.sampled_from(FORMS), st.floats(0, 1))
def test_a_form_of_some_share_pays_that_share_of_its_difference(
    seed: int, form: Lever, share: float
) -> None:
    some_claims = claims(seed)
    whole = paid(some_claims, under(form)) - some_claims.claimed
    part = paid(some_claims, under(form, share)) - some_claims.claimed
    assert np.allclose(part, share * whole, atol=2.1)  # fen, of two roundings


@given(seeds, st.lists(st.floats(0, 1), min_size=7, max_size=7))
def test_every_provider_outside_the_pool_is_paid_as_claimed(seed: int, mix: list[float]) -> None:
    some_claims = claims(seed)
    got = paid(some_claims, replace(P, in_force=np.array(mix)))
    away = ~providers(8).pooled
    assert np.allclose(got[away], some_claims.claimed[away], atol=1.1)
    assert (got == np.floor(got)).all()


@given(seeds)
def test_drg_pays_rate_times_weight_less_what_patients_paid(seed: int) -> None:
    """In sum what standard charges would leave to the pool, whatever hospitals charged."""
    c, who = claims(seed), providers(8)
    got = payment.pay_drg(c, who, everyone(c), under(Lever.DRG))
    stays = got - (c.claimed - c.stay_claimed)
    pooled = who.pooled
    patients = (c.stay_charge - c.stay_claimed)[pooled].sum(axis=0)
    assert stays[pooled].sum(axis=0) == pytest.approx(
        c.stay_standard[pooled].sum(axis=0) - patients
    )
    rate = payment.case_rates(c, who, 0.0)
    for tier in (Tier.CENTRE, Tier.SECONDARY, Tier.TERTIARY):
        of = (who.tier == tier) & pooled
        mean = c.stay_standard[of].sum(axis=0) / c.weight[of].sum(axis=0)
        assert rate[of] == pytest.approx(np.tile(mean, (of.sum(), 1)))


@given(seeds, st.floats(0, 1))
def test_one_price_for_one_disease_moves_money_between_tiers_and_adds_none(
    seed: int, same: float
) -> None:
    c, who = claims(seed), providers(8)
    apart, alike = (payment.case_rates(c, who, s) * c.weight for s in (0.0, same))
    assert alike.sum(axis=0) == pytest.approx(apart.sum(axis=0))
    one = payment.case_rates(c, who, 1.0)[who.pooled]
    assert one == pytest.approx(np.tile(one[0], (len(one), 1)))


def test_a_drg_hospital_keeps_what_it_saves_and_fee_for_service_takes_it() -> None:
    """A charge lower by 1,000 at the same case: the patient's part falls, the rate stays."""
    c = claims(3)
    lower = np.zeros_like(c.charge)
    lower[0, 0] = 1_000
    cheap = replace(
        c,
        charge=c.charge - lower,
        stay_charge=c.stay_charge - lower,
        claimed=c.claimed - 0.6 * lower,
        stay_claimed=c.stay_claimed - 0.6 * lower,
    )
    for form, gain in ((None, -600), (Lever.DRG, 400)):
        revenue = [paid(x, under(form))[0, 0] + (x.charge - x.claimed)[0, 0] for x in (c, cheap)]
        fund = [paid(x, under(form))[0, 0] for x in (c, cheap)]
        assert fund[1] - fund[0] == pytest.approx(gain)
        assert revenue[1] - revenue[0] == pytest.approx(-1_000 if form is None else 0)


def test_coding_up_pays_under_drg_and_moves_money_alone_under_dip() -> None:
    c = claims(5)
    recorded = c.recorded.copy()
    recorded[0] *= 1.2
    coded = replace(c, recorded=recorded)
    for form in (Lever.DRG, Lever.DIP):
        before, after = (paid(x, under(form)) for x in (c, coded))
        assert (after[0] > before[0]).all()
        added = after.sum(axis=0) - before.sum(axis=0)
        assert (added > 0).all() if form == Lever.DRG else (added == 0).all()
    everyone = replace(c, recorded=1.2 * c.recorded)
    assert paid(everyone, under(Lever.DIP)) == pytest.approx(paid(c, under(Lever.DIP)), abs=1.1)


@given(seeds, st.floats(0.5, 1.5))
def test_the_value_of_points_floats_so_that_the_budget_is_paid_out(seed: int, level: float) -> None:
    c, who = claims(seed), providers(8)
    p = under(Lever.DIP, budget=level)
    visits = c.claimed - c.stay_claimed
    away = c.stay_claimed[~who.pooled].sum(axis=0)
    stays = (paid(c, p) - visits).sum(axis=0) - away
    assert (np.abs(stays - payment.stay_budget(c, who, p)) <= 0.51).all()  # half a fen
    claimed, charge, standard = (
        x[who.pooled].sum(axis=0) for x in (c.stay_claimed, c.stay_charge, c.stay_standard)
    )
    budget = payment.stay_budget(c, who, p)
    assert budget == pytest.approx(level * claimed * standard / charge)


@given(seeds, st.floats(0, 1), st.floats(0, 1), st.floats(0.5, 1.5))
def test_a_global_budget_shares_surplus_and_overrun(
    seed: int, retained: float, borne: float, level: float
) -> None:
    c, who = claims(seed), providers(8)
    p = under(Lever.GLOBAL_BUDGET, retained=retained, overrun_borne=borne, budget=level)
    got = payment.pay_budget(c, who, everyone(c), p)
    budget = level * c.claimed * c.standard / c.charge
    kept = np.where(budget > c.claimed, retained, borne) * (budget - c.claimed)
    assert got[who.pooled] == pytest.approx((c.claimed + kept)[who.pooled])


@given(seeds)
def test_the_surplus_of_capitation_is_budget_less_own_care_less_care_outside(
    seed: int,
) -> None:
    """Where surplus and overrun are the consortium's, the pool pays its budget and no more."""
    c, who = claims(seed), providers(8)
    p = under(Lever.CAPITATION, retained=1.0, overrun_borne=1.0)
    budget = P.per_head * 100 * MEMBERS
    mine = who.consortium == 0
    own, outside = (c.claimed[of].sum(axis=0) for of in (mine, ~mine))
    got = payment.pay_capitation(c, who, everyone(c), p)
    assert got.sum(axis=0) == pytest.approx(budget)
    assert got[~mine] == pytest.approx(c.claimed[~mine])
    surplus = (got - c.claimed)[mine].sum(axis=0)
    assert surplus == pytest.approx(budget - own - outside)
    assert payment.capitation_surplus(everyone(c), p)[0] == pytest.approx(surplus)


def test_care_outside_the_county_is_the_consortiums_loss() -> None:
    c, who = claims(7), providers(8)
    p = under(Lever.CAPITATION, retained=1.0, overrun_borne=1.0)
    moved = c.claimed.copy()
    moved[0] -= 500
    moved[3] += 500  # from the county to the hospital away
    gone = replace(c, claimed=moved)
    county = [
        payment.pay_capitation(x, who, everyone(x), p)[who.consortium == 0].sum(axis=0)
        for x in (c, gone)
    ]
    assert county[1] - county[0] == pytest.approx(-500)


@given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=50))
def test_whole_fen_keep_the_sum_to_half_a_fen(amounts: list[float]) -> None:
    whole = payment.whole_fen(np.array(amounts)[:, None])
    assert (whole == np.floor(whole)).all()
    assert abs(whole.sum() - np.sum(amounts)) <= 0.51
    assert (np.abs(whole[:, 0] - amounts) <= 1.01).all()


def test_where_nothing_is_claimed_nothing_is_paid() -> None:
    zero = np.zeros((8, POOLS))
    nothing = Claims(*(zero for _ in fields(Claims)))
    for form in (Lever.DRG, Lever.DIP, Lever.GLOBAL_BUDGET, Lever.CAPITATION):
        assert (paid(nothing, under(form)) == 0).all()
