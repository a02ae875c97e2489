"""The funds to come: income and spending of each year as members age, with the year they run dry.

Pure arithmetic over one modelled year: what a member of a status and age group cost in it, times
the members of later years, times the growth of costs at the same age.
"""

from dataclasses import dataclass

import numpy as np

from model.insurance.ageing import (
    ACTIVE,
    RESIDENTS,
    RETIRED,
    Cohorts,
    first_cohorts,
    next_year,
)
from model.insurance.funds import (
    ACCOUNT,
    ASSISTANCE,
    FUNDS,
    POOL,
    Flows,
    FundParameters,
    Members,
    Standards,
    standards,
    yearly_flows,
)
from model.population.parameters import PopulationParameters
from model.terms import Bools, Floats, Ints, Scheme

GROUP_FROM = np.array([0, 15, 25, 35, 45, 55, 65, 75])  # first ages of `cost_growth`


@dataclass(frozen=True, slots=True, eq=False)
class BaseYear:
    """One modelled year of a pool; statuses: active, retired, residents' scheme."""

    year: int
    cohorts: Cohorts
    entitled_share: float  # to assistance, of members of the residents' scheme
    cost: Floats  # (funds, statuses, age groups) CNY/member/year that bills take from a fund
    stays: Floats  # (statuses, age groups) assisted stays/member/year
    stay_help: Floats  # (statuses, age groups) CNY/member/year of assistance with these stays
    premium: float  # mean of what members of the residents' scheme pay over the standard premium
    account_share: float  # of the contribution base, into the individual account
    account_retired: float  # CNY/retired member/year, from the pool into the account
    first_age: Floats  # (kinds,) retirement age before the reform
    male_share: float  # of births


@dataclass(frozen=True, slots=True, eq=False)
class Projection:
    """Years to come, the base year first; persons and CNY, funds in the order of `FUNDS`."""

    years: Ints  # (years,)
    members: Floats  # (years, 4) active, retired, residents, entitled
    opening: Floats  # (funds,) before the base year
    flows: Flows[Floats]  # (years, funds)
    premium: Floats  # (years,) CNY a member of the residents' scheme
    premium_help: Floats  # (years,) CNY of assistance with it for an entitled person
    stays: Floats  # (years,) assisted stays
    stay_help: Floats  # (years,) assistance due for them

    @property
    def gained(self) -> Floats:
        """Income and transfers received, (years, funds)."""
        return self.flows.income + self.flows.transfer_in

    @property
    def paid(self) -> Floats:
        """Spending and transfers made, (years, funds)."""
        return self.flows.spending + self.flows.transfer_out

    @property
    def balance(self) -> Floats:
        """What stands in each fund at the end of the year, (years, funds); a debt is negative."""
        balance: Floats = self.opening + (self.gained - self.paid).cumsum(axis=0)
        return balance

    @property
    def reserve_months(self) -> Floats:
        """Months that the balance would last at the year's payments, (years, funds)."""
        return _over(12 * self.balance, self.paid)

    @property
    def dry(self) -> dict[str, int | None]:
        """The first year at whose end each fund owes money."""
        return self._first(self.balance < 0)

    @property
    def deficit(self) -> dict[str, int | None]:
        """The first year in which each fund pays more than it gains."""
        return self._first(self.paid > self.gained)

    @property
    def covered(self) -> Floats:
        """Share of the assistance due on bills that grants and savings cover, (years,).

        Help with premiums comes first.
        """
        saved = np.append(self.opening[ASSISTANCE], self.balance[:-1, ASSISTANCE]).clip(min=0)
        left = saved + (self.gained - self.flows.transfer_out)[:, ASSISTANCE]
        due = self.flows.spending[:, ASSISTANCE]
        return np.where(due > 0, _over(left, due).clip(0, 1), 1.0)

    @property
    def help_per_stay(self) -> Floats:
        """Assistance that an assisted stay gets, as far as it is covered, (years,) CNY."""
        return self.covered * _over(self.stay_help, self.stays)

    def _first(self, where: Bools) -> dict[str, int | None]:
        return {
            fund: int(self.years[now.argmax()]) if now.any() else None
            for fund, now in zip(FUNDS, where.T, strict=True)
        }


