"""Sweeps whose driver, workers and scheduler are killed: what is finished stays, the rest goes on.

Each sweep has 200 runs of the model. The moment of the kill is drawn between 10 and 75 % done, so
that even a test that has to wait for its turn on the machine comes before the end.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import psutil
import pytest

from experiments.dask_crew import local_crew
from experiments.engine import Engine
from experiments.interrupt import Request
from experiments.progress import Quiet
from experiments.run_file import Job, Place
from experiments.store import Store
from experiments.task import Done
from model.scenario import Scenario

DESIGN = """
name: chaos
region: national
residents: 200
days: 1
warm_up: 0
replicates: 50
levers: {choice.b_time: [0.02, 0.03], region.detour: [1.2, 1.6]}
"""
N_RUNS = 200
WORKERS = 2
IN_HAND = 2 * WORKERS
PATIENT_S = 300.0
FENJI = [sys.executable, "-c", "from experiments.cli import app; app()"]

Files = dict[str, tuple[bytes, int]]


@pytest.fixture(scope="module")
def design(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("design") / "chaos.yaml"
    file.write_text(DESIGN, "utf-8")
    return file


@pytest.fixture(scope="module")
def undisturbed(design: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("undisturbed") / "sweep"
    told = finish(start(design, folder, "--serial"))
    assert told["finished"] == N_RUNS
    return {name: content for name, (content, _) in runs(folder).items()}


def start(design: Path, folder: Path, *options: str) -> subprocess.Popen[str]:
    """A driver in a process group of its own, as a terminal would start it."""
    command = [*FENJI, "sweep", str(design), "--out", str(folder), "--json", *options]
    settings = {"DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "3s"}
    return subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | settings,
        start_new_session=True,
    )


def finish(driver: subprocess.Popen[str]) -> dict[str, int]:
    """What a driver tells at its end."""
    out, err = driver.communicate(timeout=PATIENT_S)
    assert driver.returncode == 0, err
    told: dict[str, int] = json.loads(out)
    return told


def runs(folder: Path) -> Files:
    """Content and inode of every finished run."""
    return {
        file.name: (file.read_bytes(), file.stat().st_ino)
        for file in (folder / "runs").glob("*.parquet")
    }


def wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENT_S
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)


def wait_until_done(folder: Path, wanted: int) -> None:
    """Wait for so many finished runs."""
    wait_for(lambda: sum(1 for _ in (folder / "runs").glob("*.parquet")) >= wanted)


def moment(name: str) -> int:
    """Finished runs at which to kill: drawn by name between 10 and 75 %."""
    return Random(name).randint(N_RUNS // 10, N_RUNS * 3 // 4)


def worker_processes(parent: psutil.Process) -> list[psutil.Process]:
    """Processes that carry out runs, among a parent's children."""
    return [p for p in parent.children() if "spawn_main" in " ".join(p.cmdline())]


def check_end(folder: Path, before: Files, undisturbed: dict[str, bytes]) -> None:
    """All is there and right, and what was finished before was not touched."""
    after = runs(folder)
    assert {name: content for name, (content, _) in after.items()} == undisturbed
    assert {name: after[name] for name in before} == before
    assert sorted(path.name for path in folder.iterdir()) == ["experiment.json", "runs"]


@pytest.mark.parametrize("seed", ["driver 1", "driver 2", "driver 3"])
def test_a_killed_driver_loses_no_finished_run(
    design: Path, tmp_path: Path, undisturbed: dict[str, bytes], seed: str
) -> None:
    folder = tmp_path / "sweep"
    driver = start(design, folder, "--workers", str(WORKERS))
    wait_until_done(folder, moment(seed))
    workers = worker_processes(psutil.Process(driver.pid))
    driver.kill()
    driver.communicate()
    _, alive = psutil.wait_procs(workers, timeout=PATIENT_S)
    assert alive == []  # no worker outlives its driver
    before = runs(folder)
    assert N_RUNS // 10 <= len(before) < N_RUNS
    told = finish(start(design, folder, "--serial"))
    assert (told["there"], told["finished"]) == (len(before), N_RUNS - len(before))
    check_end(folder, before, undisturbed)


@pytest.mark.parametrize("seed", ["worker 1", "worker 2", "worker 3", "worker 4"])
def test_a_killed_worker_is_replaced_and_its_runs_repeated(
    design: Path, tmp_path: Path, undisturbed: dict[str, bytes], seed: str
) -> None:
    folder = tmp_path / "sweep"
    driver = start(design, folder, "--workers", str(WORKERS))
    wait_until_done(folder, moment(seed))
    process = psutil.Process(driver.pid)
    victim = Random(seed).choice(sorted(worker_processes(process), key=lambda p: p.pid))
    victim.kill()
    before = runs(folder)
    told = finish(driver)
    assert (told["finished"], told["failed"]) == (N_RUNS, 0)
    assert told["repeated"] <= IN_HAND
    check_end(folder, before, undisturbed)


