"""Patients, beds and money are conserved on every day of a run in which everything is scarce."""

from copy import deepcopy
from dataclasses import dataclass, fields

import numpy as np
import pytest

from model.care import beds
from model.care.queue import whole_patients
from model.encounters import Encounters, Kind
from model.parameters import shipped_parameters
from model.scenario import make_scenario
from model.simulation import TieredCareModel
from model.state import Calendar
from model.terms import Ints, Scheme, Tier

RESIDENTS, WARM_UP, DAYS = 5_000, 15, 60
FUNDS = ("hifp_pay", "cvlserv_pay", "hifes_pay", "hifmi_pay", "hifob_pay", "maf_pay", "oth_pay")


def ranged(prefix: str, share: float) -> dict[str, float]:
    """All parameters below a path, each at this share of its range."""
    found = {
        path: leaf.low + share * (leaf.high - leaf.low)
        for path, leaf in shipped_parameters().items()
        if path.startswith(prefix)
    }
    assert found
    return found


SCARCE = {
    **ranged("queue.capacity.", 0),
    **ranged("choice.seek_constant.", 0.7),
    **ranged("admission.advice.", 0.55),
    **ranged("admission.stay_day.", 0.4),
    **ranged("queue.give_up", 0.15),
    **ranged("queue.ask_again", 0.6),
    **ranged("admission.bed_patience_day", 0.05),
    **ranged("referral.back_chronic", 1),
    **ranged("online.agreed", 0.6),
}


def rows_of(calendar: Calendar) -> Ints:
    """All rows of a calendar, which stays as it is."""
    copy, rows, day = deepcopy(calendar), [np.empty(0, np.int64)], 0
    while len(copy):
        rows.append(copy.take(day))
        day += 1
    return np.concatenate(rows)


@dataclass(frozen=True)
class Night:
    """What stands at midnight after a day."""

    day: int
    open: Ints  # rows
    open_spells: Ints  # identities
    n_spells: int  # so far
    closed_spells: Ints  # identities
    deciding_later: Ints
    online_later: Ints
    waiting: Ints
    line: Ints  # those waiting, by facility
    waiting_bed: Ints
    in_stay: Ints
    sent: Ints  # by row: the facility to which its patient was referred, -1 for none
    lying: Ints  # residents in a bed
    stays_at: Ints  # their facilities
    admitted: Ints  # residents whose stay began
    discharged: Ints
    beds: Ints
    beds_taken: Ints
    seen: Ints  # residents
    visits: Ints  # by facility
    encounters: list[Encounters]


def night(model: TieredCareModel) -> Night:
    world, today = model.world, model.today
    episodes = world.episodes
    in_stay = rows_of(world.stays)
    return Night(
        day=today.day,
        open=np.flatnonzero(episodes.open),
        open_spells=episodes.identity[episodes.open & ~episodes.follow_up].copy(),
        n_spells=world.n_spells,
        closed_spells=np.concatenate([part.episode for part in today.closed]),
        deciding_later=rows_of(world.decisions),
        online_later=rows_of(world.online),
        waiting=world.waiting.copy(),
        line=np.bincount(episodes.facility[world.waiting], minlength=len(world.state.beds)),
        waiting_bed=world.waiting_bed.copy(),
        in_stay=in_stay,
        sent=episodes.target.copy(),
        lying=episodes.person[in_stay].copy(),
        stays_at=episodes.facility[in_stay].copy(),
        admitted=episodes.person[today.admitted].copy(),
        discharged=today.discharged.person.copy(),
        beds=world.state.beds.copy(),
        beds_taken=world.state.beds_taken.copy(),
        seen=today.visits.person.copy(),
        visits=np.bincount(today.visits.facility, minlength=len(world.state.beds)),
        encounters=today.encounters,
    )


@pytest.fixture(scope="module")
def run() -> tuple[TieredCareModel, list[Night]]:
    model = TieredCareModel(
        make_scenario(residents=RESIDENTS, warm_up=WARM_UP, days=DAYS, seed=5, overrides=SCARCE)
    )
    nights: list[Night] = []
    model.run(lambda model: nights.append(night(model)))
    return model, nights


@pytest.fixture(scope="module")
def model(run: tuple[TieredCareModel, list[Night]]) -> TieredCareModel:
    return run[0]


@pytest.fixture(scope="module")
def nights(run: tuple[TieredCareModel, list[Night]]) -> list[Night]:
    return run[1]


@pytest.fixture(scope="module")
def rows(nights: list[Night]) -> list[tuple[int, Encounters]]:
    """Every encounter table of the run with its day."""
    return [(night.day, table) for night in nights for table in night.encounters]


