"""The pictures of a study's results, each with its numbers in words."""

import math
from datetime import timedelta

import numpy as np
import polars as pl

from experiments.html_report.answer import arm_name, unit_after
from experiments.html_report.blocks import Block, Shown
from experiments.html_report.plots import (
    COLOURS,
    Dot,
    draw_dots,
    draw_series,
    draw_shares,
    plot_words,
)
from experiments.html_report.study import Arm, Study, half_of, mean_of
from experiments.html_report.words import Figures, sure
from experiments.map.picture import LOOKS
from experiments.panels import load_by_tier
from experiments.policies.comparison import LEVEL
from experiments.report import published
from model.terms import Floats, Tier

BASELINE_COLOUR = "#555555"
BARS = 8
POINTS = 24  # of a sweep
CROWDING = (("load", "visits", "capacity"), ("beds", "beds_taken", "beds"))
NOT_RELATIVE = ("-1 to 1", "CNY")  # units whose zero is no floor


def shares_picture(study: Study, figures: Figures) -> Shown:
    """Share of visits by tier of every arm and of the nation."""
    words, nation = plot_words(figures.words), published()
    rows = {
        arm_name(study, arm, words): {
            tier: mean_of(arm, f"visit_share_{tier.word}") for tier in Tier
        }
        for arm in study.arms[:BARS]
    }
    rows[words("report.nation")] = {
        tier: float(nation[f"visit_share_{tier.word}"]["value"]) for tier in Tier
    }
    told = "; ".join(
        f"{name}: " + ", ".join(f"{share:.1%}" for share in row.values())
        for name, row in rows.items()
    )
    alt = figures.words("report.figure.shares_alt", told=told)
    return Shown(draw_shares(rows, words, figures.words("report.figure.shares"), alt))


def changes_picture(
    study: Study, arm: Arm, name: str, figures: Figures, indicators: tuple[str, ...]
) -> Shown:
    """Changes of an arm over the values of the first one."""
    labels = Figures(plot_words(figures.words), figures.units)
    dots = []
    for key, row in study.differences(arm, indicators).items():
        if row["low"] is None or not row["first"] or figures.units.get(key) in NOT_RELATIVE:
            continue
        scale = 1 / abs(row["first"])
        low, high = row["low"] * scale, row["high"] * scale
        dots.append(Dot(labels.label(key), row["difference"] * scale, low, high, sure(row)))
    level = figures.words.percent(LEVEL, 0)
    caption = f"{name}: {figures.words('report.figure.differences', level=level)}"
    told = "; ".join(f"{dot.label} {dot.value:+.1%}" for dot in dots)
    alt = figures.words("report.figure.differences_alt", told=told)
    return Shown(draw_dots(dots, caption, alt, percent=True))


def crowding_by_tier(study: Study, figures: Figures) -> list[Block]:
    """Crowding of a run by date, a tier a line."""
    words, arm = plot_words(figures.words), study.arms[0]
    shown: list[Block] = []
    for what, used, available in CROWDING:
        loads = load_by_tier(_counted(arm), used, available)
        lines = {words(f"report.tier.{tier.word}"): load for tier, load in loads.items()}
        colours = [LOOKS[tier].colour for tier in loads]
        shown.append(_series(arm, lines, colours, figures.words(f"report.figure.{what}"), figures))
    return shown


def crowding_compared(study: Study, figures: Figures) -> list[Block]:
    """Crowding of tertiary hospitals by date, an arm a line."""
    words = plot_words(figures.words)
    tertiary = figures.words("report.figure.tertiary")
    shown: list[Block] = []
    for what, used, available in CROWDING:
        lines = {
            arm_name(study, arm, words): load_by_tier(_counted(arm), used, available)[Tier.TERTIARY]
            for arm in study.arms[: len(COLOURS)]
        }
        colours = [BASELINE_COLOUR, *COLOURS][: len(lines)]
        caption = f"{figures.words(f'report.figure.{what}')}: {tertiary}"
        shown.append(_series(study.arms[0], lines, colours, caption, figures))
    return shown


def point_picture(study: Study, figures: Figures, name: str) -> Shown:
    """An indicator at every point of a sweep."""
    dots = []
    for arm in study.arms[:POINTS]:
        value, width = mean_of(arm, name), half_of(arm, name)
        width = width if math.isfinite(width) else 0.0
        dots.append(
            Dot(
                arm_name(study, arm, plot_words(figures.words)), value, value - width, value + width
            )
        )
    level = figures.words.percent(LEVEL, 0)
    caption = figures.words("report.figure.sweep", name=figures.label(name), level=level)
    unit = unit_after(figures, name)
    caption += f", {unit.strip()}" if unit else ""
    told = "; ".join(f"{dot.label}: {figures.value(name, dot.value)}{unit}" for dot in dots)
    alt = figures.words("report.figure.sweep_alt", told=told)
    percent = figures.units.get(name) == "share"
    return Shown(draw_dots(dots, caption, alt, percent=percent, zero=False))


def _series(
    arm: Arm, lines: dict[str, Floats], colours: list[str], caption: str, figures: Figures
) -> Shown:
    days = [arm.plan.start + timedelta(int(d)) for d in _counted(arm)["day"].unique().sort()]
    told = "; ".join(f"{name}: {np.nanmean(load):.0%}" for name, load in lines.items())
    alt = figures.words("report.figure.series_alt", what=caption, told=told)
    full = plot_words(figures.words)("report.figure.capacity")
    return Shown(draw_series(lines, colours, days, full, caption, alt))


def _counted(arm: Arm) -> pl.DataFrame:
    return arm.daily.filter(pl.col("day") >= 0)
