"""Facilities of the synthetic nation: numbers, doctors and beds at the national rates."""

from dataclasses import dataclass

import numpy as np

from model.region.apportion import apportion
from model.region.clinics import MODELLED
from model.region.distance import from_plane
from model.region.parameters import NationalParameters
from model.region.region import Facilities, Places, Settlements
from model.terms import Area, Floats, Ints, Tier

AWAY = -1  # in place of a settlement


@dataclass(frozen=True, slots=True)
class _Group:
    """Facilities of one tier; the weights split the tier's doctors and beds."""

    tier: Tier
    names: list[tuple[str, str, str]]  # id, English, Chinese
    kinds: list[str]
    site: Ints  # settlement, or AWAY
    lon: Floats
    lat: Floats
    weight: Floats  # (n,), or (2, n): of doctors, of beds


def national_facilities(
    settlements: Settlements,
    places: Places,
    sort: Ints,
    clinics: Ints,
    n_tier: Ints,
    p: NationalParameters,
) -> Facilities:
    """Clinics in their places, centres at the seats, hospitals in the core and one away.

    sort: what clinic a place has, (P,): 0 an urban one, 1 a village clinic, 2 none. clinics: number
    of village clinics, stations and private clinics. n_tier: facilities of each tier.
    """
    groups = [
        _clinics(settlements, places, sort, clinics),
        _centres(settlements, int(n_tier[Tier.CENTRE])),
        _secondary(settlements, apportion(int(n_tier[Tier.SECONDARY]), p.secondary_kinds)),
        _tertiary(settlements, int(n_tier[Tier.TERTIARY]), p),
    ]
    thousands = settlements.population.sum() / 1000
    doctors, beds = [], []
    for group in groups:
        weight = np.broadcast_to(group.weight, (2, len(group.names)))
        of_doctors, of_beds = weight / weight.sum(axis=1, keepdims=True)
        doctors.append(p.doctors_per_1000[group.tier] * thousands * of_doctors)
        beds.append(apportion(round(p.beds_per_1000[group.tier] * thousands), of_beds))
    names = [name for group in groups for name in group.names]
    site = np.concatenate([group.site for group in groups]).astype(np.int32)
    return Facilities(
        id=tuple(name[0] for name in names),
        name=tuple(name[1] for name in names),
        name_zh=tuple(name[2] for name in names),
        tier=np.repeat([group.tier for group in groups], n_tier).astype(np.int8),
        kind=tuple(kind for group in groups for kind in group.kinds),
        area=np.where(site == AWAY, Area.AWAY, Area.COUNTY).astype(np.int8),
        lon=np.concatenate([group.lon for group in groups]),
        lat=np.concatenate([group.lat for group in groups]),
        doctors=np.concatenate(doctors),
        beds=np.concatenate(beds),
        settlement=site,
        existence=(MODELLED,) * len(names),
        location=(MODELLED,) * len(names),
        capacity=(MODELLED,) * len(names),
    )


def _clinics(settlements: Settlements, places: Places, sort: Ints, clinics: Ints) -> _Group:
    """A clinic in each place but the hamlets, with doctors by residents; stations evenly among."""
    at = np.flatnonzero(sort < 2)
    site = places.settlement[at].astype(np.int64)
    number = at - np.searchsorted(places.settlement, site) + 1
    urban = sort[at] == 0
    stations = np.cumsum(urban) * clinics[1] // max(int(clinics[1:].sum()), 1)
    is_station = urban & (np.diff(stations, prepend=0) > 0)
    kind = np.where(is_station, 1, np.where(urban, 2, 0))
    words = (
        ("village_clinic", "Village Clinic", "村卫生室"),
        ("station", "Health Station", "社区卫生服务站"),
        ("private_clinic", "Private Clinic", "诊所"),
    )
    names = [
        (
            f"{settlements.id[s]}-{k:02d}",
            f"{settlements.name[s]} {words[w][1]} {k}",
            f"{settlements.name_zh[s]}{words[w][2]}{k}",
        )
        for s, k, w in zip(site.tolist(), number.tolist(), kind.tolist(), strict=True)
    ]
    residents = settlements.population[site] * places.weight[at]
    kinds = [words[w][0] for w in kind.tolist()]
    return _Group(Tier.CLINIC, names, kinds, site, places.lon[at], places.lat[at], residents)


