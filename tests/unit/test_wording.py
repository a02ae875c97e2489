"""Texts of page, reports and lessons: both languages have all, and nothing is there for nothing."""

import ast
import re
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path

import pytest

from model.insurance.rulebook import shipped_rulebooks, statements_on
from model.parameters import shipped_parameters
from model.policies.policy import shipped_policies
from model.wording import LANGUAGES, Words, read_texts
from visualization.explore.drawer import KINDS

CHINESE = re.compile("[\u4e00-\u9fff]")
FIELD = re.compile(r"{(\w+)")
ANYTHING = ".+"


def test_both_languages_have_the_same_keys() -> None:
    keys = [set(read_texts(language)) for language in LANGUAGES]
    assert keys[0] ^ keys[1] == set()
    assert len(keys[0]) > 100


def test_texts_of_a_key_take_the_same_fields() -> None:
    texts = [read_texts(language) for language in LANGUAGES]
    different = [
        key
        for key in texts[0]
        if set(FIELD.findall(texts[0][key])) != set(FIELD.findall(texts[1][key]))
    ]
    assert different == []


def test_english_texts_are_not_chinese() -> None:
    assert [key for key, text in read_texts("en").items() if CHINESE.search(text)] == []


def test_policies_are_told_in_both_languages() -> None:
    for policy in shipped_policies().values():
        levers = [lever.label for lever in policy.levers.values()]
        told = [policy.title, policy.question, policy.mechanism, policy.evidence, *levers]
        assert [label for label in told if CHINESE.search(label.en)] == []
        assert [label for label in told if not CHINESE.search(label.zh)] == []


def test_units_and_groups_of_policies_have_words() -> None:
    texts, policies = read_texts("zh"), shipped_policies().values()
    units = {lever.unit for policy in policies for lever in policy.levers.values()} - set(KINDS)
    named = [f"drawer.unit.{re.sub('[^a-z]+', '_', unit)}" for unit in units]
    named += [f"drawer.group.{policy.group.replace(' ', '_')}" for policy in policies]
    assert [key for key in named if key not in texts] == []


def test_units_and_rules_have_words() -> None:
    texts, said = read_texts("zh"), {}
    for book in shipped_rulebooks():
        said |= statements_on(book, date(2023, 6, 1))
    parameters = shipped_parameters()
    units = {one.unit for one in (*parameters.values(), *said.values()) if one.unit}
    named = {f"unit.part.{part}" for unit in units - {"0/1"} for part in unit.split("/")}
    named |= {f"report.rule.{part}" for path in said for part in path.split(".")}
    named |= {f"report.part.{path.split('.')[0]}" for path in parameters}
    assert sorted(named - set(texts)) == []
    assert Words("zh").unit("CNY/person/year") == "元/人·年"
    assert Words("en").unit("CNY/person/year") == "CNY/person/year"


@cache
def patterns(root: Path) -> list[re.Pattern[str]]:
    """What the code can ask for: strings as they stand, f-strings with anything in the holes."""
    found = set()
    for package in ("model", "experiments", "visualization"):
        for file in (root / package).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                found.update(_keys(node))
    return [re.compile(text) for text in sorted(found)]


def _keys(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        if re.fullmatch(r"[a-z_]+(\.\w+)+", node.value):
            yield re.escape(node.value)
    elif isinstance(node, ast.JoinedStr):
        parts = [
            re.escape(str(part.value)) if isinstance(part, ast.Constant) else ANYTHING
            for part in node.values
        ]
        if re.match(r"[a-z_]+\\\.", parts[0]):  # names its file at least
            yield "".join(parts)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_used(root: Path, language: str) -> None:
    known = patterns(root)
    unused = [key for key in read_texts(language) if not any(p.fullmatch(key) for p in known)]
    assert unused == []


def test_every_text_that_the_code_names_is_there(root: Path) -> None:
    texts = read_texts("en")
    parts = {key.partition(".")[0] for key in texts}
    called = set()
    for package in ("experiments", "visualization"):
        for file in (root / package).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                if isinstance(node, ast.Call) and ast.unparse(node.func) in ("words", "self.words"):
                    first = node.args[0] if node.args else None
                    if isinstance(first, ast.Constant):
                        called.add(str(first.value))
    assert len(called) > 50
    assert {key for key in called if key.partition(".")[0] in parts} - set(texts) == set()
    assert {key for key in called if key.partition(".")[0] not in parts} == set()


def test_words_are_filled() -> None:
    assert Words("en")("page.passed", day=3, days=365) == "day 3 of 365"
