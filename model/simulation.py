"""The model: builds the world of a scenario, steps a day, runs."""

import datetime
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import NamedTuple

import mesa
import numpy as np

from model import kernels
from model.care.build import build_world, carry_over, enact, renew_membership
from model.care.referrals import Referrals
from model.care.world import World
from model.day import DAY, Today
from model.facility import Facility
from model.insurance.rolls import Rolls
from model.insurance.rulebook import RuleBook, read_rulebook
from model.parameters import Parameters
from model.patient import Patient
from model.policies.choice import PolicyChoice, check_choices
from model.policies.facilities import check_facilities, moves, region_on
from model.policies.package import changed_parameters, changed_rules, check_package, effects_on
from model.region.region import Region
from model.scenario import Scenario, region_of
from model.state import Residents
from model.tally import ACCOUNT_INCOME, TO_RETIREES, Setting, Tally
from model.terms import InputError, Ints32, Scheme, Tier


class Patients:
    """Residents as agents, made when they are asked for: `model.patients[i]`."""

    def __init__(self, model: "TieredCareModel") -> None:
        self._model = model

    def __getitem__(self, row: int) -> Patient:
        if not 0 <= row < len(self):
            raise IndexError(f"resident {row}: there are {len(self)}, numbered from 0")
        return Patient(self._model, self._model.world, self._model.region, row)

    def __len__(self) -> int:
        return len(self._model.world.residents)

    def __iter__(self) -> Iterator[Patient]:
        return (self[row] for row in range(len(self)))


class Holders(NamedTuple):
    """Residents of a scheme who have individual accounts."""

    scheme: Scheme
    rows: Ints32
    here: int  # how many are members of this region's pool


