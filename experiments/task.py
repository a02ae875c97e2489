"""One run of a sweep, from job to bytes; the only part of a sweep that happens on a worker."""

import traceback
from collections.abc import Callable
from dataclasses import dataclass

import mesa

from experiments.figures import figures_of
from experiments.identity import model_version
from experiments.run_file import Job, encode
from model.simulation import TieredCareModel


@dataclass(frozen=True, slots=True)
class Done:
    """A run that ended: the content of its file."""

    content: bytes


@dataclass(frozen=True, slots=True)
class Failed:
    """A run that raised an error."""

    error: str
    traceback: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A worker that cannot give this run's result, because its model is another one."""

    reason: str


def carry_out(job: Job, work: Callable[[Job], bytes] | None = None) -> Done | Failed | Refused:
    """Run the model and measure; errors come back as values, so that they cost no worker.

    work: what gives the content of the file instead of a plain run.
    """
    if job.version != model_version():
        return Refused(f"a worker has model {model_version()}, this sweep needs {job.version}")
    try:
        return Done((work or run)(job))
    except (Exception, SystemExit) as error:
        line = traceback.format_exception_only(error)[-1].strip()
        return Failed(line, traceback.format_exc())


def run(job: Job) -> bytes:
    """The content of a run's file."""
    with job.data.placed(job.plan) as plan:
        model = TieredCareModel(plan)
        model.run()
    values = {path: leaf.value for path, leaf in model.parameters.items()}
    content = encode(job, figures_of(model), values)
    release(model)
    return content


def release(model: TieredCareModel) -> None:
    """Free a finished model's arrays at once, in a process that runs thousands.

    The model and its agents refer to one another, and Mesa 3.3 keeps every model as a key of
    `Agent._ids`; both would outlast the run.
    """
    getattr(mesa.Agent, "_ids", {}).pop(model, None)
    model.__dict__.clear()
