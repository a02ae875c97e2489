"""Settlements spread over the places where their people live: by rule, nobody observed them."""

import math

import numpy as np

from model.region.distance import from_plane, plane_km
from model.region.region import Places, Settlements
from model.terms import Bools, Floats, Ints

GOLDEN_ANGLE = math.pi * (3 - math.sqrt(5))
DENSER = 1.25  # each try has so many times the points of the last
SMALLER = 0.8  # each further disc has so many times the radius of the last
TRIES = 12  # densities tried before the disc shrinks: up to 12 times the points


def sunflower(n: int, radius_km: float, n_all: int | None = None) -> tuple[Floats, Floats]:
    """East and north in km of the first n of `n_all` points spread evenly over a disc.

    Point k lies at the golden angle times k and at radius R sqrt((k + 1/2) / N) (Vogel 1979).
    """
    k = np.arange(n)
    r = radius_km * np.sqrt((k + 0.5) / (n_all or n))
    return r * np.cos(k * GOLDEN_ANGLE), r * np.sin(k * GOLDEN_ANGLE)


def spread(settlements: Settlements, n_places: Ints, radius_km: float) -> Places:
    """Places of equal weight: each seat, and around it points of a sunflower.

    They lie in the cell of points nearest this seat (Voronoi) and within `radius_km` of it. Equal
    weights are assumed; so is the pattern.
    """
    n = len(settlements)
    lon, lat = np.empty(n_places.sum()), np.empty(n_places.sum())
    first = np.cumsum(n_places) - n_places
    for at in range(n):
        mine = slice(first[at], first[at] + n_places[at])
        seat = settlements.lon[at], settlements.lat[at]
        seats = plane_km(settlements.lon, settlements.lat, *seat)
        x, y = cell_points(int(n_places[at]) - 1, radius_km, seats, at)
        lon[mine], lat[mine] = from_plane(np.append(0.0, x), np.append(0.0, y), *seat)
    owner = np.repeat(np.arange(n, dtype=np.int32), n_places)
    return Places(owner, lon, lat, 1.0 / n_places[owner])


def cell_points(
    n: int, radius_km: float, seats: tuple[Floats, Floats], own: int
) -> tuple[Floats, Floats]:
    """East and north in km of n points around the seat `own`, nearest to it of all seats.

    seats: x and y of all seats, km, `own` at the origin. Where the cell is too small for n points
    of a reasonable density, they crowd closer to the seat.
    """
    if n == 0:
        return np.zeros(0), np.zeros(0)
    close = np.hypot(*seats) <= 2 * radius_km
    close[own] = False
    others = seats[0][close], seats[1][close]
    while True:
        n_all = float(n)
        for _ in range(TRIES):
            x, y = sunflower(math.ceil(n_all), radius_km)
            inside = np.flatnonzero(_nearest_origin(x, y, others))[:n]
            if len(inside) == n:
                return x[inside], y[inside]
            n_all *= DENSER
        radius_km *= SMALLER


def _nearest_origin(x: Floats, y: Floats, others: tuple[Floats, Floats]) -> Bools:
    """Whether points are no farther from the origin than from any other seat."""
    # 2 p.q <= q.q says that p is on the origin's side of the line halfway to q; a seat at the
    # origin itself shares its cell.
    across = 2 * (np.outer(x, others[0]) + np.outer(y, others[1]))
    return np.asarray((across <= others[0] ** 2 + others[1] ** 2).all(axis=1))
