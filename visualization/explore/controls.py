"""Transport and key figures: Vue files beside this module, with what each is given and tells."""

from typing import Any

import solara

from visualization.shell import Told


@solara.component_vue("transport.vue", vuetify=False)
def Transport(
    words: dict[str, str],
    state: str,
    busy: bool,
    runs: int,
    date: str,
    passed: str,
    part: float,
    speed: int,
    speeds: list[dict[str, Any]],
    event_act: Told,
) -> None:
    """Reset, a day, a week, play and pause, the speed and the date; busy: whether days pass."""


@solara.component_vue("key_figures.vue", vuetify=False)
def KeyFigures(title: str, cards: list[dict[str, str]], chosen: str, event_choose: Told) -> None:
    """The five key figures with their change from the baseline; one is drawn over time."""
