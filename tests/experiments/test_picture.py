"""The picture of a run shows what its tables say, whatever the region and however short the run."""

import csv
import json
import math
import signal
import struct
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.dates import num2date

from experiments.map.labels import Label, legible, place_labels
from experiments.map.picture import THINNEST_PT, WIDEST_PT
from experiments.map.scene import N_FLOWS, nice, part, spread
from experiments.panels import date_ticks, load_by_tier
from experiments.picture import compose, draw, read_results
from experiments.runner import run
from model.parameters import data_folder
from model.region.distance import plane_km
from model.region.read import read_region
from model.scenario import make_scenario
from model.terms import InputError, Tier

SIZE = (1600, 1000)


def run_into(folder, progress=None, **plan):
    return run(make_scenario(**plan), folder, progress=progress).folder


@pytest.fixture(scope="module")
def brook(tmp_path_factory):
    folder = tmp_path_factory.mktemp("brook")
    return run_into(folder, region="brook", residents=600, days=150, warm_up=5)


@pytest.fixture(scope="module")
def tongliang(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tongliang")
    return run_into(folder, region="tongliang", residents=4_000, days=20, warm_up=2)


@pytest.fixture(scope="module")
def figure(tongliang):
    return compose(read_results(tongliang))


def axes_of(figure, label):
    return next(axes for axes in figure.axes if axes.get_label() == label)


def drawn(axes, gid):
    return next(artist for artist in axes.get_children() if artist.get_gid() == gid)


def texts(figure):
    return " ".join(
        text.get_text() for text in (figure._suptitle, figure._supxlabel, *figure.texts)
    )


def size_of(png: Path) -> tuple[int, ...]:
    content = png.read_bytes()
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    return struct.unpack(">II", content[16:24])


def test_brook_is_drawn(brook):
    picture = draw(brook)
    assert picture == brook / "picture.png"
    assert size_of(picture) == SIZE
    assert not picture.with_name("picture.png.tmp").exists()


def test_the_nation_is_drawn(tmp_path):
    folder = run_into(tmp_path / "run", region="national", residents=2_000, days=8, warm_up=2)
    assert size_of(draw(folder)) == SIZE


def test_the_same_run_gives_the_same_picture(brook):
    assert draw(brook).read_bytes() == draw(brook).read_bytes()


def test_drawn_flows_are_the_strongest_that_leave_their_settlement(tongliang, figure):
    region = read_region("tongliang")
    seats, facilities = region.settlements, region.facilities
    home = [seats.id[at] if at >= 0 else "" for at in facilities.settlement]
    stands_in = dict(zip(facilities.id, home, strict=True))
    rows = pl.read_parquet(tongliang / "flows.parquet").rows()
    leaving = [row for row in rows if stands_in[row[1]] != row[0]]
    assert len(leaving) > N_FLOWS
    volume = sorted((visits for *_, visits in leaving), reverse=True)[:N_FLOWS]
    lines = drawn(axes_of(figure, "map"), "flows")
    expected = np.maximum(WIDEST_PT * np.array(volume[::-1]) / volume[0], THINNEST_PT)
    np.testing.assert_allclose(lines.get_linewidths(), expected, rtol=1e-12)
    x, y = plane_km(seats.lon, seats.lat, seats.lon.mean(), seats.lat.mean())
    origins = {
        (round(a, 6), round(b, 6)): seats.id[at] for at, (a, b) in enumerate(zip(x, y, strict=True))
    }
    starts = [path.vertices[0] for path in lines.get_paths()]
    began = [origins[round(a, 6), round(b, 6)] for a, b in starts]
    for at, visits in enumerate(volume[::-1]):
        assert any(row[0] == began[at] and row[2] == visits for row in leaving)


def test_the_county_and_what_lies_beyond_are_in_the_frame(tongliang, figure):
    axes = axes_of(figure, "map")
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    for gid in ("settlements", *(tier.word for tier in Tier)):
        x, y = drawn(axes, gid).get_offsets().T
        assert x.min() > left
        assert x.max() < right
        assert y.min() > bottom
        assert y.max() < top
    hospitals = [text.get_text() for text in axes.texts if text.get_text().endswith(" min")]
    assert sorted(name.split()[0] for name in hospitals) == ["First", "Southwest"]


def test_names_on_the_map_do_not_touch(figure):
    axes = axes_of(figure, "map")
    boxes = [text.get_window_extent() for text in axes.texts if text.get_text()]
    assert len(boxes) > 20
    for at, box in enumerate(boxes):
        for other in boxes[:at]:
            apart = box.x1 <= other.x0 or other.x1 <= box.x0
            assert apart or box.y1 <= other.y0 or other.y1 <= box.y0


def test_a_kilometre_is_as_long_to_the_north_as_to_the_east(figure):
    axes = axes_of(figure, "map")
    box = axes.get_window_extent()
    east = box.width / np.ptp(axes.get_xlim())
    assert east == pytest.approx(box.height / np.ptp(axes.get_ylim()))


def test_the_picture_says_what_it_is(tongliang, figure):
    told = texts(figure)
    for said in (
        "Tongliang District, Chongqing",
        "4,000 residents, a sample of 685,729",
        "seed 1",
        "1 January 2023 to 20 January 2023",
        "Modelled, not observed",
        "GeoNames",
    ):
        assert said in told


def test_an_invented_region_credits_nobody(brook):
    assert "GeoNames" not in texts(compose(read_results(brook)))


def test_months_stand_below_the_lines(brook):
    axes = axes_of(compose(read_results(brook)), "visits")
    dates = [num2date(at) for at in axes.get_xticks()]
    assert [(day.month, day.day) for day in dates] == [(month, 1) for month in range(1, 6)]
    labels = [text.get_text().split() for text in axes.get_xticklabels()]
    assert labels == [["Jan", "2023"], ["Feb"], ["Mar"], ["Apr"], ["May"]]
    assert len(axes.lines[0].get_xdata()) == 150


def test_bars_are_the_shares_of_the_run_and_of_the_nation(tongliang, figure):
    indicators = read_results(tongliang).summary["indicators"]
    file = data_folder() / "targets" / "national-2023.csv"
    with file.open(encoding="utf-8", newline="") as lines:
        nation = {row["id"]: float(row["value"]) for row in csv.DictReader(lines)}
    ids = [f"visit_share_{tier.word}" for tier in Tier]
    widths = [bar.get_width() for bar in axes_of(figure, "shares").patches]
    assert widths[::2] == pytest.approx([indicators[name]["value"] for name in ids])
    assert widths[1::2] == [nation[name] for name in ids]


def test_a_run_that_counted_nothing_is_drawn(brook, tmp_path):
    told = json.loads((brook / "run.json").read_text("utf-8")) | {"days_counted": 0}
    (tmp_path / "run.json").write_text(json.dumps(told), "utf-8")
    indicators = {f"visit_share_{tier.word}": {"value": None} for tier in Tier}
    (tmp_path / "summary.json").write_text(json.dumps({"indicators": indicators}), "utf-8")
    days = pl.read_parquet(brook / "daily.parquet").filter(pl.col("day") < 0)
    days.write_parquet(tmp_path / "daily.parquet")
    facilities = pl.read_parquet(brook / "facilities.parquet")
    facilities.clear().write_parquet(tmp_path / "facilities.parquet")
    untyped = pl.DataFrame({"settlement": [], "facility": [], "visits": np.zeros(0, np.int64)})
    untyped.write_parquet(tmp_path / "flows.parquet")
    assert size_of(draw(tmp_path)) == SIZE
    assert "stopped after 0 of 150 days" in texts(compose(read_results(tmp_path)))


def test_a_run_that_was_stopped_says_so(tmp_path):
    def stop_on_the_third_day(model, _seconds):
        if model.day == 3:
            signal.raise_signal(signal.SIGINT)

    plan = {"region": "brook", "residents": 300, "days": 9, "warm_up": 0}
    folder = run_into(tmp_path / "run", stop_on_the_third_day, **plan)
    assert size_of(draw(folder)) == SIZE
    told = texts(compose(read_results(folder)))
    assert "1 January 2023 to 3 January 2023 (stopped after 3 of 9 days)" in told


def test_a_region_without_a_tier_and_with_foreign_letters_is_drawn(tmp_path):
    region = tmp_path / "region"
    region.mkdir()
    for file in (data_folder() / "regions" / "brook").iterdir():
        text = file.read_text("utf-8").replace("id: brook", "id: own")
        text = text.replace("Mill Town", "\U0001f3e5 $5 town").replace("Brook (invented)", "\u07f7")
        rows = [line for line in text.splitlines() if ",tertiary," not in line]
        (region / file.name).write_text("\n".join(rows) + "\n", "utf-8")
    folder = run_into(tmp_path / "run", region=str(region), residents=300, days=2, warm_up=1)
    figure = compose(read_results(folder))
    assert "own" in texts(figure).split()
    assert "mill" in [text.get_text() for text in axes_of(figure, "map").texts]
    assert len(drawn(axes_of(figure, "map"), "tertiary").get_offsets()) == 0
    lines = [line.get_gid() for line in axes_of(figure, "visits").lines if line.get_gid()]
    assert set(lines) <= {"clinic", "centre", "secondary", "tertiary"}
    assert size_of(draw(folder)) == SIZE


def test_a_folder_without_a_run_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"holds no run that has ended.*run\.json"):
        draw(tmp_path)


