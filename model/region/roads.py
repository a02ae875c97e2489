"""The road graph of a region: read from GraphML as OSMnx writes it, and shortest paths on it."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

import networkx as nx
import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import KDTree

from model.region.distance import EARTH_RADIUS_KM, on_sphere
from model.terms import Floats, Floats32, InputError, Ints

KM_PER_MILE = 1.609344
CELLS_AT_ONCE = 2**22  # of the float64 table from a few origins to all nodes: 32 MB


def read_roads(file: Path) -> "nx.Graph[Any]":
    """The graph of roads.graphml with nodes' `lon`, `lat` and edges' `length_km`, `speed_kmh`.

    Nodes carry x (longitude) and y (latitude); edges length in metres and perhaps travel_time in
    seconds, speed_kph, or maxspeed (km/h, or "30 mph"). An edge without any has speed nan.
    """
    try:
        raw: nx.Graph[Any] = nx.read_graphml(file)
    except (ParseError, nx.NetworkXException, LookupError, ValueError, TypeError) as error:
        raise InputError(f"not valid GraphML ({error})", file=file) from error
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", file=file) from error
    if raw.number_of_edges() == 0:
        raise InputError("the graph has no edges", file=file)
    roads: nx.Graph[Any] = nx.MultiDiGraph() if raw.is_directed() else nx.MultiGraph()
    for node, data in raw.nodes(data=True):
        where = f"node {node}"
        lon = _quantity(data, "x", where, file, -180, 180)
        lat = _quantity(data, "y", where, file, -90, 90)
        roads.add_node(node, lon=lon, lat=lat)
    for tail, head, data in raw.edges(data=True):
        where = f"edge {tail} to {head}"
        metres = _quantity(data, "length", where, file, 0, 1e6)
        speed = _speed(data, metres, where, file)
        roads.add_edge(tail, head, length_km=metres / 1000, speed_kmh=speed)
    return roads


def _quantity(
    data: dict[str, Any], key: str, where: str, file: Path, low: float, high: float
) -> float:
    if key not in data:
        raise InputError(f"{where} has no {key}", file=file)
    try:
        value = float(data[key])
    except (TypeError, ValueError):
        value = math.nan
    if not low <= value <= high:
        raise InputError(
            f"{where}: {key} is not a number in its range",
            file=file,
            found=data[key],
            allowed=f"{low:g} to {high:g}",
        )
    return value


def _speed(data: dict[str, Any], metres: float, where: str, file: Path) -> float:
    if "travel_time" in data:
        seconds = _quantity(data, "travel_time", where, file, 0, 1e6)
        if seconds > 0:
            return metres / seconds * 3.6
    if "speed_kph" in data:
        return _quantity(data, "speed_kph", where, file, 1, 300)
    limits = re.findall(r"(\d+(?:\.\d+)?)\s*(mph)?", str(data.get("maxspeed", "")))
    speeds = [float(limit) * (KM_PER_MILE if miles else 1) for limit, miles in limits]
    return min((speed for speed in speeds if speed >= 1), default=math.nan)


@dataclass(frozen=True, slots=True)
class RoadArrays:
    """A road graph as arrays: N nodes, E directed edges."""

    points: Floats  # (3, N) on the unit sphere
    tail: Ints  # (E,)
    head: Ints
    length_km: Floats
    speed_kmh: Floats  # nan where unknown


def road_arrays(roads: "nx.Graph[Any]") -> RoadArrays:
    """Nodes and edges of a graph; each edge of an undirected one counts in both directions."""
    row = {node: at for at, node in enumerate(roads)}
    positions = np.array([(data["lon"], data["lat"]) for _, data in roads.nodes(data=True)])
    edges = np.array(list(_edges(roads, row)))
    tail, head = edges[:, 0].astype(np.int64), edges[:, 1].astype(np.int64)
    return RoadArrays(
        on_sphere(positions[:, 0], positions[:, 1]), tail, head, edges[:, 2], edges[:, 3]
    )


def _edges(roads: "nx.Graph[Any]", row: dict[Any, int]) -> Iterator[tuple[int, int, float, float]]:
    for tail, head, data in roads.edges(data=True):
        edge = data["length_km"], data["speed_kmh"]
        yield row[tail], row[head], *edge
        if not roads.is_directed():
            yield row[head], row[tail], *edge


def nearest_nodes(roads: RoadArrays, points: Floats) -> tuple[Ints, Floats]:
    """The node nearest to each point of the unit sphere, (3, n), and its distance in km."""
    chord, node = KDTree(roads.points.T).query(points.T)
    km = 2 * EARTH_RADIUS_KM * np.arcsin(np.minimum(chord / 2, 1.0))
    return np.asarray(node, dtype=np.int64), km


def road_minutes(
    roads: RoadArrays, speed_between: float, origins: Ints, destinations: Ints
) -> Floats32:
    """Minutes of the quickest road, shape (origins, destinations); inf where there is none.

    Dijkstra's shortest paths from the side that has fewer nodes. Edges without a speed are driven
    at `speed_between`, km/h.
    """
    speed = np.where(np.isnan(roads.speed_kmh), speed_between, roads.speed_kmh)
    graph = _quickest(roads, roads.length_km / speed * 60)
    starts, start_of = np.unique(origins, return_inverse=True)
    ends, end_of = np.unique(destinations, return_inverse=True)
    if len(ends) < len(starts):
        minutes = _from_each(graph.T.tocsr(), ends, starts).T
    else:
        minutes = _from_each(graph, starts, ends)
    return minutes[np.ix_(start_of, end_of)]


def _quickest(roads: RoadArrays, minutes: Floats) -> csr_array:
    """Matrix of edges; of parallel ones the quickest (a sparse matrix would add them up)."""
    n = roads.points.shape[1]
    order = np.lexsort((minutes, roads.head, roads.tail))
    tail, head, minutes = roads.tail[order], roads.head[order], minutes[order]
    first = np.ones(len(tail), dtype=bool)
    first[1:] = (tail[1:] != tail[:-1]) | (head[1:] != head[:-1])
    return csr_array((minutes[first], (tail[first], head[first])), shape=(n, n))


def _from_each(graph: csr_array, starts: Ints, ends: Ints) -> Floats32:
    minutes = np.empty((len(starts), len(ends)), dtype=np.float32)
    at_once = max(1, CELLS_AT_ONCE // graph.shape[0])
    for first in range(0, len(starts), at_once):
        some = slice(first, first + at_once)
        minutes[some] = dijkstra(graph, directed=True, indices=starts[some])[:, ends]
    return minutes
