"""Runs in the background: processes that all visitors share, and one visitor's batch of runs.

A batch hands out only as many runs at once as there are processes, so that batches take turns:
nobody waits for the whole of another visitor's batch, only for the runs in hand.
"""

import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from multiprocessing import get_context, parent_process
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal, TypeVar

from experiments.crew import Died, Dropped, Result, Task
from experiments.engine import Engine, Tally
from experiments.run_file import Job
from experiments.store import Store
from model.terms import InputError

MOST_WORKERS = 8
POLL_S = 0.2
Told = TypeVar("Told")
State = Literal["running", "done", "cancelled", "failed"]


class Workers:
    """A few processes for all visitors; one core is left to the page."""

    def __init__(self, n: int | None = None) -> None:
        self.n = n or max(1, min((os.cpu_count() or 1) - 1, MOST_WORKERS))
        self._lock = threading.Lock()
        self._pool: ProcessPoolExecutor | None = None
        self._in_hand = 0

    @property
    def in_line(self) -> int:
        """Runs of all visitors that wait for a process."""
        return max(self._in_hand - self.n, 0)

    def submit(self, task: Callable[[Job], Told], job: Job) -> "Future[Told]":
        """Let a process carry out a run when one is free; a broken pool is replaced."""
        with self._lock:
            try:
                future: Future[Told] = self._opened().submit(task, job)
            except BrokenProcessPool:
                self._pool = None
                future = self._opened().submit(task, job)
            self._in_hand += 1
        future.add_done_callback(self._settled)
        return future

    def close(self) -> None:
        """End the processes; runs in hand are lost."""
        with self._lock:
            if self._pool is not None:
                self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool = None

    def _opened(self) -> ProcessPoolExecutor:
        if self._pool is None:
            # Processes of a server with threads must not be forked.
            self._pool = ProcessPoolExecutor(self.n, get_context("spawn"), _make_modest)
        return self._pool

    def _settled(self, _future: object) -> None:
        with self._lock:
            self._in_hand -= 1


def _make_modest() -> None:
    """Leave Ctrl-C to the server and the processor to the page, and end when the server does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "nice"):
        os.nice(5)
    threading.Thread(target=_end_with_server, daemon=True, name="fenji end").start()


def _end_with_server() -> None:
    """However the server ends: one that is killed cannot tell its processes."""
    server = parent_process()
    if server is not None:
        server.join()
        os._exit(1)


@cache
def shared_workers() -> Workers:
    """The processes of this server."""
    return Workers()


@cache
def shared_store(kind: str) -> Store:
    """Finished runs of this server by kind, kept until it ends, so that nobody repeats them."""
    store = Store(Path(_folder().name) / kind)
    store.prepare()
    return store


@cache
def _folder() -> "TemporaryDirectory[str]":
    return TemporaryDirectory(prefix="fenji-page-")


class Ask:
    """Whether a batch is to end: somebody said so, or its visitor has gone."""

    def __init__(self, gone: Callable[[], bool]) -> None:
        self._said, self._gone = False, gone

    def stop(self) -> None:
        """Ask to stop."""
        self._said = True

    @property
    def asked(self) -> bool:
        """No new run is to begin."""
        return self._said or self._gone()


class PoolCrew:
    """A crew for the engine out of the shared processes."""

    ahead = 1

    def __init__(self, workers: Workers, task: Task, stop: Ask) -> None:
        self._workers, self._task, self._stop = workers, task, stop
        self._jobs: dict[Future[Result], Job] = {}

    @property
    def threads(self) -> int:
        """Runs that can be under way at once."""
        return self._workers.n

    def submit(self, job: Job) -> None:
        """Put the run in line."""
        future: Future[Result] = self._workers.submit(self._task, job)
        self._jobs[future] = job

    def results(self) -> Sequence[tuple[Job, Result]]:
        """What has ended; once stopping is asked for, what has not begun is taken back."""
        if self._stop.asked:
            for future in self._jobs:
                future.cancel()
        done, _ = wait(self._jobs, timeout=POLL_S, return_when=FIRST_COMPLETED)
        return [(self._jobs.pop(future), _outcome(future)) for future in done]


def _outcome(future: "Future[Result]") -> Result:
    if future.cancelled():
        return Dropped()
    try:
        return future.result()
    except BrokenProcessPool:
        return Died("a process ended")


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a batch is."""

    planned: int
    done: int = 0
    failed: int = 0
    before: int = 0  # runs of others that wait as well
    left_s: float | None = None  # None: not known yet
    state: State = "running"
    problem: str = ""


class Batch:
    """One visitor's runs: started once, told of by `progress`, cancelled without loss.

    changed: called from a thread of its own with every change of `progress`; gone: whether the
    visitor has left, which cancels as well.
    """

    def __init__(
        self,
        jobs: Sequence[Job],
        store: Store,
        workers: Workers,
        task: Task,
        changed: Callable[[Progress], None],
        gone: Callable[[], bool] = lambda: False,
    ) -> None:
        self.jobs, self.store = tuple(jobs), store
        self.progress = Progress(planned=len(jobs))
        self._workers, self._changed = workers, changed
        self._stop = Ask(gone)
        self._crew = PoolCrew(workers, task, self._stop)
        self._began = time.monotonic()
        self._thread = threading.Thread(target=self._work, daemon=True, name="fenji batch")

    def start(self) -> "Batch":
        """Begin, and return at once."""
        self._thread.start()
        return self

    def cancel(self) -> None:
        """Begin no more runs; those that are finished, or nearly, are kept."""
        self._stop.stop()

    def join(self, timeout: float | None = None) -> None:
        """Wait for the end."""
        self._thread.join(timeout)

    def update(self, tally: Tally, threads: int) -> None:
        """Called by the engine: something has ended, or a moment has passed."""
        own = tally.finished + tally.failed
        left = tally.planned - tally.settled
        seconds = (time.monotonic() - self._began) / own * left if own else None
        self._tell(
            done=tally.settled,
            failed=tally.failed,
            before=max(self._workers.in_line - left, 0),
            left_s=seconds,
        )

    def say(self, text: str) -> None:
        """Called by the engine: a run failed or is repeated."""
        self._tell(problem=text)

    def _work(self) -> None:
        missing = [job for job in self.jobs if not self.store.has(job.hash)]
        engine = Engine(self.store, self._crew, self, self._stop)
        engine.tally.planned = len(self.jobs)
        engine.tally.there = len(self.jobs) - len(missing)
        state: State
        try:
            engine.carry_out(missing)
            whole = engine.tally.settled == engine.tally.planned
            state = ("failed" if engine.tally.failed else "done") if whole else "cancelled"
            self._tell(state=state, done=engine.tally.settled, left_s=0.0)
        except (OSError, InputError) as error:
            self._tell(state="failed", problem=str(error))

    def _tell(self, **changes: object) -> None:
        told = replace(self.progress, **changes)  # type: ignore[arg-type]
        if told != self.progress:
            self.progress = told
            with suppress(RuntimeError):  # the visitor has closed the page
                self._changed(told)
