"""The map as a component: one canvas that gets positions once and a binary frame a day."""

from collections.abc import Callable
from importlib.resources import files
from typing import Any

import anywidget
import solara
import traitlets

from model.terms import Tier
from model.wording import Words
from visualization.map.chosen import parse
from visualization.map.frame import Layout, flows_of
from visualization.visitor.session import Session

PARTS = ("view", "paint", "key", "names", "map")
TEXTS = (
    *("map", "search", "zoom_in", "zoom_out", "whole", "picture", "file", "crowding"),
    *("to_primary", "to_hospital", "a_day", "waiting", "far"),
    *("residents", "load", "visits", "beds"),
)


def _read(name: str) -> str:
    return (files("visualization.map") / name).read_text(encoding="utf-8")


class MapWidget(anywidget.AnyWidget):
    """The canvas; `layout` and `frame` as `map.frame` packs them, sent as bytes."""

    _esm = "\n".join(_read(f"{part}.js") for part in PARTS)
    _css = _read("map.css")
    region = traitlets.Bytes(b"").tag(sync=True)
    frame = traitlets.Bytes(b"").tag(sync=True)
    flows = traitlets.Bytes(b"").tag(sync=True)  # of what is chosen
    selected = traitlets.Unicode("").tag(sync=True)  # facility:12, settlement:3, or nothing
    words = traitlets.Dict().tag(sync=True)
    language = traitlets.Unicode("en").tag(sync=True)


@solara.component
def RegionMap(
    session: Session,
    layout: Layout,
    frame_bytes: bytes,
    selected: str,
    on_select: Callable[[str], None],
    words: Words,
) -> Any:
    """The map of a session, as large as what holds it.

    selected: what `chosen.parse` reads; `on_select` is called with the like when the visitor
    chooses on the map.
    """

    def flows_now() -> bytes:
        chosen = parse(selected)
        return session.ask(lambda model: flows_of(model, chosen)) or b""

    flows = solara.use_memo(flows_now, [selected, frame_bytes])
    texts = solara.use_memo(lambda: texts_of_map(words), [words.language])
    return MapWidget.element(
        region=layout.content,
        frame=frame_bytes,
        flows=flows,
        selected=selected,
        on_selected=lambda told: on_select(parse(told).text),
        words=texts,
        language=words.language,
    )


def texts_of_map(words: Words) -> dict[str, Any]:
    """What the canvas writes."""
    texts: dict[str, Any] = {name: words(f"map.{name}") for name in TEXTS}
    return {**texts, "tiers": [words(f"map.tier.{tier.word}") for tier in Tier]}
