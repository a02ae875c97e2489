"""Which county medical community each facility belongs to."""

import numpy as np
from scipy.spatial import KDTree

from model.region.distance import on_sphere
from model.region.region import Region
from model.terms import Area, Bools, Ints, Service, Tier

NONE = -1


def consortium_of(region: Region) -> Ints:
    """Number of each facility's consortium, (F,), in the order of `region.consortia`; or -1.

    Where no members are named, all facilities of the county are one. A clinic that is not named
    belongs where a centre of its settlement does.
    """
    f = region.facilities
    if not region.consortia:
        return np.where(f.area == Area.COUNTY, 0, NONE)
    row = {name: at for at, name in enumerate(f.id)}
    belongs = np.full(len(f), NONE)
    for at, (lead, members) in enumerate(region.consortia.items()):
        belongs[[row[name] for name in (lead, *members)]] = at
    centres = np.flatnonzero((f.tier == Tier.CENTRE) & (belongs >= 0))
    of_settlement = np.full(len(region.settlements), NONE)
    of_settlement[f.settlement[centres[::-1]]] = belongs[centres[::-1]]  # of several, the first
    follow = (f.tier == Tier.CLINIC) & (belongs < 0) & (f.area == Area.COUNTY)
    belongs[follow] = of_settlement[f.settlement[follow]]
    return belongs


def home_consortium(region: Region) -> Ints:
    """Number of the consortium that answers for each settlement's residents, (S,); or -1.

    Where no members are named, that of the county does for all. Else a settlement belongs where its
    centre does; one without a centre where the nearest to its seat does (in a county without any,
    the nearest house).
    """
    f, settlements = region.facilities, region.settlements
    if not region.consortia:
        return np.zeros(len(settlements), np.int64)
    belongs, staffed = consortium_of(region), (f.area == Area.COUNTY) & (f.doctors > 0)
    centres = np.flatnonzero(staffed & (f.tier == Tier.CENTRE))
    if not len(centres):
        centres = np.flatnonzero(staffed)
    if not len(centres):
        return np.full(len(settlements), NONE)
    points = on_sphere(f.lon[centres], f.lat[centres])
    nearest = KDTree(points.T).query(on_sphere(settlements.lon, settlements.lat).T)[1]
    home: Ints = belongs[centres[nearest]]
    # of several centres of a settlement the first member decides, so it is written last
    first_last = centres[::-1][np.argsort(belongs[centres[::-1]] >= 0, kind="stable")]
    home[f.settlement[first_last]] = belongs[first_last]
    return home


def leads_of(region: Region) -> tuple[str, ...]:
    """The lead of each consortium; the region's id where no members are named."""
    return tuple(region.consortia) or (region.id,)


def bundled_services(region: Region) -> Bools:
    """The services that each consortium's budget is for, (consortia, services)."""
    everything = tuple(service.word for service in Service)
    named = [region.bundled.get(lead, everything) for lead in leads_of(region)]
    return np.array([[service.word in words for service in Service] for words in named])


def consortium_names(region: Region) -> tuple[str, ...]:
    """The lead of each facility's consortium, empty where it belongs to none, (F,)."""
    leads = [*leads_of(region), ""]
    return tuple(leads[at] for at in consortium_of(region).tolist())
