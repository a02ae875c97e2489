"""Settling: every purchase, visit and stay becomes a bill, one resident's after another."""

from dataclasses import dataclass, fields

import numpy as np

from model.care.charges import (
    FEN,
    SPREAD_OF,
    by_kind,
    draw_charge,
    encounter_mean,
    service_of,
)
from model.care.parts import basket
from model.care.prices import make_bills
from model.care.visits import Visits
from model.care.world import World
from model.encounters import Encounters, Kind
from model.insurance.settlement import Settlement, settle_in_turn
from model.kernels import fast
from model.randomness import Purpose, uniforms
from model.terms import Area, Bools, Bytes, Condition, Floats, Floats32, Ints, Tier

_CONDITIONS = np.arange(len(Condition), dtype=np.int8)
SERVICE = np.stack([service_of(kind, _CONDITIONS) for kind in Kind])  # (kinds, conditions)
BASKET = np.stack([basket(kind, _CONDITIONS) for kind in Kind])
ORDER = (Kind.PURCHASE, Kind.VISIT, Kind.STAY, Kind.ONLINE)


@dataclass(slots=True)
class Due:
    """Encounters to be billed; shape (n,)."""

    rows: Ints  # of the table of episodes
    kind: Bytes
    facility: Ints  # -1 for the pharmacy
    wait_day: Ints
    wait_min: Floats


@dataclass(slots=True)
class Expected:
    """What encounters are, and what they are expected to cost; shape (n,)."""

    person: Ints
    condition: Bytes
    scheme: Bytes
    service: Bytes
    tier: Bytes
    area: Bytes
    level: Ints  # their place in each table of `Levels`, flat
    mean: Floats  # CNY, before levels
    luck: Floats32  # draw of the charge
    claimed: Bools
    travel_min: Floats


def settle_day(
    world: World, buying: Ints, visits: Visits, admitted: Ints, online: Ints, day: int
) -> list[Encounters]:
    """The day's purchases, visits, stays and online consultations with their bills, in this order.

    buying, admitted, online: rows of episodes. A stay is billed on the day on which it begins.
    """
    parts = (buying, visits.rows, admitted, online)
    ends = np.cumsum([len(rows) for rows in parts]).tolist()
    spans = [slice(end - len(rows), end) for rows, end in zip(parts, ends, strict=True)]
    rows = np.concatenate(parts)
    due = Due(
        rows=rows,
        kind=np.repeat(np.array(ORDER, np.int8), [len(part) for part in parts]),
        facility=world.episodes.facility[rows].astype(np.int64),
        wait_day=np.zeros(len(rows), np.int64),
        wait_min=np.zeros(len(rows)),
    )
    bought, seen, stays, _ = spans
    due.facility[bought], due.facility[seen] = -1, visits.facility
    due.wait_day[seen], due.wait_min[seen] = visits.wait_day, visits.wait_min
    due.wait_day[stays] = day - world.episodes.asked_day[admitted].astype(np.int64)
    settled = _settle(world, due)
    return [_part(settled, kind, span) for kind, span in zip(ORDER, spans, strict=True)]


def expect(world: World, due: Due) -> Expected:
    """What each encounter is, and is expected to cost."""
    if fast(len(due.rows)):
        from model.care import settling_for_kernels

        return settling_for_kernels.expect(world, due)
    episodes, table, p = world.episodes, world.facility, world.p
    rows, facility, kind = due.rows, due.facility, due.kind
    person = episodes.person[rows].astype(np.int64)
    condition, scheme = episodes.condition[rows], world.residents.scheme[person]
    somewhere = facility >= 0
    tier = np.where(somewhere, table.tier[facility], Tier.CLINIC).astype(np.int8)
    area = np.where(somewhere, table.area[facility], Area.COUNTY).astype(np.int8)
    severity, median = episodes.severity[rows].astype(np.float64), p.illness.severity_median
    by, need = by_kind(p.charges, p.online), (condition, severity, median[condition], scheme)
    luck, claim = _luck(world, rows, person, kind)
    return Expected(
        person=person,
        condition=condition,
        scheme=scheme,
        service=SERVICE[kind, condition],
        tier=tier,
        area=area,
        level=np.ravel_multi_index((BASKET[kind, condition], tier, area), p.levels.charge.shape),
        mean=encounter_mean(p.charges, by, kind, tier, *need),
        luck=luck,
        claimed=claim < by.claimed[kind, scheme, tier],
        travel_min=_travel(world, person, np.where(kind == Kind.ONLINE, -1, facility)),
    )


def _settle(world: World, due: Due) -> Encounters:
    episodes, p = world.episodes, world.p
    rows, e, of_kind = due.rows, expect(world, due), p.charges.spread[SPREAD_OF]
    levels, of = p.levels, e.level
    charge = draw_charge(e.mean * np.take(levels.charge, of), of_kind[due.kind], e.luck)
    bills = make_bills(world, rows, charge, e.service, e.tier, e.area, e.claimed)
    stays = due.kind == Kind.STAY
    weight = p.charges.stay_condition[e.condition] * stays
    return Encounters(
        kind=Kind.VISIT,
        episode=episodes.identity[rows],
        person=e.person,
        facility=due.facility,
        tier=e.tier,
        area=e.area,
        scheme=e.scheme,
        service=e.service,
        condition=e.condition,
        referred=bills.referred,
        emergency=bills.emergency,
        claimed=e.claimed,
        wait_day=due.wait_day,
        wait_min=due.wait_min,
        travel_min=e.travel_min,
        stay_day=episodes.stay_day[rows] * stays.astype(np.int64),
        weight=weight,
        recorded_weight=weight * p.practice.coding[e.area],
        standard=e.mean * np.take(levels.standard, of) * FEN,
        drugs=np.take(levels.drugs, of) * charge,
        bought_in=np.take(levels.bought_in, of) * charge,
        bill=settle_in_turn(world.rules, bills, world.year, e.person),
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


def _luck(world: World, rows: Ints, person: Ints, kind: Bytes) -> tuple[Floats32, Floats32]:
    """Draws of each encounter's charge, and of whether it becomes a claim.

    The latter is drawn once an episode, as patients expect it.
    """
    key = world.episodes.key[rows]
    occasion = np.stack((key + world.episodes.step[rows], key))
    branch = np.stack((kind, np.zeros_like(kind)))
    purpose = np.array([[Purpose.CHARGE], [Purpose.CLAIM]])
    (luck, claim), (_, of_stay) = uniforms(world.seed, purpose, person, occasion, branch, keep=2)
    return luck, np.where(kind == Kind.STAY, of_stay, claim)
