"""The world on its first morning: region, residents, facilities, calendars."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from model.care.illness import Onsets
from model.care.membership import SupplyParameters, as_synthesised, assign
from model.care.queue import daily_capacity
from model.care.spells import schedule_follow_ups
from model.care.trust import ties
from model.care.utility import classes_of
from model.care.world import CareParameters, FacilityTable, World, bind_care
from model.insurance.payment import Providers
from model.insurance.rules import Rules
from model.insurance.settlement import YearToDate
from model.parameters import Parameters
from model.population.parameters import PopulationParameters
from model.population.synthesis import synthesise
from model.randomness import Purpose, uniforms
from model.region.apportion import apportion
from model.region.consortium import bundled_services, consortium_of, home_consortium, leads_of
from model.region.options import Options, find_options
from model.region.parameters import RegionParameters
from model.region.referral import home_centre, referral_network, up_targets
from model.region.region import Facilities, Region
from model.region.travel import travel_minutes
from model.state import (
    Calendar,
    Episodes,
    Memory,
    Residents,
    first_discharge_rate,
    new_facility_state,
    new_memory,
)
from model.terms import Area, Bools, Floats, Floats32, Ints, Ints32, Tier


def build_world(
    region: Region,
    parameters: Parameters,
    rules: Rules,
    n_residents: int,
    seed: int,
    first_day_of_year: int,
) -> World:
    """Everything that a day reads and writes, before the first day.

    first_day_of_year: of the first simulated day, 0 for 1 January.
    """
    ground = lay_out(region, parameters, n_residents / region.population)
    who = parameters.bind(PopulationParameters, "population")
    residents = synthesise(region, n_residents, who, seed)
    p = ground.p
    world = World(
        **ground.as_fields(),
        seed=seed,
        rules=rules,
        residents=residents,
        membership=as_synthesised(residents),
        memory=new_memory(residents),
        ties=ties(seed, n_residents, p.trust),
        year=YearToDate.zeros(n_residents),
        onsets=Onsets(seed, residents, p.illness, first_day_of_year),
        episodes=Episodes(max(n_residents // 4, 1024)),
        state=new_facility_state(ground.facility.beds),
        follow_ups=Calendar(),
        decisions=Calendar(),
        stays=Calendar(),
        online=Calendar(),
        waiting=np.empty(0, np.int64),
        waiting_bed=np.empty(0, np.int64),
    )
    renew_membership(world, 0)
    schedule_follow_ups(world)
    _control_at_start(world.memory, residents, p, seed)
    return world


def enact(world: World, region: Region, parameters: Parameters, rules: Rules, day: int) -> None:
    """Let other values and rules be in force from this day on; people and their luck stay."""
    fraction = len(world.residents) / region.population
    ground = lay_out(region, parameters, fraction)
    if ground.p.trust.near_tie != world.p.trust.near_tie:
        world.ties = ties(world.seed, len(world.residents), ground.p.trust)
    for name, value in ground.as_fields().items():
        setattr(world, name, value)
    world.rules = rules
    state = world.state
    state.beds = ground.facility.beds
    new = (state.discharge_rate == 0) & (state.beds > 0)
    state.discharge_rate[new] = first_discharge_rate(state.beds[new])
    _leave_closed(world, day)
    renew_membership(world, day)


def carry_over(world: World, moved: Iterable[tuple[int, int]]) -> None:
    """Habits go along with a facility that is a new row since it moved to another tier, or back.

    moved: rows of the facility at the first and at the other tier.
    """
    open_now = np.isin(np.arange(len(world.facility.tier)), world.options.facility)
    used = world.memory.last_used
    for first, other in moved:
        now, then = (other, first) if open_now[other] else (first, other)
        used[used == then] = now


def renew_membership(world: World, day: int) -> None:
    """Contracts, schemes and premiums as the values in force make them on this day."""
    p = world.p
    standard = float(p.funds.premium[0])
    assign(world.residents, world.membership, p.supply, p.premium, standard, world.seed, day)


def _leave_closed(world: World, day: int) -> None:
    """Patients in line at a facility that nobody can reach any more decide again today.

    Who was referred to a house without doctors is free to choose another; who lies there stays.
    """
    episodes = world.episodes
    offered = np.unique(world.options.facility)
    stays = np.isin(episodes.facility[world.waiting], offered)
    gone = world.waiting[~stays]
    world.waiting = world.waiting[stays]
    episodes.target[gone] = -1
    world.decisions.enter(gone, np.full(len(gone), day))
    closed = np.flatnonzero(world.facility.capacity <= 0)
    for column in (episodes.target, episodes.wish):
        column[np.isin(column, closed)] = -1


@dataclass(frozen=True, slots=True)
class Ground:
    """What follows from region and parameters alone; fields of `World`."""

    p: CareParameters
    facility: FacilityTable
    options: Options
    home_centre: Ints32
    classes: list[tuple[int, int]]
    class_at: Ints
    offered: Bools
    providers: Providers

    def as_fields(self) -> dict[str, Any]:
        """The fields by name."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


