"""The layers of a settlement, from the charge down to what is left to the patient.

Each function settles one layer for a block of bills and writes its lines into `out`. Money is
whole fen. Rounding, in every layer: a share of money is rounded half up to the fen, once, and the
patient bears the remainder. Layers that few bills reach work on those rows alone.
"""

from enum import IntEnum

import numpy as np

from model.insurance.benefits import AccountPays, Benefit
from model.insurance.bills import Bills
from model.insurance.tables import MILLION, Tables
from model.insurance.year import YearToDate
from model.terms import Area, Bytes, Ints, Ints32, Scheme, Service

HALF = MILLION // 2


class Line(IntEnum):
    """Rows of the array that a settlement writes."""

    OWN = 0
    PRIOR = 1
    SCOPE = 2
    DEDUCTIBLE = 3
    BASIC = 4
    FUND = 5
    CASH = 6
    CRITICAL = 7  # critical illness insurance or catastrophic subsidy, by scheme
    ASSISTANCE = 8
    ACCOUNT = 9
    FAMILY = 10


def share_of(amount: Ints, millionths: Ints, out: Ints | None = None) -> Ints:
    """`amount` x share, rounded half up to the fen (amounts are never negative)."""
    product = np.multiply(amount, millionths, out=out)
    product += HALF
    product //= MILLION
    return product


def locate(bills: Bills, benefit: Bytes) -> Ints:
    """The cell of `tables` that each bill falls into."""
    away = bills.area == Area.AWAY
    exempt = bills.referred | bills.emergency | (bills.filed & away)
    cell = bills.scheme.astype(np.int16)
    for size, index in (
        (len(Benefit), benefit),
        (4, bills.tier),
        (3, bills.area),
        (2, exempt),
        (2, bills.claimed),
    ):
        cell *= np.int16(size)
        cell += index
    return cell.astype(np.int64)


def split_by_catalogue(tables: Tables, charge: Ints, cell: Ints, out: Ints) -> None:
    """Own payment outside the catalogue, prior payment for class B, and the policy range."""
    own, prior, scope = out[Line.OWN], out[Line.PRIOR], out[Line.SCOPE]
    share_of(charge, _at(tables.own_share, cell, own), out=own)
    np.subtract(charge, own, out=scope)
    share_of(scope, _at(tables.prior_share, cell, prior), out=prior)
    scope -= prior


def deduct(
    tables: Tables, bills: Bills, year: YearToDate, benefit: Bytes, cell: Ints, out: Ints
) -> None:
    """The deductible still to be met: a yearly one less what was met, or one a visit or stay."""
    stay = benefit == Benefit.INPATIENT
    again = np.flatnonzero(stay & (year.stays > 0))
    deductible = _at(tables.deductible, cell, out[Line.DEDUCTIBLE])
    deductible[again] = tables.later_deductible[cell[again], np.minimum(year.stays[again], 2)]
    if tables.any_waives and bills.contract is not None:
        deductible[bills.contract & tables.waives[cell]] = 0
    stay |= benefit == Benefit.MATERNITY
    met = np.where(stay, year.deductible_inpatient, year.deductible_outpatient)
    deductible -= met * tables.yearly[cell]
    np.maximum(deductible, 0, out=deductible)
    np.minimum(deductible, out[Line.SCOPE], out=deductible)


def pay_basic(tables: Tables, year: YearToDate, benefit: Bytes, cell: Ints, out: Ints) -> None:
    """Basic insurance: the rate above the deductible, up to what is left of cap or ceiling."""
    basic = np.subtract(out[Line.SCOPE], out[Line.DEDUCTIBLE], out=out[Line.BASIC])
    left = tables.rate[cell]
    share_of(basic, left, out=basic)
    outpatient = (benefit == Benefit.OUTPATIENT) | (benefit == Benefit.PHARMACY)
    paid = np.where(outpatient, year.fund_outpatient, year.fund_pool)
    drugs = np.flatnonzero(benefit == Benefit.HYPERTENSION_DIABETES)
    paid[drugs] = year.fund_drugs[drugs]
    _at(tables.cap, cell, left)
    left -= paid
    np.maximum(left, 0, out=left)
    np.minimum(basic, left, out=basic)