def test_the_run_is_as_scarce_as_it_should_be(nights: list[Night]) -> None:
    assert len(nights) == WARM_UP + DAYS
    assert sum(len(night.waiting) > 0 for night in nights) > DAYS / 2
    assert sum(len(night.waiting_bed) > 0 for night in nights) > DAYS / 2
    full = [
        night for night in nights if ((night.beds > 0) & (night.beds_taken == night.beds)).any()
    ]
    assert len(full) > DAYS / 2


def test_every_chronic_patient_has_one_next_follow_up_a_kind(model: TieredCareModel) -> None:
    residents = model.world.residents
    vascular = np.flatnonzero(residents.hypertension | residents.diabetes)
    other = np.flatnonzero(residents.other_chronic) + len(residents)
    entered = np.sort(rows_of(model.world.follow_ups))
    assert entered.tolist() == np.concatenate((vascular, other)).tolist()


def test_every_open_episode_is_in_exactly_one_place(nights: list[Night]) -> None:
    for night in nights:
        waiting = night.waiting, night.waiting_bed
        places = (night.deciding_later, night.online_later, *waiting, night.in_stay)
        assert np.sort(np.concatenate(places)).tolist() == night.open.tolist()


def test_nobody_on_the_way_to_a_bed_or_in_one_is_sent_elsewhere(nights: list[Night]) -> None:
    for night in nights:
        assert (night.sent[np.concatenate((night.waiting_bed, night.in_stay))] == -1).all()


def test_spells_opened_are_spells_closed_and_spells_open(nights: list[Night]) -> None:
    closed: list[int] = []
    for night in nights:
        closed += night.closed_spells.tolist()
        known = sorted(closed + night.open_spells.tolist())
        assert known == list(range(night.n_spells))


def test_beds_taken_are_stays_running_and_no_more_than_there_are(nights: list[Night]) -> None:
    for night in nights:
        lying = np.bincount(night.stays_at, minlength=len(night.beds))
        assert (lying == night.beds_taken).all()
        assert (night.beds_taken <= night.beds).all()


def test_nobody_lies_in_two_beds(nights: list[Night]) -> None:
    for night in nights:
        assert len(np.unique(night.lying)) == len(night.lying)


def test_who_waits_for_two_beds_gets_one_and_the_other_after_leaving_it() -> None:
    world = TieredCareModel(make_scenario(residents=2_000, warm_up=0, days=1)).world
    wards = np.flatnonzero(world.state.beds > 0)[:2]
    rows = world.episodes.add(2, person=7, key=np.array([128, 256]), emergency=True)
    beds.ask_bed(world, rows, wards, 0)
    first = beds.admit(world, 0)
    assert len(first) == 1
    leaves = int(world.memory.in_bed_until[7])
    assert len(beds.admit(world, leaves - 1)) == 0
    beds.discharge(world, leaves)
    assert {*first.tolist(), *beds.admit(world, leaves).tolist()} == set(rows.tolist())
    assert world.state.beds_taken.sum() == 1


def test_stays_begun_are_stays_ended_and_stays_running(nights: list[Night]) -> None:
    begun = ended = 0
    for night in nights:
        begun += len(night.admitted)
        ended += len(night.discharged)
        assert begun == ended + len(night.in_stay)


def test_a_stay_lasts_as_long_as_it_was_billed(
    rows: list[tuple[int, Encounters]], nights: list[Night]
) -> None:
    leaves = {
        (person, day + stay)
        for day, table in rows
        if table.kind == Kind.STAY
        for person, stay in zip(table.person.tolist(), table.stay_day.tolist(), strict=True)
    }
    left = {(person, night.day) for night in nights for person in night.discharged.tolist()}
    assert left == {(person, day) for person, day in leaves if day < WARM_UP + DAYS}


def test_nobody_is_seen_while_in_a_bed(nights: list[Night]) -> None:
    lying: set[int] = set()
    for night in nights:
        assert not (lying - set(night.discharged.tolist())) & set(night.seen.tolist())
        lying = set(night.lying.tolist())


def test_no_facility_sees_more_than_it_can_nor_rests_while_somebody_waits(
    model: TieredCareModel, nights: list[Night]
) -> None:
    capacity = model.world.facility.capacity
    left = np.zeros(len(capacity))
    for night in nights:
        places = whole_patients(capacity, left)
        assert (night.visits <= places).all()
        waits = night.line > 0
        assert (night.visits[waits] == places[waits]).all()


def test_every_bill_is_paid_to_the_fen(rows: list[tuple[int, Encounters]]) -> None:
    assert {table.kind for _, table in rows if len(table)} == set(Kind)
    for _, table in rows:
        bill = table.bill
        assert (bill.medfee_sumamt > 0).all()
        paid = bill.fund_pay_sumamt + bill.acct_pay + bill.acct_mulaid_pay + bill.psn_cash_pay
        assert (bill.medfee_sumamt == paid).all()
        assert (bill.fund_pay_sumamt == sum(getattr(bill, name) for name in FUNDS)).all()
        parts = bill.fulamt_ownpay_amt + bill.overlmt_selfpay + bill.preselfpay_amt
        assert (bill.medfee_sumamt == parts + bill.inscp_scp_amt).all()
        for column in fields(bill):
            assert (getattr(bill, column.name) >= 0).all()


