"""What the files of a region may say: the columns, the words, and the keys of region.yaml."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from model.parameters import Label, Status
from model.region.yaml_file import read_checked
from model.terms import Area, Tier

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

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]*$", description="small letters, digits, - and _")
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
    content, note = read_checked(file, RegionFile)
    return content, () if note is None else (note,)
