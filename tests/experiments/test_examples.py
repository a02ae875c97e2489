"""Every example answers its question, at a size that ends in seconds."""

import runpy
from pathlib import Path

import pytest


@pytest.fixture
def example(root: Path):
    return lambda name: runpy.run_path(str(root / "examples" / f"{name}.py"))["main"]


def test_neighbours_explain_why_they_pass_the_empty_clinic(example, tmp_path, capsys):
    told = example("empty_clinic")(days=6, out=tmp_path / "run", n=2)
    assert "of its capacity" in capsys.readouterr().out
    assert len(told) == 2
    assert all("utils" in text or "min" in text for text in told)


def test_gate_and_gap_are_compared_and_reported(example, tmp_path):
    done = example("gate_and_gap")(1000, 5, 2, tmp_path / "runs", serial=True)
    assert [len(table) > 50 for table in done.policies.values()] == [True, True]
    assert (tmp_path / "runs" / "report.zh.html").exists()


def test_the_fund_is_followed_to_2035(example, tmp_path, capsys):
    outlook = example("fund_2035")(2000, 10, tmp_path / "run")
    assert 2035 in outlook.projection.years
    assert "2035: " in capsys.readouterr().out


def test_a_county_of_ones_own_runs_from_the_template(example, tmp_path):
    changes = example("own_county")(1500, 10, tmp_path)
    first, second = changes["visit_share_centre"]
    assert 0 < first < 1
    assert first != second
    again = example("own_county")(1500, 10, tmp_path)
    assert again == changes


def test_a_conclusion_is_tried_in_other_worlds(example, tmp_path):
    shares = example("does_it_hold")(1000, 5, 3, tmp_path / "runs", serial=True)
    assert shares["first_contact_primary_share"] == 1
