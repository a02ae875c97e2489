"""Who carries out the runs: what the engine and its crews share, and the simplest crew."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from experiments.run_file import Job
from experiments.task import Done, Failed, Refused


@dataclass(frozen=True, slots=True)
class Died:
    """The worker that had this run in hand is gone."""

    reason: str


@dataclass(frozen=True, slots=True)
class Dropped:
    """A run that got lost on its way, through no fault of its own."""


Result = Done | Failed | Refused | Died | Dropped
Task = Callable[[Job], Done | Failed | Refused]


class SchedulerLostError(Exception):
    """The scheduler does not answer any more; the text is its address."""


class Crew(Protocol):
    """Takes runs in hand and gives their results, in any order."""

    @property
    def threads(self) -> int:
        """Runs that can be under way at once; 0 while there is no worker."""
        ...

    @property
    def ahead(self) -> int:
        """Runs to have in hand for each thread, so that none waits for the driver."""
        ...

    def submit(self, job: Job) -> None:
        """Take a run in hand."""

    def results(self) -> Sequence[tuple[Job, Result]]:
        """What has ended since the last call; waits a moment if nothing has."""
        ...


class SerialCrew:
    """One run after the other in this process, where a debugger can follow."""

    threads = 1
    ahead = 1

    def __init__(self, task: Task) -> None:
        self._task = task
        self._jobs: deque[Job] = deque()

    def submit(self, job: Job) -> None:
        """Put the run in line."""
        self._jobs.append(job)

    def results(self) -> Sequence[tuple[Job, Result]]:
        """Carry out the run that is first in line."""
        job = self._jobs.popleft()
        return [(job, self._task(job))]
