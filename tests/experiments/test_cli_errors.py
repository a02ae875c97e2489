"""Mistakes on the command line and in files: one line, exit code 2, and nothing is written."""

import re
import shutil
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from experiments.cli import app
from model.parameters import data_folder

FEW = ("--residents", "50", "--days", "2", "--warm-up", "0")
BROOK = ("run", "brook", *FEW)

# what is typed -> what the one line must say, in this order
TYPED = {
    "an unknown parameter": (
        [*BROOK, "--set", "choice.b_tim=0.03"],
        ["unknown parameter choice.b_tim", "choice.b_time"],
    ),
    "a value beyond its range": (
        [*BROOK, "--set", "choice.b_time=99"],
        ["choice.b_time is outside its range", "found 99", "allowed:", "utils/min"],
    ),
    "a value that is not finite": (
        [*BROOK, "--set", "choice.b_time=nan"],
        ["choice.b_time must be a number", "found nan"],
    ),
    "a word for a value": (
        [*BROOK, "--set", "choice.b_time=slow"],
        ["--set", "found 'choice.b_time=slow'", "allowed: path=number"],
    ),
    "a setting without a value": (
        [*BROOK, "--set", "choice.b_time"],
        ["--set", "found 'choice.b_time'", "allowed: path=number"],
    ),
    "no residents": (["run", "brook", "--residents", "0"], ["residents", "found 0", "allowed"]),
    "negative residents": (["run", "national", "--residents", "-5"], ["residents", "found -5"]),
    "no days": (["run", "brook", "--days", "0"], ["days", "found 0", "allowed"]),
    "negative days": (["run", "brook", "--days", "-3"], ["days", "found -3", "allowed"]),
    "too many days": (["run", "brook", "--days", "999999"], ["days", "found 999999", "allowed"]),
    "a negative warm-up": (["run", "brook", "--warm-up", "-1"], ["warm_up", "found -1"]),
    "a negative seed": (["run", "brook", "--seed", "-1"], ["seed", "found -1"]),
    "no days of the demo": (["demo", "--days", "0"], ["days", "found 0"]),
    "an unknown region": (
        ["run", "brok", *FEW],
        ["no such region", "found 'brok'", "brook, national, tongliang"],
    ),
    "an unknown rule book": (
        [*BROOK, "--rulebook", "nowhere"],
        ["unknown rule book", "found 'nowhere'", "national-2023"],
    ),
    "a resident who does not exist": (
        ["explain", "brook", "--resident", "50", "--day", "0", "--residents", "50"],
        ["--resident", "found 50", "allowed: 0 to 49"],
    ),
    "an unknown parameter to list": (
        ["parameters", "choise.b_time"],
        ["unknown parameter choise.b_time", "choice.b_time"],
    ),
    "an unknown language": (["parameters", "--lang", "fr"], ["--lang", "found 'fr'", "en, zh"]),
    "an unknown region to check": (["region", "check", "brok"], ["no such region", "found 'brok'"]),
}

# what a scenario file says -> what the one line must say
WRITTEN = {
    "not YAML": ("days: [1\n", ["row 2", "not valid YAML"]),
    "a list": ("[1, 2]\n", ["a scenario is a mapping", "found [1, 2]"]),
    "an unknown key": (
        "region: brook\ndayz: 3\n",
        ["row 2, column dayz", "days?", "found 3", "allowed: region, rulebook"],
    ),
    "a word for days": (
        "region: brook\ndays: many\n",
        ["row 2, column days", "number", "found 'many'"],
    ),
    "half a day": ("region: brook\ndays: 1.5\n", ["days", "found 1.5"]),
    "no residents": ("region: brook\nresidents: 0\n", ["residents", "found 0"]),
    "no date": (
        "region: brook\nstart: yesterday\n",
        ["row 2, column start", "found 'yesterday'", "YYYY-MM-DD"],
    ),
    "a lever beyond its range": (
        "region: brook\npolicies: gatekeeping:strictness=5\n",
        ["row 2", "gatekeeping.strictness is outside", "found 5.0; allowed: 0 to 1"],
    ),
    "an unknown region": ("days: 2\nregion: brok\n", ["row 2: no such region; found 'brok'"]),
    "an unknown rule book": (
        "region: brook\nrulebook: nowhere\n",
        ["row 2: unknown rule book; found 'nowhere'; allowed: beijing"],
    ),
    "a Chinese colon": ("region：brook\ndays: 3\n", ["row 2: not valid YAML", "not ："]),
    "settings as a list": ("region: brook\nset: [1]\n", ["set", "found [1]"]),
    "an unknown parameter": (
        "region: brook\nset: {choice.b_tme: 0.03}\n",
        ["unknown parameter choice.b_tme", "choice.b_time"],
    ),
    "a value beyond its range": (
        "region: brook\nset: {choice.b_time: 99}\n",
        ["choice.b_time is outside its range", "found 99", "utils/min"],
    ),
    "an unknown key of a setting": (
        "region: brook\nset: {choice.b_time: {value: 0.03, reson: buses}}\n",
        ["row 2, column set.choice.b_time.reson", "reason?", "found 'buses'"],
    ),
}

