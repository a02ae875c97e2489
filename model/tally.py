"""What a run counts: sums by group of residents and tier, by facility and month, and by day."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from model import counting
from model.accounts import Accounts
from model.counting import N_TIERS, WHO, Sums, Who, by_cell, place
from model.encounters import ClosedSpells, Encounters, Kind, Outcome
from model.groups import N_CELLS, SHAPE, cells
from model.insurance.funds import ASSISTANCE, FUNDS, N_CELLS_BY_AGE, age_cells
from model.insurance.payment import POOLS, PaymentParameters, Providers
from model.state import Memory, Residents
from model.terms import Area, Bools, Bytes, Floats, Ints, Tier

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
    providers: Providers  # in force
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
        homes = setting.settlement_of_place[residents.place].astype(np.int32)
        self.accounts = Accounts(setting.tier, homes, setting.n_settlements, residents, self.months)
        self.flows = np.zeros((setting.n_settlements, n), np.int64)
        self.daily = {name: np.zeros((warm_up + days, N_TIERS)) for name in DAILY}
        accounts = (ACCOUNT_INCOME, TO_RETIREES)
        self.funds: dict[str, Floats] = {
            name: np.zeros(len(self.months)) for name in (*FUNDS, *accounts)
        }
        of_stays = (STAYS_ASSISTED, STAY_ASSISTANCE)
        self.by_age: dict[str, Floats] = {
            name: np.zeros(N_CELLS_BY_AGE) for name in (*FUNDS, *of_stays)
        }
        self._home = homes
        self._institution = np.array(
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
        self._who = np.zeros(len(residents), WHO)
        self._who["home"], self._who["cell"] = self._home, self.cell
        self._who["age"] = age_cells(residents.scheme, residents.female, residents.age)
        self._who["here"] = residents.insured_here
        self._present = np.bincount(self.cell, minlength=N_CELLS)
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
        counted = day >= self.warm_up and len(table) > 0
        month = self._month(day) if counted else -1
        if table.kind != Kind.PURCHASE:
            by_tier, by_facility = counting.places(table, len(self.setting.tier))
            for name, sums in by_tier.items():
                self.daily[name][day] += sums
            if counted:
                for name, sums in by_facility.items():
                    self.facility[name][month] += sums
        if not counted:
            return
        who = self._who[table.person]
        at = place(who, table.tier)
        self._add(counting.money(at, table))
        np.add.at(memory.out_of_pocket, table.person, table.bill.psn_cash_pay)
        if table.kind == Kind.VISIT:
            self._add(counting.visits(at, who["home"], self._institution, table, self.flows))
        elif table.kind == Kind.STAY:
            self._add_stays(day, at, table, memory)
        elif table.kind == Kind.ONLINE:
            self._add(by_cell(at, {"online": None}))
        if table.kind != Kind.PURCHASE:
            self.accounts.add(month, table)
        self._add_funds(month, who, table)

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
        planned, primary = first & ~emergency, tier <= Tier.CENTRE
        flags = {
            "first_contacts": first,
            "first_contacts_planned": planned,
            "bypassing": planned & bypassing & ~primary,
            "referred_up": up & primary,
            "arrived_down": down & primary,
        }
        self._add(counting.flagged(place(self._who[person], tier), flags))

    def add_advice(self, day: int, advised: Ints, taken_up: Ints) -> None:
        """Count residents advised to be admitted, and stays begun in time after the advice."""
        if day < self.warm_up:
            return
        for name, person in (("advised", advised), ("taken_up", taken_up)):
            self._add(by_cell(place(self._who[person]), {name: None}))

    def add_discharges(self, day: int, person: Ints, tier: Bytes, stay_day: Ints) -> None:
        """Count the stays that end."""
        if day < self.warm_up:
            return
        at = place(self._who[person], tier)
        self._add(by_cell(at, {"discharges": None, "bed_days": stay_day}))

    def add_closed(self, day: int, *spells: ClosedSpells) -> None:
        """Count the spells that end."""
        if day < self.warm_up or not any(map(len, spells)):
            return
        person, seen, wanted, worsened, outcome = (
            np.concatenate([getattr(some, name) for some in spells])
            for name in ("person", "seen", "wanted", "worsened", "outcome")
        )
        flags = {
            "spells": np.ones(len(person), np.bool_),
            "resolved": (outcome != Outcome.UNRESOLVED) & ~worsened,
            "wanted": wanted,
            "unmet": wanted & ~seen,
            "self_treated": ~seen,
        }
        self._add(counting.flagged(place(self._who[person]), flags))

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
        self.accounts.end_day(month, end.payment, end.providers)

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

    def _add(self, counted: Sums) -> None:
        for name, sums in counted.items():
            self.sums[name] += sums.reshape(N_CELLS, N_TIERS)

    def _add_stays(self, day: int, at: Ints, s: Encounters, memory: Memory) -> None:
        bill = s.bill
        since = day - memory.discharged_day[s.person].astype(np.int64)
        scheme_pays = bill.hifp_pay + bill.hifmi_pay + bill.hifob_pay
        columns = {
            "stays": None,
            "stays_county": s.area == Area.COUNTY,
            "stays_claimed": s.claimed,
            "stays_avoidable": self.setting.sensitive[s.condition],
            "readmissions": since <= READMISSION_DAY,
            "stay_charge": bill.medfee_sumamt,
            "case_weight": s.recorded_weight,
            "stay_charge_claimed": bill.medfee_sumamt * s.claimed,
            "stay_scope": bill.inscp_scp_amt * s.claimed,
            "stay_scheme_pay": scheme_pays * s.claimed,
            "stay_assistance": bill.maf_pay,
            "stay_assisted_cash": bill.psn_cash_pay * (bill.maf_pay > 0),
        }
        self._add(by_cell(at, columns))
        memory.was_admitted[s.person] = True

    def _add_funds(self, month: int, who: Who, t: Encounters) -> None:
        paid = counting.funds(who, t)
        for fund, by_age in zip(FUNDS, paid, strict=True):
            self.funds[fund][month] += by_age.sum()
            self.by_age[fund] += by_age
        if t.kind == Kind.STAY:
            at = who["age"][who["here"] & (t.bill.maf_pay > 0)]
            self.by_age[STAYS_ASSISTED] += np.bincount(at, minlength=N_CELLS_BY_AGE)
            self.by_age[STAY_ASSISTANCE] += paid[ASSISTANCE]

    def _month(self, day: int) -> int:
        return self.months.index(self.date_of(day).isoformat()[:7])
