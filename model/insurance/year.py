"""What each resident's year so far means for the next bill."""

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from model.insurance.benefits import Benefit
from model.insurance.bills import Bills, benefit_of
from model.insurance.rules import Rules
from model.insurance.tables import MILLION, POOLED
from model.state import side_by_side
from model.terms import Bools, Bytes, Ints, Ints32, Scheme

if TYPE_CHECKING:
    from model.insurance.settlement import Settlement

FULL = 2_000_000_000  # fen; counters stop here, far beyond every ceiling, instead of overflowing
MOST_STAYS = 100
IS_POOLED = np.isin(list(Benefit), POOLED)
Rows = Ints | Ints32 | slice


@dataclass(slots=True)
class YearToDate:
    """Amounts of the calendar year, shape (n,), fen; 33 bytes a resident.

    The yearly deductible and the cap of outpatients are one count for outpatient and pharmacy
    bills (the deductible also for chronic ones); the ceiling counts stays, maternity and chronic.
    """

    deductible_outpatient: Ints32
    deductible_inpatient: Ints32
    stays: Bytes
    fund_outpatient: Ints32
    fund_drugs: Ints32  # hypertension and diabetes benefit of RBMI
    fund_pool: Ints32
    burden: Ints32  # own payment inside the catalogue, as critical illness insurance counts it
    assistance: Ints32
    account: Ints32  # balance of the individual account; not reset

    @classmethod
    def zeros(cls, n: int) -> "YearToDate":
        """The year's first morning, accounts empty."""
        kinds = [(f.name, np.int8 if f.name == "stays" else np.int32) for f in fields(cls)]
        return cls(**side_by_side(n, np.dtype(kinds, align=True)))

    def __len__(self) -> int:
        return len(self.account)

    def take(self, rows: Rows) -> "YearToDate":
        """The rows to settle; a slice gives views, an array of rows gives copies."""
        return YearToDate(*(getattr(self, field.name)[rows] for field in fields(self)))

    def add(
        self,
        rules: Rules,
        rows: Ints | Ints32,
        bills: Bills,
        settled: "Settlement",
        which: Bools | None = None,
    ) -> None:
        """Enter settled bills; rows: the resident of each bill.

        which: the bills to enter, of different residents; all by default.
        """
        benefit = benefit_of(rules.has_drug_benefit, bills)
        insured = bills.claimed & (bills.scheme != Scheme.NONE)
        entered = np.ones(len(bills), np.bool_) if which is None else which
        counts = insured & rules.critical_counts[bills.scheme, benefit]
        stay = (benefit == Benefit.INPATIENT) | (benefit == Benefit.MATERNITY)
        drugs = benefit == Benefit.HYPERTENSION_DIABETES
        pooled = IS_POOLED[benefit]
        paid, deducted = settled.hifp_pay * entered, settled.act_pay_dedc * entered
        own = settled.inscp_scp_amt - paid
        _move(self.deductible_outpatient, rows, deducted * ~stay)
        _move(self.deductible_inpatient, rows, deducted * stay)
        _move(self.fund_outpatient, rows, paid * ~(pooled | drugs))
        _move(self.fund_drugs, rows, paid * drugs)
        _move(self.fund_pool, rows, paid * pooled)
        _move(self.burden, rows, own * (counts & entered))
        _move(self.assistance, rows, settled.maf_pay * entered)
        _move(self.account, rows, -settled.acct_pay * entered)
        admitted = rows[entered & insured & (benefit == Benefit.INPATIENT)]
        self.stays[admitted] = np.minimum(self.stays[admitted] + 1, MOST_STAYS)

    def new_year(self) -> None:
        """1 January: everything but the account begins again."""
        for field in fields(self):
            if field.name != "account":
                getattr(self, field.name)[:] = 0

    def credit_accounts(
        self, rules: Rules, rows: Rows, scheme: Scheme, base: float, months: int = 1
    ) -> int:
        """Add some months' inflow to the accounts of members of a scheme; returns it, fen each.

        base: contribution base of an active member, fen a year. A retired one gets a fixed sum
        from the pooled fund.
        """
        inflow = 0
        if scheme == Scheme.EBMI_ACTIVE:
            share = round(rules.account_inflow_share * MILLION)
            inflow = int((base * share * months + 6 * MILLION) // (12 * MILLION))
        elif scheme == Scheme.EBMI_RETIRED:
            inflow = rules.account_inflow_retired * months // 12
        self.account[rows] = np.minimum(self.account[rows] + inflow, FULL)
        return inflow

    def debit_relatives(self, rows: Ints, paid: Ints) -> None:
        """Take what relatives' bills drew from the accounts of holders `rows` (all different)."""
        _move(self.account, rows, -paid)


def _move(counter: Ints32, rows: Ints | Ints32, by: Ints) -> None:
    some = np.flatnonzero(by)
    at = rows[some]
    counter[at] = np.minimum(counter[at] + by[some], FULL)
