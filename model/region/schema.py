"""What the files of a region may say: the columns, the words, and the keys of region.yaml."""

import types
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from model.parameters import Label, Status
from model.region.table import read_text
from model.terms import Area, InputError, Tier

SETTLEMENT_COLUMNS = (
    "id",
    "name",
    "lon",
    "lat",
    "population",
    "urban_share",
    "share_age_0_14",
    "share_age_15_59",
    "share_age_60_plus",
    "share_age_65_plus",
)
SETTLEMENT_OPTIONS = ("name_zh", "places", "note")
FACILITY_COLUMNS = ("id", "name", "tier", "kind", "area", "lon", "lat", "doctors", "beds")
FACILITY_OPTIONS = ("name_zh", "settlement", "existence", "location", "capacity", "note")
TRAVEL_COLUMNS = ("origin", "destination", "minutes")

TIERS = {tier.word: tier for tier in Tier}
AREAS = {area.word: area for area in Area}
_HOSPITALS = ("general", "tcm", "maternal_child", "specialist")
KINDS = {
    Tier.CLINIC: ("village_clinic", "station", "private_clinic"),
    Tier.CENTRE: ("township_centre", "community_centre", "level1_hospital"),
    Tier.SECONDARY: _HOSPITALS,
    Tier.TERTIARY: _HOSPITALS,
}

KnownStatus = Literal[Status, "real", "rule", "modelled"]
Positive = Annotated[float, Field(gt=0)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Declared(_Section):
    """The region's population as published; the settlements should add up to it."""

    value: int = Field(gt=0)
    year: int
    source: str


class Spread(_Section):
    """How settlements with several places are spread."""

    radius_km: float = Field(gt=0, le=50)
    status: KnownStatus
    note: str = ""


class Roads(_Section):
    """Road length over straight line."""

    detour: Positive
    low: Positive
    high: Positive
    source: str
    status: Status


class Speed(_Section):
    """Mean speeds; they replace the shipped ones and keep their ranges."""

    within_township: Positive
    between_townships: Positive
    to_outside: Positive
    unit: Literal["km/h"]
    status: Status
    source: str = "the region's own file; no source given"


class Income(_Section):
    """Disposable income per head."""

    urban: Positive
    rural: Positive
    unit: Literal["CNY/person/year"]
    year: int
    source: str
    status: KnownStatus


class Capacity(_Section):
    """How doctors and beds are known."""

    note: str
    status: KnownStatus


class Leaf(_Section):
    """A parameter that this region replaces; unit and label stay."""

    value: float
    low: float
    high: float
    source: str
    status: Status


class RegionFile(_Section):
    """The keys of region.yaml."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")
    name: Label
    kind: Literal["county", "city", "synthetic"]
    pool: str = Field(min_length=1)
    crs: Literal["WGS84"] = "WGS84"
    population: Declared | None = None
    places: Spread | None = None
    roads: Roads | None = None
    speed: Speed | None = None
    income: Income
    capacity: Capacity | None = None
    sources: list[str] = []
    parameters: dict[str, Leaf] = {}


def read_region_file(file: Path) -> tuple[RegionFile, tuple[str, ...]]:
    """region.yaml, checked, with the reader's notes; an error names line and key."""
    text, note = read_text(file)
    try:
        tree = yaml.compose(text, yaml.SafeLoader)
        content = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        row = None if mark is None else mark.line + 1
        raise InputError(f"not valid YAML ({error})", file=file, row=row) from error
    if not isinstance(content, dict):
        raise InputError("no keys", file=file, allowed=", ".join(RegionFile.model_fields))
    try:
        return RegionFile.model_validate(content), () if note is None else (note,)
    except ValidationError as error:
        # an unknown key first: it is often a missing one, misspelt
        first = max(error.errors(), key=lambda one: one["type"] == "extra_forbidden")
        raise _input_error(
            first["type"], first["msg"], first["loc"], content, tree, file
        ) from error


def _input_error(
    kind: str, message: str, keys: tuple[int | str, ...], content: Any, tree: Any, file: Path
) -> InputError:
    row = None if kind == "missing" and len(keys) == 1 else _line(tree, keys)
    column = ".".join(map(str, keys))
    allowed = None
    if kind == "extra_forbidden":
        message, allowed = "unknown key", ", ".join(_known_keys(keys))
    elif kind == "missing":
        message = "the key is missing"
    found = None if kind == "missing" else _at(content, keys)
    return InputError(message, file=file, row=row, column=column, found=found, allowed=allowed)


def _line(node: Any, keys: tuple[int | str, ...]) -> int:
    line: int = node.start_mark.line + 1
    for key in keys:
        if isinstance(node, yaml.MappingNode):
            child = next((pair for pair in node.value if pair[0].value == str(key)), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(key, int):
            child = (node.value[key], node.value[key])
        else:
            child = None
        if child is None:
            break
        line, node = child[0].start_mark.line + 1, child[1]
    return line


def _at(content: Any, keys: tuple[int | str, ...]) -> Any:
    for key in keys:
        try:
            content = content[key]
        except (LookupError, TypeError):  # pydantic also names the branch of a union
            break
    return content


def _known_keys(keys: tuple[int | str, ...]) -> list[str]:
    section: type[BaseModel] = RegionFile
    for key in keys[:-1]:
        field = section.model_fields.get(str(key))
        section = section if field is None else _model_of(field.annotation) or section
    return list(section.model_fields)


def _model_of(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) in (Union, types.UnionType, dict):
        found = [_model_of(part) for part in get_args(annotation)]
        return next((part for part in found if part is not None), None)
    return None