# file, what stands there, what is put in its place -> what the one line must say
SPOILED = {
    "a negative population": (
        ("settlements.csv", ",350,0.1,", ",-350,0.1,"),
        ["settlements.csv, row 3, column population", "-350", "allowed"],
    ),
    "a word for a population": (
        ("settlements.csv", ",350,0.1,", ",many,0.1,"),
        ["settlements.csv, row 3, column population", "many"],
    ),
    "an unknown tier": (
        ("facilities.csv", "诊所,clinic,", "诊所,clinik,"),
        ["facilities.csv, row 3, column tier", "clinik", "clinic, centre, secondary, tertiary"],
    ),
    "an id twice": (
        ("facilities.csv", "clinic-market,", "clinic-mill,"),
        ["facilities.csv, row 3, column id", "clinic-mill"],
    ),
    "a place off the globe": (
        ("facilities.csv", "0.00540,0.00270,0.4", "0.00540,127.1,0.4"),
        ["facilities.csv, row 3, column lat", "127.1"],
    ),
    "semicolons": (
        ("settlements.csv", "id,name,name_zh,lon,lat,population", "id;name;lon"),
        ["settlements.csv, row 1", "column id: the column is missing", "found 'id;name"],
    ),
    "an Excel workbook": (
        ("settlements.csv", "id,name", "PK\x03\x04"),
        ["settlements.csv: is an Excel workbook; allowed: CSV"],
    ),
    "a missing column": (
        ("facilities.csv", ",doctors,", ",physicians,"),
        ["facilities.csv", "doctors"],
    ),
}


POLICY = "title: {en: A, zh: A}\nquestion: {en: A, zh: A}\nchanges:\n  - "
DESIGN = "name: x\nregion: brook\ndays: 2\nlevers:\n  "
RUN = ["run", "brook", "--policy", "my.yaml", *FEW]

# what is typed, and what its file says -> what the one line must say
PLANNED = {
    "an unknown path": (
        RUN,
        POLICY + "{path: choice.b_tim, multiply: 2}",
        ["my.yaml, row 4: unknown parameter choice.b_tim", "choice.b_time"],
    ),
    "an unknown lever": (
        RUN,
        POLICY + "{path: choice.b_time, multiply: 2 * x}",
        ["my.yaml, row 4: formula '2 * x': no lever is called 'x'; allowed: numbers"],
    ),
    "a value beyond its range": (
        RUN,
        POLICY + "{path: choice.b_time, set: 5}",
        ["my.yaml, row 4: choice.b_time is outside", "found 5.0; allowed: 0.005 to 0.08"],
    ),
    "an unknown rule": (
        RUN,
        POLICY + "{path: rules.rate.RBMIX, set: 0.5}",
        ["my.yaml, row 4: no such rule; found 'rules.rate.RBMIX'; allowed: rules."],
    ),
    "what is drawn before": (
        RUN,
        POLICY + "{path: national.population_million, set: 1}",
        ["my.yaml, row 4: no policy can change this", "found 'national.pop"],
    ),
    "a point beyond its range": (
        ["sweep", "my.yaml", "--serial"],
        DESIGN + "choice.b_time: [0.02, 9]",
        ["my.yaml, row 5: choice.b_time is outside its range; found 9.0; allowed: 0.005"],
    ),
    "a design without samples": (
        ["sweep", "my.yaml", "--serial"],
        DESIGN + "choice.b_time: {}",
        ["my.yaml, row 5: samples is missing", "allowed: samples: a whole number"],
    ),
    "an unknown objective": (
        ["search", "my.yaml", "--serial"],
        DESIGN + "choice.b_time: {}\nobjectives: {visit_share_tertary: min}",
        ["my.yaml, row 6: unknown indicator", "did you mean visit_share_tertiary"],
    ),
    "a word in a vector": (
        ["validate", "--vectors", "my.yaml"],
        "path,v1,v2\nchoice.b_time,0.03,x\n",
        ["my.yaml, row 2, column v2: choice.b_time: not a number; found 'x'"],
    ),
    "a response of other dials": (
        ["calibrate", "brook", "--response", "my.yaml"],
        "a,b\n1,2\n",
        ["my.yaml: not a response to these dials; allowed: CSV of numbers by row"],
    ),
}


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def contents(folder):
    return {path: path.is_file() and path.read_bytes() for path in folder.rglob("*")}


