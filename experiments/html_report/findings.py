"""What other analyses left in the folder: searches, sensitivity, discovery, and what survives."""

import base64
import json
from pathlib import Path
from typing import Any

from experiments.discovery.report import FILE as DISCOVERY
from experiments.discovery.report import PICTURE as DISCOVERY_PICTURE
from experiments.html_report.blocks import Block, Shown, Table, Text
from experiments.html_report.plots import Picture
from experiments.html_report.policies import point_name
from experiments.html_report.study import Study
from experiments.html_report.words import DASH, MINUS, Figures, sure
from experiments.policies.comparison import LEVEL
from experiments.search.picture import PICTURE as PARETO
from experiments.search.report import FILE as SEARCH
from experiments.sensitivity.picture import PICTURE as MATTERS
from experiments.sensitivity.report import FILE as SENSITIVITY
from model.wording import Words

SURVIVAL = "survival.json"  # as `fenji validate --policies ... --json` prints it
PICTURES = {
    SEARCH: PARETO,
    SENSITIVITY: MATTERS,
    DISCOVERY: DISCOVERY_PICTURE,
}


def searched(folder: Path, figures: Figures) -> list[Block]:
    """The Pareto set of a search, with intervals from fresh seeds; nothing without a search."""
    told = _read(folder / SEARCH)
    if told is None:
        return []
    words, names = figures.words, list(told["objectives"])
    points = dict(enumerate(told["pareto"] or told["others"][:1], start=1))
    head = [words("report.column.scenario"), *(figures.label(name) for name in names)]
    rows = [
        [
            f"{number}. {point_name(point['levers'], words)}",
            *(_objective(figures, name, point["objectives"][name]) for name in names),
        ]
        for number, point in points.items()
    ]
    level = words.percent(LEVEL, 0)
    blocks: list[Block] = [
        Text(_lead(told, words)),
        Table(words("report.caption.pareto", level=level), head, rows),
    ]
    if told["constraints"]:
        blocks.append(_constraints(list(points.values()), figures, level))
    return [*blocks, *picture(folder, SEARCH, words)]


def verdict(study: Study, words: Words) -> list[str]:
    """What stands before all else: that no package keeps the constraints, if none does."""
    told = _read(study.folder / SEARCH) if study.kind == "search" else None
    return [] if told is None or told["met"] else [_lead(told, words)]


def _lead(told: dict[str, Any], words: Words) -> str:
    """How much was tried, and whether anything keeps the constraints."""
    return words(
        f"report.search.{'met' if told['met'] else 'unmet'}",
        trials=told["trials"],
        fresh=told["fresh_seeds"],
        feasible=told["feasible"],
    )


def _constraints(points: list[dict[str, Any]], figures: Figures, level: str) -> Table:
    """A row a constraint: what is asked, and how every point stands to it."""
    words, to = figures.words, figures.words("report.to")
    head = [words("report.column.constraint"), words("report.column.limit")]
    head += [f"{number}." for number in range(1, len(points) + 1)]
    rows = []
    for key, bound in points[0]["constraints"].items():
        sign = "≥" if bound["least"] else "≤"
        label = _with_group(figures, bound["indicator"])
        told = [label, f"{sign} {_bounded(figures, bound, bound['limit'])}"]
        for point in points:
            here = point["constraints"][key]
            span = ""
            if here["low"] is not None:
                ends = (_bounded(figures, here, here[end]) for end in ("low", "high"))
                span = f" ({f' {to} '.join(ends)})"
            broken = "" if here["keeps"] else f" {words('report.search.broken')}"
            told.append(_bounded(figures, here, here["value"]) + span + broken)
        rows.append(told)
    return Table(words("report.caption.constraints", level=level), head, rows, 2)


def _bounded(figures: Figures, bound: dict[str, Any], value: float | None) -> str:
    if value is None:
        return DASH
    if bound["of"] == "relative":
        return f"{value * 100:+.1f}%".replace("-", MINUS)
    name = bound["indicator"]
    if bound["of"] == "difference":
        return f"{figures.change(name, value)} {figures.unit_of_change(name)}"
    return figures.value(name, value)


def _with_group(figures: Figures, name: str) -> str:
    """The label of an indicator, with its group if it is one group's."""
    words = figures.words
    stem, *group = name.split(".")
    if not group:
        return figures.label(stem)
    axis, key = group
    of = words(f"report.group.{axis}.name"), words(f"report.group.{axis}.{key.lower()}")
    return f"{figures.label(stem)} ({': '.join(of)})"


def influential(study: Study, words: Words) -> list[Block]:
    """Pictures of a sensitivity analysis and of a discovery, where the first page has none."""
    own = [] if study.kind == "sensitivity" else picture(study.folder, SENSITIVITY, words)
    return [*own, *picture(study.folder, DISCOVERY, words)]


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
            figures.change(effect["indicator"], min(effect["differences"])),
            figures.change(effect["indicator"], max(effect["differences"])),
            words(f"report.direction.{effect['direction']}"),
        ]
        for effect in told["effects"]
    ]
    n_vectors = len(told["effects"][0]["differences"])
    caption = words("report.caption.survival", n=n_vectors)
    return [Table(caption, head, rows, 2)]


def _objective(figures: Figures, name: str, told: dict[str, Any]) -> str:
    value = figures.value(name, told["value"])
    if not sure(told):
        return f"{value} ({figures.words('report.card.unsure')})"
    span = figures.interval(name, told["low"], told["high"])
    return f"{value} ({figures.change(name, told['difference'])}; {span})"


def picture(folder: Path, file: str, words: Words) -> list[Block]:
    """The picture that stands beside a file of findings, if both are there."""
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
