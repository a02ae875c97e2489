"""Laws of settlement: money is conserved, layers keep their limits, better rules never hurt."""

import datetime
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.insurance import settlement
from model.insurance.benefits import NO_LIMIT, Benefit
from model.insurance.bills import benefit_of
from model.insurance.claim import Claim
from model.insurance.rulebook import read_rulebook, shipped_rulebooks
from model.insurance.rules import Rules
from model.insurance.settlement import Bills, Settlement, YearToDate, expected_cash, settle
from model.terms import Ints, Scheme, Tier

BOOKS = {name: read_rulebook(name).on(datetime.date(2023, 6, 1)) for name in shipped_rulebooks()}
rules_of_a_book = st.sampled_from(sorted(BOOKS)).map(BOOKS.__getitem__)
CHARGES = st.one_of(st.integers(0, 100_000), st.integers(0, 100_000_000))
FLAGS = ("referred", "emergency", "filed", "claimed", "hypertension_diabetes", "contract")
SOME_MONEY = st.one_of(st.just(0), st.integers(0, 30_000_000))
COLUMNS = Settlement.__slots__


@st.composite
def tables(draw: st.DrawFn, largest: int = 8) -> tuple[Bills, YearToDate]:
    n = draw(st.integers(1, largest))

    def column(values: st.SearchStrategy[Any], kind: type) -> Any:
        return np.array(draw(st.lists(values, min_size=n, max_size=n)), dtype=kind)

    codes = {"scheme": 3, "service": 4, "tier": 3, "area": 2, "assistance": 2}
    bills = Bills(
        charge=column(CHARGES, np.int64),
        family_account=column(st.integers(0, 200_000), np.int64),
        **{name: column(st.integers(0, most), np.int8) for name, most in codes.items()},
        **{name: column(st.booleans(), np.bool_) for name in FLAGS},
    )
    year = YearToDate.zeros(n)
    for name in YearToDate.__slots__:
        values = st.integers(0, 3) if name == "stays" else SOME_MONEY
        getattr(year, name)[:] = column(values, np.int64)
    return bills, year


def one_by_one(rules: Rules, bills: Bills, year: YearToDate) -> list[Settlement]:
    """All bills as those of one resident, in order."""
    settled = []
    for row in range(len(bills)):
        bill = bills.part(slice(row, row + 1))
        settled.append(settle(rules, bill, year))
        year.add(rules, np.array([0]), bill, settled[-1])
    return settled


def own_money(settled: Settlement) -> Ints:
    return settled.psn_cash_pay + settled.acct_pay + settled.acct_mulaid_pay


@given(rules_of_a_book, tables())
def test_every_bill_is_paid_to_the_fen(rules: Rules, table: tuple[Bills, YearToDate]) -> None:
    bills, year = table
    s = settle(rules, bills, year)
    assert (s.medfee_sumamt == bills.charge).all()
    parts = s.fulamt_ownpay_amt + s.overlmt_selfpay + s.preselfpay_amt + s.inscp_scp_amt
    assert (s.medfee_sumamt == parts).all()
    basic = s.hifp_pay + s.cvlserv_pay + s.hifes_pay
    funds = basic + s.hifmi_pay + s.hifob_pay + s.maf_pay + s.oth_pay
    assert (s.fund_pay_sumamt == funds).all()
    assert (s.medfee_sumamt == s.fund_pay_sumamt + own_money(s)).all()
    assert (s.act_pay_dedc <= s.inscp_scp_amt).all()
    for name in COLUMNS:
        column = getattr(s, name)
        assert column.dtype == np.int64
        assert (column >= 0).all(), name
        assert (column <= bills.charge).all(), name


@given(rules_of_a_book, tables())
def test_who_is_not_claimed_or_not_insured_has_no_fund(
    rules: Rules, table: tuple[Bills, YearToDate]
) -> None:
    bills, year = table
    s = settle(rules, bills, year)
    alone = ~bills.claimed | (bills.scheme == Scheme.NONE)
    assert (s.fund_pay_sumamt[alone] == 0).all()
    assert (s.act_pay_dedc[alone] == 0).all()


@given(rules_of_a_book, tables())
def test_expectation_is_the_bill(rules: Rules, table: tuple[Bills, YearToDate]) -> None:
    bills, year = table
    assert (expected_cash(rules, bills, year) == own_money(settle(rules, bills, year))).all()


