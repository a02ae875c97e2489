"""`fenji network`: the referral network as a run counted it, in GraphML and measured."""

import json

import networkx as nx
import polars as pl
import pytest
from typer.testing import CliRunner

from experiments.cli import app
from experiments.referral_graph import measure
from model.region.read import read_region
from model.scenario import make_scenario
from model.simulation import TieredCareModel

BROOK = ["network", "brook", "--days", "20", "--warm-up", "5"]


def fenji(*words):
    return CliRunner().invoke(app, list(words))


@pytest.fixture(scope="module")
def brook(tmp_path_factory):
    folder = tmp_path_factory.mktemp("network") / "run"
    result = fenji(*BROOK, "--out", str(folder), "--json")
    assert result.exit_code == 0, result.stderr
    return folder, json.loads(result.stdout)


def test_the_graph_comes_back_from_its_file_as_it_was(brook):
    folder, told = brook
    graph = nx.read_graphml(folder / "network.graphml")
    facilities = read_region("brook").facilities
    assert isinstance(graph, nx.DiGraph)
    assert list(graph.nodes) == list(facilities.id)
    for row, facility in enumerate(facilities.id):
        node = graph.nodes[facility]
        assert (node["name"], node["name_zh"]) == (facilities.name[row], facilities.name_zh[row])
        assert (node["beds"], node["lon"], node["lat"]) == (
            *(facilities.beds[row], facilities.lon[row], facilities.lat[row]),
        )
    edges = {(edge["from"], edge["to"], edge["patients"]) for edge in told["edges"]}
    assert edges == {(s, r, e["patients"]) for s, r, e in graph.edges(data=True)}
    assert edges


def test_edges_are_the_referrals_that_the_days_made(brook):
    folder, _ = brook
    model = TieredCareModel(make_scenario(region="brook", days=20, warm_up=5))
    up = down = 0

    def count(model):
        nonlocal up, down
        if model.day > model.plan.warm_up:
            episodes, today = model.world.episodes, model.today
            up += int(today.visits.referred_up.sum())
            for rows in (today.visits.rows, today.discharged.rows):
                down += int(episodes.referred_down[rows].sum())

    model.run(count)
    table = pl.read_parquet(folder / "referrals.parquet")
    sums = dict(table.group_by("direction").agg(pl.col("patients").sum()).iter_rows())
    assert sums == {"up": up, "down": down}
    assert up > 0
    assert down > 0
    tier = dict(zip(model.region.facilities.id, model.region.facilities.tier, strict=True))
    for sender, receiver, direction, _ in table.iter_rows():
        assert (tier[receiver] > tier[sender]) == (direction == "up")


def test_strengths_are_sums_of_patients(brook):
    folder, told = brook
    table = pl.read_parquet(folder / "referrals.parquet")
    for of in told["facilities"]:
        received = table.filter(pl.col("receiver") == of["facility"])["patients"].sum()
        sent = table.filter(pl.col("sender") == of["facility"])["patients"].sum()
        assert (of["in_strength"], of["out_strength"]) == (received, sent)


def test_a_bottleneck_is_full_and_lies_on_many_ways():
    graph = nx.DiGraph()
    for name, load in (("a", 0.5), ("b", 0.95), ("c", 0.95), ("d", None)):
        told = {} if load is None else {"utilisation": load}
        graph.add_node(name, name=name, tier="centre", area="county", **told)
    for sender, receiver, patients in (("a", "b", 9), ("b", "d", 4), ("a", "c", 1)):
        graph.add_edge(sender, receiver, patients=patients)
    found = {of.facility: of for of in measure(graph)}
    assert [name for name, of in found.items() if of.bottleneck] == ["b"]
    assert found["b"].betweenness == pytest.approx(1 / 6)  # of the six ways between others: a to d
    assert not any(of.bottleneck for of in measure(graph, bar=0.99))


def test_the_catchments_need_no_run(tmp_path):
    file = tmp_path / "catchment.graphml"
    result = fenji("network", "brook", "--catchment", "--graphml", str(file))
    assert result.exit_code == 0
    graph = nx.read_graphml(file)
    assert all(graph.out_degree(node) <= 1 for node in graph)
    assert {edge["direction"] for _, _, edge in graph.edges(data=True)} == {"up"}
    assert list(tmp_path.iterdir()) == [file]


def test_funds_and_explain_take_policies(tmp_path):
    policy = ["--policy", "gatekeeping:closed_door=1+income_based_premium"]
    small = ["national", "--residents", "2000", "--warm-up", "2", *policy]
    told = fenji("explain", *small, "--resident", "101", "--day", "0")
    assert "for a referral" in told.stdout, told.stderr
    funds = fenji("funds", *small, "--days", "5", "--out", str(tmp_path / "funds"), "--json")
    assert funds.exit_code == 0, funds.stderr
    income = json.loads(funds.stdout)["projection"]["funds"]["rbmi"]["income"]
    flat = fenji(
        *("funds", "national", "--residents", "2000", "--warm-up", "2", "--days", "5"),
        *("--out", str(tmp_path / "flat"), "--json"),
    )
    flat_income = json.loads(flat.stdout)["projection"]["funds"]["rbmi"]["income"]
    assert all(a > b for a, b in zip(income, flat_income, strict=True))
