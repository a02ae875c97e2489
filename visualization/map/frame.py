"""What the map is sent: positions and names once, then a small binary frame a day."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from experiments.map.scene import make_scene, make_view
from model.region.distance import plane_km
from model.region.region import Region
from model.simulation import TieredCareModel
from model.terms import Floats, Ints
from visualization.map.chosen import Chosen
from visualization.map.land import land_of
from visualization.memory.recent import FLOW_DAY, Flows, watch

N_FLOWS = 100
LOAD_STEP = 0.02  # of capacity, a unit of the byte that tells how crowded a facility is
NO_BEDS = 255
RING_END = 65_535
PAGE_PT = 960.0, 600.0  # the shape of the page for which far facilities are put at the edge
MOST = {np.dtype(np.uint8): 254, np.dtype(np.uint16): 65_535}
Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Layout:
    """What of a map stands still.

    content: as packed by `pack`; kilometres east and north of the region's middle.
    """

    content: bytes
    n_settlements: int
    n_facilities: int


def layout(model: TieredCareModel) -> Layout:
    """Positions, tiers and names of a run's region; from here on the run remembers its last days.

    Facilities beyond the county's surroundings stand at the edge; `bearing` (radians from the east,
    counter-clockwise) and the median resident's minutes tell where they are.
    """
    watch(model)
    region = model.region
    settlements, facilities = region.settlements, region.facilities
    scene = make_scene(region, model.plan, _nothing("facility"), _nothing("settlement"), 1)
    view = make_view(scene, *PAGE_PT)
    land = land_of(scene.place)
    middle = (scene.home.min(axis=0) + scene.home.max(axis=0)) / 2
    away = scene.site - middle
    content = pack(
        {
            "region": dict(region.name),
            "scale": 1 / model.sample,
            "land_km": land.radius_km,
            "gap_km": land.gap_km,
            "settlements": {"en": settlements.name, "zh": settlements.name_zh},
            "facilities": {"en": facilities.name, "zh": facilities.name_zh},
        },
        {
            "place": scene.place.astype(np.float32),
            "land": _joined(land.rings),
            "shore": land.edges.astype(np.uint16),
            "home": scene.home.astype(np.float32),
            "population": settlements.population.astype(np.float32),
            "site": view.site.astype(np.float32),
            "tier": facilities.tier.astype(np.uint8),
            "stands_in": facilities.settlement.astype(np.int16),
            "beyond": view.beyond.astype(np.uint8),
            "bearing": np.arctan2(away[:, 1], away[:, 0]).astype(np.float32),
            "minutes": scene.minutes.astype(np.float32),
            "roads": _roads(region),
        },
    )
    return Layout(content, len(settlements), len(facilities))


def frame(model: TieredCareModel) -> bytes:
    """The last day of a run, at most 20 kB for 1,500 facilities; patients of the sample.

    Visits and flows are those of the last `FLOW_DAY` days, the flows the hundred largest that leave
    their settlement.
    """
    recent, state = watch(model), model.world.state
    flows = recent.flows(FLOW_DAY)
    visits = np.zeros(len(state.load), np.int64)
    np.add.at(visits, flows.facility, flows.visits)
    leaves = model.region.facilities.settlement[flows.facility] != flows.settlement
    stay = int(flows.visits[~leaves].sum())
    nobody = np.zeros(len(visits), np.int64)
    sheet = recent.sheets[-1] if recent.sheets else None
    head = {
        "day": model.day,
        "date": model.date.isoformat(),
        "days": recent.days_of(FLOW_DAY),
        "stay": stay / max(int(visits.sum()), 1),
    }
    return pack(
        head,
        {
            "load": clipped(np.rint(state.load / LOAD_STEP), np.uint8),
            "visits": clipped(visits, np.uint16),
            "in_line": clipped(sheet.in_line if sheet else nobody, np.uint16),
            "bed_line": clipped(sheet.bed_line if sheet else nobody, np.uint16),
            "occupancy": _occupancy(state.beds_taken, state.beds),
            **_columns(strongest(flows.chosen(np.flatnonzero(leaves)), N_FLOWS)),
        },
    )


def flows_of(model: TieredCareModel, chosen: Chosen) -> bytes:
    """All flows of a chosen facility or settlement in the last days, or a patient's one way."""
    if not chosen.kind:
        return b""
    if chosen.kind == "patient":
        return pack({}, _columns(_way(model, chosen)))
    flows = watch(model).flows(FLOW_DAY)
    ends = flows.facility if chosen.kind == "facility" else flows.settlement
    return pack({}, _columns(flows.chosen(np.flatnonzero(ends == chosen.row))))


