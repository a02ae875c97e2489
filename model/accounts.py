"""Accounts of providers: what the pools clear with them, what care costs them, what is left."""

from dataclasses import dataclass, fields
from typing import NamedTuple

import numpy as np

from model.encounters import Encounters, Kind
from model.insurance.payment import (
    FEN,
    POOLS,
    Claims,
    Heads,
    Lever,
    PaymentParameters,
    Providers,
    at_baseline,
    capitation_budget,
    capitation_surplus,
    clear,
    kept,
    levels_in_force,
    over,
)
from model.state import Residents
from model.terms import Area, Bytes, Floats, Ints, Ints32, Service

COLUMNS = [field.name for field in fields(Claims)]
POOL_OF = np.array([0, 0, 1, -1], np.int8)  # by scheme; -1 for those who have none


@dataclass(frozen=True, slots=True)
class AccountParameters:
    """Values of `data/parameters/accounts.yaml`."""

    fixed_doctor: Floats  # (tiers,) CNY/doctor/year
    fixed_bed: Floats  # (centre, secondary, tertiary) CNY/bed/year


class Bundled(NamedTuple):
    """Bundled budgets of a month; fen but for years, shape (consortia, pools)."""

    leads: tuple[str, ...]
    member_years: Floats
    budget: Floats
    in_county: Floats  # charged with
    outside: Floats
    kept: Floats  # of the surplus, or borne of the overrun


class Accounts:
    """Claims of members by month, facility and pool, and what all care cost to buy in.

    For bundled budgets members' claims are counted by where they live as well. settlement: of each
    resident, (residents,).
    """

    def __init__(
        self, tier: Bytes, settlement: Ints32, n_settlements: int, residents: Residents,
        months: list[str],
    ) -> None:  # fmt: skip
        n = len(tier)
        self.tier = tier
        self._settlement = settlement
        self._n_settlements = n_settlements
        self.regroup(residents)
        self.months = months
        self.claims = {name: np.zeros((len(months), n, len(POOLS))) for name in COLUMNS}
        self.bought_in = np.zeros((len(months), n))  # fen, for all patients
        self.member_years = np.zeros((len(months), len(POOLS)))
        self.member_days = np.zeros((len(months), n_settlements, len(POOLS)))
        # fen claimed, by home, service, and in the county or out of it
        self.used = np.zeros((len(months), n_settlements, len(Service), 2, len(POOLS)))
        self.terms: list[tuple[PaymentParameters, Providers]] = []  # of each month so far

    def regroup(self, residents: Residents) -> None:
        """Count from today on by the schemes that residents have now."""
        self._pool = np.where(residents.insured_here, POOL_OF[residents.scheme], np.int8(-1))
        members = np.flatnonzero(self._pool >= 0)
        self._members = np.bincount(self._pool[members], minlength=len(POOLS))
        home = self._settlement[members] * len(POOLS) + self._pool[members]
        at_home = np.bincount(home, minlength=self._n_settlements * len(POOLS))
        self._members_at_home = at_home.reshape(-1, len(POOLS))

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
        home, outside = self._settlement[table.person[kept]], table.area[kept] != Area.COUNTY
        used = self.used[month]
        at = np.ravel_multi_index((home, table.service[kept], outside, pool[kept]), used.shape)
        used += np.bincount(at, bill.hifp_pay[kept], minlength=used.size).reshape(used.shape)

    def end_day(self, month: int, payment: PaymentParameters, who: Providers) -> None:
        """A month is cleared under the forms, the pool and the budgets in force on its last day."""
        self.member_years[month] += self._members / 365
        self.member_days[month] += self._members_at_home
        self.terms[month:] = [(payment, who)]

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

    def heads(self, months: slice, who: Providers) -> Heads:
        """Whom bundled budgets are for in some months, and what they used."""
        of = (who.home == np.arange(len(who.services))[:, None]).astype(np.float64)
        days, claimed = self.member_days[months].sum(axis=0), self.used[months].sum(axis=(0, 1, 3))
        everyone = np.maximum(days.sum(axis=0), 1)
        return Heads(
            member_years=self.member_years[months].sum(axis=0) * ((of @ days) / everyone),
            part=over(who.services @ claimed, claimed.sum(axis=0)),
            used=self._used(months, who).sum(axis=1),
        )

    def bundled(self, month: int) -> Bundled:
        """What the bundled budgets of a month came to, as far as they are in force."""
        p, who = self.terms[month]
        first, in_force = self._new_year(month), levels_in_force(p)[Lever.CAPITATION]
        before, after = (self.heads(slice(first, end), who) for end in (month, month + 1))
        budget = capitation_budget(after, p) - capitation_budget(before, p)
        at_home, outside = self._used(slice(month, month + 1), who).transpose(1, 0, 2)
        kept_so_far, kept_now = (kept(capitation_surplus(h, p), p) for h in (before, after))
        years = after.member_years - before.member_years
        money = (budget, at_home, outside, kept_now - kept_so_far)
        return Bundled(who.leads, years, *(in_force * fen for fen in money))

    def _used(self, months: slice, who: Providers) -> Floats:
        """Fen claimed by residents of each consortium for the services of its budget.

        In the county and out of it, shape (consortia, 2, pools).
        """
        used, of = self.used[months].sum(axis=0), who.home == np.arange(len(who.leads))[:, None]
        return np.einsum("ks,kv,svap->kap", of.astype(np.float64), who.services, used)

    def _cleared(self, terms: list[tuple[PaymentParameters, Providers]]) -> Floats:
        """Each month adds what it makes of the calendar year so far."""
        paid = np.zeros_like(self.claims["claimed"])
        for month, of in enumerate(terms):
            first = self._new_year(month)
            paid[month] = self._year(first, month + 1, *of) - self._year(first, month, *of)
        return paid

    def _new_year(self, month: int) -> int:
        """The first counted month of a month's calendar year."""
        year = self.months[month][:4]
        return next(row for row, name in enumerate(self.months) if name[:4] == year)

    def _year(self, first: int, end: int, p: PaymentParameters, who: Providers) -> Floats:
        claims = Claims(*(self.claims[name][first:end].sum(axis=0) for name in COLUMNS))
        return clear(claims, who, self.heads(slice(first, end), who), p)


def costs(accounts: Accounts, doctor_day: Floats, bed_day: Floats, p: AccountParameters) -> Floats:
    """What care cost its providers, fen, shape (months, facilities).

    Goods bought in follow the volume of care; doctors and beds cost the same full or empty.
    doctor_day, bed_day: (months, facilities).
    """
    tier = accounts.tier
    bed = np.concatenate(([0.0], p.fixed_bed))[tier]
    fixed = (doctor_day * p.fixed_doctor[tier] + bed_day * bed) * FEN / 365
    return accounts.bought_in + fixed
