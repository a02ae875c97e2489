"""Designs: a scenario, what is varied around it, and how often each point is repeated."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, ValidationError

from model.mistakes import refusal
from model.parameters import read_yaml
from model.region.national import NATIONAL
from model.region.read import DEFAULT_RESIDENTS
from model.scenario import Scenario
from model.terms import InputError

Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]


class Span(BaseModel):
    """An axis to sample from; an end that is not given is the parameter's own."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    low: Number | None = None
    high: Number | None = None


class Precision(BaseModel):
    """Replicates at each point until the interval of an indicator's mean is narrow enough."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    indicator: str  # id, or id.axis.key for a group
    half_width: float = Field(gt=0, allow_inf_nan=False)  # in the indicator's unit
    level: float = Field(default=0.95, gt=0, lt=1)
    of: Literal["value", "difference"] = "value"  # the latter from the first point, paired by seed
    at_least: int = Field(default=5, ge=2)
    at_most: int = Field(default=100, ge=2)


def _axis_kind(value: object) -> str:
    return "span" if isinstance(value, Mapping | Span) else "values"


def _section_kind(value: object) -> str:
    return "axes" if isinstance(value, Mapping) else "points"


def _replicates_kind(value: object) -> str:
    return "precision" if isinstance(value, Mapping | Precision) else "number"


Axis = Annotated[
    Annotated[tuple[Number, ...], Field(min_length=1), Tag("values")]
    | Annotated[Span, Tag("span")],
    Discriminator(_axis_kind),
]
Section = Annotated[
    Annotated[dict[str, Axis], Tag("axes")]
    | Annotated[tuple[dict[str, Number], ...], Tag("points")],
    Discriminator(_section_kind),
]
Replicates = Annotated[
    Annotated[int, Field(ge=1, strict=True), Tag("number")]
    | Annotated[Precision, Tag("precision")],
    Discriminator(_replicates_kind),
]


class Design(Scenario):
    """A scenario and what is varied around it; `seed` is that of the first replicate.

    levers: what a planner decides. uncertainties: what nobody knows. Every point of the levers is
    run in every world, a point of the uncertainties. Either is a mapping of paths to axes, where
    lists are crossed (a grid) and `{low, high}` are drawn together (a Latin hypercube of `samples`
    points, seeded), or it is a list of points. Raises InputError for anything wrong.
    """

    name: str = Field(pattern=r"^[^/\\]+$", description="a name without / and \\")
    levers: Section = Field(default_factory=dict)
    uncertainties: Section = Field(default_factory=dict)
    samples: int | None = Field(default=None, ge=1)
    replicates: Replicates = 1
    common_random_numbers: bool = True

    def __init__(self, /, **given: Any) -> None:
        try:
            super().__init__(**given)
        except ValidationError as error:
            raise refusal(error, given, type(self)) from error

    @property
    def base(self) -> Scenario:
        """The scenario around which all is varied."""
        shared = {name: getattr(self, name) for name in Scenario.model_fields}
        if self.region == NATIONAL and self.residents is None:
            shared["residents"] = DEFAULT_RESIDENTS
        return Scenario.model_construct(**shared)

    @property
    def first_round(self) -> int:
        """Replicates of each point to run before anything is known."""
        wanted = self.replicates
        return min(wanted.at_least, wanted.at_most) if isinstance(wanted, Precision) else wanted

    def seed_of(
        self, levers: Mapping[str, float], world: Mapping[str, float], replicate: int
    ) -> int:
        """The seed of a replicate, from 1: the same at every point, or one of the point's own."""
        if self.common_random_numbers:
            return self.seed + replicate - 1
        told = json.dumps([self.seed, dict(levers), dict(world), replicate], sort_keys=True)
        return int.from_bytes(hashlib.sha256(told.encode()).digest()[:8], "big") >> 1


def read_design(file: Path) -> dict[str, Any]:
    """What a design's file says; its own region or rule book may be named relative to it."""
    content = read_yaml(file)
    if not isinstance(content, dict) or not content:
        told = "the design is empty: it must map keys to values"
        raise InputError(told, file=file, found=content)
    for key in content:
        if not isinstance(key, str):
            raise InputError("a key that is not text", file=file, found=key)
    for key in ("region", "rulebook"):
        named = content.get(key)
        if isinstance(named, str) and "/" in named and (file.parent / named).exists():
            content[key] = str(file.parent / named)
    return {key: value for key, value in content.items() if value is not None}
