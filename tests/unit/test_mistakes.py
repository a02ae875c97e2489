"""Whatever a file says, it is read or refused in our words: file, line, what is wrong, allowed."""

import copy
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.experiment import Experiment
from experiments.fitted import read_dials
from experiments.province.file import read_province
from experiments.search.design import read_search
from model.insurance.rulebook import read_rulebook
from model.parameters import data_folder, shipped_parameters
from model.policies.policy import read_policy_file
from model.region.schema import read_region_file
from model.scenario import read_scenario
from model.terms import InputError
from visualization.lessons.lesson import read_lesson

SCENARIO = """
region: brook
rulebook: national-2023
residents: 500
start: 2023-01-01
warm_up: 5
days: 20
seed: 3
policies:
  - {id: gatekeeping, levers: {strictness: 0.5}, start: 2023-01-02, reason: why}
  - telemedicine
set: {choice.b_time: 0.03, choice.b_wait: {value: 0.02, reason: buses}}
"""
POLICY = """
title: {en: A, zh: 甲}
question: {en: B, zh: 乙}
levers:
  left: {default: 0, neutral: 1, low: 0, high: 1, unit: share, label: {en: Left, zh: 保留}}
changes: [{path: choice.b_time, multiply: 1.5}, {path: gate.closed_door, set: left}]
facilities:
  - {set: clinic-ferry, doctors: doctors * left, beds: 1}
  - {move: centre-mill, tier: secondary, kind: general}
  - open: {id: new, name: New, tier: clinic, kind: village_clinic, lon: 1, lat: 1, doctors: 1}
members: {centre-mill: [clinic-ferry]}
"""
DESIGN = """
name: mine
region: brook
levers: {choice.b_time: [0.02, 0.03], policy.gatekeeping.strictness: {low: 0, high: 1}}
uncertainties: [{region.detour: 1.2}, {region.detour: 1.4}]
samples: 5
replicates: {indicator: visit_share_tertiary, half_width: 0.01, at_most: 9}
common_random_numbers: true
"""
SEARCH = """
name: mine
region: brook
levers: {choice.b_time: {low: 0.02, high: 0.03}}
samples: 5
objectives: {visit_share_tertiary: min, out_of_pocket_per_resident_cny: max}
constraints:
  fund_neutral: 0.01
  unmet_need_share: {at_most: 0.2, of: value}
  no_group_worse_off: {by: [income], within: 0.02, indicators: {unmet_need_share: min}}
trials: 8
"""
PROVINCE = """
name: river
scenario: {region: national, residents: 2000, days: 10}
areas: {east: {}, west: {residents: 3000, seed: 4, policies: telemedicine}}
shared: {Hospital: {east: tertiary-away, west: tertiary-away}}
"""


def shipped(name: str) -> str:
    return (data_folder() / name).read_text(encoding="utf-8")


FILES: dict[str, tuple[str, Callable[[Path], object]]] = {
    "scenario": (SCENARIO, read_scenario),
    "policy": (POLICY, read_policy_file),
    "region": (shipped("regions/tongliang/region.yaml"), read_region_file),
    "rule book": (shipped("rulebooks/national-2023.yaml"), read_rulebook),
    "local book": (shipped("rulebooks/hainan.yaml"), read_rulebook),
    "design": (DESIGN, Experiment.read),
    "search": (SEARCH, read_search),
    "province": (PROVINCE, read_province),
    "dials": (shipped("targets/fitted.yaml"), lambda f: read_dials(shipped_parameters(), f)),
    "lesson": (shipped("lessons/fund_2035.yaml"), read_lesson),
}
CONTENT = {name: yaml.safe_load(text) for name, (text, _) in FILES.items()}
WRONG = (
    None, True, -1, 0, 0.5, 10**30, float("nan"), float("inf"), "", "nowhere", "2023-02-30",
    [], ["x"], [[1]], {}, {"x": 1}, {1: 2}, {"value": "x"}, {"low": None},
)  # fmt: skip
FOREIGN = ("Input should", "Value error", "validation error", "pydantic", "Field required")


