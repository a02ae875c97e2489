"""The folder that a run leaves: made once, never half-written, and kept when a run is stopped."""

import hashlib
import json
import os
import platform
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import mesa
import numpy as np
import polars as pl

from experiments.identity import OwnData
from experiments.store import write_whole
from experiments.tables import (
    clearing_table,
    consortium_table,
    daily_table,
    facility_table,
    flow_table,
    fund_table,
    ledger,
    member_table,
    premiums,
    referral_table,
)
from model.care.trust import forgotten
from model.groups import Measured
from model.indicators import IndicatorParameters, Outcome, measure
from model.scenario import Scenario, make_scenario
from model.simulation import TieredCareModel
from model.terms import Floats, Floats32, InputError

RUN = "run.json"
SUMMARY = "summary.json"
INPUTS = "inputs.zip"  # the user's own region, rule book and policies
TABLES = {
    "daily": daily_table,
    "facilities": facility_table,
    "funds": fund_table,
    "clearing": clearing_table,
    "consortia": consortium_table,
    "flows": flow_table,
    "referrals": referral_table,
    "members": member_table,
}
BY_MONTH = ("encounters", "episodes")


def fenji_version() -> str:
    """Version of the installed package."""
    return version("fenji")


def run_folder(out: Path | None, region: str, run_hash: str) -> Path:
    """The folder of this run; another run's folder is refused."""
    folder = out if out is not None else Path("out") / f"{region}-{run_hash}"
    there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if not there.is_dir():
        raise InputError("is a file", file=there, allowed="a new or empty folder")
    found = _told(folder).get("hash")
    if found is None and there == folder and any(folder.iterdir()):
        raise InputError("is not empty and holds no run", file=folder, allowed="an empty folder")
    if found not in (None, run_hash):
        raise InputError(
            "holds another run's results",
            file=folder,
            found=found,
            allowed=f"an empty folder, or that of run {run_hash}",
        )
    return folder


def finished_summary(folder: Path, encounters: bool) -> dict[str, Any] | None:
    """The summary of a run that is there and complete, or None."""
    run, summary = _told(folder), folder / SUMMARY
    if run.get("status") != "complete" or not summary.exists():
        return None
    if encounters and not run["encounters"]:
        return None
    loaded: dict[str, Any] = json.loads(summary.read_text(encoding="utf-8"))
    return loaded


@contextmanager
def scenario_in(folder: Path) -> Iterator[tuple[dict[str, Any], Scenario]]:
    """What run.json says, and its scenario; the user's own files are those that it was run with.

    Raises InputError where they are gone.
    """
    run = _told(folder)
    data = data_in(folder)
    with data.policies_known():
        plan = make_scenario(file=folder / RUN, **run["scenario"])
        with data.placed(plan) as placed:
            yield run, placed


def data_in(folder: Path) -> OwnData:
    """The user's own files of a run's folder."""
    told, archive = _told(folder).get("data"), folder / INPUTS
    if not told or not told["digest"]:
        return OwnData()
    if not archive.exists():
        raise InputError("the run's own files are gone", file=folder, allowed=f"with {INPUTS}")
    return OwnData(archive.read_bytes(), **told)


def measured(model: TieredCareModel) -> dict[str, Measured]:
    """The indicators of the days counted so far."""
    world = model.world
    minutes = np.nanmin(world.options.minutes, axis=1)
    subsistence = model.parameters.bind(IndicatorParameters, "indicators").subsistence
    return measure(
        Outcome(
            tally=model.tally,
            residents=replace(world.residents, trust=_trust_today(model)),
            memory=world.memory,
            tier=world.facility.tier,
            doctors=_mean_doctors(model),
            nearest_min=minutes[world.residents.place],
            ledger=ledger(model),
            premium=premiums(model),
            subsistence=subsistence,
            sample=model.sample,
        )
    )


def _mean_doctors(model: TieredCareModel) -> Floats:
    """Doctors of each facility, mean over the days counted so far: policies move them."""
    now = model.world.facility.doctors
    days = max(model.day - model.plan.warm_up, 1)
    mean = model.tally.facility["doctor_day"].sum(axis=0) / days
    # where nothing moved, the number itself and not a sum of days with its rounding
    return np.where(np.isclose(mean, now, rtol=1e-9, atol=0), now, mean)