def base_year(
    year: int,
    persons: Floats,
    counted: Floats,
    entitled: float,
    amounts: Floats,
    premium: float,
    accounts: tuple[float, float],
    who: PopulationParameters,
) -> BaseYear:
    """What one modelled year says of the years to come.

    persons: those whose funds are projected; counted: the members whose bills were counted; both by
    scheme, sex and age, shape (4, 2, 101). entitled: of the counted. amounts: (funds + 2, 4, 2,
    101) a year's payments of each fund, assisted stays, and assistance with them. premium: mean
    over the standard one. accounts: share of the base and CNY a retired member that enter the
    individual accounts.
    """
    members = counted[: Scheme.NONE].sum(axis=1)
    each = profile(amounts[:, : Scheme.NONE].sum(axis=2), members)
    residents = members[RESIDENTS].sum()
    return BaseYear(
        year=year,
        cohorts=first_cohorts(persons, who),
        entitled_share=float(entitled / residents) if residents else 0.0,
        cost=each[: len(FUNDS)],
        stays=each[-2],
        stay_help=each[-1],
        premium=premium,
        account_share=accounts[0],
        account_retired=accounts[1],
        first_age=who.retirement_age,
        male_share=who.male_share,
    )


def project(base: BaseYear, p: FundParameters) -> Projection:
    """The base year and those after it, to `last_year`; a fund in debt goes on borrowing."""
    years = range(base.year, max(round(p.last_year), base.year) + 1)
    cohorts = [base.cohorts]
    for year in years[1:]:
        cohorts.append(next_year(cohorts[-1], year, base.first_age, base.male_share, p))
    by_age = [c.members for c in cohorts]
    members = [_count(m, base.entitled_share) for m in by_age]
    n = np.stack([by_group(m) for m in by_age])  # (years, statuses, groups)
    costs = n * ((1 + p.cost_growth) ** np.arange(len(years))[:, None])[:, None]
    amounts = [_standards(p, year, base) for year in years]
    rows = [_row(base, *row, p) for row in zip(members, amounts, costs, strict=True)]
    return Projection(
        years=np.array(years),
        members=np.array(members),
        opening=np.array([members[0].of(i) * p.opening[i] for i in range(len(FUNDS))]),
        flows=Flows(*(np.stack(part) for part in zip(*rows, strict=True))),
        premium=np.array([s.premium for s in amounts]),
        premium_help=np.array([s.help for s in amounts]),
        stays=(base.stays * n).sum(axis=(1, 2)),
        stay_help=(base.stay_help * costs).sum(axis=(1, 2)),
    )


def profile(amount: Floats, members: Floats) -> Floats:
    """A year's amounts a member, (..., statuses, groups), from sums by single age.

    amount: (..., 3, ages); members: (3, ages). Where a status has nobody of a group, the other
    status of employees stands in, then the status as a whole.
    """
    total, n = by_group(amount), by_group(members)
    each = _over(total, n)
    whole = _over(total.sum(axis=-1, keepdims=True), n.sum(axis=-1, keepdims=True))
    swapped = [RETIRED, ACTIVE, RESIDENTS]
    instead = np.where(n[swapped] > 0, each[..., swapped, :], whole)
    return np.where(n > 0, each, instead)


def by_group(values: Floats) -> Floats:
    """Sums over the ages of each group, (..., ages) to (..., groups)."""
    sums: Floats = np.add.reduceat(values, GROUP_FROM, axis=-1)
    return sums


def _standards(p: FundParameters, year: int, base: BaseYear) -> Standards:
    s = standards(p, year, base.year)
    return s._replace(premium=s.premium * base.premium)


def _count(by_age: Floats, entitled_share: float) -> Members:
    active, retired, residents = (float(n) for n in by_age.sum(axis=1))
    return Members(active, retired, residents, residents * entitled_share)


def _row(
    base: BaseYear, members: Members, s: Standards, costs: Floats, p: FundParameters
) -> Flows[Floats]:
    """One year; costs: members by status and group, times the growth of costs."""
    flows = yearly_flows(members, s, p.employer_rate)
    flows.income[ACCOUNT] = members.active * s.base * base.account_share
    flows.transfer_in[ACCOUNT] = members.retired * base.account_retired
    flows.transfer_out[POOL] = members.retired * base.account_retired
    flows.spending[:] += (base.cost * costs).sum(axis=(1, 2))
    return flows


def _over(above: Floats, below: Floats) -> Floats:
    below = np.broadcast_to(below, np.broadcast_shapes(above.shape, below.shape))
    return np.divide(above, below, out=np.zeros(below.shape), where=below > 0)
