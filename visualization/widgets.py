"""The page's own components: Vue files beside this module, with what each is given and tells."""

from collections.abc import Callable
from typing import Any

import solara

Told = Callable[[Any], None]


@solara.component_vue("top_bar.vue", vuetify=False)
def TopBar(
    title: str,
    subtitle: str,
    tabs: list[dict[str, str]],
    view: str,
    languages: list[dict[str, str]],
    language: str,
    event_go: Told,
    event_speak: Told,
) -> None:
    """Title, views and languages."""


@solara.component_vue("transport.vue", vuetify=False)
def Transport(
    words: dict[str, str],
    state: str,
    date: str,
    passed: str,
    part: float,
    speed: int,
    speeds: list[dict[str, Any]],
    event_act: Told,
) -> None:
    """Reset, a day, a week, play and pause, the speed and the date."""


@solara.component_vue("key_figures.vue", vuetify=False)
def KeyFigures(title: str, cards: list[dict[str, str]], chosen: str, event_choose: Told) -> None:
    """The five key figures with their change from the baseline; one is drawn over time."""


@solara.component_vue("policy_drawer.vue", vuetify=False)
def PolicyDrawer(
    t: dict[str, str],
    setup: dict[str, Any],
    groups: list[dict[str, Any]],
    state: dict[str, Any],
    parameters: list[dict[str, Any]],
    counts: dict[str, int],
    over: bool,
    when: str,
    summary: str,
    pending: str,
    problem: str,
    event_set: Told,
    event_assume: Told,
    event_build: Told,
    event_load: Told,
    event_renew: Told,
    event_clear: Told,
    event_forget: Told,
) -> None:
    """Region, policies and assumptions, with what differs from the baseline and from when on."""


@solara.component_vue("charts.vue", vuetify=False)
def Charts(
    language: str, first: str, days: int, x: list[int], charts: list[dict[str, Any]]
) -> None:
    """Lines over dates, drawn in the browser as SVG."""


@solara.component_vue("exporter.vue", vuetify=False)
def Exporter(
    t: dict[str, str],
    items: list[dict[str, str]],
    command: str,
    note: str,
    ready: bool,
    problem: str,
    file: dict[str, Any],
    event_ask: Told,
) -> None:
    """Buttons for files; a new `file` (name, type, data in base64) is saved by the browser."""


@solara.component_vue("teacher.vue", vuetify=False)
def TeacherDesk(
    t: dict[str, Any],
    inside: bool,
    lock: bool,
    problem: str,
    address: str,
    residents: int,
    counts: list[dict[str, Any]],
    rows: list[list[str]],
    event_enter: Told,
    event_look: Told,
    event_pause: Told,
    event_limit: Told,
) -> None:
    """A password, and behind it the visitors."""


@solara.component_vue("notice.vue", vuetify=False)
def Notice(text: str, kind: str, button: str, event_press: Told) -> None:
    """What a visitor must know: a `banner` above the page, or the page itself."""
