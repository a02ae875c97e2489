"""Compiled lines and counts give what numpy gives, from nothing to more than a day has."""

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

import numpy as np
import pytest

from model import counting, kernels
from model.care.queue import serve
from model.encounters import Encounters, Kind
from model.groups import N_CELLS
from model.insurance.funds import FUNDS, N_CELLS_BY_AGE
from model.insurance.settlement import Settlement
from model.kernels import counts
from model.terms import Area, Bools, Floats, Ints, Scheme, Tier

FACILITIES, SETTLEMENTS = 7, 3


@pytest.fixture(autouse=True)
def chosen_here() -> Iterator[None]:
    yield
    kernels.use(None)


@pytest.mark.parametrize("steps", [2, 2**23])
@pytest.mark.parametrize("seed", range(20))
def test_the_same_patients_are_served(seed: int, steps: int) -> None:
    """Also where draws tie, no place is left, or a facility has lost more beds than are free."""
    rng = np.random.default_rng(seed)
    n, facilities = int(rng.integers(0, 400)), int(rng.integers(1, 6))
    facility, rank = rng.integers(0, facilities, n), rng.integers(0, 4, n) * 2**16
    order = (rng.integers(0, steps, n).astype(np.float32) + np.float32(0.5)) / np.float32(2**23)
    places = rng.integers(-2, 90, facilities)
    line = (facility, rank + rng.integers(0, 3, n), order, places)
    kernels.use("numpy")
    plain = serve(*line)
    kernels.use("fast")
    assert (serve(*line) == plain).all()
    asking = np.bincount(facility, minlength=facilities)
    assert plain.sum() == np.minimum(asking, np.maximum(places, 0)).sum()


def table(kind: Kind, n: int) -> Encounters:
    """Encounters and bills of every kind; sums of money are exact, those of minutes are not."""
    rng = np.random.default_rng(n)

    def column(held: object) -> Any:
        if held == Bools:
            return rng.random(n) < 0.5
        if held == Floats:
            return rng.random(n) * 10 ** rng.integers(0, 6, n)
        return rng.integers(0, 10**6, n)

    bill = Settlement(*(column(f.type) for f in fields(Settlement)))
    columns = {f.name: column(f.type) for f in fields(Encounters)[1:-1]}
    columns |= {
        name: rng.integers(0, len(words), n).astype(np.int8)
        for name, words in (("tier", Tier), ("area", Area), ("scheme", Scheme))
    }
    columns["facility"] = rng.integers(-1 if kind == Kind.PURCHASE else 0, FACILITIES, n)
    return Encounters(kind=kind, bill=bill, **columns)


def counted(kind: Kind, n: int) -> dict[str, Ints | Floats]:
    """All counts of some encounters of random residents."""
    rng, t = np.random.default_rng(n), table(kind, n)
    who = np.zeros(n, counting.WHO)
    who["home"], who["cell"] = rng.integers(0, SETTLEMENTS, n), rng.integers(0, N_CELLS, n)
    who["age"], who["here"] = rng.integers(0, N_CELLS_BY_AGE, n), rng.random(n) < 0.7
    at, flows = counting.place(who, t.tier), np.zeros((SETTLEMENTS, FACILITIES), np.int64)
    found = {f"money.{name}": sums for name, sums in counting.money(at, t).items()}
    found["funds"] = counting.funds(who, t)
    flags = {"claimed": t.claimed, "emergency": t.emergency}
    found |= {f"flag.{name}": sums for name, sums in counting.flagged(at, flags).items()}
    if kind == Kind.PURCHASE:
        return found
    for of, places in zip(("tier", "facility"), counting.places(t, FACILITIES), strict=True):
        found |= {f"{of}.{name}": sums for name, sums in places.items()}
    visits = counting.visits(at, who["home"], rng.random(FACILITIES) < 0.5, t, flows)
    return found | {f"visits.{name}": sums for name, sums in visits.items()} | {"flows": flows}


@pytest.mark.parametrize("n", [0, 1, 5_000])
@pytest.mark.parametrize("kind", Kind)
def test_the_same_is_counted(kind: Kind, n: int) -> None:
    kernels.use("numpy")
    plain = counted(kind, n)
    kernels.use("fast")
    compiled = counted(kind, n)
    assert compiled.keys() == plain.keys()
    for name, sums in plain.items():
        assert np.array_equal(sums, compiled[name]), name
        assert sums.any() or n < 5_000, name


def test_kernels_of_counts_spell_the_words_of_the_model() -> None:
    assert (Area.COUNTY, Area.AWAY) == (counts.COUNTY, counts.AWAY)
    assert Tier.CENTRE == counts.CENTRE
    assert Scheme.RBMI == counts.RESIDENTS_SCHEME
    assert FUNDS == (
        "ebmi_pool", "ebmi_account", "rbmi", "critical_illness", "catastrophic_subsidy",
        "assistance",
    )  # fmt: skip
