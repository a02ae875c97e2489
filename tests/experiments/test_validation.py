"""Validation: rows by their definition, what passes, what does not when a parameter is spoiled."""

import json
import re

import numpy as np
import pytest
from typer.testing import CliRunner

from experiments.batch import Batch, crew_for, job_of
from experiments.calibration_files import read_vectors, write_vectors
from experiments.cli import app
from experiments.fitted import read_dials
from experiments.influence import FILE, PARAMETER, ends, leaves, shipped_influence
from experiments.parameter_page import page
from experiments.policies.survival_table import write_survival
from experiments.progress import Quiet
from experiments.store import Store
from experiments.survival import (
    FALLS,
    FLIPS,
    INDICATORS,
    RISES,
    UNCLEAR,
    Effect,
    Survival,
    direction,
    margin,
    survival,
)
from experiments.targets import COLUMNS, NATION, targets_folder
from experiments.trust_path import half_life, trust_path
from experiments.validation import planned
from model.parameters import shipped_parameters
from model.scenario import Scenario

PLAN = Scenario(region="national", residents=3000, days=60, warm_up=10)
SMALL = ["--residents", "3000", "--days", "60", "--warm-up", "10", "--replicates", "2", "--serial"]
JUDGED = (
    "visits_per_resident",
    "outpatient_charge_tertiary",
    "visit_share_clinic",
    "trust_primary",
)
KEYS = ["id", "role", "value", "low", "high", "model", "model_low", "model_high", "status"]


def fenji(*words):
    return CliRunner().invoke(app, list(words))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Targets of which the model itself is the source, a row it cannot form, and two vectors."""
    made = tmp_path_factory.mktemp("validate")
    with crew_for(None, serial=True) as crew:
        batch = Batch(Store(made / "data"), crew, Quiet())
        seeds = [PLAN.model_copy(update={"seed": seed}) for seed in (1, 2)]
        runs = batch.measure([job_of(plan, "data") for plan in seeds])
    lines = [",".join(COLUMNS)]
    for name in JUDGED:
        value = np.mean([run[name] for run in runs])
        ends = f"{value},{value * 0.94},{value * 1.06}"
        lines.append(f"{name},x,all,{ends},u,2023,check,assumed,simulated")
    lines.append("self_made_score,x,all,0.5,0.4,0.6,u,2023,context,survey,a survey")
    (made / "targets.csv").write_text("\n".join(lines), encoding="utf-8")
    dials = read_dials(shipped_parameters())
    still, near = dials.values(0 * dials.low), dials.values(0.001 * dials.high)
    write_vectors(made / "vectors.csv", [still, near])
    return made


@pytest.fixture(scope="module")
def validated(folder):
    result = _validate(folder, "plain")
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def _validate(folder, name, *words):
    files = ["--targets", str(folder / "targets.csv"), "--vectors", str(folder / "vectors.csv")]
    return fenji("validate", *SMALL, *files, "--out", str(folder / name), "--json", *words)


def test_json_has_the_promised_form(validated):
    assert list(validated) == ["rows", "passed", "total"]
    assert all(list(row) == KEYS for row in validated["rows"])
    assert (validated["passed"], validated["total"]) == (4, 4)
    context = validated["rows"][-1]
    assert (context["model"], context["status"]) == (None, None)
    assert "NaN" not in json.dumps(validated)


def test_the_interval_holds_the_mean(validated):
    for row in validated["rows"][:-1]:
        assert row["model_low"] < row["model"] < row["model_high"]


@pytest.mark.parametrize(
    ("spoiled", "missed"),
    [
        ("charges.visit.tertiary=600", {"outpatient_charge_tertiary"}),
        ("population.trust_primary.clinic=0.54", {"trust_primary", "visit_share_clinic"}),
        ("choice.seek_constant.urban=-5", {"visits_per_resident"}),
    ],
)
def test_validation_fails_when_a_parameter_is_spoiled(folder, spoiled, missed):
    result = _validate(folder, "spoiled", "--set", spoiled)
    assert result.exit_code == 0, result.stderr
    told = json.loads(result.stdout)
    failed = {row["id"] for row in told["rows"] if row["status"] == "miss"}
    assert failed & missed
    assert told["passed"] < told["total"]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_page_opens_offline(folder, validated, lang):
    result = _validate(folder, "plain", "--lang", lang)
    assert result.exit_code == 0, result.stderr
    text = (folder / "plain" / "validation.html").read_text(encoding="utf-8")
    assert not re.search(r"""(src|href)=["'](https?:)?//""", text)
    assert "data:image/svg+xml" in text
    assert all(name in text for name in JUDGED)
    assert str(validated["passed"]) in text


