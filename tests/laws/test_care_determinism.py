"""The same scenario gives the same world: in another process, after other runs, step by step."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from model import randomness
from model.insurance import settlement
from model.scenario import Scenario, make_scenario
from model.simulation import TieredCareModel
from model.state import Episodes

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "POLARS_MAX_THREADS")


def plan(seed: int = 4, overrides: Mapping[str, float] = {}) -> Scenario:
    return make_scenario(residents=6_000, warm_up=10, days=40, seed=seed, overrides=dict(overrides))


def contents(thing: Any, name: str = "") -> Iterator[tuple[str, bytes]]:
    """Every array and number that stands in an object, with its name."""
    if isinstance(thing, np.ndarray):
        yield name, repr((thing.dtype, thing.shape)).encode() + thing.tobytes()
    elif isinstance(thing, int | float | str | np.generic | None):
        yield name, repr(thing).encode()
    elif isinstance(thing, Mapping):
        for key in sorted(thing):
            yield from contents(thing[key], f"{name}.{key}")
    elif isinstance(thing, list | tuple):
        for at, child in enumerate(thing):
            yield from contents(child, f"{name}.{at}")
    elif is_dataclass(thing):
        for field in fields(thing):
            yield from contents(getattr(thing, field.name), f"{name}.{field.name}")
    elif isinstance(thing, Episodes):
        yield from contents(vars(thing), name)


def fingerprint(model: TieredCareModel) -> dict[str, str]:
    """A hash of each thing that a run leaves behind."""
    parts = {"world": model.world, "tally": vars(model.tally)}
    left = contents(parts)
    return {name: hashlib.sha256(content).hexdigest() for name, content in left}


def finished(scenario: Scenario) -> dict[str, str]:
    model = TieredCareModel(scenario)
    model.run()
    return fingerprint(model)


def told() -> str:
    """The run in one line, for another process."""
    return hashlib.sha256(repr(sorted(finished(plan()).items())).encode()).hexdigest()


@cache
def baseline() -> dict[str, str]:
    return finished(plan())


def test_the_fingerprint_sees_what_matters() -> None:
    for name in (
        ".world.residents.trust", ".world.year.account", ".world.state.beds_taken",
        ".world.memory.last_used", ".world.episodes.severity", ".world.waiting", ".tally.flows",
        ".tally.sums.charge", ".tally.daily.visits", ".tally.funds.rbmi",
    ):  # fmt: skip
        assert name in baseline()


@pytest.mark.parametrize(("hash_seed", "threads"), [("0", "1"), ("4242", "2")])
def test_another_process_hash_seed_or_number_of_threads_changes_nothing(
    hash_seed: str, threads: str, root: Path
) -> None:
    here = Path(__file__)
    code = f"import sys; sys.path.insert(0, {str(here.parent)!r}); import {here.stem} as t"
    environment = {
        **os.environ,
        **dict.fromkeys(THREADS, threads),
        "PYTHONHASHSEED": hash_seed,
        "PYTHONPATH": str(root),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    run = subprocess.run(
        [sys.executable, "-c", f"{code}; print(t.told())"],
        cwd=root, env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert run.stdout.strip() == told()


def test_a_baseline_after_a_changed_run_is_what_it_was_before() -> None:
    before = baseline()
    changed = {
        "charges.visit.tertiary": 600.0,
        "choice.b_time": 0.05,
        "queue.capacity.clinic": 12.0,
        "admission.ward_success": 0.5,
    }
    assert finished(plan(overrides=changed)) != before
    assert finished(plan()) == before


def test_models_side_by_side_do_not_touch_each_other() -> None:
    one, other = TieredCareModel(plan()), TieredCareModel(plan(seed=5))
    while not one.finished:
        one.step()
        other.step()
    assert fingerprint(one) == baseline()


def test_chunks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(randomness, "CHUNK", 333)
    monkeypatch.setattr(settlement, "CHUNK", 100)
    assert finished(plan()) == baseline()


@pytest.mark.parametrize("seed", [5, 4 + (1 << 32)])
def test_another_seed_is_another_world(seed: int) -> None:
    other = finished(plan(seed=seed))
    for name in (".world.residents.trust", ".tally.daily.visits", ".tally.sums.charge"):
        assert other[name] != baseline()[name]


def test_the_luck_of_the_machine_is_not_used() -> None:
    """Neither numpy's nor Python's own generator moves a run, nor a run them."""
    np.random.seed(1)  # noqa: NPY002
    state = np.random.get_state()[1].copy()  # noqa: NPY002
    assert finished(plan()) == baseline()
    assert (np.random.get_state()[1] == state).all()  # noqa: NPY002
