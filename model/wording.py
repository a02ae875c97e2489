"""What the page, the reports and the lessons say, in English and Chinese, read from data/locale."""

from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from model.terms import InputError

LANGUAGES = {"en": "English", "zh": "中文"}


class Words:
    """The texts of one language: `words("map.legend")`, `words("day.left", n=3)`.

    A text may hold `{name}` fields, filled as by `str.format`.

    >>> Words("en").count(1234567), Words("zh").date(date(2023, 7, 1))
    ('1,234,567', '2023年7月1日')
    """

    def __init__(self, language: str) -> None:
        if language not in LANGUAGES:
            raise InputError("language", found=language, allowed=", ".join(LANGUAGES))
        self.language = language
        self._texts = read_texts(language)

    def __call__(self, key: str, **fields: object) -> str:
        """The text of a key; an unknown key is an error of the programme."""
        return self._texts[key].format(**fields) if fields else self._texts[key]

    def __contains__(self, key: str) -> bool:
        return key in self._texts

    def unit(self, unit: str) -> str:
        """A unit of a parameter or a rule, such as `CNY/person/year`, part by part."""
        first, *rest = (self._texts.get(f"unit.part.{part}", part) for part in unit.split("/"))
        below = ("·" if self.language == "zh" else "/").join(rest)
        return f"{first}/{below}" if rest else first

    def of(self, label: Mapping[str, str]) -> str:
        """The text of a label {en, zh} in this language."""
        return label[self.language]

    def date(self, day: date) -> str:
        """A calendar date as it is written."""
        if self.language == "zh":
            return f"{day.year}年{day.month}月{day.day}日"
        return f"{day.day} {day:%B %Y}"

    def count(self, n: float) -> str:
        """A whole number with its thousands apart."""
        return f"{n:,.0f}"

    def money(self, cny: float) -> str:
        """An amount of money, whole or, below a thousand, to the fen; large ones shortened."""
        size = abs(cny)
        cny_unit = self("unit.cny") if self.language == "zh" else f" {self('unit.cny')}"
        for limit, unit in _LARGE[self.language]:
            if size >= limit:
                return f"{cny / limit:,.2f}{unit}{cny_unit}"
        return f"{cny:,.{0 if size >= 1000 else 2}f}{cny_unit}"

    def percent(self, share: float, digits: int = 1) -> str:
        """A share of one as a percentage."""
        return f"{share * 100:.{digits}f}{'' if self.language == 'zh' else ' '}%"


_LARGE = {
    "en": ((1e12, " trillion"), (1e9, " billion"), (1e6, " million")),
    "zh": ((1e12, "万亿"), (1e8, "亿"), (1e4, "万")),
}


@cache
def read_texts(language: str) -> Mapping[str, str]:
    """All texts of a language by `file.key`, nested keys joined by dots."""
    texts: dict[str, str] = {}
    for file in sorted((files("model") / "data" / "locale" / language).iterdir(), key=str):
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
        texts |= _flat(content, file.name.removesuffix(".yaml"))
    return texts


def _flat(content: Mapping[str, Any], prefix: str) -> dict[str, str]:
    flat: dict[str, str] = {}
    for key, value in content.items():
        path = f"{prefix}.{key}"
        flat |= _flat(value, path) if isinstance(value, Mapping) else {path: str(value)}
    return flat
