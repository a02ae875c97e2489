"""What the map of a run shows, in kilometres, and where on the page it goes."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy.spatial import cKDTree

from model.region.distance import plane_km
from model.region.parameters import RegionParameters
from model.region.region import Region
from model.region.travel import travel_minutes
from model.scenario import Scenario
from model.terms import Area, Bools, Floats, InputError, Ints

N_FLOWS = 80
PAD = 0.07  # of the county's extent, free on each side
NEAR = 0.25  # of it: how far outside the county a facility is still drawn where it is
BAND_PT = np.array([138.0, 74.0])  # width and height kept for names of facilities beyond
EDGE_GAP_PT = 78.0  # between two of them


@dataclass(frozen=True, slots=True)
class Scene:
    """What the map shows; km east and north of the middle, visits a day of all residents."""

    region: Region
    place: Floats  # (P, 2) points where people live
    home: Floats  # (S, 2) settlements
    site: Floats  # (F, 2) facilities
    visits: Floats  # (F,)
    minutes: Floats  # (F,) one way, of the median resident; nan in the county
    flows: pl.DataFrame  # settlement, facility (rows of the region), visits; the strongest last
    local_share: float  # of visits, within the home settlement; nan without visits


@dataclass(frozen=True, slots=True)
class View:
    """The part of the plane that is drawn, and where facilities beyond it are put."""

    low: Floats  # (2,) south-western corner, km
    high: Floats
    per_pt: float  # km in a point of the page
    beyond: Bools  # (F,)
    site: Floats  # (F, 2) as drawn: those beyond stand at the edge


def make_scene(
    region: Region, plan: Scenario, visits: pl.DataFrame, flows: pl.DataFrame, days: int
) -> Scene:
    """The scene of a run's tables.

    visits: facility, visits in the whole run; flows: settlement, facility, visits in the run.
    Raises InputError if the region no longer has what the run had.
    """
    settlements, places, facilities = region.settlements, region.places, region.facilities
    middle = float(settlements.lon.mean()), float(settlements.lat.mean())
    a_day = region.population / (plan.residents or region.population) / max(days, 1)
    total = np.zeros(len(facilities))
    total[_rows(visits["facility"], facilities.id, plan)] = visits["visits"].to_numpy() * a_day
    origin = _rows(flows["settlement"], settlements.id, plan)
    facility = _rows(flows["facility"], facilities.id, plan)
    volume = flows["visits"].to_numpy() * a_day
    local = facilities.settlement[facility] == origin
    table = pl.DataFrame({"settlement": origin, "facility": facility, "visits": volume})
    return Scene(
        region=region,
        place=np.stack(plane_km(places.lon, places.lat, *middle), axis=1),
        home=np.stack(plane_km(settlements.lon, settlements.lat, *middle), axis=1),
        site=np.stack(plane_km(facilities.lon, facilities.lat, *middle), axis=1),
        visits=total,
        minutes=_median_minutes(region, plan),
        flows=strongest(table.filter(~local), N_FLOWS),
        local_share=float(volume[local].sum() / volume.sum()) if len(volume) else math.nan,
    )


def strongest(flows: pl.DataFrame, n: int) -> pl.DataFrame:
    """The n rows with the most visits, the strongest last; ties in the order of the region."""
    order = flows.sort("visits", "settlement", "facility", descending=[True, False, False])
    return order.head(n).reverse()


def _rows(ids: pl.Series, known: Sequence[str], plan: Scenario) -> Ints:
    row = {name: at for at, name in enumerate(known)}
    for name in ids:
        if name not in row:
            raise InputError("the region has changed since the run", file=plan.region, found=name)
    return np.array([row[name] for name in ids], dtype=np.int64)


def _median_minutes(region: Region, plan: Scenario) -> Floats:
    """Minutes within which half of the residents reach each facility outside the county, (F,)."""
    found = np.full(len(region.facilities), np.nan)
    outside = np.flatnonzero(region.facilities.area != Area.COUNTY)
    if len(outside):
        p = plan.parameters(region).bind(RegionParameters, "region")
        minutes = travel_minutes(region, p)[:, outside]
        places = region.places
        people = places.weight * region.settlements.population[places.settlement]
        order = minutes.argsort(axis=0)
        half = (people[order].cumsum(axis=0) >= people.sum() / 2).argmax(axis=0)
        found[outside] = np.take_along_axis(minutes, order, axis=0)[half, np.arange(len(outside))]
    return found


def make_view(scene: Scene, width_pt: float, height_pt: float) -> View:
    """The county as large as the page allows, with a band for names beside far facilities."""
    low, high, beyond = _shown(scene)
    middle, half = (low + high) / 2, np.maximum(high - low, 1.0) * (0.5 + PAD)
    way = (scene.site - middle) / half
    axis = np.abs(way).argmax(axis=1)  # 0: leaves the view in the east or west
    after = np.take_along_axis(way, axis[:, None], axis=1)[:, 0] > 0  # in the east or north
    band = np.zeros((2, 2))  # west and south of the county, then east and north; points
    band[after[beyond].astype(np.int64), axis[beyond]] = BAND_PT[axis[beyond]]
    page = np.array([width_pt, height_pt]) - band.sum(axis=0)
    per_pt = float((2 * half / page).max())
    half_page = page * per_pt / 2
    low, high = middle - half_page - band[0] * per_pt, middle + half_page + band[1] * per_pt
    site, gap = scene.site.copy(), EDGE_GAP_PT * per_pt
    for along, across in ((0, 1), (1, 0)):
        for side in (False, True):
            rows = np.flatnonzero(beyond & (axis == along) & (after == side))
            site[rows, along] = middle[along] + (1 if side else -1) * half_page[along]
            exits = middle[across] + way[rows, across] / np.abs(way[rows, along]) * half[across]
            site[rows, across] = spread(exits, gap, low[across] + gap / 2, high[across] - gap / 2)
    return View(low, high, per_pt, beyond, site)


def _shown(scene: Scene) -> tuple[Floats, Floats, Bools]:
    """Corners of the box around the county and what is near, and the facilities beyond, (F,)."""
    outside = scene.region.facilities.area != Area.COUNTY
    county = np.concatenate((scene.place, scene.site[~outside]))
    low, high = county.min(axis=0), county.max(axis=0)
    reach = NEAR * np.maximum(high - low, 1.0)
    near = ((scene.site > low - reach) & (scene.site < high + reach)).all(axis=1)
    shown = np.concatenate((county, scene.site[near]))
    return shown.min(axis=0), shown.max(axis=0), outside & ~near


def spread(values: Floats, gap: float, low: float, high: float) -> Floats:
    """Values moved up, then down, so that neighbours are a gap apart and all lie within bounds.

    With too many for the room the gap shrinks.

    >>> spread(np.array([5.0, 1.0, 5.5]), 1.0, 0.0, 6.0)
    array([5., 1., 6.])
    """
    if len(values) == 0:
        return values
    gap = min(gap, (high - low) / max(len(values) - 1, 1))
    order, steps = np.argsort(values, kind="stable"), np.arange(len(values)) * gap
    up = np.maximum.accumulate(np.clip(values[order], low, high) - steps)
    moved = np.empty(len(values))
    moved[order] = np.minimum(up, high - steps[-1]) + steps
    return moved


def part(site: Floats, room: Floats) -> Floats:
    """Points moved no more than needed to leave each its room (a diameter), (n, 2)."""
    turn = np.arange(len(site)) * 2.4
    site = site + np.stack((np.cos(turn), np.sin(turn)), axis=1) * 1e-6  # nobody exactly on another
    for _ in range(60):
        pairs = cKDTree(site).query_pairs(float(room.max(initial=0)), output_type="ndarray")
        way = site[pairs[:, 0]] - site[pairs[:, 1]]
        distance = np.hypot(way[:, 0], way[:, 1])
        lack = room[pairs].mean(axis=1) - distance
        near = lack > 0
        if not near.any():
            break
        push = (way / distance[:, None] * lack[:, None] / 2)[near]
        np.add.at(site, pairs[near, 0], push)
        np.add.at(site, pairs[near, 1], -push)
    return site


def nice(value: float) -> float:
    """The largest of 1, 2, 5, 10, 20, ... that is not above a positive value.

    >>> nice(37.0), nice(0.6)
    (20.0, 0.5)
    """
    power = 10.0 ** math.floor(math.log10(value))
    return max(k * power for k in (1, 2, 5) if k * power <= value * (1 + 1e-9))
