"""The inhabited land of a map, drawn from the places alone, since no border is known."""

from dataclasses import dataclass

import networkx as nx
import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import minimum_spanning_tree
from scipy.spatial import Delaunay, KDTree, QhullError

from model.terms import Floats, Ints

SLACK = 1.25  # of the longest gap that must be bridged: what counts as one piece of land
RADIUS = 0.045, 0.08  # least and most of the region's extent


@dataclass(frozen=True, slots=True)
class Land:
    """Closed rings of neighbouring places whose even-odd inside is land, and a rim of edges."""

    rings: tuple[Ints, ...]  # rows of places
    edges: Ints  # (m, 2) rows of places; the land reaches beyond them
    radius_km: float  # how far the land reaches around a place
    gap_km: float  # from a place to its nearest neighbour, the median


def land_of(place: Floats) -> Land:
    """The land around places, (P, 2) km: one piece, no wider than needed to be one.

    It is the part of the Delaunay triangulation whose sides are not much longer than the longest
    edge of the minimum spanning tree (an alpha shape).
    """
    extent = float(np.ptp(place, axis=0).max()) or 1.0
    gaps = _gaps(place)
    wide, usual = np.quantile(gaps, (0.9, 0.5)).tolist()
    radius = float(np.clip(wide, RADIUS[0] * extent, RADIUS[1] * extent))
    try:
        triangles = Delaunay(place).simplices.astype(np.int64)
    except (QhullError, ValueError):  # too few places, or all in a line
        row = np.argsort(place @ np.ptp(place, axis=0), kind="stable")
        return Land((), np.stack((row[:-1], row[1:]), axis=1), radius, usual)
    sides = np.sort(triangles[:, [[0, 1], [1, 2], [2, 0]]], axis=2)
    length = np.hypot(*(place[sides[..., 0]] - place[sides[..., 1]]).transpose(2, 0, 1))
    tree = _spanning_tree(sides.reshape(-1, 2), length.ravel(), len(place))
    longest = np.hypot(*(place[tree[:, 0]] - place[tree[:, 1]]).T).max()
    kept = (length <= SLACK * longest).all(axis=1)
    edges, count = np.unique(sides[kept].reshape(-1, 2), axis=0, return_counts=True)
    bounds = edges[count == 1]
    rim = np.unique(np.concatenate((bounds, tree)), axis=0)
    return Land(_rings(bounds), rim, radius, usual)


def _rings(edges: Ints) -> tuple[Ints, ...]:
    """Edges of which an even number meet everywhere, joined to closed rings."""
    graph: nx.Graph[int] = nx.Graph(edges.tolist())
    return tuple(
        np.array([tail for tail, _ in nx.eulerian_circuit(graph.subgraph(piece))], dtype=np.int64)
        for piece in nx.connected_components(graph)
    )


def _gaps(place: Floats) -> Floats:
    """From each place to the nearest other one, km."""
    if len(place) < 2:
        return np.zeros(1)
    return np.asarray(KDTree(place).query(place, k=[2])[0])[:, 0]


def _spanning_tree(edges: Ints, length: Floats, n: int) -> Ints:
    edges, first = np.unique(edges, axis=0, return_index=True)
    weight = np.maximum(length[first], 1e-9)  # a zero would be no edge
    tree = minimum_spanning_tree(coo_array((weight, (edges[:, 0], edges[:, 1])), shape=(n, n)))
    return np.sort(np.stack(tree.tocoo().coords, axis=1), axis=1).astype(np.int64)
