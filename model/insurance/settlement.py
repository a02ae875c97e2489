"""One settlement function, for the bill and for what a patient expects of it."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from model.insurance import layers
from model.insurance.bills import Bills, benefit_of
from model.insurance.layers import Line
from model.insurance.rules import Rules
from model.insurance.tables import Tables
from model.insurance.year import YearToDate
from model.kernels import fast
from model.terms import Bools, Ints, Scheme

__all__ = ["Bills", "Settlement", "YearToDate", "expected_cash", "settle", "settle_in_turn"]

CHUNK = 32_768  # bills; small enough for the cache, large enough to hide the cost of calls


@dataclass(slots=True)
class Settlement:
    """Who pays each bill, fen, shape (n,), by the names of the national settlement record.

    To the fen, in every row: `medfee_sumamt` = `fulamt_ownpay_amt` + `overlmt_selfpay` +
    `preselfpay_amt` + `inscp_scp_amt`; `fund_pay_sumamt` = `hifp_pay` + `cvlserv_pay` +
    `hifes_pay` + `hifmi_pay` + `hifob_pay` + `maf_pay` + `oth_pay`; `medfee_sumamt` =
    `fund_pay_sumamt` + `acct_pay` + `acct_mulaid_pay` + `psn_cash_pay`; `act_pay_dedc` <=
    `inscp_scp_amt`. The catalogue splits every charge, also one that no fund pays.
    """

    medfee_sumamt: Ints  # the charge
    fulamt_ownpay_amt: Ints  # outside the catalogue
    overlmt_selfpay: Ints  # above price limits; not modelled, zero
    preselfpay_amt: Ints  # prior payment for class B items
    inscp_scp_amt: Ints  # policy range
    act_pay_dedc: Ints  # deductible
    hifp_pay: Ints  # pooled fund of basic insurance
    cvlserv_pay: Ints  # civil servants' subsidy; not modelled, zero
    hifes_pay: Ints  # employers' supplement; not modelled, zero
    hifmi_pay: Ints  # critical illness insurance of residents
    hifob_pay: Ints  # catastrophic subsidy of employees
    maf_pay: Ints  # medical assistance
    oth_pay: Ints  # other funds; not modelled, zero
    fund_pay_sumamt: Ints
    acct_pay: Ints  # individual account
    acct_mulaid_pay: Ints  # relatives' accounts
    psn_cash_pay: Ints

    def __len__(self) -> int:
        return len(self.medfee_sumamt)


def settle(rules: Rules, bills: Bills, year: YearToDate) -> Settlement:
    """Settle bills of different residents, whose years so far are the rows of `year`.

    `year` is not changed: enter the result with `YearToDate.add`. `medfee_sumamt` is `charge`
    itself; columns that are not modelled are read-only zeros.
    """
    return _named(bills, _lines(rules, bills, year))


def settle_in_turn(rules: Rules, bills: Bills, year: YearToDate, rows: Ints) -> Settlement:
    """Settle the bills of residents `rows` and enter them into `year`.

    A resident may have several; each knows of those before it.
    """
    if fast(len(bills)):
        from model.insurance import for_kernels

        return _named(bills, for_kernels.settle_in_turn(rules, bills, year, rows))
    settled = settle(rules, bills, year.take(rows))
    first = _first_of(rows)
    year.add(rules, rows, bills, settled, first)
    later = np.flatnonzero(~first)
    if len(later):
        again = settle_in_turn(rules, _take(bills, later), year, rows[later])
        for column in fields(Settlement):
            amounts = getattr(settled, column.name)
            if amounts.flags.writeable:  # others are not modelled
                amounts[later] = getattr(again, column.name)
    return settled


def expected_cash(rules: Rules, bills: Bills, year: YearToDate) -> Ints:
    """What each bill would take from the patient's own money, fen, shape (n,), by the same code.

    Money of the individual account counts as the patient's own: what it pays today it cannot pay
    next month, and relatives may use it. So this is `medfee_sumamt` - `fund_pay_sumamt`.
    """
    if fast(len(bills)):
        from model.insurance import for_kernels

        return for_kernels.expected_cash(rules, bills, year)
    burden = np.empty(len(bills), dtype=np.int64)
    lines = np.empty((len(Line), min(CHUNK, len(bills))), dtype=np.int64)
    for part in _parts(len(bills)):
        some, out = bills.part(part), lines[:, : part.stop - part.start]
        _pay_funds(rules.tables, some, year.take(part), out)
        np.subtract(some.charge, out[Line.FUND], out=burden[part])
    return burden


def _named(bills: Bills, lines: Ints) -> Settlement:
    zero = np.broadcast_to(np.int64(0), (len(bills),))
    residents = bills.scheme == Scheme.RBMI
    critical = lines[Line.CRITICAL]
    return Settlement(
        medfee_sumamt=bills.charge,
        fulamt_ownpay_amt=lines[Line.OWN],
        overlmt_selfpay=zero,
        preselfpay_amt=lines[Line.PRIOR],
        inscp_scp_amt=lines[Line.SCOPE],
        act_pay_dedc=lines[Line.DEDUCTIBLE],
        hifp_pay=lines[Line.BASIC],
        cvlserv_pay=zero,
        hifes_pay=zero,
        hifmi_pay=critical * residents,
        hifob_pay=critical * ~residents,
        maf_pay=lines[Line.ASSISTANCE],
        oth_pay=zero,
        fund_pay_sumamt=lines[Line.FUND],
        acct_pay=lines[Line.ACCOUNT],
        acct_mulaid_pay=lines[Line.FAMILY],
        psn_cash_pay=lines[Line.CASH],
    )


def _lines(rules: Rules, bills: Bills, year: YearToDate) -> Ints:
    """The lines of each bill, shape (Line, n)."""
    if fast(len(bills)):
        from model.insurance import for_kernels

        return for_kernels.settle_lines(rules, bills, year)
    lines = np.zeros((len(Line), len(bills)), dtype=np.int64)
    for part in _parts(len(bills)):
        some, so_far, out = bills.part(part), year.take(part), lines[:, part]
        _pay_funds(rules.tables, some, so_far, out)
        layers.pay_accounts(rules.tables, some, so_far, out)
    return lines


def _pay_funds(tables: Tables, bills: Bills, year: YearToDate, out: Ints) -> None:
    benefit = benefit_of(tables.has_drug_benefit, bills)
    cell = layers.locate(bills, benefit)
    layers.split_by_catalogue(tables, bills.charge, cell, out)
    layers.deduct(tables, bills, year, benefit, cell, out)
    layers.pay_basic(tables, year, benefit, cell, out)
    out[Line.FUND] = out[Line.BASIC]
    layers.pay_critical(tables, bills, year, cell, out)
    layers.assist(tables, bills, year, benefit, out)


def _first_of(person: Ints) -> Bools:
    """The first row of each person."""
    first = np.ones(len(person), np.bool_)
    line = np.sort(person)
    several = line[1:][line[1:] == line[:-1]]
    if len(several):
        flagged = np.zeros(line[-1] + 1, np.bool_)
        flagged[several] = True
        at = np.flatnonzero(flagged[person])
        first[at] = False
        first[at[np.unique(person[at], return_index=True)[1]]] = True
    return first


def _take(table: Bills, rows: Ints) -> Bills:
    def taken(column: Any) -> Any:
        return None if column is None else column[rows]

    return Bills(*(taken(getattr(table, f.name)) for f in fields(Bills)))


def _parts(n: int) -> Iterator[slice]:
    return (slice(start, min(start + CHUNK, n)) for start in range(0, n, CHUNK))
