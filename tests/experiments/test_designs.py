"""Designs: which points, which seeds, and what is refused before anything runs."""

from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.designs import Design, read_design
from experiments.experiment import Experiment
from experiments.jobs import Jobs
from experiments.points import points_of
from experiments.precision import known_indicators, replicates_needed
from model.parameters import shipped_parameters
from model.terms import InputError

TIME = "choice.b_time"
DETOUR = "region.detour"


def design(**given: Any) -> Design:
    return Design(**{"name": "d", "levers": {TIME: [0.02, 0.03]}, **given})


def points(**given: Any) -> list[tuple[dict[str, float], dict[str, float]]]:
    return [(dict(a), dict(b)) for a, b in points_of(design(**given), shipped_parameters())]


def test_a_grid_crosses_every_value() -> None:
    found = points(levers={TIME: [0.02, 0.025, 0.03], DETOUR: [1.2, 1.35, 1.6]})
    wanted = product([0.02, 0.025, 0.03], [1.2, 1.35, 1.6])
    assert found == [({TIME: time, DETOUR: detour}, {}) for time, detour in wanted]


def test_a_list_is_taken_as_it_is() -> None:
    listed = [{TIME: 0.02, DETOUR: 1.6}, {TIME: 0.03, DETOUR: 1.2}]
    assert [levers for levers, _ in points(levers=listed)] == listed


@given(samples=st.integers(1, 40), seed=st.integers(0, 2**31))
def test_a_latin_hypercube_draws_once_from_each_part(samples: int, seed: int) -> None:
    axes = {TIME: {"low": 0.02, "high": 0.04}, DETOUR: {"low": 1.0, "high": 2.0}}
    drawn = [levers for levers, _ in points(levers=axes, samples=samples, seed=seed)]
    for path, low, high in ((TIME, 0.02, 0.04), (DETOUR, 1.0, 2.0)):
        parts = sorted(int((point[path] - low) / (high - low) * samples) for point in drawn)
        assert parts == list(range(samples))


def test_a_latin_hypercube_is_its_seed_s() -> None:
    axes = {TIME: {}, DETOUR: {}}
    first, again, other = (points(levers=axes, samples=9, seed=seed) for seed in (1, 1, 2))
    assert first == again != other


def test_an_open_end_is_the_parameter_s_own() -> None:
    leaf = shipped_parameters()[TIME]
    drawn = [levers[TIME] for levers, _ in points(levers={TIME: {}}, samples=200)]
    width = (leaf.high - leaf.low) / 200
    assert leaf.low <= min(drawn) <= leaf.low + width
    assert leaf.high - width <= max(drawn) <= leaf.high


def test_every_lever_meets_every_world() -> None:
    found = points(uncertainties={DETOUR: [1.2, 1.3, 1.4]})
    assert len(found) == 2 * 3
    assert {levers[TIME] for levers, world in found if world[DETOUR] == 1.3} == {0.02, 0.03}


def test_replicates_share_their_seeds_unless_told_otherwise() -> None:
    shared, own = design(seed=7, replicates=3), design(seed=7, common_random_numbers=False)
    low, high = {TIME: 0.02}, {TIME: 0.03}
    assert [shared.seed_of(low, {}, k) for k in (1, 2, 3)] == [7, 8, 9]
    assert [shared.seed_of(high, {}, k) for k in (1, 2, 3)] == [7, 8, 9]
    seeds = [own.seed_of(point, {}, k) for point in (low, high) for k in range(1, 100)]
    assert len(set(seeds)) == len(seeds)
    assert all(0 <= seed < 2**63 for seed in seeds)


def test_every_run_has_a_name_of_its_own_that_does_not_change() -> None:
    wanted = design(residents=500, levers={TIME: [0.02, 0.03], DETOUR: [1.2, 1.3]}, replicates=5)
    names, again = ([job.hash for job in Jobs.of(wanted).first_round()] for _ in range(2))
    assert names == again
    assert len(set(names)) == len(names) == 20


def test_replicates_come_one_after_the_other_at_every_point() -> None:
    jobs = list(Jobs.of(design(residents=500, replicates=2)).first_round())
    assert [(job.place.replicate, job.place.levers[TIME]) for job in jobs] == [
        (1, 0.02),
        (1, 0.03),
        (2, 0.02),
        (2, 0.03),
    ]


