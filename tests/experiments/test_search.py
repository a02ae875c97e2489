"""Searches: bounds, the Pareto front, fresh seeds, replaying, and what cannot be met."""

import json
import sys
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from typer.testing import CliRunner, Result

from experiments.cli import app
from experiments.run_file import check
from experiments.search.bounds import Bound, spread_out, unbeaten
from experiments.search.design import read_search

SMALL: dict[str, Any] = {
    "name": "small",
    "residents": 400,
    "days": 4,
    "warm_up": 0,
    "replicates": 2,
    "levers": {
        "policy.gatekeeping.strictness": {},
        "policy.reimbursement_gradient.gap": {"low": 0, "high": 0.4},
        "policy.reimbursement_gradient.budget_neutral": [0, 1],
    },
    "objectives": {"primary_institution_share": "max", "out_of_pocket_per_resident_cny": "min"},
    "constraints": {"fund_neutral": 0.5},
    "trials": 8,
    "generation": 4,
    "confirm": 3,
    "shown": 3,
}


def fenji(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


def searched(design: dict[str, Any], folder: Path | str) -> Any:
    Path("search.yaml").write_text(yaml.safe_dump(design), "utf-8")
    run = fenji("search", "search.yaml", "--serial", "--out", folder, "--json")
    assert run.exit_code == 0, run.output
    return json.loads(run.stdout)


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path) -> Iterator[None]:
    with chdir(tmp_path):
        yield


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    place = tmp_path_factory.mktemp("search")
    with chdir(place):
        return place / "there", searched(SMALL, place / "there")


def test_the_pareto_set_was_run_with_fresh_seeds(found: tuple[Path, Any]) -> None:
    folder, told = found
    assert told["met"]
    assert told["trials"] == 8
    assert 1 <= len(told["pareto"]) <= 3
    seeds: dict[str, set[int]] = {}
    for file in (folder / "runs").iterdir():
        manifest = check(file.read_bytes())
        key = json.dumps(manifest["levers"], sort_keys=True)
        seeds.setdefault(key, set()).add(manifest["scenario"]["seed"])
    for point in told["pareto"]:
        assert seeds[json.dumps(point["levers"], sort_keys=True)] == {1, 2, 3, 4, 5}
        for entry in point["objectives"].values():
            assert entry["low"] <= entry["difference"] <= entry["high"]
            assert entry["value"] == pytest.approx(entry["baseline"] + entry["difference"])
    assert seeds["{}"] == {1, 2, 3, 4, 5}  # the baseline
    assert (folder / "pareto.png").read_bytes().startswith(b"\x89PNG")


def test_no_point_shown_is_beaten_or_breaks_a_constraint(found: tuple[Path, Any]) -> None:
    _, told = found
    losses = np.array(
        [
            [-p["objectives"]["primary_institution_share"]["value"],
             p["objectives"]["out_of_pocket_per_resident_cny"]["value"]]
            for p in told["pareto"]
        ]
    )  # fmt: skip
    assert unbeaten(losses).all()
    assert all(c["keeps"] for p in told["pareto"] for c in p["constraints"].values())


def test_the_same_search_is_replayed_from_the_store(found: tuple[Path, Any]) -> None:
    folder, told = found
    before = {file: file.stat().st_mtime_ns for file in (folder / "runs").iterdir()}
    assert searched(SMALL, folder) == told
    assert {file: file.stat().st_mtime_ns for file in (folder / "runs").iterdir()} == before


def test_a_search_that_was_cut_short_ends_as_one_that_was_not(found: tuple[Path, Any]) -> None:
    folder, told = found
    short = searched({**SMALL, "trials": 4}, "short")
    assert short["tried"] == told["tried"][:4]
    for file in list(Path("short", "runs").iterdir())[::2]:
        file.unlink()
    assert searched(SMALL, "short") == told
    assert {f.name for f in (folder / "runs").iterdir()} <= {
        f.name for f in Path("short", "runs").iterdir()
    }


