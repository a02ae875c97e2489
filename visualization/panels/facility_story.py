"""How a facility stands: its line, beds, patients and accounts, in plain values."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from model.accounts import AccountParameters, costs
from model.care.queue import mean_minutes, time_in_line
from model.insurance.payment import FEN, POOLS
from model.simulation import TieredCareModel
from model.terms import Area, Ints, Tier
from visualization.memory.recent import HISTORY_DAY, DaySheet, Flows, watch
from visualization.panels.patient_story import Names, facility_names, settlement_names

MOST_SOURCES = 6
PAYERS = (*POOLS, "other_funds", "individual_account", "cash")


@dataclass(frozen=True, slots=True)
class Source:
    """A settlement, or a facility, and how many visits lead from the one to the other."""

    row: int
    name: Names
    visits: float  # a day, of all residents
    share: float  # of the visits told of


@dataclass(frozen=True, slots=True)
class Books:
    """Accounts of the counted days so far, CNY, of all residents."""

    days: int
    income: dict[str, float]  # by payer, as cleared
    cost: float

    @property
    def surplus(self) -> float:
        """Income less cost."""
        return sum(self.income.values()) - self.cost


@dataclass(frozen=True, slots=True)
class FacilityStory:
    """One facility at the end of a day; people stand for all residents, whatever the sample.

    The histories are those of the last days, the oldest first.
    """

    row: int
    name: Names
    tier: Tier
    area: Area
    home: Names | None  # settlement in which it stands; none outside the county
    sample: float  # of the residents simulated
    doctors: float
    capacity: float  # visits a day
    load: float  # patients asking over capacity, smoothed
    wait_min: float  # mean, on the day
    wait_day: float  # before the day
    in_line: float
    bed_line: float
    beds: float
    beds_taken: float
    dates: tuple[date, ...]
    seen: tuple[float, ...]  # patients a day
    waiting: tuple[float, ...]  # left in line in the evening
    occupancy: tuple[float, ...]  # 0 to 1; empty without beds
    sources: tuple[Source, ...]
    elsewhere: float  # share of the visits from other settlements than `sources`
    books: Books | None  # none before the first counted day


def facility_story(model: TieredCareModel, row: int) -> FacilityStory | None:
    """A facility at the end of the last day; none if there is no such row."""
    if not 0 <= row < len(model.region.facilities):
        return None
    recent, world, region = watch(model), model.world, model.region
    sheets, scale = list(recent.sheets), 1 / model.sample
    now, state, table = sheets[-1] if sheets else None, world.state, world.facility
    beds = int(state.beds[row])
    home = int(region.facilities.settlement[row])
    sources, elsewhere = _sources(model, row)
    return FacilityStory(
        row=row,
        name=facility_names(region, row),
        tier=Tier(int(table.tier[row])),
        area=Area(int(region.facilities.area[row])),
        home=settlement_names(region, home) if home >= 0 else None,
        sample=model.sample,
        doctors=float(table.doctors[row]) * scale,
        capacity=float(table.capacity[row]) * scale,
        load=float(state.load[row]),
        wait_min=_wait_min(model, row),
        wait_day=float(state.wait_day[row]),
        in_line=_at(now.in_line, row) * scale if now else 0.0,
        bed_line=_at(now.bed_line, row) * scale if now else 0.0,
        beds=beds * scale,
        beds_taken=int(state.beds_taken[row]) * scale,
        dates=tuple(_date(model, sheet) for sheet in sheets),
        seen=tuple(_at(sheet.seen, row) * scale for sheet in sheets),
        waiting=tuple(_at(sheet.in_line, row) * scale for sheet in sheets),
        occupancy=tuple(_at(s.beds_taken, row) / max(_at(s.beds, row), 1) for s in sheets if beds),
        sources=sources,
        elsewhere=elsewhere,
        books=_books(model, row),
    )


def ranked(flows: Flows, ends: Ints, names: list[Names], a_day: float) -> tuple[Source, ...]:
    """The far ends of some flows, most visits first; ties in the order of the region.

    a_day: visits of all residents a day that one visit counted stands for.
    """
    visits = np.bincount(ends, weights=flows.visits, minlength=len(names))
    order = np.argsort(-visits, kind="stable")
    total = max(float(visits.sum()), 1.0)
    return tuple(
        Source(int(row), names[row], float(visits[row]) * a_day, float(visits[row]) / total)
        for row in order.tolist()
        if visits[row] > 0
    )


def _sources(model: TieredCareModel, row: int) -> tuple[tuple[Source, ...], float]:
    recent = watch(model)
    flows = recent.flows(HISTORY_DAY)
    here = flows.chosen(np.flatnonzero(flows.facility == row))
    n = len(model.region.settlements)
    names = [settlement_names(model.region, at) for at in range(n)]
    a_day = 1 / model.sample / max(recent.days_of(HISTORY_DAY), 1)
    found = ranked(here, here.settlement, names, a_day)
    return found[:MOST_SOURCES], sum(source.share for source in found[MOST_SOURCES:])


def _books(model: TieredCareModel, row: int) -> Books | None:
    tally = model.tally
    if not tally.n_days:
        return None
    paid = tally.accounts.paid()[:, row].sum(axis=0)
    claimed = tally.accounts.claims["claimed"][:, row].sum()
    charge, fund, cash = (tally.facility[name][:, row].sum() for name in ("charge", "fund", "cash"))
    fen = (*paid, fund - claimed, charge - fund - cash, cash)
    made = tally.facility["doctor_day"], tally.facility["bed_day_available"]
    p = model.in_force.bind(AccountParameters, "accounts")
    cost = costs(tally.accounts, *made, p)[:, row].sum()
    cny = 1 / FEN / model.sample
    return Books(
        days=tally.n_days,
        income={name: float(part) * cny for name, part in zip(PAYERS, fen, strict=True)},
        cost=float(cost) * cny,
    )


def _wait_min(model: TieredCareModel, row: int) -> float:
    world, one = model.world, slice(row, row + 1)
    load = np.minimum(world.state.load[one], world.p.queue.max_load)
    service = time_in_line(world.facility.tier[one], world.p.queue)
    return float(mean_minutes(world.facility.line[one], load, service)[0])


def _date(model: TieredCareModel, sheet: DaySheet) -> date:
    return model.plan.start + timedelta(sheet.day - model.plan.warm_up)


def _at(column: Ints, row: int) -> float:
    return float(column[row])
