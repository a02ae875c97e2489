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

import numpy as np

from experiments.bench_floor import bytes_touched, counts
from model import kernels
from model.care.world import World
from model.day import Today
from model.scenario import Scenario
from model.simulation import TieredCareModel
from model.terms import Floats

Step = Callable[[World, Today], None]


@dataclass(slots=True)
class Size:
    """The model at one number of residents; time is that of processors unless called wall time."""

    residents: int
    days: int
    warm_up: int
    start_up_s: float  # imports and building the world
    run_s: float  # every day, warm-up included
    wall_s: float  # the same on the clock
    day_ms: float  # a counted day
    day_wall_ms: float  # the same on the clock
    rate: float  # residents x counted days a second
    peak_mb: float
    step_ms: dict[str, float] = field(default_factory=dict)  # of a counted day
    step_wall_ms: dict[str, float] = field(default_factory=dict)  # the same on the clock
    touched_mb: dict[str, float] = field(default_factory=dict)  # the same


def measure_size(pipe: Connection, chosen: str, plan: Scenario) -> None:
    """Run a scenario with these kernels and send the `Size`."""
    kernels.use(chosen)
    clock = _Clock()
    model = TieredCareModel(plan)
    model.day_steps = tuple(clock.timed(step) for step in model.day_steps)
    began = _now()
    for _ in range(plan.warm_up):
        model.step()
    clock.spent.clear()
    counted = _now()
    met: dict[str, float] = defaultdict(float)
    while not model.finished:
        model.step()
        for who, n in counts(model).items():
            met[who] += n / plan.days
    ended = _now()
    day_ms, day_wall_ms = (1e3 * (ended - counted) / plan.days).tolist()
    residents = len(model.world.residents)
    step_ms, step_wall_ms = clock.of_a_day(plan.days, (day_ms, day_wall_ms))
    pipe.send(
        Size(
            residents=residents,
            days=plan.days,
            warm_up=plan.warm_up,
            start_up_s=float(began[0]),
            run_s=float(ended[0] - began[0]),
            wall_s=float(ended[1] - began[1]),
            day_ms=day_ms,
            day_wall_ms=day_wall_ms,
            rate=1e3 * residents / day_ms,
            peak_mb=_peak_mb(),
            step_ms=step_ms,
            step_wall_ms=step_wall_ms,
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
    """Seconds spent in each step of the day: of processors, and on the clock."""

    def __init__(self) -> None:
        self.spent: dict[str, Floats] = defaultdict(lambda: np.zeros(2))

    def timed(self, step: Step) -> Step:
        def take_step(world: World, today: Today) -> None:
            began = _now()
            step(world, today)
            self.spent[step.__name__] += _now() - began

        return take_step

    def of_a_day(self, days: int, day_ms: tuple[float, float]) -> list[dict[str, float]]:
        """Milliseconds of a day by step, of processors and on the clock; the rest under a name."""
        told = []
        for which, whole in enumerate(day_ms):
            steps = {name: 1e3 * float(s[which]) / days for name, s in self.spent.items()}
            told.append(steps | {"outside the steps": whole - sum(steps.values())})
        return told


def _now() -> Floats:
    """Seconds of processors, of all threads of this process, and on the clock."""
    return np.array([time.process_time(), time.perf_counter()])


def _turns(pipe: Connection, step: Callable[[], None], days: int, residents: int) -> None:
    pipe.send(None)
    while pipe.recv():
        began = _now()
        for _ in range(days):
            step()
        pipe.send((residents * days / (_now() - began)).tolist())


def _peak_mb() -> float:
    """Most memory that this process has held."""
    status = Path("/proc/self/status")
    if status.exists():  # a process starts with its parent's peak in the other count
        lines = status.read_text("ascii", errors="ignore").splitlines()
        (peak,) = (line for line in lines if line.startswith("VmHWM"))
        return int(peak.split()[1]) / 1e3
    unit = 1 if sys.platform == "darwin" else 1e3
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6
