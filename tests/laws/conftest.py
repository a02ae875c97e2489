"""A few days written as tables of text, told to a tally as the model would tell them."""

from dataclasses import fields
from datetime import date
from types import SimpleNamespace

import numpy as np
import pytest

from model.encounters import ClosedSpells, Encounters, Kind
from model.encounters import Outcome as Ending
from model.indicators import Outcome
from model.insurance.payment import PaymentParameters, Providers
from model.insurance.settlement import Settlement
from model.parameters import shipped_parameters
from model.state import new_memory
from model.tally import DayEnd, Setting, Tally
from model.terms import Area, Condition, Service, Tier

BILL = {
    "medfee_sumamt": "charge",
    "fulamt_ownpay_amt": "own",
    "inscp_scp_amt": "scope",
    "hifp_pay": "hifp",
    "hifmi_pay": "hifmi",
    "hifob_pay": "hifob",
    "maf_pay": "maf",
    "acct_pay": "acct",
}  # columns of tables, CNY; one that is missing is zero
DRUGS = (0.5, 0.5, 0.25, 0.25)  # part of a charge by tier; all of it at the pharmacy
SENSITIVE = Condition.OTHER_CHRONIC


def rows_of(text):
    """The rows of a table, numbers as numbers."""
    header, *lines = [line.split() for line in text.strip().splitlines() or [""]]
    return [
        SimpleNamespace(
            **{
                name: cell if cell[-1].isalpha() or cell == "-" else float(cell)
                for name, cell in zip(header, line, strict=True)
            }
        )
        for line in lines
    ]


def column(rows, name, kind=np.int64):
    return np.array([getattr(row, name, 0) for row in rows]).astype(kind)


def bills_of(rows):
    """Bills in fen; what the table does not say follows from the identities of a settlement."""
    fen = {field: 100 * column(rows, said) for field, said in BILL.items()}
    fund = fen["hifp_pay"] + fen["hifmi_pay"] + fen["hifob_pay"] + fen["maf_pay"]
    charge, own, scope = (fen[n] for n in ("medfee_sumamt", "fulamt_ownpay_amt", "inscp_scp_amt"))
    fen |= {"fund_pay_sumamt": fund, "preselfpay_amt": charge - own - scope}
    fen["psn_cash_pay"] = charge - fund - fen["acct_pay"]
    return filled(Settlement, len(rows), **fen)


def filled(table, n, **columns):
    """A table of n rows; of what an indicator does not read, there is nothing."""
    rest = {field.name: np.zeros(n, np.int64) for field in fields(table)}
    return table(**(rest | columns))


