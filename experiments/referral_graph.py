"""The referral network of a region: who sends patients to whom, measured, and as GraphML.

Nodes are facilities, edges run from the sender to the receiver and carry `patients`, those referred
along them in the counted days of a run. Without a run only the catchments are there, each edge with
one `patients` as its weight.
"""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import polars as pl

from model.parameters import Parameters
from model.region.consortium import consortium_names
from model.region.parameters import RegionParameters
from model.region.referral import referral_network
from model.region.region import Region
from model.region.travel import travel_minutes
from model.terms import Area, InputError, Tier

BAR = 0.9  # of utilisation or occupancy, above which a facility counts as full


@dataclass(frozen=True, slots=True)
class Measures:
    """A facility in its network; None where nothing was counted."""

    facility: str
    name: str
    tier: str
    area: str
    in_strength: float  # patients received
    out_strength: float  # patients sent
    betweenness: float  # share of the shortest ways between others, an edge as long as 1 / patients
    utilisation: float | None  # visits over places
    occupancy: float | None  # beds in use over beds
    bottleneck: bool  # full, and of more patients than the mean facility


def catchment_graph(region: Region, parameters: Parameters) -> "nx.DiGraph[str]":
    """The network by catchment alone."""
    minutes = travel_minutes(region, parameters.bind(RegionParameters, "region")).copy()
    minutes[:, region.facilities.doctors <= 0] = np.inf
    graph = _nodes(region)
    names = region.facilities.id
    for sender, receiver in referral_network(region, minutes).edges:
        graph.add_edge(names[sender], names[receiver], direction="up", patients=1)
    return graph


def graph_of_run(region: Region, folder: Path) -> "nx.DiGraph[str]":
    """The network of a finished run, with what it counted; InputError if there is none."""
    for name in ("referrals.parquet", "facilities.parquet"):
        if not (folder / name).exists():
            raise InputError("holds no run that has ended", file=folder, allowed=f"with {name}")
    graph = _nodes(region)
    for sender, receiver, direction, patients in pl.read_parquet(
        folder / "referrals.parquet"
    ).iter_rows():
        graph.add_edge(sender, receiver, direction=direction, patients=patients)
    sums = ("visits", "admissions", "capacity", "bed_day", "bed_day_available")
    counted = pl.read_parquet(folder / "facilities.parquet").group_by("facility").agg(
        pl.col(name).sum() for name in sums
    )  # fmt: skip
    for row in counted.iter_rows(named=True):
        node = graph.nodes[row["facility"]]
        node |= {"visits": row["visits"], "admissions": row["admissions"]}
        if row["capacity"] > 0:
            node["utilisation"] = row["visits"] / row["capacity"]
        if row["bed_day_available"] > 0:
            node["occupancy"] = row["bed_day"] / row["bed_day_available"]
    return graph


def measure(graph: "nx.DiGraph[str]", bar: float = BAR) -> list[Measures]:
    """Every facility's measures, those first to which most patients are sent."""
    received = dict(graph.in_degree(weight="patients"))
    sent = dict(graph.out_degree(weight="patients"))
    ways = graph.copy()
    for _, _, edge in ways.edges(data=True):
        edge["distance"] = 1 / edge["patients"]
    between = nx.betweenness_centrality(ways, weight="distance")
    strength = {facility: received[facility] + sent[facility] for facility in graph}
    mean = sum(strength.values()) / max(len(strength), 1)
    measured = []
    for facility, node in graph.nodes(data=True):
        loads = node.get("utilisation"), node.get("occupancy")
        full = any(load is not None and load > bar for load in loads)
        measured.append(
            Measures(
                facility,
                node["name"],
                node["tier"],
                node["area"],
                float(received[facility]),
                float(sent[facility]),
                float(between[facility]),
                *loads,
                bottleneck=full and strength[facility] > mean,
            )
        )
    return sorted(measured, key=lambda m: (-m.in_strength, -m.betweenness, m.facility))


def write_graphml(graph: "nx.DiGraph[str]", measures: list[Measures], file: Path) -> None:
    """The network with its measures, in UTF-8, as Gephi, igraph and networkx read it."""
    whole = graph.copy()
    for of in measures:
        told = {key: value for key, value in asdict(of).items() if value is not None}
        # networkx writes "True", which other readers of GraphML do not know as a boolean
        whole.nodes[told.pop("facility")].update(told, bottleneck=int(of.bottleneck))
    file.parent.mkdir(parents=True, exist_ok=True)
    nx.write_graphml(whole, file, encoding="utf-8")


def told(graph: "nx.DiGraph[str]", measures: list[Measures], file: Path) -> dict[str, Any]:
    """The network for programs."""
    edges = [{"from": s, "to": r, **edge} for s, r, edge in sorted(graph.edges(data=True))]
    return {"facilities": [asdict(of) for of in measures], "edges": edges, "graphml": str(file)}


def _nodes(region: Region) -> "nx.DiGraph[str]":
    facilities, consortia = region.facilities, consortium_names(region)
    graph: nx.DiGraph[str] = nx.DiGraph()
    for row, facility in enumerate(facilities.id):
        graph.add_node(
            facility,
            name=facilities.name[row],
            name_zh=facilities.name_zh[row],
            tier=Tier(int(facilities.tier[row])).word,
            kind=facilities.kind[row],
            area=Area(int(facilities.area[row])).name.lower(),
            consortium=consortia[row],
            beds=int(facilities.beds[row]),
            doctors=float(facilities.doctors[row]),
            lon=float(facilities.lon[row]),
            lat=float(facilities.lat[row]),
        )
    return graph
