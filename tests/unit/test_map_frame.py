"""What the map is sent: complete, small, and the same every time."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.scenario import make_scenario
from model.simulation import TieredCareModel
from visualization.map.chosen import parse
from visualization.map.frame import (
    LOAD_STEP,
    N_FLOWS,
    NO_BEDS,
    RING_END,
    flows_of,
    frame,
    layout,
    pack,
    unpack,
)
from visualization.map.land import land_of
from visualization.memory.recent import DECISION_DAY, FLOW_DAY, watch

MOST_BYTES = 20_000  # of a frame for 1,500 facilities
DAYS = 9


@pytest.fixture(scope="module")
def model() -> TieredCareModel:
    made = TieredCareModel(make_scenario(region="tongliang", residents=5000, warm_up=5, days=10))
    layout(made)
    for _ in range(DAYS):
        made.step()
    return made


def test_the_layout_holds_every_place_and_name(model: TieredCareModel) -> None:
    region, made = model.region, layout(model)
    head, arrays = unpack(made.content)
    assert head["facilities"]["zh"] == list(region.facilities.name_zh)
    assert head["settlements"]["en"] == list(region.settlements.name)
    assert head["scale"] == pytest.approx(region.population / 5000)
    assert arrays["place"].size == 2 * len(region.places)
    assert arrays["site"].size == 2 * made.n_facilities == 2 * arrays["tier"].size
    assert (arrays["minutes"][arrays["beyond"] == 1] > 0).all()
    rings = arrays["land"]
    assert rings[-1] == RING_END
    assert set(rings.tolist()) - {RING_END} <= set(range(len(region.places)))


def test_the_frame_tells_the_state_of_the_day(model: TieredCareModel) -> None:
    head, arrays = unpack(frame(model))
    state = model.world.state
    assert head["day"] == DAYS
    assert head["date"] == model.date.isoformat()
    assert arrays["load"] * LOAD_STEP == pytest.approx(state.load, abs=LOAD_STEP / 2 + 1e-9)
    visits = model.tally.daily["visits"][DAYS - FLOW_DAY : DAYS].sum()
    assert arrays["visits"].sum() == visits
    assert arrays["in_line"].sum() == len(model.world.waiting)
    assert ((arrays["occupancy"] == NO_BEDS) == (state.beds == 0)).all()


def test_flows_leave_their_settlement_and_are_the_largest(model: TieredCareModel) -> None:
    _, arrays = unpack(frame(model))
    home, facility = arrays["flow_from"], arrays["flow_to"]
    assert len(home) == N_FLOWS
    assert (model.region.facilities.settlement[facility] != home).all()
    assert (np.diff(arrays["flow_visits"].astype(int)) >= 0).all()
    flows = watch(model).flows(FLOW_DAY)
    away = model.region.facilities.settlement[flows.facility] != flows.settlement
    assert np.sort(flows.visits[away])[-N_FLOWS:].sum() == arrays["flow_visits"].sum()


def test_a_frame_is_small(model: TieredCareModel) -> None:
    content = frame(model)
    _, arrays = unpack(content)
    fixed = sum(arrays[name].nbytes for name in arrays if name.startswith("flow_"))
    of_facilities = sum(array.nbytes for array in arrays.values()) - fixed
    heading = len(content) - of_facilities - fixed
    assert heading + fixed + 1500 * of_facilities / arrays["load"].size < MOST_BYTES


def test_flows_of_a_facility_are_all_of_its_visits(model: TieredCareModel) -> None:
    _, arrays = unpack(frame(model))
    row = int(arrays["visits"].argmax())
    _, flows = unpack(flows_of(model, parse(f"facility:{row}")))
    assert flows["flow_visits"].sum() == arrays["visits"][row]
    assert set(flows["flow_to"].tolist()) == {row}
    assert flows_of(model, parse("")) == b""
    assert unpack(flows_of(model, parse("facility:999999")))[1]["flow_to"].size == 0


def test_a_patients_way_leads_from_her_home(model: TieredCareModel) -> None:
    morning = watch(model).morning
    assert morning is not None
    facility = morning.chosen(morning.restored(model.world))[1]
    at = int((facility >= 0).argmax())
    _, way = unpack(flows_of(model, parse(f"patient:{morning.day}:{at}")))
    place = model.world.residents.place[morning.person[at]]
    assert way["flow_to"].tolist() == [facility[at]]
    assert way["flow_from"].tolist() == [model.region.places.settlement[place]]
    stale = unpack(flows_of(model, parse(f"patient:{morning.day - DECISION_DAY}:{at}")))[1]
    assert stale["flow_to"].size == 0


def test_the_day_before_the_first_has_no_flows() -> None:
    fresh = TieredCareModel(make_scenario(region="brook", warm_up=0, days=1))
    head, arrays = unpack(frame(fresh))
    assert (head["days"], arrays["flow_to"].size, arrays["visits"].sum()) == (0, 0, 0)


@given(st.lists(st.sampled_from(["<u1", "<u2", "<f4"]), max_size=5), st.integers(0, 9))
def test_what_is_packed_comes_out(kinds: list[str], n: int) -> None:
    given_arrays = {str(i): np.arange(n).astype(kind) for i, kind in enumerate(kinds)}
    head, arrays = unpack(pack({"name": "铜梁"}, given_arrays))
    assert head == {"name": "铜梁"}
    for name, array in given_arrays.items():
        assert arrays[name].dtype == array.dtype
        assert (arrays[name] == array).all()


@pytest.mark.parametrize(
    "text",
    ["facility:-1", "facility:1e9", "patient:1", "<b>", "facility:1;drop", None, 7, "x" * 999],
)
def test_what_is_no_choice_chooses_nothing(text: object) -> None:
    assert parse(text).text == ""


@pytest.mark.parametrize(
    "place",
    [[[0, 0]], [[0, 0], [3, 4]], [[0, 0], [1, 1], [2, 2], [5, 5]], [[0, 0], [0, 0], [0, 0]]],
)
def test_land_of_few_places_is_a_line(place: list[list[float]]) -> None:
    land = land_of(np.array(place, dtype=float))
    assert land.rings == ()
    assert len(land.edges) == len(place) - 1
    assert land.radius_km > 0


def test_land_is_one_piece_and_its_rings_close(model: TieredCareModel) -> None:
    _, arrays = unpack(layout(model).content)
    place = arrays["place"].reshape(-1, 2).astype(float)
    land = land_of(place)
    reached = {0}
    edges = land.edges.tolist()
    for _ in edges:
        grown = {at for edge in edges if reached & set(edge) for at in edge}
        if grown <= reached:
            break
        reached |= grown
    assert reached == set(range(len(place)))
    for ring in land.rings:
        assert len(ring) >= 3
