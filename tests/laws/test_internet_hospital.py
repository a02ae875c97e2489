"""The internet hospital: consultations by video have bills, take no place, and add to use."""

from pathlib import Path

import numpy as np
import pytest

from model.care import online
from model.encounters import Encounters, Kind
from model.scenario import make_scenario
from model.simulation import TieredCareModel
from model.terms import Scheme, Tier

POLICY = "telemedicine:scope=0,internet=0.5"
FREE = """title: {en: Nothing back, zh: 不报销}
question: {en: Who pays, zh: 谁付钱}
changes: [{path: rules.rate.*.*.tertiary, set: 0}]
"""


def run(policies: str = POLICY, days: int = 40, **changes: float) -> tuple[TieredCareModel, list]:
    """A run, and its encounters with their days."""
    plan = make_scenario(
        residents=6_000, days=days, warm_up=0, policies=policies or [], overrides=changes
    )
    model = TieredCareModel(plan)
    tables: list[tuple[int, Encounters]] = []
    model.run(lambda m: tables.extend((m.today.day, table) for table in m.today.encounters))
    return model, tables


@pytest.fixture(scope="module")
def made() -> tuple[TieredCareModel, list]:
    return run()


def held(tables: list) -> list[tuple[int, Encounters]]:
    return [(day, table) for day, table in tables if table.kind == Kind.ONLINE and len(table)]


def column(tables: list, name: str) -> np.ndarray:
    return np.concatenate([getattr(table, name) for _, table in tables])


def bill(tables: list, name: str) -> np.ndarray:
    return np.concatenate([getattr(table.bill, name) for _, table in tables])


def test_they_are_held_by_the_hospital_that_saw_the_patient_on_a_later_day(made) -> None:
    seen: dict[tuple[int, int], int] = {}
    n = 0
    for day, table in made[1]:
        if table.kind == Kind.VISIT:
            who = zip(table.person.tolist(), table.facility.tolist(), strict=True)
            seen |= {pair: min(seen.get(pair, day), day) for pair in who}
        if table.kind == Kind.ONLINE:
            n += len(table)
            assert (table.tier >= Tier.SECONDARY).all()
            for pair in zip(table.person.tolist(), table.facility.tolist(), strict=True):
                assert seen[pair] < day
    assert n > 300
    assert n == made[0].tally.sums["online"].sum()


def test_they_take_no_travel_no_wait_and_no_place(made) -> None:
    tables = held(made[1])
    for name in ("wait_day", "wait_min", "travel_min", "stay_day", "weight"):
        assert (column(tables, name) == 0).all()
    model = made[0]
    visits = sum(len(table) for _, table in made[1] if table.kind == Kind.VISIT)
    assert model.tally.sums["visits"].sum() == model.tally.facility["visits"].sum() == visits


def test_their_bills_are_settled_and_booked(made) -> None:
    """Fund, account and cash; what is claimed at a facility is what the pools pay."""
    tables = held(made[1])
    charge, fund = bill(tables, "medfee_sumamt"), bill(tables, "fund_pay_sumamt")
    own = sum(bill(tables, name) for name in ("acct_pay", "acct_mulaid_pay", "psn_cash_pay"))
    assert (charge > 0).all()
    assert (charge == fund + own).all()
    claimed, scheme = column(tables, "claimed"), column(tables, "scheme")
    assert (fund[~claimed] == 0).all()
    assert {Scheme.EBMI_ACTIVE, Scheme.RBMI} <= set(scheme[fund > 0].tolist())
    assert not claimed[scheme == Scheme.NONE].any()
    tally = made[0].tally
    claims = tally.accounts.claims["claimed"].sum(axis=1)
    assert claims.T.tolist() == [tally.funds[fund].tolist() for fund in ("ebmi_pool", "rbmi")]


def test_the_rate_is_that_of_the_hospitals_tier(made, tmp_path: Path) -> None:
    free = tmp_path / "free.yaml"
    free.write_text(FREE, encoding="utf-8")
    tables = held(run(f"{POLICY}+{free}")[1])
    tier, paid = column(tables, "tier"), bill(tables, "hifp_pay")
    assert (paid[tier == Tier.TERTIARY] == 0).all()
    assert paid[tier == Tier.SECONDARY].sum() > 0
    with_rate = held(made[1])
    assert bill(with_rate, "hifp_pay")[column(with_rate, "tier") == Tier.TERTIARY].sum() > 0


def test_a_charge_is_that_of_a_visit_times_the_parameter() -> None:
    """On the first days, before money moves anybody, the same draws at twice the ratio."""
    cheap, dear = (held(run(days=4, **{"online.charge": of})[1]) for of in (0.5, 1.0))
    assert column(cheap, "person").tolist() == column(dear, "person").tolist()
    charges = [bill(tables, "medfee_sumamt") for tables in (cheap, dear)]
    assert len(charges[0]) > 5
    assert (np.abs(charges[1] - 2 * charges[0]) <= 1).all()


def test_they_add_to_use_and_spare_nobody_a_visit(made) -> None:
    plain, _ = run("")
    sums, before = made[0].tally.sums, plain.tally.sums
    assert sums["visits"].sum() == pytest.approx(before["visits"].sum(), rel=0.02)
    for name in ("charge", "fund", "cash"):
        assert sums[name].sum() > before[name].sum()


def test_who_lies_in_a_bed_has_hers_after_the_stay(made) -> None:
    world = TieredCareModel(make_scenario(residents=2_000, warm_up=0, days=1)).world
    rows = world.episodes.add(2, person=np.array([3, 4]))
    world.memory.in_bed_until[4] = 9
    world.online.enter(rows, np.array([5, 5]))
    assert online.hold(world, 5).tolist() == rows[:1].tolist()
    assert online.hold(world, 9).tolist() == rows[1:].tolist()
    assert len(world.online) == 0
