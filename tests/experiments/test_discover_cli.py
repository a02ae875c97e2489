"""`fenji discover`: criteria, cases of a sweep, and folders that hold nothing to discover."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from experiments.cli import app
from experiments.discovery.cases import cases_of, parse_criterion
from experiments.experiment import read_results
from model.terms import InputError

DESIGN = """
name: worlds
residents: 300
days: 2
warm_up: 0
levers: [{policy.gatekeeping.strictness: 0}, {policy.gatekeeping.strictness: 1}]
uncertainties: {choice.b_price: {low: 0, high: 4}, accounts.fixed_bed.tertiary: {}}
samples: 44
"""


def fenji(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("discover")
    (place / "design.yaml").write_text(DESIGN, "utf-8")
    run = fenji("sweep", place / "design.yaml", "--out", place / "sweep", "--serial")
    assert run.exit_code == 0, run.output
    return place / "sweep"


def middle(swept: Path, column: str) -> float:
    return float(np.median(read_results(swept).indicators[column].to_numpy()))


def test_the_dimension_that_decides_is_found(swept: Path) -> None:
    limit = middle(swept, "visits_per_resident")
    words = ("discover", swept, "--where", f"visits_per_resident < {limit}", "--json")
    told: Any = json.loads(fenji(*words).stdout)
    assert [entry["path"] for entry in told["box"]["limits"]] == ["choice.b_price"]
    assert told["box"]["limits"][0]["low"] > 1  # the dearer care weighs, the fewer visits
    assert told["cases"] == 88
    assert told["box"]["density"] > told["hits"] / told["cases"] + 0.2
    assert told["box"]["mean_inside"] < limit < told["box"]["mean_outside"]
    assert json.loads((swept / "discovery.json").read_text("utf-8")) == told
    assert (swept / "discovery.png").read_bytes().startswith(b"\x89PNG")
    assert "The box holds" in fenji(*words[:-1]).stdout


def test_differences_are_from_the_first_point_in_the_same_world(swept: Path) -> None:
    results = read_results(swept)
    terms = parse_criterion("visits_per_resident difference < 0 and unmet_need_share relative>=-9")
    cases = cases_of(results, terms)
    assert cases.baseline == {"policy.gatekeeping.strictness": 0}
    assert cases.paths == ("choice.b_price", "accounts.fixed_bed.tertiary")
    gate, runs = "policy.gatekeeping.strictness", results.indicators
    visits = {
        row[:3]: row[3] for row in runs.select(gate, *cases.paths, "visits_per_resident").rows()
    }
    expected = [visits[1, *world] - visits[0, *world] for world in cases.x.tolist()]
    assert cases.measured == pytest.approx(expected)
    assert len(cases.hits) <= 44


def test_a_point_can_be_picked(swept: Path) -> None:
    terms = parse_criterion("visits_per_resident > 0")
    one = cases_of(read_results(swept), terms, {"policy.gatekeeping.strictness": 1.0})
    assert one.x.shape == (44, 2)
    with pytest.raises(InputError, match="does not vary"):
        cases_of(read_results(swept), terms, {"choice.b_time": 1.0})


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("visits_per_resident > 1e9", "0 of 88 meet it"),
        ("visits_per_residen > 1", "did you mean visits_per_resident"),
        ("visits_per_resident", "ID [difference|relative] < NUMBER"),
        ("visits_per_resident > many", "ID [difference|relative] < NUMBER"),
    ],
)
def test_a_criterion_that_says_nothing_is_an_error(swept: Path, where: str, said: str) -> None:
    run = fenji("discover", swept, "--where", where)
    assert run.exit_code == 2
    assert said in run.stderr


def test_a_folder_without_runs_is_an_error(swept: Path, tmp_path: Path) -> None:
    words = ("--where", "visits_per_resident > 1")
    assert "holds no experiment" in fenji("discover", tmp_path, *words).stderr
    (tmp_path / "experiment.json").write_bytes((swept / "experiment.json").read_bytes())
    run = fenji("discover", tmp_path, *words)
    assert run.exit_code == 2
    assert "holds no finished run" in run.stderr
