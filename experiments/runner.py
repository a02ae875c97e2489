"""One run, from a scenario to its folder, with progress; nothing is lost when it is stopped."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from experiments import identity, results
from experiments.encounters import EncounterFiles
from experiments.interrupt import stop_on_ctrl_c
from model.region.read import read_region
from model.scenario import Scenario
from model.simulation import TieredCareModel

Progress = Callable[[TieredCareModel, float], None]


@dataclass(frozen=True, slots=True)
class Run:
    """A run that has ended: its folder, its summary, and how it ended."""

    folder: Path
    summary: dict[str, Any]
    complete: bool
    reused: bool
    model: TieredCareModel | None  # none where the folder held the run already


def run(
    plan: Scenario,
    out: Path | None = None,
    *,
    encounters: bool = False,
    progress: Progress | None = None,
    again: bool = False,
) -> Run:
    """Run a scenario and write its folder; a run that is there already is only read.

    again: run even if the folder holds the run, because the model itself is wanted.
    """
    region = read_region(plan.region, plan.residents, plan.changes)
    values = {path: leaf.value for path, leaf in plan.parameters(region).items()}
    data = identity.own_data(plan)
    run_hash = identity.run_hash(plan, values, data)
    folder = results.run_folder(out, region.id, run_hash)
    if not again and (summary := results.finished_summary(folder, encounters)) is not None:
        return Run(folder, summary, complete=True, reused=True, model=None)
    began = time.perf_counter()
    model = TieredCareModel(plan)
    results.begin(model, folder, run_hash, data)
    files = EncounterFiles(folder, results.write_parquet) if encounters else None
    with stop_on_ctrl_c(lambda: None) as stop:
        while not (model.finished or stop.asked):
            model.step()
            if files is not None:
                files.add(model)
            if progress is not None:
                progress(model, time.perf_counter() - began)
        if files is not None:
            files.close()
        seconds = time.perf_counter() - began
        summary = results.finish(model, folder, run_hash, data, seconds, encounters)
    return Run(folder, summary, complete=model.finished, reused=False, model=model)