def test_a_region_that_has_changed_is_refused(brook, tmp_path):
    for name in ("run.json", "summary.json", "daily.parquet", "facilities.parquet"):
        (tmp_path / name).write_bytes((brook / name).read_bytes())
    flows = pl.DataFrame({"settlement": ["atlantis"], "facility": ["clinic-mill"], "visits": [1]})
    flows.write_parquet(tmp_path / "flows.parquet")
    with pytest.raises(InputError, match="the region has changed since the run; found 'atlantis'"):
        draw(tmp_path)


def test_load_is_visits_over_capacity_of_seven_days():
    days = range(20)
    visits = [float(day % 7) for day in days]
    daily = pl.DataFrame({"day": days, "visits": visits, "capacity": [6.0] * 20}).with_columns(
        pl.lit("centre").alias("tier")
    )
    loads = load_by_tier(daily, "visits", "capacity")
    assert list(loads) == [Tier.CENTRE]
    np.testing.assert_allclose(loads[Tier.CENTRE][3:-3], 0.5)
    assert loads[Tier.CENTRE][0] == pytest.approx((0 + 1 + 2 + 3) / 24)


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(1, 20_000))
def test_ticks_are_few_and_inside_the_run(first, days):
    last = first + timedelta(days - 1)
    ticks = date_ticks(first, last)
    assert ticks == sorted(set(ticks))
    assert first <= ticks[0] <= ticks[-1] <= last
    assert len(ticks) <= 40
    if days > 92:
        assert {tick.day for tick in ticks} == {1}


