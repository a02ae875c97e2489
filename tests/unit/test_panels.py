"""Panels: each text there in both languages, nothing unescaped, only what is known to choose."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from model.care.decision import Seeks
from model.scenario import make_scenario
from model.simulation import TieredCareModel
from model.terms import Condition, Scheme, Tier
from model.wording import LANGUAGES, Words
from visualization.map.chosen import parse
from visualization.map.widget import TEXTS, texts_of_map
from visualization.memory.recent import watch
from visualization.panels.change_of_mind import LEVERS
from visualization.panels.facility_story import PAYERS, FacilityStory
from visualization.panels.panel import html_of, tell
from visualization.panels.patient_story import PatientStory
from visualization.panels.settlement_story import SettlementStory
from visualization.panels.weighing import TERM_COLOURS, segments

DAY = 30
HOSTILE = {"en": '<img src=x onerror="1">', "zh": "'\"><script>1</script>"}


@pytest.fixture(scope="module")
def model() -> TieredCareModel:
    made = TieredCareModel(make_scenario(region="brook", warm_up=20, days=20))
    watch(made)
    while made.day <= DAY:
        made.step()
    return made


@pytest.fixture(scope="module", params=LANGUAGES)
def words(request: pytest.FixtureRequest) -> Words:
    return Words(request.param)


@pytest.fixture(scope="module")
def patients(model: TieredCareModel) -> list[PatientStory]:
    morning = watch(model).morning
    assert morning is not None
    told = [tell(model, parse(f"patient:{DAY}:{at}")) for at in range(len(morning.person))]
    return [story for story in told if isinstance(story, PatientStory)]


class Reader(HTMLParser):
    """Counts the tags and keeps what buttons choose."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.chooses: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.open.append(tag)
        given = dict(attrs)
        assert not any(name.startswith("on") for name in given)
        if given.get("data-choose"):
            self.chooses.append(str(given["data-choose"]))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_facility_tells_its_line_and_accounts(model: TieredCareModel, words: Words) -> None:
    for row, name in enumerate(model.region.facilities.name):
        story = tell(model, parse(f"facility:{row}"))
        assert isinstance(story, FacilityStory)
        html = html_of(story, words, False)
        read = Reader(html)
        assert words.of(story.name) in html
        assert words("panel.cost") in html
        assert "svg" in read.tags
        assert not read.open, name
        assert all(parse(text).kind == "settlement" for text in read.chooses)


def test_the_settlement_lists_today_only_while_days_stand(
    model: TieredCareModel, words: Words
) -> None:
    story = tell(model, parse("settlement:0"))
    assert isinstance(story, SettlementStory)
    listed = Reader(html_of(story, words, False)).chooses
    assert len([text for text in listed if parse(text).kind == "patient"]) == len(story.deciders)
    moving = Reader(html_of(story, words, True)).chooses
    assert [text for text in moving if parse(text).kind == "patient"] == []


def test_every_patient_can_be_told(patients: list[PatientStory], words: Words) -> None:
    assert {story.seeks for story in patients} == set(Seeks)
    for story in patients:
        html = html_of(story, words, False)
        assert not Reader(html).open
        assert html.count('class="fj-bars"') == len(story.choices)
        assert html.count('class="fj-went"') == (story.chosen is not None)
        for bill in story.bills:
            assert f"{bill.burden:,.2f}" in html


def test_names_of_a_hostile_region_stay_text(
    model: TieredCareModel, patients: list[PatientStory], words: Words
) -> None:
    told = tell(model, parse("facility:0"))
    town = tell(model, parse("settlement:0"))
    patient = next(story for story in patients if story.chosen)
    assert isinstance(told, FacilityStory)
    assert isinstance(town, SettlementStory)
    assert patient.chosen is not None
    choices = tuple(replace(choice, name=HOSTILE) for choice in patient.choices)
    alternatives = tuple(replace(one, name=HOSTILE) for one in patient.alternatives)
    chosen = replace(patient.chosen, name=HOSTILE)
    for story in (
        replace(told, name=HOSTILE, home=HOSTILE),
        replace(town, name=HOSTILE, reach=(replace(town.reach[0], name=HOSTILE),)),
        replace(patient, home=HOSTILE, chosen=chosen, choices=choices, alternatives=alternatives),
    ):
        read = Reader(html_of(story, words, False))
        assert not {"img", "script"} & read.tags
        assert not read.open


def test_what_is_gone_is_said(model: TieredCareModel, words: Words) -> None:
    for text in ("facility:99", "settlement:99", "patient:1:0", "nonsense"):
        assert words("panel.gone") in html_of(tell(model, parse(text)), words, False)


def test_words_are_there_for_all_that_can_happen(words: Words) -> None:
    texts = texts_of_map(words)
    assert set(texts) == {*TEXTS, "tiers"}
    for term in TERM_COLOURS:
        assert words(f"panel.term.{term.replace(' ', '_')}")
    for lever in LEVERS:
        assert words(f"panel.not_even.{lever}")
        fields = set(re.findall(r"{(\w+)}", words(f"panel.change.{lever}")))
        assert fields <= {"tier", "to", "now", "by"}
    for condition in Condition:
        assert words(f"panel.condition.{condition.word}")
    for scheme in Scheme:
        assert words(f"panel.scheme.{scheme.word}")
    for tier in Tier:
        assert words(f"panel.tier_many.{tier.word}")
    for payer in PAYERS:
        assert words(f"panel.payer.{payer}")


def test_bars_end_where_the_sum_says(patients: list[PatientStory]) -> None:
    for story in patients:
        for choice in story.choices:
            placed = segments(list(choice.terms.items()), -10.0, 20.0)
            right = sum(width for name, _, width in placed if choice.terms[name] > 0)
            left = sum(width for name, _, width in placed if choice.terms[name] < 0)
            assert 20 * (right - left) / 100 == pytest.approx(choice.utility)
            edges = sorted((start, start + width) for _, start, width in placed)
            assert all(a[1] <= b[0] + 1e-9 for a, b in pairwise(edges))
