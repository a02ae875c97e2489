"""One picture of a run: the map with its flows beside crowding and shares by tier."""

import json
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.legend import Legend

from experiments.map.labels import fonts, legible
from experiments.map.picture import INK, TEXT_PT, draw_map, size_keys, tier_keys
from experiments.map.scene import N_FLOWS, Scene, make_scene
from experiments.panels import PALE, draw_load, draw_shares, head, save_png
from experiments.results import scenario_in
from model.region.region import Region
from model.scenario import Scenario, region_of
from model.terms import InputError

PICTURE = "picture.png"
SIZE_IN, DPI = (16.0, 10.0), 100
PAD_IN = 0.12
LEFT = PAD_IN / SIZE_IN[0]
TITLE_PT, SUBTITLE_PT, SMALL_PT = 23.0, 16.0, 11.5
KEY_NOTE = (
    "Minutes: one way, for the median resident. Arrows point to hospitals beyond the map. Marks "
    "that would hide one another stand side by side."
)
CREDITED = ("GeoNames", "OpenStreetMap", "CC BY", "ODbL")  # sources that must be named


@dataclass(frozen=True, slots=True)
class Results:
    """What the picture needs of a results folder."""

    run: Mapping[str, Any]
    summary: Mapping[str, Any]
    plan: Scenario
    region: Region
    daily: pl.DataFrame  # counted days
    scene: Scene


def draw(folder: Path) -> Path:
    """Write `picture.png` (1600 x 1000 pixels) into a results folder; returns its path.

    Raises InputError if the folder holds no run that has ended.
    """
    return save_png(compose(read_results(folder)), folder / PICTURE)


def read_results(folder: Path) -> Results:
    """The run of a folder, its region, and the columns that the picture shows."""
    needed = ("run.json", "summary.json", "daily.parquet", "facilities.parquet", "flows.parquet")
    for name in needed:
        if not (folder / name).exists():
            raise InputError(
                "holds no run that has ended", file=folder, allowed=f"a folder with {name}"
            )
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    with scenario_in(folder) as (run, plan):
        region = region_of(plan)
    columns = ["day", "date", "tier", "visits", "capacity", "beds", "beds_taken"]
    daily = pl.read_parquet(folder / "daily.parquet", columns=columns).filter(pl.col("day") >= 0)
    by_month = pl.read_parquet(folder / "facilities.parquet", columns=["facility", "visits"])
    visits = by_month.group_by("facility", maintain_order=True).agg(pl.col("visits").sum())
    flows = pl.read_parquet(folder / "flows.parquet")
    scene = make_scene(region, plan, visits, flows, run["days_counted"])
    return Results(run, summary, plan, region, daily, scene)


def compose(results: Results) -> Figure:
    """The whole figure, ready to save."""
    layout = ConstrainedLayoutEngine(w_pad=PAD_IN, h_pad=0.08, wspace=0.02, hspace=0.03)
    figure = Figure(figsize=SIZE_IN, dpi=DPI, layout=layout, facecolor="white")
    FigureCanvasAgg(figure)
    columns = figure.add_gridspec(1, 3, width_ratios=[7.9, 1.9, 4.9])
    right = columns[2].subgridspec(3, 1)
    map_axes = figure.add_subplot(columns[0], label="map", xticks=(), yticks=())
    key_axes = figure.add_subplot(columns[1], label="keys", frameon=False, xticks=(), yticks=())
    visits = figure.add_subplot(right[0], label="visits")
    beds = figure.add_subplot(right[1], label="beds")
    shares = figure.add_subplot(right[2], label="shares")
    head(map_axes, "Where residents go", _told_of_flows(results.scene))
    head(visits, "Outpatient crowding", "visits over capacity, 7-day mean")
    head(beds, "Ward crowding", "beds in use over beds, 7-day mean")
    head(shares, "Share of visits", "modelled; in grey China 2023, as published")
    draw_load(visits, results.daily, "visits", "capacity")
    draw_load(beds, results.daily, "beds_taken", "beds")
    draw_shares(shares, results.summary["indicators"])
    _write_frame(figure, results)
    figure.draw_without_rendering()  # labels and legends need to know their room
    figure.set_layout_engine("none")
    _draw_keys(key_axes, results.scene)
    draw_map(map_axes, results.scene, DPI)
    return figure


def _write_frame(figure: Figure, results: Results) -> None:
    """Title above, what to know and whom to credit below."""
    region, run = results.region, results.run
    name = f"{region.name['en']}  {region.name['zh']}"
    title = legible(name, region.name["en"], region.id)
    people = f"{run['residents']:,} residents"
    if run["residents"] < region.population:
        people += f", a sample of {region.population:,}"
    dates = _span(results.plan.start, run["days_counted"])
    if run["days_counted"] < results.plan.days:
        dates += f" (stopped after {run['days_counted']} of {results.plan.days} days)"
    figure.suptitle(
        f"{title}\n", x=LEFT, ha="left", fontsize=TITLE_PT, color=INK, parse_math=False,
        family=list(fonts()),
        fontweight="bold" if len(fonts()) == 1 else "normal",  # few Chinese fonts have bold
    )  # fmt: skip
    told = f"{people}  ·  {dates}  ·  seed {run['seed']}"
    figure.text(LEFT, 0.943, told, va="top", fontsize=SUBTITLE_PT, color=INK)
    credited = [s for s in results.region.sources if any(word in s for word in CREDITED)]
    notes = [f"Modelled, not observed. fenji {run['versions']['fenji']}", *credited]
    figure.supxlabel(
        textwrap.fill(legible(". ".join(notes) + "."), 170), x=LEFT, ha="left",
        fontsize=SMALL_PT, color=PALE, family=list(fonts()), parse_math=False,
    )  # fmt: skip


def _span(first: date, days: int) -> str:
    last = first + timedelta(days - 1)
    ends = [f"{day.day} {day:%B %Y}" for day in (first, last)[: min(days, 2)]]
    return " to ".join(ends) or "no day counted"


def _told_of_flows(scene: Scene) -> str:
    if not len(scene.flows):
        return "no visits out of the home settlement"
    n = f"the {N_FLOWS} strongest" if len(scene.flows) == N_FLOWS else "all"
    stay = f"{scene.local_share:.0%} of visits stay in it"
    return f"{n} flows of visits out of the home settlement; {stay}"


def _draw_keys(axes: Axes, scene: Scene) -> None:
    """The legend of the map and of the panels, a column between them whose size is final."""
    top = 1.0
    for title, handles in (("Facilities and flows", tier_keys()), *size_keys(scene).items()):
        if not handles:
            continue
        legend = Legend(
            axes, handles, [str(key.get_label()) for key in handles], title=title,
            loc="upper left", bbox_to_anchor=(0.0, top), alignment="left", frameon=False,
            fontsize=TEXT_PT, labelspacing=1.0, borderaxespad=0.0,
            borderpad=0.0, title_fontproperties={"size": TEXT_PT, "weight": "bold"},
        )  # fmt: skip
        axes.add_artist(legend)
        top -= legend.get_window_extent().height / axes.get_window_extent().height + 0.05
    axes.text(0.0, 0.0, textwrap.fill(KEY_NOTE, 26), fontsize=SMALL_PT, color=PALE)
