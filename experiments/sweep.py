"""A sweep: the runs of a design that a folder lacks, carried out and kept."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, suppress
from dataclasses import dataclass, field

from experiments.adopt import adopt
from experiments.crew import Crew, SchedulerLostError
from experiments.designs import Design, Precision
from experiments.engine import Engine, Report, Tally
from experiments.frames import check_indicator
from experiments.interrupt import stop_on_ctrl_c
from experiments.jobs import Jobs
from experiments.precision import Rounds, known_indicators
from experiments.run_file import Job
from experiments.store import CLAIMS, FULL, Store
from model.terms import InputError

OpenCrew = Callable[[], AbstractContextManager[Crew]]
STOPPING = "stopping: the runs in hand are finished first; Ctrl-C again stops at once"


class UnfinishedError(Exception):
    """A sweep that ended early; what is finished is kept, and the same call goes on from there.

    `code` is the exit code: 130 after Ctrl-C, 3 without a scheduler, 4 without room on the disk.
    """

    def __init__(self, reason: str, code: int, tally: Tally) -> None:
        kept = tally.settled - tally.failed
        super().__init__(f"{reason}; {kept:,} of {tally.planned:,} runs are finished and kept")
        self.code, self.tally = code, tally


@dataclass(slots=True)
class Swept:
    """A sweep whose every run is settled."""

    runs: list[str] = field(default_factory=list)  # hashes, in the order of the design
    tally: Tally = field(default_factory=Tally)


def sweep(design: Design, store: Store, open_crew: OpenCrew, report: Report) -> Swept:
    """Carry out every run of the design that the folder lacks.

    Raises InputError for a design that cannot be run and for a folder of another experiment,
    UnfinishedError if it ends early.
    """
    jobs = Jobs.of(design)
    return carry_out(jobs, _batches(jobs, store), store, open_crew, report)


def carry_out(
    jobs: Jobs, batches: Iterable[Sequence[Job]], store: Store, open_crew: OpenCrew, report: Report
) -> Swept:
    """Carry out one batch of runs after the other; a batch may follow from the ones before it.

    A batch names no run twice. Raises as `sweep` does.
    """
    swept = Swept()
    tally = swept.tally
    try:
        adopt(store.folder, jobs)
        store.prepare()
        with stop_on_ctrl_c(lambda: report.say(STOPPING)) as stop, ExitStack() as stack:
            engine = None
            for batch in batches:
                swept.runs += [job.hash for job in batch]
                missing = _missing(batch, store, tally, report)
                if missing and not stop.asked:
                    if engine is None:
                        crew = stack.enter_context(open_crew())
                        engine = Engine(store, crew, report, stop, tally)
                    engine.carry_out(missing)
                if tally.settled < tally.planned:
                    raise UnfinishedError("stopped", 130, tally)
    except KeyboardInterrupt:
        raise UnfinishedError("stopped at once", 130, tally) from None
    except SchedulerLostError as error:
        raise UnfinishedError(
            f"the scheduler {error} does not answer any more", 3, tally
        ) from error
    except OSError as error:
        if error.errno not in FULL:
            raise
        full = f"no room for {error.filename} ({error.strerror}); free some"
        raise UnfinishedError(full, 4, tally) from error
    with suppress(OSError):  # another driver may still claim something
        (store.folder / CLAIMS).rmdir()
    return swept


def _batches(jobs: Jobs, store: Store) -> Iterator[Sequence[Job]]:
    """The runs that are surely needed, then those that the stated precision still asks for."""
    wanted = jobs.design.replicates
    if not isinstance(wanted, Precision):
        return iter([list(jobs.first_round())])
    check_indicator(wanted.indicator, known_indicators())
    if wanted.of == "difference" and len(jobs.points) < 2:
        raise InputError("replicates of a difference need two points", found=len(jobs.points))
    return Rounds(jobs, store, wanted).batches()


def _missing(batch: Sequence[Job], store: Store, tally: Tally, report: Report) -> list[Job]:
    """The runs that have no whole file; what is in its place is named and set aside."""
    whole, aside = store.finished([job.hash for job in batch])
    for file in aside:
        report.say(f"{file.path}: {file.reason}; set aside, its run is repeated")
    tally.planned += len(batch)
    tally.there += len(whole)
    tally.set_aside += len(aside)
    report.say(f"{len(batch):,} runs, {len(whole):,} of them finished before")
    return [job for job in batch if job.hash not in whole]
