"""The panel of what a visitor has chosen: a facility, a settlement, or a patient of it."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import solara

from model.simulation import TieredCareModel
from model.wording import Words
from visualization.map.chosen import Chosen, parse
from visualization.panels import parts
from visualization.panels.facility import facility_html
from visualization.panels.facility_story import FacilityStory, facility_story
from visualization.panels.patient import patient_html
from visualization.panels.patient_story import PatientStory, patient_story
from visualization.panels.settlement import settlement_html
from visualization.panels.settlement_story import SettlementStory, settlement_story
from visualization.visitor.session import Session

Story = FacilityStory | SettlementStory | PatientStory
PER_SECOND = 2  # how often a panel is told anew while days pass


@solara.component_vue("panel.vue", vuetify=False)
def Panel(label: str, subject: str, html: str, event_act: Callable[[Any], None]) -> None:
    """HTML whose buttons tell their `data-choose`; a new subject starts at the top."""


@solara.component
def ChosenPanel(
    session: Session, selected: str, number: int, on_select: Callable[[str], None], words: Words
) -> Any:
    """What is chosen, told from the model as it stands; a patient as she decided on her day.

    selected: as `chosen.parse` reads it. number: of the snapshot shown, so that the panel follows.
    """
    chosen = parse(selected)
    moving = session.state == "playing"
    solara.Style(Path(__file__).parent / "panel.css")
    busy = session.busy
    follows = (busy, int(time.monotonic() * PER_SECOND) if busy else number)
    age = None if chosen.kind == "patient" else follows
    story = solara.use_memo(lambda: session.ask(lambda m: tell(m, chosen)), [selected, age])
    Panel(
        label=words("panel.label"),
        subject=chosen.text,
        html=html_of(story, words, moving),
        event_act=lambda told: on_select(parse(told).text),
    )


def tell(model: TieredCareModel, chosen: Chosen) -> Story | None:
    """The story of what is chosen; none if nothing is, or it is no longer there."""
    if chosen.kind == "facility":
        return facility_story(model, chosen.row)
    if chosen.kind == "settlement":
        return settlement_story(model, chosen.row)
    if chosen.kind == "patient":
        return patient_story(model, chosen.day, chosen.row)
    return None


def html_of(story: Story | None, words: Words, moving: bool) -> str:
    """A story as HTML."""
    if isinstance(story, FacilityStory):
        return facility_html(story, words)
    if isinstance(story, SettlementStory):
        return settlement_html(story, words, moving)
    if isinstance(story, PatientStory):
        return patient_html(story, words)
    return parts.heading(words("panel.gone"), words("panel.gone_why"), words("panel.close"))