def _centres(settlements: Settlements, n: int) -> _Group:
    """A centre at each seat, and level-1 hospitals where most urban people live.

    A settlement's share of doctors and beds is that of its residents, equal among its centres.
    """
    n_seats = len(settlements)
    order = np.argsort(-settlements.population * settlements.urban_share, kind="stable")
    site = np.concatenate((np.arange(n_seats), np.resize(order, n - n_seats)))
    core = [name.startswith("subdistrict") for name in settlements.id]
    words = [
        ("community_centre", "Community Health Centre", "社区卫生服务中心")
        if urban
        else ("township_centre", "Township Health Centre", "镇卫生院")
        for urban in core
    ]
    words += [("level1_hospital", "Level-1 Hospital", "一级医院")] * (n - n_seats)
    names = [
        (
            f"centre-{settlements.id[s]}" if k < n_seats else f"level1-{k - n_seats + 1}",
            f"{settlements.name[s]} {english}",
            f"{settlements.name_zh[s]}{chinese}",
        )
        for k, (s, (_, english, chinese)) in enumerate(zip(site.tolist(), words, strict=True))
    ]
    weight = settlements.population[site] / np.bincount(site)[site]
    kinds = [kind for kind, _, _ in words]
    lon, lat = settlements.lon[site], settlements.lat[site]
    return _Group(Tier.CENTRE, names, kinds, site, lon, lat, weight)


def _secondary(settlements: Settlements, n_kinds: Ints) -> _Group:
    """General hospitals and maternal and child institutions, equal, dealt to the core's seats."""
    n = int(n_kinds.sum())
    site = _core_sites(settlements, n)
    general = np.arange(n) < n_kinds[0]
    names = [
        (f"secondary-{k}", f"Secondary Hospital {k}", f"第{k}医院（二级）")
        if is_general
        else (f"secondary-{k}", f"Maternal and Child Health Hospital {k}", f"第{k}妇幼保健院")
        for k, is_general in enumerate(general.tolist(), start=1)
    ]
    kinds = ["general" if is_general else "maternal_child" for is_general in general]
    lon, lat = settlements.lon[site], settlements.lat[site]
    return _Group(Tier.SECONDARY, names, kinds, site, lon, lat, np.ones(n))


def _tertiary(settlements: Settlements, n: int, p: NationalParameters) -> _Group:
    """Equal hospitals dealt to the core's seats, and a last one away with `away_share` of them."""
    core = _core_sites(settlements, n - 1)
    lon, lat = from_plane(np.array([p.away_km]), np.zeros(1), 0.0, 0.0)
    names = [(f"tertiary-{k}", f"Tertiary Hospital {k}", f"第{k}医院（三级）") for k in range(1, n)]
    names.append(("tertiary-away", "Tertiary Hospital Away", "异地三级医院"))
    return _Group(
        tier=Tier.TERTIARY,
        names=names,
        kinds=["general"] * n,
        site=np.append(core, AWAY),
        lon=np.append(settlements.lon[core], lon),
        lat=np.append(settlements.lat[core], lat),
        weight=np.stack(
            [np.append(np.full(n - 1, (1 - share) / (n - 1)), share) for share in p.away_share]
        ),
    )


def _core_sites(settlements: Settlements, n: int) -> Ints:
    core = [at for at, name in enumerate(settlements.id) if name.startswith("subdistrict")]
    return np.resize(np.array(core, dtype=np.int64), n)
