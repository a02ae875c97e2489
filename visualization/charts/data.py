"""What the charts show of a snapshot: series thinned to what a screen shows, with their words."""

from typing import Any

import numpy as np
import solara

from experiments.map.picture import LOOKS
from model.terms import Floats, Tier
from model.wording import Words
from visualization.visitor.figures import FIGURES
from visualization.visitor.snapshot import Snapshot

MOST_POINTS = 130  # of a line
MEAN_DAYS = 7  # that lines by tier are averaged over, to the left of a day
OWN, OTHER = "#1d5a85", "#8390a0"
# Least span of the value axis, so that noise does not look like news.
LEAST = dict(zip(FIGURES, (0.04, 4.0, 1.0, 80.0, 0.02), strict=True))
LARGE = {"en": (1e6, "million"), "zh": (1e4, "ten_thousand")}


@solara.component_vue("charts.vue", vuetify=False)
def Charts(
    language: str, first: str, days: int, x: list[int], charts: list[dict[str, Any]]
) -> None:
    """Lines over dates, drawn in the browser as SVG."""


def charts_of(shot: Snapshot, chosen: str, words: Words) -> dict[str, Any]:
    """Properties of the component `Charts`: a key figure against the baseline, and two by tier."""
    days = shot.history[chosen].shape[0]
    at = _thinned(days)
    visits, capacity = shot.series["visits"], shot.series["capacity"]
    total = np.broadcast_to(visits.sum(axis=1, keepdims=True), visits.shape)
    return {
        "language": words.language,
        "first": shot.plan.start.isoformat(),
        "days": shot.plan.days,
        "x": [int(day) for day in at],
        "charts": [
            _figure(shot, chosen, at, words),
            _by_tier("shares", visits, total, at, words),
            _by_tier("crowding", visits, capacity, at, words),
        ],
    }


def _figure(shot: Snapshot, chosen: str, at: Floats, words: Words) -> dict[str, Any]:
    scale, unit = 1.0, words(f"figure.{chosen}.unit")
    if chosen == "fund_balance":
        scale, name = LARGE[words.language]
        unit = words(f"figure.money.{name}")
    own = _listed(shot.history[chosen] / scale, at)
    baseline = _listed(shot.baseline[chosen] / scale, at)
    last = words("chart.last", value=f"{own[-1]:,.4g}", unit=unit)
    lines = [
        {"name": words("chart.baseline"), "values": baseline, "colour": OTHER, "dash": "5 4"},
        {"name": words("chart.this_run"), "values": own, "colour": OWN, "dash": ""},
    ]
    return {
        "id": "figure",
        "title": words(f"figure.{chosen}.label"),
        "note": unit,
        "percent": chosen == "primary_share",
        "digits": {"primary_share": 1, "trust": 3}.get(chosen, 1),
        "zero": chosen == "fund_balance",
        "least": LEAST[chosen],
        "told": last,
        "lines": [{**line, "ink": line["colour"]} for line in lines],
    }


def _by_tier(name: str, above: Floats, below: Floats, at: Floats, words: Words) -> dict[str, Any]:
    lines, told = [], []
    for tier in Tier:
        look = LOOKS[tier]
        part, whole = _running(above[:, tier]), _running(below[:, tier])
        ratio = np.divide(part, whole, out=np.full(len(part), np.nan), where=whole > 0)
        values = _listed(np.concatenate(([np.nan], ratio)), at)
        lines.append(
            {
                "name": words(f"chart.tier.{tier.word}"),
                "values": values,
                "colour": look.colour,
                "ink": look.ink,
                "dash": "",
            }
        )
        if values[-1] is not None:
            told.append(f"{lines[-1]['name']} {words.percent(values[-1])}")
    return {
        "id": name,
        "title": words(f"chart.{name}.title"),
        "note": words(f"chart.{name}.note"),
        "percent": True,
        "digits": 1,
        "zero": True,
        "least": 0.05,
        "told": words("chart.join").join(told),
        "lines": lines,
    }


def _running(values: Floats) -> Floats:
    """Sums over the last `MEAN_DAYS` days, fewer in the beginning."""
    total = np.concatenate((np.zeros(1), values.cumsum()))
    days = np.arange(1, len(total))
    sums: Floats = total[days] - total[np.maximum(days - MEAN_DAYS, 0)]
    return sums


def _thinned(n: int) -> Floats:
    """Days to show out of `n`, the first and the last among them."""
    step = -(-n // MOST_POINTS)
    return np.unique(np.append(np.arange(0, n, step), n - 1))


def _listed(values: Floats, at: Floats) -> list[float | None]:
    """The values on some days as plain numbers; none where there is none."""
    known = [float(values[day]) if day < len(values) else float("nan") for day in at]
    return [None if value != value else float(f"{value:.5g}") for value in known]
