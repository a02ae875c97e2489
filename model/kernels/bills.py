"""Settling bill by bill: the twin of `model.insurance.layers` and `settlement`, in whole fen.

The layers follow one another as there; the rules come as `Flat` tables, members as one table each
row of which is a person.
"""

from enum import IntEnum
from typing import Any, NamedTuple

import numpy as np

from model.kernels.compiling import compiled, part_of_kernels
from model.terms import Bools, Bytes, Ints

MILLION, HALF = 1_000_000, 500_000
OUTPATIENT, CHRONIC, INPATIENT, MATERNITY, PHARMACY, DRUGS = range(6)  # benefits.Benefit
NO_SCHEME = 3  # terms.Scheme
NOTHING, IN_CATALOGUE = 0, 1  # benefits.AccountPays


class Member(IntEnum):
    """Columns of a member: who she is and what her year was so far."""

    SCHEME = 0
    ASSISTANCE = 1
    CONTRACT = 2
    DEDUCTIBLE_OUTPATIENT = 3
    DEDUCTIBLE_INPATIENT = 4
    STAYS = 5
    FUND_OUTPATIENT = 6
    FUND_DRUGS = 7
    FUND_POOL = 8
    BURDEN = 9
    ASSISTED = 10
    ACCOUNT = 11


class Flat(NamedTuple):
    """The tables of some rules; money in fen, shares in whole millionths."""

    cells: Ints  # (cells, 8): own, prior, deductible, yearly, rate, cap, critical from, waives
    later: Ints  # (cells, 3) deductible by stays of the year so far
    drug_benefit: Bools  # (schemes,)
    start: Ints  # (schemes, categories)
    mark: Ints  # (schemes, bands)
    width: Ints
    band_share: Ints  # (schemes, categories, bands)
    limit: Ints  # (schemes,)
    assistance_share: Ints  # (benefits, categories)
    assistance_limit: int
    account_pays: Bytes  # (benefits,)
    mutual_aid: bool


class Lines(NamedTuple):
    """What of settled bills the year counts; shape (n,), fen."""

    deducted: Ints
    paid: Ints  # by the pooled fund
    scope: Ints
    assistance: Ints
    account: Ints


class Counters(NamedTuple):
    """`YearToDate`, of all residents."""

    deductible_outpatient: Ints
    deductible_inpatient: Ints
    stays: Bytes
    fund_outpatient: Ints
    fund_drugs: Ints
    fund_pool: Ints
    burden: Ints
    assistance: Ints
    account: Ints


@part_of_kernels
def share_of(amount: Any, millionths: Any) -> Any:
    """`amount` x share, rounded half up."""
    return (amount * millionths + HALF) // MILLION


