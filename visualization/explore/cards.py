"""How the key figures are written on their cards, with their change from the baseline."""

from model.wording import Words
from visualization.visitor.figures import FIGURES
from visualization.visitor.snapshot import Shown, Snapshot

# Money in the language's large units, largest first.
LARGE = {
    "en": ((1e9, "billion"), (1e6, "million")),
    "zh": ((1e8, "hundred_million"), (1e4, "ten_thousand")),
}
DIGITS = {"primary_share": 1, "wait": 1, "out_of_pocket": 0, "trust": 3}


def cards_of(shot: Snapshot | None, words: Words) -> list[dict[str, str]]:
    """One card a figure, in the order of `FIGURES`; empty values before the first snapshot."""
    return [_card(name, shot.figures[name] if shot else None, words) for name in FIGURES]


def _card(name: str, shown: Shown | None, words: Words) -> dict[str, str]:
    value, unit = written(name, shown.value, words) if shown else ("–", "")
    return {
        "id": name,
        "label": words(f"figure.{name}.label"),
        "help": words(f"figure.{name}.help"),
        "unit": unit,
        "value": value,
        "change": _change(name, shown, words) if shown else "",
        "tone": tone(name, shown) if shown else "",
    }


def written(name: str, value: float, words: Words) -> tuple[str, str]:
    """A figure with as many digits as it deserves, and its unit."""
    if name == "primary_share":
        return words.percent(value), ""
    if name == "fund_balance":
        scale, unit = _scale(abs(value), words)
        digits = 0 if abs(value) >= 1000 * scale else 1
        shown = round(value / scale, digits) + 0.0  # no minus before nothing
        return f"{shown:,.{digits}f}", unit
    return f"{value:,.{DIGITS[name]}f}", words(f"figure.{name}.unit")


def _scale(size: float, words: Words) -> tuple[float, str]:
    """By what an amount of money is divided, and the unit that it then has."""
    steps = LARGE[words.language]
    scale, unit = next((step for step in steps if size >= step[0]), steps[-1])
    return scale, words(f"figure.money.{unit}")


def tone(name: str, shown: Shown) -> str:
    """Whether the change is one that planners want: `better`, `worse`, or nothing."""
    if shown.change is None or _is_none(name, shown.change):
        return ""
    return "better" if (shown.change > 0) == FIGURES[name] else "worse"


def _change(name: str, shown: Shown, words: Words) -> str:
    if shown.change is None:
        return words("figure.comparing")
    if _is_none(name, shown.change):
        return words("figure.as_baseline")
    arrow = "▲" if shown.change > 0 else "▼"
    size = abs(shown.change)
    if name == "primary_share":
        text = words("figure.points", n=f"{size * 100:.1f}")
    else:
        scale = _scale(max(abs(shown.value), size), words)[0]
        text = f"{size / scale:,.1f}" if name == "fund_balance" else written(name, size, words)[0]
    return words("figure.change", change=f"{arrow} {text}")


def _is_none(name: str, change: float) -> bool:
    """Too small to be seen at the digits shown."""
    if name == "primary_share":
        return abs(change) < 0.0005
    return abs(change) < (1e4 if name == "fund_balance" else 0.5 * 10 ** -DIGITS[name])
