"""Which county medical community each facility belongs to."""

import numpy as np

from model.region.region import Region
from model.terms import Area, Ints, Tier

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


def consortium_names(region: Region) -> tuple[str, ...]:
    """The lead of each facility's consortium, empty where it belongs to none, (F,).

    Where no members are named it is the region's id.
    """
    leads = [*(region.consortia or (region.id,)), ""]
    return tuple(leads[at] for at in consortium_of(region).tolist())
