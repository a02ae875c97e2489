"""Charts as SVG text: lines over dates, and bars; no script, no font or colour from elsewhere.

Colours are those of Okabe and Ito, which the colour-blind can tell apart; lines differ by dash too.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from html import escape

from model.wording import Words

GREY, BLUE, ORANGE, GREEN, PINK = "#5f6368", "#0072B2", "#D55E00", "#009E73", "#CC79A7"
WIDTH, HEIGHT = 640, 300
LEFT, RIGHT, TOP, BOTTOM = 58, 14, 34, 30
BARS_WIDTH, ROW, BEFORE, NUMBER = 460, 34, 14, 64  # BEFORE: between a name and its bar
ENTRY, TIGHT = 48, 38  # of the legend, beside its text
TEXT = "font-family:inherit;font-size:13px;fill:#333"
LARGEST = 1.4  # times its own size
HALO = "paint-order:stroke;stroke:#fff;stroke-width:5px;stroke-linejoin:round"
MOST_TICKS = 7
WIDE = 0x2E80  # first of the Chinese characters
WEEKS_DAY, YEARS_DAY = 70, 1200  # up to the first weeks are marked, beyond the second ends of years


@dataclass(frozen=True, slots=True)
class Line:
    """One series: its name, its values at the dates of the chart, its colour and dash."""

    name: str
    values: Sequence[float]
    colour: str
    dash: str = ""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: its name, length, the number as it is written, and its colour."""

    name: str
    value: float
    text: str
    colour: str = BLUE


def line_chart(
    dates: Sequence[date], lines: Sequence[Line], words: Words, *, alt: str, percent: bool = False
) -> str:
    """Lines over dates, with a legend above; `alt` says in words what is shown.

    Values that are not finite leave a gap. The value axis begins at 0 unless that hides the lines.
    """
    known = [v for line in lines for v in line.values if math.isfinite(v)] or [0.0]
    low, high, step = _axis(min(known), max(known))
    width, height = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
    first, days = dates[0], max((dates[-1] - dates[0]).days, 1)

    def at(day: date) -> float:
        return LEFT + width * (day - first).days / days

    def up(value: float) -> float:
        return TOP + height * (1 - (value - low) / (high - low))

    parts = [_grid(low, high, step, up, percent), _months(dates, words, at)]
    for line in lines:
        points = [
            (at(day), up(value)) if math.isfinite(value) else None
            for day, value in zip(dates, line.values, strict=True)
        ]
        dash = f' stroke-dasharray="{line.dash}"' if line.dash else ""
        parts.append(
            f'<path d="{_path(points)}" fill="none" stroke="{line.colour}" '
            f'stroke-width="2.2"{dash}/>'
        )
    return _svg(HEIGHT, [*parts, _legend(lines)], alt, WIDTH)


def bar_chart(
    bars: Sequence[Bar], *, alt: str, mark: tuple[float, str] | None = None, top: float = 0.0
) -> str:
    """Bars from left to right, one a row; `mark` is a value to compare with, and its name.

    top: least value of the axis's end.
    """
    reach = max([top, *(bar.value for bar in bars), mark[0] if mark else 0.0, 1e-12])
    names = max(_length(bar.name) for bar in bars) + BEFORE
    width = BARS_WIDTH - names - NUMBER
    height = ROW * len(bars) + (28 if mark else 6)
    parts, told = [], []
    for row, bar in enumerate(bars):
        y, length = 4 + ROW * row, max(width * bar.value / reach, 1)
        parts.append(
            f'<text x="{names - 8:.1f}" y="{y + 18}" text-anchor="end" style="{TEXT}">'
            f"{escape(bar.name)}</text>"
            f'<rect x="{names:.1f}" y="{y + 2}" width="{length:.1f}" height="{ROW - 12}" '
            f'fill="{bar.colour}"/>'
        )
        told.append(
            f'<text x="{names + length + 6:.1f}" y="{y + 18}" style="{TEXT};{HALO}">'
            f"{escape(bar.text)}</text>"
        )
    if mark is not None:
        x, end = names + width * mark[0] / reach, height - 22
        anchor = "end" if x > BARS_WIDTH - _length(mark[1]) else "start"
        parts.append(
            f'<line x1="{x:.1f}" x2="{x:.1f}" y1="0" y2="{end}" stroke="#111" '
            f'stroke-width="2" stroke-dasharray="5 3"/><text x="{x:.1f}" y="{height - 6}" '
            f'text-anchor="{anchor}" style="{TEXT}">{escape(mark[1])}</text>'
        )
    # Numbers stand above the line of the mark.
    return _svg(height, [*parts, *told], alt, BARS_WIDTH)


