"""Scenarios that come to the page by file or address: the good ones as they were, no others."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.policies.choice import parse_package
from model.scenario import Scenario, make_scenario
from model.terms import InputError
from visualization.export.files import command_of
from visualization.visitor.arrival import arrive, first_plan
from visualization.visitor.plan_changes import from_start, from_today
from visualization.visitor.scenario_file import (
    LARGEST,
    read_text,
    scenario_of_upload,
    scenario_text,
)

BOMB = "a: &a [x, x]\nb: &b [*a, *a]\nregion: brook\n"


@pytest.fixture
def plan() -> Scenario:
    return make_scenario(
        region="brook",
        residents=500,
        seed=7,
        policies="gatekeeping:strictness=0.5@2023-02-01..2023-03-01+consortium",
        set={"choice.b_time": 0.03},
    )


def test_a_written_scenario_is_read_as_it_was(plan: Scenario) -> None:
    assert read_text(scenario_text(plan), "x.yaml") == plan


@pytest.mark.parametrize(
    "text",
    [
        BOMB,
        "!!python/object/apply:os.system ['true']",
        "- region",
        "region: [",
        "region: brook\nsurprise: 1",
        "region: brook\nresidents: -4",
        "seed: 2023-13-45",
        "policies: no_such_policy",
        "policies: ./plan.yaml",
        "policies: gatekeeping+/etc/x.yml:a=1@2023-02-01",
        "policies: [{id: /etc/x.yaml}]",
        "set: {choice.b_time: .nan, x: y}",
        "[" * 5000,
        "",
        "\x00",
        "? {a: b}\n: c",
    ],
)
def test_a_hostile_file_says_why(text: str) -> None:
    with pytest.raises(InputError, match=r"bad\.yaml|policy|scenario"):
        read_text(text, "bad.yaml")


def test_a_large_file_or_none_is_refused() -> None:
    for given_ in ({"name": "x", "text": "x" * (LARGEST + 1)}, {"name": "x"}, {"text": 3}):
        with pytest.raises(InputError, match="too large"):
            scenario_of_upload(given_)


@given(st.text(max_size=200))
def test_no_text_does_more_than_raise_an_input_error(text: str) -> None:
    try:
        read_text(text, "any.yaml")
    except InputError:
        return


@given(st.text(max_size=100))
def test_no_address_does_more_than_complain(search: str) -> None:
    arrival = arrive(search)
    assert arrival.plan == first_plan() or not arrival.complaint


def test_an_address_may_name_everything() -> None:
    arrival = arrive("lang=zh&region=brook&residents=700&seed=4&policy=gatekeeping:strictness=0.5")
    assert arrival.complaint == ""
    assert arrival.language == "zh"
    assert (arrival.plan.region, arrival.plan.residents, arrival.plan.seed) == ("brook", 700, 4)
    assert arrival.plan.policies == parse_package("gatekeeping:strictness=0.5")


@pytest.mark.parametrize(
    "search",
    [
        "region=/etc",
        "residents=1e9",
        "residents=999999999",
        "seed=-1",
        "lang=fr",
        "policy=x",
        "policy=gatekeeping:strictness=9",
        "policy=/etc/x.yaml",
        "hack=1",
        "seed=" + "9" * 5000,
    ],
)
def test_a_wrong_address_changes_nothing_and_says_why(search: str) -> None:
    arrival = arrive(search)
    assert arrival.complaint
    assert arrival.plan == first_plan()


def test_changes_from_today_leave_the_past(plan: Scenario) -> None:
    (dated, whole), first = plan.policies, plan.start
    today = first.replace(month=2, day=10)
    changed = from_today(plan.policies, "gatekeeping", {"strictness": 1.0}, today, first)
    assert whole in changed
    assert [(c.start, c.end) for c in changed if c.id == "gatekeeping"] == [
        (dated.start, today),
        (today, None),
    ]
    ended = from_today(changed, "consortium", None, today, first)
    assert [(c.start, c.end) for c in ended if c.id == "consortium"] == [(first, today)]
    again = from_today(ended, "gatekeeping", {"strictness": 0.2}, today, first)
    assert len([c for c in again if c.start == today]) == 1
    assert [c.start for c in from_start(again, "gatekeeping", {}) if c.id == "gatekeeping"] == [
        None
    ]


def test_the_command_types_the_same_scenario(plan: Scenario) -> None:
    words = command_of(plan).replace("'", "").split()
    said = dict(zip(words[3::2], words[4::2], strict=True))
    assert words[:3] == ["fenji", "run", "brook"]
    assert parse_package(said["--policy"]) == plan.policies
    assert said["--set"] == "choice.b_time=0.03"
    assert (said["--residents"], said["--seed"]) == ("500", "7")