def _way(model: TieredCareModel, patient: Chosen) -> Flows:
    """From a patient's home to where she went; nothing if she stayed, or her day is forgotten."""
    morning = watch(model).morning_of(patient.day)
    one = np.array([patient.row])
    none = np.empty(0, np.int64)
    if morning is None or patient.row >= len(morning.person):
        return Flows(none, none, none)
    facility = morning.chosen(morning.restored(model.world))[1][one]
    place = model.world.residents.place[morning.person[one]]
    home = model.region.places.settlement[place].astype(np.int64)
    went = facility >= 0
    return Flows(home[went], facility[went], np.ones(int(went.sum()), np.int64))


def strongest(flows: Flows, n: int) -> Flows:
    """The n flows with the most visits, the strongest last; ties in the order of the region."""
    order = np.lexsort((flows.facility, flows.settlement, -flows.visits))
    return flows.chosen(order[:n][::-1])


def pack(head: Mapping[str, Any], arrays: Mapping[str, Array]) -> bytes:
    """A heading and arrays as bytes.

    Length of the heading (4 bytes), the heading as JSON, then the arrays, each from a multiple of
    four bytes on; the heading lists their names, types and lengths.

    >>> unpack(pack({"day": 3}, {"load": np.array([1, 2], np.uint8)}))
    ({'day': 3}, {'load': array([1, 2], dtype=uint8)})
    """
    listed = [[name, array.dtype.str, array.size] for name, array in arrays.items()]
    text = json.dumps({**head, "arrays": listed}, ensure_ascii=False, separators=(",", ":"))
    parts = [_padded(text.encode(), b" ")]
    parts.insert(0, np.uint32(len(parts[0])).tobytes())
    parts += [_padded(np.ascontiguousarray(array).tobytes(), b"\0") for array in arrays.values()]
    return b"".join(parts)


def unpack(content: bytes) -> tuple[dict[str, Any], dict[str, Array]]:
    """Heading and arrays of what was packed; arrays come flat."""
    end = 4 + int(np.frombuffer(content, np.uint32, 1)[0])
    head = json.loads(content[4:end])
    arrays = {}
    for name, kind, size in head.pop("arrays"):
        arrays[name] = np.frombuffer(content, np.dtype(kind), size, offset=end)
        end += math.ceil(arrays[name].nbytes / 4) * 4
    return head, arrays


def clipped(values: Ints | Floats, kind: type[np.unsignedinteger[Any]]) -> Array:
    """Counts in few bytes; what does not fit takes the highest value."""
    return np.clip(values, 0, MOST[np.dtype(kind)]).astype(kind)


def _padded(content: bytes, fill: bytes) -> bytes:
    return content + fill * (-len(content) % 4)


def _columns(flows: Flows) -> dict[str, Array]:
    return {
        "flow_from": clipped(flows.settlement, np.uint16),
        "flow_to": clipped(flows.facility, np.uint16),
        "flow_visits": clipped(flows.visits, np.uint16),
    }


def _occupancy(taken: Ints, beds: Ints) -> Array:
    percent = np.rint(100 * taken / np.maximum(beds, 1))
    return np.where(beds > 0, clipped(percent, np.uint8), np.uint8(NO_BEDS))


def _roads(region: Region) -> npt.NDArray[np.float32]:
    """Ends of the edges of the road graph, km, flat in fours; none without roads."""
    if region.roads is None:
        return np.empty(0, np.float32)
    lon, lat = region.settlements.lon.mean(), region.settlements.lat.mean()
    nodes = region.roads.nodes
    ends = [[(nodes[at]["lon"], nodes[at]["lat"]) for at in edge] for edge in region.roads.edges()]
    points = np.array(ends)
    east, north = plane_km(points[..., 0], points[..., 1], float(lon), float(lat))
    return np.stack((east, north), axis=-1).astype(np.float32).ravel()


def _joined(rings: Sequence[Ints]) -> npt.NDArray[np.uint16]:
    """Rings one after another, each closed by `RING_END`."""
    flat = [at for ring in rings for at in (*ring.tolist(), RING_END)]
    return np.array(flat, dtype=np.uint16)


def _nothing(column: str) -> pl.DataFrame:
    text = {"settlement": pl.String} if column == "settlement" else {}
    return pl.DataFrame(schema={**text, "facility": pl.String, "visits": pl.Int64})
