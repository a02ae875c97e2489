"""The store: a run is there whole or not at all, and every other state is found and named."""

import errno
import os
import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments import run_file
from experiments.designs import Design
from experiments.identity import OwnData
from experiments.jobs import Jobs
from experiments.repeat import repeat
from experiments.run_file import CorruptFileError, Job, check, figures_in, job_in, parameters_in
from experiments.store import STALE_S, Failure, Store
from experiments.task import Done, Failed, Refused, carry_out, run

DESIGN = Design(
    name="store",
    residents=300,
    days=2,
    warm_up=1,
    levers={"choice.b_time": [0.02, 0.03]},
    uncertainties={"region.detour": [1.2]},
)


@pytest.fixture(scope="module")
def job() -> Job:
    return next(Jobs.of(DESIGN).first_round())


@pytest.fixture(scope="module")
def content(job: Job) -> bytes:
    return run(job)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store(tmp_path / "folder")
    store.prepare()
    return store


def test_the_same_run_gives_the_same_bytes(job: Job, content: bytes) -> None:
    assert run(job) == content
    assert run(replace(job, plan=job.plan.model_copy(update={"seed": 2}))) != content


def test_a_file_says_what_it_is(job: Job, content: bytes) -> None:
    manifest = check(content)
    assert manifest["hash"] == job.hash
    assert manifest["levers"] == {"choice.b_time": 0.02}
    assert manifest["uncertainties"] == {"region.detour": 1.2}
    assert parameters_in(content)["choice.b_time"] == 0.02
    figures = figures_in(content)
    assert set(figures.filter(day=-1)["key"]) == {"clinic", "centre", "secondary", "tertiary"}


def test_a_run_is_repeated_from_its_file_alone(job: Job, content: bytes) -> None:
    assert job_in(content) == job
    repetition = repeat(content)
    assert repetition.identical
    assert repetition.bytes_equal
    assert repetition.n_figures == len(figures_in(content))


def test_a_repetition_names_what_differs(
    job: Job, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    older = replace(job, plan=job.plan.model_copy(update={"seed": 2}))
    monkeypatch.setattr(run_file, "_versions", lambda: {"model": "0.0.1+older"})
    forged = run_file.encode(job, figures_in(run(older)), {"choice.b_time": 0.01})
    monkeypatch.undo()
    repetition = repeat(forged)
    assert not repetition.identical
    assert not repetition.bytes_equal
    assert repetition.differences["then"].ne_missing(repetition.differences["now"]).all()
    assert any(change.startswith("model 0.0.1+older, now ") for change in repetition.changes)
    assert "choice.b_time 0.01, now 0.02" in repetition.changes


def test_a_user_s_region_and_rule_book_travel_with_the_run(root: Path, tmp_path: Path) -> None:
    data = root / "model" / "data"
    region, books = tmp_path / "county", tmp_path / "books"
    region.mkdir()
    books.mkdir()
    for file in (data / "regions" / "brook").iterdir():
        (region / file.name).write_bytes(file.read_bytes())
    shipped = (data / "rulebooks" / "national-2023.yaml").read_text("utf-8")
    (books / "base.yaml").write_text(shipped.replace("national-2023", "base", 1), "utf-8")
    (books / "local.yaml").write_text(
        "id: local\ntitle: {en: local, zh: 本地}\nextends: ./base.yaml\nfrom: 2023-01-01\n", "utf-8"
    )
    plan = {"region": str(region), "rulebook": str(books / "local.yaml")}
    mine = Design(**DESIGN.model_dump(exclude={"overrides", *plan}), **plan)
    content = run(next(Jobs.of(mine).first_round()))
    for folder in (region, books):
        for file in folder.iterdir():
            file.unlink()
        folder.rmdir()
    assert repeat(content).bytes_equal


@given(st.data())
def test_any_flipped_bit_is_found(content: bytes, data: st.DataObject) -> None:
    spoiled = bytearray(content)
    at = data.draw(st.integers(0, len(spoiled) - 1))
    spoiled[at] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(CorruptFileError):
        check(bytes(spoiled))


@given(st.data())
def test_any_shortened_file_is_found(content: bytes, data: st.DataObject) -> None:
    length = data.draw(st.integers(0, len(content) - 1))
    with pytest.raises(CorruptFileError):
        check(content[:length])


def test_a_finished_run_is_there(store: Store, job: Job, content: bytes) -> None:
    assert not store.has(job.hash)
    store.write(job.hash, content)
    assert store.has(job.hash)
    assert store.read(job.hash) == content
    assert store.hashes() == [job.hash]
    assert store.finished([job.hash, "0" * 16]) == ({job.hash}, [])


@pytest.mark.parametrize("spoil", ["empty", "cut", "noise", "another"])
def test_a_corrupt_file_is_set_aside(store: Store, job: Job, content: bytes, spoil: str) -> None:
    name = "0" * 16 if spoil == "another" else job.hash
    kinds = {"empty": b"", "cut": content[:-9], "noise": b"noise", "another": content}
    store.path(name).write_bytes(kinds[spoil])
    whole, (aside,) = store.finished([name])
    assert whole == set()
    assert aside.path == store.path(name).with_name(f"{name}.parquet.corrupt")
    assert aside.path.read_bytes() == kinds[spoil]
    assert not store.has(name)


def test_nothing_unfinished_bears_a_run_s_name(
    store: Store, job: Job, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The draft ends in .tmp and holds all before it takes the name."""
    seen = []

    def watch(source: Path, target: Path) -> None:
        seen.append((source.suffix, source.read_bytes() == content, Path(target).exists()))
        Path(source).rename(target)

    monkeypatch.setattr(os, "replace", watch)
    store.write(job.hash, content)
    assert seen == [(".tmp", True, False)]


def test_a_full_disk_is_told_and_leaves_no_draft(
    store: Store, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match=f"No space left.*{job.hash}.parquet'"):
        store.write(job.hash, b"content")
    assert list((store.folder / "runs").iterdir()) == []


def test_only_old_drafts_are_cleared(store: Store) -> None:
    """A young one may be another driver's."""
    old, young = (store.folder / "runs" / f"{name}.tmp" for name in ("old", "young"))
    for draft in (old, young):
        draft.touch()
    os.utime(old, (0, time.time() - 2 * STALE_S))
    store.prepare()
    assert not old.exists()
    assert young.exists()


def test_a_claim_is_had_once(store: Store) -> None:
    assert store.claim("a")
    assert not store.claim("a")
    assert not Store(store.folder).claim("a")
    store.release("a")
    store.release("a")
    assert store.claim("a")


def test_a_failure_is_kept_until_the_run_ends_well(store: Store, job: Job) -> None:
    failure = Failure(job.hash, "E: x", "Traceback", 2, {"seed": 1}, {"a.b": 1.0}, {}, 1)
    store.fail(failure)
    assert store.failed() == [job.hash]
    assert store.failure(job.hash) == failure
    store.write(job.hash, b"content")
    assert store.failed() == []


def test_an_error_of_the_model_comes_back_with_its_traceback(job: Job) -> None:
    lost = OwnData(archive=b"not a zip archive", region="region")
    result = carry_out(replace(job, data=lost))
    assert isinstance(result, Failed)
    assert "BadZipFile" in result.error
    assert "Traceback" in result.traceback


def test_a_worker_with_another_model_refuses(job: Job) -> None:
    result = carry_out(replace(job, version="0.0.0+other"))
    assert isinstance(result, Refused)
    assert "0.0.0+other" in result.reason
    assert isinstance(carry_out(job), Done)
