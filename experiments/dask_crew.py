"""Dask workers as a crew: processes on this machine's cores, or a cluster that runs already."""

import logging
import multiprocessing
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from itertools import count
from queue import Empty, SimpleQueue
from typing import Any

import dask
from dask.system import CPU_COUNT
from dask.utils import parse_timedelta
from distributed import Client, Future, KilledWorker, LocalCluster
from distributed.system import MEMORY_LIMIT

from experiments.crew import Died, Dropped, Result, SchedulerLostError, Task
from experiments.run_file import Job
from experiments.task import Done, Failed, Refused
from model.terms import InputError

Ended = Done | Failed | Refused

ANY_PORT = "127.0.0.1:0"  # without an address Dask insists on 8787, which another may hold
TICK_S = 0.2
COUNT_S = 2.0  # between two looks at how many workers there are
FETCH_S = 5.0
GUARD = 'in a script, run() below `if __name__ == "__main__":`, which workers skip'
PATIENCE_S = 10.0  # after which a scheduler that does not answer is lost


class DaskCrew:
    """Runs as Dask tasks. A task never raises, so an error of Dask's own tells of the cluster."""

    ahead = 2

    def __init__(self, client: Client, task: Task, address: str) -> None:
        self._client, self._task, self._address = client, task, address
        self._in_hand: dict[Any, tuple[Job, Future[Ended]]] = {}
        self._ended: SimpleQueue[Future[Ended]] = SimpleQueue()
        self._number = count()
        self._threads, self._counted = 0, -COUNT_S

    @property
    def threads(self) -> int:
        """Threads of all workers, as last counted."""
        if time.monotonic() - self._counted > COUNT_S:
            try:
                self._threads = sum(self._client.nthreads().values())
            except (OSError, RuntimeError, ValueError):
                self._check()
            self._counted = time.monotonic()
        return self._threads

    def submit(self, job: Job) -> None:
        """Hand the run to the scheduler."""
        self._check()
        future = self._client.submit(self._task, job, key=f"{job.hash}-{next(self._number)}")
        self._in_hand[future.key] = (job, future)
        future.add_done_callback(self._ended.put)

    def results(self) -> Sequence[tuple[Job, Result]]:
        """What has ended since the last call."""
        ended = []
        try:
            ended.append(self._ended.get(timeout=TICK_S))
            while True:
                ended.append(self._ended.get_nowait())
        except Empty:
            pass
        if not ended:
            self._check()
        settled = []
        for future in ended:
            if (result := self._result(future)) is None:
                self._ended.put(future)
            else:
                settled.append((self._in_hand.pop(future.key)[0], result))
        return settled

    def _result(self, future: Future[Ended]) -> Result | None:
        try:
            return future.result(timeout=FETCH_S)
        except TimeoutError:  # its worker died before the result was fetched; it is made again
            self._check()
            return None
        except KilledWorker as error:
            return Died(f"worker {error.last_worker.address} died")
        except (CancelledError, OSError):
            self._check()
            return Dropped()
        except ImportError as error:
            return Refused(f"a worker cannot import fenji ({error})")
        except Exception as error:
            return Failed(f"{type(error).__name__}: {error}", "")

    def _check(self) -> None:
        if self._client.status not in ("running", "connecting"):
            raise SchedulerLostError(self._address)


@contextmanager
def local_crew(task: Task, workers: int | None = None) -> Iterator[DaskCrew]:
    """Worker processes of this machine's own, one run each; by default as many as it has cores.

    A worker that dies is replaced. Each may use all memory: a limit of an equal share would kill
    a run that fits alone, and where memory does run out, the run that lost its worker is repeated
    alone.
    """
    if getattr(multiprocessing.current_process(), "_inheriting", False):
        raise InputError("workers import the script that started them", allowed=GUARD)
    settings = {
        "distributed.scheduler.allowed-failures": 0,
        "distributed.nanny.environ": {"POLARS_MAX_THREADS": "1", "NUMBA_NUM_THREADS": "1"},
    }
    workers = workers or CPU_COUNT
    with (
        _silent(),
        dask.config.set(settings),
        _cluster(workers) as cluster,
        Client(cluster, set_as_default=False) as client,
    ):
        try:
            yield DaskCrew(client, task, cluster.scheduler_address)
        finally:  # Dask cannot close a worker that is just being replaced
            with suppress(TimeoutError, OSError):
                client.wait_for_workers(workers, timeout=PATIENCE_S)


def _cluster(workers: int) -> LocalCluster:
    try:
        return LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            memory_limit=MEMORY_LIMIT,
            dashboard_address=ANY_PORT,
            silence_logs=logging.CRITICAL,
            preload=["experiments.worker"],
        )
    except RuntimeError as error:
        raise InputError(f"the workers did not start ({error})", allowed=GUARD) from error


@contextmanager
def remote_crew(task: Task, address: str) -> Iterator[DaskCrew]:
    """The workers of a scheduler that runs already; InputError if it does not answer."""
    with _silent():
        told = parse_timedelta(dask.config.get("distributed.comm.timeouts.connect"))
        try:
            client = Client(address, timeout=min(told, PATIENCE_S), set_as_default=False)
        except (OSError, TimeoutError, ValueError) as error:
            raise InputError(
                f"no scheduler answers ({error})",
                found=address,
                allowed="tcp://host:port, as `dask scheduler` prints it",
            ) from error
        with client:
            yield DaskCrew(client, task, address)


@contextmanager
def _silent() -> Iterator[None]:
    """Dask's own messages kept back: what matters of them, the sweep says itself."""
    log = logging.getLogger("distributed")
    before = log.level
    log.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        log.setLevel(before)
