"""Clinics that no file lists: one a place, modelled."""

import numpy as np

from model.region.region import Facilities, Places, Settlements
from model.terms import Area, Bools, Ints, Tier

MODELLED = "modelled"


def add_clinics(
    facilities: Facilities,
    settlements: Settlements,
    places: Places,
    wanted: Bools,
    doctors_per_1000: float,
) -> Facilities:
    """Facilities and, for settlements that are `wanted`, a clinic in each of their places.

    It is a station where at least half of the settlement is urban, else a village clinic, and has
    its place's share of the doctors at `doctors_per_1000` residents. Ids are `<settlement>-NN`.
    """
    at = np.flatnonzero(wanted[places.settlement])
    home = places.settlement[at]
    number = at - np.searchsorted(places.settlement, home) + 1
    urban = settlements.urban_share[home] >= 0.5
    residents = settlements.population[home] * places.weight[at]
    rows = list(zip(home.tolist(), number.tolist(), urban.tolist(), strict=True))
    kinds = "village_clinic", "station"
    names = "Village Clinic", "Health Station"
    names_zh = "村卫生室", "社区卫生服务站"
    known = (MODELLED,) * len(at)
    return Facilities(
        id=facilities.id + tuple(f"{settlements.id[s]}-{k:02d}" for s, k, _ in rows),
        name=facilities.name + tuple(f"{settlements.name[s]} {names[u]} {k}" for s, k, u in rows),
        name_zh=facilities.name_zh
        + tuple(f"{settlements.name_zh[s]}{names_zh[u]}{k}" for s, k, u in rows),
        tier=_joined(facilities.tier, np.full(len(at), Tier.CLINIC)),
        kind=facilities.kind + tuple(kinds[u] for _, _, u in rows),
        area=_joined(facilities.area, np.full(len(at), Area.COUNTY)),
        lon=np.concatenate((facilities.lon, places.lon[at])),
        lat=np.concatenate((facilities.lat, places.lat[at])),
        doctors=np.concatenate((facilities.doctors, residents * doctors_per_1000 / 1000)),
        beds=np.concatenate((facilities.beds, np.zeros(len(at), dtype=np.int64))),
        settlement=np.concatenate((facilities.settlement, home)),
        existence=facilities.existence + known,
        location=facilities.location + known,
        capacity=facilities.capacity + known,
    )


def settlements_with_clinics(facilities: Facilities, n: int) -> Bools:
    """Which of n settlements have a clinic among the facilities."""
    with_clinic = np.zeros(n, dtype=bool)
    home = facilities.settlement[facilities.tier == Tier.CLINIC]
    with_clinic[home[home >= 0]] = True
    return with_clinic


def _joined(listed: np.ndarray, added: Ints) -> np.ndarray:
    return np.concatenate((listed, added.astype(listed.dtype)))