def test_a_mistake_in_the_vectors_is_told(folder, tmp_path):
    (tmp_path / "v.csv").write_text("path,v1\nchoice.b_tim,0.02\n", encoding="utf-8")
    result = fenji("validate", *SMALL, "--vectors", str(tmp_path / "v.csv"))
    assert result.exit_code == 2
    assert "did you mean choice.b_time" in result.stderr


def test_a_quick_validation_repeats_the_first_vector_and_runs_the_others_once():
    vectors = [{"choice.b_time": 0.02 + number / 1000} for number in range(8)]
    quick = planned(PLAN, vectors, 5, every=False)
    assert [plan.seed for plan in quick][:5] == [1, 2, 3, 4, 5]
    assert len(quick) == 5 + 5
    assert len(planned(PLAN, vectors, 5, every=True)) == 40


def test_the_first_shipped_vector_is_the_shipped_parameters():
    parameters = shipped_parameters()
    first, *others = read_vectors(targets_folder() / f"{NATION}-vectors.csv", parameters)
    assert first == pytest.approx({path: parameters[path].value for path in first}, rel=1e-6)
    assert len(others) >= 9
    assert all(vector != first for vector in others)


@pytest.mark.parametrize(
    ("told", "differences"),
    [
        (FALLS, [-1.0, -2.0, -0.05]),
        (RISES, [1.0, 2.0, 0.05]),
        (FLIPS, [1.0, -1.0, 0.0]),
        (UNCLEAR, [0.1, -0.05, 0.1]),
        (UNCLEAR, [1.0, 2.0, -0.05]),
    ],
)
def test_a_direction_is_told_where_no_vector_speaks_against_it(told, differences):
    luck = np.array([-0.1, 0.1])
    apart = np.array(differences)[:, None] + luck
    assert 0.2 < margin(apart) < 0.6
    assert direction(apart) == told
    assert direction(-apart) == {FALLS: RISES, RISES: FALLS}.get(told, told)


@pytest.mark.parametrize("seeds", [2, 5])
def test_luck_alone_is_seldom_told_as_an_effect(seeds):
    luck = np.random.default_rng(1).normal(size=(2000, 11, seeds))
    told = [direction(apart) for apart in luck]
    beyond = [bool((abs(apart.mean(axis=1)) > margin(apart)).any()) for apart in luck]
    assert 0.03 < np.mean(beyond) < 0.06
    assert told.count(UNCLEAR) > 1980


class Recorded:
    """A batch that remembers its jobs; every run forms the same indicators."""

    def measure(self, jobs):
        self.jobs = jobs
        return [{"visit_share_tertiary": 0.25, "unmet_need_share": None} for _ in jobs]


def test_no_two_vectors_share_their_luck_and_a_policy_shares_its_baseline_s():
    batch = Recorded()
    vectors = [{"choice.b_time": 0.02}, {"choice.b_time": 0.03}]
    asked = ("visit_share_tertiary", "unmet_need_share")
    done = survival(PLAN, vectors, ("dip",), 2, batch, asked)
    seeds = [job.plan.seed for job in batch.jobs]
    assert len(set(seeds[:4])) == 4
    assert seeds[:4] == seeds[4:]
    assert [effect.indicator for effect in done.effects] == ["visit_share_tertiary"]


def test_one_seed_tells_no_direction():
    assert direction(np.array([[5.0], [6.0]])) == UNCLEAR


