"""The engine against a crew that fails on command: nothing is lost, nobody is condemned wrongly."""

import errno
import os
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from experiments.compare import half_width
from experiments.crew import Crew, Died, Dropped, Result, SerialCrew, Task
from experiments.engine import COMPANY_TRIES, LONE_TRIES, TRIES, Engine, Tally
from experiments.experiment import Experiment, read_results
from experiments.interrupt import Request
from experiments.progress import Quiet
from experiments.run_file import Job, Place
from experiments.store import Store
from experiments.sweep import UnfinishedError, sweep
from experiments.task import Done, Failed, Refused, carry_out
from model.scenario import Scenario
from model.terms import InputError

JOBS = [Job(f"{n:016x}", Scenario(seed=n), Place()) for n in range(40)]
Answer = Callable[[Job], Result]


@dataclass
class Rehearsal:
    """A crew of two that answers by rule; a run that kills takes its neighbours along."""

    answer: Answer
    threads: int = 2
    ahead: int = 2
    begun: Counter[str] = field(default_factory=Counter)
    alone: Counter[str] = field(default_factory=Counter)
    line: deque[Job] = field(default_factory=deque)

    def submit(self, job: Job) -> None:
        self.line.append(job)

    def results(self) -> Sequence[tuple[Job, Result]]:
        job = self.line[0]
        self.begun[job.hash] += 1
        result = self.answer(job)
        if isinstance(result, Died):
            self.alone[job.hash] += len(self.line) == 1
            taken = [self.line.popleft() for _ in range(min(self.ahead, len(self.line)))]
            return [(each, result) for each in taken]
        return [(self.line.popleft(), result)]


