"""A planner's own policy file stands wherever a shipped id can, and travels with its runs."""

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from experiments.cli import app
from experiments.funds.outlook import read_outlook
from experiments.identity import own_data, run_hash
from experiments.levers import applied, span_of
from experiments.picture import draw
from experiments.policies.comparison import paired_jobs
from model.parameters import data_folder, shipped_parameters
from model.policies.choice import parse_package
from model.policies.policy import find_policy
from model.scenario import make_scenario, read_scenario
from model.simulation import TieredCareModel
from model.terms import InputError
from model.wording import Words

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
    policy = find_policy(str(file))
    file.unlink()
    with job.data.placed(job.plan) as plan:
        assert find_policy(plan.policies[0].id) == policy
        model = TieredCareModel(plan)
        model.run()
    with pytest.raises(InputError, match="the file is missing"):
        find_policy(plan.policies[0].id)
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


def moved(folder: Path, file: Path, done) -> Path:
    """The results on another machine: elsewhere, without the planner's file."""
    assert done.exit_code == 0, done.output
    away = folder.with_name("away")
    folder.rename(away)
    file.unlink()
    return away


KINDS = {
    "run": ["run", "brook", "--policy", "{file}:left=0.5", "--days", "3", "--warm-up", "1"],
    "compare": ["compare", "brook", "{file}", "--days", "3", "--warm-up", "1", "--serial"],
    "sweep": ["sweep", "{design}", "--serial"],
    "search": ["search", "{search}", "--serial"],
}
DESIGN = """
name: mine
region: brook
days: 3
warm_up: 1
levers: {policy.%s.left: [0, 1]}
"""
SEARCH = (
    DESIGN.replace("[0, 1]", "{}")
    + """
objectives: {primary_institution_share: max, out_of_pocket_per_resident_cny: min}
trials: 4
generation: 2
confirm: 2
"""
)


@pytest.mark.parametrize("kind", KINDS)
def test_results_stand_alone(kind: str, file: Path, tmp_path: Path) -> None:
    names = {"file": file, "design": tmp_path / "design.yaml", "search": tmp_path / "search.yaml"}
    names["design"].write_text(DESIGN % file, encoding="utf-8")
    names["search"].write_text(SEARCH % file, encoding="utf-8")
    words = [word.format(**names) for word in KINDS[kind]]
    run, out = CliRunner().invoke, tmp_path / "out"
    away = moved(out, file, run(app, [*words, "--out", str(out)]))
    told = run(app, ["report", str(away)])
    assert told.exit_code == 0, told.output
    page = (away / "report.html").read_text(encoding="utf-8")
    assert "Who travels further" in page
    assert "clinic-ferry" in page
    if kind == "run":
        assert read_outlook(away).days == 3
    for one in sorted((away / "runs").glob("*.parquet"))[:2]:
        again = run(app, ["results", "repeat", str(one)])
        assert again.exit_code == 0, again.output


def test_a_run_without_its_own_files_says_so(file: Path, tmp_path: Path) -> None:
    run, out = CliRunner().invoke, tmp_path / "out"
    words = [word.format(file=file) for word in KINDS["run"]]
    away = moved(out, file, run(app, [*words, "--out", str(out)]))
    (away / "inputs.zip").unlink()
    told = run(app, ["report", str(away)])
    assert told.exit_code == 2
    assert "the run's own files are gone; allowed: with inputs.zip" in told.stderr


def test_so_do_an_own_region_and_rule_book(tmp_path: Path) -> None:
    mine, book, out = tmp_path / "mine", tmp_path / "book.yaml", tmp_path / "out"
    shutil.copytree(data_folder() / "regions" / "brook", mine)
    shutil.copy(data_folder() / "rulebooks" / "hainan.yaml", book)
    words = ["run", str(mine), "--rulebook", str(book), "--days", "3", "--warm-up", "1"]
    away = moved(out, book, CliRunner().invoke(app, [*words, "--out", str(out)]))
    shutil.rmtree(mine)
    assert read_outlook(away).region.id == "brook"
    draw(away)
    told = CliRunner().invoke(app, ["report", str(away)])
    assert told.exit_code == 0, told.output
    page = (away / "report.html").read_text(encoding="utf-8")
    assert Words("en")("report.assumption.gone") not in page