def test_constraints_that_cannot_be_met_are_told_with_the_nearest_point(
    found: tuple[Path, Any],
) -> None:
    folder, _ = found
    strict = {**SMALL, "constraints": {"visits_per_resident": {"at_most": 0.01}}}
    told = searched(strict, folder)
    assert (told["met"], told["feasible"], told["pareto"]) == (False, 0, [])
    (bound,) = told["others"][0]["constraints"].values()
    assert bound["value"] > bound["limit"]
    run = fenji("search", "search.yaml", "--serial", "--out", folder)
    assert "No point keeps the constraints" in run.stdout
    assert "visits_per_resident <= 0.01: is " in run.stdout


def test_another_sampler_and_worlds() -> None:
    design = {
        **SMALL,
        "sampler": "tpe",
        "uncertainties": {"choice.b_time": [0.02, 0.03]},
        "constraints": {
            "no_group_worse_off": {"indicators": {"visits_per_resident": "max"}, "within": 0.9}
        },
        "trials": 4,
        "replicates": 1,
        "confirm": 2,
        "shown": 1,
    }
    told = searched(design, "worlds")
    assert told["trials"] == 4
    assert len(told["constraints"]) == 7  # five incomes, two residences
    assert len(list(Path("worlds", "runs").iterdir())) == (1 + 4) * 2 + 2 * 2 * 2


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"objectives": {"primary_share": "max"}}, "unknown indicator"),
        ({"objectives": {"visit_share_tertiary": "less"}}, "min or max"),
        ({"objectives": {}}, "objectives"),
        ({"constraints": {"fund_neutra": {"at_most": 1}}}, "did you mean fund_neutral"),
        ({"constraints": {"unmet_need_share": {}}}, "at_least or at_most"),
        ({"constraints": {"unmet_need_share": {"at_most": 0, "at_least": 1}}}, "no value can meet"),
        ({"constraints": {"no_group_worse_off": {"by": ["wealth"]}}}, "found 'wealth'"),
        ({"levers": {"policy.gatekeeping.strictnes": {}}}, "has no lever"),
        ({"levers": {}}, "a search needs levers"),
        ({"levers": {"choice.b_time": [9]}}, "is outside its range"),
        ({"trial": 5}, "objectives"),
    ],
)
def test_what_cannot_be_searched_is_said_before_the_first_run(
    change: dict[str, Any], said: str
) -> None:
    Path("search.yaml").write_text(yaml.safe_dump({**SMALL, **change}), "utf-8")
    run = fenji("search", "search.yaml", "--serial")
    assert run.exit_code == 2, run.output
    assert said in run.stderr
    assert not Path("out").exists()


def test_without_optuna_it_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "optuna", None)
    Path("search.yaml").write_text(yaml.safe_dump(SMALL), "utf-8")
    run = fenji("search", "search.yaml", "--serial")
    assert run.exit_code == 2
    assert "install optuna" in run.stderr


def test_the_worked_example_can_be_searched(root: Path) -> None:
    design = read_search(root / "examples" / "search.yaml")
    bounds = design.check()
    assert bounds[0] == Bound("fund_payment_per_resident_cny", "relative", 0.01)
    assert len(bounds) == 1 + 5 + 2


def test_bounds_of_values_differences_and_shares() -> None:
    row = {"first": 50.0, "second": 54.0, "difference": 4.0, "low": 1.0, "high": 7.0}
    assert Bound("x", "value", 54).kept(row) == (True, False)
    assert Bound("x", "value", 50, least=True).kept(row) == (True, True)
    assert Bound("x", "difference", 7).kept(row) == (True, True)
    assert Bound("x", "relative", 0.05).measured(row) == pytest.approx((0.08, 0.02, 0.14))
    assert Bound("x", "relative", 0.05).excess(row) == pytest.approx(0.03)
    nothing = {"first": 0.0, "second": 0.0, "difference": 0.0, "low": 0.0, "high": 0.0}
    assert Bound("x", "relative", 0.0).kept(nothing) == (True, True)


def test_the_front_and_its_thinning() -> None:
    values = np.array([[1.0, 5.0], [2.0, 2.0], [3.0, 3.0], [5.0, 1.0], [2.0, 2.0]])
    assert unbeaten(values).tolist() == [True, True, False, True, True]
    assert spread_out(values, 2) == [0, 3]
    assert spread_out(values[:2], 9) == [0, 1]
