"""What was tried and what is best, as differences from the baseline."""

import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from experiments.map.picture import INK
from experiments.panels import PALE, plain, save_png
from experiments.picture_words import AS_TYPED, PictureWords

PICTURE = "pareto.png"
DPI, PANEL_IN, HEIGHT_IN = 100, 8.6, 7.2
LINE = {"en": 100, "zh": 55}  # characters over a panel
BEST, NEAR, TRIED, BROKEN = "#217A71", "#F0A30A", "#9DB4C0", "#D8A9A9"


def draw(told: dict[str, Any], folder: Path) -> Path:
    """Write `pareto.png` of what `search.report.content` tells; returns its path."""
    return save_png(compose(told), folder / PICTURE)


def compose(told: dict[str, Any], say: PictureWords = AS_TYPED) -> Figure:
    """The whole figure: the first objective against each of the others."""
    names = list(told["objectives"])
    pairs = [(names[0], other) for other in names[1:]] or [(names[0], names[0])]
    figure = Figure(figsize=(PANEL_IN * len(pairs), HEIGHT_IN), dpi=DPI, facecolor="white")
    FigureCanvasAgg(figure)
    figure.set_layout_engine("constrained", rect=(0.01, 0.02, 0.98, 0.84))
    for number, (x, y) in enumerate(pairs, start=1):
        _draw_pair(figure.add_subplot(1, len(pairs), number), told, x, y, say)
    figure.axes[0].legend(loc="best", frameon=False, labelcolor=INK)
    title = say("search.met" if told["met"] else "search.unmet")
    figure.text(0.03, 0.945, title, fontsize=17, fontweight="bold", color=INK)
    wide = LINE[say.words.language] * len(pairs)
    below = textwrap.fill(_below(told, say), wide)
    figure.text(0.03, 0.925, below, fontsize=11, color=PALE, va="top", linespacing=1.35)
    return figure


def _below(told: dict[str, Any], say: PictureWords) -> str:
    plan = told["scenario"]
    return say(
        "search.below",
        region=plan["region"],
        residents=say.residents(plan["residents"]),
        days=plan["days"],
        trials=told["trials"],
        replicates=told["replicates"],
        fresh=told["fresh_seeds"],
    )


def _draw_pair(axes: Axes, told: dict[str, Any], x: str, y: str, say: PictureWords) -> None:
    kept = [trial for trial in told["tried"] if trial["violation"] == 0]
    broken = [trial for trial in told["tried"] if trial["violation"] > 0]
    axes.scatter(*_at(broken, x, y), marker="x", c=BROKEN, label=say("search.broken"))
    axes.scatter(*_at(kept, x, y), c=TRIED, label=say("search.kept"))
    _draw_best(axes, told["others"], x, y, NEAR, say("search.near"))
    _draw_best(axes, told["pareto"], x, y, BEST, say("search.best"))
    for number, point in enumerate(told["pareto"], start=1):
        at = (point["objectives"][x]["difference"], point["objectives"][y]["difference"])
        axes.annotate(str(number), at, (6, 6), textcoords="offset points", color=BEST, fontsize=12)
    axes.plot(0, 0, marker="D", ls="", color=INK, label=say("search.baseline"))
    for label, name in ((axes.set_xlabel, x), (axes.set_ylabel, y)):
        text = say(f"search.{told['objectives'][name]}", name=say.indicator(name))
        label(text, color=INK, fontsize=12)
    plain(axes)


def _at(points: Sequence[dict[str, Any]], x: str, y: str) -> tuple[list[float], list[float]]:
    return (
        [point["objectives"][x]["difference"] for point in points],
        [point["objectives"][y]["difference"] for point in points],
    )


def _draw_best(
    axes: Axes, points: Sequence[dict[str, Any]], x: str, y: str, colour: str, label: str
) -> None:
    if not points:
        return
    ends = [
        [
            [abs(told["difference"] - told["low"]) for told in several],
            [abs(told["high"] - told["difference"]) for told in several],
        ]
        for several in ([point["objectives"][name] for point in points] for name in (x, y))
    ]
    axes.errorbar(
        *_at(points, x, y), xerr=ends[0], yerr=ends[1], fmt="o", color=colour, ms=8, label=label
    )
