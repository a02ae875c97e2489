"""`fenji sensitivity` as a person types it: runs, resumes, and says what is too few."""

import json
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from experiments.cli import app
from experiments.levers import span_of
from experiments.sensitivity.factors import USUAL, chosen_spans
from model.parameters import shipped_parameters
from model.terms import InputError

IDLE = "accounts.fixed_bed.tertiary"  # a cost of providers, which no patient feels
SMALL = ("--residents", 300, "--days", 3, "--warm-up", 0, "--serial")
VARY = ("--vary", "choice.b_price=0:3", "--vary", IDLE)
SHARE = ("--indicator", "visit_share_tertiary", "--indicator", "visits_per_resident.income.q1")


def fenji(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


def answer(*words: object) -> Any:
    run = fenji(*words, "--json")
    assert run.exit_code == 0, run.output
    return json.loads(run.stdout)


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path) -> Iterator[None]:
    with chdir(tmp_path):
        yield


@pytest.fixture(scope="module")
def screened(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sensitivity") / "morris"
    run = fenji("sensitivity", "national", *SMALL, *VARY, *SHARE, "--samples", 4, "--out", folder)
    assert run.exit_code == 0, run.output
    assert "told apart from the replicates' noise" in run.stdout
    return folder


def test_what_does_nothing_has_no_effect_and_what_does_has_one(screened: Path) -> None:
    told = json.loads((screened / "sensitivity.json").read_text("utf-8"))
    assert (screened / "sensitivity.png").read_bytes().startswith(b"\x89PNG")
    assert told["replicates"] == 2
    for entry in told["indicators"].values():
        first, last = entry["rows"]
        assert (first["path"], last["path"]) == ("choice.b_price", IDLE)
        assert first["mu_star"] > 0
        assert first["low"] <= first["mu_star"] <= first["high"]
        assert (last["mu_star"], last["noise"], last["beyond_noise"]) == (0, 0, False)


def test_it_goes_on_where_it_was_and_grows(screened: Path) -> None:
    words = ("sensitivity", "national", *SMALL, *VARY, *SHARE, "--out", screened)
    before = {file: file.stat().st_mtime_ns for file in (screened / "runs").iterdir()}
    again = answer(*words, "--samples", 4)
    assert again == json.loads((screened / "sensitivity.json").read_text("utf-8"))
    assert {file: file.stat().st_mtime_ns for file in (screened / "runs").iterdir()} == before
    grown = answer(*words, "--samples", 12)
    assert grown["samples"] == 12
    assert len(list((screened / "runs").iterdir())) == grown["runs"] > len(before)


def test_sobol_of_a_design(tmp_path: Path) -> None:
    Path("design.yaml").write_text(
        "name: small\nresidents: 200\ndays: 2\nwarm_up: 0\n"
        f"levers: {{choice.b_price: {{low: 0, high: 3}}}}\nuncertainties: {{{IDLE}: {{}}}}\n"
        "samples: 32\n",
        "utf-8",
    )
    words = (
        "sensitivity",
        "design.yaml",
        "--serial",
        "--method",
        "sobol",
        "--indicator",
        "visits_per_resident",
    )
    told = answer(*words)
    (entry,) = told["indicators"].values()
    first, last = entry["rows"]
    assert told["runs"] == 32 * 4
    assert first["path"] == "choice.b_price"
    assert first["total"] == pytest.approx(1, abs=0.5)
    assert last["total"] == last["first"] == 0
    assert first["noise"] is None
    assert "one replicate cannot tell noise" in fenji(*words).stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--samples", 2), "at least 4 trajectories, which are 4 x 3 points x 2 replicates = 24"),
        (("--runs", 20), "at least 4 trajectories"),
        (("--method", "sobol", "--runs", 100), "32 x 4 points x 2 replicates = 256 runs"),
        (("--method", "sobol", "--samples", 48), "32 or 64"),
        (("--method", "anova"), "morris, sobol"),
        (("--vary", "choice.b_tim"), "did you mean choice.b_time"),
        (("--vary", "choice.b_time=0:9"), "0.005 to 0.08 utils/min"),
        (("--vary", "choice.b_price"), "is chosen twice"),
        (("--vary", "choice.b_time=low"), "PATTERN=low:high"),
        (("--indicator", "visit_share_tertiar"), "did you mean visit_share_tertiary"),
    ],
)
def test_what_cannot_be_done_is_said_before_the_first_run(
    words: tuple[object, ...], said: str
) -> None:
    run = fenji("sensitivity", "national", *SMALL, *VARY, *words)
    assert run.exit_code == 2
    assert said in run.stderr
    assert not Path("out").exists()


def test_a_design_of_lists_has_no_ranges() -> None:
    Path("design.yaml").write_text("name: x\nlevers: {choice.b_time: [0.02, 0.03]}\n", "utf-8")
    run = fenji("sensitivity", "design.yaml")
    assert run.exit_code == 2
    assert "sensitivity asks for ranges" in run.stderr


def test_the_usual_factors_are_thirty_that_vary() -> None:
    parameters = shipped_parameters()
    assert len(set(USUAL)) == 30
    assert list(chosen_spans([], parameters)) == list(USUAL)
    for path in USUAL:
        low, high, _ = span_of(path, parameters)
        assert low < high


def test_groups_and_patterns_choose_what_can_vary() -> None:
    parameters = shipped_parameters()
    trust = chosen_spans(["trust"], parameters)
    assert set(trust) == {path for path in parameters if path.startswith("trust.")}
    assert "choice.b_time" in chosen_spans(["choice.b_*"], parameters)
    assert set(chosen_spans(["policy.gatekeeping"], parameters)) == {
        "policy.gatekeeping.strictness",
        "policy.gatekeeping.closed_door",
    }
    assert "funds.dated_from" not in chosen_spans(["funds"], parameters)  # has no range
    with pytest.raises(InputError, match="no parameter or lever fits"):
        chosen_spans(["policy.gatekeepin"], parameters)
