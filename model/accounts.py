"""Accounts of providers: what the pools clear with them, what care costs them, what is left."""

from dataclasses import dataclass, fields

import numpy as np

from model.encounters import Encounters, Kind
from model.insurance.payment import (
    FEN,
    POOLS,
    Claims,
    PaymentParameters,
    Providers,
    at_baseline,
    clear,
)
from model.state import Residents
from model.terms import Area, Bytes, Floats, Ints

COLUMNS = [field.name for field in fields(Claims)]
POOL_OF = np.array([0, 0, 1, -1])  # by scheme; -1 for those who have none


@dataclass(frozen=True, slots=True)
class AccountParameters:
    """Values of `data/parameters/accounts.yaml`."""

    fixed_doctor: Floats  # (tiers,) CNY/doctor/year
    fixed_bed: Floats  # (centre, secondary, tertiary) CNY/bed/year


class Accounts:
    """Claims of members by month, facility and pool, and what all care cost to buy in."""

    def __init__(self, tier: Bytes, area: Bytes, residents: Residents, months: list[str]) -> None:
        n = len(tier)
        self.providers = _providers(tier, area)
        self.regroup(residents)
        self.months = months
        self.claims = {name: np.zeros((len(months), n, len(POOLS))) for name in COLUMNS}
        self.bought_in = np.zeros((len(months), n))  # fen, for all patients
        self.member_years = np.zeros((len(months), len(POOLS)))
        self.terms: list[tuple[PaymentParameters, Providers]] = []  # of each month so far

    def regroup(self, residents: Residents) -> None:
        """Count from today on by the schemes that residents have now."""
        self._pool = np.where(residents.insured_here, POOL_OF[residents.scheme], -1)
        self._members = np.bincount(self._pool[self._pool >= 0], minlength=len(POOLS))

    def add(self, month: int, table: Encounters) -> None:
        """Count a day's visits or stays."""
        n = self.bought_in.shape[1]
        self.bought_in[month] += np.bincount(table.facility, table.bought_in, minlength=n)
        pool = self._pool[table.person]
        kept = np.flatnonzero(table.claimed & (pool >= 0))
        at = table.facility[kept] * len(POOLS) + pool[kept]
        bill = table.bill
        columns: dict[str, Ints | Floats] = {
            "claimed": bill.hifp_pay,
            "charge": bill.medfee_sumamt,
            "standard": table.standard,
        }
        if table.kind == Kind.STAY:
            columns |= {f"stay_{name}": values for name, values in columns.items()}
            columns |= {"weight": table.weight, "recorded": table.recorded_weight}
        for name, values in columns.items():
            sums = np.bincount(at, values[kept], minlength=n * len(POOLS))
            self.claims[name][month] += sums.reshape(n, len(POOLS))

    def end_day(self, month: int, payment: PaymentParameters, area: Bytes) -> None:
        """A month is cleared under the forms, and the pool, in force on its last day."""
        self.member_years[month] += self._members / 365
        self.terms[month:] = [(payment, _providers(self.providers.tier, area))]

    def paid(self) -> Floats:
        """What the pools pay, whole fen, shape (months, facilities, pools)."""
        return self._cleared(self.terms)

    def beyond_baseline(self) -> Floats:
        """What the pools pay more than under the baseline's forms, fen, shape (months, pools).

        The baseline's spending is that of its claims, to which the model is fitted; so only the
        difference that another form makes is counted.
        """
        before = self._cleared([(at_baseline(p), who) for p, who in self.terms])
        return (self._cleared(self.terms) - before).sum(axis=1)

    def _cleared(self, terms: list[tuple[PaymentParameters, Providers]]) -> Floats:
        """Each month adds what it makes of the calendar year so far."""
        paid = np.zeros_like(self.claims["claimed"])
        for month, of in enumerate(terms):
            year = self.months[month][:4]
            first = next(row for row, name in enumerate(self.months) if name[:4] == year)
            paid[month] = self._year(first, month + 1, *of) - self._year(first, month, *of)
        return paid

    def _year(self, first: int, end: int, p: PaymentParameters, who: Providers) -> Floats:
        claims = Claims(*(self.claims[name][first:end].sum(axis=0) for name in COLUMNS))
        return clear(claims, who, self.member_years[first:end].sum(axis=0), p)


def _providers(tier: Bytes, area: Bytes) -> Providers:
    return Providers(tier=tier, pooled=area != Area.AWAY, consortium=area == Area.COUNTY)


def costs(accounts: Accounts, doctor_day: Floats, bed_day: Floats, p: AccountParameters) -> Floats:
    """What care cost its providers, fen, shape (months, facilities).

    Goods bought in follow the volume of care; doctors and beds cost the same full or empty.
    doctor_day, bed_day: (months, facilities).
    """
    tier = accounts.providers.tier
    bed = np.concatenate(([0.0], p.fixed_bed))[tier]
    fixed = (doctor_day * p.fixed_doctor[tier] + bed_day * bed) * FEN / 365
    return accounts.bought_in + fixed
