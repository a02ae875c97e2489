"""Plots of a report as pictures that stand in the page itself, in the reader's language if it can.

Letters become outlines, so the page looks the same everywhere; without a Chinese font the labels
are English.
"""

import base64
import io
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import wraps
from typing import Any, ParamSpec

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.dates import DateFormatter, MonthLocator, date2num
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import PercentFormatter

from experiments.map.labels import fonts
from experiments.map.picture import INK, LOOKS, draw_map, tier_keys
from experiments.map.scene import Scene
from experiments.panels import GRID, PALE
from model.terms import Floats, Tier
from model.wording import Words

WIDTH_IN = 7.4
TEXT_PT = 9.0
MAP_DPI = 130
COLOURS = ("#2B6CB0", "#B7410E", "#2E7D32", "#6A3D9A", "#8A6D00", "#00838F")  # of scenarios
SURE, UNSURE = "#1F4E79", "#9A9A9A"
LINE_LETTERS, LINE_CHARACTERS = 52, 28  # of a label beside a bar
Drawn = ParamSpec("Drawn")


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture with what it shows in words."""

    source: str  # a data: address
    caption: str
    alt: str


@dataclass(frozen=True, slots=True)
class Dot:
    """A value with its interval; no interval where low is nan."""

    label: str
    value: float
    low: float
    high: float
    sure: bool = True


def _lettered(draw: Callable[Drawn, Picture]) -> Callable[Drawn, Picture]:
    """Text in the fonts that the reader's language needs, and the same bytes at every drawing."""

    @wraps(draw)
    def drawn(*args: Drawn.args, **named: Drawn.kwargs) -> Picture:
        with matplotlib.rc_context({"font.family": list(fonts()), "svg.hashsalt": "fenji"}):
            return draw(*args, **named)

    return drawn


def plot_words(words: Words) -> Words:
    """The words that pictures can be labelled with: English where Chinese has no font."""
    return words if words.language == "en" or len(fonts()) > 1 else Words("en")


@_lettered
def draw_shares(
    rows: Mapping[str, Mapping[Tier, float]], words: Words, caption: str, alt: str
) -> Picture:
    """Stacked bars: for each row the shares of visits by tier."""
    figure, axes = _page(0.6 + 0.42 * len(rows))
    left = np.zeros(len(rows))
    for tier, look in LOOKS.items():
        share = np.array([row[tier] for row in rows.values()])
        axes.barh(range(len(rows)), share, left=left, height=0.72, color=look.colour)
        for y, (start, width) in enumerate(zip(left, share, strict=True)):
            if width >= 0.05:
                ink = "white" if tier in (Tier.CENTRE, Tier.TERTIARY) else INK
                axes.text(
                    start + width / 2, y, f"{width:.0%}", ha="center", va="center", color=ink,
                    fontsize=TEXT_PT,
                )  # fmt: skip
        left += share
    axes.set(xlim=(0, max(1.0, float(left.max()))), xticks=(), ylim=(len(rows) - 0.5, -0.5))
    labels = [_in_lines(name) for name in rows]
    axes.set_yticks(range(len(rows)), labels)
    axes.spines[:].set_visible(False)
    names = [words(f"report.tier.{tier.word}") for tier in Tier]
    handles = [matplotlib.patches.Patch(color=look.colour) for look in LOOKS.values()]
    figure.legend(
        handles, names, loc="outside upper left", ncols=4, frameon=False, fontsize=TEXT_PT,
        handlelength=1.0, columnspacing=1.2,
    )  # fmt: skip
    return _svg(figure, caption, alt)


@_lettered
def draw_dots(
    dots: Sequence[Dot], caption: str, alt: str, *, percent: bool, zero: bool = True
) -> Picture:
    """Points with interval bars, one a row, pale where the interval holds zero."""
    figure, axes = _page(
        0.55 + sum(0.235 + 0.14 * _in_lines(dot.label).count("\n") for dot in dots)
    )
    for y, dot in enumerate(dots):
        colour = SURE if dot.sure else UNSURE
        axes.plot([dot.low, dot.high], [y, y], color=colour, lw=2.2, solid_capstyle="butt")
        face = colour if dot.sure else "white"
        axes.plot(dot.value, y, "o", ms=5.5, mfc=face, mec=colour, mew=1.3)
    if zero:
        axes.axvline(0, color=INK, lw=0.9)
    axes.set_yticks(range(len(dots)), [_in_lines(dot.label) for dot in dots])
    axes.set_ylim(len(dots) - 0.5, -0.5)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.grid(axis="x", color=GRID)
    if percent:
        axes.xaxis.set_major_formatter(PercentFormatter(1.0))
    return _svg(figure, caption, alt)


