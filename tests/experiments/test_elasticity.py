"""The price experiment: nothing but the price differs."""

import numpy as np

from experiments.elasticity import Held, price_elasticities
from model.scenario import Scenario
from model.simulation import TieredCareModel

VISITS, STAYS = "price_elasticity_visits", "price_elasticity_admissions"
PLAN = Scenario(residents=2000, days=30, warm_up=5)
INDIFFERENT = {
    "choice.seek_price": 0.0,
    "choice.b_price": 0.0,
    "admission.accept_price": 0.0,
    "admission.site_price": 0.0,
}


def test_who_does_not_mind_prices_has_no_elasticity():
    found = price_elasticities(PLAN.model_copy(update={"overrides": INDIFFERENT}))
    assert found == {VISITS: 0.0, STAYS: 0.0}


def test_dearer_visits_are_fewer():
    strong = {**INDIFFERENT, "choice.seek_price": 2.0}
    found = price_elasticities(PLAN.model_copy(update={"overrides": strong}))
    assert found[VISITS] < -0.1
    assert found[STAYS] == 0.0


def test_what_is_held_stays():
    model = TieredCareModel(PLAN)
    for _ in range(6):
        model.step()
    world = model.world
    held = Held.of(world, model.day)
    known = world.residents.trust.copy(), world.state.load.copy(), world.state.wait_day.copy()
    for _ in range(3):
        model.step()
        held.restore(world)
    after = world.residents.trust, world.state.load, world.state.wait_day
    assert all(np.array_equal(one, other) for one, other in zip(known, after, strict=True))
    assert np.array_equal(world.memory.prior_trust, world.residents.trust)


def test_an_elasticity_that_cannot_be_formed_is_none():
    nobody = {
        path: 0.0
        for path in TieredCareModel(PLAN).parameters
        if path.startswith("illness.incidence.")
    }
    plan = PLAN.model_copy(update={"overrides": nobody, "days": 1, "warm_up": 0})
    assert price_elasticities(plan)[STAYS] is None