def test_a_region_s_name_depends_on_what_it_holds_and_not_on_where_it_lies(
    root: Path, tmp_path: Path
) -> None:
    names = []
    for place, change in (("here", ""), ("there", ""), ("other", "\n# a note\n")):
        folder = tmp_path / place
        folder.mkdir()
        for file in (root / "model" / "data" / "regions" / "brook").iterdir():
            (folder / file.name).write_bytes(file.read_bytes())
        settings = folder / "region.yaml"
        settings.write_text(settings.read_text("utf-8") + change, "utf-8")
        jobs = Jobs.of(design(region=str(folder), residents=500))
        names.append(next(jobs.first_round()).hash)
    assert names[0] == names[1] != names[2]


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"levers": {}}, "the design is empty"),
    ({"levers": []}, "the design is empty"),
    ({"levers": {TIME: []}}, "levers.choice.b_time"),
    ({"levers": {"choice.b_tim": [0.02]}}, "did you mean choice.b_time"),
    ({"levers": {TIME: [0.02, 9.0]}}, "outside its range; found 9.0; allowed: 0.005 to 0.08"),
    ({"levers": {TIME: [0.02, 0.02]}}, "lists a value twice"),
    ({"levers": {TIME: ["much"]}}, "found 'much'"),
    ({"levers": {TIME: [True]}}, "found True"),
    ({"levers": {TIME: [float("nan")]}}, "finite"),
    ({"levers": {"policy.no_such_policy.strength": [0, 1]}}, "unknown policy no_such_policy"),
    ({"levers": [{TIME: 0.02}, {DETOUR: 1.2}]}, "the same paths in every point"),
    ({"levers": [{TIME: 0.02}, {TIME: 0.02}]}, "a point is listed twice"),
    ({"levers": {TIME: {}}}, "samples is missing"),
    ({"samples": 3}, "there is nothing to sample"),
    ({"levers": {TIME: {"low": 0.03, "high": 0.02}}, "samples": 3}, "low must be below high"),
    ({"levers": {TIME: {"least": 0.03}}, "samples": 3}, "allowed: low, high"),
    ({"uncertainties": {TIME: [0.02]}}, "stands in the design twice"),
    ({"set": {TIME: 0.02}}, "stands in the design twice"),
    ({"replicates": 0}, "replicates"),
    ({"replicates": {"indicator": "x"}}, "half_width"),
    (
        {"replicates": {"indicator": "x", "half_width": 1, "half": 1}},
        "allowed: indicator, half_width",
    ),
    ({"leverz": {}}, "allowed: region"),
    ({"days": 0}, "days"),
    ({"name": "a/b"}, "name"),
]


@pytest.mark.parametrize(("given", "told"), WRONG, ids=[told for _, told in WRONG])
def test_a_wrong_design_is_refused(given: dict[str, Any], told: str) -> None:
    with pytest.raises(InputError) as caught:
        points(**given)
    assert told in str(caught.value)


@pytest.mark.parametrize("text", ["", "[]", "- 1", "name: x\nlevers:"])
def test_an_empty_file_is_an_empty_design(tmp_path: Path, text: str) -> None:
    file = tmp_path / "design.yaml"
    file.write_text(text, "utf-8")
    with pytest.raises(InputError, match="the design is empty"):
        Jobs.of(Design(**read_design(file)))


def test_an_error_names_the_design_s_file(tmp_path: Path) -> None:
    file = tmp_path / "design.yaml"
    file.write_text("name: x\nreplicates: none\n", "utf-8")
    with pytest.raises(
        InputError, match=r"design\.yaml, row 2: replicates: not a .*; found 'none'"
    ):
        Experiment.read(file)


def test_a_region_may_be_named_relative_to_the_file(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    file = tmp_path / "design.yaml"
    file.write_text("name: x\nregion: ./mine\n", "utf-8")
    assert Path(read_design(file)["region"]) == tmp_path / "mine"


def test_a_design_survives_json() -> None:
    wanted = design(levers={TIME: {"low": 0.02}}, samples=3, set={DETOUR: 1.2})
    assert Design(**wanted.model_dump(mode="json", by_alias=True)) == wanted


def precision(**given: Any) -> Any:
    wanted = {"indicator": "visit_share_tertiary", "half_width": 0.1, **given}
    return design(replicates=wanted).replicates


def test_replicates_end_when_the_interval_is_narrow_enough() -> None:
    wide = np.array([0.0, 1.0, 0.0, 1.0, 0.5])
    assert replicates_needed(wide * 0.01, precision()) == 5
    assert replicates_needed(wide, precision()) == 10  # at most twice as many at a time
    assert replicates_needed(wide * 0.2, precision()) == 8
    assert replicates_needed(wide, precision(at_most=5)) == 5
    assert replicates_needed(np.full(5, np.nan), precision()) == 10


def test_known_indicators_are_those_of_a_run() -> None:
    ids = known_indicators()
    assert {"visit_share_tertiary", "visits_per_resident.residence.rural"} <= set(ids)
