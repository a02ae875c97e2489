"""What other analyses left in the folder: searches, sensitivity, discovery, and what survives."""

import base64
import json
from pathlib import Path
from typing import Any

from experiments.html_report.blocks import Block, Shown, Table, Text
from experiments.html_report.plots import Picture
from experiments.html_report.policies import point_name
from experiments.html_report.words import Figures, sure
from experiments.policies.comparison import LEVEL
from model.wording import Words

SEARCH, SENSITIVITY, DISCOVERY, SURVIVAL = (
    f"{name}.json" for name in ("search", "sensitivity", "discovery", "survival")
)
PICTURES = {SEARCH: "pareto.png", SENSITIVITY: "sensitivity.png", DISCOVERY: "discovery.png"}


def searched(folder: Path, figures: Figures) -> list[Block]:
    """The Pareto set of a search, with intervals from fresh seeds; nothing without a search."""
    told = _read(folder / SEARCH)
    if told is None:
        return []
    words, names = figures.words, list(told["objectives"])
    points = told["pareto"] or told["others"][:1]
    head = [words("report.column.scenario"), *(figures.label(name) for name in names)]
    rows = [
        [
            point_name(point["levers"], words),
            *(_objective(figures, name, point["objectives"][name]) for name in names),
        ]
        for point in points
    ]
    lead = words(
        f"report.search.{'met' if told['met'] else 'unmet'}",
        trials=told["trials"],
        fresh=told["fresh_seeds"],
        constraints=", ".join(told["constraints"]) or words("report.none"),
    )
    caption = words("report.caption.pareto", level=words.percent(LEVEL, 0))
    return [Text(lead), Table(caption, head, rows), *_picture(folder, SEARCH, words)]


def influential(folder: Path, words: Words) -> list[Block]:
    """Pictures of a sensitivity analysis and of a discovery, where there are any."""
    return [*_picture(folder, SENSITIVITY, words), *_picture(folder, DISCOVERY, words)]


def survives(folder: Path, figures: Figures) -> list[Block]:
    """What each policy does across the plausible parameter sets, or that nobody asked."""
    told, words = _read(folder / SURVIVAL), figures.words
    if told is None:
        return [Text(words("report.robust.none"))]
    columns = ("policy_name", "indicator", "least", "greatest", "direction")
    head = [words(f"report.column.{name}") for name in columns]
    rows = [
        [
            effect["policy"],
            figures.label(effect["indicator"]),
            figures.change(effect["indicator"], effect["least"]),
            figures.change(effect["indicator"], effect["greatest"]),
            words(f"report.direction.{effect['direction']}"),
        ]
        for effect in told["effects"]
    ]
    caption = words("report.caption.survival", n=told["vectors"], seeds=told["seeds"])
    return [Table(caption, head, rows, 2)]


def _objective(figures: Figures, name: str, told: dict[str, Any]) -> str:
    value = figures.value(name, told["value"])
    if not sure(told):
        return f"{value} ({figures.words('report.card.unsure')})"
    span = figures.interval(name, told["low"], told["high"])
    return f"{value} ({figures.change(name, told['difference'])}; {span})"


def _picture(folder: Path, file: str, words: Words) -> list[Block]:
    path = folder / PICTURES[file]
    if not ((folder / file).exists() and path.exists()):
        return []
    source = f"data:image/png;base64,{base64.b64encode(path.read_bytes()).decode()}"
    key = file.removesuffix(".json")
    caption = words(f"report.figure.{key}")
    return [Shown(Picture(source, caption, words("report.figure.found_alt", what=caption)))]


def _read(file: Path) -> dict[str, Any] | None:
    if not file.exists():
        return None
    content: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return content
