"""A discovery as JSON, as sentences, and as a picture."""

import math
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from rich.console import Console
from rich.table import Table

from experiments.discovery.cases import Cases
from experiments.discovery.prim import Found
from experiments.experiment import Point
from experiments.map.picture import INK
from experiments.panels import PALE, head, plain, save_png
from experiments.picture_words import AS_TYPED, PictureWords
from experiments.results import write_json

FILE, PICTURE = "discovery.json", "discovery.png"
HIT, MISS, BOX = "#B3261E", "#B9C4CC", "#1F2933"
DPI = 100


def content(
    cases: Cases, found: Found, way: list[Found], criterion: str, at: Point
) -> dict[str, Any]:
    """What `fenji discover --json` prints; limits from the surest to the least sure."""
    inside = found.box.holds(cases.x)
    surest = sorted(found.luck, key=lambda dimension: found.luck[dimension])
    return {
        "criterion": criterion,
        "at": dict(at),
        "baseline": None if cases.baseline is None else dict(cases.baseline),
        "cases": len(cases.hits),
        "hits": int(cases.hits.sum()),
        "varied": list(cases.paths),
        "box": {
            "coverage": found.coverage,
            "density": found.density,
            "mass": found.mass,
            "cases": found.n_cases,
            "hits": found.n_hits,
            "mean_inside": float(cases.measured[inside].mean()),
            "mean_outside": _mean(cases.measured[~inside]),
            "limits": [_limit(cases, found, dimension) for dimension in surest],
        },
        "peeling": [
            {
                "coverage": step.coverage,
                "density": step.density,
                "mass": step.mass,
                "restricted": len(step.box.restricted),
            }
            for step in way
        ],
    }


def save(cases: Cases, told: dict[str, Any], folder: Path) -> None:
    """Write `discovery.json` and `discovery.png`."""
    write_json(folder / FILE, told)
    save_png(compose(cases, told), folder / PICTURE)


def show(told: dict[str, Any]) -> None:
    """The box in words and its limits as a table."""
    console, box = Console(), told["box"]
    console.print(
        f"{told['hits']} of {told['cases']} points meet: {told['criterion']}\n"
        f"The box holds {box['hits']} of them (coverage {box['coverage']:.0%}); of its "
        f"{box['cases']} points {box['density']:.0%} meet it (density), of all points "
        f"{told['hits'] / told['cases']:.0%}.",
        highlight=False,
    )
    if not box["limits"]:
        console.print("Nothing that was varied tells them apart.")
        return
    table = Table("varied", "in the box", "of the points tried", "quasi-p", box=None)
    for limit in box["limits"]:
        low = limit["range_low"] if limit["low"] is None else limit["low"]
        high = limit["range_high"] if limit["high"] is None else limit["high"]
        tried = f"{limit['range_low']:.4g} to {limit['range_high']:.4g}"
        row = (limit["path"], f"{low:.4g} to {high:.4g}", tried, f"{limit['quasi_p']:.2g}")
        table.add_row(*row)
    console.print(table)


def compose(cases: Cases, told: dict[str, Any], say: PictureWords = AS_TYPED) -> Figure:
    """Coverage against density on the way of peeling, and the box in its surest dimensions."""
    figure = Figure(figsize=(15.0, 6.8), dpi=DPI, facecolor="white")
    FigureCanvasAgg(figure)
    figure.set_layout_engine("constrained", rect=(0.01, 0.02, 0.98, 0.84), wspace=0.08)
    left, right = figure.subplots(1, 2)
    _draw_way(left, told, say)
    _draw_box(right, cases, told, say)
    title = say("discovery.where", criterion=say.criterion(told["criterion"]))
    figure.text(0.02, 0.94, title, fontsize=17, color=INK)
    below = say("discovery.met", hits=told["hits"], cases=told["cases"])
    figure.text(0.02, 0.9, below, fontsize=11, color=PALE)
    return figure


def _mean(values: Any) -> float | None:
    return float(values.mean()) if len(values) else None


def _limit(cases: Cases, found: Found, dimension: int) -> dict[str, Any]:
    ends = float(found.box.low[dimension]), float(found.box.high[dimension])
    low, high = (end if math.isfinite(end) else None for end in ends)
    return {
        "path": cases.paths[dimension],
        "low": low,
        "high": high,
        "range_low": float(cases.x[:, dimension].min()),
        "range_high": float(cases.x[:, dimension].max()),
        "quasi_p": found.luck[dimension],
    }


def _draw_way(axes: Axes, told: dict[str, Any], say: PictureWords) -> None:
    coverage = [step["coverage"] for step in told["peeling"]]
    density = [step["density"] for step in told["peeling"]]
    head(axes, say("discovery.way"), say("discovery.way_below"))
    axes.plot(coverage, density, color=MISS, marker="o", ms=5)
    box = told["box"]
    axes.plot(box["coverage"], box["density"], marker="s", ms=12, color=HIT, ls="")
    place = (box["coverage"], box["density"])
    text = say("discovery.chosen")
    axes.annotate(text, place, (-14, -22), textcoords="offset points", color=HIT, ha="right")
    axes.set(xlim=(0, 1.05), ylim=(0, 1.05))
    axes.set_xlabel(say("discovery.coverage"), color=INK)
    axes.set_ylabel(say("discovery.density"), color=INK)
    plain(axes)


def _draw_box(axes: Axes, cases: Cases, told: dict[str, Any], say: PictureWords) -> None:
    paths = [limit["path"] for limit in told["box"]["limits"]][:2]
    paths += [path for path in cases.paths if path not in paths][: 2 - len(paths)]
    columns = [cases.x[:, cases.paths.index(path)] for path in paths]
    if len(columns) < 2:
        columns.append(cases.measured)
        paths.append(told["criterion"].split(" and ")[0])
    head(axes, say("discovery.box"), say("discovery.box_below"))
    for hit, colour, label in ((False, MISS, "misses"), (True, HIT, "hits")):
        at, label = cases.hits == hit, say(f"discovery.{label}")
        axes.scatter(columns[0][at], columns[1][at], c=colour, s=22, label=label)
    limits = {limit["path"]: limit for limit in told["box"]["limits"]}
    (left, right), (low, high) = (
        _ends(limits.get(path), axis)
        for path, axis in zip(paths, (axes.get_xlim(), axes.get_ylim()), strict=True)
    )
    frame = Rectangle((left, low), right - left, high - low, fill=False, ec=BOX, lw=2.2)
    axes.add_patch(frame)
    names = [say.path(p) if p in cases.paths else say.criterion(p) for p in paths]
    axes.set_xlabel(names[0], color=INK)
    axes.set_ylabel(names[1], color=INK)
    axes.legend(loc="upper left", bbox_to_anchor=(0, -0.1), ncols=2, frameon=False)
    plain(axes)


def _ends(limit: dict[str, Any] | None, axis: tuple[float, float]) -> tuple[float, float]:
    low = axis[0] if limit is None or limit["low"] is None else limit["low"]
    high = axis[1] if limit is None or limit["high"] is None else limit["high"]
    return low, high
