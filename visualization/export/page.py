"""Export: what is shown as files, and the command that repeats it."""

import base64
from collections.abc import Callable
from typing import Any

import solara

from model.terms import InputError
from model.wording import Words
from visualization.export import files
from visualization.shell import Told
from visualization.visitor.figures import FIGURES
from visualization.visitor.scenario_file import scenario_text
from visualization.visitor.session import Session

FILES = ("table", "scenario", "map", "charts")
TYPES = {"csv": "text/csv", "yaml": "application/yaml", "png": "image/png"}


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


@solara.component
def ExportPage(session: Session, words: Words, moment: int) -> Any:
    """Buttons that each give one file."""
    file, give = solara.use_state({"number": 0})
    problem, tell = solara.use_state("")

    def ask(kind: Any) -> None:
        try:
            name, content = file_of(session, str(kind), words)
        except InputError as error:
            tell(str(error))
            return
        tell("")
        data = base64.b64encode(content).decode()
        mime = TYPES[name.rpartition(".")[2]]
        give({"number": file["number"] + 1, "name": name, "type": mime, "data": data})

    shot = session.snapshot
    return Exporter(
        t={key: words(f"export.{key}") for key in ("title", "lead", "command", "copy", "copied")},
        items=[
            {"id": kind, **{key: words(f"export.{kind}.{key}") for key in ("label", "note", "do")}}
            for kind in FILES
        ],
        command=files.command_of(session.plan),
        note=words("export.repeats"),
        ready=shot is not None,
        problem=problem,
        file=file,
        event_ask=ask,
    )


def file_of(session: Session, kind: str, words: Words) -> tuple[str, bytes]:
    """Name and content of a file; InputError for an unknown kind or before there is anything."""
    shot = session.snapshot
    if shot is None:
        raise InputError("nothing to export yet", allowed="wait for the model")
    makers: dict[str, tuple[str, Callable[[], bytes]]] = {
        "table": ("csv", lambda: files.csv_of(shot)),
        "scenario": ("yaml", lambda: scenario_text(shot.plan).encode()),
        "charts": ("png", lambda: files.charts_png(shot, _figure(session), words)),
        "map": ("png", lambda: _map(session, words)),
    }
    if kind not in makers:
        raise InputError("file", found=kind, allowed=", ".join(makers))
    ending, make = makers[kind]
    region = shot.plan.region.replace("/", "-")[-40:]
    return f"fenji-{region}-{shot.plan.seed}-{kind}.{ending}", make()


def _map(session: Session, words: Words) -> bytes:
    scene, shot = session.ask(files.scene_of), session.snapshot
    if scene is None or shot is None:
        raise InputError("nothing to export yet", allowed="wait for the model")
    return files.map_png(scene, shot, words)


def _figure(session: Session) -> str:
    """The key figure that the page Explore draws."""
    chosen = session.kept.get("figure")
    return chosen if isinstance(chosen, str) and chosen in FIGURES else next(iter(FIGURES))