@compiled
def earned(
    start: Any, mark: Any, width: Any, band_share: Any, limit: Any,
    burden: Any, scheme: Any, category: Any,
) -> Any:  # fmt: skip
    """What critical illness insurance pays for a year's burden."""
    beyond = max(burden - start[scheme, category], 0)
    total = np.int64(HALF)
    for band in range(mark.shape[1]):
        inside = min(max(beyond - mark[scheme, band], 0), width[scheme, band])
        total += inside * band_share[scheme, category, band]
    return min(total // MILLION, limit[scheme])


@part_of_kernels
def pay_funds(
    cells: Any, later: Any, start: Any, mark: Any, width: Any, band_share: Any, limit: Any,
    assistance_share: Any, assistance_limit: Any, member: Any, i: Any, charge: Any, benefit: Any,
    tier: Any, area: Any, exempt: Any, claimed: Any,
) -> Any:  # fmt: skip
    """One bill of row i: own, prior, scope, deductible, basic, critical, assistance."""
    scheme, category = member[i, 0], member[i, 1]
    at = ((((scheme * 6 + benefit) * 4 + tier) * 3 + area) * 2 + exempt) * 2 + claimed
    own = share_of(charge, cells[at, 0])
    scope = charge - own
    prior = share_of(scope, cells[at, 1])
    scope -= prior

    inpatient = benefit == INPATIENT
    deductible = cells[at, 2]
    if inpatient and member[i, 5] > 0:
        deductible = later[at, min(member[i, 5], 2)]
    if cells[at, 7] and member[i, 2]:
        deductible = np.int64(0)
    met = member[i, 4] if inpatient or benefit == MATERNITY else member[i, 3]
    deductible = min(max(deductible - met * cells[at, 3], 0), scope)

    paid = member[i, 8]
    if benefit in (OUTPATIENT, PHARMACY):
        paid = member[i, 6]
    elif benefit == DRUGS:
        paid = member[i, 7]
    basic = min(share_of(scope - deductible, cells[at, 4]), max(cells[at, 5] - paid, 0))

    before, critical = member[i, 9], np.int64(0)
    after = scope - basic + before
    if after > cells[at, 6]:
        critical = earned(start, mark, width, band_share, limit, after, scheme, category)
        critical -= earned(start, mark, width, band_share, limit, before, scheme, category)
    assistance: Any = np.int64(0)
    if category and claimed and scheme != NO_SCHEME:
        remains = share_of(scope - basic - critical, assistance_share[benefit, category])
        assistance = min(remains, max(assistance_limit - member[i, 10], 0))
    return own, prior, scope, deductible, basic, critical, assistance


@compiled
def settle(
    flat: Flat,
    member: Ints,
    charge: Ints,
    service: Bytes,
    benefit: Bytes,
    tier: Bytes,
    area: Bytes,
    exempt: Bools,
    claimed: Bools,
    family: Ints,
    lines: Ints,
) -> None:
    """Fill `lines`, (Line, n), by `layers.Line`. member: (n, Member), of each bill."""
    cells, later, _, start, mark, width, band_share, limit, helps, most_help, pays, mutual = flat
    for i in range(len(charge)):
        own, prior, scope, deductible, basic, critical, assistance = pay_funds(
            cells, later, start, mark, width, band_share, limit, helps, most_help,
            member, i, charge[i], benefit[i], tier[i], area[i], exempt[i], claimed[i],
        )  # fmt: skip
        fund = basic + critical + assistance
        payable: Any = np.int64(0)
        if pays[service[i]] != NOTHING and (claimed[i] or service[i] == PHARMACY):
            payable = charge[i] - fund
            if pays[service[i]] == IN_CATALOGUE:
                payable -= own
        balance: Any = member[i, 11]
        account = min(max(payable, 0), max(balance, 0))
        relatives: Any = np.int64(0)
        if mutual:
            balance = family[i]
            relatives = min(max(payable - account, 0), max(balance, 0))
        lines[0, i], lines[1, i], lines[2, i], lines[3, i] = own, prior, scope, deductible
        lines[4, i], lines[5, i] = basic, fund
        lines[6, i] = charge[i] - fund - account - relatives
        lines[7, i], lines[8, i] = critical, assistance
        lines[9, i], lines[10, i] = account, relatives


@compiled
def own_money(
    flat: Flat, member: Ints, charge: Ints, benefit: Bytes, tier: Bytes, area: Bytes,
    exempt: Bools, claimed: Bools, burden: Ints,
) -> None:  # fmt: skip
    """Fill what each bill takes from the patient's own money; arguments as of `settle`."""
    cells, later, _, start, mark, width, band_share, limit, helps, most_help, _, _ = flat
    for i in range(len(charge)):
        _, _, _, _, basic, critical, assistance = pay_funds(
            cells, later, start, mark, width, band_share, limit, helps, most_help,
            member, i, charge[i], benefit[i], tier[i], area[i], exempt[i], claimed[i],
        )  # fmt: skip
        burden[i] = charge[i] - basic - critical - assistance


@compiled
def enter(
    rows: Ints, which: Bools, benefit: Bytes, insured: Bools, counts: Bools, full: int,
    most_stays: int, lines: Lines, year: Counters,
) -> None:  # fmt: skip
    """Enter settled bills into the years of the residents `rows`, as `YearToDate.add` does."""
    deducted, paid, scope, assistance, account = lines
    outpatient, inpatient, stays, fund_outpatient, fund_drugs, fund_pool = year[:6]
    burden, assisted, balance = year[6:]
    for i in range(len(rows)):
        if not which[i]:
            continue
        row, of = rows[i], benefit[i]
        if of in (INPATIENT, MATERNITY):
            inpatient[row] = min(inpatient[row] + deducted[i], full)
        else:
            outpatient[row] = min(outpatient[row] + deducted[i], full)
        if of == DRUGS:
            fund_drugs[row] = min(fund_drugs[row] + paid[i], full)
        elif of in (CHRONIC, INPATIENT, MATERNITY):
            fund_pool[row] = min(fund_pool[row] + paid[i], full)
        else:
            fund_outpatient[row] = min(fund_outpatient[row] + paid[i], full)
        if counts[i]:
            burden[row] = min(burden[row] + scope[i] - paid[i], full)
        assisted[row] = min(assisted[row] + assistance[i], full)
        balance[row] = min(balance[row] - account[i], full)
        if insured[i] and of == INPATIENT:
            stays[row] = min(stays[row] + 1, most_stays)
