"""`fenji compare --steps`, `--all` and `--markdown`: what each policy of a package adds."""

import json
from itertools import permutations

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

from experiments.cli import app
from experiments.policies.steps import Step, Steps, subsets_of, take_apart
from experiments.policies.steps_report import work_done
from experiments.policies.table import COLUMNS
from model.policies.policy import find_policy

TINY = ["--residents", "1500", "--days", "8", "--warm-up", "4", "--replicates", "2", "--serial"]
PACKAGE = "gatekeeping:strictness=0,closed_door=1+timed_booking:booked=1"


def fenji(*words):
    return CliRunner().invoke(app, list(words))


def frame(values):
    """Runs of four seeds; an indicator that none can form among them."""
    columns = {"x": values, "y": -values, "never": np.full(4, np.nan)}
    return pl.DataFrame({"hash": list("abcd"), "seed": [1, 2, 3, 4], **columns}).fill_nan(None)


@pytest.fixture
def game():
    """Values of every subset of three policies, by seed."""
    rng = np.random.default_rng(5)
    tables = {text: frame(rng.normal(size=4)) for text in subsets_of("a+b+c").values()}
    return frame(rng.normal(size=4)), tables


def test_a_package_of_three_has_seven_subsets_in_the_order_typed():
    assert list(subsets_of("a+b:x=1+c").values()) == [
        *("a", "b:x=1", "c", "a+b:x=1", "a+c", "b:x=1+c", "a+b:x=1+c")
    ]
    assert subsets_of("a") == {}


def test_shares_are_the_mean_over_all_orders_and_add_up_to_the_package(game):
    baseline, tables = game
    steps = take_apart("a+b+c", baseline, tables, 0.95)
    means = {text: table["x"].mean() for text, table in tables.items()}
    for step in steps.steps:
        gains = []
        for order in permutations("abc"):
            before = sorted(order[: order.index(step.name)])
            with_it = "+".join(sorted([*before, step.name]))
            start = means["+".join(before)] if before else baseline["x"].mean()
            gains.append(means[with_it] - start)
        assert step.share["x"]["difference"] == pytest.approx(np.mean(gains))
        assert step.alone["x"]["difference"] == pytest.approx(
            means[step.name] - baseline["x"].mean()
        )
    total = sum(step.share["x"]["difference"] for step in steps.steps)
    assert total == pytest.approx(steps.package["x"]["difference"])
    alone = sum(step.alone["x"]["difference"] for step in steps.steps)
    rest = steps.package["x"]["difference"] - alone
    assert steps.interaction["x"]["difference"] == pytest.approx(rest)
    assert steps.package["never"] == {"difference": None, "low": None, "high": None}


def test_intervals_are_paired_by_seed_whatever_the_order_of_the_rows(game):
    baseline, tables = game
    steps = take_apart("a+b+c", baseline, tables, 0.95)
    shuffled = {text: table.reverse() for text, table in tables.items()}
    assert take_apart("a+b+c", baseline, shuffled, 0.95) == steps
    only = (tables["a"]["x"] - baseline["x"]).to_numpy()
    row = steps.steps[0].alone["x"]
    half = 3.182446 * only.std(ddof=1) / 2  # t of 3 degrees of freedom
    assert row["high"] - row["difference"] == pytest.approx(half, rel=1e-6)


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    out = tmp_path_factory.mktemp("steps") / "runs"
    words = ["compare", "national", PACKAGE, *TINY, "--out", str(out), "--steps"]
    return words, fenji(*words, "--json"), sorted(out.glob("runs/*.parquet"))


def test_steps_stand_beside_the_promised_form(told):
    _, result, files = told
    assert result.exit_code == 0, result.stderr
    assert len(files) == 2 * 4  # two seeds of the baseline, each policy, both
    (policy,) = json.loads(result.stdout)["policies"]
    assert set(policy) == {"name", "indicators", "steps"}
    steps = policy["steps"]
    assert [step["name"] for step in steps["policies"]] == PACKAGE.split("+")
    package = policy["indicators"]["first_contact_primary_share"]["difference"]
    shares = [
        step["share"]["first_contact_primary_share"]["difference"] for step in steps["policies"]
    ]
    assert sum(shares) == pytest.approx(package)
    assert shares[0] > 0.1 > abs(shares[1])


def test_steps_are_printed_with_who_does_the_work_and_nothing_is_run_twice(told):
    words, _, files = told
    before = {file: file.stat().st_mtime_ns for file in files}
    result = fenji(*words)
    assert result.exit_code == 0
    assert "what each policy adds" in result.stdout
    assert {file: file.stat().st_mtime_ns for file in files} == before


def test_the_sentence_names_the_policy_that_does_the_work():
    def rows(value, half):
        told = {"difference": value, "low": value - half, "high": value + half}
        nothing = {"difference": 0.0, "low": -1.0, "high": 1.0}
        return {name: nothing for name in COLUMNS} | {
            "unmet_need_share": nothing,
            "visit_share_tertiary": told,
        }

    def step(name, share):
        nothing = rows(0.0, 1.0)
        return Step(name, alone=nothing, added_last=nothing, share=rows(share, 0.001))

    apart = Steps(
        [step("gatekeeping:strictness=1", -0.09), step("telemedicine", -0.01)],
        interaction=rows(0.03, 0.01),
        package=rows(-0.1, 0.02),
    )
    said = " ".join(work_done(apart))
    assert "gatekeeping does most of the change in visit_share_tertiary (90%)." in said
    assert "less than the sum of each alone in visit_share_tertiary" in said


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["telemedicine", "--steps"], "a package, such as A+B"),
        (["drg+dip+telemedicine+capacity+consortium", "--steps"], "2 to 4 policies"),
        (["gatekeeping@2031-01-01"], "starts outside the run"),
        ([], "a policy, or --all"),
    ],
)
def test_mistakes_are_told_before_any_run(words, message, tmp_path):
    result = fenji("compare", "national", *words, *TINY, "--out", str(tmp_path / "runs"))
    assert result.exit_code == 2
    assert message in result.stderr
    assert not list(tmp_path.glob("runs/runs/*"))


def test_all_policies_make_a_table(tmp_path, monkeypatch):
    two = {name: find_policy(name) for name in ("telemedicine", "timed_booking")}
    monkeypatch.setattr("model.policies.policy.shipped_policies", lambda: two)
    file = tmp_path / "docs" / "table.md"
    words = ["compare", "national", "--all", *TINY, "--out", str(tmp_path / "runs")]
    assert fenji(*words, "--markdown", str(file)).exit_code == 0
    first, _, *lines = file.read_text(encoding="utf-8").splitlines()
    assert "1500 residents" in first
    assert "Modelled, not observed" in first
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    assert [row[0] for row in cells[2:]] == ["*baseline*", "`telemedicine`", "`timed_booking`"]
    assert {len(row) for row in cells} == {len(COLUMNS) + 1}
    assert all("±" in cell or cell in ("0", "-") for row in cells[3:] for cell in row[1:])
