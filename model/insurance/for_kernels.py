"""Rules and years so far, laid out as the compiled kernels of settlement take them."""

from functools import lru_cache

import numpy as np

from model.insurance.bills import Bills, benefit_of
from model.insurance.layers import Line
from model.insurance.rules import Rules
from model.insurance.tables import Tables
from model.insurance.year import FULL, MOST_STAYS, YearToDate
from model.kernels import bills as kernel
from model.kernels.bills import Counters, Flat, Member
from model.terms import Area, Bools, Bytes, Ints


@lru_cache(maxsize=64)  # a page of thirty, each with rules of its own
def flat(tables: Tables) -> Flat:
    """The tables of rules, a cell of all kinds of bills on one line of memory."""
    columns = (
        tables.own_share,
        tables.prior_share,
        tables.deductible,
        tables.yearly,
        tables.rate,
        tables.cap,
        tables.critical_from,
        tables.waives.astype(np.int64),
    )
    cells = np.stack(columns, axis=1)
    return Flat(
        cells=cells,
        later=tables.later_deductible,
        drug_benefit=tables.has_drug_benefit,
        start=tables.start,
        mark=tables.mark,
        width=tables.width,
        band_share=tables.band_share,
        limit=tables.limit,
        assistance_share=tables.assistance_share,
        assistance_limit=int(tables.assistance_limit),
        account_pays=tables.account_pays,
        mutual_aid=bool(tables.mutual_aid),
        amounts=cells.astype(np.float64),
    )


def members(scheme: Bytes, assistance: Bools | Bytes, contract: Bools, year: YearToDate) -> Ints:
    """Members and their years so far, shape (n, Member)."""
    columns = {
        Member.SCHEME: scheme,
        Member.ASSISTANCE: assistance,
        Member.CONTRACT: contract,
        Member.DEDUCTIBLE_OUTPATIENT: year.deductible_outpatient,
        Member.DEDUCTIBLE_INPATIENT: year.deductible_inpatient,
        Member.STAYS: year.stays,
        Member.FUND_OUTPATIENT: year.fund_outpatient,
        Member.FUND_DRUGS: year.fund_drugs,
        Member.FUND_POOL: year.fund_pool,
        Member.BURDEN: year.burden,
        Member.ASSISTED: year.assistance,
        Member.ACCOUNT: year.account,
    }
    table = np.empty((len(scheme), len(Member)), np.int64)
    for column, values in columns.items():
        table[:, column] = values
    return table


def settle_lines(rules: Rules, bills: Bills, year: YearToDate) -> Ints:
    """The twin of `settlement.settle`: lines of each bill, shape (Line, n)."""
    lines = np.empty((len(Line), len(bills)), np.int64)
    member, benefit, tier, area, exempt, claimed = _columns(rules, bills, year)
    relatives = np.zeros(len(bills), np.int64)
    if bills.family_account is not None:
        relatives[:] = bills.family_account
    kernel.settle(
        flat(rules.tables),
        member,
        bills.charge,
        bills.service.astype(np.int8),
        benefit,
        tier,
        area,
        exempt,
        claimed,
        relatives,
        lines,
    )
    return lines


def expected_cash(rules: Rules, bills: Bills, year: YearToDate) -> Ints:
    """The twin of `settlement.expected_cash`."""
    burden = np.empty(len(bills), np.int64)
    member, benefit, tier, area, exempt, claimed = _columns(rules, bills, year)
    kernel.own_money(
        flat(rules.tables), member, bills.charge, benefit, tier, area, exempt, claimed, burden
    )
    return burden


def settle_in_turn(rules: Rules, bills: Bills, year: YearToDate, rows: Ints) -> Ints:
    """The twin of `settlement.settle_in_turn`: lines of each bill, shape (Line, n)."""
    lines = np.empty((len(Line), len(bills)), np.int64)
    contract, benefit, tier, area, exempt, claimed = _kinds(rules, bills)
    kernel.settle_in_turn(
        flat(rules.tables),
        rows,
        bills.scheme,
        bills.assistance.astype(np.int8),
        contract,
        bills.charge,
        bills.service.astype(np.int8),
        benefit,
        tier,
        area,
        exempt,
        claimed,
        rules.critical_counts,
        FULL,
        MOST_STAYS,
        np.empty((1, len(Member)), np.int64),
        lines,
        counters(year),
    )
    return lines


def counters(year: YearToDate) -> Counters:
    """The years of all residents, as they are."""
    return Counters(*(getattr(year, name) for name in Counters._fields))


def _columns(
    rules: Rules, bills: Bills, year: YearToDate
) -> tuple[Ints, Bytes, Bytes, Bytes, Bools, Bools]:
    """Member, benefit, tier, area, exempt, claimed of each bill, contiguous."""
    contract, benefit, tier, area, exempt, claimed = _kinds(rules, bills)
    member = members(bills.scheme, bills.assistance, contract, year)
    return member, benefit, tier, area, exempt, claimed


def _kinds(rules: Rules, bills: Bills) -> tuple[Bools, Bytes, Bytes, Bytes, Bools, Bools]:
    """Contract, benefit, tier, area, exempt, claimed of each bill, contiguous."""
    return (
        np.zeros(len(bills), np.bool_) if bills.contract is None else bills.contract,
        np.ascontiguousarray(benefit_of(rules.has_drug_benefit, bills), np.int8),
        np.ascontiguousarray(bills.tier, np.int8),
        np.ascontiguousarray(bills.area, np.int8),
        bills.referred | bills.emergency | (bills.filed & (bills.area == Area.AWAY)),
        np.ascontiguousarray(bills.claimed),
    )
