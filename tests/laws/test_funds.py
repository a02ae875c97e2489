"""The funds' books: to the fen, month by month, and what they count against the bills."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.results import measured
from experiments.tables import fund_table, ledger, member_table
from model.encounters import Kind
from model.insurance.funds import (
    ACCOUNT,
    ASSISTANCE,
    CRITICAL,
    FUNDS,
    POOL,
    RESIDENTS,
    FundParameters,
    Members,
    MonthRoll,
    keep_ledger,
)
from model.parameters import shipped_parameters
from model.scenario import make_scenario
from model.simulation import TieredCareModel
from model.terms import Scheme

P = shipped_parameters().bind(FundParameters, "funds")
MONTHS = ["2023-11", "2023-12", "2024-01"]
MANY = {"population.insured_elsewhere": 0.2} | {
    f"population.assistance.{residence}": share
    for residence, share in (("urban", 0.06), ("rural", 0.2))
}  # members elsewhere, persons entitled
MONEY = st.integers(0, 10**12)
EMPLOYEES = (Scheme.EBMI_ACTIVE, Scheme.EBMI_RETIRED)


class Lived:
    """Days around a new year, with every bill that they brought."""

    def __init__(self):
        plan = make_scenario(region="brook", warm_up=0, days=75, start="2023-11-01", set=MANY)
        self.model = TieredCareModel(plan)
        self.bills = np.zeros(len(FUNDS), np.int64)
        self.stays, self.stay_help = [0, 0], [0, 0]  # assisted, of others and of members
        self.model.run(self.collect)

    def collect(self, model):
        here = model.world.residents.insured_here
        for table in model.today.encounters:
            bill, employee = table.bill, np.isin(table.scheme, EMPLOYEES)
            members = here[table.person]
            for row, paid in enumerate(
                (
                    bill.hifp_pay * employee,
                    bill.acct_pay + bill.acct_mulaid_pay,
                    bill.hifp_pay * (table.scheme == Scheme.RBMI),
                    bill.hifmi_pay,
                    bill.hifob_pay,
                    bill.maf_pay,
                )
            ):
                self.bills[row] += paid[members].sum()
            if table.kind == Kind.STAY:
                for member in (False, True):
                    helped = table.bill.maf_pay[members == member]
                    self.stays[member] += np.count_nonzero(helped)
                    self.stay_help[member] += helped.sum()


@pytest.fixture(scope="module")
def lived():
    return Lived()


@pytest.fixture(scope="module")
def books(lived):
    return ledger(lived.model)


def fen(table, name):
    return np.rint(table[f"{name}_cny"].to_numpy() * 100).astype(np.int64)


def test_every_month_of_the_file_balances_to_the_fen(lived, books):
    table = fund_table(lived.model)
    for row, fund in enumerate(FUNDS):
        of = table.filter(pl.col("fund") == fund)
        assert of["month"].to_list() == MONTHS
        standing = books.opening[row]
        flows = ("income", "transfer_in", "transfer_out", "spending", "balance")
        for gained, received, passed, spent, balance in zip(
            *(fen(of, name) for name in flows), strict=True
        ):
            standing += gained + received - passed - spent
            assert standing == balance
        assert standing == books.closing[row]


def test_what_one_fund_passes_another_receives(books):
    received, passed = books.flows.transfer_in, books.flows.transfer_out
    assert (received.sum(axis=0) == passed.sum(axis=0)).all()
    assert (received[CRITICAL] == passed[RESIDENTS]).all()
    assert (received[RESIDENTS] == passed[ASSISTANCE]).all()
    assert (received[ACCOUNT] == passed[POOL]).all()
    assert (received[[CRITICAL, RESIDENTS, ACCOUNT]].sum(axis=1) > 0).all()


def test_funds_spend_what_the_bills_of_members_say(lived, books):
    spent = books.flows.spending.sum(axis=1)
    spent[POOL] -= books.allowance.sum()
    assert (lived.bills[[POOL, ACCOUNT, RESIDENTS, ASSISTANCE]] > 0).all()
    assert (spent == lived.bills).all()


def test_the_accounts_of_members_hold_what_the_books_say(lived, books):
    """From the opening balance on, and nobody's is full or borrowed from."""
    residents = lived.model.world.residents
    here = residents.insured_here
    opening = round(lived.model.in_force["funds.opening.ebmi_account"].value * 100)
    opened = opening * int((here & (residents.scheme <= Scheme.EBMI_RETIRED)).sum())
    held = int(lived.model.world.year.account[here].astype(np.int64).sum())
    assert held == opened + books.gained[ACCOUNT] - books.paid[ACCOUNT]


