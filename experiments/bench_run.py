"""What one process measures: the model at a size, or turns of it and of the plain Mesa twin.

Each function here runs in a process of its own, so that memory is that of one size and nothing
is warm that a user's run would find cold.
"""

import resource
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path

from experiments.bench_floor import bytes_touched, counts
from model import kernels
from model.care.world import World
from model.day import Today
from model.scenario import Scenario
from model.simulation import TieredCareModel

Step = Callable[[World, Today], None]


@dataclass(slots=True)
class Size:
    """The model at one number of residents; seconds and milliseconds of processor time."""

    residents: int
    days: int
    warm_up: int
    start_up_s: float  # imports and building the world
    run_s: float  # every day, warm-up included
    wall_s: float  # the same on the clock
    day_ms: float  # a counted day
    rate: float  # residents x counted days a second
    peak_mb: float
    step_ms: dict[str, float] = field(default_factory=dict)  # of a counted day
    touched_mb: dict[str, float] = field(default_factory=dict)  # the same


def measure_size(pipe: Connection, chosen: str, plan: Scenario) -> None:
    """Run a scenario with these kernels and send the `Size`."""
    kernels.use(chosen)
    clock = _Clock()
    model = TieredCareModel(plan)
    model.day_steps = tuple(clock.timed(step) for step in model.day_steps)
    start_up_s = time.process_time()
    wall = time.perf_counter()
    for _ in range(plan.warm_up):
        model.step()
    clock.spent.clear()
    counted = time.process_time()
    met: dict[str, float] = defaultdict(float)
    while not model.finished:
        model.step()
        for who, n in counts(model).items():
            met[who] += n / plan.days
    ended = time.process_time()
    day_s = (ended - counted) / plan.days
    residents = len(model.world.residents)
    step_ms = {name: 1e3 * s / plan.days for name, s in clock.spent.items()}
    step_ms["outside the steps"] = 1e3 * day_s - sum(step_ms.values())
    pipe.send(
        Size(
            residents=residents,
            days=plan.days,
            warm_up=plan.warm_up,
            start_up_s=start_up_s,
            run_s=ended - start_up_s,
            wall_s=time.perf_counter() - wall,
            day_ms=1e3 * day_s,
            rate=residents / day_s,
            peak_mb=_peak_mb(),
            step_ms=step_ms,
            touched_mb={name: bytes_touched(name, met) / 1e6 for name in clock.spent},
        )
    )


def take_turns(pipe: Connection, chosen: str, plan: Scenario, days: int) -> None:
    """The model past its warm-up: at each word from the pipe, pass some days and say how fast."""
    kernels.use(chosen)
    model = TieredCareModel(plan)
    for _ in range(plan.warm_up):
        model.step()
    _turns(pipe, model.step, days, len(model.world.residents))


def take_turns_as_twin(pipe: Connection, residents: int, days: int, seed: int) -> None:
    """The same for the plain Mesa twin."""
    from experiments.bench_twin import PlainMesa

    twin = PlainMesa(residents, seed)
    twin.step()
    _turns(pipe, twin.step, days, residents)


def measure_first_days(pipe: Connection, chosen: str, plan: Scenario) -> None:
    """Send the processor seconds of a short run, which loads or compiles its kernels."""
    kernels.use(chosen)
    began = time.process_time()
    TieredCareModel(plan).run()
    pipe.send(time.process_time() - began)


class _Clock:
    """Processor seconds spent in each step of the day."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = defaultdict(float)

    def timed(self, step: Step) -> Step:
        def take_step(world: World, today: Today) -> None:
            began = time.process_time()
            step(world, today)
            self.spent[step.__name__] += time.process_time() - began

        return take_step


def _turns(pipe: Connection, step: Callable[[], None], days: int, residents: int) -> None:
    pipe.send(None)
    while pipe.recv():
        began = time.process_time()
        for _ in range(days):
            step()
        pipe.send(residents * days / (time.process_time() - began))


def _peak_mb() -> float:
    """Most memory that this process has held."""
    status = Path("/proc/self/status")
    if status.exists():  # a process starts with its parent's peak in the other count
        lines = status.read_text("ascii", errors="ignore").splitlines()
        (peak,) = (line for line in lines if line.startswith("VmHWM"))
        return int(peak.split()[1]) / 1e3
    unit = 1 if sys.platform == "darwin" else 1e3
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6