@given(st.lists(st.floats(-5, 15), min_size=1, max_size=9), st.floats(0.01, 1.0))
def test_spread_values_are_a_gap_apart_in_their_order(values, gap):
    moved = spread(np.array(values), gap, 0.0, 10.0)
    order = np.argsort(values, kind="stable")
    assert moved.min() >= -1e-9
    assert moved.max() <= 10 + 1e-9
    assert (np.diff(moved[order]) >= gap - 1e-9).all()


def test_what_has_room_is_not_spread():
    np.testing.assert_array_equal(spread(np.array([1.0, 8.0, 4.0]), 2.0, 0.0, 10.0), [1, 8, 4])


def test_marks_on_one_another_come_to_stand_side_by_side():
    site = np.array([[0.0, 0.0], [0.0, 0.0], [0.1, 0.0], [9.0, 9.0]])
    moved = part(site, np.ones(4))
    gaps = [math.dist(a, b) for at, a in enumerate(moved) for b in moved[:at]]
    assert min(gaps) > 0.98
    np.testing.assert_allclose(moved[3], site[3], atol=1e-5)


@given(st.floats(1e-3, 1e9))
def test_nice_numbers_are_near_and_not_above(value):
    assert value / 2.51 < nice(value) <= value * (1 + 1e-9)


def test_letters_that_no_font_has_are_not_drawn():
    assert legible("Pulü", "pulu") == "Pulü"
    assert legible("\U0001f3e5", "clinic") == "clinic"
    assert legible("\U0001f3e5 1") == "? 1"


def test_a_name_without_room_is_left_out(figure):
    axes = axes_of(figure, "map")
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    label = Label("Mill Town", (left + right) / 2, (bottom + top) / 2, 0.1, "black", 12)
    nothing = np.empty((0, 2))
    full = np.array([[left, bottom, right, top]])
    assert place_labels(axes, [label], full, nothing, 0.01) == []
    placed = place_labels(axes, [label], np.empty((0, 4)), nothing, 0.01)
    assert [text.get_text() for text in placed] == ["Mill Town"]
    placed[0].remove()
