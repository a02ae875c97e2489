"""The panels beside the map: crowding by tier over time, and shares of visits."""

import io
import math
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.dates import date2num
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from experiments.map.picture import INK, LOOKS, TEXT_PT
from experiments.map.scene import spread
from experiments.report import published
from experiments.store import write_whole
from model.terms import Floats, Tier

HEAD_PT = 14.5
PALE, GRID, NATION = "#6F6F6F", "#E4E0D8", "#C8C8C8"
MEAN_DAYS = 7
MOST_MONTHS, MOST_LABELS = 40, 7  # on a time axis
LABEL_STEPS = (1, 2, 3, 4, 6)  # months from label to label, so that years repeat


def head(axes: Axes, title: str, subtitle: str) -> None:
    """A bold title and a pale line below it, above the axes."""
    axes.set_title(subtitle, loc="left", fontsize=TEXT_PT, color=PALE, pad=6)
    axes.annotate(
        title, xy=(0, 1), xytext=(0, 26), xycoords="axes fraction", textcoords="offset points",
        fontsize=HEAD_PT, fontweight="bold", color=INK,
    )  # fmt: skip


def plain(axes: Axes) -> None:
    """Axes of a scatter: a pale grid behind, no frame above and on the right."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelcolor=INK, length=0)
    axes.grid(color=GRID)
    axes.set_axisbelow(True)


def save_png(figure: Figure, file: Path) -> Path:
    """Write a figure as PNG with its own dots an inch; the file is whole or as it was."""
    written = io.BytesIO()
    figure.savefig(written, format="png", dpi=figure.dpi)
    write_whole(file, written.getvalue())
    return file


def load_by_tier(daily: pl.DataFrame, used: str, available: str) -> dict[Tier, Floats]:
    """Centred 7-day mean of used over available, by day; tiers that have nothing are left out."""
    loads = {}
    for tier in Tier:
        rows = daily.filter(pl.col("tier") == tier.word).sort("day")
        sums = rows.select(
            pl.col(used, available).rolling_sum(MEAN_DAYS, min_samples=1, center=True)
        )
        part, whole = sums[used].to_numpy(), sums[available].to_numpy()
        if whole.any():
            loads[tier] = np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole > 0)
    return loads


def draw_load(axes: Axes, daily: pl.DataFrame, used: str, available: str) -> None:
    """Lines by tier of one column of the daily table over another, with dates below.

    daily: the counted days; tiers that have nothing available are left out.
    """
    loads = load_by_tier(daily, used, available)
    _style(axes)
    axes.grid(axis="y", color=GRID)
    days = daily["date"].unique().sort().to_list()
    if not days or not loads:
        axes.set(xticks=(), yticks=())
        axes.text(0.5, 0.5, "nothing counted", transform=axes.transAxes, ha="center", color=PALE)
        return
    x = [_number(day) for day in days]
    for tier, load in loads.items():
        mark = "o" if len(days) == 1 else ""
        axes.plot(x, load, color=LOOKS[tier].colour, lw=2.6, marker=mark, gid=tier.word)
    top = max(1.0, *(float(np.nanmax(load)) for load in loads.values())) * 1.06
    axes.set_ylim(0, top)
    axes.axhline(1, color=PALE, lw=1.0, ls=(0, (4, 3)), zorder=1)
    axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    _write_dates(axes, days)
    _name_ends(axes, loads, top)


def _style(axes: Axes) -> None:
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.spines["bottom"].set_color(PALE)
    axes.tick_params(labelsize=TEXT_PT, length=0, labelcolor=INK)
    axes.set_axisbelow(True)


def date_ticks(first: date, last: date) -> list[date]:
    """The dates marked on a time axis: firsts of months, in a short run days, in a long one years.

    >>> [str(day) for day in date_ticks(date(2023, 1, 30), date(2023, 2, 3))][::4]
    ['2023-01-30', '2023-02-03']
    """
    every = [first + timedelta(day) for day in range((last - first).days + 1)]
    firsts = [day for day in every if day.day == 1]
    if len(firsts) < 3:
        return next(t for step in (1, 2, 7, 14) if len(t := every[::step]) <= 7)
    if len(firsts) <= MOST_MONTHS:
        return firsts
    januaries = [day for day in firsts if day.month == 1]
    return januaries[:: math.ceil(len(januaries) / MOST_LABELS)]


def _write_dates(axes: Axes, days: list[date]) -> None:
    ticks = date_ticks(days[0], days[-1])
    by_month = all(tick.day == 1 for tick in ticks) and len(ticks) > 1
    step = next(n for n in LABEL_STEPS if len(ticks) <= n * MOST_LABELS)
    labels, year = [], 0
    for tick in ticks[::step]:
        text = f"{tick:%b}" if by_month else f"{tick.day} {tick:%b}"
        labels.append(f"{text}\n{tick.year if tick.year != year else ' '}")
        year = tick.year
    positions = [_number(tick) for tick in ticks]
    axes.set_xticks(positions[::step], labels)
    axes.set_xticks(positions, minor=True)
    axes.tick_params(axis="x", which="both", length=4, color=PALE)
    margin = max(len(days) / 100, 0.5)
    axes.set_xlim(_number(days[0]) - margin, _number(days[-1]) + margin)


def _number(day: date) -> float:
    return float(date2num(day))  # type: ignore[no-untyped-call]


def _name_ends(axes: Axes, loads: Mapping[Tier, Floats], top: float) -> None:
    """Each tier's name at the right end of its line, no two on top of one another."""
    ends = np.array([load[np.isfinite(load)][-1] for load in loads.values()]) / top
    for tier, at in zip(loads, spread(ends, 0.115, 0.06, 0.93).tolist(), strict=True):
        axes.annotate(
            LOOKS[tier].short, xy=(1.0, at), xytext=(4, 0), xycoords="axes fraction",
            textcoords="offset points", va="center", fontsize=TEXT_PT, color=LOOKS[tier].ink,
            fontweight="bold",
        )  # fmt: skip


def draw_shares(axes: Axes, indicators: Mapping[str, Any]) -> None:
    """Share of visits by tier: modelled bars over the published national ones."""
    _style(axes)
    nation = published()
    longest = 0.0
    for row, tier in enumerate(Tier):
        name = f"visit_share_{tier.word}"
        value, look = indicators.get(name, {}).get("value"), LOOKS[tier]
        official = float(nation[name]["value"])
        text = "none" if value is None else f"{value:.0%}"
        _bar(axes, row - 0.19, value or 0.0, look.colour, f"{text}  {look.short}", look.ink)
        _bar(axes, row + 0.21, official, NATION, f"{official:.0%}", PALE)
        longest = max(longest, value or 0.0, official)
    axes.set(xlim=(0, longest * 1.4), ylim=(len(Tier) - 0.5, -0.5), xticks=(), yticks=())
    axes.spines["bottom"].set_visible(False)


def _bar(axes: Axes, y: float, value: float, colour: str, text: str, ink: str) -> None:
    axes.barh(y, value, height=0.36, color=colour)
    axes.annotate(
        text, xy=(value, y), xytext=(5, 0), textcoords="offset points", va="center",
        fontsize=TEXT_PT, color=ink, fontweight="normal" if ink == PALE else "bold",
    )  # fmt: skip
