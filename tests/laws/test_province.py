"""Laws of a province: patients, places and beds are conserved; order and workers are nothing.

Two areas that share the hospital away are two halves of one region: they equal one joint run
within noise.
"""

import json
from contextlib import nullcontext
from importlib import resources

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

from experiments.cli import app
from experiments.crew import SerialCrew
from experiments.experiment import crew_of
from experiments.province.file import read_province
from experiments.province.hospitals import Asked, deal
from experiments.province.leg import carry_out_leg
from experiments.province.run import run_province
from experiments.results import summarise
from model.scenario import Scenario
from model.simulation import TieredCareModel
from model.terms import InputError

SHARED = "shared: {Capital: {east: tertiary-away, west: tertiary-away}}\n"
AREAS = (
    "areas: {east: {residents: 1200}, west: {residents: 2400, set: {admission.site_time: 0.001}}}\n"
)
TWO = "name: two\nscenario: {days: 70, warm_up: 20}\n" + AREAS + SHARED
ASKED = Asked(
    visits=0, admissions=0, places=0, bed_demand=0, capacity=20, doctors=4, beds=30, open=20,
    beds_open=30, load=0.5, wait_day=0,
)  # fmt: skip


def written(folder, text):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "province.yaml").write_text(text, encoding="utf-8")
    return folder / "province.yaml"


def run(folder, text, crew=None):
    province = read_province(written(folder, text))
    crew = nullcontext(SerialCrew(carry_out_leg)) if crew is None else crew
    return run_province(province, folder / "out", crew, lambda month, months: None)


def summary(folder, area):
    return json.loads((folder / "out" / "areas" / area / "summary.json").read_text())


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    folder = tmp_path_factory.mktemp("province")
    return folder, run(folder, TWO)


def test_places_and_beds_of_a_hospital_are_dealt_whole(two):
    _, table = two
    by_month = table.group_by("start").agg(pl.col("capacity_day", "beds").sum()).sort("start")
    assert by_month.height == 4
    assert np.ptp(by_month["capacity_day"].to_numpy()) < 1e-9
    assert by_month["beds"].n_unique() == 1
    months = table.group_by("area").agg(pl.col("capacity_day").n_unique())
    assert months["capacity_day"].min() > 1  # the deal follows what is asked for


def test_who_goes_out_comes_in(two):
    folder, table = two
    counted = table.filter(pl.col("start") >= pl.date(2023, 1, 1))
    for area in ("east", "west"):
        facilities = pl.read_parquet(folder / "out" / "areas" / area / "facilities.parquet")
        out = facilities.filter(pl.col("facility") == "tertiary-away").sort("month")
        into = counted.filter(pl.col("area") == area).sort("start")
        for name in ("visits", "admissions"):
            assert out[name].to_list() == into[name].to_list()
        assert out["admissions"].sum() > 0


def test_the_order_of_areas_and_the_number_of_workers_do_not_matter(two, tmp_path):
    folder, table = two
    turned = TWO.replace("east: {residents: 1200}, west: ", "west: ").replace(
        "0.001}}}", "0.001}}, east: {residents: 1200}}"
    )
    again = run(tmp_path, turned, crew_of(None, 2, False, carry_out_leg))
    assert again.equals(table)
    for area in ("east", "west"):
        assert summary(tmp_path, area) == summary(folder, area)


def test_a_province_that_was_stopped_goes_on(two, tmp_path):
    done = []

    def stopping(leg):
        if len(done) == 5:
            raise KeyboardInterrupt
        done.append(leg.hash)
        return carry_out_leg(leg)

    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, TWO, nullcontext(SerialCrew(stopping)))
    rest = []

    def counting(leg):
        rest.append(leg.hash)
        return carry_out_leg(leg)

    table = run(tmp_path, TWO, nullcontext(SerialCrew(counting)))
    assert table.equals(two[1])
    assert len(done) + len(rest) == 8
    assert not set(done) & set(rest)
    assert not list((tmp_path / "out").rglob("*.state"))


def test_an_area_that_shares_with_nobody_is_a_plain_run(tmp_path):
    plan = Scenario(residents=1200, days=40, warm_up=20, seed=7)
    text = "name: one\nscenario: {residents: 1200, days: 40, warm_up: 20}\n"
    run(tmp_path, text + "areas: {only: {seed: 7}}\nshared: {Capital: {only: tertiary-away}}\n")
    model = TieredCareModel(plan)
    model.run()
    assert summary(tmp_path, "only")["indicators"] == summarise(model)["indicators"]


