"""The words of a picture: its texts in a language, and what it calls indicators and paths."""

from dataclasses import dataclass

from experiments.discovery.cases import parse_criterion
from experiments.html_report.policies import path_name
from experiments.html_report.words import Figures
from model.wording import Words


@dataclass(frozen=True, slots=True)
class PictureWords:
    """Texts of `picture.yaml`; names as they are typed, or as a reader calls them."""

    words: Words
    typed: bool = False

    def __call__(self, key: str, **fields: object) -> str:
        """A text of the picture."""
        return self.words(f"picture.{key}", **fields)

    def indicator(self, name: str) -> str:
        """An indicator, of all or of a group."""
        return name if self.typed else Figures(self.words, {}).grouped(name)

    def unit(self, unit: str) -> str:
        """A unit of an indicator."""
        key = "picture.share" if unit == "share" else f"report.unit.{unit}"
        return unit if self.typed or key not in self.words else self.words(key)

    def path(self, path: str) -> str:
        """A parameter or a policy's lever."""
        return path if self.typed else path_name(path, self.words)

    def criterion(self, text: str) -> str:
        """What a discovery looked for."""
        if self.typed:
            return text
        parts = []
        for term in parse_criterion(text):
            of = self(f"discovery.{term.of or 'value'}", name=self.indicator(term.indicator))
            parts.append(f"{of} {term.sign} {term.limit:g}")
        return self("discovery.and").join(parts)

    def residents(self, n: int | None) -> str:
        """How many were simulated."""
        return self("residents", n=self.words.count(n)) if n else self("all_residents")


AS_TYPED = PictureWords(Words("en"), typed=True)  # on the command line