@given(rules_of_a_book, tables())
def test_a_bill_settles_alike_alone_and_among_others(
    rules: Rules, table: tuple[Bills, YearToDate]
) -> None:
    bills, year = table
    together = settle(rules, bills, year)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settlement, "CHUNK", 1)
        alone = settle(rules, bills, year)
        expected = expected_cash(rules, bills, year)
    for name in COLUMNS:
        assert (getattr(together, name) == getattr(alone, name)).all(), name
    assert (expected == own_money(together)).all()


@given(rules_of_a_book, tables())
def test_settling_changes_neither_bills_nor_year(
    rules: Rules, table: tuple[Bills, YearToDate]
) -> None:
    bills, year = table
    before = [getattr(part, name).copy() for part in table for name in part.__slots__]
    settle(rules, bills, year)
    after = [getattr(part, name) for part in table for name in part.__slots__]
    assert all((old == new).all() for old, new in zip(before, after, strict=True))


@given(rules_of_a_book, tables(), st.floats(0, 0.3))
def test_a_better_rate_never_raises_the_patients_part(
    rules: Rules, table: tuple[Bills, YearToDate], points: float
) -> None:
    bills, year = table
    better = rules.replaced(rate=rules.rate + points)
    assert (expected_cash(better, bills, year) <= expected_cash(rules, bills, year)).all()


@given(rules_of_a_book, tables(), st.floats(0, 1))
def test_a_lower_deductible_never_raises_the_patients_part(
    rules: Rules, table: tuple[Bills, YearToDate], share: float
) -> None:
    bills, year = table
    better = rules.replaced(deductible=np.floor(rules.deductible * share))
    assert (expected_cash(better, bills, year) <= expected_cash(rules, bills, year)).all()


@given(rules_of_a_book, tables())
def test_a_referral_never_raises_the_patients_part(
    rules: Rules, table: tuple[Bills, YearToDate]
) -> None:
    bills, year = table
    before = expected_cash(rules, bills, year)
    bills.referred = np.ones(len(bills), dtype=bool)
    assert (expected_cash(rules, bills, year) <= before).all()


@given(rules_of_a_book, tables(), st.sampled_from(list(Scheme)))
def test_no_layer_pays_beyond_its_limit_in_a_year(
    rules: Rules, table: tuple[Bills, YearToDate], scheme: Scheme
) -> None:
    bills, _ = table
    bills.scheme[:] = scheme
    bills.assistance[:] = bills.assistance[0]
    year = YearToDate.zeros(1)
    year.account[:] = opening = 150_000
    paid = one_by_one(rules, bills, year)
    benefit = benefit_of(rules.has_drug_benefit, bills)
    basic = np.array([s.hifp_pay[0] for s in paid])
    for kind in (Benefit.OUTPATIENT, Benefit.HYPERTENSION_DIABETES):
        assert basic[benefit == kind].sum() <= rules.cap[scheme, kind]
    pooled = (benefit == Benefit.CHRONIC) | (benefit == Benefit.INPATIENT)
    pooled |= benefit == Benefit.MATERNITY
    assert basic[pooled].sum() <= rules.cap[scheme, Benefit.INPATIENT]
    assert sum(s.hifmi_pay[0] + s.hifob_pay[0] for s in paid) <= rules.critical_limit[scheme]
    assert sum(s.maf_pay[0] for s in paid) <= rules.assistance_limit
    assert sum(s.acct_pay[0] for s in paid) + year.account[0] == opening
    assert year.account[0] >= 0


THOUSANDS = st.lists(st.integers(1, 300), min_size=2, max_size=6)


def bills_of(charges: Ints, scheme: str, service: str, tier: str) -> Bills:
    n, no = len(charges), np.zeros(len(charges), dtype=bool)
    code = {
        name: np.full(n, word.index(value), dtype=np.int8)
        for name, value, word in (
            ("scheme", scheme, ["EBMI_ACTIVE", "EBMI_RETIRED", "RBMI", "NONE"]),
            ("service", service, ["outpatient", "chronic", "inpatient"]),
            ("tier", tier, ["clinic", "centre", "secondary", "tertiary"]),
            ("area", "county", ["county"]),
        )
    }
    return Bills(
        charge=charges,
        **code,
        referred=no,
        emergency=no,
        filed=no,
        claimed=~no,
        assistance=no,
        hypertension_diabetes=no,
    )


