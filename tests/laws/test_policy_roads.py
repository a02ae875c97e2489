"""Roads that a policy lists one by one: only these ways change, and only as long as it is on."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from experiments.results import measured
from model.parameters import shipped_parameters
from model.policies.choice import PolicyChoice, parse_package
from model.policies.facilities import region_on
from model.region.parameters import RegionParameters
from model.region.read import read_region
from model.region.travel import travel_minutes
from model.scenario import make_scenario
from model.simulation import TieredCareModel
from model.terms import Floats32, InputError

HEAD = "title: {en: Roads, zh: 道路}\nquestion: {en: Who comes, zh: 谁会来}\n"
CUT = "default: 0.5, neutral: 0, low: 0, high: 0.9, unit: share, label: {en: Cut, zh: 缩短}"
LEVER = f"levers: {{cut: {{{CUT}}}}}\n"
BY_FACTOR = LEVER + "roads: [{origin: southwood, destination: easthill, factor: 1 - cut}]"
BROOK = read_region("brook")
P = shipped_parameters().replaced(BROOK.parameters).bind(RegionParameters, "region")
IDS, HOMES = BROOK.facilities.id, BROOK.settlements.id


def listing(folder: Path, text: str, name: str = "roads") -> str:
    file = folder / f"{name}.yaml"
    file.write_text(HEAD + text + "\n", encoding="utf-8")
    return str(file)


def minutes(policies: str) -> Floats32:
    return travel_minutes(region_on(BROOK, parse_package(policies)), P)


def ways(origin: str, *facilities: str) -> tuple[np.ndarray, ...]:
    """Cells of the table of minutes from a settlement's places."""
    home = BROOK.places.settlement == HOMES.index(origin)
    return np.ix_(home, [IDS.index(name) for name in facilities])


def changed_ways(now: Floats32) -> set[tuple[str, str]]:
    place, facility = np.nonzero(now != travel_minutes(BROOK, P))
    homes = BROOK.places.settlement[place]
    return {(HOMES[a], IDS[b]) for a, b in zip(homes, facility, strict=True)}


def test_a_factor_holds_between_two_settlements_both_ways_and_nowhere_else(tmp_path) -> None:
    before, now = travel_minutes(BROOK, P), minutes(listing(tmp_path, BY_FACTOR))
    there, back = (
        ways("southwood", "clinic-easthill", "centre-easthill"),
        ways("easthill", "clinic-southwood"),
    )
    for cells in (there, back):
        assert now[cells] == pytest.approx(before[cells] / 2)
    assert changed_ways(now) == {
        ("southwood", "clinic-easthill"),
        ("southwood", "centre-easthill"),
        ("easthill", "clinic-southwood"),
    }


def test_minutes_are_door_to_door_and_a_facilitys_own_road_goes_before(tmp_path) -> None:
    roads = """roads:
  - {origin: bridge, destination: hospital-mill, minutes: 7}
  - {origin: bridge, destination: mill, minutes: 9}
  - {origin: ferry, destination: hospital-far, minutes: 60}
"""
    now = minutes(listing(tmp_path, roads))
    assert (now[ways("bridge", "hospital-mill")] == 7).all()
    assert (now[ways("bridge", "clinic-mill", "clinic-market", "centre-mill")] == 9).all()
    assert (now[ways("mill", "clinic-bridge")] == 9).all()
    assert (now[ways("ferry", "hospital-far")] == 60).all()
    assert len(changed_ways(now)) == 6


def test_a_listed_road_stands_beside_faster_roads_everywhere(tmp_path) -> None:
    """The factor is of what the way takes under the general factor; minutes are as they are."""
    road = listing(tmp_path, BY_FACTOR)
    plan = make_scenario(region="brook", days=2, warm_up=0, policies=f"road_improvement+{road}")
    model = TieredCareModel(plan)
    model.run()
    faster = model.in_force.bind(RegionParameters, "region")
    assert faster.speed_between == pytest.approx(1.3 * P.speed_between)
    region = region_on(model.region, plan.policies)
    cells = ways("southwood", "centre-easthill")
    both, alone = travel_minutes(region, faster), travel_minutes(model.region, faster)
    assert both[cells] == pytest.approx(alone[cells] / 2)


def figures(policies: str) -> dict[str, float | None]:
    plan = make_scenario(region="brook", days=30, warm_up=10, policies=policies or [])
    model = TieredCareModel(plan)
    model.run()
    return {name: of.value for name, of in measured(model).items()}


def test_at_the_neutral_lever_a_run_is_the_baseline_and_else_it_is_not(tmp_path) -> None:
    road = listing(tmp_path, BY_FACTOR)
    base = figures("")
    assert figures(f"{road}:cut=0") == base
    assert figures(f"{road}:cut=0.9") != base


def test_a_road_opens_and_closes_on_its_dates(tmp_path) -> None:
    road = listing(tmp_path, "roads: [{origin: bridge, destination: hospital-mill, minutes: 1}]")
    policies = f"{road}@2023-01-05..2023-01-10"
    model = TieredCareModel(make_scenario(region="brook", days=15, warm_up=2, policies=policies))
    home = np.flatnonzero(BROOK.places.settlement == HOMES.index("bridge"))[0]
    while not model.finished:
        day = model.date
        model.step()
        options = model.world.options
        way = options.minutes[home, options.facility[home] == IDS.index("hospital-mill")]
        assert (way[0] == 1) == (date(2023, 1, 5) <= day < date(2023, 1, 10))


@pytest.mark.parametrize(
    ("roads", "told"),
    [
        ("- {origin: bridg, destination: mill, factor: 1}",
         "row 4, column roads.0.origin: unknown settlement; found 'bridg'.*such as bridge"),
        ("- {origin: hospital-mill, destination: mill, factor: 1}", "unknown settlement"),
        ("- {origin: bridge, destination: hospital-mil, factor: 1}",
         "row 4, column roads.0.destination: unknown settlement or facility.*as hospital-mill"),
        ("- {origin: bridge, destination: mill}", "row 4.*exactly one of minutes, factor"),
        ("- {origin: bridge, destination: mill, minutes: 5, factor: 1}", "row 4.*exactly one"),
        ("- {origin: bridge, destination: mill, minutes: -1}",
         "row 4, column roads.0.minutes: minutes out of range; found -1.0; allowed: 0 to 10,000"),
        ("- {origin: bridge, destination: mill, factor: 0}", "allowed: above 0 to 10"),
        ("- {origin: bridge, destination: mill, minutes: fast}", "formula 'fast'"),
        ("- {origin: bridge, destination: mill, factor: 1}\n"
         "- {origin: mill, destination: bridge, minutes: 3}",
         "row 5, column roads.1.destination: listed twice; found 'mill to bridge'"),
    ],
)  # fmt: skip
def test_a_wrong_road_is_an_error_that_names_file_and_row(tmp_path, roads, told) -> None:
    policies = [PolicyChoice(id=listing(tmp_path, f"roads:\n{roads}"))]
    with pytest.raises(InputError, match=rf"roads\.yaml.*{told}"):
        TieredCareModel(make_scenario(region="brook", policies=policies))


def test_two_policies_that_list_one_road_are_an_error_that_names_both(tmp_path) -> None:
    one = listing(tmp_path, "roads: [{origin: bridge, destination: mill, factor: 1}]")
    other = listing(tmp_path, "roads: [{origin: mill, destination: bridge, factor: 1}]", "other")
    with pytest.raises(InputError, match=r"other\.yaml and .*roads\.yaml both list it"):
        TieredCareModel(make_scenario(region="brook", policies=f"{one}+{other}"))
