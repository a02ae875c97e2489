"""A patient's options as stacked bars: what speaks for each, what against, and the sum."""

from collections.abc import Sequence
from html import escape

from model.wording import Words
from visualization.panels.parts import TIER_COLOURS, TIER_SIGNS
from visualization.panels.patient_story import Choice

# Colours of Okabe and Ito and their neighbours: what speaks for it cool, what against it warm.
TERM_COLOURS = {
    "trust": "#0072B2",
    "quality": "#56B4E9",
    "habit": "#009E73",
    "doctor": "#7FC8A9",
    "tier": "#9AA5B1",
    "scope": "#7B4F9D",
    "time": "#E69F00",
    "price": "#D55E00",
    "wait": "#CC79A7",
    "by way of the centre": "#4B5563",
}
MOST_CHOICES = 12


def weighing_chart(choices: Sequence[Choice], chosen: int, words: Words) -> str:
    """One bar a facility, best first: terms above zero to the right, below zero to the left.

    chosen: the facility to which she went, -1 for none.
    """
    shown = list(choices[:MOST_CHOICES])
    if all(choice.facility != chosen for choice in shown):
        shown += [choice for choice in choices if choice.facility == chosen]
    most = max((_side(choice, 1) for choice in shown), default=0.0)
    least = min((_side(choice, -1) for choice in shown), default=0.0)
    span = max(most - least, 1e-9)
    used = [name for name in TERM_COLOURS if any(choice.terms.get(name) for choice in shown)]
    key = "".join(
        f'<li><i style="background:{TERM_COLOURS[name]}"></i>{escape(_name(name, words))}</li>'
        for name in used
    )
    rows = "".join(_row(choice, choice.facility == chosen, least, span, words) for choice in shown)
    return f'<ul class="fj-key">{key}</ul><ol class="fj-weighing">{rows}</ol>'


def segments(
    terms: Sequence[tuple[str, float]], least: float, span: float
) -> list[tuple[str, float, float]]:
    """Name, left end and width of each term that is not zero, percent of the bar's room.

    >>> segments([("trust", 2.0), ("time", -1.0), ("habit", 1.0)], -1.0, 4.0)
    [('trust', 25.0, 50.0), ('time', 0.0, 25.0), ('habit', 75.0, 25.0)]
    """
    ends = {1: -least, -1: -least}
    placed = []
    for name, value in terms:
        side = 1 if value > 0 else -1
        start = ends[side] if value > 0 else ends[side] + value
        if value:
            placed.append((name, 100 * start / span, 100 * abs(value) / span))
        ends[side] += value
    return placed


def _side(choice: Choice, sign: int) -> float:
    return sum(value for value in choice.terms.values() if value * sign > 0)


def _row(choice: Choice, chosen: bool, least: float, span: float, words: Words) -> str:
    terms = [(name, choice.terms.get(name, 0.0)) for name in TERM_COLOURS]
    bars = "".join(
        f'<i style="left:{left:.2f}%;width:{width:.2f}%;background:{TERM_COLOURS[name]}" '
        f'title="{escape(f"{_name(name, words)} {choice.terms[name]:+.2f}", quote=True)}"></i>'
        for name, left, width in segments(terms, least, span)
    )
    zero, net = 100 * -least / span, 100 * (choice.utility - least) / span
    told = ", ".join(f"{_name(name, words)} {value:+.2f}" for name, value in terms if value)
    mark = f'<em class="fj-went">{escape(words("panel.went"))}</em>' if chosen else ""
    about = words(
        "panel.about",
        minutes=f"{choice.minutes:.0f}",
        price=f"{choice.price_cny:,.0f}",
        wait=f"{choice.wait_hours * 60:.0f}",
    )
    return (
        f'<li class="{"fj-chosen" if chosen else ""}" data-facility="{choice.facility}">'
        f'<div class="fj-name"><i style="color:{TIER_COLOURS[choice.tier]}">'
        f"{TIER_SIGNS[choice.tier]}</i><span>{escape(words.of(choice.name))}</span>{mark}"
        f"<b>{words.percent(choice.probability, 0)}</b></div>"
        f'<div class="fj-bars" role="img" aria-label="{escape(told, quote=True)}">{bars}'
        f'<s style="left:{zero:.2f}%"></s><u style="left:{net:.2f}%" '
        f'title="{escape(words("panel.sum"), quote=True)} {choice.utility:+.2f}"></u></div>'
        f"<small>{escape(about)}</small></li>"
    )


def _name(term: str, words: Words) -> str:
    return words(f"panel.term.{term.replace(' ', '_')}")
