"""Compiled kernels give what numpy gives: every decision, every fen, every state of a run."""

import subprocess
import sys
from collections.abc import Iterator
from enum import IntEnum
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from model import kernels
from model.care.parts import Basket
from model.insurance.benefits import AccountPays, Benefit
from model.insurance.layers import Line
from model.insurance.rulebook import read_rulebook
from model.insurance.settlement import Bills, YearToDate, expected_cash, settle
from model.randomness import Purpose, uniforms
from model.scenario import make_scenario
from model.simulation import TieredCareModel
from model.terms import Area, Condition, InputError, Scheme, Service, Tier

PACKAGE = "gatekeeping:strictness=0.7,closed_door=0.5@2023-01-11+consortium+telemedicine"
RUNS = {
    "brook": {"region": "brook", "warm_up": 20, "days": 100, "seed": 1},
    "national": {"residents": 12_000, "warm_up": 10, "days": 40, "seed": 3},
    "policies": {"residents": 12_000, "warm_up": 5, "days": 30, "seed": 3, "policies": PACKAGE},
}
N = 3_000


@pytest.fixture(autouse=True)
def chosen_here() -> Iterator[None]:
    yield
    kernels.use(None)


def state(name: str) -> dict[str, np.ndarray]:
    """Everything that a run leaves in its world and its counts, array by array."""
    model = TieredCareModel(make_scenario(**RUNS[name]))
    model.run()
    world, tally = model.world, model.tally
    parts = {
        "residents": world.residents, "memory": world.memory, "year": world.year,
        "state": world.state,
    }  # fmt: skip
    arrays = {
        f"{part}.{column}": getattr(owner, column)
        for part, owner in parts.items()
        for column in type(owner).__dataclass_fields__
    }
    arrays |= {f"episodes.{column}": value for column, value in vars(world.episodes).items()}
    for group in ("sums", "daily", "facility", "funds", "by_age"):
        arrays |= {f"{group}.{k}": v for k, v in getattr(tally, group).items()}
    return arrays | {"waiting": world.waiting, "flows": tally.flows}


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("name", RUNS)
def test_whole_runs_are_the_same_to_the_bit(name: str, threads: int) -> None:
    import numba

    kernels.use("numpy")
    plain = state(name)
    kernels.use("fast")
    usual = numba.get_num_threads()
    numba.set_num_threads(min(threads, numba.config.NUMBA_NUM_THREADS))
    compiled = state(name)
    numba.set_num_threads(usual)
    assert compiled.keys() == plain.keys()
    for what, value in plain.items():
        assert np.array_equal(value, compiled[what]), what


@pytest.mark.parametrize("keep", [1, 2, 3, 4])
@pytest.mark.parametrize("seed", [0, 7, 2**63 - 1])
def test_draws_are_the_same_words(seed: int, keep: int) -> None:
    names = np.arange(N, dtype=np.int32), np.arange(N) * 2**31, np.arange(N, dtype=np.int16) % 7
    kernels.use("numpy")
    plain = uniforms(seed, Purpose.SEEK, *names, keep=keep)
    kernels.use("fast")
    assert (uniforms(seed, Purpose.SEEK, *names, keep=keep) == plain).all()
    assert uniforms(seed, Purpose.SEEK, 5, np.arange(3)).shape == (4, 3)
    assert uniforms(seed, Purpose.SEEK, np.empty(0, np.int64)).shape == (4, 0)


def random_bills(seed: int) -> tuple[Bills, YearToDate]:
    """Bills and years of every kind, from nothing to beyond every ceiling."""
    rng = np.random.default_rng(seed)

    def flags() -> np.ndarray:
        return rng.random(N) < 0.5

    def words(kind: type[IntEnum]) -> np.ndarray:
        return rng.integers(0, len(kind), N).astype(np.int8)

    bills = Bills(
        charge=(10 ** rng.uniform(0, 8.5, N)).astype(np.int64),
        scheme=words(Scheme), service=words(Service), tier=words(Tier), area=words(Area),
        referred=flags(), emergency=flags(), filed=flags(), claimed=flags(),
        assistance=rng.integers(0, 3, N).astype(np.int8), hypertension_diabetes=flags(),
        contract=flags(), family_account=rng.integers(0, 10**5, N),
    )  # fmt: skip
    year = YearToDate.zeros(N)
    for name in YearToDate.__dataclass_fields__:
        top = 4 if name == "stays" else 2 * 10**7
        getattr(year, name)[:] = rng.integers(0, top, N) * flags()
    return bills, year


