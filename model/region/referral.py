"""The referral network by catchment: who sends patients up to whom."""

from typing import Any

import networkx as nx
import numpy as np

from model.region.consortium import NONE, consortium_of
from model.region.options import Options
from model.region.region import Facilities, Region
from model.terms import Area, Floats32, Ints, Ints32, Tier

WORSE = 1e6  # minutes; more than any trip, so that what is preferred comes before what is near


def referral_network(region: Region, minutes: Floats32) -> "nx.DiGraph[int]":
    """Facilities (rows, with `id` and `tier`) and an edge `kind="up"` from each to its target.

    A clinic refers to the centre of its settlement, else the nearest; a centre to the nearest
    general hospital of the county, else the nearest secondary one; a secondary hospital to the
    nearest tertiary in the county, else in the pool, else away. A tier of which none is open is
    passed over. Where members of a consortium are named, they send to other members first. Times
    are those of the place nearest to the referring facility.
    """
    facilities = region.facilities
    network: nx.DiGraph[int] = nx.DiGraph()
    for row, name in enumerate(facilities.id):
        network.add_node(row, id=name, tier=int(facilities.tier[row]))
    belongs = consortium_of(region) if region.consortia else np.full(len(facilities), NONE)
    doorstep = minutes.argmin(axis=0)
    is_open = np.isfinite(minutes[doorstep, np.arange(len(doorstep))])
    for level in (Tier.CLINIC, Tier.CENTRE, Tier.SECONDARY):
        above = [tier for tier in Tier if tier > level and is_open[facilities.tier == tier].any()]
        senders = np.flatnonzero(facilities.tier == level)
        if not above or not len(senders):
            continue
        receivers = np.flatnonzero(facilities.tier == above[0])
        cost = minutes[np.ix_(doorstep[senders], receivers)].astype(np.float64)
        leaves = (belongs[senders] >= 0)[:, None] & (
            belongs[senders][:, None] != belongs[receivers]
        )
        cost += WORSE * (_preference(facilities, senders, receivers) + len(Area) * leaves)
        best = cost.argmin(axis=1)
        reached = np.isfinite(cost[np.arange(len(senders)), best])
        pairs = zip(senders[reached].tolist(), receivers[best[reached]].tolist(), strict=True)
        network.add_edges_from(pairs, kind="up")
    return network


def _preference(facilities: Facilities, senders: Ints, receivers: Ints) -> Ints:
    """Rank of each receiver for each sender, 0 the best; nearness decides within a rank."""
    level = facilities.tier[receivers[0]]
    if level == Tier.CENTRE:
        home = facilities.settlement[senders]
        same = (home[:, None] == facilities.settlement[receivers]) & (home[:, None] >= 0)
        return np.where(same, 0, 1)
    if level == Tier.SECONDARY:
        general = np.array([facilities.kind[row] == "general" for row in receivers])
        rank = np.where(general & (facilities.area[receivers] == Area.COUNTY), 0, 1)
    else:
        rank = facilities.area[receivers].astype(np.int64)
    return np.broadcast_to(rank, (len(senders), len(receivers)))


def up_targets(network: "nx.DiGraph[Any]") -> Ints32:
    """The facility to which each refers upward, shape (F,); -1 where none."""
    targets = np.full(network.number_of_nodes(), -1, dtype=np.int32)
    for sender, receiver, data in network.edges(data=True):
        if data["kind"] == "up":
            targets[sender] = receiver
    return targets


def home_centre(options: Options) -> Ints32:
    """The centre to which hospitals send a place's residents down, (P,): its first; -1 for none."""
    centres = options.facility[:, options.slots[Tier.CENTRE]]
    if centres.shape[1] == 0:
        return np.full(len(centres), -1, dtype=np.int32)
    return centres[:, 0]
