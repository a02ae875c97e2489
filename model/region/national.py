"""The synthetic region `national`: the nation of 2023 in small, on an invented plane.

Rates, kinds, ages and incomes are the nation's; no settlement or facility of it exists. Residents
live where the clinics are, but for the published tenth who live beyond 15 minutes of any.
"""

from dataclasses import dataclass

import numpy as np

from model.region.apportion import apportion
from model.region.clinics import MODELLED
from model.region.distance import from_plane
from model.region.national_facilities import national_facilities
from model.region.national_plane import Plane, core_places, lay_out, town_places
from model.region.parameters import NationalParameters
from model.region.region import Places, Region, Settlements
from model.terms import Floats, InputError, Ints, Tier

NATIONAL = "national"
NATIONAL_NAME = {"en": "The nation in small (synthetic)", "zh": "全国缩影（虚拟地区）"}
SOURCES = (
    "National Health Commission, Statistical Bulletin on Health Development 2023",
    "National Bureau of Statistics, Statistical Communique 2023",
)


def national_region(residents: int, p: NationalParameters) -> Region:
    """The nation at `residents`; the same number and parameters always give the same region.

    Facilities of a tier: national rate times residents, or `least`. Doctors and beds of a tier add
    up to the national rates exactly (beds to the whole bed). The last tertiary hospital is away.
    """
    if residents < 1:
        raise InputError("residents must be at least 1", found=residents)
    national = p.population_million * 1e6
    n_tier = np.maximum(np.rint(p.institutions * residents / national), p.least).astype(np.int64)
    centres = _kinds(int(n_tier[Tier.CENTRE]), p.centre_kinds, (1, 1, 0))
    n_towns, n_core = int(centres[0]), int(centres[1])
    n_tier[Tier.CLINIC] = max(int(n_tier[Tier.CLINIC]), n_towns + n_core)  # one a settlement
    plane = lay_out(residents, n_core, n_towns, p)
    settlements = _settlements(residents, plane, n_core, p)
    clinics = _kinds(int(n_tier[Tier.CLINIC]), p.clinic_kinds, (n_towns, 0, n_core))
    homes = _homes(settlements, n_core, clinics, p)
    places = _places(settlements, plane, n_core, homes, p)
    return Region(
        id=NATIONAL,
        name=NATIONAL_NAME,
        kind="synthetic",
        pool=NATIONAL,
        sources=SOURCES,
        settlements=settlements,
        places=places,
        facilities=national_facilities(settlements, places, homes.clinic, clinics, n_tier, p),
        income_urban=p.income_urban,
        income_rural=p.income_rural,
        statuses={"places": MODELLED, "capacity": MODELLED, "income": "sourced"},
        notes=("synthetic: no settlement or facility of it exists",),
    )


def _kinds(total: int, weights: Floats, needed: tuple[int, ...]) -> Ints:
    """Facilities of each kind in proportion to the nation's, but of each at least what is needed.

    >>> _kinds(2, np.array([33753.0, 10070.0, 22554.0]), (1, 1, 0))
    array([1, 1, 0])
    """
    counts = apportion(total, weights)
    while (short := np.asarray(needed) - counts).max() > 0:
        counts[short.argmax()] += 1
        counts[short.argmin()] -= 1
    return counts


def _settlements(residents: int, plane: Plane, n_core: int, p: NationalParameters) -> Settlements:
    """Subdistricts of the core, then towns, the more urban the nearer they are to the core."""
    n = len(plane.x)
    n_towns = n - n_core
    share = np.repeat([p.core_share / n_core, (1 - p.core_share) / n_towns], [n_core, n_towns])
    population = apportion(residents, share)
    distance = plane.distance[n_core:]
    farness = (distance - distance.min()) / max(float(np.ptp(distance)), 1e-9)
    tilt = 1 + p.urban_tilt * (1 - 2 * farness) * (n_towns > 1)
    urban = np.full(n, p.core_urban_share)
    in_towns = p.urban_share * residents - (population * urban)[:n_core].sum()
    urban[n_core:] = tilt * in_towns / max(float(population[n_core:] @ tilt), 1e-9)
    urban = np.clip(urban, 0, 1)
    ages = np.maximum(p.age_shares + np.outer(urban - p.urban_share, p.age_gradient), 0)
    lon, lat = from_plane(plane.x, plane.y, 0.0, 0.0)
    core, towns = range(1, n_core + 1), range(1, n_towns + 1)
    return Settlements(
        id=(*(f"subdistrict{k}" for k in core), *(f"town{k}" for k in towns)),
        name=(*(f"Subdistrict {k}" for k in core), *(f"Town {k}" for k in towns)),
        name_zh=(*(f"{k}号街道" for k in core), *(f"{k}号镇" for k in towns)),
        lon=lon,
        lat=lat,
        population=population,
        urban_share=urban,
        age_shares=ages / ages.sum(axis=1, keepdims=True),
    )


@dataclass(frozen=True, slots=True)
class _Homes:
    """Places by settlement and sort: at an urban clinic, at a village clinic, at none."""

    count: Ints  # (S, 3)
    share: Floats  # (S, 3) of the settlement's residents

    @property
    def clinic(self) -> Ints:
        """Sort of each place, in the order of the places."""
        return np.repeat(np.tile([0, 1, 2], len(self.count)), self.count.ravel())


def _homes(settlements: Settlements, n_core: int, clinics: Ints, p: NationalParameters) -> _Homes:
    """How many places of each sort a settlement has, and who lives there."""
    population, urban = settlements.population, settlements.urban_share
    n = len(population)
    in_towns = population[n_core:].astype(np.float64)
    remote = p.remote_share * population.sum()
    count = np.zeros((n, 3), dtype=np.int64)
    n_urban = int(clinics[1:].sum())
    count[:n_core, 0] = 1
    count[:, 0] += apportion(n_urban - n_core, population * urban)
    count[n_core:, 1] = apportion(int(clinics[0]), in_towns * (1 - urban[n_core:]), least=1)
    n_hamlets = max(n - n_core, round(remote / p.hamlet_residents))
    count[n_core:, 2] = apportion(n_hamlets, in_towns, least=1)
    share = np.zeros((n, 3))
    share[:n_core, 0] = 1
    share[n_core:, 0] = np.where(count[n_core:, 0] > 0, urban[n_core:], 0)
    share[n_core:, 2] = remote / max(float(in_towns.sum()), 1e-9)
    share[n_core:, 1] = np.maximum(1 - share[n_core:, 0] - share[n_core:, 2], 0)
    return _Homes(count, share / share.sum(axis=1, keepdims=True))


def _places(
    settlements: Settlements, plane: Plane, n_core: int, homes: _Homes, p: NationalParameters
) -> Places:
    urban = settlements.population * settlements.urban_share
    seat_radius = np.sqrt(urban / p.urban_density / np.pi)
    x, y = [], []
    for at, counts in enumerate(homes.count.tolist()):
        if at < n_core:
            points = core_places(plane, at, counts[0])
        else:
            points = town_places(plane, at, counts, float(seat_radius[at]), p)
        x.append(points[0])
        y.append(points[1])
    lon, lat = from_plane(np.concatenate(x), np.concatenate(y), 0.0, 0.0)
    owner = np.repeat(np.arange(len(settlements), dtype=np.int32), homes.count.sum(axis=1))
    weight = np.repeat((homes.share / np.maximum(homes.count, 1)).ravel(), homes.count.ravel())
    return Places(owner, lon, lat, weight)