def lay_out(region: Region, parameters: Parameters, fraction: float) -> Ground:
    """Ways, options, referral targets and capacities under these parameters."""
    p = bind_care(parameters)
    travel = parameters.bind(RegionParameters, "region")
    minutes = _open_only(travel_minutes(region, travel), region.facilities, p.supply)
    up = up_targets(referral_network(region, minutes))
    options = find_options(region, minutes, up, travel)
    table = facility_table(region.facilities, fraction, up, consortium_of(region), p)
    class_at, classes = classes_of(options, table.tier, table.area)
    return Ground(
        p,
        table,
        options,
        home_centre(options),
        classes,
        class_at,
        _offered(options),
        _providers(region, table),
    )


def _providers(region: Region, table: FacilityTable) -> Providers:
    return Providers(
        tier=table.tier,
        pooled=table.area != Area.AWAY,
        consortium=table.consortium,
        home=home_consortium(region),
        leads=leads_of(region),
        services=bundled_services(region),
    )


def facility_table(
    facilities: Facilities, fraction: float, up: Ints32, consortium: Ints, p: CareParameters
) -> FacilityTable:
    """Facilities as the day needs them, with capacity for a sample of the residents.

    A bundled budget reaches its consortium alone: a house of the county outside it is paid, and
    practises, as those of the pool.
    """
    tier = facilities.tier
    doctors = facilities.doctors * fraction * p.supply.doctors[tier]
    on_duty = doctors * p.queue.working_day / 365
    line = np.clip(np.ceil(on_duty), 1, p.queue.line_doctors[tier])
    left_out = (facilities.area == Area.COUNTY) & (consortium < 0)
    pooled = (facilities.area == Area.AWAY) & (p.supply.pooled_away > 0.5)
    area = np.where(pooled, np.int8(Area.POOL), facilities.area)
    return FacilityTable(
        tier=tier,
        area=area,
        settlement=facilities.settlement,
        doctors=doctors,
        beds=scaled_beds(facilities, fraction * p.supply.beds),
        quality=p.choice.quality[tier],
        line=line.astype(np.int64),
        capacity=daily_capacity(doctors, tier, p.queue) * p.supply.places[tier],
        up=up,
        consortium=consortium,
        practice=np.where(left_out, np.int8(Area.POOL), area),
    )


def _open_only(minutes: Floats32, facilities: Facilities, p: SupplyParameters) -> Floats32:
    """Travel times with the closed out of reach: clinics by luck, and all without a doctor."""
    tier = facilities.tier
    closed = facilities.doctors * p.doctors[tier] * p.places[tier] <= 0
    luck = uniforms(0, Purpose.SUPPLY, np.arange(len(tier)), keep=1)[0]
    closed |= (tier == Tier.CLINIC) & (luck < p.closed_clinics)
    if not closed.any():
        return minutes
    reached = minutes.copy()
    reached[:, closed] = np.inf
    return reached


def scaled_beds(facilities: Facilities, fraction: Floats) -> Ints:
    """Beds at a multiple by tier, (tiers,), by largest remainder within a tier."""
    beds = facilities.beds.astype(np.int64).copy()
    for tier in Tier:
        rows = np.flatnonzero(facilities.tier == tier)
        if fraction[tier] != 1 and beds[rows].sum() > 0:
            total = int(np.floor(beds[rows].sum() * fraction[tier] + 0.5))
            beds[rows] = apportion(total, beds[rows].astype(np.float64))
    return beds


def _offered(options: Options) -> Bools:
    return np.stack([(options.facility[:, part] >= 0).any(axis=1) for part in options.slots])


def _control_at_start(memory: Memory, residents: Residents, p: CareParameters, seed: int) -> None:
    ill = np.flatnonzero(residents.hypertension | residents.diabetes)
    drawn: Floats32 = uniforms(seed, Purpose.FOLLOW_UP, ill, 0, 4, keep=1)[0]
    memory.controlled[ill] = drawn < p.illness.controlled_at_start
