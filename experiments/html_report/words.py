"""How a report says a figure: the indicator's name, its value and its change, in one language."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from model.terms import Tier
from model.wording import Words

DASH = "–"
MINUS = "−"
# By unit: the factor and the digits with which a value is written.
FORMS = {
    "share": (100.0, 1),
    "minutes": (1.0, 1),
    "days": (1.0, 2),
    "visits/person/year": (1.0, 2),
    "admissions/person/year": (1.0, 4),
    "0 to 1": (1.0, 3),
    "ratio": (1.0, 3),
    "-1 to 1": (1.0, 3),
    "index": (1.0, 3),
    "months": (1.0, 1),
    "CNY": (1.0, 0),
    "CNY/person/year": (1.0, 0),
    "CNY/visit": (1.0, 0),
    "CNY/stay": (1.0, 0),
}
SIGNIFICANT = 3  # digits of what has no form


@dataclass(frozen=True, slots=True)
class Figures:
    """Words for indicators.

    >>> figures = Figures(Words("en"), {"visit_share_tertiary": "share"})
    >>> figures.label("visit_share_tertiary"), figures.value("visit_share_tertiary", 0.2768)
    ('Share of visits at tertiary hospitals', '27.7%')
    >>> figures.change("visit_share_tertiary", -0.0434)
    '−4.3'
    """

    words: Words
    units: Mapping[str, str]

    def label(self, name: str) -> str:
        """The name of an indicator; its id where the languages have none."""
        stem, _, last = name.rpartition("_")
        if f"report.indicator.{name}" in self.words:
            return self.words(f"report.indicator.{name}")
        if last in _TIERS and f"report.indicator.{stem}" in self.words:
            return self.words(f"report.indicator.{stem}", tier=self.words(f"report.tier.{last}"))
        return name

    def grouped(self, name: str) -> str:
        """The name of an indicator, with its group if it is one group's."""
        stem, *group = name.split(".")
        if not group:
            return self.label(stem)
        axis, key = group
        of = (
            self.words(f"report.group.{axis}.name"),
            self.words(f"report.group.{axis}.{key.lower()}"),
        )
        return f"{self.label(stem)} ({': '.join(of)})"

    def unit(self, name: str) -> str:
        """The unit of an indicator as it is written beside a table's row."""
        unit = self.units.get(name, "")
        return self.words(f"report.unit.{unit}") if unit in FORMS else unit

    def unit_of_change(self, name: str) -> str:
        """The unit of a difference: percentage points for a share."""
        return self.words("report.unit.points") if self._is_share(name) else self.unit(name)

    def value(self, name: str, value: float | None) -> str:
        """A value without its unit, a share in percent."""
        if value is None:
            return DASH
        return self._number(name, value) + ("%" if self._is_share(name) else "")

    def change(self, name: str, value: float | None) -> str:
        """A difference with its sign."""
        if value is None:
            return DASH
        text = self._number(name, abs(value))
        if not any(digit in "123456789" for digit in text):
            return text
        return (MINUS if value < 0 else "+") + text

    def interval(self, name: str, low: float | None, high: float | None) -> str:
        """The bounds of a difference."""
        if low is None or high is None:
            return DASH
        to = self.words("report.to")
        return f"{self.change(name, low)} {to} {self.change(name, high)}"

    def _is_share(self, name: str) -> bool:
        return self.units.get(name.split(".")[0]) == "share"

    def _number(self, name: str, value: float) -> str:
        unit = self.units.get(name.split(".")[0], "")
        if unit not in FORMS:
            return f"{value:,.{SIGNIFICANT}g}".replace("-", MINUS)
        factor, digits = FORMS[unit]
        size = abs(value * factor)
        if unit.startswith("CNY") and 0 < size < 10:
            digits = 2
        elif size >= 1e6:
            return self.words.money(value).removesuffix(self.words("unit.cny")).strip()
        return f"{value * factor:,.{digits}f}".replace("-", MINUS)


_TIERS = {tier.word for tier in Tier}


def sure(row: Mapping[str, float | None]) -> bool:
    """Whether an interval of `paired_differences` leaves out zero."""
    low, high = row["low"], row["high"]
    if low is None or high is None or math.isnan(low):
        return False
    return low > 0 or high < 0