def complaint(folder, typed):
    """The one line on standard error, after which the folder is as it was."""
    before = contents(folder)
    answer = CliRunner().invoke(app, typed)
    assert answer.exit_code == 2, answer.output
    assert answer.stdout == ""
    assert contents(folder) == before
    [line] = answer.stderr.splitlines()
    assert line.startswith("fenji: ")
    return line


def says(line, parts):
    """The parts stand in the line in their order."""
    return re.search(".*".join(re.escape(part) for part in parts), line) is not None


@pytest.mark.parametrize(("typed", "parts"), TYPED.values(), ids=TYPED)
def test_what_is_typed(here, typed, parts):
    line = complaint(here, typed)
    assert says(line, parts), line


@pytest.mark.parametrize(("text", "parts"), WRITTEN.values(), ids=WRITTEN)
def test_what_a_scenario_says(here, text, parts):
    (here / "plan.yaml").write_text(text, encoding="utf-8")
    line = complaint(here, ["run", "--scenario", "plan.yaml"])
    assert says(line, ["plan.yaml", *parts]), line


@pytest.mark.parametrize(("typed", "text", "parts"), PLANNED.values(), ids=PLANNED)
def test_what_a_plan_or_a_design_says(here, typed, text, parts):
    (here / "my.yaml").write_text(text, encoding="utf-8")
    line = complaint(here, typed)
    assert says(line, parts), line


def test_a_scenario_that_is_not_there(here):
    line = complaint(here, ["run", "--scenario", "plan.yaml"])
    assert says(line, ["plan.yaml", "cannot be read", "No such file"]), line


def test_a_scenario_in_another_encoding(here):
    (here / "plan.yaml").write_bytes("region: 铜梁\n".encode("gbk"))
    line = complaint(here, ["run", "--scenario", "plan.yaml"])
    assert says(line, ["plan.yaml", "UTF-8"]), line


@pytest.mark.parametrize(("change", "parts"), SPOILED.values(), ids=SPOILED)
@pytest.mark.parametrize("command", [["run"], ["region", "check"]], ids=" ".join)
def test_what_a_region_says(here, command, change, parts):
    name, found, put = change
    shutil.copytree(data_folder() / "regions" / "brook", here / "mine")
    file = here / "mine" / name
    text = file.read_text(encoding="utf-8")
    assert text.count(found) == 1 or name == "facilities.csv"
    file.write_text(text.replace(found, put, 1), encoding="utf-8")
    line = complaint(here, [*command, "mine"])
    assert says(line, ["mine", *parts]), line


@pytest.mark.parametrize("name", ["region.yaml", "settlements.csv", "facilities.csv"])
def test_a_region_without_a_file(here, name):
    shutil.copytree(data_folder() / "regions" / "brook", here / "mine")
    (here / "mine" / name).unlink()
    line = complaint(here, ["run", "mine", *FEW])
    assert says(line, [name]), line


@pytest.mark.parametrize("out", ["notes", "notes/out"])
def test_a_file_where_the_folder_should_be(here, out):
    (here / "notes").write_text("Things of my own", encoding="utf-8")
    line = complaint(here, [*BROOK, "--out", out])
    assert says(line, ["notes: is a file", "allowed: a new or empty folder"]), line


def test_a_template_does_not_overwrite(here):
    (here / "mine").mkdir()
    (here / "mine" / "notes.txt").write_text("Things of my own", encoding="utf-8")
    line = complaint(here, ["region", "new", "mine"])
    assert says(line, ["mine", "not empty"]), line


@pytest.mark.parametrize(
    ("typed", "parts"),
    [
        (["run", "brook", "--residents", "many"], ["--residents", "integer"]),
        (["run", "brook", "--days", "1.5"], ["--days", "integer"]),
        (["run", "brook", "--start", "2023-13-01"], ["--start", "%Y-%m-%d"]),
        (["explain", "brook", "--resident", "-1", "--day", "0"], ["--resident"]),
        (["run", "brook", "--colour", "red"], ["--colour"]),
        (["rum"], ["rum"]),
    ],
)
def test_what_is_no_option_at_all(here, typed, parts):
    """The usage stands beside these, as is the custom of command lines."""
    answer = CliRunner().invoke(app, typed)
    assert answer.exit_code == 2
    assert says(" ".join(answer.stderr.split()), parts), answer.stderr
    assert contents(here) == {}


@pytest.mark.parametrize(
    "typed",
    [[*BROOK, "--set", "choice.b_tim=1"], ["run", "brok"], ["run", "brook", "--residents", "many"]],
)
def test_no_traceback_reaches_a_shell(here, typed):
    command = [sys.executable, "-c", "from experiments.cli import app; app()", *typed]
    answer = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    assert (answer.returncode, answer.stdout) == (2, "")
    assert "Traceback" not in answer.stderr
    assert contents(here) == {}
