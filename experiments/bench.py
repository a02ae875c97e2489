"""How fast the model is: by size and step, against memory's floor and against a plain Mesa model.

Milliseconds differ between machines; the ratio to the plain Mesa twin, which takes its turns
alternately with the model, does not. So what got slower than the committed baseline is told in the
twin's time.
"""

import json
import os
import platform
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from importlib.util import find_spec
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from experiments.bench_floor import bandwidth
from experiments.bench_run import (
    Size,
    measure_first_days,
    measure_size,
    take_turns,
    take_turns_as_twin,
)
from model import kernels
from model.kernels.threads import threads
from model.region.read import read_region
from model.scenario import Scenario
from model.terms import InputError

BASELINE = Path(__file__).with_name("bench_baseline.json")
TWIN_DAYS, MODEL_DAYS = 2, 30  # of a turn; about as long as each other
SLOWER = 1.25  # times the baseline, in the twin's time; below it is noise
SHORT = 0.05  # steps that take less of the day are not told
CACHE = "NUMBA_CACHE_DIR"
SHORT_RUN = 2_000  # residents
LIBRARIES = ("mesa", "numpy", "numba")
Say = Callable[[str], None]


@dataclass(slots=True)
class Bench:
    """What was measured; rates are residents x days a second of processors.

    The twin has one thread, the model as many as `threads`: that makes it quicker on the clock, by
    the rates of wall time, and saves no time of processors.
    """

    kernels: str
    threads: int
    machine: dict[str, Any]
    bandwidth_gb_s: float
    compile_s: float  # kernels, once on a machine; none of numpy
    load_s: float  # the same when they were kept
    twin_rate: float
    model_rate: float  # at as many residents, in turns with the twin
    ratio: float
    twin_wall_rate: float
    model_wall_rate: float
    wall_ratio: float
    sizes: list[Size] = field(default_factory=list)


def bench(plans: list[Scenario], turns: Scenario, rounds: int, chosen: str, say: Say) -> Bench:
    """Measure each plan in a process of its own, and the model in turns with its twin.

    turns: scenario of the turns, as many residents as the twin has. chosen: numpy or fast.
    """
    for plan in (*plans, turns):  # a mistake shows here, not in a process of its own
        plan.parameters(read_region(plan.region, plan.residents, plan.changes))
    sizes = []
    for plan in plans:
        say(f"{plan.residents:,} residents, {plan.warm_up} + {plan.days} days")
        with _process(measure_size, chosen, plan) as pipe:
            sizes.append(pipe.recv())
    say(f"in turns with {turns.residents:,} plain Mesa agents, {rounds} rounds")
    compile_s, load_s = _kernel_seconds(turns, chosen)
    twin, model = _best_rates(turns, rounds, chosen)
    return Bench(
        kernels=chosen,
        threads=threads() if chosen == "fast" else 1,
        machine=machine(),
        bandwidth_gb_s=bandwidth() / 1e9,
        compile_s=compile_s,
        load_s=load_s,
        twin_rate=twin.processor,
        model_rate=model.processor,
        ratio=model.processor / twin.processor,
        twin_wall_rate=twin.wall,
        model_wall_rate=model.wall,
        wall_ratio=model.wall / twin.wall,
        sizes=sizes,
    )


def chosen_kernels(said: str | None) -> str:
    """Kernels by name, checked; by default fast if numba is installed."""
    usual = "fast" if find_spec("numba") else "numpy"
    return "fast" if kernels.is_fast(said or usual) else "numpy"


def machine() -> dict[str, Any]:
    """Processor, cores, memory, versions; nothing that names the machine or its user."""
    found = {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
    }
    return found | {name: version(name) for name in LIBRARIES if find_spec(name)}


def baselines(file: Path = BASELINE) -> list[dict[str, Any]]:
    """Committed measurements, one for each choice of kernels."""
    try:
        content = json.loads(file.read_text("utf-8"))
    except ValueError as error:
        raise InputError("a baseline is the JSON that --out writes", file=file) from error
    return content if isinstance(content, list) else [content]


