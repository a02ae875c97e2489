"""The facilities that residents of a place weigh, in fixed slots by tier."""

from dataclasses import dataclass

import numpy as np

from model.region.parameters import RegionParameters
from model.region.region import Region
from model.terms import Area, Bytes, Floats32, InputError, Ints, Ints32, Tier

Slots = tuple[slice, slice, slice, slice]


@dataclass(frozen=True, slots=True, eq=False)
class Options:
    """K slots for each of P places, grouped by tier; within a tier nearest first.

    Ties are ordered by facility row. A slot that a place does not use has facility -1 and
    minutes inf.
    """

    facility: Ints32  # (P, K)
    minutes: Floats32  # (P, K), one way
    tier: Bytes  # (K,)
    slots: Slots  # columns of each tier


def find_options(
    region: Region, minutes: Floats32, network_targets: Ints32, p: RegionParameters
) -> Options:
    """The nearest `n_nearest` facilities of each tier in reach, and all their referral targets.

    minutes: (P, F); network_targets: (F,), the facility to which each refers upward, -1 for none.
    Of secondary and tertiary hospitals the nearest in the county or pool is among the options even
    if those away are nearer. A referral target counts even beyond reach, if a road leads there.
    """
    tier = region.facilities.tier
    reachable = np.where(minutes <= p.reach_min, minutes, np.float32(np.inf))
    near = _nearest_of_each_tier(region, reachable, p)
    _require_one(region, near, p)
    chosen = [near]
    for _ in range(len(Tier) - 1):
        last = chosen[-1]
        chosen.append(np.where(last >= 0, network_targets[last], -1))
    candidates = np.concatenate(chosen, axis=1)
    parts = [_slots_of_tier(candidates, tier, level, minutes) for level in Tier]
    widths = [facility.shape[1] for facility, _ in parts]
    ends = np.cumsum([0, *widths])
    options = Options(
        facility=np.concatenate([facility for facility, _ in parts], axis=1),
        minutes=np.concatenate([time for _, time in parts], axis=1),
        tier=np.repeat(np.array(list(Tier), dtype=np.int8), widths),
        slots=(
            slice(ends[0].item(), ends[1].item()),
            slice(ends[1].item(), ends[2].item()),
            slice(ends[2].item(), ends[3].item()),
            slice(ends[3].item(), ends[4].item()),
        ),
    )
    for array in (options.facility, options.minutes, options.tier):
        array.flags.writeable = False
    return options


def _nearest_of_each_tier(region: Region, reachable: Floats32, p: RegionParameters) -> Ints32:
    """Facility rows, (P, n), -1 padded: the nearest of each tier, hospitals in the pool too."""
    facilities = region.facilities
    found = []
    for level in Tier:
        rows = np.flatnonzero(facilities.tier == level)
        found.append(nearest(reachable, rows, int(p.n_nearest[level])))
        if level in (Tier.SECONDARY, Tier.TERTIARY):
            insured = rows[facilities.area[rows] != Area.AWAY]
            found.append(nearest(reachable, insured, 1))
    return np.concatenate(found, axis=1)


def nearest(reachable: Floats32, rows: Ints, n: int) -> Ints32:
    """The n nearest of the facilities `rows` for each place, (P, n); -1 where none is left.

    reachable: (P, F) minutes, inf where out of reach; of equal ones the first row wins.
    """
    found = np.full((len(reachable), n), -1, dtype=np.int32)
    left = reachable[:, rows]
    place = np.arange(len(reachable))
    for slot in range(min(n, len(rows))):
        column = left.argmin(axis=1)
        in_reach = np.isfinite(left[place, column])
        found[in_reach, slot] = rows[column[in_reach]]
        left[place, column] = np.inf
    return found


def _slots_of_tier(
    candidates: Ints32, tier: Bytes, level: Tier, minutes: Floats32
) -> tuple[Ints32, Floats32]:
    """The distinct candidates of a tier, nearest first, as narrow as the longest row allows."""
    none = np.int32(len(tier))  # sorts after every facility
    facility = np.where((candidates >= 0) & (tier[candidates] == level), candidates, none)
    facility = np.sort(facility, axis=1).astype(np.int32)
    repeated = facility[:, 1:] == facility[:, :-1]
    facility[:, 1:][repeated] = none
    time = np.full(facility.shape, np.inf, dtype=np.float32)
    place, slot = np.nonzero(facility < none)
    time[place, slot] = minutes[place, facility[place, slot]]
    facility[np.isinf(time)] = none
    order = np.lexsort((facility, time), axis=1)
    facility = np.take_along_axis(facility, order, axis=1)
    time = np.take_along_axis(time, order, axis=1)
    width = int((facility < none).sum(axis=1).max(initial=0))
    facility[facility == none] = -1
    return facility[:, :width], time[:, :width]


def _require_one(region: Region, near: Ints32, p: RegionParameters) -> None:
    lonely = np.flatnonzero((near < 0).all(axis=1))
    if not len(lonely):
        return
    settlements = region.settlements
    at = int(region.places.settlement[lonely[0]])
    raise InputError(
        f"{settlements.name[at]} has no facility in reach",
        file=f"{region.folder}/settlements.csv" if region.folder else region.id,
        row=settlements.row[at] if settlements.row else None,
        column="id",
        found=settlements.id[at],
        allowed=f"at least one facility within {p.reach_min:g} minutes",
    )
