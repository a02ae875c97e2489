"""The invented plane of the synthetic nation: where its settlements and places lie, in km.

One county or several, each a disc: the urban core in the middle, towns on a sunflower around it,
villages with a clinic around each town and hamlets without one farther out. Counties lie side by
side on a circle around the hospital that is away. So distances follow from the density of the
nation and not from the number of residents: a sample of 20,000 travels as far as 2,000,000 do.
(Beyond about 5,000,000 the circle is full and counties overlap.)
"""

import math
from dataclasses import dataclass

import numpy as np

from model.region.parameters import NationalParameters
from model.region.places import GOLDEN_ANGLE, cell_points, sunflower
from model.terms import Floats, Ints


@dataclass(frozen=True, slots=True)
class Plane:
    """Seats of the settlements, the core's first; km east and north of the middle."""

    x: Floats  # (S,)
    y: Floats
    outward: Floats  # (S,) direction from the county's middle, radians
    distance: Floats  # (S,) from the county's middle, km
    core_radius_km: float


def lay_out(residents: int, n_core: int, n_towns: int, p: NationalParameters) -> Plane:
    """Seats of `n_core` subdistricts and `n_towns` towns, dealt to the counties in turn."""
    n_counties = max(1, round(residents / p.county_residents))
    of_county = max(residents / n_counties, p.county_residents)
    radius = math.sqrt(of_county / p.density / math.pi)
    core_radius = math.sqrt(of_county * p.core_share / p.urban_density / math.pi)
    core_county, core_turn, core_all = _deal(n_core, n_counties)
    town_county, town_turn, town_all = _deal(n_towns, n_counties)
    # so far from the middle that hamlets of the nearest towns do not lie by the core's clinics
    inner = min(p.village_radius_km + p.hamlet_radius_km, radius)
    ring = inner**2 + (radius**2 - inner**2) * (town_turn + 0.5) / town_all
    distance = np.concatenate((core_radius * np.sqrt(core_turn / core_all), np.sqrt(ring)))
    turns = np.concatenate((core_turn, town_turn))
    # the first town lies north, neither towards the hospital away nor beyond
    outward: Floats = math.pi / 2 + turns * GOLDEN_ANGLE
    county = np.concatenate((core_county, town_county))
    turn = math.pi + county * 2 * math.asin(min(radius / p.away_km, 1.0))
    return Plane(
        x=p.away_km * (1 + np.cos(turn)) + distance * np.cos(outward),
        y=p.away_km * np.sin(turn) + distance * np.sin(outward),
        outward=outward,
        distance=distance,
        core_radius_km=core_radius,
    )


def _deal(n: int, n_counties: int) -> tuple[Ints, Ints, Ints]:
    """County of each of n units dealt in turn, its turn there, and how many its county gets."""
    unit = np.arange(n)
    county = unit % n_counties
    return county, unit // n_counties, np.bincount(county, minlength=n_counties)[county]


def core_places(plane: Plane, at: int, n: int) -> tuple[Floats, Floats]:
    """The seat of a subdistrict and n - 1 places in its part of the core."""
    x, y = cell_points(
        n - 1, plane.core_radius_km, (plane.x - plane.x[at], plane.y - plane.y[at]), at
    )
    return plane.x[at] + np.append(0.0, x), plane.y[at] + np.append(0.0, y)


def town_places(
    plane: Plane,
    at: int,
    counts: tuple[int, int, int],
    seat_radius_km: float,
    p: NationalParameters,
) -> tuple[Floats, Floats]:
    """Places of a town: urban ones at its seat, villages around, hamlets on its outer side.

    counts: urban places, villages, hamlets. The first place, of whatever kind, is the seat.
    """
    n_urban, n_villages, n_hamlets = counts
    urban = sunflower(n_urban, seat_radius_km)
    villages = sunflower(n_villages, p.village_radius_km)
    # on the outer three quarters of a circle, where no other town is near
    turn = plane.outward[at] + 1.5 * math.pi * ((np.arange(n_hamlets) + 0.5) / n_hamlets - 0.5)
    hamlets = p.hamlet_radius_km * np.cos(turn), p.hamlet_radius_km * np.sin(turn)
    x, y = (np.concatenate(part) for part in zip(urban, villages, hamlets, strict=True))
    x[0], y[0] = 0.0, 0.0
    return plane.x[at] + x, plane.y[at] + y
