"""Consortia: who belongs decides who refers to whom and whom the bundled budget moves."""

from pathlib import Path

import numpy as np
import pytest

from experiments.referral_graph import catchment_graph, measure, write_graphml
from experiments.results import measured
from model.care import beds, visits
from model.care.build import lay_out
from model.care.queue import priority
from model.policies.choice import parse_package
from model.policies.facilities import region_on
from model.region.read import read_region
from model.scenario import make_scenario, region_of
from model.simulation import TieredCareModel
from model.terms import Area, InputError, Tier

HEAD = "title: {en: Members, zh: 成员}\nquestion: {en: Who, zh: 谁}\n"


def naming(folder: Path, members: str, name: str = "members") -> str:
    file = folder / f"{name}.yaml"
    file.write_text(f"{HEAD}members: {members}\n", encoding="utf-8")
    return str(file)


def figures(policies: str) -> dict[str, float | None]:
    plan = make_scenario(region="brook", days=50, warm_up=10, policies=policies or [])
    model = TieredCareModel(plan)
    model.run()
    return {name: of.value for name, of in measured(model).items()}


ALL = "{hospital-mill: [centre-mill, centre-easthill, %s]}"
LONELY = ("westfield", "bridge", "ferry", "southwood")  # clinics without a centre in their place


def test_naming_the_whole_county_changes_nothing_with_or_without_a_budget(tmp_path) -> None:
    whole = naming(tmp_path, ALL % ", ".join(f"clinic-{name}" for name in LONELY))
    assert figures(whole) == figures("")
    assert figures(f"consortium+{whole}") == figures("consortium")


def test_without_a_budget_members_matter_only_for_whom_they_refer_to(tmp_path) -> None:
    few = naming(tmp_path, "{hospital-mill: [centre-mill]}")
    assert figures(few) == figures("")  # their targets are the same
    assert figures(f"consortium+{few}") != figures("consortium")


def test_clinics_follow_the_centre_of_their_settlement_and_others_are_left_out(tmp_path) -> None:
    choices = parse_package(naming(tmp_path, "{hospital-mill: [centre-mill]}"))
    region = region_on(read_region("brook"), choices)
    plan = make_scenario(region="brook")
    table = lay_out(region, plan.parameters(region), 1.0).facility
    ids = region.facilities.id
    inside = {name for name, at in zip(ids, table.consortium, strict=True) if at == 0}
    assert inside == {"hospital-mill", "centre-mill", "clinic-mill", "clinic-market"}
    left_out = ids.index("centre-easthill")
    assert (table.area[left_out], table.practice[left_out]) == (Area.COUNTY, Area.POOL)
    assert table.practice[ids.index("centre-mill")] == Area.COUNTY


def test_members_refer_to_members_even_where_another_is_nearer(tmp_path) -> None:
    plain = make_scenario(residents=20_000)
    region = region_of(plain)
    tier, ids = region.facilities.tier, np.array(region.facilities.id)
    centres, hospitals = ids[tier == Tier.CENTRE], ids[tier == Tier.SECONDARY]
    was = lay_out(region, plain.parameters(region), 1.0).facility.up
    target = np.unique(was[tier == Tier.CENTRE])
    other = next(name for name in hospitals if np.flatnonzero(ids == name)[0] not in target)
    choices = parse_package(naming(tmp_path, f"{{{other}: [{', '.join(centres)}]}}"))
    now = lay_out(region_on(region, choices), plain.parameters(region), 1.0).facility.up
    assert (ids[now[tier == Tier.CENTRE]] == other).all()
    assert (now[tier == Tier.CLINIC] == was[tier == Tier.CLINIC]).all()
    assert (now[tier == Tier.SECONDARY] == was[tier == Tier.SECONDARY]).all()