def _axis(low: float, high: float) -> tuple[float, float, float]:
    """Round ends and step of a value axis."""
    if low >= 0 and low < 0.6 * high:
        low = 0.0
    span = (high - low) or abs(high) or 1.0
    rough = span / 5
    scale = 10 ** math.floor(math.log10(rough))
    step = next(m * scale for m in (1, 2, 2.5, 5, 10) if m * scale >= rough)
    return math.floor(low / step) * step, math.ceil(high / step + 1e-9) * step, step


def _grid(low: float, high: float, step: float, up: object, percent: bool) -> str:
    assert callable(up)
    parts = []
    for i in range(round((high - low) / step) + 1):
        value = low + i * step
        y = up(value)
        parts.append(
            f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="#ddd"/>'
            f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end" style="{TEXT}">'
            f"{_short(value, step, percent)}</text>"
        )
    return "".join(parts)


def _short(value: float, step: float, percent: bool) -> str:
    if percent:
        return f"{value * 100:.{1 if step < 0.01 else 0}f}%"
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if abs(value) >= size:
            return f"{value / (1e3 if letter == 'k' else size):g}{letter}"
    return f"{value:.10g}" if step >= 1 else f"{value:.{max(0, -math.floor(math.log10(step)))}f}"


def _months(dates: Sequence[date], words: Words, at: object) -> str:
    """First days of months, of weeks in a short run, or ends of years, with their dates."""
    assert callable(at)
    first, last = dates[0], dates[-1]
    days = [first + timedelta(i) for i in range((last - first).days + 1)]
    if len(days) > YEARS_DAY:
        marked = [date(year, 12, 31) for year in range(first.year, last.year + 1)]
    else:
        marked = [day for day in days if day.day == 1] if len(days) > WEEKS_DAY else days[::14]
    marked = marked[:: -(-len(marked) // MOST_TICKS)]
    foot = HEIGHT - BOTTOM
    anchors = ["end" if at(day) > WIDTH - 24 else "middle" for day in marked]
    return "".join(
        f'<line x1="{at(day):.1f}" x2="{at(day):.1f}" y1="{foot}" y2="{foot + 5}" stroke="#888"/>'
        f'<text x="{at(day):.1f}" y="{foot + 20}" text-anchor="{anchor}" style="{TEXT}">'
        f"{_date(day, words, day == marked[0])}</text>"
        for day, anchor in zip(marked, anchors, strict=True)
    )


def _date(day: date, words: Words, with_year: bool) -> str:
    if (day.month, day.day) == (12, 31):
        return f"{day.year}年" if words.language == "zh" else str(day.year)
    if words.language == "zh":
        text = f"{day.month}月" if day.day == 1 else f"{day.month}月{day.day}日"
        return f"{day.year}年{text}" if with_year or (day.month, day.day) == (1, 1) else text
    text = f"{day:%b}" if day.day == 1 else f"{day.day} {day:%b}"
    return f"{text} {day.year}" if with_year or (day.month, day.day) == (1, 1) else text


def _path(points: Sequence[tuple[float, float] | None]) -> str:
    parts, pen = [], "M"
    for point in points:
        if point is None:
            pen = "M"
            continue
        parts.append(f"{pen}{point[0]:.1f} {point[1]:.1f}")
        pen = "L"
    return "".join(parts)


def _legend(lines: Sequence[Line]) -> str:
    lengths, parts = [_length(line.name) for line in lines], []
    roomy = LEFT + sum(lengths) + ENTRY * len(lines) <= WIDTH
    x, entry = (float(LEFT), ENTRY) if roomy else (4.0, TIGHT)
    for line, length in zip(lines, lengths, strict=True):
        dash = f' stroke-dasharray="{line.dash}"' if line.dash else ""
        parts.append(
            f'<line x1="{x:.0f}" x2="{x + 24:.0f}" y1="14" y2="14" stroke="{line.colour}" '
            f'stroke-width="3"{dash}/><text x="{x + 30:.0f}" y="18" style="{TEXT}">'
            f"{escape(line.name)}</text>"
        )
        x += entry + length
    return "".join(parts)


def _length(text: str) -> float:
    """About how long a text is; Chinese characters are square."""
    return sum(13.0 if ord(letter) > WIDE else 7.2 for letter in text)


def _svg(height: float, parts: Sequence[str], alt: str, width: int) -> str:
    return (
        f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{escape(alt, quote=True)}" '
        f'style="width:100%;max-width:{width * LARGEST:.0f}px;display:block" '
        f'xmlns="http://www.w3.org/2000/svg">{"".join(parts)}</svg>'
    )
