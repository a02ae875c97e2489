"""What a visitor has chosen on the map or in a panel, as a short text that the browser can send."""

import re
from dataclasses import dataclass

FORM = re.compile(r"(?P<kind>facility|settlement):(?P<row>\d{1,7})|patient:(\d{1,5}):(\d{1,7})")


@dataclass(frozen=True, slots=True)
class Chosen:
    """A facility or settlement by its row in the region, a patient by day and position, or nothing.

    row: of a patient, her position among the decisions of the day.
    """

    text: str = ""
    kind: str = ""
    row: int = -1
    day: int = -1


def parse(text: object) -> Chosen:
    """What a text says: `facility:12`, `settlement:3` or `patient:80:5`; anything else is nothing.

    >>> parse("facility:12").row, parse("patient:80:5").day, parse("facility:-1").text
    (12, 80, '')
    """
    found = FORM.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        return Chosen()
    if found["kind"]:
        return Chosen(found[0], found["kind"], int(found["row"]))
    return Chosen(found[0], "patient", int(found[4]), int(found[3]))