def places(content: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every key and every row of a list, at any depth."""
    pairs = content.items() if isinstance(content, dict) else enumerate(content)
    for key, value in pairs:
        yield (*at, key)
        if isinstance(value, dict | list):
            yield from places(value, (*at, key))


PLACES = {name: list(places(content)) for name, content in CONTENT.items()}


def written(file: Path, content: Any) -> Path:
    file.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), "utf-8")
    return file


def parent(content: Any, place: tuple[Any, ...]) -> Any:
    for key in place[:-1]:
        content = content[key]
    return content


def told(name: str, content: Any, file: Path) -> str | None:
    """What the reader says of it, if it does not read it."""
    try:
        FILES[name][1](written(file, content))
    except InputError as error:
        text = str(error)
        assert str(file) in text
        assert not any(words in text for words in FOREIGN), text
        return text
    return None


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("mistakes") / "mine.yaml"


@pytest.mark.parametrize("name", FILES)
def test_as_it_stands_it_is_read(name: str, file: Path) -> None:
    assert told(name, CONTENT[name], file) is None


@pytest.mark.parametrize("name", FILES)
@settings(max_examples=60, deadline=None, derandomize=True)
@given(data=st.data())
def test_anything_anywhere_is_read_or_refused_in_our_words(
    name: str, file: Path, data: st.DataObject
) -> None:
    content = copy.deepcopy(CONTENT[name])
    place = data.draw(st.sampled_from(PLACES[name]))
    parent(content, place)[place[-1]] = data.draw(st.sampled_from(WRONG))
    told(name, content, file)


@pytest.mark.parametrize("name", FILES)
@settings(max_examples=30, deadline=None, derandomize=True)
@given(data=st.data())
def test_a_key_that_lacks_is_told(name: str, file: Path, data: st.DataObject) -> None:
    content = copy.deepcopy(CONTENT[name])
    place = data.draw(st.sampled_from(PLACES[name]))
    del parent(content, place)[place[-1]]
    told(name, content, file)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("content", [None, 1, "text", [1], {}, {1: 2}, {"self": 1, "file": 2}])
def test_a_file_of_another_kind_is_refused(name: str, content: Any, file: Path) -> None:
    if (name, content) != ("scenario", {}):  # which is all defaults
        assert told(name, content, file)


# file, key, what stands there -> what the error says of it
SAID = [
    ("scenario", ("days",), 0, "row 6, column days: out of range; found 0; allowed: 1 or more"),
    ("scenario", ("days",), 10**6, "found 1000000; allowed: 15,000 or less"),
    ("scenario", ("days",), "x", "not a whole number; found 'x'; allowed: a whole number"),
    ("scenario", ("start",), "2023-02-30", "not a date; found '2023-02-30'; allowed: YYYY-MM-DD"),
    ("scenario", ("region",), 7, "row 1, column region: not text; found 7"),
    ("scenario", ("policies",), 7, "column policies: not a list; found 7"),
    (
        "scenario",
        ("set", "choice.b_time"),
        "x",
        "found 'x'; allowed: a number or the keys value, reason",
    ),
    ("scenario", ("set", "choice.b_wait", "value"), "x", "b_wait.value: not a number; found 'x'"),
    ("scenario", ("sed",), 1, "unknown key; did you mean seed?; found 1; allowed: region, rule"),
    ("policy", ("levers", "left", "low"), "x", "levers.left.low: not a number; found 'x'"),
    ("policy", ("levers", "left", "low"), 0.5, "0 is outside 0.5 to 1"),
    ("policy", ("facilities", 2, "open", "lat"), 91, "out of range; found 91; allowed: 90 or less"),
    (
        "policy",
        ("facilities", 2, "open", "tier"),
        "big",
        "unknown word; found 'big'; allowed: clinic, centre, secondary or tertiary",
    ),
    ("region", ("id",), "A b", "not possible; found 'A b'; allowed: small letters, digits, - an"),
    ("region", ("income", "urban"), 0, "out of range; found 0; allowed: above 0"),
    (
        "rule book",
        ("RBMI", "inpatient", 0, "reimbursement_rate", "value", "tertiary"),
        1.2,
        "(from 2023-01-01): out of range; found 1.2; allowed: 1 or less",
    ),
    ("design", ("levers", "choice.b_time", 0), "x", "levers.choice.b_time.0: not a number"),
    ("design", ("replicates", "half_width"), 0, "row 16: replicates.half_width: out of range"),
    ("search", ("constraints", "unmet_need_share", "atmost"), 1, "did you mean at_most?"),
    ("search", ("objectives", "visit_share_tertiary"), "least", "allowed: min or max"),
    ("province", ("areas", "west", "residents"), 0, "row 9: residents: out of range; found 0"),
    ("province", ("scenario", "days"), 0, "row 5: days: out of range; found 0"),
    ("dials", ("visits_old", "step"), 0, "visits_old.step: out of range; found 0; allowed: above"),
    ("dials", ("visits_old", "lo"), 0, "unknown key; did you mean low?; found 0; allowed: id, pa"),
]


@pytest.mark.parametrize(("name", "place", "value", "said"), SAID)
def test_what_is_said(name: str, place: tuple[Any, ...], value: Any, said: str, file: Path) -> None:
    content = copy.deepcopy(CONTENT[name])
    parent(content, place)[place[-1]] = value
    text = told(name, content, file)
    assert text is not None
    assert "row " in text
    assert said in text, text