def test_members_are_counted_apart_from_residents(lived, books):
    residents = lived.model.world.residents
    here, scheme = residents.insured_here, residents.scheme
    assert books.members.active == (here & (scheme == Scheme.EBMI_ACTIVE)).sum()
    assert books.members.active < (scheme == Scheme.EBMI_ACTIVE).sum()
    assert books.members.residents == (here & (scheme == Scheme.RBMI)).sum()
    table = member_table(lived.model)
    assert table["residents"].sum() == len(residents)
    assert table["members"].sum() == here.sum()
    assert table["entitled"].sum() == books.members.entitled > 0


def test_payments_by_age_are_those_of_the_books(lived):
    table = member_table(lived.model)
    for row, fund in enumerate(FUNDS):
        assert fen(table, fund).sum() == lived.bills[row]
        schemes = set(table.filter(pl.col(f"{fund}_cny") > 0)["scheme"])
        assert schemes <= ({"RBMI"} if row in (RESIDENTS, CRITICAL, ASSISTANCE) else set(
            ["EBMI_ACTIVE", "EBMI_RETIRED"]
        ))  # fmt: skip
    assert sum(lived.stays) > 0
    assert table["stays_assisted"].sum() == lived.stays[True]
    assert fen(table, "stay_assistance").sum() == lived.stay_help[True]
    assert table.filter((pl.col("members") == 0) & (pl.sum_horizontal(
        [f"{fund}_cny" for fund in FUNDS]) > 0)).is_empty()  # fmt: skip


def test_indicators_are_the_books(lived, books):
    found = {name: one.value for name, one in measured(lived.model).items()}
    assert books.months == tuple(MONTHS)
    months, years = 12 * 75 / 365, 75 / 365
    for row, fund in enumerate(FUNDS):
        gained, paid, closing = books.gained[row], books.paid[row], books.closing[row]
        assert found[f"fund_income_{fund}_cny"] == gained / 100
        assert found[f"fund_spending_{fund}_cny"] == paid / 100
        assert found[f"fund_balance_{fund}_cny"] == closing / 100
        reserve = closing / (paid / months) if paid else None
        assert found[f"reserve_months_{fund}"] == pytest.approx(reserve)
    # 30 + 31 days at the premium and subsidy of 2023, 14 days at those of 2024
    yearly = (61 * (412 + 686) + 14 * (432 + 716)) / 75
    assert found["rbmi_income_per_member"] == pytest.approx(yearly)
    employees = books.members.active + books.members.retired
    contributions = 0.06 * 105_770 * books.members.active * years
    passed = books.flows.transfer_out[POOL].sum() / 100
    each = (contributions - passed) / employees / years
    assert found["ebmi_pool_income_per_member"] == pytest.approx(each)
    bills = lived.bills[[RESIDENTS, CRITICAL]].sum() / 100
    assert found["rbmi_spend_per_member"] == pytest.approx(bills / books.members.residents / years)


def test_contributions_premiums_and_grants_of_a_year():
    """Of 10 active, 5 retired, 100 in the residents' scheme, 8 of whom are entitled."""
    books = kept(["2023-06"], [365], Members(10, 5, 100, 8))
    income, received = books.flows.income[:, 0], books.flows.transfer_in[:, 0]
    assert income[POOL] == 10 * 105_770 * 6  # fen: 6 % of the base
    assert income[RESIDENTS] == 100 * (100 * (412 + 686) - 8 * 250)
    assert received[RESIDENTS] == 100 * 8 * 250
    assert income[CRITICAL] == 0
    assert received[CRITICAL] == 100 * 100 * 90
    assert income[ASSISTANCE] == 100 * 8 * 930
    assert books.allowance[0] == books.flows.spending[POOL, 0] == 100 * 10 * 347
    assert books.opening.tolist() == [
        *(100 * 15 * 5767, 100 * 15 * 3697, 100 * 100 * 782, 0, 100 * 15 * 100, 0)
    ]