def test_rankings_are_counted_and_their_flips_named():
    luck = np.array([-0.01, 0.01, 0.0])
    effects = [
        Effect(name, "visit_share_tertiary", 1.0, np.array(values)[:, None] + luck * scale)
        for scale, (name, values) in enumerate(
            {"a": [-3.0, -1.0], "b": [-2.0, -2.0], "c": [0.0, 0.0]}.items(), 1
        )
    ]
    found = Survival(tuple(effects), 2, 3)
    assert found.rankings() == {("a", "b", "c"): 1, ("b", "a", "c"): 1}
    assert found.flipped_pairs() == [("a", "b")]


def test_policies_are_asked_in_every_vector(folder):
    table = folder / "policies.md"
    words = ["--policies", "tertiary_outpatient_limit", "--policies", "family_doctor"]
    words += ["--markdown", str(table)]
    result = _validate(folder, "policies", *words)
    assert result.exit_code == 0, result.stderr
    told = json.loads(result.stdout)
    file = folder / "policies" / "survival.json"
    assert json.loads(file.read_text(encoding="utf-8")) == told
    assert {path.name for path in file.parent.iterdir()} == {file.name, "vectors"}
    assert (told["residents"], told["seeds"]) == (3000, 2)
    limit = next(
        effect
        for effect in told["effects"]
        if effect["policy"] == "tertiary_outpatient_limit"
        and effect["indicator"] == "visit_share_tertiary"
    )
    assert len(limit["differences"]) == 2
    assert limit["direction"] == "falls"
    assert sum(order["vectors"] for order in told["rankings"]) == 2
    rows = [row.split(" | ") for row in table.read_text(encoding="utf-8").splitlines()]
    row = next(row for row in rows if row[0] == "| `tertiary_outpatient_limit`")
    low, high = sorted(100 * difference for difference in limit["differences"])
    assert row[2] == f"{low:+.2f} to {high:+.2f}"


def test_what_flips_and_what_is_unclear_is_marked(tmp_path):
    ends = {"falls": [-0.02, -0.01], "flips": [-0.02, 0.02], "unclear": [0.0, 0.001]}
    directions = dict(zip(INDICATORS, [*ends, *["unclear"] * len(INDICATORS)], strict=False))
    effects = [
        {"policy": "dip", "indicator": name, "differences": ends[direction], "direction": direction}
        for name, direction in directions.items()
    ]
    content = {"region": "brook", "residents": 3000, "days": 20, "seeds": 2, "effects": effects}
    file = tmp_path / "table.md"
    write_survival(content, file, "zh")
    row = file.read_text(encoding="utf-8").splitlines()[-2].split(" | ")
    assert row[1:4] == ["-2.00 至 -1.00", "⇄", "·"]


def test_the_page_of_parameters_is_up_to_date(root):
    written = (root / "docs" / "parameters.md").read_text(encoding="utf-8")
    assert written == page(shipped_parameters(), shipped_influence())


def test_influence_is_told_of_every_parameter_that_can_move():
    parameters = shipped_parameters()
    measured = set(shipped_influence()[PARAMETER]) - {"baseline"}
    movable = {
        leaf
        for leaf, numbers in leaves(parameters).items()
        for values in ends(numbers)
        if any(value != parameters[path].value for path, value in values.items())
    }
    assert measured <= set(leaves(parameters)), FILE
    assert movable - measured <= {"population.pyramid", "population.household_size"}


def test_a_path_by_month_has_a_month_a_twelfth_of_a_year():
    found = trust_path(Scenario(residents=1500, days=182, warm_up=5))
    assert len(found.difference) == 5
    assert found.difference.mean() > 0
    assert found.trust[-1] != 0


def test_a_noisy_path_gives_its_half_life_back():
    months = np.arange(36) + 0.5
    path = 0.01 + 0.03 * (1 - 2 ** (-months / 8))
    path += 0.0003 * np.random.default_rng(1).normal(size=36)
    assert half_life(path)[2] == pytest.approx(8, rel=0.15)