class Said(Quiet):
    """Keeps what is said."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def say(self, text: str) -> None:
        self.texts.append(text)


def fine(job: Job) -> Result:
    return Done(job.hash.encode())


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store(tmp_path)
    store.prepare()
    return store


def drive(
    store: Store, crew: Crew, jobs: Sequence[Job] = JOBS, stop: Request | None = None
) -> Tally:
    engine = Engine(store, crew, Quiet(), stop or Request())
    engine.carry_out(jobs)
    return engine.tally


def test_every_run_is_carried_out_once_and_kept(store: Store) -> None:
    crew = Rehearsal(fine)
    tally = drive(store, crew)
    assert tally == Tally(finished=len(JOBS))
    assert set(crew.begun.values()) == {1}
    assert store.hashes() == [job.hash for job in JOBS]
    assert all(store.path(job.hash).read_bytes() == job.hash.encode() for job in JOBS)
    assert list((store.folder / "claims").iterdir()) == []


def test_a_run_that_always_fails_is_recorded_and_the_others_finish(store: Store) -> None:
    bad = JOBS[3].hash

    def answer(job: Job) -> Result:
        return Failed("ValueError: no", "Traceback ...") if job.hash == bad else fine(job)

    crew = Rehearsal(answer)
    tally = drive(store, crew)
    assert (tally.finished, tally.failed) == (len(JOBS) - 1, 1)
    assert crew.begun[bad] == TRIES
    failure = store.failure(bad)
    assert (failure.error, failure.traceback) == ("ValueError: no", "Traceback ...")
    assert failure.scenario["seed"] == 3


def test_a_run_that_fails_once_is_tried_again(store: Store) -> None:
    crew = Rehearsal(lambda job: Failed("OSError", "") if crew.begun[job.hash] == 1 else fine(job))
    assert drive(store, crew) == Tally(finished=len(JOBS))
    assert set(crew.begun.values()) == {2}


def test_a_run_that_kills_its_worker_condemns_no_neighbour(store: Store) -> None:
    killers = {JOBS[5].hash, JOBS[6].hash, JOBS[30].hash}
    crew = Rehearsal(lambda job: Died("worker") if job.hash in killers else fine(job))
    tally = drive(store, crew)
    assert (tally.finished, tally.failed) == (len(JOBS) - 3, 3)
    assert set(store.failed()) == killers
    for killer in killers:
        assert crew.begun[killer] <= COMPANY_TRIES + LONE_TRIES
        assert crew.alone[killer] >= LONE_TRIES
        assert "alone" in store.failure(killer).error


def test_a_worker_that_dies_by_chance_costs_only_repetition(store: Store) -> None:
    crew = Rehearsal(
        lambda job: Died("worker") if sum(crew.begun.values()) in (7, 20) else fine(job)
    )
    tally = drive(store, crew)
    assert (tally.finished, tally.failed) == (len(JOBS), 0)
    assert tally.repeated <= 2 * crew.ahead


def test_a_dropped_run_is_repeated_without_blame(store: Store) -> None:
    crew = Rehearsal(lambda job: Dropped() if crew.begun[job.hash] < 6 else fine(job))
    tally = drive(store, crew, JOBS[:3])
    assert (tally.finished, tally.failed, tally.repeated) == (3, 0, 15)


def test_a_worker_with_another_model_ends_the_sweep(store: Store) -> None:
    with pytest.raises(InputError, match=r"has model x.*the same fenji"):
        drive(store, Rehearsal(lambda _: Refused("a worker has model x")))


def test_no_more_than_two_runs_for_each_thread_are_in_hand(store: Store) -> None:
    most = []
    crew = Rehearsal(lambda job: (most.append(len(crew.line)), fine(job))[1])
    drive(store, crew)
    assert max(most) == 4


def test_without_workers_the_engine_waits(store: Store) -> None:
    crew = Rehearsal(fine, threads=0)
    assert drive(store, crew).finished == len(JOBS)


def test_a_stop_finishes_what_is_in_hand(store: Store) -> None:
    stop = Request()

    def answer(job: Job) -> Result:
        stop.asked = stop.asked or job is JOBS[9]
        return fine(job)

    crew = Rehearsal(answer)
    tally = drive(store, crew, stop=stop)
    assert 10 <= tally.finished <= 10 + 2 * crew.ahead
    assert set(crew.begun.values()) == {1}
    assert len(store.hashes()) == tally.finished


def test_runs_that_another_driver_has_in_hand_come_last(store: Store) -> None:
    order: list[str] = []
    for job in JOBS[:5]:
        store.claim(job.hash)
    drive(store, Rehearsal(lambda job: (order.append(job.hash), fine(job))[1]))
    assert order == [job.hash for job in (*JOBS[5:], *JOBS[:5])]


def test_what_another_driver_finishes_meanwhile_is_left_alone(store: Store) -> None:
    def answer(job: Job) -> Result:
        if job is JOBS[0]:
            store.write(JOBS[30].hash, b"theirs")
        return fine(job)

    crew = Rehearsal(answer)
    tally = drive(store, crew)
    assert (tally.finished, tally.elsewhere) == (len(JOBS) - 1, 1)
    assert crew.begun[JOBS[30].hash] == 0
    assert store.path(JOBS[30].hash).read_bytes() == b"theirs"


TRUST = "trust_primary"
TINY = Experiment(
    name="tiny",
    residents=200,
    days=1,
    warm_up=0,
    levers={"choice.b_time": [0.02, 0.03]},
    replicates=3,
)


def with_task(experiment: Experiment, folder: Path, task: Task = carry_out) -> Said:
    said = Said()
    sweep(experiment, Store(folder), lambda: nullcontext(SerialCrew(task)), said)
    return said


def test_a_sweep_leaves_frames(tmp_path: Path) -> None:
    results = TINY.run(tmp_path, serial=True)
    table = results.indicators
    assert table["seed"].to_list() == [1, 1, 2, 2, 3, 3]
    assert table["choice.b_time"].to_list() == [0.02, 0.03] * 3
    assert {"visit_share_tertiary", "visits_per_resident.residence.rural"} <= set(table.columns)
    assert results.failures.is_empty()
    daily = results.daily.collect()
    assert set(daily["hash"]) == set(table["hash"])
    assert set(daily["day"]) == {0}
    pandas = results.to_pandas()
    assert list(pandas.columns) == table.columns
    assert pandas["visits_per_resident"].tolist() == table["visits_per_resident"].to_list()


def test_a_finished_sweep_needs_no_crew(tmp_path: Path) -> None:
    with_task(TINY, tmp_path)

    @contextmanager
    def nobody() -> Iterator[Crew]:
        raise AssertionError("nothing is to be done")
        yield

    done = sweep(TINY, Store(tmp_path), nobody, Quiet())
    assert (done.tally.there, done.tally.finished) == (6, 0)


def test_a_corrupt_file_is_named_set_aside_and_run_again(tmp_path: Path) -> None:
    with_task(TINY, tmp_path)
    file = sorted((tmp_path / "runs").iterdir())[2]
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    said = with_task(TINY, tmp_path)
    aside = file.with_name(file.name + ".corrupt")
    assert any(str(aside) in text and "set aside" in text for text in said.texts)
    assert file.read_bytes() == whole
    assert aside.exists()


def test_a_corrupt_file_is_passed_over_where_it_is_only_read(tmp_path: Path) -> None:
    with_task(TINY, tmp_path)
    file = sorted((tmp_path / "runs").iterdir())[2]
    file.write_bytes(b"")
    results = read_results(tmp_path)
    assert len(results.indicators) == 5
    assert results.corrupt == (f"{file} is corrupt: it holds no whole run",)


def varied(**given: object) -> Experiment:
    return Experiment(**{**TINY.model_dump(by_alias=True), **given})


def test_an_experiment_may_grow_in_its_folder(tmp_path: Path) -> None:
    with_task(TINY, tmp_path)
    more = varied(replicates=4, levers={"choice.b_time": [0.02, 0.025, 0.03]})
    results = more.run(tmp_path, serial=True)
    assert len(results.indicators) == 12
    assert len(TINY.run(tmp_path.parent / "new", serial=True).indicators) == 6


OTHERS: list[tuple[dict[str, object], str]] = [
    ({"residents": 300}, "residents is 200 there and 300 here"),
    ({"name": "other"}, "name is 'tiny' there and 'other' here"),
    ({"seed": 5}, "seed is 1 there and 5 here"),
    ({"levers": {"choice.b_time": [0.02]}}, "its levers have"),
    ({"levers": {"region.detour": [1.2]}}, "its levers have"),
    ({"uncertainties": {"region.detour": [1.2]}}, "its uncertainties have"),
    ({"set": {"region.detour": 1.2}}, "set is"),
]


@pytest.mark.parametrize(("given", "told"), OTHERS, ids=[told for _, told in OTHERS])
def test_the_folder_of_another_experiment_is_refused(
    tmp_path: Path, given: dict[str, object], told: str
) -> None:
    with_task(varied(replicates=1), tmp_path)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(InputError) as caught:
        with_task(varied(**given), tmp_path)
    assert "holds another experiment" in str(caught.value)
    assert told in str(caught.value)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_folder_with_other_things_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").touch()
    with pytest.raises(InputError, match="is not empty and holds no experiment"):
        with_task(TINY, tmp_path)


def test_a_point_with_a_failure_leaves_the_others(tmp_path: Path) -> None:
    def task(job: Job) -> Done | Failed | Refused:
        return Failed("E: x", "T") if job.plan.seed == 2 else carry_out(job)

    with_task(TINY, tmp_path, task)
    results = read_results(tmp_path)
    assert results.indicators["seed"].unique().sort().to_list() == [1, 3]
    assert results.failures["error"].to_list() == ["E: x", "E: x"]
    with_task(TINY, tmp_path)  # a failure is tried again when the sweep is
    assert read_results(tmp_path).failures.is_empty()


def test_a_full_disk_ends_with_what_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[object] = []
    rename = os.replace

    def full(source: Path, target: Path) -> None:
        if Path(target).suffix == ".parquet":
            written.append(target)
            if len(written) == 3:
                raise OSError(errno.ENOSPC, "No space left on device")
        rename(source, target)

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(UnfinishedError, match=r"no room for .*2 of 6 runs are finished") as caught:
        with_task(TINY, tmp_path)
    assert caught.value.code == 4
    monkeypatch.undo()
    assert "6 runs, 2 of them finished before" in with_task(TINY, tmp_path).texts


def test_replicates_are_added_until_the_mean_is_precise(tmp_path: Path) -> None:
    wanted = {"indicator": TRUST, "half_width": 0.005, "at_least": 3, "at_most": 60}
    results = varied(replicates=wanted).run(tmp_path, serial=True)
    for _, runs in results.indicators.group_by("choice.b_time"):
        values = runs.select(TRUST).to_numpy()
        assert 3 < len(values) < 60
        assert half_width(values, 0.95)[0] <= 0.005 < half_width(values[:3], 0.95)[0]
    again = varied(replicates=wanted).run(tmp_path, serial=True)
    assert again.indicators.equals(results.indicators)


def test_the_precision_of_a_difference_adds_to_every_point(tmp_path: Path) -> None:
    wanted = {
        "indicator": TRUST,
        "half_width": 1e-9,
        "of": "difference",
        "at_least": 2,
        "at_most": 3,
    }
    results = varied(replicates=wanted, days=5).run(tmp_path, serial=True)
    assert results.indicators["replicate"].to_list() == [1, 1, 2, 2, 3, 3]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"indicator": "visit_share_tertary"}, "did you mean visit_share_tertiary"),
        ({"indicator": "visits_per_resident", "of": "difference"}, "need two points"),
    ],
)
def test_a_precision_that_makes_no_sense_is_refused_first(
    tmp_path: Path, given: dict[str, object], told: str
) -> None:
    wanted = {"half_width": 0.1, **given}
    lone = varied(replicates=wanted, levers={"choice.b_time": [0.02]})
    with pytest.raises(InputError, match=told):
        with_task(lone, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_points_are_compared_by_their_seeds(tmp_path: Path) -> None:
    results = TINY.run(tmp_path, serial=True)
    low, high = {"choice.b_time": 0.02}, {"choice.b_time": 0.03}
    table = results.compare(low, high, ["visits_per_resident"])
    (row,) = table.to_dicts()
    means = (results.at(point)["visits_per_resident"].mean() for point in (low, high))
    assert (row["n"], row["first"], row["second"]) == (3, *(pytest.approx(m) for m in means))
    assert len(results.compare(low, high)) > 100
    with pytest.raises(InputError, match="did you mean visits_per_resident"):
        results.compare(low, high, ["visits_per_residents"])
    with pytest.raises(InputError, match="does not vary"):
        results.compare(low, {"region.detour": 1.2})
    with pytest.raises(InputError, match="no finished run is at this point"):
        results.compare(low, {"choice.b_time": 0.5})
