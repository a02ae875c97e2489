"""What a region is: settlements, the places where people live, facilities, and the ways between."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

import networkx as nx
import numpy as np

from model.parameters import Parameter
from model.terms import Bytes, Floats, Ints, Ints32


class _ReadOnly:
    """Arrays of a region are shared by runs, so nobody writes to them."""

    __slots__ = ()

    def __post_init__(self) -> None:
        for column in fields(self):  # type: ignore[arg-type]
            value = getattr(self, column.name)
            if isinstance(value, np.ndarray):
                value.flags.writeable = False


@dataclass(frozen=True, slots=True, eq=False)
class Settlements(_ReadOnly):
    """Towns, townships, subdistricts or villages; shape (S,) unless said otherwise."""

    id: tuple[str, ...]
    name: tuple[str, ...]
    name_zh: tuple[str, ...]
    lon: Floats  # of the seat, degrees, WGS84
    lat: Floats
    population: Ints  # persons
    urban_share: Floats  # 0 to 1
    age_shares: Floats  # (S, 4): 0-14, 15-59, 60-64, 65 and over; each row sums to 1
    row: tuple[int, ...] = ()  # line in settlements.csv; none where it was generated

    def __len__(self) -> int:
        return len(self.id)


@dataclass(frozen=True, slots=True, eq=False)
class Places(_ReadOnly):
    """Points where people live, sorted by settlement, the seat first; shape (P,).

    All points but the seats are modelled: they are spread by rule, nobody observed them.
    """

    settlement: Ints32
    lon: Floats
    lat: Floats
    weight: Floats  # share of the settlement's residents; sums to 1 in each settlement

    def __len__(self) -> int:
        return len(self.settlement)


@dataclass(frozen=True, slots=True, eq=False)
class Facilities(_ReadOnly):
    """Clinics, centres and hospitals; shape (F,)."""

    id: tuple[str, ...]
    name: tuple[str, ...]
    name_zh: tuple[str, ...]
    tier: Bytes  # terms.Tier
    kind: tuple[str, ...]  # schema.KINDS
    area: Bytes  # terms.Area
    lon: Floats
    lat: Floats
    doctors: Floats  # may be fractions of a person
    beds: Ints
    settlement: Ints32  # where it stands; -1 outside the county
    existence: tuple[str, ...] = ()  # how each of the three is known: real, rule, modelled, ...
    location: tuple[str, ...] = ()
    capacity: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.id)


@dataclass(frozen=True, slots=True, eq=False)
class TravelTable(_ReadOnly):
    """Given travel times, one row a pair of settlement and facility."""

    settlement: Ints32
    facility: Ints32
    minutes: Floats  # one way, door to door


@dataclass(frozen=True, slots=True, eq=False)
class ListedRoads(_ReadOnly):
    """Ways that policies change, one row a pair of settlement and facility."""

    settlement: Ints32
    facility: Ints32
    minutes: Floats  # one way, door to door; nan where a factor is given
    factor: Floats  # of what the way takes otherwise; nan where minutes are


@dataclass(frozen=True, slots=True, eq=False)
class Region:
    """A county or a city with the facilities that its residents can reach."""

    id: str
    name: Mapping[str, str]  # en, zh
    kind: str  # county, city, synthetic
    pool: str  # insurance pool to which the county belongs
    sources: tuple[str, ...]  # whom to credit
    settlements: Settlements
    places: Places
    facilities: Facilities
    income_urban: float  # disposable, CNY/person/year
    income_rural: float
    parameters: Mapping[str, Parameter] = field(default_factory=dict)  # leaves of its own, by path
    roads: "nx.Graph[Any] | None" = None  # nodes lon, lat; edges length_km, speed_kmh (maybe nan)
    travel_table: TravelTable | None = None
    listed_roads: ListedRoads | None = None
    consortia: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # lead -> members
    bundled: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # lead -> services, or all
    statuses: Mapping[str, str] = field(default_factory=dict)  # section of region.yaml -> status
    notes: tuple[str, ...] = ()  # what the reader had to do or found odd
    folder: str = ""  # where it was read from; empty where it was generated

    @property
    def population(self) -> int:
        """Residents of all settlements."""
        return int(self.settlements.population.sum())
