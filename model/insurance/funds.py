"""The funds: what comes in for their members, what passes between them, what they spend."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Generic, NamedTuple, TypeVar

import numpy as np

from model.terms import Bools, Bytes, Floats, Ints, Scheme

FUNDS = (
    "ebmi_pool",
    "ebmi_account",
    "rbmi",
    "critical_illness",
    "catastrophic_subsidy",
    "assistance",
)
POOL, ACCOUNT, RESIDENTS, CRITICAL, CATASTROPHIC, ASSISTANCE = range(len(FUNDS))
FEN = 100
YEAR_DAY = 365
N_AGES = 101
BY_AGE = (len(Scheme), 2, N_AGES)  # schemes, men and women, ages 0 to 100
N_CELLS_BY_AGE = prod(BY_AGE)
Money = TypeVar("Money", Floats, Ints)


@dataclass(frozen=True, slots=True)
class FundParameters:
    """Values of `data/parameters/funds.yaml`; kinds: women workers, women staff, men."""

    contribution_base: float
    employer_rate: float
    dated_from: float
    premium: Floats  # (years from `dated_from`,)
    subsidy: Floats
    critical_illness_allocation: float
    catastrophic_contribution: float
    assistance_grant: float
    premium_help: float
    maternity_allowance: float
    opening: Floats  # (funds,)
    last_year: float
    wage_growth: float
    premium_growth: float
    subsidy_growth: float
    grant_growth: float
    cost_growth: Floats  # (age groups,)
    coverage_growth: float
    settled_age: float
    retirement_final: Floats  # (kinds,)
    reform_from: float
    reform_years: float
    contribution_years: Floats  # (kinds,)
    entry_age: Floats  # mean, standard deviation
    mortality_mode: Floats  # men, women
    mortality_spread: float
    longevity_gain: float
    births: float
    feared_gap: float


class Members(NamedTuple):
    """Members of a pool, persons; `entitled` to assistance are some of the residents' scheme."""

    active: float
    retired: float
    residents: float
    entitled: float

    def of(self, fund: int) -> float:
        """Those for whom a fund stands."""
        employees = self.active + self.retired
        by_fund = (employees, employees, self.residents, self.residents, employees, self.entitled)
        return by_fund[fund]


class MonthRoll(NamedTuple):
    """A month's members, and the standards in force on its last counted day."""

    members: Members  # mean of the counted days
    premium: float  # mean of what they pay over the standard premium
    standards: FundParameters


class Standards(NamedTuple):
    """Amounts a member of one year, CNY."""

    base: float
    premium: float
    subsidy: float
    critical: float
    catastrophic: float
    grant: float
    help: float
    allowance: float


class Flows(NamedTuple, Generic[Money]):
    """Money by fund, and by month or year."""

    income: Money  # from outside: contributions, premiums, subsidies, grants
    transfer_in: Money  # from other funds
    transfer_out: Money
    spending: Money


def standards(p: FundParameters, year: int, since: int) -> Standards:
    """The amounts of a year; those that no law dates have grown from the year `since` on.

    Critical illness insurance keeps its part of what is paid for a member of the residents' scheme.
    """
    n = year - since
    premium, subsidy = (
        _dated(values, year - round(p.dated_from), growth)
        for values, growth in ((p.premium, p.premium_growth), (p.subsidy, p.subsidy_growth))
    )
    wages, grants = (1 + p.wage_growth) ** n, (1 + p.grant_growth) ** n
    financing = (premium + subsidy) / (p.premium[0] + p.subsidy[0])
    return Standards(
        base=p.contribution_base * wages,
        premium=premium,
        subsidy=subsidy,
        critical=p.critical_illness_allocation * financing,
        catastrophic=p.catastrophic_contribution * wages,
        grant=p.assistance_grant * grants,
        help=p.premium_help * grants,
        allowance=p.maternity_allowance * wages,
    )


def yearly_flows(members: Members, s: Standards, employer_rate: float) -> Flows[Floats]:
    """A year's income, transfers and allowances, CNY; the individual accounts are left out."""
    income, received, passed, spending = np.zeros((4, len(FUNDS)))
    employees = members.active + members.retired
    helped, allocated = members.entitled * s.help, members.residents * s.critical
    income[POOL] = members.active * s.base * employer_rate
    income[RESIDENTS] = members.residents * (s.premium + s.subsidy) - helped
    income[CATASTROPHIC] = employees * s.catastrophic
    income[ASSISTANCE] = members.entitled * s.grant
    passed[RESIDENTS] = received[CRITICAL] = allocated
    passed[ASSISTANCE] = received[RESIDENTS] = helped
    spending[POOL] = members.active * s.allowance
    return Flows(income, received, passed, spending)


