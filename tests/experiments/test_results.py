"""The folder of a run: named, reused, refused, complete or honestly partial."""

import json
import signal
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from experiments.cli import app
from experiments.results import TABLES
from experiments.runner import run
from model.scenario import make_scenario
from model.terms import InputError

SMALL = {"region": "brook", "residents": 300, "warm_up": 4, "days": 6}
ASKED = ["run", "brook", "--residents", "300", "--warm-up", "4", "--days", "6"]
ALWAYS = {*(f"{name}.parquet" for name in TABLES), "run.json", "summary.json"}
PROMISED = ("daily", "facilities", "funds", "flows")
BY = {
    "residence": ["rural", "urban"],
    "scheme": ["EBMI_ACTIVE", "EBMI_RETIRED", "RBMI", "NONE"],
    "age": ["0-14", "15-59", "60+"],
    "income": ["q1", "q2", "q3", "q4", "q5"],
    "assistance": ["no", "yes"],
}


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def told(folder, name="run.json"):
    return json.loads((folder / name).read_text(encoding="utf-8"))


def names(folder):
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def stamps(folder):
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*")}


def interrupted(day):
    """What is told of progress, and Ctrl-C after a day."""

    def progress(model, _seconds):
        if model.day == day:
            signal.raise_signal(signal.SIGINT)

    return progress


def test_a_folder_is_named_after_region_and_run(here):
    done = run(make_scenario(**SMALL))
    assert done.folder == Path("out") / f"brook-{told(done.folder)['hash']}"
    assert names(done.folder) == ALWAYS > {f"{name}.parquet" for name in PROMISED}
    other = run(make_scenario(**SMALL, seed=2))
    assert other.folder.parent == done.folder.parent
    assert other.folder != done.folder


def test_the_same_run_again_is_only_read(here):
    first = run(make_scenario(**SMALL))
    before = stamps(first.folder)
    second = run(make_scenario(**SMALL))
    assert (first.reused, second.reused) == (False, True)
    assert (second.complete, second.summary) == (True, told(second.folder, "summary.json"))
    assert stamps(second.folder) == before


def test_encounters_asked_for_later_are_made(here):
    first = run(make_scenario(**SMALL))
    second = run(make_scenario(**SMALL), encounters=True)
    assert (second.folder, second.reused) == (first.folder, False)
    assert second.summary == first.summary
    months = {"encounters/2023-01.parquet", "episodes/2023-01.parquet"}
    assert names(second.folder) == ALWAYS | months
    assert run(make_scenario(**SMALL)).reused


def test_another_runs_folder_is_refused(here):
    run(make_scenario(**SMALL), Path("mine"))
    before = stamps(here)
    with pytest.raises(InputError, match=r"mine: holds another run's results; found '\w+'"):
        run(make_scenario(**SMALL, seed=2), Path("mine"))
    answer = CliRunner().invoke(app, [*ASKED, "--seed", "2", "--out", "mine"])
    assert answer.exit_code == 2
    assert "mine: holds another run's results" in answer.stderr
    assert stamps(here) == before


@pytest.mark.parametrize("name", ["notes.txt", "run.json"])
def test_a_folder_with_other_things_is_refused(here, name):
    (here / "mine").mkdir()
    (here / "mine" / name).write_text("Things of my own", encoding="utf-8")
    with pytest.raises(InputError, match="mine: is not empty and holds no run"):
        run(make_scenario(**SMALL), Path("mine"))
    assert names(here) == {f"mine/{name}"}


def test_an_empty_folder_is_taken(here):
    (here / "mine").mkdir()
    assert names(run(make_scenario(**SMALL), Path("mine")).folder) == ALWAYS


def test_run_json_tells_what_the_run_was(here):
    plan = make_scenario(**SMALL, set={"choice.b_time": {"value": 0.03, "reason": "buses"}})
    before = time.time()
    said = told(run(plan).folder)
    assert make_scenario(**said["scenario"]) == plan
    assert (said["seed"], said["residents"], said["days_counted"]) == (1, 300, 6)
    assert (said["status"], said["encounters"]) == ("complete", False)
    assert said["sample_of_population"] == 0.1
    assert any("sample of 10.00%" in note for note in said["notes"])
    assert set(said["versions"]) == {"fenji", "python", "mesa", "numpy"}
    assert said["versions"]["fenji"] == version("fenji")
    assert 0 <= said["seconds"] <= time.time() - before + 1
    plain = told(run(make_scenario(**SMALL)).folder)
    seeded = told(run(make_scenario(**SMALL, seed=2)).folder)
    assert plain["parameters_hash"] == seeded["parameters_hash"] != said["parameters_hash"]
    assert len({plain["hash"], seeded["hash"], said["hash"]}) == 3


