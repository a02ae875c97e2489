"""What matters, as bars: a panel an indicator, with intervals and the noise of the replicates."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from experiments.map.picture import INK
from experiments.panels import GRID, PALE, head, save_png
from experiments.picture_words import AS_TYPED, PictureWords

PICTURE = "sensitivity.png"
SHOWN = 12  # factors in a panel
BAR, ALONE, NOISE = "#217A71", "#8CC6BF", "#B3261E"
PANEL_IN, COLUMNS, DPI = (7.6, 4.6), 2, 100


def draw(told: Mapping[str, Any], folder: Path) -> Path:
    """Write `sensitivity.png` of what `sensitivity.report.content` tells; returns its path."""
    return save_png(compose(told), folder / PICTURE)


def compose(told: Mapping[str, Any], say: PictureWords = AS_TYPED) -> Figure:
    """The whole figure: panels of the indicators that have an answer."""
    panels = {name: entry for name, entry in told["indicators"].items() if entry["rows"]}
    columns = min(COLUMNS, max(len(panels), 1))
    rows = max(-(-len(panels) // columns), 1)
    size = (PANEL_IN[0] * columns, PANEL_IN[1] * rows + 1.3)
    figure = Figure(figsize=size, dpi=DPI, facecolor="white")
    FigureCanvasAgg(figure)
    rect = (0.01, 0.35 / size[1], 0.98, 1 - 1.35 / size[1])
    figure.set_layout_engine("constrained", rect=rect, h_pad=0.2)
    for number, (name, entry) in enumerate(panels.items(), start=1):
        axes = figure.add_subplot(rows, columns, number, label=name)
        unit = say("sensitivity.variance") if told["method"] == "sobol" else say.unit(entry["unit"])
        head(axes, say.indicator(name), unit)
        _bars(axes, entry["rows"][:SHOWN], told["method"], say)
    figure.text(
        0.012, 1 - 0.45 / size[1], say(f"sensitivity.{told['method']}"), fontsize=17, color=INK
    )
    figure.text(0.012, 1 - 0.75 / size[1], _below(told, say), fontsize=11, color=PALE)
    figure.legend(handles=_key(told["method"], say), loc="lower left", ncols=4, frameon=False)
    return figure


def _below(told: Mapping[str, Any], say: PictureWords) -> str:
    plan = told["scenario"]
    return say(
        "sensitivity.below",
        region=plan["region"],
        residents=say.residents(plan["residents"]),
        days=plan["days"],
        runs=say.words.count(told["runs"]),
        replicates=told["replicates"],
    )


def _key(method: str, say: PictureWords) -> list[Patch | Line2D]:
    lines: list[Patch | Line2D] = [
        Patch(color=BAR, label=say(f"sensitivity.{'mu_star' if method == 'morris' else 'total'}"))
    ]
    if method == "sobol":
        lines.append(Patch(color=ALONE, label=say("sensitivity.first")))
    lines.append(Line2D([], [], color=INK, label=say("sensitivity.interval")))
    lines.append(
        Line2D([], [], color=NOISE, marker="|", ls="", ms=11, mew=2, label=say("sensitivity.noise"))
    )
    return lines


def _bars(axes: Axes, rows: list[dict[str, Any]], method: str, say: PictureWords) -> None:
    y = list(range(len(rows)))[::-1]
    if method == "morris":
        _bar(axes, y, rows, ("mu_star", "low", "high"), BAR, 0.62)
    else:
        _bar(axes, [at + 0.2 for at in y], rows, ("total", "total_low", "total_high"), BAR, 0.36)
        lower = [at - 0.2 for at in y]
        _bar(axes, lower, rows, ("first", "first_low", "first_high"), ALONE, 0.36)
    noisy = [(row["noise"], at) for row, at in zip(rows, y, strict=True) if row["noise"]]
    if noisy:
        axes.plot(*zip(*noisy, strict=True), color=NOISE, marker="|", ls="", ms=11, mew=2)
    axes.set_yticks(y, [say.path(row["path"]) for row in rows], fontsize=10.5, color=INK)
    axes.spines[["top", "right", "bottom"]].set_visible(False)
    axes.spines["left"].set_color(PALE)
    axes.tick_params(length=0, labelcolor=INK)
    axes.grid(axis="x", color=GRID)
    axes.set_axisbelow(True)


def _bar(
    axes: Axes,
    y: Sequence[float],
    rows: list[dict[str, Any]],
    names: tuple[str, str, str],
    colour: str,
    height: float,
) -> None:
    value, low, high = ([row[name] or 0.0 for row in rows] for name in names)
    axes.barh(y, value, height=height, color=colour)
    axes.hlines(y, low, high, color=INK, lw=1.3)