def test_a_budget_keeps_patients_among_its_members(tmp_path) -> None:
    """Log odds of a stay and readiness to refer move for members, and for them alone."""
    few = naming(tmp_path, "{hospital-mill: [centre-mill]}")
    plan = make_scenario(region="brook", days=2, warm_up=0, policies=f"consortium+{few}")
    model = TieredCareModel(plan)
    model.run()
    world, ids = model.world, model.region.facilities.id
    member, left_out, lead = (
        ids.index(name) for name in ("centre-mill", "centre-easthill", "hospital-mill")
    )
    practice = world.p.practice
    assert practice.keep_in[Area.COUNTY] > 0
    assert practice.refer_out[Area.COUNTY] < 1
    rows = world.episodes.add(2, person=0, key=np.array([128, 256]), severity=1.0)
    world.episodes.adviser[rows] = member, left_out
    sites, tiers = np.array([[lead, lead]]), np.array([Tier.SECONDARY], np.int8)
    kept = beds._steering(world, rows, sites, tiers)[0]
    assert kept.tolist() == [practice.keep_in[Area.COUNTY], 0.0]
    ready = visits._readiness(world)[[lead, member, left_out]]
    assert ready[0] == practice.refer_up[Area.COUNTY] * practice.refer_out[Area.COUNTY]
    assert ready[1] == practice.refer_up[Area.COUNTY]
    assert ready[2] == practice.refer_up[Area.POOL]


def test_the_network_tells_who_belongs(tmp_path) -> None:
    plan = make_scenario(
        region="brook", policies=naming(tmp_path, "{hospital-mill: [centre-mill]}")
    )
    region = region_of(plan, plan.start)
    graph = catchment_graph(region, plan.parameters(region))
    assert graph.nodes["clinic-mill"]["consortium"] == "hospital-mill"
    assert graph.nodes["centre-easthill"]["consortium"] == ""
    file = tmp_path / "network.graphml"
    write_graphml(graph, measure(graph), file)
    assert 'attr.name="consortium"' in file.read_text(encoding="utf-8")
    whole = catchment_graph(region_of(make_scenario(region="brook")), plan.parameters(region))
    assert {of["consortium"] for _, of in whole.nodes(data=True)} == {"brook", ""}


@pytest.mark.parametrize(
    ("members", "told"),
    [
        ("{hospital-mil: []}", "unknown facility; .*hospital-mill"),
        ("{hospital-mill: [hospital-mill]}", "stands in the consortia twice"),
        ("{hospital-pool: []}", "outside the county"),
    ],
)
def test_a_wrong_member_is_an_error_that_names_file_and_row(tmp_path, members, told) -> None:
    plan = make_scenario(region="brook", policies=naming(tmp_path, members))
    with pytest.raises(InputError, match=rf"members\.yaml, row 3, column members.*{told}"):
        TieredCareModel(plan)


def test_two_policies_that_name_members_are_an_error_that_names_both(tmp_path) -> None:
    one = naming(tmp_path, "{hospital-mill: []}")
    other = naming(tmp_path, "{hospital-mill: []}", "other")
    with pytest.raises(InputError, match=r"members\.yaml and .*other\.yaml both name members"):
        TieredCareModel(make_scenario(region="brook", policies=f"{one}+{other}"))


@pytest.mark.parametrize(("ahead", "rank"), [(0, 3), (1, 2), (2, 1)])
def test_the_family_doctors_own_patients_go_ahead_by_ranks(ahead: int, rank: int) -> None:
    no, yes = np.array([False, False]), np.array([True, False])
    assert priority(no, no, yes, ahead).tolist() == [rank, 3]
    assert priority(yes, no, yes, ahead).tolist() == [0, 3]


def test_the_lever_on_priority_sets_the_rank() -> None:
    for level in (0, 1, 2):
        policies = f"family_doctor:priority={level}"
        model = TieredCareModel(make_scenario(region="brook", days=1, policies=policies, warm_up=0))
        model.run()
        assert model.world.p.queue.contract_rank == level
