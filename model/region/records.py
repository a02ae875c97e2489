"""The tables of a region's folder as arrays, every cell checked."""

import difflib
from pathlib import Path

import numpy as np

from model.region.distance import great_circle_km, on_sphere
from model.region.region import Facilities, Settlements, TravelTable
from model.region.schema import (
    AREAS,
    FACILITY_COLUMNS,
    FACILITY_OPTIONS,
    KINDS,
    SETTLEMENT_COLUMNS,
    SETTLEMENT_OPTIONS,
    TIERS,
    TRAVEL_COLUMNS,
)
from model.region.table import Table, read_table
from model.terms import Area, Bools, Bytes, Floats, InputError, Ints, Ints32, Tier

FAR_KM = 300.0  # from the middle of the settlements; few counties are so wide
FAR_OUTSIDE_KM = 1000.0  # for hospitals outside the county, if swapping brings them nearer
ROUNDING = 0.005  # by which age shares, as printed, may miss their sum
SWAPPED = "are lon and lat swapped?"
UNSTATED = "not stated"


def read_settlements(folder: Path) -> tuple[Settlements, Ints, tuple[str, ...]]:
    """Settlements, the number of places of each, and notes."""
    table = read_table(folder / "settlements.csv", SETTLEMENT_COLUMNS, SETTLEMENT_OPTIONS)
    lon, lat = _coordinates(table)
    _require_near(table, lon, lat, (lon, lat), np.full(len(table), FAR_KM))
    population = table.integers("population", 0, 1_000_000_000)
    if population.sum() == 0:
        raise table.error("nobody lives in any settlement", 0, "population", "at least 1 in all")
    name = table.texts("name")
    settlements = Settlements(
        id=table.unique("id"),
        name=name,
        name_zh=table.texts("name_zh", default=name),
        lon=lon,
        lat=lat,
        population=population,
        urban_share=table.numbers("urban_share", 0, 1),
        age_shares=_age_shares(table),
        row=table.rows,
    )
    return settlements, table.integers("places", 1, 10_000, default=1), table.notes


def _age_shares(table: Table) -> Floats:
    groups = "0_14", "15_59", "60_plus", "65_plus"
    young, middle, old, oldest = (table.numbers(f"share_age_{group}", 0, 1) for group in groups)
    for at in np.flatnonzero(oldest > old)[:1].tolist():
        raise table.error("more than share_age_60_plus", at, "share_age_65_plus")
    total = young + middle + old
    for at in np.flatnonzero(np.abs(total - 1) > ROUNDING)[:1].tolist():
        raise table.error(
            f"shares of 0-14, 15-59 and 60+ sum to {total[at]:.4g}",
            at,
            "share_age_60_plus",
            f"a sum from {1 - ROUNDING} to {1 + ROUNDING}",
        )
    return np.stack((young, middle, old - oldest, oldest), axis=1) / total[:, None]


def read_facilities(folder: Path, settlements: Settlements) -> tuple[Facilities, tuple[str, ...]]:
    """Facilities that the file lists, and notes."""
    table = read_table(folder / "facilities.csv", FACILITY_COLUMNS, FACILITY_OPTIONS)
    lon, lat = _coordinates(table)
    tier = np.array([TIERS[word] for word in table.words("tier", TIERS)], dtype=np.int8)
    area = np.array([AREAS[word] for word in table.words("area", AREAS)], dtype=np.int8)
    limit = np.where(area == Area.COUNTY, FAR_KM, FAR_OUTSIDE_KM)
    _require_near(table, lon, lat, (settlements.lon, settlements.lat), limit)
    name = table.texts("name")
    unstated = [UNSTATED] * len(table)
    facilities = Facilities(
        id=table.unique("id"),
        name=name,
        name_zh=table.texts("name_zh", default=name),
        tier=tier,
        kind=_kinds(table, tier),
        area=area,
        lon=lon,
        lat=lat,
        doctors=table.numbers("doctors", 0, 1_000_000),
        beds=table.integers("beds", 0, 1_000_000),
        settlement=_sites(table, settlements, lon, lat, area == Area.COUNTY),
        existence=table.texts("existence", default=unstated),
        location=table.texts("location", default=unstated),
        capacity=table.texts("capacity", default=unstated),
    )
    return facilities, table.notes


