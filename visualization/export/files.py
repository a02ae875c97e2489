"""What a visitor takes home: the daily table, the scenario, the command, pictures."""

import csv
import io
import shlex
from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from experiments.html_report.policies import typed
from experiments.map.labels import fonts
from experiments.map.picture import INK, TEXT_PT, draw_map, tier_keys
from experiments.map.scene import Scene, make_scene
from experiments.tables import flow_table
from model.scenario import Scenario
from model.simulation import TieredCareModel
from model.terms import Tier
from model.wording import Words
from visualization.charts.data import charts_of
from visualization.visitor.figures import FIGURES
from visualization.visitor.snapshot import SERIES, Snapshot

DPI = 150
CHARTS_IN, MAP_IN = (9.0, 11.0), (10.0, 8.0)


def csv_of(shot: Snapshot) -> bytes:
    """One row a counted day: key figures with their baseline, then daily series by tier.

    The figures of a day are those at its end; row 0 is the state before the first counted day.
    """
    written = io.StringIO()
    names = [f"{name}{end}" for name in FIGURES for end in ("", "_baseline")]
    names += [f"{name}_{tier.word}" for name in SERIES for tier in Tier]
    table = csv.writer(written, lineterminator="\n")
    table.writerow(["day", "date", *names])
    for day in range(shot.day + 1):
        cells: list[Any] = [day, (shot.plan.start + timedelta(day - 1)).isoformat()]
        for name in FIGURES:
            known = day < len(shot.baseline[name])
            cells += [_plain(shot.history[name][day])]
            cells += [_plain(shot.baseline[name][day]) if known else ""]
        for name in SERIES:
            cells += [_plain(value) for value in shot.series[name][day - 1]] if day else [""] * 4
        table.writerow(cells)
    return written.getvalue().encode("utf-8-sig")  # so that spreadsheets read it as UTF-8


def command_of(plan: Scenario) -> str:
    """The command that gives the same run again."""
    words = ["fenji", "run", plan.region, "--residents", str(plan.residents)]
    words += ["--seed", str(plan.seed), "--start", str(plan.start), "--days", str(plan.days)]
    words += ["--warm-up", str(plan.warm_up), "--rulebook", plan.rulebook]
    if plan.policies:
        words += ["--policy", typed(plan.policies)]
    for path, value in plan.changes.items():
        words += ["--set", f"{path}={value:.12g}"]
    return shlex.join(words)


def scene_of(model: TieredCareModel) -> Scene:
    """The map of a run so far; to be called under the session's lock."""
    tally = model.tally
    visits = {"facility": model.region.facilities.id, "visits": tally.facility["visits"].sum(0)}
    return make_scene(
        model.region, model.plan, pl.DataFrame(visits), flow_table(model), tally.n_days
    )


def map_png(scene: Scene, shot: Snapshot, words: Words) -> bytes:
    """The map of visits since the first counted day."""
    figure = _sheet(MAP_IN)
    axes = figure.add_axes((0.02, 0.1, 0.96, 0.8), xticks=(), yticks=())
    _title(figure, words.of(scene.region.name), _dates(shot, words))
    draw_map(axes, scene, DPI)
    _legend(figure, words)
    return _saved(figure)


def _legend(figure: Figure, words: Words) -> None:
    """Below the map: marks and flows by tier, and what sizes and widths mean."""
    family = list(fonts())
    keys = tier_keys()
    names = [words(f"map.tier.{tier.word}") for tier in Tier]
    legend = figure.legend(
        keys, names, loc="lower left", bbox_to_anchor=(0.02, 0.035), ncols=len(keys),
        frameon=False, borderaxespad=0, prop={"family": family, "size": 11},
    )  # fmt: skip
    for text in legend.get_texts():
        text.set_color(INK)
    figure.text(0.03, 0.018, words("export.legend"), fontsize=9.5, color="#566373", family=family)


def charts_png(shot: Snapshot, chosen: str, words: Words) -> bytes:
    """The charts as the page shows them."""
    drawn = charts_of(shot, chosen, words)
    figure = _sheet(CHARTS_IN)
    _title(figure, words("page.title"), _dates(shot, words))
    start = np.datetime64(shot.plan.start)
    dates = start + np.array(drawn["x"], dtype="timedelta64[D]")
    for row, chart in enumerate(drawn["charts"]):
        axes = figure.add_axes((0.09, 0.68 - 0.305 * row, 0.75, 0.19))
        _chart(axes, dates, chart)
    return _saved(figure)


def _chart(axes: Axes, dates: Any, chart: dict[str, Any]) -> None:
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.grid(axis="y", color="#E4E8EC")
    axes.set_title(f"{chart['title']}  {chart['note']}", loc="left", fontsize=TEXT_PT, color=INK)
    for line in chart["lines"]:
        values = np.array([np.nan if value is None else value for value in line["values"]])
        style = (0, (4, 3)) if line["dash"] else "-"
        axes.plot(dates, values, color=line["colour"], ls=style, lw=2, label=line["name"])
    if chart["zero"]:
        axes.set_ylim(min(0.0, axes.get_ylim()[0]))
    if chart["percent"]:
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    ticks = dates[:: max(len(dates) // 6, 1)]
    axes.set_xticks(ticks, [str(day) for day in ticks], fontsize=9)
    axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False, fontsize=10)


def _sheet(size: tuple[float, float]) -> Figure:
    figure = Figure(figsize=size, dpi=DPI, facecolor="white")
    FigureCanvasAgg(figure)
    return figure


def _title(figure: Figure, title: str, below: str) -> None:
    figure.text(0.03, 0.965, title, fontsize=17, color=INK, family=list(fonts()), va="center")
    figure.text(0.03, 0.925, below, fontsize=11, color="#566373", family=list(fonts()))


def _dates(shot: Snapshot, words: Words) -> str:
    last = shot.plan.start + timedelta(shot.day - 1)
    told = words("export.dates", first=words.date(shot.plan.start), last=words.date(last))
    return f"{told}  ·  {words('export.modelled')}" if shot.day else words("export.modelled")


def _saved(figure: Figure) -> bytes:
    from matplotlib import rc_context

    written = io.BytesIO()
    with rc_context({"font.family": list(fonts())}):
        figure.savefig(written, format="png", dpi=DPI)
    return written.getvalue()


def _plain(value: float) -> float:
    return float(f"{value:.10g}")
