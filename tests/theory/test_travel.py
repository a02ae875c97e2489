"""Travel against geometry, against networkx's own shortest paths, and the order of its terms."""

from dataclasses import replace

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.parameters import shipped_parameters
from model.region.distance import (
    EARTH_RADIUS_KM,
    from_plane,
    great_circle_km,
    on_sphere,
    plane_km,
)
from model.region.parameters import RegionParameters
from model.region.read import read_region
from model.region.region import TravelTable
from model.region.roads import road_arrays, road_minutes
from model.region.travel import travel_minutes
from model.terms import Area

P = shipped_parameters().bind(RegionParameters, "region")
lons, lats = st.floats(-180, 180), st.floats(-90, 90)


def distance(lon1, lat1, lon2, lat2):
    a, b = (on_sphere(np.array([x]), np.array([y])) for x, y in ((lon1, lat1), (lon2, lat2)))
    return great_circle_km(a, b).item()


def test_quarter_of_a_meridian_and_half_the_globe():
    assert distance(106, 0, 106, 90) == pytest.approx(np.pi / 2 * EARTH_RADIUS_KM)
    assert distance(0, 0, 180, 0) == pytest.approx(np.pi * EARTH_RADIUS_KM)
    assert distance(179.5, 0, -179.5, 0) == pytest.approx(np.pi / 180 * EARTH_RADIUS_KM)


def test_beijing_to_shanghai_is_the_published_distance():
    assert distance(116.4074, 39.9042, 121.4737, 31.2304) == pytest.approx(1067, rel=2e-3)


def test_a_metre_is_seen():
    assert distance(106, 29.8, 106, 29.8 + 1e-5) == pytest.approx(1.112e-3, rel=1e-3)


@given(lons, lats, lons, lats, lons, lats)
def test_distance_is_a_metric(a, b, c, d, e, f):
    ab, ba = distance(a, b, c, d), distance(c, d, a, b)
    assert ab == ba >= 0
    assert distance(a, b, e, f) <= ab + distance(c, d, e, f) + 1e-6


@given(lons, lats, lons, lats)
def test_distance_meets_the_haversine(lon1, lat1, lon2, lat2):
    l1, p1, l2, p2 = np.radians([lon1, lat1, lon2, lat2])
    h = np.sin((p2 - p1) / 2) ** 2 + np.cos(p1) * np.cos(p2) * np.sin((l2 - l1) / 2) ** 2
    haversine = 2 * EARTH_RADIUS_KM * np.arcsin(min(1.0, np.sqrt(h)))
    assert distance(lon1, lat1, lon2, lat2) == pytest.approx(haversine, abs=1e-3)


@given(st.floats(-50, 50), st.floats(-50, 50), st.floats(18, 50))
def test_the_plane_agrees_with_the_globe_and_can_be_left_again(x, y, lat0):
    lon, lat = from_plane(np.array([x]), np.array([y]), 106.0, lat0)
    assert np.concatenate(plane_km(lon, lat, 106.0, lat0)) == pytest.approx([x, y], abs=1e-9)
    assert distance(106.0, lat0, lon[0], lat[0]) == pytest.approx(np.hypot(x, y), rel=1e-2)


@pytest.fixture(scope="module")
def brook():
    return read_region("brook")


def brook_by_networkx(brook, p):
    """Minutes between all nodes by networkx, for the shipped graph whose points are nodes."""
    graph = nx.Graph()
    for tail, head, data in brook.roads.edges(data=True):
        speed = p.speed_between if np.isnan(data["speed_kmh"]) else data["speed_kmh"]
        graph.add_edge(tail, head, minutes=data["length_km"] / speed * 60)
    return dict(nx.all_pairs_dijkstra_path_length(graph, weight="minutes"))


def node_at(brook, lon, lat):
    return next(
        node
        for node, data in brook.roads.nodes(data=True)
        if abs(data["lon"] - lon) < 1e-9 and abs(data["lat"] - lat) < 1e-9
    )


def test_brook_takes_the_quickest_road_that_networkx_finds(brook):
    minutes = travel_minutes(brook, P)
    expected = brook_by_networkx(brook, P)
    places, facilities = brook.places, brook.facilities
    for place in range(len(places)):
        start = node_at(brook, places.lon[place], places.lat[place])
        for row in range(len(facilities)):
            end = node_at(brook, facilities.lon[row], facilities.lat[row])
            assert minutes[place, row] == pytest.approx(P.access_min + expected[start][end])


def test_the_river_makes_neighbours_far(brook):
    ferry = brook.settlements.id.index("ferry")
    mill = brook.facilities.id.index("centre-mill")
    by_road = travel_minutes(brook, P)[ferry, mill]
    as_the_crow_flies = travel_minutes(replace(brook, roads=None), P)[ferry, mill]
    assert by_road > 3 * as_the_crow_flies


