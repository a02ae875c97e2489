"""A month of one area, on whatever worker is free: from the state it was left in to the next one.

The state of an area is a file between two months, so that a month can be carried out by any
worker that sees the folder, and a province that was stopped goes on where it was.
"""

import json
import os
import pickle
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import cloudpickle  # type: ignore[import-untyped]
import numpy as np

from experiments import results
from experiments.province.hospitals import Asked, Part, Watch
from experiments.run_file import Job
from experiments.store import write_whole
from experiments.task import Done, Failed, Refused, carry_out, release
from model.day import DAY
from model.simulation import TieredCareModel
from model.terms import InputError


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg(Job):
    """A month of an area."""

    area: str
    folder: str  # of the area
    run: str  # hash of the area's run as if it were alone
    until: int  # day, from the first of the warm-up, before which the month ends
    before: str = ""  # hash of the month before; none: the first
    hospitals: tuple[str, ...] = ()  # ids of the facilities that are shared
    parts: tuple[Part, ...] = ()
    last: bool = False


def carry_out_leg(job: Job) -> Done | Failed | Refused:
    """A month of an area; errors come back as values."""
    return carry_out(job, advance)


def advance(job: Job) -> bytes:
    """Carry out a month; its state and what it tells are files of the area's folder."""
    assert isinstance(job, Leg)
    began = time.perf_counter()
    with job.data.policies_known():
        model, watch = _resumed(job) if job.before else _begun(job)
        if job.parts:
            watch.receive(model.world, job.parts)
        while model.day < job.until:
            model.step()
    told = {
        name: asdict(one) for name, one in zip(job.hospitals, watch.told(model.world), strict=True)
    }
    if job.last:
        _write_results(model, job)
    else:
        _keep(state_path(job.folder, job.hash), (model, watch))
    release(model)
    seconds = round(time.perf_counter() - began, 2)
    content = {"hospitals": told, "seconds": seconds, "peak_mb": peak_mb()}
    text = json.dumps(content).encode()
    _write(told_path(job.folder, job.hash), text)
    return text


def read_told(content: bytes) -> list[Asked]:
    """What an area told of its hospitals, in the order of the leg's."""
    return [Asked(**one) for one in json.loads(content)["hospitals"].values()]


def state_path(folder: str, leg: str) -> Path:
    """Where an area's state after a month is, or will be."""
    return Path(folder) / "months" / f"{leg}.state"


def told_path(folder: str, leg: str) -> Path:
    """Where it stands what an area told after a month."""
    return Path(folder) / "months" / f"{leg}.json"


def peak_mb() -> float:
    """Most memory that this process has held so far, MB; 0 where the system does not tell."""
    try:
        import resource
    except ImportError:  # Windows
        return 0.0
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)


def _begun(leg: Leg) -> tuple[TieredCareModel, Watch]:
    with leg.data.placed(leg.plan) as plan:
        model = TieredCareModel(plan)
    model.plan = leg.plan
    ids = list(model.region.facilities.id)
    for name in leg.hospitals:
        if name not in ids:
            raise InputError(
                f"area {leg.area} has no facility", found=name, allowed=", ".join(ids[-5:])
            )
    rows = np.array([ids.index(name) for name in leg.hospitals], dtype=np.int64)
    watch = Watch(model.world, rows, model.sample)
    model.day_steps = (watch.morning, *DAY, watch.evening)
    return model, watch


def _resumed(leg: Leg) -> tuple[TieredCareModel, Watch]:
    with state_path(leg.folder, leg.before).open("rb") as file:
        loaded: tuple[TieredCareModel, Watch] = pickle.load(file)
    return loaded


def _keep(path: Path, content: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    with draft.open("wb") as file:
        cloudpickle.dump(content, file)
    os.replace(draft, path)


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, content)


def _write_results(model: TieredCareModel, leg: Leg) -> None:
    folder = Path(leg.folder)
    results.begin(model, folder, leg.run, leg.data)
    results.finish(model, folder, leg.run, leg.data, 0.0, encounters=False)