@pytest.mark.parametrize("book", ["national-2023"])
def test_bills_are_settled_to_the_same_fen(book: str) -> None:
    rules, (bills, year) = read_rulebook(book).on(read_rulebook(book).changes[-1]), random_bills(2)
    kernels.use("numpy")
    plain, cash = settle(rules, bills, year), expected_cash(rules, bills, year)
    kernels.use("fast")
    compiled = settle(rules, bills, year)
    for name in type(plain).__dataclass_fields__:
        assert (getattr(plain, name) == getattr(compiled, name)).all(), name
    assert (expected_cash(rules, bills, year) == cash).all()
    assert (plain.hifp_pay > 0).any()
    assert (plain.maf_pay > 0).any()


def test_kernels_spell_the_words_of_the_model() -> None:
    from model.kernels import bills, choices

    assert list(Benefit) == [
        bills.OUTPATIENT, bills.CHRONIC, bills.INPATIENT, bills.MATERNITY, bills.PHARMACY,
        bills.DRUGS,
    ]  # fmt: skip
    assert list(Service) == list(Benefit)[:-1]
    assert Scheme.NONE == bills.NO_SCHEME
    assert (AccountPays.NOTHING, AccountPays.IN_CATALOGUE) == (bills.NOTHING, bills.IN_CATALOGUE)
    assert len(Line) == 11
    assert (Tier.CLINIC, Tier.CENTRE) == (choices.CLINIC, choices.CENTRE)
    assert Condition.HYPERTENSION_DIABETES == choices.HYPERTENSION_DIABETES
    assert (Basket.VISIT, Basket.CHRONIC_VISIT, Basket.PURCHASE) == (
        choices.VISIT, choices.CHRONIC_VISIT, choices.PURCHASE,
    )  # fmt: skip
    for purpose in (Purpose.TASTE, Purpose.SEEK, Purpose.NEST, Purpose.FACILITY, Purpose.CLAIM):
        assert getattr(choices, purpose.name) == purpose


def test_small_work_loads_nothing_and_large_work_does() -> None:
    ask = (
        "import sys; from model import kernels\n"
        "print(kernels.fast(10), kernels.fast(kernels.WORTH_LOADING), kernels.fast(10))"
    )
    assert kernelled(ask, "") == "False True True"
    assert kernelled(ask, "numpy") == "False False False"
    assert kernelled(ask, "fast") == "True True True"


def test_a_wrong_choice_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="numpy, fast"):
        kernels.use("quick")
    monkeypatch.setattr(kernels, "find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"fenji\[fast\]"):
        kernels.use("fast")
    kernels.use(None)
    monkeypatch.delenv(kernels.VARIABLE, raising=False)
    assert not kernels.fast(10**7)


def test_kernels_run_where_nothing_can_be_written(tmp_path: Path) -> None:
    """Compiled code is kept only if some folder takes it."""
    (tmp_path / "file").write_text("not a folder")
    ask = (
        "from model.kernels import compiling\n"
        f"compiling._roots = lambda: [__import__('pathlib').Path({str(tmp_path / 'file')!r})]\n"
        "import numpy as np\n"
        "from model.randomness import Purpose, uniforms\n"
        "print(uniforms(1, Purpose.SEEK, np.arange(5)).shape, list(compiling._folder()))"
    )
    assert kernelled(ask, "fast") == "(4, 5) []"


def kernelled(code: str, choice: str) -> str:
    """What a fresh process with this choice of kernels prints."""
    import os

    assert find_spec("numba")
    environment = {**os.environ, kernels.VARIABLE: choice}
    run = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True,
        cwd=Path(kernels.__file__).parents[2],
    )  # fmt: skip
    return run.stdout.strip()
