"""Bills, and what patients expect to pay: the mean bill, settled by the code of the real one."""

from dataclasses import fields
from typing import TypeVar

import numpy as np

from model.care.charges import service_of, stay_mean, to_fen, visit_mean
from model.care.parts import basket
from model.care.world import World
from model.encounters import Kind
from model.insurance.settlement import Bills, YearToDate, expected_cash
from model.randomness import Purpose, uniforms
from model.terms import Area, Bools, Bytes, Condition, Floats, Ints, Tier

Classes = list[tuple[int, int]]
Table = TypeVar("Table", Bills, YearToDate)
FEW = 8_192  # bills settled at once; below it a call costs more than the rows repeated for it


def claimed_visits(world: World, rows: Ints) -> Bools:
    """Whether a visit of each episode would become a claim, by tier, shape (tiers, episodes).

    Drawn once an episode, so that patients expect the bill that they will get.
    """
    person = world.episodes.person[rows]
    drawn = uniforms(world.seed, Purpose.CLAIM, person, world.episodes.key[rows], keep=1)[0]
    share = world.p.charges.claimed[world.residents.scheme[person]].T
    claimed: Bools = drawn < share
    return claimed


def claimed_stays(world: World, rows: Ints) -> Bools:
    """Whether a stay of each episode would become a claim, shape (episodes,)."""
    person = world.episodes.person[rows]
    drawn = uniforms(world.seed, Purpose.CLAIM, person, world.episodes.key[rows], keep=2)[1]
    claimed: Bools = drawn < world.p.charges.claimed_stay[world.residents.scheme[person]]
    return claimed


def visit_means(world: World, rows: Ints) -> Floats:
    """Expected charge of a visit at each tier at level 1, CNY, shape (tiers, episodes)."""
    return visit_mean(world.p.charges, *_need(world, rows))


def stay_means(world: World, rows: Ints) -> Floats:
    """Expected charge of a stay at each tier at level 1, CNY, shape (tiers, episodes)."""
    return stay_mean(world.p.charges, *_need(world, rows))


def make_bills(
    world: World,
    rows: Ints,
    charge: Ints,
    service: Bytes,
    tier: Bytes | int,
    area: Bytes | int,
    claimed: Bools,
) -> Bills:
    """The bills of some episodes' encounters; charge in fen."""
    episodes, residents, n = world.episodes, world.residents, len(rows)
    person = episodes.person[rows]
    vascular = episodes.condition[rows] == Condition.HYPERTENSION_DIABETES
    return Bills(
        charge=charge,
        scheme=residents.scheme[person],
        service=service,
        tier=np.broadcast_to(np.asarray(tier, np.int8), (n,)),
        area=np.broadcast_to(np.asarray(area, np.int8), (n,)),
        referred=episodes.referred[rows],
        emergency=episodes.emergency[rows],
        filed=episodes.referred[rows],
        claimed=claimed,
        assistance=residents.assistance[person],
        hypertension_diabetes=vascular,
        contract=residents.contract[person],
    )


def visit_prices(world: World, rows: Ints, classes: Classes, referred: bool = False) -> Ints:
    """Expected out-of-pocket of a visit by class (tier, area), fen, shape (classes, episodes).

    referred: as if every patient had a referral; else as they are.
    """
    mean, claimed = visit_means(world, rows), claimed_visits(world, rows)
    return _expected(world, rows, Kind.VISIT, classes, mean, claimed, referred)


def stay_prices(world: World, rows: Ints, classes: Classes) -> Ints:
    """Expected out-of-pocket of a stay by class (tier, area), fen, shape (classes, episodes)."""
    claimed = np.broadcast_to(claimed_stays(world, rows), (len(Tier), len(rows)))
    return _expected(world, rows, Kind.STAY, classes, stay_means(world, rows), claimed)


def purchase_price(world: World, rows: Ints) -> Ints:
    """Expected out-of-pocket of a purchase at the pharmacy, fen, shape (episodes,)."""
    n = len(rows)
    mean = np.full((1, n), world.p.charges.purchase)
    pharmacy = [(int(Tier.CLINIC), int(Area.COUNTY))]
    return _expected(world, rows, Kind.PURCHASE, pharmacy, mean, np.ones((1, n), np.bool_))[0]


def _expected(
    world: World,
    rows: Ints,
    kind: Kind,
    classes: Classes,
    mean: Floats,
    claimed: Bools,
    referred: bool = False,
) -> Ints:
    """Own payment of the mean bill in each class; mean, claimed: (tiers, episodes)."""
    n, condition = len(rows), world.episodes.condition[rows]
    year = world.year.take(world.episodes.person[rows])
    of, service = basket(kind, condition), service_of(kind, condition)
    one = make_bills(world, rows, np.zeros(n, np.int64), service, 0, 0, claimed[0])
    if referred:
        one.referred = one.filed = np.ones(n, np.bool_)
    prices = np.empty((len(classes), n), np.int64)
    at_once = max(FEW // max(n, 1), 1)
    for start in range(0, len(classes), at_once):
        tier, area = np.array(classes[start : start + at_once], np.int8).T
        k = len(tier)
        bills, so_far = _times(one, k), _times(year, k)
        level = world.p.levels.charge[of, tier[:, None], area[:, None]]
        bills.charge, bills.claimed = to_fen(mean[tier] * level).ravel(), claimed[tier].ravel()
        bills.tier, bills.area = np.repeat(tier, n), np.repeat(area, n)
        prices[start : start + k] = expected_cash(world.rules, bills, so_far).reshape(k, n)
    return prices


def _times(table: Table, k: int) -> Table:
    """The rows of a table k times over; the table's own columns if only once."""
    columns = (getattr(table, field.name) for field in fields(table))
    return type(table)(*(c if c is None or k == 1 else np.concatenate((c,) * k) for c in columns))


def _need(world: World, rows: Ints) -> tuple[Bytes, Floats, Floats, Bytes]:
    condition = world.episodes.condition[rows]
    severity = world.episodes.severity[rows].astype(np.float64)
    median = world.p.illness.severity_median[condition]
    return condition, severity, median, world.residents.scheme[world.episodes.person[rows]]
