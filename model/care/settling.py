"""Settling: every visit, purchase and stay becomes a bill, one resident's after another."""

from dataclasses import fields
from typing import Any, TypeVar

import numpy as np

from model.care.charges import FEN, draw_charge, service_of
from model.care.parts import basket
from model.care.prices import claimed_stays, claimed_visits, make_bills, stay_means, visit_means
from model.care.visits import Visits
from model.care.world import World
from model.encounters import Encounters, Kind
from model.insurance.settlement import Bills, Settlement, settle
from model.randomness import Purpose, uniforms
from model.terms import Area, Bools, Floats, Floats32, Ints, Scheme, Tier

Table = TypeVar("Table", Bills, Settlement)


def settle_visits(world: World, visits: Visits) -> Encounters:
    """Visits with their bills."""
    rows, at = visits.rows, np.arange(len(visits.rows))
    return _settle(
        world,
        rows,
        Kind.VISIT,
        visits.facility,
        visit_means(world, rows)[visits.tier, at],
        claimed_visits(world, rows)[visits.tier, at],
        visits.wait_day,
        visits.wait_min,
    )


def settle_stays(world: World, rows: Ints, day: int) -> Encounters:
    """Stays with their bills, made on the day on which they begin."""
    episodes = world.episodes
    facility = episodes.facility[rows].astype(np.int64)
    return _settle(
        world,
        rows,
        Kind.STAY,
        facility,
        stay_means(world, rows)[world.facility.tier[facility], np.arange(len(rows))],
        claimed_stays(world, rows),
        day - episodes.asked_day[rows].astype(np.int64),
        np.zeros(len(rows)),
    )


def settle_purchases(world: World, rows: Ints) -> Encounters:
    """Purchases at the pharmacy with their bills."""
    n = len(rows)
    return _settle(
        world,
        rows,
        Kind.PURCHASE,
        np.full(n, -1),
        np.full(n, world.p.charges.purchase),
        world.residents.scheme[world.episodes.person[rows]] != Scheme.NONE,
        np.zeros(n, np.int64),
        np.zeros(n),
    )


def _settle(
    world: World,
    rows: Ints,
    kind: Kind,
    facility: Ints,
    mean: Floats,
    claimed: Bools,
    wait_day: Ints,
    wait_min: Floats,
) -> Encounters:
    """mean: expected charge at level 1, CNY."""
    episodes, table, p = world.episodes, world.facility, world.p
    person = episodes.person[rows].astype(np.int64)
    somewhere = facility >= 0
    tier = np.where(somewhere, table.tier[facility], Tier.CLINIC).astype(np.int8)
    area = np.where(somewhere, table.area[facility], Area.COUNTY).astype(np.int8)
    condition = episodes.condition[rows]
    service, of = service_of(kind, condition), (basket(kind, condition), tier, area)
    level = p.levels.charge[of]
    charge = draw_charge(mean * level, p.charges.spread[kind], _luck(world, rows, kind))
    bills = make_bills(world, rows, charge, service, tier, area, claimed)
    stays = kind == Kind.STAY
    weight = p.charges.stay_condition[condition] * stays
    return Encounters(
        kind=kind,
        episode=episodes.identity[rows],
        person=person,
        facility=facility,
        tier=tier,
        area=area,
        scheme=world.residents.scheme[person],
        service=service,
        condition=condition,
        referred=episodes.referred[rows],
        emergency=episodes.emergency[rows],
        claimed=claimed,
        wait_day=wait_day,
        wait_min=wait_min,
        travel_min=_travel(world, person, facility),
        stay_day=episodes.stay_day[rows] * np.int64(stays),
        weight=weight,
        recorded_weight=weight * p.practice.coding[area],
        standard=mean * p.levels.standard[of] * FEN,
        drugs=charge * p.levels.drugs[of],
        bought_in=charge * p.levels.bought_in[of],
        bill=_in_turn(world, person, bills),
    )


def _travel(world: World, person: Ints, facility: Ints) -> Floats:
    place = world.residents.place[person]
    minutes = np.zeros(len(person))
    for offered, taken in zip(world.options.facility.T, world.options.minutes.T, strict=True):
        here = (offered[place] == facility) & (facility >= 0)
        minutes[here] = taken[place[here]]
    return minutes


def _in_turn(world: World, person: Ints, bills: Bills) -> Settlement:
    """Settle so that a resident's second bill of the day knows of the first."""
    first = np.zeros(len(person), np.bool_)
    first[np.unique(person, return_index=True)[1]] = True
    settled = settle(world.rules, bills, world.year.take(person))
    if first.all():
        world.year.add(world.rules, person, bills, settled)
        return settled
    world.year.add(world.rules, person[first], _take(bills, first), _take(settled, first))
    later = _in_turn(world, person[~first], _take(bills, ~first))
    settled = _take(settled, np.ones(len(person), np.bool_))
    for column in fields(Settlement):
        getattr(settled, column.name)[~first] = getattr(later, column.name)
    return settled


def _take(table: Table, rows: Bools) -> Table:
    columns = {column.name: getattr(table, column.name) for column in fields(table)}
    taken: dict[str, Any] = {k: None if c is None else c[rows] for k, c in columns.items()}
    return type(table)(**taken)


def _luck(world: World, rows: Ints, kind: Kind) -> Floats32:
    episodes = world.episodes
    occasion = episodes.key[rows] + episodes.step[rows]
    return uniforms(
        world.seed, Purpose.CHARGE, episodes.person[rows], occasion, branch=kind, keep=1
    )[0]
