"""Parts of a charge: they add up, and a price moves the charge by its share."""

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.care.parts import (
    DRUGS,
    Basket,
    Levels,
    Part,
    PartParameters,
    basket,
    charge_levels,
)
from model.encounters import Kind
from model.insurance.incentives import incentives
from model.insurance.payment import PaymentParameters
from model.parameters import shipped_parameters
from model.terms import Area, Condition, Tier

PARTS = shipped_parameters().bind(PartParameters, "parts")
PAYMENT = shipped_parameters().bind(PaymentParameters, "payment")
NEUTRAL = incentives(PAYMENT)
SHARES = {Basket.VISIT: PARTS.visit, Basket.CHRONIC_VISIT: PARTS.chronic_visit}
SHAPE = len(Basket), len(Tier), len(Area)


def levels(**changes: np.ndarray) -> Levels:
    return charge_levels(replace(PARTS, **changes), NEUTRAL)


def with_price(name: str, part: Part, price: float) -> dict[str, np.ndarray]:
    table = np.array(getattr(PARTS, name))
    table[part] = price
    return {name: table}


@pytest.mark.parametrize("name", ["visit", "chronic_visit", "stay", "purchase"])
def test_parts_add_up_to_one(name: str) -> None:
    assert getattr(PARTS, name).sum(axis=0) == pytest.approx(1)


def test_nothing_has_moved_at_the_prices_and_payment_of_the_baseline() -> None:
    now = levels()
    for field in fields(Levels):
        assert getattr(now, field.name).shape == SHAPE
    assert (now.charge == 1).all()
    assert (now.standard == 1).all()


@given(st.sampled_from(list(Part)), st.floats(0.1, 5), st.sampled_from(list(SHARES)))
def test_a_price_moves_the_charge_of_a_visit_by_its_share(
    part: Part, price: float, visit: Basket
) -> None:
    moved = levels(**with_price("price_visit", part, price))
    wanted = 1 + SHARES[visit][part] * (price - 1)
    assert moved.charge[visit] == pytest.approx(np.tile(wanted[:, None], len(Area)))
    assert moved.standard[visit] == pytest.approx(moved.charge[visit])
    for other in (Basket.STAY, Basket.PURCHASE):
        assert (moved.charge[other] == 1).all()


@given(st.sampled_from(list(Part)), st.floats(0.1, 5))
def test_a_price_moves_the_charge_of_a_stay_by_its_share(part: Part, price: float) -> None:
    moved = levels(**with_price("price_stay", part, price))
    wanted = 1 + PARTS.stay[part] * (price - 1)
    hospital = moved.charge[Basket.STAY, Tier.CENTRE :]
    assert hospital == pytest.approx(np.tile(wanted[:, None], len(Area)))
    assert (moved.charge[[Basket.VISIT, Basket.CHRONIC_VISIT]] == 1).all()


def test_procurement_lowers_charge_and_drug_share() -> None:
    """A cut of 55 %, as of the drugs procured in 2024, of a part s of the charge: - 0.55 s."""
    cut = levels(
        **with_price("price_visit", Part.DRUGS_PROCURED, 0.45),
        **with_price("price_stay", Part.DRUGS_PROCURED, 0.45),
        price_purchase=np.array([0.45, 1.0]),
    )
    saved = 1 - cut.charge[:, :, Area.COUNTY]
    assert saved[Basket.VISIT] == pytest.approx(0.55 * PARTS.visit[Part.DRUGS_PROCURED])
    assert saved[Basket.PURCHASE] == pytest.approx(0.55 * PARTS.purchase[Part.DRUGS_PROCURED])
    drugs = PARTS.visit[DRUGS].sum(axis=0) - saved[Basket.VISIT]
    assert cut.drugs[Basket.VISIT, :, 0] == pytest.approx(drugs / (1 - saved[Basket.VISIT]))
    assert (cut.drugs <= levels().drugs).all()


def test_cheaper_drugs_cost_the_provider_less_and_a_higher_fee_costs_nothing_more() -> None:
    """What is bought in, over the charge of the baseline."""

    def cost(moved: Levels) -> np.ndarray:
        return moved.bought_in[Basket.VISIT, :, 0] * moved.charge[Basket.VISIT, :, 0]

    before = cost(levels())
    cheap = cost(levels(**with_price("price_visit", Part.DRUGS_PROCURED, 0.45)))
    dear = cost(levels(**with_price("price_visit", Part.LABOUR, 2.0)))
    spared = 0.55 * PARTS.visit[Part.DRUGS_PROCURED] * PARTS.bought_in[Part.DRUGS_PROCURED]
    assert before - cheap == pytest.approx(spared)
    assert dear == pytest.approx(before)


def test_shares_that_do_not_add_up_count_relative_to_their_sum() -> None:
    doubled = levels(visit=2 * PARTS.visit, **with_price("price_visit", Part.TESTS, 1.3))
    plain = levels(**with_price("price_visit", Part.TESTS, 1.3))
    assert doubled.charge == pytest.approx(plain.charge)


def test_baskets_follow_the_condition_of_a_visit() -> None:
    condition = np.array(list(Condition), np.int8)
    chronic = np.isin(condition, (Condition.OTHER_CHRONIC, Condition.HYPERTENSION_DIABETES))
    assert ((basket(Kind.VISIT, condition) == Basket.CHRONIC_VISIT) == chronic).all()
    assert ((basket(Kind.VISIT, condition) == Basket.VISIT) == ~chronic).all()
    assert (basket(Kind.STAY, condition) == Basket.STAY).all()
    assert (basket(Kind.PURCHASE, condition) == Basket.PURCHASE).all()
