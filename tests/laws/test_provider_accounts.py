"""Provider payment in whole runs: books that add up, and practice that answers to payment alone."""

from functools import cache

import numpy as np
import pytest

from experiments.tables import clearing_table, facility_table
from model.accounts import AccountParameters, costs
from model.care.prices import visit_prices
from model.care.spells import open_spells
from model.insurance.payment import POOLS
from model.parameters import shipped_parameters
from model.scenario import make_scenario
from model.simulation import TieredCareModel
from model.terms import Floats, Scheme, Tier

EFFECTS = ("intensity_visit", "intensity_stay", "intensity_part", "admission", "simple", "keep_in",
           "refer_up", "refer_out", "send_down", "coding")  # fmt: skip


@cache
def run(changes: tuple[tuple[str, float], ...] = ()) -> TieredCareModel:
    model = TieredCareModel(
        make_scenario(residents=3_000, warm_up=10, days=45, seed=4, overrides=dict(changes))
    )
    model.run()
    return model


def mix(**levers: float) -> tuple[tuple[str, float], ...]:
    """One form in force, and other levers as given; what is not named stands at the baseline."""
    none = {form: 0.0 for form in ("drg", "dip", "global_budget", "capitation")}
    return tuple((f"payment.in_force.{name}", x) for name, x in (none | levers).items())


def counts(model: TieredCareModel) -> dict[str, Floats]:
    return {**model.tally.sums, **model.tally.daily, **model.tally.spending()}


def test_how_much_providers_would_react_does_not_matter_at_the_baseline() -> None:
    leaves = shipped_parameters()
    extreme = {
        path: leaf.high
        for path, leaf in leaves.items()
        if path.startswith("payment.") and path.split(".")[1] in EFFECTS
    }
    assert len(extreme) > len(EFFECTS)
    plain, eager = counts(run()), counts(run(tuple(extreme.items())))
    assert plain.keys() == eager.keys()
    for name, values in plain.items():
        assert np.array_equal(values, eager[name]), name


def test_the_funds_spend_at_the_baseline_what_the_bills_show() -> None:
    tally = run().tally
    assert (tally.accounts.beyond_baseline() == 0).all()
    for fund, spent in tally.spending().items():
        assert np.array_equal(spent, tally.funds[fund])


def test_claims_that_are_cleared_are_those_that_the_pools_paid() -> None:
    """National pools pay no pharmacy, so every fen of theirs is claimed by a facility."""
    tally = run().tally
    claimed = tally.accounts.claims["claimed"].sum(axis=1)
    for column, fund in enumerate(POOLS):
        assert claimed[:, column].tolist() == tally.funds[fund].tolist()


@pytest.mark.parametrize("changes", [(), mix(capitation=1.0), mix(dip=1.0)])
def test_the_clearing_table_adds_up(changes: tuple[tuple[str, float], ...]) -> None:
    model = run(changes)
    table, facilities = clearing_table(model), facility_table(model)
    difference = (table["paid_cny"] - table["claimed_cny"]).round(2)
    assert (difference == table["difference_cny"]).all()
    assert set(table["fund"]) == set(POOLS)
    gained = facilities["revenue_cny"].sum() - facilities["charge_cny"].sum()
    assert gained == pytest.approx(table["difference_cny"].sum(), abs=1)
    left = (facilities["revenue_cny"] - facilities["cost_cny"]).round(2)
    assert (left == facilities["surplus_cny"]).all()
    beyond = model.tally.accounts.beyond_baseline().sum()
    assert (beyond == 0) == (not changes)


def test_a_bundled_budget_is_paid_out_by_heads() -> None:
    """Where the consortium bears every overrun, the pools pay per head and nothing else."""
    model = run((*mix(capitation=1.0), ("payment.overrun_borne", 1.0)))
    accounts = model.tally.accounts
    per_head = [shipped_parameters()[f"payment.per_head.{pool}"].value for pool in POOLS]
    residents = model.world.residents
    employee, resident = residents.scheme <= Scheme.EBMI_RETIRED, residents.scheme == Scheme.RBMI
    members = [(residents.insured_here & of).sum() for of in (employee, resident)]
    budget = np.array(per_head) * members * 45 / 365
    assert accounts.paid().sum(axis=(0, 1)) / 100 == pytest.approx(budget, abs=0.05)


def test_an_idle_provider_has_costs_and_goods_follow_the_volume() -> None:
    accounts = run().tally.accounts
    p = shipped_parameters().bind(AccountParameters, "accounts")
    days = np.full_like(accounts.bought_in, 365.0)
    idle = costs(accounts, 2 * days, 0 * days, p) - accounts.bought_in
    assert idle / 100 == pytest.approx(np.tile(2 * p.fixed_doctor[accounts.tier], (2, 1)))
    beds = costs(accounts, 0 * days, days, p) - accounts.bought_in
    clinics = accounts.tier == Tier.CLINIC
    assert (beds[:, clinics] == 0).all()
    assert (beds[:, ~clinics] > 0).all()
    charged = run().tally.facility["charge"]
    assert (accounts.bought_in <= charged).all()


def test_a_price_is_expected_and_billed_alike() -> None:
    """With every price of visits doubled, who pays all herself expects twice the sum, and bills
    are drawn about twice the charge of before.
    """
    doubled = tuple(
        (path, 2.0) for path in shipped_parameters() if path.startswith("parts.price_visit.")
    )
    expected = []
    for changes in ((), doubled):
        model = TieredCareModel(make_scenario(residents=3_000, seed=4, overrides=dict(changes)))
        world = model.world
        rows = open_spells(world, world.onsets.on(0))
        person = world.episodes.person[rows]
        alone = world.residents.scheme[person] == Scheme.NONE
        expected.append(visit_prices(world, rows, world.classes)[:, alone])
    assert expected[0].size > 0
    assert (np.abs(expected[1] - 2 * expected[0]) <= 1).all()
    claims = run(doubled).tally.accounts.claims
    ratio = claims["charge"].sum() / claims["standard"].sum()
    plain = run().tally.accounts.claims
    assert ratio == pytest.approx(1, abs=0.1)
    visits = [c["standard"].sum() - c["stay_standard"].sum() for c in (plain, claims)]
    assert visits[1] > 1.5 * visits[0]


def test_providers_answer_to_how_they_are_paid() -> None:
    """Paid by the case they use less and code more; a consortium keeps stays and sends down."""
    free, by_case, bundled = run(mix()), run(mix(drg=1.0)), run(mix(capitation=1.0))

    def claimed(model: TieredCareModel, above: str, below: str) -> float:
        sums = model.tally.accounts.claims
        return float(sums[above].sum() / sums[below].sum())

    assert claimed(by_case, "recorded", "weight") > claimed(free, "recorded", "weight")
    assert claimed(by_case, "stay_charge", "stay_standard") < claimed(
        free, "stay_charge", "stay_standard"
    )
    kept = [
        m.tally.sums["stays_county"].sum() / m.tally.sums["stays"].sum() for m in (free, bundled)
    ]
    assert kept[0] < kept[1]
    assert free.tally.sums["arrived_down"].sum() < bundled.tally.sums["arrived_down"].sum()
