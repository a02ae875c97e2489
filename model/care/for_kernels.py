"""The world as the compiled kernels of decisions and memory take it, and what they give back."""

import numpy as np

from model.care.charges import visit_service
from model.care.decision import Weighed
from model.care.utility import place_terms
from model.care.world import World
from model.insurance.for_kernels import flat, members
from model.kernels import choices, memories
from model.terms import Bools, Condition, Floats, Ints

SERVICE = visit_service(np.arange(len(Condition), dtype=np.int8))


def forget(world: World, person: Ints, day: int) -> None:
    """The twin of `decision.bring_up_to_date`."""
    memory, p = world.memory, world.p.trust
    kept = np.exp(-np.arange(day + 1) / p.forgetting_day)
    trust, prior = world.residents.trust.T, memory.prior_trust.T
    memories.forget(person, trust, prior, memory.touched_day, kept, day)


def weigh(world: World, rows: Ints, hours: Floats) -> Weighed:
    """The twin of `decision.weigh` where there is no gate."""
    n, n_tiers = len(rows), len(world.options.slots)
    out = choices.Weighed(
        utility=np.empty((len(world.options.tier), n)),
        tier_value=np.empty((n_tiers, n)),
        outside=np.empty((2, n)),
        provider=np.empty(n),
        free=np.empty(n),
        price=np.zeros((len(world.classes), n), np.int64),
    )
    cases, r = _cases(world, rows), world.residents
    person = cases.person
    year = world.year.take(person)
    member = members(r.scheme[person], r.assistance[person], r.contract[person], year)
    choices.weigh(
        np.uint64(world.seed),
        cases,
        _people(world, person),
        member,
        flat(world.rules.tables),
        _ways(world, hours),
        _charges(world),
        world.p.treatment.scope,
        _weights(world),
        _scratch(world),
        out,
    )
    return Weighed(rows, *out)


def seek(world: World, weighed: Weighed) -> tuple[Ints, Bools]:
    """The twin of `decision.seek`."""
    n = len(weighed.rows)
    choice, wanted = np.empty(n, np.int64), np.empty(n, np.bool_)
    choices.seek(
        np.uint64(world.seed),
        *_occasions(world, weighed.rows),
        weighed.outside,
        weighed.provider,
        weighed.free,
        choice,
        wanted,
    )
    return choice, wanted


def choose(world: World, weighed: Weighed, at: Ints) -> Ints:
    """The twin of `decision.choose`."""
    chosen = np.empty(len(at), np.int64)
    p = world.p.choice
    person, occasion = _occasions(world, weighed.rows[at])
    choices.choose(
        np.uint64(world.seed),
        person,
        occasion,
        world.residents.place[person],
        world.options.facility,
        _first(world),
        p.inclusive,
        p.inclusive * p.within_tier,
        at,
        weighed.utility,
        weighed.tier_value,
        chosen,
    )
    return chosen


def _first(world: World) -> Ints:
    return np.array([0, *(part.stop for part in world.options.slots)], np.int64)


def _occasions(world: World, rows: Ints) -> tuple[Ints, Ints]:
    """Person and occasion of a decision, which name its draws."""
    episodes = world.episodes
    return episodes.person[rows], episodes.key[rows] + episodes.step[rows]


def _scratch(world: World) -> choices.Scratch:
    n = len(world.options.slots)
    return choices.Scratch(
        here=np.empty(n, np.bool_),
        felt=np.empty(n),
        value=np.empty(n),
        priced=np.empty(n),
        utility=np.empty(len(world.options.tier)),
        response=np.empty(len(world.classes)),
    )


def _cases(world: World, rows: Ints) -> choices.Cases:
    """Columns of these rows, gathered before the kernel: single misses of memory overlap here."""
    return choices.Cases(*(getattr(world.episodes, name)[rows] for name in choices.Cases._fields))


def _people(world: World, person: Ints) -> choices.People:
    r, last = world.residents, world.memory.last_used
    trust = r.trust.T[person]
    return choices.People(r.place[person], r.income[person], r.urban[person], last[person], trust)


def _ways(world: World, hours: Floats) -> choices.Ways:
    options = world.options
    classes = np.array(world.classes, np.int64)
    quality, reputation = world.facility.quality, world.state.reputation
    return choices.Ways(
        facility=options.facility,
        shared=place_terms(options, quality, reputation, hours, world.p.choice),
        class_at=world.class_at,
        offered=world.offered,
        first=_first(world),
        class_tier=classes[:, 0].copy(),
        class_area=classes[:, 1].copy(),
    )


def _charges(world: World) -> choices.Charges:
    p = world.p.charges
    return choices.Charges(
        visit=p.visit,
        condition=p.visit_condition,
        scheme=p.scheme,
        severity=p.severity,
        median=world.p.illness.severity_median,
        purchase=p.purchase,
        claimed=p.claimed,
        level=world.p.levels.charge,
        service=SERVICE,
    )


def _weights(world: World) -> choices.Weights:
    return choices.Weights(*(getattr(world.p.choice, name) for name in choices.Weights._fields))
