"""Settling bill by bill: the twin of `model.insurance.layers` and `settlement`, in whole fen.

The layers follow one another as there; the rules come as `Flat` tables, members as one table each
row of which is a person.
"""

from enum import IntEnum
from typing import Any, NamedTuple

import numpy as np

from model.kernels.compiling import compiled, part_of_kernels
from model.terms import Bools, Bytes, Floats, Ints

MILLION, HALF = 1_000_000, 500_000
OUTPATIENT, CHRONIC, INPATIENT, MATERNITY, PHARMACY, DRUGS = range(6)  # benefits.Benefit
NO_SCHEME = 3  # terms.Scheme
NOTHING, IN_CATALOGUE = 0, 1  # benefits.AccountPays
AHEAD = 512  # bills whose residents are looked up together


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
    amounts: Floats  # `cells` as doubles


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


@part_of_kernels
def settle_one(
    cells: Any, later: Any, start: Any, mark: Any, width: Any, band_share: Any, limit: Any,
    helps: Any, most_help: Any, pays: Any, mutual: Any, member: Any, at: Any, charge: Any,
    service: Any, benefit: Any, tier: Any, area: Any, exempt: Any, claimed: Any, family: Any,
    lines: Any, i: Any,
) -> Any:  # fmt: skip
    """Fill column i of `lines` by the bill of row `at` of the members."""
    own, prior, scope, deductible, basic, critical, assistance = pay_funds(
        cells, later, start, mark, width, band_share, limit, helps, most_help,
        member, at, charge, benefit, tier, area, exempt, claimed,
    )  # fmt: skip
    fund = basic + critical + assistance
    payable: Any = np.int64(0)
    if pays[service] != NOTHING and (claimed or service == PHARMACY):
        payable = charge - fund
        if pays[service] == IN_CATALOGUE:
            payable -= own
    balance: Any = member[at, 11]
    account = min(max(payable, 0), max(balance, 0))
    relatives: Any = np.int64(0)
    if mutual:
        relatives = min(max(payable - account, 0), max(family, 0))
    lines[0, i], lines[1, i], lines[2, i], lines[3, i] = own, prior, scope, deductible
    lines[4, i], lines[5, i] = basic, fund
    lines[6, i] = charge - fund - account - relatives
    lines[7, i], lines[8, i] = critical, assistance
    lines[9, i], lines[10, i] = account, relatives


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
    cells, later, _, start, mark, width, band_share, limit, helps, most_help, pays, mutual, _ = flat
    for i in range(len(charge)):
        settle_one(
            cells, later, start, mark, width, band_share, limit, helps, most_help, pays, mutual,
            member, i, charge[i], service[i], benefit[i], tier[i], area[i], exempt[i], claimed[i],
            family[i], lines, i,
        )  # fmt: skip


@compiled
def own_money(
    flat: Flat, member: Ints, charge: Ints, benefit: Bytes, tier: Bytes, area: Bytes,
    exempt: Bools, claimed: Bools, burden: Ints,
) -> None:  # fmt: skip
    """Fill what each bill takes from the patient's own money; arguments as of `settle`."""
    cells, later, _, start, mark, width, band_share, limit, helps, most_help, _, _, _ = flat
    for i in range(len(charge)):
        _, _, _, _, basic, critical, assistance = pay_funds(
            cells, later, start, mark, width, band_share, limit, helps, most_help,
            member, i, charge[i], benefit[i], tier[i], area[i], exempt[i], claimed[i],
        )  # fmt: skip
        burden[i] = charge[i] - basic - critical - assistance


@compiled
def settle_in_turn(
    flat: Flat, rows: Ints, scheme: Bytes, assistance: Bytes, contract: Bools, charge: Ints,
    service: Bytes, benefit: Bytes, tier: Bytes, area: Bytes, exempt: Bools, claimed: Bools,
    counts: Bools, full: int, most_stays: int, member: Ints, lines: Ints, year: Counters,
) -> None:  # fmt: skip
    """Settle and enter one bill after another: a resident's second knows of the first.

    As `settle` and `YearToDate.add` do it in turns. rows: residents. counts: (schemes, benefits),
    toward critical illness. member: room for (1, Member).
    """
    cells, later, _, start, mark, width, band_share, limit, helps, most_help, pays, mutual, _ = flat
    outpatient, inpatient, stays, fund_outpatient, fund_drugs, fund_pool = year[:6]
    burden, assisted, balance = year[6:]
    for i in range(len(rows)):
        if i % AHEAD == 0:  # the lines of the next residents come while this one is settled
            seen = np.int64(0)
            for k in range(i, min(i + AHEAD, len(rows))):
                other = np.uint64(rows[k])
                seen += outpatient[other] + balance[other]  # first and last: a year may lie on two
            member[0, 0] = seen
        row, of, insured = np.uint64(rows[i]), benefit[i], claimed[i] and scheme[i] != NO_SCHEME
        member[0, 0], member[0, 1], member[0, 2] = scheme[i], assistance[i], contract[i]
        member[0, 3], member[0, 4], member[0, 5] = outpatient[row], inpatient[row], stays[row]
        member[0, 6], member[0, 7] = fund_outpatient[row], fund_drugs[row]
        member[0, 8], member[0, 9] = fund_pool[row], burden[row]
        member[0, 10], member[0, 11] = assisted[row], balance[row]
        settle_one(
            cells, later, start, mark, width, band_share, limit, helps, most_help, pays, mutual,
            member, 0, charge[i], service[i], of, tier[i], area[i], exempt[i], claimed[i], 0,
            lines, i,
        )  # fmt: skip
        scope, deducted, paid = lines[2, i], lines[3, i], lines[4, i]
        if of in (INPATIENT, MATERNITY):
            inpatient[row] = min(member[0, 4] + deducted, full)
        else:
            outpatient[row] = min(member[0, 3] + deducted, full)
        if of == DRUGS:
            fund_drugs[row] = min(member[0, 7] + paid, full)
        elif of in (CHRONIC, INPATIENT, MATERNITY):
            fund_pool[row] = min(member[0, 8] + paid, full)
        else:
            fund_outpatient[row] = min(member[0, 6] + paid, full)
        if insured and counts[scheme[i], of]:
            burden[row] = min(member[0, 9] + scope - paid, full)
        assisted[row] = min(member[0, 10] + lines[8, i], full)
        balance[row] = min(member[0, 11] - lines[9, i], full)
        if insured and of == INPATIENT:
            stays[row] = min(member[0, 5] + 1, most_stays)
