"""Names on a map: in letters that the fonts have, and where nothing else is."""

import math
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache

import numpy as np
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.patheffects import withStroke
from matplotlib.text import Text

from model.terms import Bools, Floats

LATIN = "DejaVu Sans"  # comes with matplotlib
CHINESE = (
    "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "Source Han Sans CN",
    "Microsoft YaHei", "PingFang SC", "Hiragino Sans GB", "Heiti SC", "SimHei", "SimSun",
    "WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "AR PL UMing CN", "Arial Unicode MS",
)  # fmt: skip
ANGLES = np.radians([0, 180, 90, 270, 30, 150, 210, 330, 60, 120, 240, 300])
STEPS_PT = (2.0, 7.0, 14.0, 26.0, 42.0, 62.0, 90.0)
LEADER_PT = 10.0  # a label farther off than this gets a line to its place
BLOCKED = 1e6

Boxes = Floats  # (n, 4): left, bottom, right, top


@dataclass(frozen=True, slots=True)
class Label:
    """A name and what it names."""

    text: str
    x: float
    y: float
    radius: float  # of the thing at (x, y)
    ink: str
    size_pt: float


@cache
def fonts() -> tuple[str, ...]:
    """Families for text: Latin, then a Chinese one if it is installed."""
    if not _installed(CHINESE):  # the list that matplotlib keeps may be older than the font
        for file in font_manager.findSystemFonts():
            with suppress(OSError, RuntimeError):  # a font that it cannot draw with
                font_manager.fontManager.addfont(file)
    return (LATIN, *_installed(CHINESE)[:1])


def _installed(families: Sequence[str]) -> list[str]:
    known = {font.name for font in font_manager.fontManager.ttflist}
    return [name for name in families if name in known]


@cache
def _letters() -> frozenset[int]:
    files = [font_manager.findfont(family) for family in fonts()]
    return frozenset(code for file in files for code in font_manager.get_font(file).get_charmap())


def legible(*names: str) -> str:
    """The first name whose letters the fonts have all; else the last, what is unknown as '?'.

    >>> legible("Mill Town", "mill")
    'Mill Town'
    """
    for name in names:
        if all(ord(letter) in _letters() for letter in name):
            return name
    return "".join(letter if ord(letter) in _letters() else "?" for letter in names[-1])


def place_labels(
    axes: Axes, labels: Sequence[Label], occupied: Boxes, busy: Floats, per_pt: float
) -> list[Text]:
    """Put each label, first come first served, where it hides nothing; leave out what has no room.

    occupied: what no label may cover; busy: points (n, 2) that labels had better not cover, both
    in the units of the axes; per_pt: such units in a point. A label pushed away gets a line.
    """
    view = np.array([*axes.get_xlim(), *axes.get_ylim()])[[0, 2, 1, 3]]
    taken = occupied
    placed = []
    for label in labels:
        text = _text(axes, label)
        boxes, distance = _candidates(label, _size(axes, text), per_pt, view)
        cost = _overlap(boxes, taken) * BLOCKED + _points_inside(boxes, busy) + distance / 2
        best = int(cost.argmin())
        if cost[best] >= BLOCKED:
            text.remove()
            continue
        left, bottom, right, top = boxes[best].tolist()
        text.set_position(((left + right) / 2, (bottom + top) / 2))
        if distance[best] > LEADER_PT:
            _draw_leader(axes, label, boxes[best])
        taken = np.vstack((taken, boxes[best]))
        placed.append(text)
    return placed


def _text(axes: Axes, label: Label) -> Text:
    return axes.text(
        label.x, label.y, label.text, ha="center", va="center", fontsize=label.size_pt,
        color=label.ink, family=list(fonts()), linespacing=1.05, zorder=9, parse_math=False,
        path_effects=[withStroke(linewidth=3, foreground="white")],
    )  # fmt: skip


def _size(axes: Axes, text: Text) -> tuple[float, float]:
    """Width and height of a text in the units of the axes."""
    extent = text.get_window_extent()
    corners = axes.transData.inverted().transform(extent.get_points())
    width, height = (corners[1] - corners[0]).tolist()
    return width, height


def _candidates(
    label: Label, size: tuple[float, float], per_pt: float, view: Floats
) -> tuple[Boxes, Floats]:
    """Boxes around the thing and inside the view, (n, 4), and how far each is off, points."""
    step = np.repeat(STEPS_PT, len(ANGLES))
    turn = np.tile(ANGLES, len(STEPS_PT))
    toward = np.stack((np.cos(turn), np.sin(turn)), axis=1)
    reach = label.radius + step * per_pt
    half = np.array(size) / 2
    centre = np.array([label.x, label.y]) + toward * reach[:, None]
    centre += np.clip(toward * math.sqrt(2), -1, 1) * half
    margin = half + 4 * per_pt
    centre = np.clip(centre, view[:2] + margin, view[2:] - margin)
    return np.concatenate((centre - half, centre + half), axis=1), step


def _overlap(boxes: Boxes, others: Boxes) -> Floats:
    """How many of the others each box meets."""
    apart = (boxes[:, None, :2] >= others[None, :, 2:]) | (
        boxes[:, None, 2:] <= others[None, :, :2]
    )
    return np.asarray((~apart.any(axis=2)).sum(axis=1), np.float64)


def _points_inside(boxes: Boxes, points: Floats) -> Floats:
    inside: Bools = (points[None] > boxes[:, None, :2]) & (points[None] < boxes[:, None, 2:])
    return np.asarray(inside.all(axis=2).sum(axis=1), np.float64)


def _draw_leader(axes: Axes, label: Label, box: Floats) -> None:
    end = np.clip((label.x, label.y), box[:2], box[2:])
    axes.plot([label.x, end[0]], [label.y, end[1]], color=label.ink, lw=0.9, zorder=3.9)
