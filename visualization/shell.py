"""What frames every view: the top bar, and notices."""

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


@solara.component_vue("notice.vue", vuetify=False)
def Notice(text: str, kind: str, button: str, event_press: Told) -> None:
    """What a visitor must know: a `banner` above the page, or the page itself."""