@_lettered
def draw_series(
    lines: Mapping[str, Floats],
    colours: Sequence[str],
    days: Sequence[date],
    full: str,
    caption: str,
    alt: str,
) -> Picture:
    """Lines by date of loads, with the line at which all is in use.

    lines: by name, values by day (days,); nan where there is none.
    """
    figure, axes = _page(2.3)
    x = [float(date2num(day)) for day in days]  # type: ignore[no-untyped-call]
    for (name, load), colour in zip(lines.items(), colours, strict=True):
        axes.plot(x, load, color=colour, lw=1.8, label=name)
    axes.axhline(1, color=PALE, lw=0.9, ls=(0, (4, 3)), zorder=1)
    axes.annotate(
        full, xy=(1, 1), xycoords=("axes fraction", "data"), xytext=(3, 0),
        textcoords="offset points", va="center", fontsize=TEXT_PT - 1, color=PALE,
    )  # fmt: skip
    top = max(
        [1.0, *(float(np.nanmax(load)) for load in lines.values() if np.isfinite(load).any())]
    )
    axes.set_ylim(0, top * 1.08)
    axes.set_xlim(x[0], max(x[-1], x[0] + 1))
    axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    _write_dates(axes, days)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.grid(axis="y", color=GRID)
    figure.legend(
        loc="outside upper left", ncols=1 if _long(lines) else 4, frameon=False, fontsize=TEXT_PT,
        handlelength=1.6,
    )  # fmt: skip
    return _svg(figure, caption, alt)


@_lettered
def draw_flow_map(scene: Scene, words: Words, caption: str, alt: str) -> Picture:
    """The map of a run with the key of its tiers below."""
    figure = Figure(figsize=(WIDTH_IN, 6.3), dpi=MAP_DPI, facecolor="white")
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0.0, 0.07, 1.0, 0.93), xticks=(), yticks=())
    draw_map(axes, scene, MAP_DPI)
    names = [words(f"report.tier.{tier.word}") for tier in Tier]
    figure.legend(
        tier_keys(), names, loc="lower left", ncols=4, frameon=False, fontsize=TEXT_PT + 1,
        borderaxespad=0.2,
    )  # fmt: skip
    written = io.BytesIO()
    figure.savefig(written, format="png", dpi=MAP_DPI)
    return Picture(_address("image/png", written.getvalue()), caption, alt)


@_lettered
def draw_found(compose: Callable[[], Figure], caption: str, alt: str) -> Picture:
    """A picture that a command draws for its folder, drawn again for the page."""
    figure = compose()
    if len(fonts()) > 1:  # few Chinese fonts have bold, and bold digits alone look odd
        for text in figure.findobj(Text):
            text.set_fontweight("normal")
    return _svg(figure, caption, alt)


def _page(height_in: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(WIDTH_IN, height_in), layout="constrained", facecolor="white")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.tick_params(labelsize=TEXT_PT, length=0, labelcolor=INK, pad=5)
    axes.set_axisbelow(True)
    return figure, axes


def _in_lines(label: str) -> str:
    """A label on at most two lines."""
    width = LINE_LETTERS if label.isascii() else LINE_CHARACTERS
    return "\n".join(textwrap.wrap(label, width, max_lines=2, placeholder="…"))


def _write_dates(axes: Axes, days: Sequence[date]) -> None:
    if len(days) > 95:
        locator: Any = MonthLocator(interval=max(1, len(days) // 180))  # type: ignore[no-untyped-call]
        axes.xaxis.set_major_locator(locator)
        axes.xaxis.set_major_formatter(DateFormatter("%Y-%m"))  # type: ignore[no-untyped-call]
    else:
        marked = days[:: max(1, len(days) // 6)]
        at = [float(date2num(day)) for day in marked]  # type: ignore[no-untyped-call]
        axes.set_xticks(at, [day.isoformat() for day in marked])


def _long(lines: Mapping[str, object]) -> bool:
    return sum(len(name) for name in lines) > 95


def _svg(figure: Figure, caption: str, alt: str) -> Picture:
    written = io.BytesIO()
    figure.savefig(written, format="svg", metadata={"Date": None})
    return Picture(_address("image/svg+xml", written.getvalue()), caption, alt)


def _address(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"
