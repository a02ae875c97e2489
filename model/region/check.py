"""What a region folder holds, in words: counts, what is modelled, what looks odd."""

from collections.abc import Iterator
from pathlib import Path

import networkx as nx
import numpy as np

from model.parameters import shipped_parameters
from model.region.clinics import MODELLED
from model.region.distance import on_sphere
from model.region.options import find_options
from model.region.parameters import RegionParameters
from model.region.read import read_region
from model.region.referral import referral_network, up_targets
from model.region.region import Region
from model.region.roads import nearest_nodes, road_arrays
from model.region.travel import travel_minutes
from model.terms import Floats, Floats32, Tier

NEAR_MIN = 15.0  # of the indicator within_15_minutes
OFF_ROAD_KM = 5.0  # farther from any road, a point or the graph is probably wrong


def check_region(region: Path | str) -> list[str]:
    """Notes on a folder or a shipped region that can be run.

    Raises InputError, naming file, row and column, for one that cannot.
    """
    found = read_region(str(region))
    parameters = shipped_parameters().replaced(found.parameters)
    p = parameters.bind(RegionParameters, "region")
    minutes = travel_minutes(found, p)
    find_options(found, minutes, up_targets(referral_network(found, minutes)), p)
    return [
        *_people(found),
        *_facilities(found, minutes, p),
        *_ways(found, p),
        f"{within(found, minutes, NEAR_MIN):.1%} of residents live within {NEAR_MIN:g} minutes of "
        "a facility, by these times",
        *(
            f"own value: {path} = {leaf.value:g} {leaf.unit} ({leaf.status})"
            for path, leaf in found.parameters.items()
        ),
        *(f"note: {note}" for note in found.notes),
    ]


def residents_of_places(region: Region) -> Floats:
    """Residents of each place, (P,); fractions where weights do not divide."""
    places = region.places
    return region.settlements.population[places.settlement] * places.weight


def within(region: Region, minutes: Floats32, limit_min: float) -> float:
    """Share of residents whose nearest facility is at most so many minutes away."""
    residents = residents_of_places(region)
    near = minutes.min(axis=1) <= limit_min
    return float(residents[near].sum() / residents.sum())


def _people(region: Region) -> Iterator[str]:
    n, n_places = len(region.settlements), len(region.places)
    name = f"{region.name['en']} ({region.name['zh']})"
    yield f"{name}: {region.population:,} residents in {n:,} settlements and {n_places:,} places"
    if n_places > n:
        yield f"{n_places - n:,} places, all but the seats, are modelled: spread by rule"


def _facilities(region: Region, minutes: Floats32, p: RegionParameters) -> Iterator[str]:
    facilities = region.facilities
    listed = np.array([word != MODELLED for word in facilities.existence])
    rated = np.array([not word.startswith(MODELLED) for word in facilities.capacity])
    for tier in Tier:
        mine = facilities.tier == tier
        doctors, beds = facilities.doctors[mine].sum(), facilities.beds[mine].sum()
        yield (
            f"{tier.word}: {mine.sum():,} with {doctors:,.1f} doctors and {beds:,} beds; modelled: "
            f"{(mine & ~listed).sum():,} of them, the capacity of {(mine & ~rated).sum():,}"
        )
    unreached = np.flatnonzero((minutes > p.reach_min).all(axis=0))
    if len(unreached):
        names = ", ".join(facilities.id[row] for row in unreached[:5])
        yield f"warning: {len(unreached)} facilities are in nobody's reach: {names}"
    idle = np.flatnonzero(facilities.doctors == 0)
    if len(idle):
        names = ", ".join(facilities.id[row] for row in idle[:5])
        yield f"warning: {len(idle)} facilities have no doctors: {names}"


def _ways(region: Region, p: RegionParameters) -> Iterator[str]:
    table = region.travel_table
    if table is not None:
        pairs = len(region.settlements) * len(region.facilities)
        yield f"travel_times.csv gives {len(table.minutes):,} of {pairs:,} pairs"
    if region.roads is None:
        yield (
            f"no road graph: travel {'for other pairs ' if table is not None else ''}is distance "
            f"x {p.detour:g} over speed, an estimate"
        )
        return
    roads = road_arrays(region.roads)
    unknown = np.isnan(roads.speed_kmh).mean()
    yield (
        f"road graph: {region.roads.number_of_nodes():,} nodes, "
        f"{region.roads.number_of_edges():,} edges; {unknown:.0%} without a speed are driven at "
        f"{p.speed_between:g} km/h"
    )
    directed = region.roads.to_directed()
    largest = max(map(len, nx.strongly_connected_components(directed)))
    if largest < len(directed):
        yield (
            f"warning: {len(directed) - largest:,} of {len(directed):,} road nodes have no way to "
            "or from the others"
        )
    _, off_km = nearest_nodes(roads, on_sphere(region.places.lon, region.places.lat))
    far = np.flatnonzero(off_km > OFF_ROAD_KM)
    if len(far):
        at = region.places.settlement[far[0]]
        yield (
            f"warning: {len(far):,} places lie over {OFF_ROAD_KM:g} km from any road, the first in "
            f"{region.settlements.name[at]}"
        )