def test_a_run_that_kills_its_worker_is_recorded_and_the_others_finish(tmp_path: Path) -> None:
    def task(job: Job) -> Done:  # defined here, so that workers need not import this file
        if job.plan.seed == 3:
            os.kill(os.getpid(), signal.SIGKILL)
        return Done(job.hash.encode())

    jobs = [Job(f"{n:016x}", Scenario(seed=n), Place()) for n in range(12)]
    store = Store(tmp_path)
    store.prepare()
    with local_crew(task, WORKERS) as crew:
        engine = Engine(store, crew, Quiet(), Request())
        engine.carry_out(jobs)
    assert (engine.tally.finished, engine.tally.failed) == (11, 1)
    assert store.failed() == [jobs[3].hash]
    assert "died" in store.failure(jobs[3].hash).error


def address_in(file: Path) -> str:
    """The address that a scheduler has written; empty until the file is whole."""
    try:
        return str(json.loads(file.read_text("utf-8"))["address"])
    except (FileNotFoundError, json.JSONDecodeError):
        return ""


@contextmanager
def cluster(folder: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A scheduler and two workers as a person starts them; its address and process."""
    told = folder / "scheduler.json"
    dask = [sys.executable, "-m", "dask"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    there = ["--scheduler-file", str(told), "--no-dashboard"]
    two = ["--nworkers", str(WORKERS), "--nthreads", "1", "--death-timeout", "300"]
    scheduler = subprocess.Popen(
        [*dask, "scheduler", "--host", "127.0.0.1", "--port", "0", *there], **quiet
    )
    wait_for(lambda: bool(address_in(told)))
    workers = subprocess.Popen(
        [*dask, "worker", *two, *there, "--local-directory", str(folder)], **quiet
    )
    try:
        yield address_in(told), scheduler
    finally:
        children = psutil.Process(workers.pid).children(recursive=True)
        for process in (workers, scheduler):
            process.kill()
            process.wait()
        for child in children:
            child.kill()
        psutil.wait_procs(children, timeout=PATIENT_S)


@pytest.mark.parametrize("seed", ["scheduler 1", "scheduler 2", "scheduler 3"])
def test_a_killed_scheduler_ends_the_sweep_with_advice(
    design: Path, tmp_path: Path, undisturbed: dict[str, bytes], seed: str
) -> None:
    folder, place = tmp_path / "sweep", tmp_path / "cluster"
    place.mkdir()
    with cluster(place) as (address, scheduler):
        driver = start(design, folder, "--scheduler", address)
        wait_until_done(folder, moment(seed))
        scheduler.kill()
        _, err = driver.communicate(timeout=PATIENT_S)
    before = runs(folder)
    assert driver.returncode == 3, err
    assert f"{address} does not answer" in err
    assert f"{len(before)} of {N_RUNS} runs are finished and kept" in err
    assert f"To go on: fenji sweep {design} --out {folder} --scheduler {address}" in err
    told = finish(start(design, folder, "--serial"))
    assert (told["there"], told["finished"]) == (len(before), N_RUNS - len(before))
    check_end(folder, before, undisturbed)


def test_two_drivers_on_one_folder_share_the_work(
    design: Path, tmp_path: Path, undisturbed: dict[str, bytes]
) -> None:
    folder = tmp_path / "sweep"
    drivers = [start(design, folder, "--serial") for _ in range(2)]
    told = [finish(driver) for driver in drivers]
    done = sum(each["finished"] for each in told)
    assert N_RUNS <= done <= N_RUNS + 2 * len(drivers)  # at the very end both may do the last
    assert all(each["finished"] + each["elsewhere"] + each["there"] == N_RUNS for each in told)
    check_end(folder, {}, undisturbed)


def test_ctrl_c_finishes_what_is_in_hand(
    design: Path, tmp_path: Path, undisturbed: dict[str, bytes]
) -> None:
    folder = tmp_path / "sweep"
    driver = start(design, folder, "--workers", str(WORKERS))
    wait_until_done(folder, moment("ctrl-c"))
    os.killpg(driver.pid, signal.SIGINT)  # a terminal sends it to the workers too
    _, err = driver.communicate(timeout=PATIENT_S)
    before = runs(folder)
    assert driver.returncode == 130, err
    assert "the runs in hand are finished first" in err
    assert f"stopped; {len(before)} of {N_RUNS} runs are finished and kept" in err
    assert "To go on: fenji sweep" in err
    told = finish(start(design, folder, "--serial"))
    assert (told["there"], told["finished"]) == (len(before), N_RUNS - len(before))
    check_end(folder, before, undisturbed)
