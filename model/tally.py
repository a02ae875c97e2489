"""What a run counts: sums by group of residents and tier, by facility and month, and by day."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from model.accounts import Accounts
from model.encounters import ClosedSpells, Encounters, Kind, Outcome
from model.groups import N_CELLS, SHAPE, cells
from model.insurance.funds import FUNDS, N_CELLS_BY_AGE, age_cells
from model.insurance.payment import POOLS, PaymentParameters
from model.state import Memory, Residents
from model.terms import Area, Bools, Bytes, Floats, Ints, Scheme, Tier

N_TIERS = len(Tier)
READMISSION_DAY = 30
PRIMARY_HOSPITALS = ("level1_hospital", "ungraded_hospital")
MONEY = ("charge", "fund", "cash")
STATE = ("asked", "in_line", "bed_line", "beds", "beds_taken", "capacity")
DAILY = ("visits", "admissions", "wait_day", "wait_min", *STATE, *MONEY)
MONTHLY = (
    *("visits", "admissions", "wait_day", "wait_min", "asked", "in_line", "capacity"),
    *("bed_day", "bed_day_available", "doctor_day", *MONEY),
)
ACCOUNT_INCOME = "income_ebmi_account"
TO_RETIREES = "transfer_ebmi_account"  # part of it that the pooled fund pays
STAYS_ASSISTED, STAY_ASSISTANCE = "stays_assisted", "stay_assistance"


@dataclass(frozen=True, slots=True)
class Setting:
    """What the counts need to know of the facilities; shape (facilities,)."""

    tier: Bytes
    area: Bytes
    kind: Sequence[str]
    settlement_of_place: Ints
    n_settlements: int
    sensitive: Bools  # (conditions,) admissions that primary care could avoid


@dataclass(frozen=True, slots=True)
class DayEnd:
    """The state of the facilities at the end of a day; shape (facilities,)."""

    asked: Ints
    in_line: Ints
    bed_line: Ints
    beds: Ints
    beds_taken: Ints
    capacity: Floats
    doctors: Floats
    area: Bytes  # in force
    payment: PaymentParameters  # in force


class Tally:
    """Counts of a run; the sums by group cover the counted days only."""

    def __init__(
        self, residents: Residents, setting: Setting, start: date, warm_up: int, days: int
    ) -> None:
        self.start, self.warm_up, self.days = start, warm_up, days
        self.setting = setting
        self.n_days = 0  # counted so far
        self._present = np.zeros(N_CELLS, np.int64)
        self._person_days = np.zeros(N_CELLS)  # before the last regrouping
        self._grouped_on = 0  # counted days before it
        self.sums: dict[str, Floats] = defaultdict(lambda: np.zeros((N_CELLS, N_TIERS)))
        n = len(setting.tier)
        dates = (start + timedelta(day) for day in range(max(days, 1)))
        self.months = sorted({f"{day:%Y-%m}" for day in dates})
        self.facility = {name: np.zeros((len(self.months), n)) for name in MONTHLY}
        self.accounts = Accounts(setting.tier, setting.area, residents, self.months)
        self.flows = np.zeros((setting.n_settlements, n), np.int64)
        self.daily = {name: np.zeros((warm_up + days, N_TIERS)) for name in DAILY}
        accounts = (ACCOUNT_INCOME, TO_RETIREES)
        self.funds: dict[str, Floats] = {
            name: np.zeros(len(self.months)) for name in (*FUNDS, *accounts)
        }
        assisted = (STAYS_ASSISTED, STAY_ASSISTANCE)
        self.by_age = {name: np.zeros(N_CELLS_BY_AGE) for name in (*FUNDS, *assisted)}
        self._settlement = setting.settlement_of_place[residents.place].astype(np.int32)
        self._primary_institution = np.array(
            [
                t <= Tier.CENTRE and k not in PRIMARY_HOSPITALS
                for t, k in zip(setting.tier, setting.kind, strict=True)
            ],
            np.bool_,
        )
        self.regroup(residents)

    def regroup(self, residents: Residents) -> None:
        """Count from today on by the schemes that residents have now."""
        if self.n_days:
            self._person_days += self._present * (self.n_days - self._grouped_on)
            self._grouped_on = self.n_days
        self.cell = cells(residents).astype(np.int16)
        self._present = np.bincount(self.cell, minlength=N_CELLS)
        self._age_cell = age_cells(residents.scheme, residents.female, residents.age)
        self._insured_here = residents.insured_here
        self.accounts.regroup(residents)

    @property
    def residents(self) -> Floats:
        """Mean residents of the counted days by cell."""
        if not self.n_days:
            return self._present.astype(np.float64)
        days = self._present * (self.n_days - self._grouped_on)
        return (self._person_days + days) / self.n_days

    @property
    def n_months(self) -> int:
        """Calendar months that have a counted day so far."""
        return self._month(self.warm_up + self.n_days - 1) + 1 if self.n_days else 0

    def date_of(self, day: int) -> date:
        """The date of a day of the run, of which day `warm_up` is the start date."""
        return self.start + timedelta(day - self.warm_up)

    def add_encounters(self, day: int, table: Encounters, memory: Memory) -> None:
        """Count a day's encounters of one kind; call before the day's stays enter memory.

        Tables by day and by facility hold visits and stays; a pharmacy is no facility.
        """
        if table.kind != Kind.PURCHASE:
            self._add_day(day, table)
        if day < self.warm_up or len(table) == 0:
            return
        self._add_money(table)
        np.add.at(memory.out_of_pocket, table.person, table.bill.psn_cash_pay)
        if table.kind == Kind.VISIT:
            self._add_visits(day, table)
        elif table.kind == Kind.STAY:
            self._add_stays(day, table, memory)
        if table.kind != Kind.PURCHASE:
            self._add_facility_money(self._month(day), table)
            self.accounts.add(self._month(day), table)
        self._add_funds(self._month(day), table)

    def add_contacts(
        self,
        day: int,
        person: Ints,
        tier: Bytes,
        first: Bools,
        bypassing: Bools,
        emergency: Bools,
        up: Bools,
        down: Bools,
    ) -> None:
        """Count what a day's visits were in their spells."""
        if day < self.warm_up:
            return
        planned, at = first & ~emergency, self._at(person, tier)
        for name, where in (
            ("first_contacts", first),
            ("first_contacts_planned", planned),
            ("bypassing", planned & bypassing & (tier >= Tier.SECONDARY)),
            ("referred_up", up & (tier <= Tier.CENTRE)),
            ("arrived_down", down & (tier <= Tier.CENTRE)),
        ):
            self._add(name, at, where)

    def add_advice(self, day: int, advised: Ints, taken_up: Ints) -> None:
        """Count residents advised to be admitted, and stays begun in time after the advice."""
        if day < self.warm_up:
            return
        self._add("advised", self._at(advised))
        self._add("taken_up", self._at(taken_up))

    def add_discharges(self, day: int, person: Ints, tier: Bytes, stay_day: Ints) -> None:
        """Count the stays that end."""
        if day < self.warm_up:
            return
        at = self._at(person, tier)
        self._add("discharges", at)
        self._add("bed_days", at, stay_day)

    def add_closed(self, day: int, spells: ClosedSpells) -> None:
        """Count the spells that end."""
        if day < self.warm_up or len(spells) == 0:
            return
        at = self._at(spells.person)
        treated_alone = ~spells.seen
        cured = (spells.outcome != Outcome.UNRESOLVED) & ~spells.worsened
        for name, where in (
            ("spells", None),
            ("resolved", cured),
            ("wanted", spells.wanted),
            ("unmet", spells.wanted & treated_alone),
            ("self_treated", treated_alone),
        ):
            self._add(name, at, where)

    def end_day(self, day: int, end: DayEnd) -> None:
        """Count what stands at midnight."""
        tier = self.setting.tier
        for name in STATE:
            value = getattr(end, name)
            self.daily[name][day] = np.bincount(tier, weights=value, minlength=N_TIERS)
        if day < self.warm_up:
            return
        self.n_days = day - self.warm_up + 1
        month = self._month(day)
        for name, value in (
            ("bed_day", end.beds_taken),
            ("bed_day_available", end.beds),
            ("capacity", end.capacity),
            ("doctor_day", end.doctors),
            ("asked", end.asked),
        ):
            self.facility[name][month] += value
        self.facility["in_line"][month] = end.in_line
        self.accounts.end_day(month, end.payment, end.area)

    def spending(self) -> dict[str, Floats]:
        """What the funds spent by month, fen: settled bills, and what clearing adds to them.

        At the baseline's forms of payment it adds nothing.
        """
        spent = {fund: self.funds[fund].copy() for fund in FUNDS}
        for fund, beyond in zip(POOLS, self.accounts.beyond_baseline().T, strict=True):
            spent[fund] += beyond
        return spent

    def by_group(self, name: str) -> Floats:
        """Sums of a count, shape (*SHAPE, tiers); zero of what never happened."""
        return self.sums[name].reshape(*SHAPE, N_TIERS)

    def _at(self, person: Ints, tier: Bytes | int = 0) -> Ints:
        """Where counts of these residents at these tiers stand in a table by cell and tier."""
        return self.cell[person] * N_TIERS + tier

    def _add(self, name: str, at: Ints, weights: Ints | Floats | Bools | None = None) -> None:
        """Count rows, or sum what they weigh; flags count the rows that have them."""
        size = N_CELLS * N_TIERS
        self.sums[name] += np.bincount(at, weights, minlength=size).reshape(N_CELLS, N_TIERS)

    def _add_visits(self, day: int, v: Encounters) -> None:
        at = self._at(v.person, v.tier)
        for name, value in (
            ("visits", None),
            ("visits_institution", self._primary_institution[v.facility]),
            ("visits_county", v.area == Area.COUNTY),
            ("visit_claims", v.claimed),
            ("wait_day", v.wait_day),
            ("wait_min", v.wait_min),
            ("travel_min", v.travel_min),
            ("visit_charge", v.bill.medfee_sumamt),
        ):
            self._add(name, at, value)
        month = self._month(day)
        n = len(self.setting.tier)
        self.facility["visits"][month] += np.bincount(v.facility, minlength=n)
        self.facility["wait_day"][month] += np.bincount(v.facility, v.wait_day, minlength=n)
        self.facility["wait_min"][month] += np.bincount(v.facility, v.wait_min, minlength=n)
        flow = self._settlement[v.person] * n + v.facility
        self.flows += np.bincount(flow, minlength=self.flows.size).reshape(self.flows.shape)

    def _add_stays(self, day: int, s: Encounters, memory: Memory) -> None:
        bill, at = s.bill, self._at(s.person, s.tier)
        since = day - memory.discharged_day[s.person].astype(np.int64)
        scheme_pays = bill.hifp_pay + bill.hifmi_pay + bill.hifob_pay
        for name, value in (
            ("stays", None),
            ("stays_county", s.area == Area.COUNTY),
            ("stays_claimed", s.claimed),
            ("stays_avoidable", self.setting.sensitive[s.condition]),
            ("readmissions", since <= READMISSION_DAY),
            ("stay_charge", bill.medfee_sumamt),
            ("case_weight", s.recorded_weight),
            ("stay_charge_claimed", bill.medfee_sumamt * s.claimed),
            ("stay_scope", bill.inscp_scp_amt * s.claimed),
            ("stay_scheme_pay", scheme_pays * s.claimed),
            ("stay_assistance", bill.maf_pay),
            ("stay_assisted_cash", bill.psn_cash_pay * (bill.maf_pay > 0)),
        ):
            self._add(name, at, value)
        memory.was_admitted[s.person] = True
        n = len(self.setting.tier)
        self.facility["admissions"][self._month(day)] += np.bincount(s.facility, minlength=n)

    def _add_money(self, t: Encounters) -> None:
        bill, at = t.bill, self._at(t.person, t.tier)
        charge, fund = bill.medfee_sumamt, bill.fund_pay_sumamt
        seen_there = t.facility >= 0
        institution = t.claimed & seen_there
        for name, value in (
            ("charge", charge),
            ("fund", fund),
            ("cash", bill.psn_cash_pay),
            ("own_pay", bill.fulamt_ownpay_amt),
            ("drugs", t.drugs),
            ("fund_county", fund * ((t.area == Area.COUNTY) & seen_there)),
            ("fund_primary", fund * ((t.tier <= Tier.CENTRE) & seen_there)),
            ("claimed_charge", charge * t.claimed),
            ("scheme_pay", (bill.hifp_pay + bill.hifmi_pay + bill.hifob_pay) * t.claimed),
            ("claimed_institution", charge * institution),
            ("claimed_away", charge * (institution & (t.area == Area.AWAY))),
        ):
            self._add(name, at, value)

    def _add_facility_money(self, month: int, t: Encounters) -> None:
        n = len(self.setting.tier)
        for name, value in (
            ("charge", t.bill.medfee_sumamt),
            ("fund", t.bill.fund_pay_sumamt),
            ("cash", t.bill.psn_cash_pay),
        ):
            self.facility[name][month] += np.bincount(t.facility, value, minlength=n)

    def _add_day(self, day: int, t: Encounters) -> None:
        columns: list[tuple[str, Ints | Floats | None]] = [
            ("charge", t.bill.medfee_sumamt),
            ("fund", t.bill.fund_pay_sumamt),
            ("cash", t.bill.psn_cash_pay),
        ]
        if t.kind == Kind.VISIT:
            columns += [("visits", None), ("wait_day", t.wait_day), ("wait_min", t.wait_min)]
        elif t.kind == Kind.STAY:
            columns += [("admissions", None)]
        for name, value in columns:
            self.daily[name][day] += np.bincount(t.tier, value, minlength=N_TIERS)

    def _add_funds(self, month: int, t: Encounters) -> None:
        bill = t.bill
        here = self._insured_here[t.person]
        resident_scheme = t.scheme == Scheme.RBMI
        for fund, value, where in (
            ("ebmi_pool", bill.hifp_pay, here & ~resident_scheme),
            ("rbmi", bill.hifp_pay, here & resident_scheme),
            ("critical_illness", bill.hifmi_pay, here),
            ("catastrophic_subsidy", bill.hifob_pay, here),
            ("assistance", bill.maf_pay, here),
            ("ebmi_account", bill.acct_pay + bill.acct_mulaid_pay, here),
        ):
            paid = np.flatnonzero(where & (value > 0))
            self.funds[fund][month] += int(value[paid].sum())
            self._add_by_age(fund, t.person[paid], value[paid])
        if t.kind == Kind.STAY:
            helped = np.flatnonzero(here & (bill.maf_pay > 0))
            self._add_by_age(STAYS_ASSISTED, t.person[helped], np.ones(len(helped)))
            self._add_by_age(STAY_ASSISTANCE, t.person[helped], bill.maf_pay[helped])

    def _add_by_age(self, name: str, person: Ints, weights: Ints | Floats) -> None:
        cell = self._age_cell[person]
        self.by_age[name] += np.bincount(cell, weights, minlength=N_CELLS_BY_AGE)

    def _month(self, day: int) -> int:
        return self.months.index(f"{self.date_of(day):%Y-%m}")