def _kinds(table: Table, tier: Bytes) -> tuple[str, ...]:
    kinds = table.texts("kind")
    for at, kind in enumerate(kinds):
        level = Tier(int(tier[at]))
        if kind not in KINDS[level]:
            raise table.error(f"not a kind of {level.word}", at, "kind", ", ".join(KINDS[level]))
    return kinds


def _sites(
    table: Table, settlements: Settlements, lon: Floats, lat: Floats, in_county: Bools
) -> Ints32:
    """Row of the settlement in which each facility stands: as given, else of the nearest seat."""
    seats = on_sphere(settlements.lon, settlements.lat)
    sites = np.full(len(table), -1, dtype=np.int32)
    row = {name: at for at, name in enumerate(settlements.id)}
    for at, given in enumerate(table.texts("settlement", default=[""] * len(table))):
        if given and not in_county[at]:
            raise table.error("not in the county", at, "settlement", "an empty cell")
        if given and given not in row:
            raise table.error("unknown settlement", at, "settlement", _like(given, settlements.id))
        if given:
            sites[at] = row[given]
        elif in_county[at]:
            here = on_sphere(lon[at : at + 1], lat[at : at + 1])
            sites[at] = great_circle_km(seats, here).argmin()
    return sites


def read_travel_table(
    file: Path, settlements: Settlements, facilities: Facilities
) -> tuple[TravelTable, tuple[str, ...]]:
    """Given travel times between settlements and facilities, and notes."""
    table = read_table(file, TRAVEL_COLUMNS)
    origin = _rows_of(table, "origin", settlements.id)
    destination = _rows_of(table, "destination", facilities.id)
    seen: dict[tuple[int, int], int] = {}
    for at, pair in enumerate(zip(origin.tolist(), destination.tolist(), strict=True)):
        if pair in seen:
            raise table.error(
                f"the same pair as in row {table.rows[seen[pair]]}", at, "destination"
            )
        seen[pair] = at
    return TravelTable(origin, destination, table.numbers("minutes", 0, 10_000)), table.notes


def _rows_of(table: Table, column: str, ids: tuple[str, ...]) -> Ints32:
    row = {name: at for at, name in enumerate(ids)}
    for at, name in enumerate(table.texts(column)):
        if name not in row:
            raise table.error(f"unknown {column}", at, column, _like(name, ids))
    return np.array([row[name] for name in table.texts(column)], dtype=np.int32)


def _like(name: str, ids: tuple[str, ...]) -> str:
    near = difflib.get_close_matches(name, ids, n=3) or list(ids[:3])
    return f"one of {len(ids)} ids, such as {', '.join(near)}"


def _coordinates(table: Table) -> tuple[Floats, Floats]:
    off = f"off the globe; {SWAPPED}"
    return (
        table.numbers("lon", -180, 180, outside=off),
        table.numbers("lat", -90, 90, outside=off),
    )


def _require_near(
    table: Table, lon: Floats, lat: Floats, seats: tuple[Floats, Floats], limit: Floats
) -> None:
    """Raise for a point farther than its limit from the middle of the seats.

    A far point outside the county is an error only if swapping its coordinates brings it nearer.
    """
    middle = on_sphere(np.median(seats[0], keepdims=True), np.median(seats[1], keepdims=True))
    distance = great_circle_km(on_sphere(lon, lat), middle)
    for at in np.flatnonzero(distance > limit).tolist():
        turned = np.array([lat[at]]), np.array([lon[at]])
        swapped = abs(lon[at]) <= 90 and (
            great_circle_km(on_sphere(*turned), middle)[0] < distance[at]
        )
        if swapped or limit[at] == FAR_KM:
            where = f"{distance[at]:,.0f} km from the middle of the settlements"
            raise InputError(
                f"far from all others ({where}){'; ' + SWAPPED if swapped else ''}",
                file=table.file,
                row=table.rows[at],
                column="lon, lat",
                found=f"{lon[at]:g}, {lat[at]:g}",
                allowed=f"within {limit[at]:g} km",
            )
