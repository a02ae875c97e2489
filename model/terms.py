"""The words of the model: tiers, schemes, services, areas, and the types of its arrays."""

from collections.abc import Sequence
from datetime import date
from enum import IntEnum
from pathlib import PurePath
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating[Any]]
Floats32 = npt.NDArray[np.float32]
Ints = npt.NDArray[np.signedinteger[Any]]
Ints32 = npt.NDArray[np.int32]
Bytes = npt.NDArray[np.int8]
Bools = npt.NDArray[np.bool_]
LONGEST_FOUND = 200  # letters of what an error says it found


class Word(IntEnum):
    """A term with a number for arrays and a name, as files spell it, for people."""

    @property
    def word(self) -> str:
        """The name as files and paths write it."""
        return self.name.lower()


class Tier(Word):
    """Level of a facility; primary care is the first two."""

    CLINIC = 0
    CENTRE = 1
    SECONDARY = 2
    TERTIARY = 3


class Scheme(Word):
    """Basic medical insurance of a resident: employees' (active, retired), residents', or none."""

    EBMI_ACTIVE = 0
    EBMI_RETIRED = 1
    RBMI = 2
    NONE = 3

    @property
    def word(self) -> str:
        """Schemes are written in capitals."""
        return self.name


class Service(Word):
    """What a bill is for; benefits differ by it."""

    OUTPATIENT = 0
    CHRONIC = 1
    INPATIENT = 2
    MATERNITY = 3
    PHARMACY = 4


class Area(Word):
    """Where a facility lies: in the county, outside it but inside the insurance pool, or away."""

    COUNTY = 0
    POOL = 1
    AWAY = 2


class Condition(Word):
    """Condition groups of the illness model."""

    COMMON_ACUTE = 0
    INJURY = 1
    RESPIRATORY = 2
    MODERATE = 3
    SURGERY = 4
    MATERNITY = 5
    MENTAL = 6
    CANCER = 7
    ACUTE_CORONARY_STROKE = 8
    PALLIATIVE = 9
    OTHER_CHRONIC = 10
    HYPERTENSION_DIABETES = 11


class InputError(ValueError):
    """A mistake in what a user wrote: where it stands, what was found, what is allowed.

    The command line prints it in one line and ends with exit code 2. keys: where it stands in a
    YAML file, for who knows the file (`placed`).
    """

    def __init__(
        self,
        message: str,
        *,
        file: object = None,
        row: int | None = None,
        column: str | None = None,
        found: object = None,
        allowed: str | None = None,
        keys: Sequence[int | str] = (),
    ) -> None:
        self.file, self.keys = file, keys
        self._rest: dict[str, Any] = {
            "column": column,
            "found": found,
            "allowed": allowed,
            "keys": keys,
        }
        self._message = message
        place = [str(file)] if file is not None else []
        if row is not None:
            place.append(f"row {row}")
        if column is not None:
            place.append(f"column {column}")
        text = f"{', '.join(place)}: {message}" if place else message
        if found is not None:
            text += f"; found {_written(found)}"
        if allowed is not None:
            text += f"; allowed: {allowed}"
        super().__init__(text)

    def placed(self, file: object, row: int | None) -> "InputError":
        """The same of a file."""
        return InputError(self._message, file=file, row=row, **self._rest)


def _written(found: object) -> str:
    """As a person writes it: dates as dates, long things cut off."""
    told = str(found) if isinstance(found, date | PurePath) else repr(found)
    return told if len(told) <= LONGEST_FOUND else f"{told[: LONGEST_FOUND - 3]}..."