def summarise(model: TieredCareModel) -> dict[str, Any]:
    """The content of summary.json."""
    indicators = {
        name: {"value": m.value, "unit": m.unit, "by": m.by} for name, m in measured(model).items()
    }
    return {
        "indicators": indicators,
        "seed": model.plan.seed,
        "days": model.tally.n_days,
        "residents": len(model.world.residents),
        "version": fenji_version(),
    }


def begin(model: TieredCareModel, folder: Path, run_hash: str, data: OwnData) -> None:
    """Mark the folder as this run's before the first day; what an earlier attempt left goes."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in TABLES:
        (folder / f"{name}.parquet").unlink(missing_ok=True)
    for name in BY_MONTH:
        shutil.rmtree(folder / name, ignore_errors=True)
    (folder / SUMMARY).unlink(missing_ok=True)
    (folder / INPUTS).unlink(missing_ok=True)
    if data.archive:
        write_whole(folder / INPUTS, data.archive)
    write_json(folder / RUN, _manifest(model, run_hash, data, "running", 0.0, encounters=False))


def finish(
    model: TieredCareModel,
    folder: Path,
    run_hash: str,
    data: OwnData,
    seconds: float,
    encounters: bool,
) -> dict[str, Any]:
    """Write every table; a run that was stopped says so in its status. Returns the summary."""
    summary = summarise(model)
    for name, table in TABLES.items():
        write_parquet(table(model).lazy(), folder / f"{name}.parquet")
    write_json(folder / SUMMARY, summary)
    status = "complete" if model.finished else "partial"
    write_json(folder / RUN, _manifest(model, run_hash, data, status, seconds, encounters))
    return summary


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write to a temporary name and rename."""
    text = json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False)
    draft = path.with_name(path.name + ".tmp")
    draft.write_text(text + "\n", encoding="utf-8")
    os.replace(draft, path)


def write_parquet(table: pl.LazyFrame, path: Path) -> None:
    """Write to a temporary name and rename."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(path.name + ".tmp")
    table.collect().write_parquet(draft)
    os.replace(draft, path)


def _told(folder: Path) -> dict[str, Any]:
    """What a folder's run.json says; nothing where there is none or it is not a run's."""
    try:
        told = json.loads((folder / RUN).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}


def _trust_today(model: TieredCareModel) -> Floats32:
    """Trust at the end of the last day, forgetting included, which is else applied at need."""
    world = model.world
    days = np.maximum(model.day - 1 - world.memory.touched_day.astype(np.int64), 0)
    prior, learnt = world.memory.prior_trust, world.residents.trust
    tiers = zip(learnt, prior, strict=True)  # one by one: the means of a million are large
    return np.stack([forgotten(own, before, days, world.p.trust) for own, before in tiers])


def _manifest(
    model: TieredCareModel,
    run_hash: str,
    data: OwnData,
    status: str,
    seconds: float,
    encounters: bool,
) -> dict[str, Any]:
    return {
        "hash": run_hash,
        "parameters_hash": _parameters_hash(model),
        "status": status,
        "scenario": model.plan.model_dump(mode="json", by_alias=True),
        "data": data.told,
        "seed": model.plan.seed,
        "residents": len(model.world.residents),
        "sample_of_population": model.sample,
        "days_counted": model.tally.n_days,
        "encounters": encounters,
        "seconds": round(seconds, 2),
        "written": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        "versions": {
            "fenji": fenji_version(),
            "python": platform.python_version(),
            "mesa": mesa.__version__,
            "numpy": np.__version__,
        },
        "sources": list(model.region.sources),
        "notes": _notes(model),
    }


def _parameters_hash(model: TieredCareModel) -> str:
    """The same for two runs whose every parameter has the same value."""
    told = json.dumps(sorted((path, leaf.value) for path, leaf in model.parameters.items()))
    return hashlib.sha256(told.encode()).hexdigest()[:12]


def _notes(model: TieredCareModel) -> list[str]:
    notes = ["Modelled, not observed: every figure here is the model's."]
    if model.sample < 1:
        notes.append(
            f"A sample of {model.sample:.2%} of the residents: small facilities are noisier than "
            "life; amounts of money stand for the whole population."
        )
    return notes
