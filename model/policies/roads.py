"""Roads that a policy lists one by one: between two settlements, or to one facility."""

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict, model_validator

from model.mistakes import row_of
from model.policies.formula import evaluate
from model.region.region import ListedRoads, Region
from model.terms import InputError

MOST_MINUTES = 10_000  # as in travel_times.csv
MOST_FACTOR = 10


class RoadChange(BaseModel):
    """The way between two settlements, or from one to a facility, as it becomes.

    `minutes` are door to door; `factor` multiplies what the way takes otherwise.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
    origin: str
    destination: str
    minutes: float | str | None = None
    factor: float | str | None = None

    @model_validator(mode="after")
    def _one_value(self) -> "RoadChange":
        if (self.minutes is None) == (self.factor is None):
            raise ValueError("needs exactly one of minutes, factor")
        return self

    @property
    def told(self) -> str:
        """What is done, in the words of the file."""
        return f"minutes {self.minutes}" if self.factor is None else f"factor {self.factor}"


@dataclass(frozen=True, slots=True)
class Listed:
    """A road in its file, with the levers of its policy."""

    name: str  # of the policy, as it was typed
    file: str
    at: int
    road: RoadChange
    levers: Mapping[str, float]

    def error(self, key: str, message: str, found: object, allowed: str) -> InputError:
        """An error that names file and line."""
        return InputError(
            message,
            file=self.file,
            row=row_of(Path(self.file), ("roads", self.at, key)),
            column=f"roads.{self.at}.{key}",
            found=found,
            allowed=allowed,
        )

    def value(self, key: str, most: float) -> float:
        """Minutes or factor under these levers; nan if the road has none."""
        formula = getattr(self.road, key)
        if formula is None:
            return float("nan")
        value = evaluate(formula, self.levers, file=self.file)
        if not 0 <= value <= most or (key == "factor" and value == 0):
            lower = "above 0" if key == "factor" else "0"
            raise self.error(key, f"{key} out of range", value, f"{lower} to {most:,}")
        return value


def with_roads(region: Region, roads: Iterable[Listed]) -> Region:
    """The region with the roads of the policies in force.

    A settlement as destination stands for the facilities in it, both ways; a road to one facility
    goes before. Raises InputError for an unknown id, a value out of range, and a pair that is
    listed twice, in one policy or in two.
    """
    pairs: dict[frozenset[str], str] = {}
    cells: list[tuple[int, int, float, float]] = []
    ordered = sorted(roads, key=lambda of: of.road.destination not in region.settlements.id)
    for of in ordered:
        road = of.road
        pair = frozenset((road.origin, road.destination))
        if pair in pairs:
            both = sorted({pairs[pair], of.name})
            message = f"policies {' and '.join(both)} both list it" if both[1:] else "listed twice"
            found = f"{road.origin} to {road.destination}"
            raise of.error("destination", message, found, "one road a pair")
        pairs[pair] = of.name
        values = of.value("minutes", MOST_MINUTES), of.value("factor", MOST_FACTOR)
        cells += [(*cell, *values) for cell in _cells(region, of)]
    if not cells:
        return region
    last = {cell[:2]: cell for cell in cells}  # a facility's own road is the later one
    settlement, facility, minutes, factor = (
        np.array(part) for part in zip(*last.values(), strict=True)
    )
    listed = ListedRoads(settlement.astype(np.int32), facility.astype(np.int32), minutes, factor)
    return replace(region, listed_roads=listed)


def _cells(region: Region, of: Listed) -> Iterator[tuple[int, int]]:
    """Settlement and facility of each way that a road changes."""
    settlements, facilities, road = region.settlements, region.facilities, of.road
    origin = _row(of, "origin", road.origin, settlements.id, "settlement")
    if road.destination in facilities.id and road.destination not in settlements.id:
        yield origin, facilities.id.index(road.destination)
        return
    known = (*settlements.id, *facilities.id)
    end = _row(of, "destination", road.destination, known, "settlement or facility")
    for home, there in ((origin, end), (end, origin)):
        yield from ((home, int(row)) for row in np.flatnonzero(facilities.settlement == there))


def _row(of: Listed, key: str, name: str, known: Sequence[str], what: str) -> int:
    if name not in known:
        near = difflib.get_close_matches(name, known, n=3, cutoff=0.4) or list(known[:3])
        raise of.error(
            key, f"unknown {what}", name, f"the id of a {what}, such as {', '.join(near)}"
        )
    return known.index(name)
