"""Reads the study that a folder of any kind holds."""

import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl

from experiments import frames
from experiments.adopt import is_experiment, read_experiment
from experiments.compare import SEED
from experiments.html_report.study import Arm, Study
from experiments.identity import OwnData
from experiments.levers import POLICY, applied
from experiments.policies.comparison import BASELINE
from experiments.results import RUN, SUMMARY, data_in, scenario_in
from experiments.run_file import CorruptFileError, check, job_in
from experiments.search.report import FILE as SEARCH
from experiments.sensitivity.report import FILE as SENSITIVITY
from experiments.store import Store
from model.scenario import Scenario, make_scenario
from model.terms import InputError

DAILY = ("visits", "capacity", "beds", "beds_taken")
WRITERS = "a folder that `fenji run`, `demo`, `compare`, `sweep`, `search` or `sensitivity` wrote"


def read_study(folder: Path) -> Study:
    """The study in a folder of `fenji run`, `demo`, `compare`, `sweep`, `search`, `sensitivity`.

    Raises InputError for a folder that holds no finished run.
    """
    if not folder.is_dir():
        raise InputError("no such folder", found=folder, allowed=WRITERS)
    if (folder / RUN).exists():
        return _read_run(folder)
    store = Store(folder)
    if not store.hashes():
        found = f"{len(store.failed())} failed runs" if store.failed() else None
        raise InputError(
            "holds no finished run",
            file=folder,
            found=found,
            allowed=WRITERS,
        )
    if not is_experiment(folder):
        return _read_comparison(store)
    if (folder / SEARCH).exists():
        return _read_search(store)
    return _read_sensitivity(store) if (folder / SENSITIVITY).exists() else _read_sweep(store)


@contextmanager
def policies_known(folder: Path) -> Iterator[None]:
    """Inside, a study's own policy files are those that it was run with, wherever they are now."""
    with ExitStack() as stack:
        for data in _own_files(folder):
            stack.enter_context(data.policies_known())
        yield


def _own_files(folder: Path) -> list[OwnData]:
    """Of a folder's runs, the newest last; an experiment's share theirs."""
    if (folder / RUN).exists():
        return [data_in(folder)]
    store = Store(folder)
    runs = sorted(store.hashes(), key=lambda run: store.path(run).stat().st_mtime)
    found: dict[str, OwnData] = {}
    for run in runs[-1:] if is_experiment(folder) else runs:
        with suppress(CorruptFileError):
            data = job_in(store.read(run)).data
            found[data.digest] = data
    return list(found.values())


def _read_run(folder: Path) -> Study:
    for name in (SUMMARY, "daily.parquet"):
        if not (folder / name).exists():
            raise InputError("the run has not ended", file=folder, allowed=f"a folder with {name}")
    with scenario_in(folder) as (run, _):
        plan = make_scenario(file=folder / RUN, **run["scenario"])
    measured = json.loads((folder / SUMMARY).read_text(encoding="utf-8"))["indicators"]
    if not run["days_counted"]:
        raise InputError("was stopped before the first counted day", file=folder)
    row: dict[str, Any] = {SEED: run["seed"]}
    for name, entry in measured.items():
        row[name] = entry["value"]
        row |= {f"{name}.{by}.{k}": v for by, keys in entry["by"].items() for k, v in keys.items()}
    daily = pl.read_parquet(folder / "daily.parquet", columns=["day", "tier", *DAILY])
    name = "+".join(choice.id for choice in plan.policies) or BASELINE
    runs = pl.DataFrame([row], schema_overrides={key: pl.Float64 for key in row if key != SEED})
    return Study(
        "run",
        folder,
        (Arm(name, plan, runs, daily),),
        run["versions"],
        (run["hash"],),
        {name: entry["unit"] for name, entry in measured.items()},
        data=data_in(folder),
        stopped=run["status"] != "complete",
    )


def _read_comparison(store: Store) -> Study:
    """The newest comparison of a folder: the runs that share all but seed and policies."""
    sets: dict[str, list[tuple[str, dict[str, Any]]]] = {}
    newest: dict[str, float] = {}
    for run in store.hashes():
        try:
            content = store.read(run)
            manifest = check(content)
        except CorruptFileError:
            continue
        told = {**manifest["scenario"], "seed": 0, "policies": []}
        key = json.dumps([told, manifest["versions"]["model"], job_in(content).data.places])
        sets.setdefault(key, []).append((run, manifest))
        newest[key] = max(newest.get(key, 0.0), store.path(run).stat().st_mtime)
    whole = [k for k, runs in sets.items() if any(m["experiment"] == BASELINE for _, m in runs)]
    if not whole:
        raise InputError("holds no baseline to compare with", file=store.folder)
    chosen = max(whole, key=lambda key: newest[key])
    named: dict[str, list[tuple[str, dict[str, Any]]]] = {}
    for run, manifest in sets[chosen]:
        named.setdefault(manifest["experiment"], []).append((run, manifest))
    names = [BASELINE, *sorted(named.keys() - {BASELINE})]
    arms = tuple(_arm(store, name, [run for run, _ in named[name]]) for name in names)
    first = named[BASELINE][0]
    rest = sum(len(runs) for key, runs in sets.items() if key != chosen)
    return Study(
        "comparison",
        store.folder,
        arms,
        first[1]["versions"],
        tuple(run for name in names for run, _ in named[name]),
        _units(store, first[0]),
        data=job_in(store.read(first[0])).data,
        left_out=(f"{rest}",) if rest else (),
        failed=len(store.failed()),
    )


