"""The map of a run: who lives where, who treats whom, and the strongest flows between them."""

import textwrap
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.lines import Line2D

from experiments.map.labels import Boxes, Label, legible, place_labels
from experiments.map.scene import Scene, View, make_view, nice, part
from model.terms import Area, Bytes, Floats, Ints, Tier

TEXT_PT = 12.5
N_NAMES = 40  # settlements that may be named; those without room are not
N_HOSPITALS = 12  # of the county that may be named
WIDEST_PT, THINNEST_PT = 11.0, 1.0  # of flows
SETTLEMENT_PT = 6.0, 56.0  # diameters
LARGEST_FACILITY_PT = 20.0
SMALLEST_FACILITY_PT = np.array([3.5, 7.0, 10.0, 11.0])  # by tier
LAND_RADIUS = 0.04  # around each point where people live, of the height of the map
BEND = 0.12  # of a flow's length, its distance from the straight line
ARROWS = "→↗↑↖←↙↓↘"  # from the east, counter-clockwise
GROUND, LAND, SKIN, RIM, FRAME = "#F1EEE8", "#FCFBF9", "#EADFCB", "#A8997F", "#C9C2B5"
INK, GREY = "#2B2B2B", "#8A8A8A"


@dataclass(frozen=True, slots=True)
class Look:
    """How a tier is drawn; the colours stay apart for colour-blind readers."""

    colour: str
    ink: str  # the same, dark enough for text
    marker: str
    label: str
    short: str


LOOKS = {
    Tier.CLINIC: Look("#4DB6AC", "#217A71", "o", "Clinics, stations", "Clinics"),
    Tier.CENTRE: Look("#2B6CB0", "#2B6CB0", "s", "Health centres", "Centres"),
    Tier.SECONDARY: Look("#F0A30A", "#9A6400", "D", "Secondary hospitals", "Secondary"),
    Tier.TERTIARY: Look("#7A1F3D", "#7A1F3D", "^", "Tertiary hospitals", "Tertiary"),
}


def draw_map(axes: Axes, scene: Scene, per_inch: float) -> None:
    """Fill axes whose size on the page is final; per_inch: pixels."""
    page = axes.get_window_extent()
    view = make_view(scene, page.width / per_inch * 72, page.height / per_inch * 72)
    axes.set(xlim=(view.low[0], view.high[0]), ylim=(view.low[1], view.high[1]))
    axes.set_facecolor(GROUND)
    axes.spines[:].set_color(FRAME)
    tier = scene.region.facilities.tier
    marked = tier != Tier.CLINIC
    size = facility_pt(scene.visits, scene.visits.max(), SMALLEST_FACILITY_PT[tier])
    site = view.site.copy()
    site[marked] = part(site[marked], (size[marked] + 1) * view.per_pt)
    circle = _draw_settlements(axes, scene, view)
    curves = _draw_flows(axes, scene, site)
    _draw_facilities(axes, tier, site, size)
    bar = _draw_scale(axes, view, np.concatenate((scene.home, site)))
    radius = size[:, None] / 2 * view.per_pt
    marks = np.concatenate((site - radius, site + radius), axis=1)
    labels = [
        *_facility_labels(scene, view, site, radius[:, 0]),
        *_settlement_labels(scene, circle / 2 * view.per_pt),
    ]
    busy = np.vstack((curves, _spots(scene.home, circle / 2 * view.per_pt)))
    place_labels(axes, labels, np.vstack((marks[marked], bar)), busy, view.per_pt)


def settlement_pt(population: Floats | Ints, most: int) -> Floats:
    """Diameter of a settlement's circle, points; its area stands for the population."""
    least, largest = SETTLEMENT_PT
    return np.asarray(np.maximum(largest * np.sqrt(np.asarray(population) / most), least))


def facility_pt(visits: Floats, most: float, smallest: Floats | float) -> Floats:
    """Diameter of a facility's mark, points; its area stands for the visits."""
    size = LARGEST_FACILITY_PT * np.sqrt(visits / max(most, 1e-9))
    return np.asarray(np.maximum(size, smallest))


