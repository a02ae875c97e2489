"""The page of a validation: one HTML file with plots that opens offline."""

import base64
import io
from collections.abc import Sequence
from pathlib import Path

import matplotlib
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from experiments.html_report.blocks import (
    Block,
    Card,
    Heading,
    Page,
    Points,
    Section,
    Shown,
    Table,
    Text,
)
from experiments.html_report.document import render
from experiments.html_report.plots import Picture, plot_words
from experiments.map.labels import fonts
from experiments.store import write_whole
from experiments.targets import number
from experiments.validation import Row, Validation
from model.wording import Words

ROLES = ("check", "calibrate", "identity", "context")  # in the order of the page
WIDTH_IN, ROW_IN, MARGIN_IN = 7.4, 0.21, 0.9
REACH = 3.0  # of the axis, in parts of the band; points beyond stand at its end
PASS, MISS, BAND = "#1F4E79", "#B7410E", "#E3E7EB"


def write_page(done: Validation, region: str, file: Path, words: Words) -> None:
    """Write the page, with everything in it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    write_whole(file, render(compose(done, region, words), "report.html.jinja", words).encode())


def compose(done: Validation, region: str, words: Words) -> Page:
    """All that the page says."""
    counts = {role: done.count(role) for role in ROLES}

    def counted(key: str, role: str) -> str:
        return words(f"validation.{key}", passed=counts[role][0], total=counts[role][1])

    note = words(
        "validation.note",
        n_runs=done.n_runs,
        n_vectors=done.n_vectors,
        residents=words("validation.all")
        if done.residents is None
        else words.count(done.residents),
    )
    judged = [role for role in ROLES[:3] if counts[role][1]]
    return Page(
        title=words("validation.title", region=region),
        question=words("validation.question"),
        answers=[
            counted("answer", "check"),
            counted("fitted", "calibrate"),
            counted("identity", "identity"),
        ],
        answer_note=note,
        card_title=words("validation.cards"),
        cards=[
            Card(words(f"validation.role.{role}"), "{} / {}".format(*counts[role]), ())
            for role in judged
        ],
        front=(),
        sections=[_section(done, role, words) for role in ROLES if counts[role][1]],
    )


def _section(done: Validation, role: str, words: Words) -> Section:
    rows = [row for row in done.rows if row.target.role == role]
    name = words(f"validation.role.{role}")
    blocks: list[Block] = [Text(words(f"validation.why.{role}"))]
    if role != "context":
        blocks.append(Shown(_picture(rows, role, done.count(role), words)))
    head = ("id", "value", "band", "model", "interval", "status", "confidence")
    blocks.append(
        Table(
            words("validation.table.caption", role=name),
            [words(f"validation.table.{key}") for key in head],
            [_cells(row, words) for row in rows],
        )
    )
    blocks.append(Heading(words("validation.table.source")))
    blocks.append(Points([f"{row.target.id}: {row.target.source}" for row in rows]))
    return Section(role, name, blocks)


def _cells(row: Row, words: Words) -> list[str]:
    target = row.target
    model = words("validation.nothing") if row.model is None else number(row.model)
    if row.model is not None and row.nearest is not None:
        model = words("validation.nearest", model=model, nearest=row.nearest)
    interval = (
        "" if row.low is None or row.high is None else f"{number(row.low)} – {number(row.high)}"
    )
    return [
        target.id,
        number(target.value),
        f"{number(target.low)} – {number(target.high)}",
        model,
        interval,
        words(f"validation.status.{row.status or 'none'}"),
        target.confidence,
    ]


def _picture(rows: Sequence[Row], role: str, count: tuple[int, int], words: Words) -> Picture:
    """A point a row at its distance from the published value, in parts of the band's side."""
    said = plot_words(words)
    with matplotlib.rc_context({"font.family": list(fonts()), "svg.hashsalt": "fenji"}):
        figure = Figure(figsize=(WIDTH_IN, MARGIN_IN + ROW_IN * len(rows)), layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.add_subplot()
        axes.axvspan(-1, 1, color=BAND, lw=0)
        axes.axvline(0, color="white", lw=1.5)
        for at, row in enumerate(rows):
            if row.model is None:
                continue
            colour = PASS if row.status == "pass" else MISS
            if row.low is not None and row.high is not None:
                ends = [_placed(row, row.low), _placed(row, row.high)]
                axes.plot(ends, [at, at], color=colour, lw=1.4, alpha=0.6)
            axes.plot(_placed(row, row.model), at, "o", color=colour, ms=4.5)
        axes.set_yticks(range(len(rows)), [row.target.id for row in rows], fontsize=7.5)
        axes.set_ylim(len(rows) - 0.4, -0.6)
        axes.set_xlim(-REACH - 0.2, REACH + 0.2)
        axes.set_xlabel(said("validation.picture.axis"), fontsize=8)
        axes.tick_params(axis="x", labelsize=8)
        axes.spines[["top", "right", "left"]].set_visible(False)
        axes.tick_params(axis="y", length=0)
        drawn = io.BytesIO()
        figure.savefig(drawn, format="svg", metadata={"Date": None})
    caption = words("validation.picture.caption", role=words(f"validation.role.{role}"))
    alt = words("validation.picture.alt", passed=count[0], total=count[1])
    source = "data:image/svg+xml;base64," + base64.b64encode(drawn.getvalue()).decode()
    return Picture(source, caption, alt)


def _placed(row: Row, value: float) -> float:
    target = row.target
    side = target.high - target.value if value > target.value else target.value - target.low
    return max(-REACH, min(REACH, (value - target.value) / (side or target.high - target.low)))
