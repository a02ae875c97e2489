"""The world as the compiled kernels of decisions and memory take it, and what they give back."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from model.care import gate
from model.care.charges import visit_service
from model.care.decision import Weighed
from model.care.trust import WAIT_CAP_DAY
from model.care.utility import place_terms
from model.care.visits import Visits
from model.care.world import World
from model.insurance.for_kernels import counters, flat
from model.kernels import choices, memories, patients, prices, weighing
from model.kernels.bills import Member
from model.kernels.threads import in_parts
from model.terms import Bools, Condition, Floats, Ints, Tier

SERVICE = visit_service(np.arange(len(Condition), dtype=np.int8))


def forget(world: World, person: Ints, day: int) -> None:
    """The twin of `decision.bring_up_to_date`."""
    memory, p = world.memory, world.p.trust
    kept = np.exp(-np.arange(day + 1) / p.forgetting_day)
    trust, prior = world.residents.trust.T, memory.prior_trust.T
    stale = np.empty(memories.BLOCK, np.int64)
    memories.forget(person, trust, prior, memory.touched_day, kept, day, stale)


def take_in(world: World, visits: Visits, tie: Ints) -> None:
    """The twin of `learning.take_in`."""
    p = world.p.trust
    memories.learn(
        visits.person,
        tie,
        visits.tier,
        visits.resolved,
        visits.wait_day,
        WAIT_CAP_DAY,
        memories.Weights(*(getattr(p, name) for name in memories.Weights._fields)),
        world.residents.trust.T,
        np.empty((2, len(tie)), np.float32),
    )


def weigh(world: World, rows: Ints, hours: Floats) -> Weighed:
    """The twin of `decision.weigh`."""
    n, n_options = len(rows), len(world.options.tier)
    gated = gate.is_gated(world)
    out = weighing.Weighed(
        utility=np.empty((n_options, n)),
        tier_value=np.empty((len(Tier), n)),
        outside=np.empty((2, n)),
        provider=np.empty(n),
        free=np.empty(n),
        price=np.empty((len(world.classes), n), np.int64),
        via=np.zeros((n_options, n if gated else 0), np.bool_),
    )
    shared = (
        cases_of(world),
        *people_of(world),
        counters(world.year),
        flat(world.rules.tables),
        _ways(world, hours),
        _gate(world, hours, gated),
        _charges(world),
        world.p.treatment.scope,
        _weights(world),
    )

    def weigh_part(begin: int, end: int) -> None:
        room = (_scratch(world), *_block())
        weighing.weigh(np.uint64(world.seed), rows[begin:end], *shared, *room, out, begin)

    in_parts(n, weigh_part)
    return Weighed(rows, *out[:-1], via=out.via if gated else None)


def seek(world: World, weighed: Weighed) -> tuple[Ints, Bools]:
    """The twin of `decision.seek`."""
    n = len(weighed.rows)
    choice, wanted = np.empty(n, np.int64), np.empty(n, np.bool_)
    seed = np.uint64(world.seed)

    def seek_part(begin: int, end: int) -> None:
        part = slice(begin, end)
        person, occasion = _occasions(world, weighed.rows[part])
        outside, provider, free = (
            weighed.outside[:, part], weighed.provider[part], weighed.free[part],
        )  # fmt: skip
        choices.seek(
            seed, person, occasion, outside, provider, free, choice[part], wanted[part],
            _room(),
        )  # fmt: skip

    in_parts(n, seek_part)
    return choice, wanted


def choose(world: World, weighed: Weighed, at: Ints) -> Ints:
    """The twin of `decision.choose`."""
    chosen = np.empty(len(at), np.int64)
    p, first = world.p.choice, _first(world)
    scale, seed = p.inclusive * p.within_tier, np.uint64(world.seed)

    def choose_part(begin: int, end: int) -> None:
        some = at[begin:end]
        person, occasion = _occasions(world, weighed.rows[some])
        choices.choose(
            seed, person, occasion, world.residents.place[person], world.options.facility, first,
            p.inclusive, scale, some, weighed.utility, weighed.tier_value, chosen[begin:end],
            _room(),
        )  # fmt: skip

    in_parts(len(at), choose_part)
    return chosen


def _room() -> choices.Room:
    n, tiers = choices.BLOCK, len(Tier)
    return choices.Room(
        words=np.empty((tiers, n), np.uint64),
        noise=np.empty((tiers, n)),
        person=np.empty(n, np.uint64),
        occasion=np.empty(n, np.uint64),
        nest=np.empty(n, np.int64),
        site=np.empty(n, np.int64),
        best=np.empty(n),
    )


def _first(world: World) -> Ints:
    return np.array([0, *(part.stop for part in world.options.slots)], np.int64)


def _occasions(world: World, rows: Ints) -> tuple[Ints, Ints]:
    """Person and occasion of a decision, which name its draws."""
    episodes = world.episodes
    return episodes.person[rows], episodes.key[rows] + episodes.step[rows]


def _scratch(world: World) -> weighing.Scratch:
    def room(*shape: int) -> Floats:
        return np.empty((*shape, patients.BLOCK))

    tiers, classes = len(Tier), len(world.classes)
    return weighing.Scratch(
        luck=np.empty((tiers, patients.BLOCK), np.uint64),
        here=np.empty((tiers, patients.BLOCK), np.bool_),
        some=np.empty(patients.BLOCK, np.bool_),
        response=room(classes),
        granted=room(classes),
        medicine=room(),
        felt=room(tiers),
        own=room(len(world.options.tier)),
        value=room(tiers),
        priced=room(tiers),
        top=room(),
        total=room(),
        inclusive=room(),
    )


def cases_of(world: World) -> patients.Cases:
    """The table of episodes, as it is."""
    return patients.Cases(*(getattr(world.episodes, name) for name in patients.Cases._fields))


def people_of(world: World) -> tuple[patients.People, patients.Cover]:
    """All residents, as they are."""
    r = world.residents
    people = patients.People(r.place, r.income, r.urban, world.memory.last_used, r.trust.T)
    return people, patients.Cover(r.scheme, r.assistance, r.contract)


def _block() -> tuple[patients.Cases, patients.People, Ints, prices.Bills]:
    """Room for what is looked up of a block of patients, and for their bills."""

    def columns(kinds: str) -> Iterator[npt.NDArray[Any]]:
        return (np.empty(patients.BLOCK, kind) for kind in kinds.split())

    place, income, urban, last_used = columns("i4 f4 ? i4")
    trust = np.empty((patients.BLOCK, len(Tier)), np.float32)
    return (
        patients.Cases(*columns("i4 i8 i2 i1 f4 ? ? ? ?")),
        patients.People(place, income, urban, last_used, trust),
        np.empty((patients.BLOCK, len(Member)), np.int64),
        prices.Bills(*columns("i8 i8 ? ? f4 f8 f8 f8 f8 ? f8 f8 f8 f8 f8 f8 f8 f8 f8 f8 f8 ?")),
    )


def _ways(world: World, hours: Floats) -> weighing.Ways:
    options = world.options
    quality, reputation = world.facility.quality, world.state.reputation
    shared = place_terms(options, quality, reputation, hours, world.p.choice)
    return weighing.Ways(
        facility=options.facility,
        shared=np.ascontiguousarray(shared.T),
        class_at=np.ascontiguousarray(world.class_at.T, np.int8),
        offered=world.offered,
        first=_first(world),
    )


def _gate(world: World, hours: Floats, gated: bool) -> weighing.Gate:
    """Each place's nearest centre, and what a detour by it takes; nothing without a gate."""
    options, p = world.options, world.p.choice
    nearest = options.slots[Tier.CENTRE].start
    if not gated or nearest == options.slots[Tier.CENTRE].stop:
        none = np.empty(0)
        return weighing.Gate(-1.0, none.astype(options.facility.dtype), none, none)
    centre = options.facility[:, nearest].copy()
    return weighing.Gate(
        closed_door=float(world.p.gate.closed_door),
        centre=centre,
        travel=p.b_time * options.minutes[:, nearest].astype(np.float64),
        wait=p.b_wait * hours[centre],
    )


def _charges(world: World) -> prices.Charges:
    p, classes = world.p.charges, np.array(world.classes, np.int64)
    return prices.Charges(
        visit=p.visit,
        condition=p.visit_condition,
        scheme=p.scheme,
        severity=p.severity,
        median=world.p.illness.severity_median,
        purchase=p.purchase,
        claimed=p.claimed,
        level=world.p.levels.charge,
        service=SERVICE,
        class_tier=classes[:, 0].copy(),
        class_area=classes[:, 1].copy(),
        price_scale=world.p.choice.price_scale,
    )


def _weights(world: World) -> weighing.Weights:
    return weighing.Weights(*(getattr(world.p.choice, name) for name in weighing.Weights._fields))
