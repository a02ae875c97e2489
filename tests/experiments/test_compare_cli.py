"""`fenji compare` and `fenji policies` as a planner uses them."""

import json

import pytest
from typer.testing import CliRunner

from experiments.cli import app
from experiments.policies.report import sentence
from model.policies.policy import shipped_policies

SMALL = ["--residents", "2000", "--days", "20", "--warm-up", "10", "--replicates", "2", "--serial"]


def fenji(*words):
    return CliRunner().invoke(app, list(words))


@pytest.fixture(scope="module")
def compared(tmp_path_factory):
    out = tmp_path_factory.mktemp("compare")
    policies = ["gatekeeping:strictness=0,closed_door=1", "timed_booking:booked=0"]
    result = fenji("compare", "national", *policies, *SMALL, "--out", str(out / "runs"), "--json")
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def test_json_has_the_promised_form(compared):
    assert {"replicates", "level", "policies"} == set(compared)
    assert (compared["replicates"], compared["level"]) == (2, 0.95)
    names = [policy["name"] for policy in compared["policies"]]
    assert names == ["gatekeeping:strictness=0,closed_door=1", "timed_booking:booked=0"]
    told = compared["policies"][0]["indicators"]["visits_per_resident"]
    assert set(told) == {"baseline", "policy", "difference", "low", "high", "by"}
    assert set(told["by"]["residence"]) == {"rural", "urban"}


def test_differences_are_policy_minus_baseline_inside_their_interval(compared):
    for policy in compared["policies"]:
        for told in policy["indicators"].values():
            if told["low"] is not None:
                assert told["difference"] == pytest.approx(told["policy"] - told["baseline"])
                assert told["low"] <= told["difference"] <= told["high"]


def test_a_closed_door_moves_first_contact_and_neutral_levers_move_nothing(compared):
    closed, neutral = (policy["indicators"] for policy in compared["policies"])
    assert closed["first_contact_primary_share"]["difference"] > 0.1
    assert all(told["difference"] in (0, None) for told in neutral.values())


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["compare", "national", "gatekeepin"], "did you mean gatekeeping"),
        (["compare", "national", "capacity:beds=2"], "no lever beds"),
        (["compare", "national", "capacity:beds_hospital=99"], "outside its range"),
        (["compare", "nation", "capacity"], "no such region"),
        (["policies", "nothing_like_it"], "unknown policy"),
        (["run", "national", "--policy", "telemedicine@soon"], "allowed"),
    ],
)
def test_mistakes_are_one_line_and_exit_code_2(words, told, tmp_path):
    options = [] if words[0] == "policies" else ["--out", str(tmp_path / "out")]
    result = fenji(*words, *options)
    assert result.exit_code == 2
    assert told in result.stderr
    assert result.stderr.count("\n") == 1


def test_policies_are_listed_and_described_in_both_languages():
    listed = fenji("policies").stdout
    assert all(policy in listed for policy in ("telemedicine", "family_doctor"))
    assert "基层首诊" in fenji("policies", "gatekeeping", "--lang", "zh").stdout
    dumped = json.loads(fenji("policies", "--json").stdout)
    assert [policy["id"] for policy in dumped] == list(shipped_policies())


def test_the_sentence_tells_signal_from_noise():
    rows = [
        {"indicator": "a", "difference": 1.0, "low": 0.5, "high": 1.5},
        {"indicator": "b", "difference": -1.0, "low": -1.5, "high": -0.5},
        {"indicator": "c", "difference": 0.1, "low": -0.5, "high": 0.7},
    ]
    assert sentence(rows) == "Rose: a; Fell: b; not told from noise: c."
