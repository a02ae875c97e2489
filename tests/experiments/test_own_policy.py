"""A planner's own policy file stands wherever a shipped id can, and travels with its runs."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from experiments.cli import app
from experiments.identity import own_data, run_hash
from experiments.levers import applied, span_of
from experiments.policies.comparison import paired_jobs
from model.parameters import shipped_parameters
from model.policies.choice import parse_package
from model.policies.policy import find_policy
from model.scenario import make_scenario, read_scenario
from model.simulation import TieredCareModel
from model.terms import InputError

TEXT = """
title: {en: A clinic closes, zh: 撤并诊所}
question: {en: Who travels further, zh: 谁走得更远}
levers:
  left: {default: 0, neutral: 1, low: 0, high: 1, unit: share, label: {en: Left, zh: 保留}}
facilities: [{set: clinic-ferry, doctors: doctors * left}]
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "plan.yaml"
    file.write_text(TEXT, encoding="utf-8")
    return file


def plan_with(policies: str):
    return make_scenario(region="brook", days=4, warm_up=2, policies=policies or [])


def hash_of(plan) -> str:
    return run_hash(plan, {}, own_data(plan))


def test_a_file_is_typed_as_an_id_is(file: Path) -> None:
    choice, other = parse_package(f"{file}:left=0.5@2023-07-01..2023-08-01+gatekeeping")
    assert (choice.id, choice.levers, str(choice.start)) == (str(file), {"left": 0.5}, "2023-07-01")
    assert other.id == "gatekeeping"
    with pytest.raises(InputError, match="has no lever lift; did you mean left"):
        parse_package(f"{file}:lift=1")
    with pytest.raises(InputError, match=r"no\.yaml: the file is missing"):
        parse_package(str(file.with_name("no.yaml")))


def test_a_file_is_read_again_when_it_has_changed(file: Path) -> None:
    assert find_policy(str(file)).title.en == "A clinic closes"
    file.write_text(TEXT.replace("A clinic closes", "Another"), encoding="utf-8")
    assert find_policy(str(file)).title.en == "Another"


def test_a_scenario_file_may_name_it(file: Path) -> None:
    scenario = file.with_name("scenario.yaml")
    scenario.write_text(f"region: brook\npolicies: ['{file}:left=0.2']\n", encoding="utf-8")
    assert read_scenario(scenario).policies == parse_package(f"{file}:left=0.2")


def test_what_the_file_holds_makes_the_run_and_not_where_it_lies(file: Path) -> None:
    first = hash_of(plan_with(str(file)))
    elsewhere = file.parent / "other" / file.name
    elsewhere.parent.mkdir()
    elsewhere.write_text(TEXT, encoding="utf-8")
    assert hash_of(plan_with(str(elsewhere))) == first
    elsewhere.write_text(TEXT.replace("default: 0", "default: 0.5"), encoding="utf-8")
    assert hash_of(plan_with(str(elsewhere))) != first


def test_a_job_carries_its_policy_along(file: Path) -> None:
    job = paired_jobs(plan_with(""), [str(file)], 1)[str(file)][0]
    content = file.read_text(encoding="utf-8")
    file.unlink()
    with job.data.placed(job.plan) as plan:
        copy = Path(plan.policies[0].id)
        assert copy.read_text(encoding="utf-8") == content
        model = TieredCareModel(plan)
        model.run()
    assert not copy.exists()
    closed = model.region.facilities.id.index("clinic-ferry")
    assert model.tally.facility["visits"][:, closed].sum() == 0


def test_designs_vary_its_levers(file: Path) -> None:
    path = f"policy.{file}.left"
    assert span_of(path, shipped_parameters()) == (0, 1, "share")
    assert applied(plan_with(""), {path: 0.3}).policies == parse_package(f"{file}:left=0.3")


def test_compare_takes_it_and_policies_describes_it(file: Path, tmp_path: Path) -> None:
    run = CliRunner().invoke
    size = ["--days", "3", "--warm-up", "1", "--replicates", "2"]
    out = ["--serial", "--json", "--out", str(tmp_path / "out")]
    done = run(app, ["compare", "brook", str(file), *size, *out])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["policies"][0]["name"] == str(file)
    told = run(app, ["policies", str(file)])
    assert "clinic-ferry" in told.stdout


def test_a_wrong_plan_is_told_before_any_run(file: Path, tmp_path: Path) -> None:
    file.write_text(TEXT.replace("clinic-ferry", "clinic-fery"), encoding="utf-8")
    out = tmp_path / "out"
    done = CliRunner().invoke(app, ["compare", "brook", str(file), "--out", str(out)])
    assert done.exit_code == 2
    assert "row 6" in done.stderr
    assert "clinic-ferry" in done.stderr
    assert not out.exists()


def test_the_example_runs(root: Path) -> None:
    example = root / "examples" / "county-plan.yaml"
    model = TieredCareModel(plan_with(f"{example}@2023-01-02"))
    model.run()
    opened = [model.region.facilities.id.index(name) for name in find_policy(str(example)).members]
    assert model.tally.facility["visits"][:, opened].sum() > 0
