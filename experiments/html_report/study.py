"""What a report tells of: the arms of a study, read from a folder of any kind."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from experiments import frames
from experiments.adopt import is_experiment, read_experiment
from experiments.compare import SEED, half_width, paired_differences
from experiments.identity import OwnData
from experiments.levers import applied
from experiments.policies.comparison import BASELINE, LEVEL
from experiments.results import RUN, SUMMARY
from experiments.run_file import CorruptFileError, check, job_in
from experiments.store import Store
from model.scenario import Scenario, make_scenario
from model.terms import InputError

DAILY = ("visits", "capacity", "beds", "beds_taken")


@dataclass(frozen=True, slots=True)
class Arm:
    """One thing that was tried: a scenario, and its runs.

    runs: a row a run: `seed`, what else sets runs of a seed apart, indicators by id and by
    `id.axis.key`. daily: `tier`, `day` and the columns of `DAILY`, means over the runs.
    """

    name: str  # as it was typed; "baseline" for none
    plan: Scenario
    runs: pl.DataFrame
    daily: pl.DataFrame
    point: Mapping[str, float] = field(default_factory=dict)  # of a sweep


@dataclass(frozen=True, slots=True)
class Study:
    """A folder that was read; the first arm is what the others are compared with."""

    kind: str  # run, comparison, sweep
    folder: Path
    arms: tuple[Arm, ...]
    versions: Mapping[str, str]
    hashes: tuple[str, ...]
    units: Mapping[str, str]
    varied: tuple[str, ...] = ()  # of a sweep, paths of its levers
    within: tuple[str, ...] = ()  # of a sweep, paths of its uncertainties
    design: Mapping[str, Any] = field(default_factory=dict)
    data: OwnData = field(default_factory=OwnData)
    left_out: tuple[str, ...] = ()  # what the folder holds and the report does not tell
    failed: int = 0
    stopped: bool = False

    @property
    def plan(self) -> Scenario:
        """The scenario of the first arm."""
        return self.arms[0].plan

    @property
    def replicates(self) -> int:
        """Seeds of the arm that has the fewest."""
        return min(arm.runs[SEED].n_unique() for arm in self.arms)

    def differences(self, arm: Arm, names: Sequence[str]) -> dict[str, dict[str, Any]]:
        """By indicator, what `paired_differences` tells of an arm against the first one."""
        both = self.arms[0].runs, arm.runs
        known = [name for name in names if all(name in runs.columns for runs in both)]
        table = paired_differences(*both, known, within=self.within, level=LEVEL)
        return {row["indicator"]: row for row in table.iter_rows(named=True)}


def mean_of(arm: Arm, name: str) -> float:
    """Mean of an indicator over an arm's runs; nan if it cannot be formed."""
    mean = arm.runs[name].cast(pl.Float64).mean() if name in arm.runs.columns else None
    return float(mean) if isinstance(mean, float) else math.nan


def half_of(arm: Arm, name: str) -> float:
    """Half of the interval of that mean; infinite for a single run."""
    values = arm.runs[name].cast(pl.Float64).fill_null(math.nan).to_numpy()
    return float(half_width(values[:, None], LEVEL)[0])


def read_study(folder: Path) -> Study:
    """The study in a folder of `fenji run`, `demo`, `compare` or `sweep`.

    Raises InputError for a folder that holds no finished run.
    """
    if (folder / RUN).exists():
        return _read_run(folder)
    store = Store(folder)
    if not store.hashes():
        found = f"{len(store.failed())} failed runs" if store.failed() else None
        raise InputError(
            "holds no finished run",
            file=folder,
            found=found,
            allowed="a folder that `fenji run`, `demo`, `compare` or `sweep` wrote",
        )
    return _read_sweep(store) if is_experiment(folder) else _read_comparison(store)


def _read_run(folder: Path) -> Study:
    for name in (SUMMARY, "daily.parquet"):
        if not (folder / name).exists():
            raise InputError("the run has not ended", file=folder, allowed=f"a folder with {name}")
    run = json.loads((folder / RUN).read_text(encoding="utf-8"))
    measured = json.loads((folder / SUMMARY).read_text(encoding="utf-8"))["indicators"]
    if not run["days_counted"]:
        raise InputError("was stopped before the first counted day", file=folder)
    row: dict[str, Any] = {SEED: run["seed"]}
    for name, entry in measured.items():
        row[name] = entry["value"]
        row |= {f"{name}.{by}.{k}": v for by, keys in entry["by"].items() for k, v in keys.items()}
    daily = pl.read_parquet(folder / "daily.parquet", columns=["day", "tier", *DAILY])
    plan = make_scenario(file=folder / RUN, **run["scenario"])
    name = "+".join(choice.id for choice in plan.policies) or BASELINE
    runs = pl.DataFrame([row], schema_overrides={key: pl.Float64 for key in row if key != SEED})
    return Study(
        "run",
        folder,
        (Arm(name, plan, runs, daily),),
        run["versions"],
        (run["hash"],),
        {name: entry["unit"] for name, entry in measured.items()},
        stopped=run["status"] != "complete",
    )


def _read_comparison(store: Store) -> Study:
    """The newest comparison of a folder: the runs that share all but seed and policies."""
    sets: dict[str, list[tuple[str, dict[str, Any]]]] = {}
    newest: dict[str, float] = {}
    for run in store.hashes():
        try:
            manifest = check(store.read(run))
        except CorruptFileError:
            continue
        told = {**manifest["scenario"], "seed": 0, "policies": []}
        key = json.dumps([told, manifest["versions"]["model"], manifest["data"]["digest"]])
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
    varied, within = tuple(told["levers"][0]), tuple(told["uncertainties"][0])
    runs = store.hashes()
    table, corrupt = frames.indicator_frame(store, runs)
    first = table["hash"][0]
    job = job_in(store.read(first))
    base = make_scenario(**{k: told["design"][k] for k in job.plan.model_dump(by_alias=True)})
    arms = []
    for point in told["levers"]:
        mine = table.filter(*(pl.col(path) == value for path, value in point.items()))
        if mine.is_empty():
            continue
        name = ", ".join(f"{path}={value:g}" for path, value in point.items()) or BASELINE
        plan = applied(base, point)
        arms.append(Arm(name, plan, mine, pl.DataFrame(), point))
    return Study(
        "sweep",
        store.folder,
        tuple(arms),
        check(store.read(first))["versions"],
        tuple(table["hash"]),
        _units(store, first),
        varied,
        within,
        told["design"],
        job.data,
        left_out=tuple(f"{file.run}" for file in corrupt),
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
