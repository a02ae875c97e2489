"""What calibration may move: a few dials, each of which moves some parameters together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from math import exp
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from experiments.targets import targets_folder
from model.mistakes import refusal
from model.parameters import Parameters, read_yaml
from model.terms import Floats, InputError


class Dial(BaseModel):
    """Parameters that are fitted as one.

    At position x a parameter has its value x e^x (`multiply`) or its value + x (`add`), cut off at
    the parameter's range; 0 leaves it as it is. `step` is the width for measuring the response.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    id: str
    paths: tuple[str, ...] = Field(min_length=1)  # with * and [] as in file names
    how: Literal["multiply", "add"]
    low: float = Field(le=0)
    high: float = Field(ge=0)
    step: float = Field(gt=0)
    why: str
    elasticity: bool = False  # moves the elasticities

    def moved(self, value: float, position: float) -> float:
        """A parameter's value at a position of the dial."""
        return value * exp(position) if self.how == "multiply" else value + position


@dataclass(frozen=True, slots=True)
class Dials:
    """The dials of a calibration over the parameters of a region as they stand."""

    dials: tuple[Dial, ...]
    parameters: Parameters
    paths: tuple[tuple[str, ...], ...]  # of each dial

    def __len__(self) -> int:
        return len(self.dials)

    @property
    def ids(self) -> tuple[str, ...]:
        """Names of the dials."""
        return tuple(dial.id for dial in self.dials)

    @property
    def low(self) -> Floats:
        """Least positions, shape (dials,)."""
        return np.array([dial.low for dial in self.dials])

    @property
    def high(self) -> Floats:
        """Greatest positions, shape (dials,)."""
        return np.array([dial.high for dial in self.dials])

    @property
    def step(self) -> Floats:
        """Widths for measuring the response, shape (dials,)."""
        return np.array([dial.step for dial in self.dials])

    def values(self, positions: Sequence[float] | Floats) -> dict[str, float]:
        """Every fitted parameter by its path, at these positions, to six digits."""
        values: dict[str, float] = {}
        for dial, paths, position in zip(self.dials, self.paths, positions, strict=True):
            for path in paths:
                leaf = self.parameters[path]
                moved = dial.moved(values.get(path, leaf.value), float(position))
                values[path] = float(f"{min(max(moved, leaf.low), leaf.high):.6g}")
        return values


def read_dials(parameters: Parameters, file: Path | None = None) -> Dials:
    """The dials of a file, by default the shipped ones; InputError names what is wrong."""
    file = file if file is not None else targets_folder() / "fitted.yaml"
    content = read_yaml(file)
    if not isinstance(content, Mapping) or not content:
        raise InputError("must map names of dials to what they move", file=file, found=content)
    dials = tuple(_dial(name, entry, file) for name, entry in content.items())
    paths = tuple(_matching(dial, parameters, file) for dial in dials)
    return Dials(dials, parameters, paths)


def _dial(name: str, entry: object, file: Path) -> Dial:
    if not isinstance(entry, Mapping):
        raise InputError(f"dial {name}", file=file, found=entry, allowed="a mapping")
    try:
        return Dial.model_validate({"id": name, **entry})
    except ValidationError as error:
        raise refusal(error, entry, Dial, file, under=(name,)) from error


def _matching(dial: Dial, parameters: Parameters, file: Path) -> tuple[str, ...]:
    found: list[str] = []
    for pattern in dial.paths:
        matches = [path for path in parameters if fnmatchcase(path, pattern)]
        if not matches:
            parameters.find(pattern, file=file)
        found += matches
    return tuple(dict.fromkeys(found))
