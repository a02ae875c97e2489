"""What a report's page is made of; the templates know these and nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from experiments.html_report.plots import Picture


@dataclass(frozen=True, slots=True)
class Heading:
    """A title within a section."""

    text: str
    kind: str = "heading"


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph; style: plain, note, foreign (English in any language) or code."""

    text: str
    style: str = "plain"
    kind: str = "text"


@dataclass(frozen=True, slots=True)
class Points:
    """A list of sentences."""

    items: Sequence[str]
    kind: str = "points"


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under a head; the first `n_words` columns hold words, the others figures."""

    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    n_words: int = 1
    screen_only: bool = False  # left out of print
    kind: str = "table"


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture."""

    picture: Picture
    kind: str = "picture"


Block = Heading | Text | Points | Table | Shown


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page after the first."""

    id: str
    title: str
    blocks: Sequence[Block]


@dataclass(frozen=True, slots=True)
class Card:
    """A headline figure."""

    label: str
    value: str
    below: Sequence[str]


@dataclass(frozen=True, slots=True)
class Page:
    """The whole report."""

    title: str
    question: str
    answers: Sequence[str]
    answer_note: str
    card_title: str
    cards: Sequence[Card]
    front: Sequence[Block]
    sections: Sequence[Section] = field(default_factory=tuple)
