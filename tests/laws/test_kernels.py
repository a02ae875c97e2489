"""Compiled kernels give what numpy gives: every decision, every fen, every state of a run."""

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from enum import IntEnum
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from model import kernels
from model.care.decision import expected_hours, weigh
from model.care.parts import Basket
from model.encounters import Kind
from model.insurance.benefits import AccountPays, Benefit
from model.insurance.layers import Line
from model.insurance.rulebook import read_rulebook
from model.insurance.settlement import Bills, YearToDate, expected_cash, settle
from model.kernels import threads
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


@pytest.fixture(scope="module")
def by_numpy() -> dict[str, dict[str, np.ndarray]]:
    """The states of all runs as numpy leaves them."""
    kernels.use("numpy")
    return {name: state(name) for name in RUNS}


@pytest.mark.parametrize("number", [1, 2, 3])
@pytest.mark.parametrize("name", RUNS)
def test_whole_runs_are_the_same_to_the_bit(
    name: str, number: int, by_numpy: dict[str, dict[str, np.ndarray]], parted: list[int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """On any number of threads, though in the last bit of a utility the two may differ."""
    monkeypatch.setenv(threads.VARIABLE, str(number))
    plain = by_numpy[name]
    kernels.use("fast")
    compiled = state(name)
    assert max(parted) == number
    assert compiled.keys() == plain.keys()
    for what, value in plain.items():
        assert np.array_equal(value, compiled[what]), what


@pytest.fixture
def parted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Work is parted from eight rows a thread; tells into how many parts each was."""
    told = []
    plain = threads.parts_of

    def parts_of(n: int) -> list[tuple[int, int]]:
        told.append(len(plain(n)))
        return plain(n)

    monkeypatch.setattr(threads, "LEAST", 8)
    monkeypatch.setattr(threads, "parts_of", parts_of)
    return told


def test_models_may_step_at_the_same_time(
    parted: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(threads.VARIABLE, "3")
    kernels.use("fast")

    def flows(seed: int) -> np.ndarray:
        model = TieredCareModel(make_scenario(residents=4_000, warm_up=0, days=10, seed=seed))
        model.run()
        return model.tally.flows

    alone = [flows(seed) for seed in range(3)]
    with ThreadPoolExecutor(3) as pool:
        together = list(pool.map(flows, range(3)))
    assert max(parted) == 3
    assert np.array_equal(alone, together)


def test_parts_make_up_the_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "LEAST", 10)
    monkeypatch.setenv(threads.VARIABLE, "3")
    assert threads.parts_of(0) == [(0, 0)]
    assert threads.parts_of(19) == [(0, 19)]
    assert threads.parts_of(100) == [(0, 33), (33, 66), (66, 100)]
    monkeypatch.setenv(threads.VARIABLE, "many")
    with pytest.raises(InputError, match="many"):
        threads.threads()
    monkeypatch.delenv(threads.VARIABLE)
    assert threads.threads() >= 1


def test_what_fails_in_a_part_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "LEAST", 1)
    monkeypatch.setenv(threads.VARIABLE, "2")

    def work(begin: int, end: int) -> None:
        if begin:
            raise ValueError("second part")

    with pytest.raises(ValueError, match="second part"):
        threads.in_parts(2, work)


@pytest.mark.parametrize("policies", [{}, {"policies": PACKAGE}])
def test_utilities_and_prices_are_those_of_numpy(policies: dict[str, str]) -> None:
    """Prices to the fen, utilities but for what one last bit of a logarithm may do."""
    model = TieredCareModel(make_scenario(residents=5_000, warm_up=0, days=30, seed=5, **policies))
    for _ in range(15):
        model.step()
    model.keep_law()
    world = model.world
    rows, hours = np.flatnonzero(world.episodes.open), expected_hours(world)
    kernels.use("numpy")
    plain = weigh(world, rows, hours)
    kernels.use("fast")
    compiled = weigh(world, rows, hours)
    assert (compiled.price == plain.price).all()
    assert (compiled.via is None) == (not policies)
    if policies:
        assert (compiled.via == plain.via).all()
        assert plain.via.any()
    for name in ("utility", "tier_value", "outside", "provider", "free"):
        one, other = getattr(plain, name), getattr(compiled, name)
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-12)


def test_encounters_and_bills_are_the_same_in_every_column() -> None:
    def tables(chosen: str) -> dict[str, np.ndarray]:
        kernels.use(chosen)
        model = TieredCareModel(
            make_scenario(residents=8_000, warm_up=0, days=25, seed=7, policies=PACKAGE)
        )
        model.run()
        columns = {}
        for table in model.today.encounters:
            for part, owner in (("", table), ("bill.", table.bill)):
                for name in type(owner).__dataclass_fields__.keys() - {"kind", "bill"}:
                    columns[f"{table.kind.name}.{part}{name}"] = getattr(owner, name)
        return columns

    plain, compiled = tables("numpy"), tables("fast")
    assert min(len(plain[f"{kind}.person"]) for kind in ("VISIT", "STAY", "PURCHASE")) > 0
    assert compiled.keys() == plain.keys()
    for name, column in plain.items():
        assert column.dtype == compiled[name].dtype, name
        assert np.array_equal(column, compiled[name]), name


def test_exponential_and_logarithm_are_true_to_two_units() -> None:
    import numba

    from model.kernels import arithmetic

    @numba.njit
    def fill(x, power, log, log1p):
        for i in range(len(x)):
            power[i] = arithmetic.exp_of(-x[i])
            log[i] = arithmetic.log_of(x[i])
            log1p[i] = arithmetic.log1p_of(x[i])

    rng = np.random.default_rng(1)
    x = np.concatenate((10 ** rng.uniform(-12, 2.8, 20_000), rng.random(20_000), [1e-300, 1e300]))
    found = np.empty((3, len(x)))
    fill(x, *found)
    for values, true in zip(
        found, (np.exp(-np.minimum(x, 708)), np.log(x), np.log1p(x)), strict=True
    ):
        assert (np.abs(values - true) <= 2 * np.spacing(np.abs(true))).all()


def test_shares_of_money_in_doubles_are_those_of_whole_numbers() -> None:
    """Also next to each half fen, and as far as doubles are promised to be exact."""
    import numba

    from model.kernels import prices

    @numba.njit
    def fill(amount, share, found):
        for i in range(len(amount)):
            found[i] = prices.share_of(amount[i], share[i])

    rng = np.random.default_rng(3)
    amount = np.concatenate((10 ** rng.uniform(0, 9.95, 50_000), np.arange(50_000) * 10))
    share = np.concatenate((rng.integers(0, 10**6 + 1, 50_000), np.full(50_000, 50_000)))
    amount = np.floor(amount).astype(np.int64)
    found = np.empty(len(amount))
    fill(amount.astype(np.float64), share.astype(np.float64), found)
    assert (found == (amount * share + 500_000) // 1_000_000).all()


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
    from model.kernels import bills, charges, choices, prices, weighing

    assert list(Benefit) == [
        bills.OUTPATIENT, bills.CHRONIC, bills.INPATIENT, bills.MATERNITY, bills.PHARMACY,
        bills.DRUGS,
    ]  # fmt: skip
    assert list(Service) == list(Benefit)[:-1]
    assert Scheme.NONE == bills.NO_SCHEME
    assert (AccountPays.NOTHING, AccountPays.IN_CATALOGUE) == (bills.NOTHING, bills.IN_CATALOGUE)
    assert len(Line) == 11
    assert (Tier.CLINIC, Tier.CENTRE, Tier.SECONDARY) == (
        weighing.CLINIC, weighing.CENTRE, weighing.SECONDARY,
    )  # fmt: skip
    assert Condition.HYPERTENSION_DIABETES == prices.HYPERTENSION_DIABETES
    assert (Basket.VISIT, Basket.CHRONIC_VISIT, Basket.PURCHASE) == (
        prices.VISIT, prices.CHRONIC_VISIT, prices.PURCHASE,
    )  # fmt: skip
    assert (Kind.STAY, Kind.PURCHASE, Kind.ONLINE) == (
        charges.STAY, charges.PURCHASE, charges.ONLINE,
    )  # fmt: skip
    assert (Area.COUNTY, prices.CLAIM) == (charges.COUNTY, Purpose.CLAIM)
    for purpose in (Purpose.TASTE, Purpose.GATE):
        assert getattr(weighing, purpose.name) == purpose
    for purpose in (Purpose.CHARGE, Purpose.CLAIM):
        assert getattr(charges, purpose.name) == purpose
    for purpose in (Purpose.SEEK, Purpose.NEST, Purpose.FACILITY):
        assert getattr(choices, purpose.name) == purpose


def test_small_work_loads_nothing_and_large_work_does() -> None:
    ask = (
        "import sys; from model import kernels\n"
        "print(kernels.fast(10), kernels.fast(kernels.WORTH_LOADING), kernels.fast(10))"
    )
    assert kernelled(ask, "") == "False True True"
    assert kernelled(ask, "numpy") == "False False False"
    assert kernelled(ask, "fast") == "True True True"


def test_many_days_load_kernels_and_few_do_not() -> None:
    ask = (
        "import sys; from model import kernels\n"
        "kernels.expect(1_000, 60)\n"
        "print(kernels.fast(), 'numba' in sys.modules)\n"
        "kernels.expect(20_000, 425)\n"
        "print(kernels.fast())"
    )
    assert kernelled(ask, "").split() == ["False", "False", "True"]


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
