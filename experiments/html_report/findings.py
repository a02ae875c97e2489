"""What other analyses left in the folder: searches, sensitivity, discovery, and what survives."""

import json
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from experiments.discovery.cases import cases_of, parse_criterion
from experiments.discovery.report import FILE as DISCOVERY
from experiments.discovery.report import compose as compose_box
from experiments.experiment import read_results
from experiments.html_report.blocks import Block, Shown, Table, Text
from experiments.html_report.plots import draw_found, plot_words
from experiments.html_report.policies import point_name, title_of
from experiments.html_report.study import Study
from experiments.html_report.words import DASH, MINUS, Figures, sure
from experiments.picture_words import PictureWords
from experiments.policies.comparison import LEVEL
from experiments.search import picture as search_picture
from experiments.search.report import FILE as SEARCH
from experiments.sensitivity import picture as sensitivity_picture
from experiments.sensitivity.report import FILE as SENSITIVITY
from experiments.survival import FILE as SURVIVAL
from model.policies.choice import parse_package
from model.scenario import Scenario
from model.terms import InputError
from model.wording import Words


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
        label = figures.grouped(bound["indicator"])
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


def influential(study: Study, words: Words) -> list[Block]:
    """Pictures of a sensitivity analysis and of a discovery, where the first page has none."""
    own = [] if study.kind == "sensitivity" else picture(study.folder, SENSITIVITY, words)
    return [*own, *picture(study.folder, DISCOVERY, words)]


def survives(study: Study, figures: Figures) -> list[Block]:
    """What each policy does across the plausible parameter sets, or that nobody asked.

    It is told from the study's folder, or else from that of `fenji validate` beside it.
    """
    beside = study.folder.parent / f"validate-{Path(study.plan.region).name}"
    told = _read(study.folder / SURVIVAL) or _read(beside / SURVIVAL)
    words = figures.words
    if told is None:
        return [Text(words("report.robust.none"))]
    columns = ("policy_name", "indicator", "least", "greatest", "direction")
    head = [words(f"report.column.{name}") for name in columns]
    rows = [
        [
            _titled(effect["policy"], words),
            figures.label(effect["indicator"]),
            figures.change(effect["indicator"], min(effect["differences"])),
            figures.change(effect["indicator"], max(effect["differences"])),
            words(f"report.direction.{effect['direction']}"),
        ]
        for effect in told["effects"]
    ]
    n_vectors = len(told["effects"][0]["differences"])
    caption = words("report.caption.survival", n=n_vectors)
    residents = told["residents"]
    ran = words(
        "report.robust.ran",
        region=told["region"],
        residents=words.count(residents) if residents else words("report.robust.all"),
        days=told["days"],
        seeds=told["seeds"],
    )
    return [Text(ran), Table(caption, head, rows, 2)]


def _titled(package: str, words: Words) -> str:
    """The titles of a package; as it was typed where its file is gone."""
    try:
        return title_of(Scenario(policies=parse_package(package)), words)
    except InputError:
        return package


def _objective(figures: Figures, name: str, told: dict[str, Any]) -> str:
    value = figures.value(name, told["value"])
    if not sure(told):
        return f"{value} ({figures.words('report.card.unsure')})"
    span = figures.interval(name, told["low"], told["high"])
    return f"{value} ({figures.change(name, told['difference'])}; {span})"


def picture(folder: Path, file: str, words: Words) -> list[Block]:
    """What a file of findings holds as a picture; nothing without the file."""
    told = _read(folder / file)
    if told is None:
        return []
    named = PictureWords(plot_words(words))

    def compose() -> Figure:
        if file == SEARCH:
            return search_picture.compose(told, named)
        if file == SENSITIVITY:
            return sensitivity_picture.compose(told, named)
        terms = parse_criterion(told["criterion"])
        return compose_box(cases_of(read_results(folder), terms, told["at"]), told, named)

    caption = words(f"report.figure.{file.removesuffix('.json')}")
    return [Shown(draw_found(compose, caption, words("report.figure.found_alt", what=caption)))]


def _read(file: Path) -> dict[str, Any] | None:
    if not file.exists():
        return None
    content: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return content