def test_without_the_bridge_the_other_bank_is_out_of_reach(brook):
    closed = brook.roads.copy()
    closed.remove_edge("bridge_west", "bridge_east")
    minutes = travel_minutes(replace(brook, roads=closed), P)
    east = [brook.settlements.id.index(name) for name in ("ferry", "easthill", "southwood")]
    assert np.isinf(minutes[east, brook.facilities.id.index("hospital-mill")]).all()
    assert np.isfinite(minutes[east, brook.facilities.id.index("centre-easthill")]).all()


@st.composite
def road_graphs(draw):
    n = draw(st.integers(2, 12))
    graph = draw(st.sampled_from([nx.MultiGraph, nx.MultiDiGraph]))()
    for node in range(n):
        graph.add_node(node, lon=node / 100, lat=0.0)
    nodes = st.integers(0, n - 1)
    speeds = st.sampled_from([20.0, 55.0, float("nan")])
    for tail, head, km, speed in draw(
        st.lists(st.tuples(nodes, nodes, st.floats(0, 50), speeds), min_size=1, max_size=40)
    ):
        graph.add_edge(tail, head, length_km=km, speed_kmh=speed)
    return graph


@given(road_graphs(), st.data())
@settings(max_examples=60, deadline=None)
def test_any_road_graph_agrees_with_networkx(graph, data):
    plain = nx.DiGraph() if graph.is_directed() else nx.Graph()
    plain.add_nodes_from(graph)
    for tail, head, edge in graph.edges(data=True):
        speed = 40.0 if np.isnan(edge["speed_kmh"]) else edge["speed_kmh"]
        minutes = edge["length_km"] / speed * 60
        if not plain.has_edge(tail, head) or plain[tail][head]["minutes"] > minutes:
            plain.add_edge(tail, head, minutes=minutes)
    lengths = dict(nx.all_pairs_dijkstra_path_length(plain, weight="minutes"))
    nodes = st.lists(st.integers(0, len(graph) - 1), min_size=1, max_size=5)
    origins, destinations = data.draw(nodes), data.draw(nodes)
    found = road_minutes(road_arrays(graph), 40.0, np.array(origins), np.array(destinations))
    expected = [[lengths[a].get(b, np.inf) for b in destinations] for a in origins]
    np.testing.assert_allclose(found, np.array(expected, dtype=np.float32), rtol=1e-5)


def test_distance_over_speed_by_hand():
    region = read_region("tongliang")
    minutes = travel_minutes(region, P)
    places, facilities = region.places, region.facilities
    for place, row in ((0, 0), (5, 7), (40, 31), (200, 32), (332, 364)):
        km = distance(
            places.lon[place], places.lat[place], facilities.lon[row], facilities.lat[row]
        )
        speed = P.speed_between
        if facilities.area[row] != Area.COUNTY:
            speed = P.speed_outside
        elif facilities.settlement[row] == places.settlement[place]:
            speed = P.speed_within
        assert minutes[place, row] == pytest.approx(P.access_min + km * P.detour / speed * 60)


@pytest.mark.parametrize("region", ["tongliang", "brook"])
def test_slower_and_more_winding_is_never_quicker(region):
    region = read_region(region)
    base = travel_minutes(region, P)
    for name in ("speed_within", "speed_between", "speed_outside"):
        slower = travel_minutes(region, replace(P, **{name: getattr(P, name) * 0.8}))
        assert (slower >= base).all()
    assert (travel_minutes(region, replace(P, detour=1.6)) >= base).all()
    later = travel_minutes(region, replace(P, access_min=P.access_min + 3))
    np.testing.assert_allclose(later, base + 3, rtol=1e-5)


def test_a_given_table_holds_as_it_stands_and_leaves_the_rest(brook):
    table = TravelTable(
        np.array([3, 0], dtype=np.int32), np.array([9, 0], dtype=np.int32), np.array([17.5, 1.0])
    )
    given = travel_minutes(replace(brook, travel_table=table), P)
    base = travel_minutes(brook, P).copy()
    base[3, 9], base[0, 0] = 17.5, 1.0
    np.testing.assert_array_equal(given, base)


def test_times_are_remembered_by_content_and_cannot_be_written(brook):
    first = travel_minutes(brook, P)
    assert travel_minutes(read_region("brook"), P) is first
    assert travel_minutes(brook, replace(P, speed_between=41.0)) is not first
    with pytest.raises(ValueError, match="read-only"):
        first[0, 0] = 0


def test_a_point_off_the_road_pays_for_the_way_to_it(brook):
    places = brook.places
    aside = replace(places, lat=places.lat - 0.001, lon=places.lon.copy())
    moved = travel_minutes(replace(brook, places=aside), P)
    base = travel_minutes(brook, P)
    away = brook.facilities.id.index("hospital-far")
    leg = distance(0, 0, 0, 0.001) * P.detour / P.speed_within * 60
    np.testing.assert_allclose(moved[:, away], base[:, away] + leg, rtol=1e-4)
    own = brook.facilities.id.index("clinic-mill")
    assert moved[0, own] == pytest.approx(P.access_min + leg, rel=1e-4)