@pytest.mark.parametrize(
    ("book", "scheme", "service", "tier"),
    [
        ("national-2023", "EBMI_ACTIVE", "outpatient", "clinic"),
        ("national-2023", "RBMI", "outpatient", "centre"),
        ("beijing", "EBMI_RETIRED", "outpatient", "tertiary"),
        ("hainan", "RBMI", "inpatient", "tertiary"),
    ],
)
@given(thousands=THOUSANDS, data=st.data())
def test_the_order_of_bills_does_not_matter_under_yearly_rules(
    book: str, scheme: str, service: str, tier: str, thousands: list[int], data: st.DataObject
) -> None:
    """Yearly deductible, one rate, yearly caps: sums count (whole thousands avoid rounding)."""
    charges = np.array(thousands, dtype=np.int64) * 100_000
    order = np.array(data.draw(st.permutations(range(len(charges)))))
    totals = []
    for charge in (charges, charges[order]):
        bills = bills_of(charge, scheme, service, tier)
        paid = one_by_one(BOOKS[book], bills, YearToDate.zeros(1))
        totals.append([sum(int(getattr(s, name)[0]) for s in paid) for name in COLUMNS])
    assert totals[0] == totals[1]


def test_a_new_year_keeps_only_the_account() -> None:
    year = YearToDate.zeros(3)
    for name in YearToDate.__slots__:
        getattr(year, name)[:] = 7
    year.new_year()
    for name in YearToDate.__slots__:
        assert (getattr(year, name) == (7 if name == "account" else 0)).all()


def test_accounts_receive_what_the_law_says() -> None:
    """2 % of 102,000 CNY is 2,040 a year, 170 a month; retirees get 820 a year from the pool."""
    rules, year = BOOKS["national-2023"], YearToDate.zeros(4)
    inflow = [year.credit_accounts(rules, np.array([of]), of, 10_200_000) for of in Scheme]
    assert inflow == [17_000, 6_833, 0, 0]
    assert year.account.tolist() == [17_000, 6_833, 0, 0]
    year.debit_relatives(np.array([0]), np.array([2_000]))
    assert year.account.tolist() == [15_000, 6_833, 0, 0]


def test_counters_stop_before_they_overflow() -> None:
    rules, year = BOOKS["national-2023"], YearToDate.zeros(1)
    bills = bills_of(np.array([2_000_000_000]), "RBMI", "inpatient", "tertiary")
    for _ in range(3):
        year.add(rules, np.array([0]), bills, settle(rules, bills, year))
    assert year.burden[0] == 2_000_000_000
    assert rules.cap.max() <= NO_LIMIT


@pytest.mark.parametrize("cut", [0.0, 0.1, 0.4, 1.0])
def test_away_without_referral_the_larger_cut_counts(cut: float) -> None:
    shipped = BOOKS["national-2023"]
    gated = shipped.replaced(unreferred_cut=np.full_like(shipped.unreferred_cut, cut))
    unfiled = Claim("RBMI", "inpatient", "tertiary", charge=30_000, area="away")
    at = (Scheme.RBMI, Benefit.INPATIENT, Tier.TERTIARY)
    rate = max(shipped.rate[at] - max(cut, 0.2), 0.0)  # 20 points less unfiled
    done = settle(gated, unfiled.bills(), YearToDate.zeros(1))
    beyond = done.inscp_scp_amt - done.act_pay_dedc
    assert done.hifp_pay.tolist() == np.rint(beyond * rate).tolist()
    referred = replace(unfiled, referred=True).bills()
    before, after = (settle(rules, referred, YearToDate.zeros(1)) for rules in (shipped, gated))
    assert before.hifp_pay.tolist() == after.hifp_pay.tolist()


def test_a_reform_leaves_the_rules_that_it_changes_alone() -> None:
    rules = BOOKS["national-2023"]
    before = rules.rate.copy()
    reform = rules.replaced(rate=rules.rate * 0.5, unreferred_cut=rules.unreferred_cut + 2)
    assert (rules.rate == before).all()
    assert reform.unreferred_cut.max() == 1
    with pytest.raises(ValueError, match="read-only"):
        reform.rate[0] = 1
    with pytest.raises(ValueError, match="shape"):
        rules.replaced(rate=before[0])


def test_no_bills_no_settlement() -> None:
    rules, none = BOOKS["national-2023"], np.zeros(0, dtype=np.int64)
    bills = bills_of(none, "RBMI", "inpatient", "tertiary")
    assert len(settle(rules, bills, YearToDate.zeros(0))) == 0
    assert len(expected_cash(rules, bills, YearToDate.zeros(0))) == 0
