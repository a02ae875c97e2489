"""The parts of a panel as HTML text: facts, bars, small charts. Every text is escaped here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from html import escape

from model.terms import Tier
from model.wording import Words

TIER_COLOURS = {
    Tier.CLINIC: "#4DB6AC",
    Tier.CENTRE: "#2B6CB0",
    Tier.SECONDARY: "#F0A30A",
    Tier.TERTIARY: "#7A1F3D",
}
TIER_SIGNS = {Tier.CLINIC: "●", Tier.CENTRE: "■", Tier.SECONDARY: "◆", Tier.TERTIARY: "▲"}
HIGHEST = 0.8  # of a small chart, where its largest value stands; room for words above


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a bar: its name, share or length, the number as written, its colour."""

    name: str
    size: float
    text: str
    colour: str


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a ranked list; `choose` is told when it is clicked."""

    name: str
    size: float
    text: str
    colour: str
    sign: str = ""
    choose: str = ""


def heading(title: str, subtitle: str, close: str, back: tuple[str, str] | None = None) -> str:
    """Title, what it is, a way back (text, what it chooses) and a button that closes the panel."""
    way = f'<button class="fj-back" {_choose(back[1])}>← {escape(back[0])}</button>' if back else ""
    return (
        f"<header>{way}"
        f'<button class="fj-close" {_choose("")} aria-label="{_attribute(close)}" '
        f'title="{_attribute(close)}">×</button>'
        f"<h2>{escape(title)}</h2><p>{escape(subtitle)}</p></header>"
    )


def section(title: str, *parts: str) -> str:
    """A part of the panel under a heading of its own; nothing if it is empty."""
    inside = "".join(parts)
    return f"<section><h3>{escape(title)}</h3>{inside}</section>" if inside else ""


def facts(rows: Sequence[tuple[str, str]]) -> str:
    """Names and values, two columns of them."""
    cells = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in rows
    )
    return f'<dl class="fj-facts">{cells}</dl>'


def note(text: str) -> str:
    """A remark in small letters."""
    return f'<p class="fj-note">{escape(text)}</p>' if text else ""


def whole_bar(pieces: Sequence[Piece]) -> str:
    """Pieces of a whole side by side, with a key below."""
    total = sum(piece.size for piece in pieces) or 1.0
    bar = "".join(
        f'<i style="width:{100 * piece.size / total:.2f}%;background:{piece.colour}" '
        f'title="{_attribute(f"{piece.name} {piece.text}")}"></i>'
        for piece in pieces
    )
    key = "".join(
        f'<li><i style="background:{piece.colour}"></i>{escape(piece.name)} '
        f"<b>{escape(piece.text)}</b></li>"
        for piece in pieces
    )
    return f'<div class="fj-whole" aria-hidden="true">{bar}</div><ul class="fj-key">{key}</ul>'


def ranked_rows(rows: Sequence[Row]) -> str:
    """A list with a bar behind each row; rows that choose something are buttons."""
    most = max((row.size for row in rows), default=0.0) or 1.0
    return f'<ol class="fj-ranked">{"".join(_ranked(row, most) for row in rows)}</ol>'


def small_chart(
    dates: Sequence[date],
    values: Sequence[float],
    words: Words,
    *,
    title: str,
    colour: str,
    written: Sequence[str],
    limit: float | None = None,
    limit_name: str = "",
) -> str:
    """Values over days as an area, its last value written out.

    written: the last value and the top of the axis in words; limit: a level to compare with.
    """
    if len(values) < 2:
        return ""
    top = max(*values, limit or 0.0, 1e-9) / HIGHEST
    across = 100 / (len(values) - 1)
    line = "L".join(f"{i * across:.2f} {100 * (1 - v / top):.2f}" for i, v in enumerate(values))
    level = "" if limit is None else _level(100 * limit / top, limit_name)
    return (
        f'<figure class="fj-small"><figcaption>{escape(title)} '
        f"<b>{escape(written[0])}</b></figcaption>"
        f'<div><svg viewBox="0 0 100 100" preserveAspectRatio="none" role="img" '
        f'aria-label="{_attribute(f"{title} {written[0]}")}">'
        f'<path d="M0 100L{line}L100 100Z" fill="{colour}" opacity=".18"/>'
        f'<path d="M{line}" fill="none" stroke="{colour}"/></svg>{level}</div>'
        f"<p><span>{escape(words.date(dates[0]))}</span>"
        f"<span>{escape(words.date(dates[-1]))}</span></p></figure>"
    )


def _level(percent: float, name: str) -> str:
    return f'<s style="bottom:{percent:.1f}%"><span>{escape(name)}</span></s>'


def _ranked(row: Row, most: float) -> str:
    sign = f'<i class="fj-sign" style="color:{row.colour}">{row.sign}</i>' if row.sign else ""
    inside = (
        f'<i class="fj-fill" style="width:{100 * row.size / most:.2f}%;background:{row.colour}">'
        f"</i>{sign}<span>{escape(row.name)}</span><b>{escape(row.text)}</b>"
    )
    tag = f'button type="button" {_choose(row.choose)}' if row.choose else "div"
    return f"<li><{tag}>{inside}</{tag.split()[0]}></li>"


def _choose(what: str) -> str:
    return f'data-choose="{_attribute(what)}"'


def _attribute(text: str) -> str:
    return escape(text, quote=True)
