"""`fenji compare --steps`, `--all` and `--markdown`: what each policy of a package adds."""

import json
from itertools import permutations

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

from experiments.cli import app
from experiments.marked import marks
from experiments.policies.steps import Step, Steps, subsets_of, take_apart
from experiments.policies.steps_report import SHOWN, work_done
from experiments.policies.table import MARK, SECTIONS
from model.policies.policy import find_policy

FIRST, LAST = marks(MARK)
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
        return {name: nothing for name in SHOWN} | {
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


@pytest.fixture
def two(monkeypatch):
    """A comparison of two policies, as if no others were shipped."""
    shipped = {name: find_policy(name) for name in ("telemedicine", "centralised_procurement")}
    monkeypatch.setattr("model.policies.policy.shipped_policies", lambda: shipped)
    return ["compare", "national", "--all", *TINY, "--out"]


def cells_of(text):
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_all_policies_make_tables(tmp_path, two):
    file = tmp_path / "docs" / "table.md"
    assert fenji(*two, str(tmp_path / "runs"), "--markdown", str(file)).exit_code == 0
    text = file.read_text(encoding="utf-8")
    first = text.splitlines()[1]
    assert "1,500 residents" in first
    assert "Modelled, not observed" in first
    rows = cells_of(text)
    names = [row[0] for row in rows if "---" not in row]
    own = ["**Prices and reimbursement**", "`centralised_procurement`"]
    own += ["**Ways through the system**", "`telemedicine`"]
    assert names == ["policy", "*baseline*", *own] * len(SECTIONS)
    widths = [len(columns) + 1 for columns in SECTIONS.values()]
    assert [len(row) for row in rows] == [width for width in widths for _ in range(7)]
    told = [row for row in rows if row[0].startswith("`")]
    assert all("±" in cell or cell in ("≈ 0", "-") for row in told for cell in row[1:])


def test_a_page_keeps_what_stands_around_its_tables(tmp_path, two):
    page = tmp_path / "page.md"
    before, after = f"# Page\n\n{FIRST}\n", f"{LAST}\n\n### telemedicine\nWhy.\n"
    page.write_text(f"{before}stale figures\n{after}", encoding="utf-8")
    words = [*two, str(tmp_path / "runs"), "--markdown", str(page), "--lang", "zh"]
    for _ in range(2):  # the second time nothing is run, and nothing changes
        assert fenji(*words).exit_code == 0
        text = page.read_text(encoding="utf-8")
        assert text.startswith(before)
        assert text.endswith(after)
        assert "stale figures" not in text
    names = {row[0] for row in cells_of(text)}
    assert {"政策", "[远程医疗](#telemedicine)", "药品集中带量采购"} <= names


@pytest.mark.parametrize("text", [FIRST, "# A page of my own", f"{LAST}{FIRST}"])
def test_a_page_without_a_place_for_tables_is_a_mistake_and_stays(tmp_path, two, text):
    page = tmp_path / "page.md"
    page.write_text(text, encoding="utf-8")
    result = fenji(*two, str(tmp_path / "runs"), "--markdown", str(page))
    assert result.exit_code == 2
    assert f"{FIRST} ... {LAST}" in result.stderr
    assert page.read_text(encoding="utf-8") == text
    assert not (tmp_path / "runs").exists()