def _read_sweep(store: Store) -> Study:
    told = read_experiment(store.folder)
    table, corrupt = frames.indicator_frame(store, store.hashes())
    base = _base(told)
    arms = []
    for point in told["levers"]:
        mine = table.filter(*(pl.col(path) == value for path, value in point.items()))
        if mine.is_empty():
            continue
        name = ", ".join(f"{path}={value:g}" for path, value in point.items()) or BASELINE
        arms.append(Arm(name, applied(base, point), mine, pl.DataFrame(), point))
    if not arms:
        raise InputError(
            "no run is at a point of this experiment",
            file=store.folder,
            allowed="a sweep or a search that has ended",
        )
    study = _of_experiment(store, "sweep", arms, told["design"])
    return replace(study, left_out=tuple(file.run for file in corrupt))


def _read_search(store: Store) -> Study:
    """The points shown against the baseline, with the fresh seeds that no trial has seen."""
    search = json.loads((store.folder / SEARCH).read_text(encoding="utf-8"))
    told = read_experiment(store.folder)
    base = _base(told)
    arms = []
    baseline = {"levers": {}, "runs": search["baseline"]}
    for point in (baseline, *(search["pareto"] or search["others"][:1])):
        levers, runs = point["levers"], point["runs"]
        table, corrupt = frames.indicator_frame(store, runs)
        if corrupt or len(table) < len(runs):
            raise InputError(
                "runs of the search are missing", file=store.folder, allowed="the search, once more"
            )
        name = ", ".join(f"{path}={value:g}" for path, value in levers.items()) or BASELINE
        arms.append(Arm(name, applied(base, levers), table, _mean_day(store, runs), levers))
    study = _of_experiment(store, "search", arms, search["design"])
    return replace(study, objectives=tuple(search["objectives"]))


def _read_sensitivity(store: Store) -> Study:
    """One arm: the scenario with the policies that are varied, and the runs of all points."""
    told, base = read_experiment(store.folder), _base(read_experiment(store.folder))
    found = json.loads((store.folder / SENSITIVITY).read_text(encoding="utf-8"))
    table, corrupt = frames.indicator_frame(store, store.hashes())
    levers = {path: x for path, x in told["levers"][0].items() if path.startswith(POLICY)}
    arm = Arm(BASELINE, applied(base, levers), table, pl.DataFrame())
    numbers = {"--method": "method", "--samples": "samples", "--replicates": "replicates"}
    asked = [word for option, key in numbers.items() for word in (option, str(found[key]))]
    for name in found["indicators"]:
        asked += ["--indicator", name]
    for factor in found["factors"]:
        asked += ["--vary", f"{factor['path']}={factor['low']:.12g}:{factor['high']:.12g}"]
    study = _of_experiment(store, "sensitivity", [arm], told["design"])
    left_out = tuple(file.run for file in corrupt)
    return replace(study, base=base, asked=tuple(asked), left_out=left_out)


def _base(told: dict[str, Any]) -> Scenario:
    """The scenario of an experiment without its levers."""
    fields = Scenario().model_dump(by_alias=True)
    return make_scenario(**{name: told["design"][name] for name in fields})


def _of_experiment(store: Store, kind: str, arms: Sequence[Arm], design: dict[str, Any]) -> Study:
    told = read_experiment(store.folder)
    runs = [run for arm in arms for run in arm.runs["hash"]]
    first = store.read(runs[0])
    return Study(
        kind,
        store.folder,
        tuple(arms),
        check(first)["versions"],
        tuple(runs),
        _units(store, runs[0]),
        tuple(told["levers"][0]),
        tuple(told["uncertainties"][0]),
        design=design,
        data=job_in(first).data,
        failed=len(store.failed()),
    )


def _arm(store: Store, name: str, runs: Sequence[str]) -> Arm:
    table, _ = frames.indicator_frame(store, runs)
    return Arm(name, job_in(store.read(runs[0])).plan, table, _mean_day(store, runs))


def _mean_day(store: Store, runs: Sequence[str]) -> pl.DataFrame:
    """A row a day and tier, columns of `DAILY`: means over runs."""
    return (
        frames.daily_frame(store, runs)
        .filter(pl.col("name").is_in(DAILY))
        .group_by("tier", "day", "name")
        .agg(pl.col("value").mean())
        .collect()
        .pivot("name", index=["tier", "day"])
        .sort("tier", "day")
    )


def _units(store: Store, run: str) -> dict[str, str]:
    summed = pl.read_parquet(store.path(run)).filter(pl.col("day").is_null())
    return dict(summed.select("name", "unit").unique().iter_rows())