def save_baseline(measured: Bench, file: Path = BASELINE) -> None:
    """Let a measurement take the place of the committed one of the same kernels."""
    others = [old for old in baselines(file) if old["kernels"] != measured.kernels]
    both = sorted([*others, asdict(measured)], key=lambda one: str(one["kernels"]), reverse=True)
    file.write_text(json.dumps(both, indent=1) + "\n", "utf-8")


def slower(now: Bench, before: list[dict[str, Any]]) -> list[str] | None:
    """What takes longer than in the baseline of the same kernels, in the time of the twin.

    None where the baseline has measured no such size and days.
    """
    told: list[str] | None = None
    for old in before:
        known = {(size["residents"], size["days"]): size for size in old["sizes"]}
        for size in now.sizes:
            was = known.get((size.residents, size.days))
            if was is not None and old["kernels"] == now.kernels:
                told = [*(told or []), *_slower_steps(size, now.twin_rate, was, old["twin_rate"])]
    return told


def _slower_steps(
    now: Size, twin_rate: float, was: dict[str, Any], twin_rate_was: float
) -> Iterator[str]:
    steps = {"a day": (now.day_ms, was["day_ms"])}
    for name, ms in now.step_ms.items():
        if ms > SHORT * now.day_ms and name in was["step_ms"]:
            steps[name] = (ms, was["step_ms"][name])
    for name, (ms, ms_was) in steps.items():
        times = ms * twin_rate / (ms_was * twin_rate_was)
        if times > SLOWER:
            yield f"{now.residents:,} residents: {name} takes {times:.2f} times as long"


def _kernel_seconds(plan: Scenario, chosen: str) -> tuple[float, float]:
    """Processor seconds to compile the kernels, and to load them in another process."""
    short = plan.model_copy(update={"residents": SHORT_RUN, "warm_up": 0, "days": 3})
    seconds, usual = [], os.environ.get(CACHE)
    with TemporaryDirectory() as folder:
        os.environ[CACHE] = folder
        for which in (chosen, chosen, "numpy"):
            with _process(measure_first_days, which, short) as pipe:
                seconds.append(pipe.recv())
    os.environ.pop(CACHE)
    if usual is not None:
        os.environ[CACHE] = usual
    first, again, numpy = seconds
    return (0.0, 0.0) if chosen == "numpy" else (first - numpy, again - numpy)


class Rates(NamedTuple):
    """Residents x days a second of processors, and on the clock."""

    processor: float
    wall: float


def _best_rates(turns: Scenario, rounds: int, chosen: str) -> tuple[Rates, Rates]:
    """Best rates of the twin and of the model, which take turns."""
    told: tuple[list[Rates], list[Rates]] = [], []
    with (
        _process(take_turns_as_twin, turns.residents, TWIN_DAYS, turns.seed) as twin,
        _process(take_turns, chosen, turns, MODEL_DAYS) as model,
    ):
        pipes = twin, model
        for pipe in pipes:
            pipe.recv()
        for _ in range(rounds):
            for rates, pipe in zip(told, pipes, strict=True):
                pipe.send(True)
                rates.append(Rates(*pipe.recv()))
        for pipe in pipes:
            pipe.send(False)
    of_twin, of_model = (Rates(*map(max, zip(*rates, strict=True))) for rates in told)
    return of_twin, of_model


@contextmanager
def _process(target: Callable[..., None], *args: object) -> Iterator[Connection]:
    """A fresh process that talks through a pipe; EOFError if it dies."""
    context = get_context("spawn")
    here, there = context.Pipe()
    child = context.Process(target=target, args=(there, *args), daemon=True)
    child.start()
    there.close()
    try:
        yield here
    finally:
        child.join()


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text("utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()