@dataclass(frozen=True, slots=True, eq=False)
class Ledger:
    """The books of the funds by month, fen; shape (funds, months) in the order of `FUNDS`.

    balance = opening + income + transfer_in - transfer_out - spending, to the fen. Spending is what
    bills take from a fund, and of the pool also `allowance`.
    """

    months: tuple[str, ...]
    members: Members
    opening: Ints  # (funds,)
    flows: Flows[Ints]
    allowance: Ints  # (months,)

    @property
    def balance(self) -> Ints:
        """What stands in each fund at the end of each month, (funds, months)."""
        f = self.flows
        change = f.income + f.transfer_in - f.transfer_out - f.spending
        balance: Ints = self.opening[:, None] + change.cumsum(axis=1)
        return balance

    @property
    def closing(self) -> Ints:
        """What stands in each fund at the end, (funds,)."""
        return self.opening + self.gained - self.paid

    @property
    def gained(self) -> Ints:
        """Income and transfers received in all months, (funds,)."""
        gained: Ints = (self.flows.income + self.flows.transfer_in).sum(axis=1)
        return gained

    @property
    def paid(self) -> Ints:
        """Spending and transfers made in all months, (funds,)."""
        paid: Ints = (self.flows.spending + self.flows.transfer_out).sum(axis=1)
        return paid


def keep_ledger(
    months: Sequence[str],
    days: Ints,
    opening: Floats,
    rolls: Sequence[MonthRoll],
    bills: Floats,
    credited: Floats,
    to_retirees: Floats,
    sample: float = 1.0,
) -> Ledger:
    """The books of a run, for the whole population of which the residents are a `sample`.

    months: "2023-01", ...; days: counted in each. opening: (funds,) CNY that stood in each; rolls:
    of each month; bills: (funds, months) fen; credited: (months,) fen to individual accounts, of
    which `to_retirees` from the pool; all of the sample. Contributions, premiums and grants accrue
    by the day, a year of 365 days.
    """
    accrued = [
        _accrued(_whole(roll.members, sample), int(month[:4]), roll)
        for month, roll in zip(months, rolls, strict=True)
    ]
    accruals = np.array(accrued).reshape(len(months), len(Flows._fields), len(FUNDS))
    yearly = Flows(*accruals.transpose(1, 2, 0))
    flows = Flows(*(_fen(part * days / YEAR_DAY) for part in yearly))
    from_members = _fen((credited - to_retirees) / FEN / sample)
    from_pool = _fen(to_retirees / FEN / sample)
    allowance = flows.spending[POOL].copy()
    flows.income[ACCOUNT] += from_members
    flows.transfer_in[ACCOUNT] += from_pool
    flows.transfer_out[POOL] += from_pool
    flows.spending[:] += _fen(bills / FEN / sample)
    stood = _fen(opening[:, None] / sample)[:, 0]
    return Ledger(tuple(months), _whole(_mean(rolls, days), sample), stood, flows, allowance)


def count_members(scheme: Bytes, member: Bools, entitled: Bools) -> Members:
    """Members of this region's pool; residents insured elsewhere belong to another fund."""
    n = np.bincount(scheme[member], minlength=len(Scheme))
    helped = np.count_nonzero(member & entitled & (scheme == Scheme.RBMI))
    active, retired, residents, _ = (float(persons) for persons in n)
    return Members(active, retired, residents, float(helped))


def age_cells(scheme: Bytes, female: Bools, age: Bytes) -> Ints:
    """Each resident's place in a flat table of shape `BY_AGE`."""
    return ((scheme.astype(np.int16) * 2 + female) * N_AGES + age).astype(np.int16)


def _accrued(members: Members, year: int, roll: MonthRoll) -> Flows[Floats]:
    s = standards(roll.standards, year, year)
    paid = s._replace(premium=s.premium * roll.premium)
    return yearly_flows(members, paid, roll.standards.employer_rate)


def _whole(members: Members, sample: float) -> Members:
    return Members(*(n / sample for n in members))


def _mean(rolls: Sequence[MonthRoll], days: Ints) -> Members:
    """Members of the mean counted day."""
    total = np.array([roll.members for roll in rolls]).reshape(-1, len(Members._fields))
    return Members(*((total * days[:, None]).sum(axis=0) / max(days.sum(), 1)).tolist())


def _dated(values: Floats, n: int, growth: float) -> float:
    last = len(values) - 1
    return float(values[min(max(n, 0), last)]) * (1 + growth) ** max(n - last, 0)


def _fen(cny: Floats) -> Ints:
    """Whole fen along the last axis; the running sum is rounded, so that no year loses any."""
    total = np.rint(cny.cumsum(axis=-1) * FEN).astype(np.int64)
    return np.diff(total, axis=-1, prepend=0)