def test_premiums_and_subsidies_are_those_of_the_calendar_year():
    books = kept(["2023-12", "2024-01", "2025-01"], [31, 31, 31], Members(0, 0, 1000, 0))
    yearly = np.array([412 + 686, 432 + 716, 432 + 746])
    expected = yearly * 1000 * 100 * 31 / 365
    assert books.flows.income[RESIDENTS] == pytest.approx(expected, abs=1.5)


def test_premiums_above_the_standard_enter_the_residents_fund_alone():
    members = Members(40, 20, 600, 30)
    flat, dearer = (kept(["2023-01"], [365], members, premium=m).flows for m in (1.0, 1.5))
    more = dearer.income - flat.income
    assert more[RESIDENTS, 0] == 100 * 600 * 412 // 2
    assert np.count_nonzero(more) == 1
    for part in ("transfer_in", "transfer_out", "spending"):
        assert (getattr(dearer, part) == getattr(flat, part)).all()


def test_a_sample_stands_for_the_whole_population():
    whole = kept(MONTHS, [30, 31, 14], Members(40, 20, 600, 30), bills=4000, credited=900)
    sample = kept(
        MONTHS, [30, 31, 14], Members(10, 5, 150, 7.5), bills=1000, credited=225, sample=0.25
    )
    assert sample.members == whole.members
    assert (sample.balance == whole.balance).all()


def standing(members):
    return np.array([members.of(fund) * P.opening[fund] for fund in range(len(FUNDS))])


def kept(months, days, members, bills=0, credited=0, sample=1.0, premium=1.0):
    n = len(months)
    return keep_ledger(
        months,
        np.array(days),
        standing(members),
        [MonthRoll(members, premium, P)] * n,
        np.full((len(FUNDS), n), bills),
        np.full(n, 2 * credited),
        np.full(n, credited),
        sample,
    )


@given(
    days=st.lists(st.integers(0, 31), min_size=3, max_size=3),
    counts=st.lists(st.integers(0, 10**6), min_size=4, max_size=4),
    bills=st.lists(MONEY, min_size=18, max_size=18),
    active=st.lists(MONEY, min_size=3, max_size=3),
    retired=st.lists(MONEY, min_size=3, max_size=3),
    sample=st.floats(0.01, 1),
)
def test_no_fen_is_lost(days, counts, bills, active, retired, sample):
    bills = np.array(bills, dtype=np.float64).reshape(len(FUNDS), 3)
    to_active, to_retired = np.array(active, np.float64), np.array(retired, np.float64)
    members = Members(*(float(n) for n in counts))
    rolls = [MonthRoll(members, 1.0, P)] * 3
    credited = to_active + to_retired
    books = keep_ledger(
        MONTHS, np.array(days), standing(members), rolls, bills, credited, to_retired, sample
    )
    flows = books.flows
    assert all(part.dtype == np.int64 for part in (*flows, books.opening, books.balance))
    assert (flows.transfer_in.sum(axis=0) == flows.transfer_out.sum(axis=0)).all()
    assert (books.balance[:, -1] == books.closing).all()
    for row in range(len(FUNDS)):
        change = [int(part[row].sum()) for part in flows]
        assert books.closing[row] == books.opening[row] + change[0] + change[1] - sum(change[2:])
    # running sums are rounded, so that no period is off by more than half a fen
    spent = flows.spending.sum(axis=1)
    spent[POOL] -= books.allowance.sum()
    assert spent == pytest.approx(bills.sum(axis=1) / sample, rel=1e-12, abs=0.51)
    if sum(days):
        yearly = members.residents * 90 / sample * 100
        if sum(days[:2]) == sum(days):
            expected = yearly * sum(days) / 365
            assert flows.transfer_in[CRITICAL].sum() == pytest.approx(expected, abs=0.51)