def test_no_fund_pays_for_what_is_not_claimed(rows: list[tuple[int, Encounters]]) -> None:
    for _, table in rows:
        assert (table.bill.fund_pay_sumamt[~table.claimed] == 0).all()
        assert not table.claimed[table.scheme == Scheme.NONE].any()


def test_every_visit_is_billed_once_and_every_stay(nights: list[Night]) -> None:
    for night in nights:
        of_kind = {table.kind: table for table in night.encounters}
        assert set(of_kind) == set(Kind)
        assert sorted(of_kind[Kind.VISIT].person) == sorted(night.seen)
        assert sorted(of_kind[Kind.STAY].person) == sorted(night.admitted)


def total(rows: list[tuple[int, Encounters]], column: str, first_day: int = 0) -> int:
    return sum(int(getattr(table.bill, column).sum()) for day, table in rows if day >= first_day)


def test_the_days_of_the_tally_add_up_to_the_encounters(
    model: TieredCareModel, rows: list[tuple[int, Encounters]], nights: list[Night]
) -> None:
    for name, column in (
        ("charge", "medfee_sumamt"),
        ("fund", "fund_pay_sumamt"),
        ("cash", "psn_cash_pay"),
    ):
        daily = np.zeros((WARM_UP + DAYS, len(Tier)))
        for day, table in rows:
            if table.kind != Kind.PURCHASE:  # the pharmacy is no facility of a tier
                np.add.at(daily[day], table.tier, getattr(table.bill, column))
        assert (model.tally.daily[name] == daily).all()
    for name, count in (("visits", "seen"), ("admissions", "admitted")):
        counted = [len(getattr(night, count)) for night in nights]
        assert model.tally.daily[name].sum(axis=1).tolist() == counted


def test_the_sums_by_group_add_up_to_the_encounters_of_the_counted_days(
    model: TieredCareModel, rows: list[tuple[int, Encounters]]
) -> None:
    for name, column in (
        ("charge", "medfee_sumamt"),
        ("fund", "fund_pay_sumamt"),
        ("cash", "psn_cash_pay"),
        ("own_pay", "fulamt_ownpay_amt"),
    ):
        assert model.tally.sums[name].sum() == total(rows, column, WARM_UP)
    assert model.world.memory.out_of_pocket.sum() == total(rows, "psn_cash_pay", WARM_UP)
    n = sum(len(t) for day, t in rows if t.kind == Kind.VISIT and day >= WARM_UP)
    assert model.tally.sums["visits"].sum() == n
    assert model.tally.facility["visits"].sum() == n
    assert model.tally.flows.sum() == n


def test_what_the_funds_spend_is_what_the_bills_of_their_members_show(
    model: TieredCareModel, rows: list[tuple[int, Encounters]]
) -> None:
    here = model.world.residents.insured_here
    members = {
        column: sum(
            int(getattr(t.bill, column)[here[t.person]].sum()) for day, t in rows if day >= WARM_UP
        )
        for column in (*FUNDS, "acct_pay", "acct_mulaid_pay", "fund_pay_sumamt")
    }
    spent = {name: table.sum() for name, table in model.tally.funds.items()}
    assert spent["ebmi_pool"] + spent["rbmi"] == members["hifp_pay"]
    assert spent["critical_illness"] == members["hifmi_pay"]
    assert spent["catastrophic_subsidy"] == members["hifob_pay"]
    assert spent["assistance"] == members["maf_pay"]
    assert spent["ebmi_account"] == members["acct_pay"] + members["acct_mulaid_pay"]
    pools = ("ebmi_pool", "rbmi", "critical_illness", "catastrophic_subsidy", "assistance")
    assert sum(spent[name] for name in pools) == members["fund_pay_sumamt"]


def test_accounts_hold_what_flowed_in_and_was_not_spent(
    model: TieredCareModel, rows: list[tuple[int, Encounters]]
) -> None:
    """Every member's inflow is known, so each balance is, and none is overdrawn."""
    world = model.world
    spent = np.zeros(len(world.residents), np.int64)
    for _, table in rows:
        np.add.at(spent, table.person, table.bill.acct_pay)
    inflow = world.year.account + spent
    assert (world.year.account >= 0).all()
    members = np.isin(world.residents.scheme, (Scheme.EBMI_ACTIVE, Scheme.EBMI_RETIRED))
    assert (inflow[~members] == 0).all()
    for scheme in (Scheme.EBMI_ACTIVE, Scheme.EBMI_RETIRED):
        assert len(np.unique(inflow[world.residents.scheme == scheme])) == 1
