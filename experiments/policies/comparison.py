"""Policies against the baseline: the same residents, illnesses and luck, replicate by replicate."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from experiments import frames
from experiments.compare import paired_differences
from experiments.crew import Crew
from experiments.engine import Engine, Report
from experiments.identity import own_data, run_hash
from experiments.interrupt import stop_on_ctrl_c
from experiments.policies.steps import Steps, subsets_of, take_apart
from experiments.run_file import Job, Place
from experiments.store import Store
from model.groups import REPORTED
from model.insurance.rulebook import read_rulebook
from model.policies.choice import parse_package
from model.policies.facilities import check_facilities
from model.policies.package import check_package
from model.scenario import Scenario, region_of
from model.terms import InputError

LEVEL = 0.95
BASELINE = "baseline"


@dataclass(frozen=True, slots=True)
class Comparison:
    """Differences of each policy from the baseline, by indicator and by group."""

    replicates: int
    policies: dict[str, pl.DataFrame]  # as typed -> rows of `paired_differences`
    steps: dict[str, Steps] = field(default_factory=dict)  # of packages, if they were asked for

    def content(self) -> dict[str, Any]:
        """What `fenji compare --json` prints."""
        return {
            "replicates": self.replicates,
            "level": LEVEL,
            "policies": [
                {"name": name, "indicators": _nested(table)}
                | ({"steps": self.steps[name].content()} if name in self.steps else {})
                for name, table in self.policies.items()
            ],
        }


def compare_policies(
    plan: Scenario,
    packages: Sequence[str],
    replicates: int,
    folder: Path,
    crew: AbstractContextManager[Crew],
    report: Report,
    steps: bool = False,
) -> Comparison:
    """Run the baseline and every package with the same seeds, and take paired differences.

    Runs that the folder holds already are not repeated. steps: also run every subset of each
    package, to tell apart what its policies do. Raises InputError for an unknown policy, and if a
    run fails.
    """
    parts = {name: subsets_of(name) for name in packages} if steps else {}
    if steps and not any(parts.values()):
        raise InputError("--steps", found=", ".join(packages), allowed="a package, such as A+B")
    jobs = paired_jobs(plan, packages, replicates)
    others = {text for part in parts.values() for text in part.values()} - set(packages)
    jobs |= paired_jobs(plan, sorted(others), replicates) if others else {}
    store = Store(folder)
    store.prepare()
    missing = [
        job
        for several in zip(*jobs.values(), strict=True)
        for job in several
        if not store.has(job.hash)
    ]
    if missing:
        with stop_on_ctrl_c(lambda: report.say("stopping after the runs in hand")) as stop:
            with crew as hands:
                engine = Engine(store, hands, report, stop)
                engine.tally.planned = len(missing)
                engine.carry_out(missing)
            if engine.tally.settled < len(missing):
                raise KeyboardInterrupt
    told = differences(store, {name: jobs[name] for name in (BASELINE, *packages)})
    frames_of = (
        {name: _frame(store, name, several) for name, several in jobs.items()} if parts else {}
    )
    apart = {
        name: take_apart(name, frames_of[BASELINE], frames_of, LEVEL)
        for name, part in parts.items()
        if part
    }
    return Comparison(replicates, told, apart)


def paired_jobs(plan: Scenario, packages: Sequence[str], replicates: int) -> dict[str, list[Job]]:
    """The runs of the baseline and of every package as typed, one a seed, seeds in order."""
    plans = {BASELINE: plan} | {
        text: plan.with_policies([*plan.policies, *parse_package(text)]) for text in packages
    }
    if len(plans) < len(packages) + 1:
        raise InputError("a policy is named twice", found=list(packages))
    return {name: _jobs(one, name, replicates) for name, one in plans.items()}


def _jobs(plan: Scenario, name: str, replicates: int) -> list[Job]:
    region = region_of(plan)
    parameters = plan.parameters(region)
    check_package(plan.policies, plan.start, parameters, read_rulebook(plan.rulebook).on)
    check_facilities(region, plan.policies, plan.start)
    values, data = {path: leaf.value for path, leaf in parameters.items()}, own_data(plan)
    seeded = [plan.model_copy(update={"seed": plan.seed + i}) for i in range(replicates)]
    return [
        Job(run_hash(one, values, data), one, Place(name, replicate=i + 1), data)
        for i, one in enumerate(seeded)
    ]


def differences(store: Store, jobs: dict[str, list[Job]]) -> dict[str, pl.DataFrame]:
    """Paired differences of every package from the baseline, by package; all runs must be there."""
    tables = {name: _frame(store, name, several) for name, several in jobs.items()}
    baseline = tables.pop(BASELINE)
    told = set(frames.FIXED)
    names = [column for column in baseline.columns if column not in told]
    return {
        name: paired_differences(baseline, table, names, level=LEVEL)
        for name, table in tables.items()
    }


def _frame(store: Store, name: str, jobs: Sequence[Job]) -> pl.DataFrame:
    """A row a run of one package, in order of the seeds."""
    failed = [job.hash for job in jobs if not store.has(job.hash)]
    if failed:
        raise InputError(f"{name}: a run failed", file=store.failure_path(failed[0]))
    return frames.indicator_frame(store, [job.hash for job in jobs], None)[0]


def _nested(table: pl.DataFrame) -> dict[str, Any]:
    """Rows of differences by id, with groups under `by`."""
    content: dict[str, Any] = {}
    for row in table.iter_rows(named=True):
        name, *group = row["indicator"].split(".", 2)
        told = {
            "baseline": row["first"],
            "policy": row["second"],
            **{key: row[key] for key in ("difference", "low", "high")},
        }
        if not group:
            content[name] = {**told, "by": {}}
        elif group[0] in REPORTED:
            content[name]["by"].setdefault(group[0], {})[group[1]] = told
    return content