class TieredCareModel(mesa.Model):
    """One scenario, from the first day of its warm-up to its last counted day.

    `step` passes one day; `run` passes all that are left. `day` counts from the first day of the
    warm-up, `date` is the calendar's. `day_steps` is what a day does, in order; who looks on may
    put steps of her own between them.
    """

    day_steps: tuple[Callable[[World, Today], None], ...] = DAY

    def __init__(self, plan: Scenario) -> None:
        super().__init__(rng=plan.seed)
        self.plan = plan
        self.region: Region = region_of(plan)
        self.rulebook: RuleBook = read_rulebook(plan.rulebook)
        self.parameters: Parameters = plan.parameters(self.region)  # without policies
        check_package(plan.policies, plan.start, self.parameters, self.rulebook.on)
        check_facilities(self.region, plan.policies, plan.start)
        self.in_force: Parameters = self.parameters  # with the policies of today
        self.day = 0
        self.n_days = plan.warm_up + plan.days
        n = self._n_residents()
        self.sample = n / self.region.population
        kernels.expect(n, self.n_days)
        first = self.date
        self._law: tuple[object, ...] = ((), None)  # policies in force and the rules' period
        self.world: World = build_world(
            self.region,
            self.parameters,
            self.rulebook.on(plan.start),
            n,
            plan.seed,
            first.timetuple().tm_yday - 1,
        )
        self.tally = Tally(
            self.world.residents, self._setting(), plan.start, plan.warm_up, plan.days
        )
        membership = self.world.membership
        self._holders = _account_holders(self.world.residents)
        self.rolls = Rolls(self.tally.months, self.world.residents, membership.premium)
        self.referrals = Referrals()
        self.patients = Patients(self)
        self.facilities = [
            Facility(self, self.world, self.region, row)
            for row in range(len(self.region.facilities))
        ]
        self.datacollector = mesa.DataCollector(model_reporters=_daily_reporters())

    @property
    def date(self) -> datetime.date:
        """Calendar date of the day that comes next."""
        return self.plan.start + timedelta(self.day - self.plan.warm_up)

    @property
    def finished(self) -> bool:
        """No day is left."""
        return self.day >= self.n_days

    def step(self) -> None:
        """Pass one day."""
        self._turn_calendar()
        today = Today(self.day, self.tally)
        for take_step in self.day_steps:
            take_step(self.world, today)
        if self.day >= self.plan.warm_up:
            self.rolls.end_day(f"{self.date:%Y-%m}", self.world.p.funds)
            self.referrals.add_day(self.world, today.visits, today.discharged)
        self.today = today
        self.day += 1
        self.datacollector.collect(self)
        if self.finished:
            # Mesa 3.3 counts agents in a class attribute, which would keep the model alive.
            getattr(mesa.Agent, "_ids", {}).pop(self, None)

    def adopt(self, policies: Sequence[PolicyChoice]) -> None:
        """Replace the plan's policies; to be called between two days.

        A new run of the plan is the same as this one if the policies of days passed stay as they
        were. Raises InputError, and changes nothing, if they cannot be in force together today.
        """
        plan = self.plan.model_copy(update={"policies": check_choices(policies)})
        effects = effects_on(plan.policies, self.date, plan.start)
        changed_parameters(self.parameters, effects)
        changed_rules(self.rulebook.on(max(self.date, plan.start)), effects)
        check_facilities(self.region, plan.policies, plan.start)
        self.plan = plan

    def run(self, each_day: Callable[["TieredCareModel"], None] | None = None) -> None:
        """Pass every day that is left; `each_day` is called after each."""
        while not self.finished:
            self.step()
            if each_day is not None:
                each_day(self)

    def _n_residents(self) -> int:
        population = self.region.population
        n = self.plan.residents or population
        if n > population:
            raise InputError(
                f"residents of {self.region.id}", found=n, allowed=f"1 to {population}"
            )
        return n

    def _turn_calendar(self) -> None:
        """Rules in force, the year's first morning, the month's inflow to the accounts."""
        today = self.date
        world = self.world
        self.keep_law()
        if self.day == world.membership.waits_until:
            renew_membership(world, self.day)
            self._regroup()
        if self.day == 0:
            opening = self.in_force["funds.opening.ebmi_account"].value
            for holders in self._holders:
                world.year.account[holders.rows] = round(opening * 100)
        if today.month == 1 and today.day == 1:
            world.year.new_year()
        if today.day == 1 or self.day == 0:
            self._credit_accounts()

    def keep_law(self) -> None:
        """Let policies and rules of the day that comes next be in force, as its step also does.

        The warm-up is under the earliest rules.
        """
        today, start, choices = self.date, self.plan.start, self.plan.policies
        rules = self.rulebook.on(max(today, start))
        in_force = tuple(choice for choice in choices if choice.on(today, start))
        if (in_force, rules) == self._law:
            return
        effects = effects_on(in_force, today, start)
        if in_force != self._law[0]:
            self.in_force = changed_parameters(self.parameters, effects)
            region = region_on(self.region, in_force)
            enact(self.world, region, self.in_force, changed_rules(rules, effects), self.day)
            carry_over(self.world, moves(self.region, choices))
            self._regroup()
        else:
            self.world.rules = changed_rules(rules, effects)
        self._law = (in_force, rules)

    def _regroup(self) -> None:
        """Count from today on by the schemes that residents have now."""
        residents = self.world.residents
        self.tally.regroup(residents)
        self.rolls.regroup(residents, self.world.membership.premium)
        self._holders = _account_holders(residents)

    def _credit_accounts(self) -> None:
        world, funds = self.world, self.tally.funds
        base = self.in_force["funds.contribution_base"].value * 100
        for scheme, rows, here in self._holders:
            each = world.year.credit_accounts(world.rules, rows, scheme, base)
            if self.day >= self.plan.warm_up:
                month = self.tally.months.index(f"{self.date:%Y-%m}")
                funds[ACCOUNT_INCOME][month] += each * here
                if scheme == Scheme.EBMI_RETIRED:
                    funds[TO_RETIREES][month] += each * here

    def _setting(self) -> Setting:
        p = self.world.p
        return Setting(
            tier=self.world.facility.tier,
            area=self.world.facility.area,
            kind=self.region.facilities.kind,
            settlement_of_place=self.region.places.settlement.astype(np.int64),
            n_settlements=len(self.region.settlements),
            sensitive=p.illness.ambulatory_sensitive > 0.5,
        )


def _account_holders(residents: Residents) -> list[Holders]:
    found = []
    for scheme in (Scheme.EBMI_ACTIVE, Scheme.EBMI_RETIRED):
        rows = np.flatnonzero(residents.scheme == scheme).astype(np.int32)
        here = int(residents.insured_here[rows].sum())
        found.append(Holders(scheme, rows, here))
    return found


def _daily_reporters() -> dict[str, Callable[[TieredCareModel], float]]:
    """Daily figures as plain numbers: visits, waiting, bed use and money by tier."""

    def reporter(name: str, tier: Tier) -> Callable[[TieredCareModel], float]:
        return lambda model: float(model.tally.daily[name][model.day - 1, tier])

    names = ("visits", "in_line", "admissions", "beds_taken", "fund", "cash")
    return {f"{name}_{tier.word}": reporter(name, tier) for name in names for tier in Tier}
