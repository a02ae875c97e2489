"""The protocol, the checklist and the glossary say what the code says, and their links lead."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from model.day import DAY
from model.state import FacilityState, Memory, Residents
from model.terms import Area, Condition, Scheme, Service, Tier, Word

LINK = re.compile(r"\]\(([^)#]*)(#[^)]*)?\)")
PAGES = ("odd.md", "stress-abs.md", "model-card.md", "glossary.md")


def code_of_first_cells(text: str) -> list[str]:
    """Names in code letters in the first cells of a text's tables, in order."""
    cells = re.findall(r"^\| (`[^|]*) \|", text, re.MULTILINE)
    return [name for cell in cells for name in re.findall(r"`(\w+)`", cell)]


@pytest.fixture(scope="module")
def odd(root: Path) -> str:
    return (root / "docs" / "odd.md").read_text(encoding="utf-8")


def test_the_protocol_names_every_step_in_order(odd: str) -> None:
    schedule = odd.split("## 3.")[1].split("## 4.")[0]
    assert code_of_first_cells(schedule) == [step.__name__ for step in DAY]


def test_the_protocol_names_every_state_variable(odd: str) -> None:
    entities = odd.split("## 2.")[1].split("## 3.")[0]
    state = [f.name for kind in (Residents, Memory, FacilityState) for f in fields(kind)]
    assert sorted(code_of_first_cells(entities)) == sorted(state)


def test_the_glossary_has_every_word_of_the_model(root: Path) -> None:
    named = code_of_first_cells((root / "docs" / "glossary.md").read_text(encoding="utf-8"))
    kinds: tuple[type[Word], ...] = (Tier, Scheme, Service, Area, Condition)
    assert {word.name for kind in kinds for word in kind} <= set(named)


def test_the_glossary_is_bilingual(root: Path) -> None:
    text = (root / "docs" / "glossary.md").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    assert len(rows) > 60
    assert [row for row in rows if not re.search(r"[一-鿿]|DRG|DIP", row.split("|")[3])] == []


def anchors(text: str) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {"#" + re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}


@pytest.mark.parametrize("page", PAGES)
def test_links_between_documents_lead_somewhere(root: Path, page: str) -> None:
    text = (root / "docs" / page).read_text(encoding="utf-8")
    for name, anchor in LINK.findall(text):
        target = root / "docs" / (name or page)
        assert target.is_file(), name
        if anchor:
            assert anchor in anchors(target.read_text(encoding="utf-8")), (name, anchor)
