"""Counting a day's encounters and spells: the twin of `model.counting`.

Sums of a day begin at zero and take its rows in order, as numpy's do; so also sums of what is not
whole are the same to the bit. Amounts of money are whole fen. What is looked up of residents is
gathered before: in so long a loop one miss of memory would wait for another.
"""

from typing import NamedTuple

from model.kernels.compiling import compiled
from model.terms import Bools, Bytes, Floats, Ints, Ints32

COUNTY, AWAY = 0, 2  # terms.Area
CENTRE = 1  # terms.Tier
RESIDENTS_SCHEME = 2  # terms.Scheme


class Encounter(NamedTuple):
    """Columns of encounters, (n,)."""

    facility: Ints
    tier: Bytes
    area: Bytes
    scheme: Bytes
    claimed: Bools
    wait_day: Ints
    wait_min: Floats
    travel_min: Floats
    drugs: Floats


class Bill(NamedTuple):
    """Columns of their bills, (n,) fen."""

    medfee_sumamt: Ints
    fulamt_ownpay_amt: Ints
    hifp_pay: Ints
    hifmi_pay: Ints
    hifob_pay: Ints
    maf_pay: Ints
    fund_pay_sumamt: Ints
    acct_pay: Ints
    acct_mulaid_pay: Ints
    psn_cash_pay: Ints


@compiled
def money(at: Ints, t: Encounter, bill: Bill, sums: Floats) -> None:
    """Sums by cell and tier, (cells x tiers, counting.MONEY)."""
    facility, tier, area, _, claimed, _, _, _, drugs = t
    charge, own, basic, critical, subsidy, _, fund, _, _, cash = bill
    for i in range(len(at)):
        there = facility[i] >= 0
        sums[at[i], 0] += charge[i]
        sums[at[i], 1] += fund[i]
        sums[at[i], 2] += cash[i]
        sums[at[i], 3] += own[i]
        sums[at[i], 4] += drugs[i]
        if there and area[i] == COUNTY:
            sums[at[i], 5] += fund[i]
        if there and tier[i] <= CENTRE:
            sums[at[i], 6] += fund[i]
        if claimed[i]:
            sums[at[i], 7] += charge[i]
            sums[at[i], 8] += basic[i] + critical[i] + subsidy[i]
            if there:
                sums[at[i], 9] += charge[i]
                if area[i] == AWAY:
                    sums[at[i], 10] += charge[i]


@compiled
def funds(age: Ints, here: Bools, t: Encounter, bill: Bill, sums: Floats) -> None:
    """What the funds of this region pay by age cell, (funds.FUNDS, cells)."""
    _, _, _, scheme, _, _, _, _, _ = t
    _, _, basic, critical, subsidy, assistance, _, account, relatives, _ = bill
    for i in range(len(age)):
        if here[i]:
            at = age[i]
            if scheme[i] == RESIDENTS_SCHEME:
                sums[2, at] += basic[i]
            else:
                sums[0, at] += basic[i]
            sums[1, at] += account[i] + relatives[i]
            sums[3, at] += critical[i]
            sums[4, at] += subsidy[i]
            sums[5, at] += assistance[i]


@compiled
def visits(
    at: Ints, home: Ints32, institution: Bools, t: Encounter, bill: Bill, sums: Floats, flows: Ints
) -> None:
    """Sums by cell and tier, (cells x tiers, counting.VISITS); flows: (settlements, facilities)."""
    facility, _, area, _, claimed, wait_day, wait_min, travel_min, _ = t
    charge, _, _, _, _, _, _, _, _, _ = bill
    for i in range(len(at)):
        sums[at[i], 0] += 1
        sums[at[i], 1] += institution[facility[i]]
        sums[at[i], 2] += area[i] == COUNTY
        sums[at[i], 3] += claimed[i]
        sums[at[i], 4] += wait_day[i]
        sums[at[i], 5] += wait_min[i]
        sums[at[i], 6] += travel_min[i]
        sums[at[i], 7] += charge[i]
        flows[home[i], facility[i]] += 1


@compiled
def places(t: Encounter, bill: Bill, by_tier: Floats, by_facility: Floats) -> None:
    """Sums by tier and by facility, (counting.PLACES, ...)."""
    facility, tier, _, _, _, wait_day, wait_min, _, _ = t
    charge, _, _, _, _, _, fund, _, _, cash = bill
    for i in range(len(facility)):
        f, level = facility[i], tier[i]
        by_facility[0, f] += charge[i]
        by_facility[1, f] += fund[i]
        by_facility[2, f] += cash[i]
        by_facility[3, f] += 1
        by_facility[4, f] += wait_day[i]
        by_facility[5, f] += wait_min[i]
        by_tier[0, level] += charge[i]
        by_tier[1, level] += fund[i]
        by_tier[2, level] += cash[i]
        by_tier[3, level] += 1
        by_tier[4, level] += wait_day[i]
        by_tier[5, level] += wait_min[i]


@compiled
def flagged(at: Ints, flags: Bools, sums: Floats) -> None:
    """Rows that have each flag, (flags, n), by cell and tier, (flags, cells x tiers)."""
    for k in range(len(flags)):
        for i in range(len(at)):
            sums[k, at[i]] += flags[k, i]
