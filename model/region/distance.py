"""Distances on the globe, and the local plane in kilometres."""

import math

import numpy as np

from model.terms import Floats

EARTH_RADIUS_KM = 6371.0088  # mean radius, IUGG
KM_PER_DEGREE = EARTH_RADIUS_KM * math.pi / 180


def on_sphere(lon: Floats, lat: Floats) -> Floats:
    """Points of the unit sphere, shape (3, n), of longitudes and latitudes in degrees."""
    meridian, parallel = np.radians(lon), np.radians(lat)
    flat = np.cos(parallel)
    return np.stack((flat * np.cos(meridian), flat * np.sin(meridian), np.sin(parallel)))


def great_circle_km(origin: Floats, destination: Floats) -> Floats:
    """Distances in km between points of the unit sphere, (3, ...), broadcast against each other.

    From the chord c between two points: 2 R arcsin(c / 2), exact for near points too.

    >>> oslo = on_sphere(np.array([10.75]), np.array([59.91]))
    >>> bergen = on_sphere(np.array([5.32]), np.array([60.39]))
    >>> great_circle_km(oslo, bergen).round()
    array([305.])
    """
    x, y, z = (np.square(a - b) for a, b in zip(origin, destination, strict=True))
    half_chord = np.minimum(np.sqrt(x + y + z) / 2, 1.0)
    return np.asarray(2 * EARTH_RADIUS_KM * np.arcsin(half_chord))


def plane_km(lon: Floats, lat: Floats, lon0: float, lat0: float) -> tuple[Floats, Floats]:
    """East and north of (lon0, lat0) in km; good to a part in a thousand within 100 km."""
    return (lon - lon0) * KM_PER_DEGREE * math.cos(math.radians(lat0)), (lat - lat0) * KM_PER_DEGREE


def from_plane(x: Floats, y: Floats, lon0: float, lat0: float) -> tuple[Floats, Floats]:
    """Longitude and latitude of points of the plane: the inverse of `plane_km`."""
    return lon0 + x / (KM_PER_DEGREE * math.cos(math.radians(lat0))), lat0 + y / KM_PER_DEGREE
