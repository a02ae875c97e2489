"""Runs and price experiments that belong together, carried out on the engine and read back."""

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace

import polars as pl

from experiments import frames, task
from experiments.crew import Crew, SerialCrew
from experiments.elasticity import price_elasticities
from experiments.engine import Engine, Report
from experiments.figures import SCHEMA
from experiments.identity import HASH_DIGITS, own_data, run_hash
from experiments.interrupt import stop_on_ctrl_c
from experiments.run_file import Job, Place, encode, figures_in
from experiments.store import Store
from experiments.task import Done, Failed, Refused
from model.region.read import read_region
from model.scenario import Scenario
from model.terms import InputError

PRICE_EXPERIMENT = "price elasticities"
STOPPING = "stopping: the runs in hand are finished first; Ctrl-C again stops at once"
Measured = Mapping[str, float | None]


def job_of(plan: Scenario, name: str, replicate: int = 1) -> Job:
    """The run of a scenario; `name` tells what it is for."""
    data = own_data(plan)
    return Job(run_hash(plan, _values(plan), data), plan, Place(name, replicate=replicate), data)


def price_job(plan: Scenario, replicate: int = 1) -> Job:
    """The price experiment on a scenario: three runs, kept as one."""
    plain = job_of(plan, PRICE_EXPERIMENT, replicate)
    told = f"{PRICE_EXPERIMENT} {plain.hash}".encode()
    return replace(plain, hash=hashlib.sha256(told).hexdigest()[:HASH_DIGITS])


def carry_out(job: Job) -> Done | Failed | Refused:
    """A run, or a price experiment, as `task.carry_out` does."""
    return task.carry_out(job, _experiment if job.place.experiment == PRICE_EXPERIMENT else None)


def _experiment(job: Job) -> bytes:
    with job.data.placed(job.plan) as plan:
        elasticities = price_elasticities(plan)
        values = _values(plan)
    rows = [(name, None, None, None, value, "elasticity") for name, value in elasticities.items()]
    return encode(job, pl.DataFrame(rows, schema=SCHEMA, orient="row"), values)


def _values(plan: Scenario) -> dict[str, float]:
    parameters = plan.parameters(read_region(plan.region, plan.residents, plan.changes))
    return {path: leaf.value for path, leaf in parameters.items()}


@dataclass(slots=True)
class Batch:
    """A folder of runs and a crew that stays for several rounds of them."""

    store: Store
    crew: Crew
    report: Report

    def measure(self, jobs: Sequence[Job]) -> list[Measured]:
        """What each run measured, in order; what the folder holds is not repeated.

        Raises KeyboardInterrupt after Ctrl-C, when the runs in hand are kept, and InputError if a
        run fails.
        """
        self.settle(jobs)
        return [self.read(job) for job in jobs]

    def settle(self, jobs: Sequence[Job]) -> None:
        """Carry out the runs that the folder lacks; KeyboardInterrupt after Ctrl-C."""
        self.store.prepare()
        missing = {job.hash: job for job in jobs if not self.store.has(job.hash)}
        with stop_on_ctrl_c(lambda: self.report.say(STOPPING)) as stop:
            engine = Engine(self.store, self.crew, self.report, stop)
            engine.tally.planned = len(missing)
            engine.carry_out(missing.values())
            if engine.tally.settled < len(missing):
                raise KeyboardInterrupt

    def read(self, job: Job) -> Measured:
        """What a settled run measured; InputError if it failed."""
        if not self.store.has(job.hash):
            file = self.store.failure_path(job.hash)
            raise InputError("a run failed", file=file, found=job.hash)
        figures = figures_in(self.store.read(job.hash)).filter(pl.col("day").is_null())
        return dict(zip(frames.indicator_ids(figures), figures["value"], strict=True))


def crew_for(workers: int | None, serial: bool) -> AbstractContextManager[Crew]:
    """Processes of this machine, by default one a core, or this process alone."""
    if serial:
        return nullcontext(SerialCrew(carry_out))
    from experiments.dask_crew import local_crew  # loading Dask takes half a second

    return local_crew(carry_out, workers)