class Life:
    """Tables of what happened, counted; days of warm-up are negative."""

    def __init__(self, facilities, visits="", stays="", purchases="", spells=""):
        self.facilities = rows_of(facilities)
        self.visits, self.stays = rows_of(visits), rows_of(stays)
        self.purchases, self.spells = rows_of(purchases), rows_of(spells)
        self.tier = np.array([Tier[row.tier] for row in self.facilities], np.int8)
        self.area = np.array([Area[row.area] for row in self.facilities], np.int8)
        self.doctors = column(self.facilities, "doctors", np.float64)
        self.payment = shipped_parameters().bind(PaymentParameters, "payment")
        self.row = {row.letter: i for i, row in enumerate(self.facilities)}

    def setting(self):
        return Setting(
            tier=self.tier,
            area=self.area,
            kind=[row.kind for row in self.facilities],
            settlement_of_place=np.array([0, 1]),
            n_settlements=2,
            sensitive=np.arange(len(Condition)) == SENSITIVE,
        )

    def encounters(self, rows, kind, residents):
        n, person = len(rows), column(rows, "who")
        at = np.array([self.row.get(getattr(row, "at", ""), -1) for row in rows], np.int64)
        bill = bills_of(rows)
        service = (Service.OUTPATIENT, Service.INPATIENT, Service.PHARMACY)[kind]
        condition = [Condition[getattr(row, "condition", "COMMON_ACUTE")] for row in rows]
        return filled(
            Encounters,
            n,
            kind=kind,
            person=person,
            facility=at,
            tier=np.where(at < 0, Tier.CLINIC, self.tier[at]).astype(np.int8),
            area=np.where(at < 0, Area.COUNTY, self.area[at]).astype(np.int8),
            scheme=residents.scheme[person],
            service=np.full(n, service, np.int8),
            condition=np.array(condition, np.int8),
            emergency=told(rows, "emergency"),
            claimed=column(rows, "claimed", np.bool_),
            wait_day=column(rows, "wait_day"),
            wait_min=column(rows, "wait_min", np.float64),
            travel_min=column(rows, "travel", np.float64),
            stay_day=column(rows, "days"),
            recorded_weight=column(rows, "weight", np.float64),
            drugs=bill.medfee_sumamt * np.where(at < 0, 1, np.array(DRUGS)[self.tier[at]]),
            bill=bill,
        )

    def midnight(self, day):
        """In warm-up everything is full and a hundred times larger."""
        beds, taken = column(self.facilities, "beds"), column(self.facilities, "taken")
        capacity = column(self.facilities, "capacity", np.float64)
        if day < 0:
            beds, taken, capacity = 100 * beds, 100 * beds, 100 * capacity
        end = dict(beds=beds, beds_taken=taken, capacity=capacity, payment=self.payment)
        return filled(DayEnd, len(beds), providers=self.providers(), **end)

    def providers(self):
        """One consortium of the county, for everybody and all care."""
        return Providers(
            tier=self.tier,
            pooled=self.area != Area.AWAY,
            consortium=np.where(self.area == Area.COUNTY, 0, -1),
            home=np.zeros(2, np.int64),
            leads=("county",),
            services=np.ones((1, len(Service)), np.bool_),
        )

    def pass_day(self, tally, memory, residents, day):
        at = day + tally.warm_up
        left = [row for row in self.stays if row.day + row.days == day]
        memory.discharged_day[column(left, "who")] = at
        tier = self.tier[[self.row[row.at] for row in left]]
        tally.add_discharges(at, column(left, "who"), tier, column(left, "days"))
        for table, kind in (
            (self.purchases, Kind.PURCHASE),
            (self.visits, Kind.VISIT),
            (self.stays, Kind.STAY),
        ):
            encounters = self.encounters(on(day, table), kind, residents)
            tally.add_encounters(at, encounters, memory)
            if kind == Kind.VISIT:
                flags = [told(on(day, table), w) for w in ("first", "walked", "emergency")]
                ways = [told(on(day, table), way) for way in ("up", "down")]
                tally.add_contacts(at, encounters.person, encounters.tier, *flags, *ways)
        tally.add_closed(at, spells_of(on(day, self.spells)))
        tally.end_day(at, self.midnight(day))


def on(day, rows):
    return [row for row in rows if row.day == day]


def told(rows, word):
    return np.array([word in getattr(row, "what", "") for row in rows], np.bool_)


def spells_of(rows):
    return filled(
        ClosedSpells,
        len(rows),
        person=column(rows, "who"),
        wanted=column(rows, "wanted", np.bool_),
        seen=column(rows, "seen", np.bool_),
        worsened=column(rows, "worsened", np.bool_),
        outcome=np.array([Ending[row.outcome] for row in rows], np.int8),
    )


@pytest.fixture(scope="session")
def live():
    """Live through the days of some tables; returns what they leave for the indicators."""

    def live(residents, warm_up, days, *, advised=None, taken_up=None, tables, **rest):
        life, memory = Life(**tables), new_memory(residents)
        tally = Tally(residents, life.setting(), date(2023, 12, 1), warm_up, days)
        for day in range(-warm_up, days):
            life.pass_day(tally, memory, residents, day)
            whom = [np.array((who or {}).get(day, []), np.int64) for who in (advised, taken_up)]
            tally.add_advice(day + warm_up, *whom)
        return Outcome(
            tally=tally,
            residents=residents,
            memory=memory,
            tier=life.tier,
            doctors=life.doctors,
            **rest,
        )

    return live
