"""Settling: every purchase, visit and stay becomes a bill, one resident's after another."""

from dataclasses import dataclass, fields

import numpy as np

from model.care.charges import FEN, draw_charge, service_of
from model.care.parts import basket
from model.care.prices import claimed_stays, claimed_visits, make_bills, stay_means, visit_means
from model.care.visits import Visits
from model.care.world import World
from model.encounters import Encounters, Kind
from model.insurance.settlement import Settlement, settle_in_turn
from model.randomness import Purpose, uniforms
from model.terms import Area, Bools, Bytes, Floats, Floats32, Ints, Scheme, Tier


@dataclass(slots=True)
class Due:
    """Encounters to be billed; shape (n,)."""

    rows: Ints  # of the table of episodes
    kind: Bytes
    facility: Ints  # -1 for the pharmacy
    mean: Floats  # CNY, expected charge at level 1
    claimed: Bools
    wait_day: Ints
    wait_min: Floats
    service: Bytes
    basket: Bytes


def settle_day(
    world: World, buying: Ints, visits: Visits, admitted: Ints, day: int
) -> list[Encounters]:
    """The day's purchases, visits and stays with their bills, in this order.

    buying, admitted: rows of episodes. A stay is billed on the day on which it begins.
    """
    due = (_purchases(world, buying), _visits(world, visits), _stays(world, admitted, day))
    ends = np.cumsum([len(some.rows) for some in due]).tolist()
    together = Due(*(np.concatenate([getattr(some, f.name) for some in due]) for f in fields(Due)))
    settled = _settle(world, together)
    starts = (0, *ends[:-1])
    kinds = (Kind.PURCHASE, Kind.VISIT, Kind.STAY)
    return [
        _part(settled, kind, slice(*span))
        for kind, span in zip(kinds, zip(starts, ends, strict=True), strict=True)
    ]


def _purchases(world: World, rows: Ints) -> Due:
    return _due(
        world,
        rows,
        Kind.PURCHASE,
        np.full(len(rows), -1),
        np.full(len(rows), world.p.charges.purchase),
        world.residents.scheme[world.episodes.person[rows]] != Scheme.NONE,
        np.zeros(len(rows), np.int64),
        np.zeros(len(rows)),
    )


def _visits(world: World, visits: Visits) -> Due:
    rows, at = visits.rows, np.arange(len(visits.rows))
    return _due(
        world,
        rows,
        Kind.VISIT,
        visits.facility,
        visit_means(world, rows)[visits.tier, at],
        claimed_visits(world, rows)[visits.tier, at],
        visits.wait_day,
        visits.wait_min,
    )


def _stays(world: World, rows: Ints, day: int) -> Due:
    episodes = world.episodes
    facility = episodes.facility[rows].astype(np.int64)
    return _due(
        world,
        rows,
        Kind.STAY,
        facility,
        stay_means(world, rows)[world.facility.tier[facility], np.arange(len(rows))],
        claimed_stays(world, rows),
        day - episodes.asked_day[rows].astype(np.int64),
        np.zeros(len(rows)),
    )


def _due(
    world: World,
    rows: Ints,
    kind: Kind,
    facility: Ints,
    mean: Floats,
    claimed: Bools,
    wait_day: Ints,
    wait_min: Floats,
) -> Due:
    condition = world.episodes.condition[rows]
    return Due(
        rows=rows,
        kind=np.full(len(rows), kind, np.int8),
        facility=facility,
        mean=mean,
        claimed=claimed,
        wait_day=wait_day,
        wait_min=wait_min,
        service=service_of(kind, condition),
        basket=basket(kind, condition),
    )


def _settle(world: World, due: Due) -> Encounters:
    episodes, table, p = world.episodes, world.facility, world.p
    rows, facility = due.rows, due.facility
    person = episodes.person[rows].astype(np.int64)
    somewhere = facility >= 0
    tier = np.where(somewhere, table.tier[facility], Tier.CLINIC).astype(np.int8)
    area = np.where(somewhere, table.area[facility], Area.COUNTY).astype(np.int8)
    condition, of = episodes.condition[rows], (due.basket, tier, area)
    luck = _luck(world, rows, due.kind)
    charge = draw_charge(due.mean * p.levels.charge[of], p.charges.spread[due.kind], luck)
    bills = make_bills(world, rows, charge, due.service, tier, area, due.claimed)
    stays = due.kind == Kind.STAY
    weight = p.charges.stay_condition[condition] * stays
    return Encounters(
        kind=Kind.VISIT,
        episode=episodes.identity[rows],
        person=person,
        facility=facility,
        tier=tier,
        area=area,
        scheme=bills.scheme,
        service=due.service,
        condition=condition,
        referred=bills.referred,
        emergency=bills.emergency,
        claimed=due.claimed,
        wait_day=due.wait_day,
        wait_min=due.wait_min,
        travel_min=_travel(world, person, facility),
        stay_day=episodes.stay_day[rows] * stays.astype(np.int64),
        weight=weight,
        recorded_weight=weight * p.practice.coding[area],
        standard=due.mean * p.levels.standard[of] * FEN,
        drugs=charge * p.levels.drugs[of],
        bought_in=charge * p.levels.bought_in[of],
        bill=settle_in_turn(world.rules, bills, world.year, person),
    )


def _part(table: Encounters, kind: Kind, rows: slice) -> Encounters:
    """Views of the encounters of one kind."""
    columns = {f.name: getattr(table, f.name)[rows] for f in fields(table)[1:-1]}
    bill = {f.name: getattr(table.bill, f.name)[rows] for f in fields(Settlement)}
    return Encounters(kind=kind, bill=Settlement(**bill), **columns)


def _travel(world: World, person: Ints, facility: Ints) -> Floats:
    place, options = world.residents.place[person], world.options
    at = (options.facility[place] == facility[:, None]) & (facility >= 0)[:, None]
    slot, everyone = at.argmax(axis=1), np.arange(len(person))
    minutes = options.minutes[place, slot].astype(np.float64)
    return np.where(at[everyone, slot], minutes, 0.0)


def _luck(world: World, rows: Ints, kind: Bytes) -> Floats32:
    episodes = world.episodes
    occasion = episodes.key[rows] + episodes.step[rows]
    return uniforms(
        world.seed, Purpose.CHARGE, episodes.person[rows], occasion, branch=kind, keep=1
    )[0]