def pay_critical(tables: Tables, bills: Bills, year: YearToDate, cell: Ints, out: Ints) -> None:
    """Critical illness insurance or catastrophic subsidy: the rise of what the year has earned.

    The layer's payment for the year is a function of the year's burden, and a bill is paid the
    difference that it makes; so neither the order of bills nor their size changes the year's sum.
    """
    own = np.subtract(out[Line.SCOPE], out[Line.BASIC])
    own += year.burden
    reached = np.flatnonzero(own > tables.critical_from[cell])
    if not reached.size:
        return
    scheme = bills.scheme[reached]
    category = bills.assistance[reached].astype(np.int8)
    after = _earned(tables, own[reached], scheme, category)
    before = _earned(tables, year.burden[reached], scheme, category)
    out[Line.CRITICAL, reached] = after - before
    out[Line.FUND, reached] += after - before


def _earned(tables: Tables, burden: Ints | Ints32, scheme: Bytes, category: Bytes) -> Ints:
    beyond = np.maximum(burden - tables.start[scheme, category], 0)
    total = np.zeros(len(beyond), dtype=np.int64)
    for band in range(tables.mark.shape[1]):
        inside = np.clip(beyond - tables.mark[scheme, band], 0, tables.width[scheme, band])
        total += inside * tables.band_share[scheme, category, band]
    total += HALF
    total //= MILLION
    return np.minimum(total, tables.limit[scheme])


def assist(tables: Tables, bills: Bills, year: YearToDate, benefit: Bytes, out: Ints) -> None:
    """Medical assistance: a share of what remains inside the catalogue, up to the year's limit."""
    rows = np.flatnonzero(bills.assistance)
    if not rows.size:
        return
    rows = rows[bills.claimed[rows] & (bills.scheme[rows] != Scheme.NONE)]
    share = tables.assistance_share[benefit[rows], bills.assistance[rows].astype(np.int8)]
    remains = out[Line.SCOPE, rows] - out[Line.FUND, rows]
    left = np.maximum(tables.assistance_limit - year.assistance[rows], 0)
    paid = np.minimum(share_of(remains, share), left)
    out[Line.ASSISTANCE, rows] = paid
    out[Line.FUND, rows] += paid


def pay_accounts(tables: Tables, bills: Bills, year: YearToDate, out: Ints) -> None:
    """The member's own account, then relatives' by mutual aid; the rest is cash.

    An unclaimed bill is outside the accounts too, except at pharmacies.
    """
    cash = np.subtract(bills.charge, out[Line.FUND], out=out[Line.CASH])
    _draw(tables, bills, year.account, Line.ACCOUNT, cash, out)
    if bills.family_account is not None and tables.mutual_aid:
        _draw(tables, bills, bills.family_account, Line.FAMILY, cash, out)


def _draw(
    tables: Tables, bills: Bills, balance: Ints | Ints32, line: Line, cash: Ints, out: Ints
) -> None:
    rows = np.flatnonzero(balance > 0)
    if not rows.size:
        return
    service = bills.service[rows]
    pays = tables.account_pays[service]
    usable = (pays != AccountPays.NOTHING) & (bills.claimed[rows] | (service == Service.PHARMACY))
    payable = cash[rows] - out[Line.OWN, rows] * (pays == AccountPays.IN_CATALOGUE)
    payable *= usable
    drawn = np.minimum(np.maximum(payable, 0), balance[rows])
    out[line, rows] = drawn
    cash[rows] -= drawn


def _at(column: Ints, cell: Ints, out: Ints) -> Ints:
    return np.take(column, cell, out=out, mode="clip")
