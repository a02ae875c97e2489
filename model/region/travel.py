"""Minutes from every place to every facility: by road, by a given table, or by distance."""

from collections import OrderedDict
from hashlib import blake2b
from typing import Any

import numpy as np
import numpy.typing as npt

from model.region.distance import great_circle_km, on_sphere
from model.region.parameters import RegionParameters
from model.region.region import ListedRoads, Region, TravelTable
from model.region.roads import RoadArrays, nearest_nodes, road_arrays, road_minutes
from model.terms import Area, Floats, Floats32

PLACES_AT_ONCE = 256  # rows whose float64 intermediates are held together
REMEMBERED = 4  # tables kept; one of 4,000,000 residents takes 35 MB

_remembered: OrderedDict[bytes, Floats32] = OrderedDict()


def travel_minutes(region: Region, p: RegionParameters) -> Floats32:
    """Minutes one way from each place to each facility, shape (P, F), read-only; inf: no road.

    A given travel-time table holds as it stands, for every place of its settlement. Other pairs
    take `access_min` plus the quickest road, or without a road graph great-circle distance times
    detour over the speed that fits (within a settlement, between settlements, out of the county).
    Last come the ways that policies list: their minutes, or what they take by then times a factor.
    The same region and parameters give the same array again without new work.
    """
    roads = None if region.roads is None else road_arrays(region.roads)
    key = _fingerprint(region, roads, p)
    if key in _remembered:
        _remembered.move_to_end(key)
        return _remembered[key]
    minutes = _by_distance(region, p) if roads is None else _by_road(region, roads, p)
    minutes += np.float32(p.access_min)
    if region.travel_table is not None:
        _take_given(minutes, region, region.travel_table)
    if region.listed_roads is not None:
        _take_listed(minutes, region, region.listed_roads)
    minutes.flags.writeable = False
    _remembered[key] = minutes
    if len(_remembered) > REMEMBERED:
        _remembered.popitem(last=False)
    return minutes


def _points(region: Region) -> tuple[Floats, Floats]:
    places, facilities = region.places, region.facilities
    return on_sphere(places.lon, places.lat), on_sphere(facilities.lon, facilities.lat)


def _by_distance(region: Region, p: RegionParameters) -> Floats32:
    place, facility = _points(region)
    home, site = region.places.settlement, region.facilities.settlement
    across = np.where(region.facilities.area == Area.COUNTY, p.speed_between, p.speed_outside)
    minutes = np.empty((place.shape[1], facility.shape[1]), dtype=np.float32)
    for first in range(0, len(minutes), PLACES_AT_ONCE):
        some = slice(first, first + PLACES_AT_ONCE)
        road_km = great_circle_km(place[:, some, None], facility[:, None, :]) * p.detour
        speed = np.where(home[some, None] == site, p.speed_within, across)
        minutes[some] = road_km / speed * 60
    return minutes


def _by_road(region: Region, roads: RoadArrays, p: RegionParameters) -> Floats32:
    """Quickest road between the nearest nodes, with the way to them at the local speed.

    Where one node is nearest to both, the way between them is straight, times detour.
    """
    place, facility = _points(region)
    from_node, from_km = nearest_nodes(roads, place)
    to_node, to_km = nearest_nodes(roads, facility)
    outside = region.facilities.area != Area.COUNTY
    arrival = np.where(outside, p.speed_outside, p.speed_within)
    minutes = road_minutes(roads, p.speed_between, from_node, to_node)
    minutes += (from_km * p.detour / p.speed_within * 60).astype(np.float32)[:, None]
    minutes += (to_km * p.detour / arrival * 60).astype(np.float32)
    rows, columns = np.nonzero(from_node[:, None] == to_node)
    direct_km = great_circle_km(place[:, rows], facility[:, columns])
    minutes[rows, columns] = direct_km * p.detour / arrival[columns] * 60
    return minutes


def _take_given(minutes: Floats32, region: Region, table: TravelTable) -> None:
    given = np.full((len(region.settlements), len(region.facilities)), np.nan, dtype=np.float32)
    given[table.settlement, table.facility] = table.minutes
    given = given[region.places.settlement]
    np.copyto(minutes, given, where=~np.isnan(given))


def _take_listed(minutes: Floats32, region: Region, roads: ListedRoads) -> None:
    home = region.places.settlement  # sorted
    first, end = (np.searchsorted(home, roads.settlement, side) for side in ("left", "right"))
    for row, facility in enumerate(roads.facility):
        way = minutes[first[row] : end[row], facility]
        way[:] = roads.minutes[row] if np.isnan(roads.factor[row]) else way * roads.factor[row]


def _fingerprint(region: Region, roads: RoadArrays | None, p: RegionParameters) -> bytes:
    places, facilities, table = region.places, region.facilities, region.travel_table
    content = blake2b()
    arrays: list[npt.NDArray[Any]] = [places.settlement, places.lon, places.lat]
    arrays += [facilities.settlement, facilities.area, facilities.lon, facilities.lat]
    values = (p.detour, p.speed_within, p.speed_between, p.speed_outside, p.access_min)
    arrays.append(np.array(values))
    if roads is not None:
        arrays += [roads.points, roads.tail, roads.head, roads.length_km, roads.speed_kmh]
    if table is not None:
        arrays += [table.settlement, table.facility, table.minutes]
    listed = region.listed_roads
    if listed is not None:
        arrays += [listed.settlement, listed.facility, listed.minutes, listed.factor]
    for array in arrays:
        content.update(f"{array.dtype}{array.shape}".encode())
        content.update(np.ascontiguousarray(array).tobytes())
    return content.digest()
