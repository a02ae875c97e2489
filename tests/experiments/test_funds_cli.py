"""`fenji funds`: what it prints, draws and tells programs."""

import json
import subprocess
import sys

import numpy as np
import polars as pl
import pytest
from matplotlib.image import imread
from typer.testing import CliRunner

from experiments.cli import app
from experiments.funds.outlook import read_outlook
from experiments.funds.picture import compose
from experiments.funds.report import findings
from model.insurance.funds import FUNDS
from model.region.read import read_region

NATION = 1_409_670_000


def fenji(*arguments):
    return CliRunner().invoke(app, ["funds", *map(str, arguments)])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A whole year of a small county."""
    return tmp_path_factory.mktemp("funds") / "brook"


@pytest.fixture(scope="module")
def told(folder):
    answer = fenji("brook", "--warm-up", 0, "--out", folder, "--json")
    assert answer.exit_code == 0, answer.output
    return json.loads(answer.stdout)


def test_the_projection_begins_with_the_books_of_the_run(told):
    assert told["projection"]["years"] == list(range(2023, 2036))
    for fund in FUNDS:
        year, later = told["funds"][fund], told["projection"]["funds"][fund]
        # but for fractions of a fen in each account and month
        income, paid = (
            year["income"] + year["transfer_in"],
            year["spending"] + year["transfer_out"],
        )
        assert later["income"][0] == pytest.approx(income, rel=1e-4)
        assert later["spending"][0] == pytest.approx(paid, rel=1e-4)
        assert later["balance"][0] == pytest.approx(year["balance"], rel=1e-4)
        assert np.diff(later["balance"]) == pytest.approx(
            np.subtract(later["income"], later["spending"])[1:], abs=1e-2
        )


def test_books_and_summary_and_outlook_agree(told, folder):
    summary = json.loads((folder / "summary.json").read_text("utf-8"))["indicators"]
    for fund, year in told["funds"].items():
        value = {
            name: summary[f"fund_{name}_{fund}_cny"]["value"]
            for name in ("income", "spending", "balance")
        }
        assert value["income"] == pytest.approx(year["income"] + year["transfer_in"])
        assert value["spending"] == pytest.approx(year["spending"] + year["transfer_out"])
        assert value["balance"] == pytest.approx(year["balance"])
        assert summary[f"reserve_months_{fund}"]["value"] == pytest.approx(year["reserve_months"])


def test_a_dry_fund_is_found_where_its_balance_says(told):
    dry = {fund: later["dry"] for fund, later in told["projection"]["funds"].items()}
    assert dry["rbmi"] is not None
    for fund, later in told["projection"]["funds"].items():
        short = [
            year
            for year, balance in zip(told["projection"]["years"], later["balance"], strict=True)
            if balance < 0
        ]
        assert dry[fund] == (short[0] if short else None)


def test_members_are_those_of_the_pool(told, folder):
    table = pl.read_parquet(folder / "members.parquet")
    active = table.filter(pl.col("scheme") == "EBMI_ACTIVE")
    assert told["members"]["active"] == active["members"].sum() < active["residents"].sum()
    assert told["pool"] == "municipal"
    assert told["comparison"] is None


def test_the_assumption_that_matters_most_comes_first(told):
    for later in told["projection"]["funds"].values():
        swings = [abs(s["balance_high"] - s["balance_low"]) for s in later["depends_on"]]
        assert swings == sorted(swings, reverse=True)
    first = told["projection"]["funds"]["rbmi"]["depends_on"][0]
    assert first["parameter"] == "funds.cost_growth"
    assert first["balance_low"] > told["projection"]["funds"]["rbmi"]["balance"][-1]
    assert first["balance_high"] < told["projection"]["funds"]["rbmi"]["balance"][-1]


def test_a_finished_run_is_read_and_told_in_both_languages(told, folder):
    written = (folder / "summary.json").stat().st_mtime_ns
    english = fenji("brook", "--warm-up", 0, "--out", folder)
    chinese = fenji("brook", "--warm-up", 0, "--out", folder, "--lang", "zh")
    assert english.exit_code == chinese.exit_code == 0
    assert (folder / "summary.json").stat().st_mtime_ns == written
    dry = told["projection"]["funds"]["rbmi"]["dry"]
    assert f"RBMI fund: runs dry in {dry}" in english.stdout
    assert f"居民医保基金：{dry}年累计结余用尽" in chinese.stdout
    assert "pooled at municipal level" in english.stdout
    assert "市级统筹" in chinese.stdout
    for line in english.stdout, chinese.stdout:
        assert "2035" in line


def test_the_picture_shows_what_the_projection_says(told, folder):
    assert imread(told["picture"]).shape[:2] == (1000, 1600)
    figure = compose(read_outlook(folder), "en")
    axes = {panel.get_label(): panel for panel in figure.axes}
    for fund in ("ebmi_pool", "rbmi"):
        lines = {line.get_gid(): line.get_ydata() for line in axes[fund].lines}
        later = told["projection"]["funds"][fund]
        assert lines["income"] * 1e6 == pytest.approx(later["income"])
        assert lines["paid"] * 1e6 == pytest.approx(later["spending"])
        heights = [bar.get_height() * 1e6 for bar in axes[fund].patches]
        assert heights == pytest.approx(later["balance"])
    texts = [text.get_text() for text in axes["rbmi"].texts]
    assert f"dry in {told['projection']['funds']['rbmi']['dry']}" in texts


def test_the_nation_stands_for_all_of_china_beside_the_feared_gap(tmp_path):
    run = ("national", "--residents", 2000, "--days", 20, "--warm-up", 0)
    answer = fenji(*run, "--out", tmp_path / "nation", "--json")
    told = json.loads(answer.stdout)
    outlook = read_outlook(tmp_path / "nation")
    people = outlook.base.cohorts.people.sum()
    assert people == pytest.approx(NATION)
    insured = sum(told["members"][status] for status in ("active", "retired", "residents"))
    assert insured == pytest.approx(0.946 * NATION, rel=0.02)  # 76 million are not
    beside = told["comparison"]
    funds = told["projection"]["funds"]
    assert beside["feared_gap_by_2035"] == 1.8e12
    current = sum(funds[f]["income"][-1] - funds[f]["spending"][-1] for f in ("ebmi_pool", "rbmi"))
    assert beside["current_balance_of_2035"] == pytest.approx(current)
    owed = sum(max(-funds[f]["balance"][-1], 0) for f in ("ebmi_pool", "rbmi"))
    assert beside["debt_by_2035"] == pytest.approx(owed)
    said = "\n".join(findings(outlook, "en"))
    assert "Only 20 days" in said
    assert "1.8 trillion" in said
    # spending of twenty days, taken for a year
    year, later = told["funds"]["rbmi"], funds["rbmi"]
    assert later["spending"][0] == pytest.approx(
        (year["spending"] + year["transfer_out"]) * 365 / 20, rel=1e-6
    )


def test_a_sample_of_a_county_stands_for_all_its_members(tmp_path):
    run = ("tongliang", "--residents", 3000, "--days", 3, "--warm-up", 0)
    told = json.loads(fenji(*run, "--out", tmp_path / "sample", "--json").stdout)
    people = read_outlook(tmp_path / "sample").base.cohorts.people.sum()
    population = read_region("tongliang").population
    assert 0.9 * population < people < population  # some are insured elsewhere
    assert told["pool"] == "municipal"


def test_mistakes_are_one_line(tmp_path):
    for arguments, word in (
        (("brook", "--lang", "fr"), "allowed: en, zh"),
        (("brook", "--set", "funds.wage_growth=3"), "funds.wage_growth is outside its range"),
        (("nowhere",), "no such region"),
    ):
        answer = fenji(*arguments, "--out", tmp_path / "never")
        assert answer.exit_code == 2
        assert word in answer.stderr
        assert len(answer.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "never").exists()


def test_help_is_light():
    heavy = "{'numpy', 'polars', 'matplotlib', 'mesa'}"
    code = f"import sys, experiments.cli; print(sorted({heavy} & set(sys.modules)))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
