"""Members grow older, retire and join: from one year of the funds to the next."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import ndtr

from model.insurance.funds import N_AGES, FundParameters
from model.population.parameters import PopulationParameters
from model.terms import Floats, Scheme

AGES = np.arange(N_AGES)
SEX_OF_KIND = np.array([1, 1, 0])  # women workers, women staff, men
MOTHERS = slice(20, 40)  # ages of `births`
ACTIVE, RETIRED, RESIDENTS = range(3)  # rows of `Cohorts.members`


@dataclass(frozen=True, slots=True, eq=False)
class Cohorts:
    """Members by age 0 to 100, persons; sexes: men, women; kinds: women workers, staff, men."""

    people: Floats  # (sexes, ages) members and uninsured; not those insured elsewhere
    employees: Floats  # (kinds, ages) members of the employees' scheme
    retired: Floats  # (kinds, ages) those of them who no longer contribute
    joining: Floats  # (kinds, ages) employees among people of the sex, as the young join
    insured: Floats  # (sexes, ages) members of the residents' scheme among the others

    @property
    def members(self) -> Floats:
        """Active, retired, residents' scheme by age, (3, ages)."""
        retired, employees = self.retired.sum(axis=0), self.employees.sum(axis=0)
        others = (self.people - _by_sex(self.employees)) * self.insured
        return np.stack((employees - retired, retired, others.sum(axis=0)))


def first_cohorts(persons: Floats, who: PopulationParameters) -> Cohorts:
    """Cohorts of persons counted by scheme, sex and age, shape (4, 2, 101)."""
    people, counted = persons.sum(axis=0), persons[[Scheme.EBMI_ACTIVE, Scheme.EBMI_RETIRED]]
    old_worker, old_staff, _ = who.retirement_age
    men, women = counted.sum(axis=0)
    between = (old_worker <= AGES) & (old_staff > AGES)  # who has retired was a worker
    worker = np.where(between, counted[1, 1], who.women_workers * women)
    employees = np.stack((worker, women - worker, men))
    return Cohorts(
        people=people,
        employees=employees,
        retired=employees * (who.retirement_age[:, None] <= AGES),
        joining=_at_every_age(employees, people[SEX_OF_KIND]),
        insured=_at_every_age(persons[Scheme.RBMI], people - counted.sum(axis=0)),
    )


def next_year(
    now: Cohorts, year: int, first_age: Floats, male: float, p: FundParameters
) -> Cohorts:
    """The cohorts of `year`, a year older than `now`.

    first_age: (kinds,) retirement age before the reform. From `settled_age` on a cohort keeps its
    members; contributors of every age gain `coverage_growth`, at most all people.
    """
    alive = survival(year, p)
    grow = 1 + p.coverage_growth
    people = _older(now.people * alive)
    people[:, 0] = p.births * now.people[1, MOTHERS].sum() * np.array([male, 1 - male])
    retired = _older(now.retired * alive[SEX_OF_KIND])
    active = _older((now.employees - now.retired) * alive[SEX_OF_KIND]) * grow
    joining = now.joining * grow
    employees = np.where(
        p.settled_age > AGES, joining * people[SEX_OF_KIND], np.add(active, retired)
    )
    too_many = np.maximum(_by_sex(employees), people)
    employees *= np.divide(people, too_many, out=np.ones_like(people), where=people > 0)[
        SEX_OF_KIND
    ]
    due = retired_share(year, first_age, p) * qualified_share(p)
    retired = np.minimum(np.maximum(retired, employees * due), employees)
    return replace(now, people=people, employees=employees, retired=retired, joining=joining)


def retired_share(year: int, first_age: Floats, p: FundParameters) -> Floats:
    """Share of each kind and age that has reached the retirement age of the year, (kinds, ages).

    The age rises in a straight line over `reform_years`; of those in their last year below it a
    part has passed it by the middle of the year.
    """
    passed = np.clip((year + 0.5 - p.reform_from) / p.reform_years, 0, 1)
    age = first_age + passed * np.maximum(p.retirement_final - first_age, 0)
    return np.clip(AGES + 1 - age[:, None], 0, 1)


def qualified_share(p: FundParameters) -> Floats:
    """Share of each kind and age whose contribution years are full, (kinds, ages).

    The age of first contribution is normal: P(entry <= age - years required).
    """
    mean, sd = p.entry_age
    share: Floats = ndtr((AGES + 0.5 - p.contribution_years[:, None] - mean) / sd)
    return share


def survival(year: int, p: FundParameters) -> Floats:
    """Share of each sex and age alive a year later, (sexes, ages): exp(-hazard), Gompertz's law.

    hazard(x) = exp((x - mode) / spread) / spread, taken at the middle of the year of age; the mode
    rises by `longevity_gain` a year.
    """
    spread = p.mortality_spread
    mode = p.mortality_mode + p.longevity_gain * (year - p.dated_from)
    hazard = np.exp((AGES + 0.5 - mode[:, None]) / spread) / spread
    return np.exp(-hazard)


def _older(persons: Floats) -> Floats:
    """Everyone a year older; the last age keeps its own."""
    older = np.zeros_like(persons)
    older[:, 1:] = persons[:, :-1]
    older[:, -1] += persons[:, -1]
    return older


def _by_sex(kinds: Floats) -> Floats:
    return np.stack((kinds[2], kinds[0] + kinds[1]))


def _at_every_age(part: Floats, whole: Floats) -> Floats:
    """Part over whole, (rows, ages); an age that has nobody lies between its neighbours."""
    there = [np.flatnonzero(row > 0) for row in whole]
    rows = zip(part, whole, there, strict=True)
    return np.stack(
        [np.interp(AGES, at, a[at] / b[at]) if at.size else np.zeros(N_AGES) for a, b, at in rows]
    )
