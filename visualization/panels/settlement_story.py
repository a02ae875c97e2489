"""Where the residents of a settlement go, and who of them decided today."""

from dataclasses import dataclass

import numpy as np

from model.care.decision import Seeks
from model.simulation import TieredCareModel
from model.terms import Condition, Ints, Tier
from visualization.memory.recent import HISTORY_DAY, watch
from visualization.panels.facility_story import Source, ranked
from visualization.panels.patient_story import Names, facility_names, settlement_names

MOST_PATIENTS = 60
MOST_FACILITIES = 6


@dataclass(frozen=True, slots=True)
class Reach:
    """A facility that residents of the seat weigh."""

    facility: int
    name: Names
    tier: Tier
    minutes: float
    load: float


@dataclass(frozen=True, slots=True)
class Decider:
    """A resident who decided on the last day, and what came of it."""

    at: int  # position among the day's decisions
    resident: int
    female: bool
    age: int
    condition: Condition
    emergency: bool
    seeks: Seeks
    facility: Names | None
    tier: Tier | None


@dataclass(frozen=True, slots=True)
class SettlementStory:
    """One settlement at the end of a day; visits stand for all residents, whatever the sample."""

    row: int
    name: Names
    population: int
    urban_share: float
    days: int  # told of
    visits: float  # a day
    tier_share: tuple[float, ...]  # of the visits
    local_share: float  # in the settlement itself
    facilities: tuple[Source, ...]  # most visited
    reach: tuple[Reach, ...]  # by tier, nearest first
    day: int  # of the run, on which the deciders decided; -1 before any
    n_deciders: int
    deciders: tuple[Decider, ...]  # at most `MOST_PATIENTS`: hospitals first, nobody last


def settlement_story(model: TieredCareModel, row: int) -> SettlementStory | None:
    """A settlement at the end of the last day; none if there is no such row."""
    region = model.region
    if not 0 <= row < len(region.settlements):
        return None
    recent = watch(model)
    flows = recent.flows(HISTORY_DAY)
    out = flows.chosen(np.flatnonzero(flows.settlement == row))
    days = recent.days_of(HISTORY_DAY)
    n = len(region.facilities)
    a_day = 1 / model.sample / max(days, 1)
    total = max(int(out.visits.sum()), 1)
    tier = region.facilities.tier[out.facility]
    names = [facility_names(region, at) for at in range(n)]
    deciders = _deciders(model, row)
    return SettlementStory(
        row=row,
        name=settlement_names(region, row),
        population=int(region.settlements.population[row]),
        urban_share=float(region.settlements.urban_share[row]),
        days=days,
        visits=float(out.visits.sum()) * a_day,
        tier_share=tuple(float(out.visits[tier == level].sum()) / total for level in Tier),
        local_share=_local(model, row, out.facility, out.visits) / total,
        facilities=ranked(out, out.facility, names, a_day)[:MOST_FACILITIES],
        reach=_reach(model, row),
        day=recent.morning.day if recent.morning else -1,
        n_deciders=len(deciders),
        deciders=deciders[:MOST_PATIENTS],
    )


def _local(model: TieredCareModel, row: int, facility: Ints, visits: Ints) -> float:
    return float(visits[model.region.facilities.settlement[facility] == row].sum())


def _reach(model: TieredCareModel, row: int) -> tuple[Reach, ...]:
    """What the seat, the settlement's first place, has to choose from."""
    world, region = model.world, model.region
    seat = int((region.places.settlement == row).argmax())
    return tuple(
        Reach(
            facility=facility,
            name=facility_names(region, facility),
            tier=Tier(int(world.facility.tier[facility])),
            minutes=minutes,
            load=float(world.state.load[facility]),
        )
        for facility, minutes in zip(
            world.options.facility[seat].tolist(), world.options.minutes[seat].tolist(), strict=True
        )
        if facility >= 0
    )


def _deciders(model: TieredCareModel, row: int) -> tuple[Decider, ...]:
    morning = watch(model).morning
    if morning is None:
        return ()
    region, residents = model.region, model.world.residents
    home = region.places.settlement[residents.place[morning.person]]
    seeks, facility = morning.chosen(morning.restored(model.world))

    def decider(at: int) -> Decider:
        person, went = int(morning.person[at]), int(facility[at])
        return Decider(
            at=at,
            resident=person,
            female=bool(residents.female[person]),
            age=int(residents.age[person]),
            condition=Condition(int(morning.episode["condition"][at])),
            emergency=bool(morning.episode["emergency"][at]),
            seeks=Seeks(int(seeks[at])),
            facility=facility_names(region, went) if went >= 0 else None,
            tier=Tier(int(region.facilities.tier[went])) if went >= 0 else None,
        )

    here = [decider(int(at)) for at in np.flatnonzero(home == row)]
    return tuple(sorted(here, key=lambda d: (-d.seeks, -(d.tier or 0), d.at)))