def flow_pt(visits: Floats, most: float) -> Floats:
    """Width of a flow, points: in proportion to the visits, but no hairline."""
    return np.asarray(np.maximum(WIDEST_PT * visits / max(most, 1e-9), THINNEST_PT))


def _draw_settlements(axes: Axes, scene: Scene, view: View) -> Floats:
    """Circles on the inhabited land, discs around all points that run together; diameters, pt."""
    if len(scene.place) > len(scene.home):
        land = 2 * LAND_RADIUS * float(view.high[1] - view.low[1]) / view.per_pt
        axes.scatter(
            scene.place[:, 0], scene.place[:, 1], s=land**2, c=LAND, linewidths=0, zorder=0.5
        )
    population = scene.region.settlements.population
    circle = settlement_pt(population, int(population.max()))
    axes.scatter(
        scene.home[:, 0], scene.home[:, 1], s=circle**2, c=SKIN, edgecolors=RIM, linewidths=0.8,
        alpha=0.85, zorder=1, gid="settlements",
    )  # fmt: skip
    return circle


def _draw_flows(axes: Axes, scene: Scene, site: Floats) -> Floats:
    """Curves, all bent to the right of their way, so that two opposite ones part; their points."""
    start = scene.home[scene.flows["settlement"].to_numpy()][:, None]
    row = scene.flows["facility"].to_numpy()
    end = site[row][:, None]
    bent = (start + end) / 2 + (end - start)[..., ::-1] * np.array([BEND, -BEND])
    t = np.linspace(0, 1, 24)[:, None]
    curves = (1 - t) ** 2 * start + 2 * t * (1 - t) * bent + t**2 * end
    visits = scene.flows["visits"].to_numpy()
    colours = [LOOKS[Tier(int(tier))].colour for tier in scene.region.facilities.tier[row]]
    lines = LineCollection(
        list(curves), linewidths=flow_pt(visits, visits.max(initial=0)), colors=colours,
        alpha=0.72, capstyle="round", zorder=3, gid="flows",
    )  # fmt: skip
    axes.add_collection(lines, autolim=False)
    return np.asarray(curves.reshape(-1, 2))


def _spots(middle: Floats, radius: Floats) -> Floats:
    """Points that stand for circles: their middles and eight others each."""
    turn = np.arange(9) * np.pi / 4
    spoke = 0.7 * np.stack((np.cos(turn), np.sin(turn)), axis=1) * (turn[:, None] > 0)
    return np.asarray((middle[:, None] + spoke * radius[:, None, None]).reshape(-1, 2))


def _draw_facilities(axes: Axes, tier: Bytes, site: Floats, size: Floats) -> None:
    for level, look in LOOKS.items():
        here = tier == level
        edge = "none" if level == Tier.CLINIC else "white"
        axes.scatter(
            site[here, 0], site[here, 1], s=size[here] ** 2, c=look.colour, marker=look.marker,
            edgecolors=edge, linewidths=1.0, zorder=4 + 0.1 * level, gid=level.word,
        )  # fmt: skip


def _draw_scale(axes: Axes, view: View, points: Floats) -> Boxes:
    """A scale bar in the emptiest corner; its box."""
    length, gap = nice(float(view.high[0] - view.low[0]) / 5), 8 * view.per_pt
    size = np.array([length + 4 * gap, 5 * gap])
    at = view.low + gap, view.high - gap - size
    corners = [np.array([at[i][0], at[j][1]]) for j in (0, 1) for i in (0, 1)]
    crowd = [((points > c - size) & (points < c + 2 * size)).all(axis=1).sum() for c in corners]
    left, bottom = corners[int(np.argmin(crowd))].tolist()
    x, y = left + 2 * gap, bottom + gap
    axes.plot([x, x, x + length, x + length], [y + gap / 2, y, y, y + gap / 2], color=INK, lw=1.6)
    axes.text(
        x + length / 2, y + gap / 2, f"{length:g} km", ha="center", va="bottom", color=INK,
        fontsize=TEXT_PT,
    )  # fmt: skip
    return np.array([[left, bottom, left + size[0], bottom + size[1]]])


