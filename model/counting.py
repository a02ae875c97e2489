"""What a day's tables add to the counts, by name: by numpy, or compiled for many rows."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from model.encounters import Encounters, Kind
from model.groups import N_CELLS
from model.insurance.funds import FUNDS, N_CELLS_BY_AGE
from model.kernels import fast
from model.terms import Area, Bools, Bytes, Floats, Ints, Ints32, Scheme, Tier

N_TIERS = len(Tier)
SIZE = N_CELLS * N_TIERS
MONEY = (
    *("charge", "fund", "cash", "own_pay", "drugs", "fund_county", "fund_primary"),
    *("claimed_charge", "scheme_pay", "claimed_institution", "claimed_away"),
)
VISITS = (
    *("visits", "visits_institution", "visits_county", "visit_claims"),
    *("wait_day", "wait_min", "travel_min", "visit_charge"),
)
PLACES = ("charge", "fund", "cash", "visits", "wait_day", "wait_min")
Sums = Mapping[str, Floats | Ints]


# Where counts of a resident stand, side by side in memory: random rows are looked up once.
WHO = np.dtype(
    {
        "names": ("home", "cell", "age", "here"),  # settlement, groups.cells, funds.age_cells,
        "formats": (np.int32, np.int16, np.int16, np.bool_),  # insured in this region's pool
        "itemsize": 16,
    }
)
Who = npt.NDArray[np.void]


def place(who: Who, tier: Bytes | int = 0) -> Ints:
    """Where counts of these residents at these tiers stand in a flat table by cell and tier."""
    return who["cell"] * np.int64(N_TIERS) + tier


def by_cell(at: Ints, columns: Mapping[str, Any]) -> Sums:
    """Sums of columns at `place`, shape (SIZE,); None counts rows, flags those that have them."""
    return _summed(at, columns, SIZE)


def flagged(at: Ints, flags: Mapping[str, Bools]) -> Sums:
    """Rows that have each flag at `place`, shape (SIZE,)."""
    if not fast(len(at)):
        return by_cell(at, flags)
    from model.kernels import counts

    sums = np.zeros((len(flags), SIZE))
    counts.flagged(at, np.stack([*flags.values()]), sums)
    return dict(zip(flags, sums, strict=True))


def money(at: Ints, t: Encounters) -> Sums:
    """Fen at `place`, shape (SIZE,)."""
    if fast(len(t)):
        from model.kernels import counts

        sums = np.zeros((SIZE, len(MONEY)))
        counts.money(at, *_columns(t), sums)
        return dict(zip(MONEY, sums.T, strict=True))
    bill, charge, fund = t.bill, t.bill.medfee_sumamt, t.bill.fund_pay_sumamt
    seen_there = t.facility >= 0
    institution = t.claimed & seen_there
    columns = (
        charge,
        fund,
        bill.psn_cash_pay,
        bill.fulamt_ownpay_amt,
        t.drugs,
        fund * ((t.area == Area.COUNTY) & seen_there),
        fund * ((t.tier <= Tier.CENTRE) & seen_there),
        charge * t.claimed,
        (bill.hifp_pay + bill.hifmi_pay + bill.hifob_pay) * t.claimed,
        charge * institution,
        charge * (institution & (t.area == Area.AWAY)),
    )
    return by_cell(at, dict(zip(MONEY, columns, strict=True)))


def funds(who: Who, t: Encounters) -> Floats | Ints:
    """Fen that each of this region's funds pays by age cell, (funds, cells)."""
    if fast(len(t)):
        from model.kernels import counts

        sums = np.zeros((len(FUNDS), N_CELLS_BY_AGE))
        counts.funds(who["age"], who["here"], *_columns(t), sums)
        return sums
    bill, residents = t.bill, t.scheme == Scheme.RBMI
    amounts = np.stack(
        (
            bill.hifp_pay * ~residents,
            bill.acct_pay + bill.acct_mulaid_pay,
            bill.hifp_pay * residents,
            bill.hifmi_pay,
            bill.hifob_pay,
            bill.maf_pay,
        )
    )
    fund, row = np.divmod(np.flatnonzero((amounts > 0) & who["here"]), len(t))
    at = fund * N_CELLS_BY_AGE + who["age"][row]
    paid = np.bincount(at, amounts[fund, row], minlength=len(FUNDS) * N_CELLS_BY_AGE)
    return paid.reshape(len(FUNDS), N_CELLS_BY_AGE)


def visits(at: Ints, home: Ints32, institution: Bools, v: Encounters, flows: Ints) -> Sums:
    """Visits at `place`, shape (SIZE,); they are added to `flows`, (settlements, facilities).

    home: (n,) the patient's settlement. institution: (facilities,) of primary care as yearbooks
    count it.
    """
    if fast(len(v)):
        from model.kernels import counts

        sums = np.zeros((SIZE, len(VISITS)))
        counts.visits(at, home, institution, *_columns(v), sums, flows)
        return dict(zip(VISITS, sums.T, strict=True))
    flow = home.astype(np.int64) * flows.shape[1] + v.facility
    flows += np.bincount(flow, minlength=flows.size).reshape(flows.shape)
    columns = (
        None,
        institution[v.facility],
        v.area == Area.COUNTY,
        v.claimed,
        v.wait_day,
        v.wait_min,
        v.travel_min,
        v.bill.medfee_sumamt,
    )
    return by_cell(at, dict(zip(VISITS, columns, strict=True)))


def places(t: Encounters, n_facilities: int) -> tuple[Sums, Sums]:
    """Encounters at facilities by tier, (tiers,), and by facility, (facilities,)."""
    own = {Kind.VISIT: PLACES[3:], Kind.STAY: ("admissions",)}
    names = (*PLACES[:3], *own.get(t.kind, ()))
    if fast(len(t)):
        from model.kernels import counts

        both = np.zeros((len(PLACES), N_TIERS)), np.zeros((len(PLACES), n_facilities))
        counts.places(*_columns(t), *both)
        return dict(zip(names, both[0], strict=False)), dict(zip(names, both[1], strict=False))
    bill = t.bill
    columns = (
        bill.medfee_sumamt, bill.fund_pay_sumamt, bill.psn_cash_pay, None, t.wait_day, t.wait_min,
    )  # fmt: skip
    named = dict(zip(names, columns, strict=False))
    return _summed(t.tier.astype(np.int64), named, N_TIERS), _summed(
        t.facility, named, n_facilities
    )


def _summed(at: Ints, columns: Mapping[str, Any], n: int) -> Sums:
    return {name: np.bincount(at, value, minlength=n) for name, value in columns.items()}


def _columns(t: Encounters) -> tuple[Any, Any]:
    """The columns of encounters and of their bills that kernels read."""
    from model.kernels.counts import Bill, Encounter

    return (
        Encounter(*(getattr(t, name) for name in Encounter._fields)),
        Bill(*(getattr(t.bill, name) for name in Bill._fields)),
    )