def test_a_policy_in_force_from_a_date_keeps_the_parts(tmp_path):
    text = TWO.replace("days: 70", 'policies: "capacity:beds_hospital=2@2023-01-10", days: 40')
    table = run(tmp_path, text)
    sums = table.group_by("start").agg(pl.col("beds").sum()).sort("start")["beds"].to_list()
    assert sums[-1] == pytest.approx(2 * sums[0], abs=2)


def test_a_policy_file_is_that_of_the_beginning_although_it_is_gone_when_in_force(tmp_path):
    own = tmp_path / "own.yaml"
    shipped = resources.files("model").joinpath("data", "policies", "capacity.yaml")
    own.write_text(shipped.read_text(encoding="utf-8"), encoding="utf-8")

    def lose_it(leg):
        own.unlink(missing_ok=True)
        return carry_out_leg(leg)

    plain = TWO.replace("days: 70", "policies: 'POLICY:beds_hospital=2@2023-01-20', days: 40")
    tables = [
        run(tmp_path / name, plain.replace("POLICY", policy), nullcontext(SerialCrew(carry)))
        for name, policy, carry in (
            ("shipped", "capacity", carry_out_leg),
            ("own", str(own), lose_it),
        )
    ]
    assert not own.exists()
    assert tables[0].equals(tables[1])


def test_two_areas_equal_one_joint_run(tmp_path):
    names = ("visit_share_tertiary", "bed_occupancy_tertiary", "admissions_per_resident")
    halves, joint = [], []
    for seed in (1, 2, 3, 4):
        text = f"name: two\nscenario: {{residents: 1500, days: 45, warm_up: 20, seed: {seed}}}\n"
        run(tmp_path / str(seed), text + "areas: {east: {}, west: {}}\n" + SHARED)
        told = [summary(tmp_path / str(seed), area)["indicators"] for area in ("east", "west")]
        halves.append([np.mean([one[name]["value"] for one in told]) for name in names])
        model = TieredCareModel(Scenario(residents=3000, days=45, warm_up=20, seed=seed))
        model.run()
        whole = summarise(model)["indicators"]
        joint.append([whole[name]["value"] for name in names])
    apart = np.mean(halves, axis=0) - np.mean(joint, axis=0)
    error = np.sqrt((np.var(halves, axis=0, ddof=1) + np.var(joint, axis=0, ddof=1)) / 4)
    assert (np.abs(apart) < 4 * error).all(), dict(zip(names, apart / error, strict=True))


def test_parts_follow_what_was_asked_for():
    busy = Asked(
        **{
            **{k: getattr(ASKED, k) for k in Asked.__slots__},
            "places": 29.0,
            "bed_demand": 44.0,
            "load": 1.5,
            "wait_day": 2.0,
        }
    )
    idle = Asked(
        **{**{k: getattr(ASKED, k) for k in Asked.__slots__}, "places": 9.0, "bed_demand": 14.0}
    )
    first, second = deal([busy, idle])
    assert (first.places * 20, second.places * 20) == (30, 10)
    assert (first.beds, second.beds) == (45, 15)
    assert first.load == second.load == 1.0
    assert first.wait_day == second.wait_day == pytest.approx(2 * 29 / 38)
    nobody = deal([ASKED, ASKED])
    assert [part.places for part in nobody] == [1, 1]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (TWO.replace("west: tertiary-away", "south: tertiary-away"), "no such area"),
        (TWO.replace("west: tertiary-away", "west: tertiary-9"), "has no facility tertiary-9"),
        (TWO.replace("residents: 1200", "days: 3"), "must count the same days"),
        (TWO.replace("scenario:", "plan:"), "column plan: unknown key"),
        (TWO.replace("residents: 1200", "resident: 1200"), "row .: resident: .* residents"),
        (TWO.replace(AREAS, "areas: {}\n"), "column areas: too few"),
    ],
)
def test_what_is_wrong_is_named(tmp_path, text, told):
    with pytest.raises(InputError, match=told):
        read_province(written(tmp_path, text))


def test_the_command_prints_the_hospitals(tmp_path):
    file = written(tmp_path, TWO.replace("days: 70, warm_up: 20", "days: 5, warm_up: 2"))
    words = ["province", str(file), "--serial", "--out", str(tmp_path / "out")]
    shown = CliRunner().invoke(app, words)
    assert shown.exit_code == 0, shown.output
    assert "Capital" in shown.stdout
    told = CliRunner().invoke(app, [*words, "--json"])
    rows = json.loads(told.stdout)["hospitals"]
    assert {(row["hospital"], row["area"]) for row in rows} == {
        ("Capital", "east"),
        ("Capital", "west"),
    }
    wrong = CliRunner().invoke(app, ["province", str(tmp_path / "none.yaml")])
    assert wrong.exit_code == 2