@pytest.mark.parametrize(("day", "counted"), [(2, 0), (7, 3)])
def test_a_run_that_is_stopped_leaves_its_days(here, day, counted):
    """Day 2 lies in the warm-up of 4, day 7 is the third counted one."""
    plan = make_scenario(**SMALL)
    part = run(plan, encounters=True, progress=interrupted(day))
    assert (part.complete, part.reused) == (False, False)
    said = told(part.folder)
    assert (said["status"], said["days_counted"]) == ("partial", counted)
    assert part.summary["days"] == counted
    assert names(part.folder) >= ALWAYS
    daily = pl.read_parquet(part.folder / "daily.parquet")
    assert daily["day"].unique().sort().to_list() == list(range(-4, day - 4))
    months = pl.read_parquet(part.folder / "facilities.parquet")["month"].unique().to_list()
    assert months == (["2023-01"] if counted else [])
    files = sorted((part.folder).glob("encounters/*.parquet"))
    days = [pl.read_parquet(file)["day"].unique().sort().to_list() for file in files]
    assert days == ([list(range(counted))] if counted else [])
    whole = run(plan)
    assert (whole.complete, whole.reused, names(whole.folder)) == (True, False, ALWAYS)
    assert told(whole.folder)["status"] == "complete"


def test_ctrl_c_on_the_last_day_comes_too_late(here):
    assert run(make_scenario(**SMALL), progress=interrupted(10)).complete


def test_the_days_of_a_stopped_run_are_those_of_the_whole(here):
    part = run(make_scenario(**SMALL), progress=interrupted(7))
    days = pl.read_parquet(part.folder / "daily.parquet")
    whole = run(make_scenario(**SMALL))
    assert days.equals(pl.read_parquet(whole.folder / "daily.parquet").head(len(days)))


def test_a_second_ctrl_c_stops_at_once(here):
    def impatient(_model, _seconds):
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)

    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        run(make_scenario(**SMALL), progress=impatient)
    assert signal.getsignal(signal.SIGINT) == before
    assert names(here / "out") == {f"brook-{told(next((here / 'out').iterdir()))['hash']}/run.json"}
    assert told(next((here / "out").iterdir()))["status"] == "running"
    assert run(make_scenario(**SMALL)).complete


def test_ctrl_c_from_outside_is_told_and_ends_with_130(here):
    command = [sys.executable, "-c", "from experiments.cli import app; app()"]
    asked = ["run", "brook", "--residents", "200", "--warm-up", "0", "--days", "4000"]
    with subprocess.Popen(
        [*command, *asked, "--encounters", "--json", "--out", "mine"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    ) as process:
        while not (here / "mine" / "encounters" / "2023-01.parquet").exists():
            assert process.poll() is None, process.stderr.read()
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        printed, complained = process.communicate(timeout=300)
    assert process.returncode == 130
    said = told(here / "mine")
    assert said["status"] == "partial"
    assert 31 <= said["days_counted"] < 4000
    assert f"Stopped after {said['days_counted']} of 4000 counted days; mine holds" in complained
    assert json.loads(printed) == told(here / "mine", "summary.json")
    assert not [name for name in names(here) if name.endswith(".tmp")]


def refuse(constant):
    raise AssertionError(f"{constant} is no JSON")


def test_json_is_one_object_with_the_keys_agreed(here):
    answer = CliRunner().invoke(app, [*ASKED, "--json", "--out", "mine"])
    assert answer.exit_code == 0
    assert answer.stderr == ""
    printed = json.loads(answer.stdout, parse_constant=refuse)
    assert list(printed) == ["indicators", "seed", "days", "residents", "version"]
    assert [printed[key] for key in ("seed", "days", "residents")] == [1, 6, 300]
    assert printed["version"] == version("fenji")
    assert printed == told(here / "mine", "summary.json")
    for name, one in printed["indicators"].items():
        assert list(one) == ["value", "unit", "by"], name
        assert isinstance(one["value"], float | None), name
        assert isinstance(one["unit"], str), name
        assert {group: list(keys) for group, keys in one["by"].items()} in ({}, BY), name


def test_a_run_that_is_reused_prints_the_same(here):
    first = CliRunner().invoke(app, [*ASKED, "--json"])
    again = CliRunner().invoke(app, [*ASKED, "--json"])
    assert (again.stdout, again.exit_code) == (first.stdout, 0)


def test_what_cannot_be_formed_is_null(here):
    """Of one resident in one day, most shares have nothing below the line."""
    plan = make_scenario(region="brook", residents=1, warm_up=0, days=1)
    text = (run(plan).folder / "summary.json").read_text(encoding="utf-8")
    indicators = json.loads(text, parse_constant=refuse)["indicators"]
    assert indicators["inpatient_charge_tertiary"]["value"] is None
    assert indicators["visits_per_resident"]["value"] is not None


def test_a_person_sees_every_indicator_and_the_folder(here):
    answer = CliRunner().invoke(app, ASKED)
    assert answer.exit_code == 0
    [folder] = (here / "out").iterdir()
    assert f"Written to out/{folder.name}" in answer.stdout
    assert "visits_per_resident" in answer.stdout
    assert "Read from" in CliRunner().invoke(app, ASKED).stdout