def _facility_labels(scene: Scene, view: View, site: Floats, radius: Floats) -> list[Label]:
    """Names of what lies outside, with direction and minutes, and of the county's hospitals."""
    facilities = scene.region.facilities
    inside = (facilities.tier >= Tier.SECONDARY) & (facilities.area == Area.COUNTY)
    outside = np.flatnonzero(facilities.area != Area.COUNTY).tolist()
    labels = []
    for at in (*outside, *_most(scene.visits * inside, N_HOSPITALS)):
        name = legible(facilities.name[at], facilities.id[at])
        text = textwrap.fill(name, 18 if view.beyond[at] else 28)
        if not inside[at]:
            east, north = (scene.site[at] - site[at]).tolist()
            turn = round(np.arctan2(north, east) / (np.pi / 4)) % len(ARROWS)
            arrow = ARROWS[turn] + " " if view.beyond[at] else ""
            minutes = scene.minutes[at]
            text += f"\n{arrow}{minutes:.0f} min" if np.isfinite(minutes) else "\nno road"
        ink = LOOKS[Tier(int(facilities.tier[at]))].ink
        x, y = site[at].tolist()
        labels.append(Label(text, x, y, float(radius[at]), ink, TEXT_PT))
    return labels


def _settlement_labels(scene: Scene, radius: Floats) -> list[Label]:
    settlements, labels = scene.region.settlements, []
    for at in _most(settlements.population, N_NAMES):
        name, chinese = settlements.name[at], settlements.name_zh[at]
        both = [] if chinese == name else [f"{name} {chinese}"]
        text = legible(*both, name, settlements.id[at])
        x, y = scene.home[at].tolist()
        labels.append(Label(text, x, y, float(radius[at]), INK, TEXT_PT))
    return labels


def _most(amount: Floats | Ints, n: int) -> list[int]:
    """Rows with the largest amounts above zero, largest first."""
    order = np.argsort(-amount, kind="stable")[:n]
    return [int(at) for at in order if amount[at] > 0]


def tier_keys() -> list[Line2D]:
    """Marks and flows by tier, as entries of a legend."""
    style: dict[str, Any] = {"lw": 4, "ms": 12, "mec": "white"}
    return [
        Line2D([], [], color=look.colour, marker=look.marker, label=look.label, **style)
        for look in LOOKS.values()
    ]


def size_keys(scene: Scene) -> dict[str, list[Line2D]]:
    """What the sizes of circles and marks and the widths of flows mean: entries by heading."""
    people = int(scene.region.settlements.population.max())
    visits = float(scene.visits.max(initial=0.0))
    flow = float(scene.flows["visits"].to_numpy().max(initial=0.0))
    circle: dict[str, Any] = {"ls": "none", "marker": "o", "mfc": SKIN, "mec": RIM}
    mark: dict[str, Any] = {"ls": "none", "marker": "s", "mfc": GREY, "mec": "white"}
    return {
        "Residents": [
            Line2D([], [], ms=float(settlement_pt(np.array(n), people)), label=f"{n:,g}", **circle)
            for n in _steps(people, 20, 2)
        ],
        "Visits to a facility": [
            Line2D([], [], ms=float(facility_pt(np.array(n), visits, 0)), label=_daily(n), **mark)
            for n in _steps(visits, 5, 1.2)
        ],
        "Visits of a flow": [
            Line2D([], [], lw=float(flow_pt(np.array(n), flow)), label=_daily(n), color=GREY)
            for n in _steps(flow, 5, 1.2)
        ],
    }


def _daily(visits: float) -> str:
    return f"{visits:,g} a day"


def _steps(most: float, *over: float) -> list[float]:
    """Round sizes to show, each near the largest over a number; none of nothing."""
    return [nice(most / number) for number in over] if most > 0 else []
