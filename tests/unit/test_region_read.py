"""Regions from files: what is shipped, what is modelled, and every mistake pointed at."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from model.parameters import data_folder
from model.region import schema
from model.region.check import check_region
from model.region.distance import great_circle_km, on_sphere
from model.region.places import spread
from model.region.read import list_regions, read_region
from model.region.region import Settlements
from model.region.template import new_region
from model.terms import Area, InputError, Tier

SHIPPED = data_folder() / "regions"


@pytest.fixture
def brook(tmp_path):
    return Path(shutil.copytree(SHIPPED / "brook", tmp_path / "brook"))


@pytest.fixture
def example(tmp_path):
    new_region(tmp_path / "example")
    return tmp_path / "example"


def edit(file, old, new):
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


# What is shipped


def test_tongliang_has_every_resident_place_and_listed_facility():
    region = read_region("tongliang")
    assert region.population == 685_729
    assert (len(region.settlements), len(region.places), len(region.facilities)) == (28, 333, 366)
    tiers = np.bincount(region.facilities.tier)
    assert tiers.tolist() == [333, 28, 3, 2]
    census = region.settlements.population @ region.settlements.age_shares / region.population
    np.testing.assert_allclose(census, [0.1633, 0.5759, 0.0512, 0.2096], atol=2e-4)
    clinics = region.facilities.tier == Tier.CLINIC
    doctors = region.facilities.doctors[clinics].sum()
    assert doctors == pytest.approx(0.9 * 685.729)
    assert any("GeoNames" in source and "CC BY 4.0" in source for source in region.sources)
    assert region.pool == "chongqing"
    assert region.facilities.settlement[region.facilities.id.index("C500151122")] == (
        region.settlements.id.index("500151122")
    )
    outside = region.facilities.area != Area.COUNTY
    assert (region.facilities.settlement[outside] == -1).all()


@pytest.mark.parametrize("name", ["tongliang", "brook", "national"])
def test_nothing_modelled_is_called_observed(name):
    region = read_region(name)
    facilities = region.facilities
    observed = {"real", "observed", "sourced"}
    assert not observed & set(facilities.capacity)
    assert region.statuses["capacity"] == "modelled"
    if len(region.places) > len(region.settlements):
        assert region.statuses["places"] == "modelled"
    for path, leaf in region.parameters.items():
        assert leaf.status in {"derived", "assumed"}, path
    generated = [row for row, name in enumerate(facilities.id) if name[-3:-2] == "-"]
    for row in generated:
        known = facilities.existence[row], facilities.location[row], facilities.capacity[row]
        assert known in {("modelled",) * 3, ("invented", "invented", "modelled")}


def test_places_lie_in_the_cell_of_their_seat_and_within_the_radius():
    region = read_region("tongliang")
    places, settlements = region.places, region.settlements
    seats = on_sphere(settlements.lon, settlements.lat)
    points = on_sphere(places.lon, places.lat)
    km = great_circle_km(points[:, :, None], seats[:, None, :])
    own = km[np.arange(len(places)), places.settlement]
    assert (own <= 6.01).all()
    assert (own <= km.min(axis=1) + 0.01).all()
    first = np.searchsorted(places.settlement, np.arange(len(settlements)))
    np.testing.assert_array_equal(places.lon[first], settlements.lon)
    np.testing.assert_array_equal(np.bincount(places.settlement), _places_column())
    np.testing.assert_allclose(np.bincount(places.settlement, places.weight), 1)
    between = great_circle_km(points[:, :, None], points[:, None, :])
    assert between[~np.eye(len(places), dtype=bool)].min() > 0.05


def _places_column():
    rows = (SHIPPED / "tongliang" / "settlements.csv").read_text(encoding="utf-8").splitlines()
    return [int(row.split(",")[7]) for row in rows[1:]]


def test_seats_side_by_side_or_on_one_point_can_be_spread():
    lon = np.array([106.0, 106.0, 106.0 + 1e-6, 106.01])
    seats = Settlements(
        id=("a", "b", "c", "d"),
        name=("a", "b", "c", "d"),
        name_zh=("a", "b", "c", "d"),
        lon=lon,
        lat=np.full(4, 29.8),
        population=np.full(4, 10),
        urban_share=np.zeros(4),
        age_shares=np.full((4, 4), 0.25),
    )
    places = spread(seats, np.array([5, 9, 30, 1]), 6.0)
    assert np.isfinite(places.lon).all()
    assert np.bincount(places.settlement).tolist() == [5, 9, 30, 1]


def test_list_regions_names_them_in_both_languages():
    regions = list_regions()
    assert list(regions) == ["brook", "national", "tongliang"]
    assert regions["tongliang"] == {"en": "Tongliang District, Chongqing", "zh": "重庆市铜梁区"}


def test_own_values_and_overrides():
    region = read_region("tongliang")
    detour = region.parameters["region.detour"]
    assert (detour.value, detour.low, detour.high, detour.status) == (1.35, 1.15, 1.6, "derived")
    assert region.parameters["region.speed_outside"].status == "assumed"
    more = read_region("tongliang", overrides={"region.clinic_doctors_per_1000": 1.2})
    clinics = region.facilities.tier == Tier.CLINIC
    np.testing.assert_allclose(
        more.facilities.doctors[clinics], region.facilities.doctors[clinics] * 4 / 3
    )
    with pytest.raises(InputError, match="outside its range"):
        read_region("tongliang", overrides={"region.clinic_doctors_per_1000": 9})


def test_arrays_cannot_be_written():
    region = read_region("brook")
    for array in (region.settlements.population, region.places.lon, region.facilities.beds):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


# Notes


def test_notes_say_what_is_modelled_and_how_people_travel():
    notes = "\n".join(check_region("tongliang"))
    assert "685,729 residents" in notes
    assert "305 places, all but the seats, are modelled" in notes
    assert "clinic: 333 with 617.2 doctors and 0 beds; modelled: 333 of them" in notes
    assert "no road graph" in notes
    assert "within 15 minutes" in notes
    assert "road graph: 16 nodes, 18 edges" in "\n".join(check_region("brook"))


def test_files_in_gbk_are_read_and_a_note_says_so(example):
    base = read_region(str(example))
    for name in ("settlements.csv", "facilities.csv", "region.yaml"):
        file = example / name
        file.write_bytes(file.read_text(encoding="utf-8").encode("gbk"))
    region = read_region(str(example))
    assert region.settlements.name_zh == base.settlements.name_zh
    assert region.facilities.name_zh == base.facilities.name_zh
    assert region.name == base.name
    assert sum("GBK" in note for note in check_region(example)) == 3


def test_a_byte_order_mark_blank_lines_and_excel_ends_are_no_trouble(brook):
    file = brook / "settlements.csv"
    text = "\r\n".join(file.read_text(encoding="utf-8").splitlines()) + "\r\n,,,,,,,,,,\r\n\r\n"
    file.write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert read_region(str(brook)).population == 3000


def test_warnings(brook):
    edit(brook / "facilities.csv", ",0.96,3,", ",0,3,")
    edit(brook / "facilities.csv", "-0.97127,-0.17986", "-4.97127,-0.17986")
    edit(brook / "settlements.csv", ",350,", ",351,")
    notes = "\n".join(check_region(brook))
    assert "1 facilities are in nobody's reach: hospital-far" in notes
    assert "1 facilities have no doctors: hospital-far" in notes
    assert "3,001 residents together, region.yaml says 3,000" in notes


def test_a_road_graph_in_pieces_is_noted(brook):
    file = brook / "roads.graphml"
    lines = file.read_text(encoding="utf-8").splitlines()
    file.write_text("\n".join(x for x in lines if "The Bridge" not in x), encoding="utf-8")
    assert "7 of 16 road nodes have no way" in "\n".join(check_region(brook))


def test_a_directed_graph_as_osmnx_writes_it(brook):
    file = brook / "roads.graphml"
    text = file.read_text(encoding="utf-8").replace('"undirected"', '"directed"')
    text = text.replace('attr.type="double"', 'attr.type="string"')
    text = text.replace('"d3">40<', "\"d3\">['40', '25 mph']<")
    lines = []
    for line in text.splitlines():
        lines.append(line)
        if "<edge" in line:
            a, b = line.split('"')[1], line.split('"')[3]
            lines.append(line.replace(f'source="{a}" target="{b}"', f'source="{b}" target="{a}"'))
    file.write_text("\n".join(lines), encoding="utf-8")
    there, back = read_region("brook").roads, read_region(str(brook)).roads
    assert back.is_directed()
    assert back.number_of_edges() == 2 * there.number_of_edges()
    assert back["mill"]["west_road"][0] == there["mill"]["west_road"][0]


def test_travel_times_are_read(brook):
    (brook / "travel_times.csv").write_text(
        "origin,destination,minutes\nmill,hospital-pool,44.5\nferry,clinic-mill,12\n"
    )
    table = read_region(str(brook)).travel_table
    assert table.settlement.tolist() == [0, 3]
    assert table.facility.tolist() == [10, 0]
    assert table.minutes.tolist() == [44.5, 12]
    assert any("travel_times.csv gives 2 of 72 pairs" in note for note in check_region(brook))


# Mistakes

SPOILS = [
    ("settlements.csv", ",population,", ",people,", "row 1, column population: .*missing"),
    ("settlements.csv", ",population,", ",lon,", "row 1, column lon: the column appears twice"),
    ("settlements.csv", "id,name,name_zh", "id,name,colour", "row 1, column colour: unknown"),
    ("settlements.csv", "\nferry,", "\nmill,", "row 5, column id: the same as in row 2"),
    ("settlements.csv", ",350,", ",-350,", "row 3, column population: .*found '-350'"),
    ("settlements.csv", ",350,", ",many,", "row 3, column population: not a number; found 'many'"),
    ("settlements.csv", ",350,", ",3.5,", "row 3, column population: not a whole number"),
    ("settlements.csv", ",350,", ',"1,350",', "row 3, column population: not a number"),
    ("settlements.csv", ",350,", ",nan,", "row 3, column population: not a number"),
    ("settlements.csv", ",350,0.1,", ",350,1.1,", "row 3, column urban_share: .*'1.1'.* 0 to 1"),
    ("settlements.csv", "0.3,0.23", "0.2,0.23", "row 3, column share_age_65_plus: more than"),
    ("settlements.csv", "0.15,0.55,0.3,", "0.15,0.85,0.3,", "row 3, .*share_age_60_plus: .*1.3"),
    ("settlements.csv", "West Field,", ",", "row 3, column name: must not be empty"),
    ("settlements.csv", ",350,", ",350,7,", "row 3: a row with too many or too few cells"),
    ("settlements.csv", ',350,', ',"350,', "row 3: not valid CSV"),
    ("settlements.csv", "-0.04317,0.00899", "206.1,29.8", "row 3, column lon: off the globe"),
    ("settlements.csv", "-0.04317,0.00899", "29.8,106.1", "row 3, column lat: off .*swapped"),
    ("settlements.csv", "-0.04317,0.00899", "9.1,0.1", "row 3, column lon, lat: far from"),
    ("facilities.csv", "clinic-market,", "clinic-mill,", "row 3, column id: the same as in row 2"),
    ("facilities.csv", ",secondary,", ",second,", "row 11, column tier: .*'second'.*tertiary"),
    ("facilities.csv", ",station,", ",general,", "row 2, column kind: not a kind of clinic"),
    ("facilities.csv", ",pool,", ",province,", "row 12, column area: .*county, pool, away"),
    ("facilities.csv", ",0.7,0,", ",-0.7,0,", "row 2, column doctors: outside its range"),
    ("facilities.csv", ",2.1,7,", ",2.1,-7,", "row 11, column beds: outside its range"),
    ("facilities.csv", ",2.1,7,", ",2.1,7.5,", "row 11, column beds: not a whole number"),
    ("facilities.csv", "existence", "settlement", "row 2, column settlement: unknown settlement"),
    ("region.yaml", "pool: brook", "pond: brook", "region.yaml, row 6, column pond: unknown key"),
    ("region.yaml", "pool: brook", "# none", "column pool: the key is missing"),
    ("region.yaml", "pool: brook", "pool: 5001", "row 6, column pool: not text; found 5001"),
    ("region.yaml", "rural: 21691", "rural: -1", "row 9, column income.rural: .*found -1"),
    ("region.yaml", "rural: 21691, ", "", "row 9, column income.rural: the key is missing"),
    ("region.yaml", "urban: 51821", "town: 1", "row 9, column income.(town|urban): "),
    ("region.yaml", "crs: WGS84", "crs: GCJ02", "row 7, column crs: .*found 'GCJ02'"),
    ("region.yaml", "kind: synthetic", "kind: [", "region.yaml, row .: not valid YAML"),
    ("region.yaml", "kind: synthetic", "kind: town", "row 5, column kind: .*'town'"),
    ("region.yaml", "sources:", "parameters: {region.detur: {value: 1, low: 1, high: 2, source: x, "
     "status: assumed}}\nsources:", "region.yaml, row .*: unknown parameter region.detur.*.detour"),
    ("region.yaml", "sources:", "roads: {detour: 3, low: 1, high: 2, source: x, "
     "status: assumed}\nsources:", "region.yaml: region.detour is outside its range; found 3"),
    ("region.yaml", "sources: [", "sources: [3, ", "row 11, column sources.0: .*found 3"),
    ("roads.graphml", '<data key="d2">720</data>', "", "edge mill to market has no length"),
    ("roads.graphml", ">720<", ">-720<", "length is not a number in its range; found -720"),
    ("roads.graphml", ">720<", ">short<", "not valid GraphML"),
    ("roads.graphml", '<data key="d1">0.00000</data>', "", "node mill has no x"),
    ("roads.graphml", ">0.00270<", ">95<", "y is not a number in its range; found 95"),
    ("roads.graphml", "</graphml>", "", "not valid GraphML"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "old", "new", "message"), SPOILS)
def test_a_mistake_is_pointed_at(brook, name, old, new, message):
    edit(brook / name, old, new)
    with pytest.raises(InputError, match=f"{name}.*{message}|{message}") as error:
        read_region(str(brook))
    assert name in str(error.value)


@pytest.mark.parametrize("name", ["settlements.csv", "facilities.csv", "region.yaml"])
@pytest.mark.parametrize("content", [None, b"", b"\n\n", b"id,name\n", b"\xff\xfe\x00", b"\x00"])
def test_a_missing_empty_or_unreadable_file(brook, name, content):
    (brook / name).unlink()
    if content is not None:
        (brook / name).write_bytes(content)
    with pytest.raises(InputError, match=name):
        read_region(str(brook))


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("mil,hospital-pool,4", "row 2, column origin: unknown origin; found 'mil'.*mill"),
        ("mill,hospital-poole,4", "row 2, column destination: .*hospital-pool"),
        ("mill,hospital-pool,-4", "row 2, column minutes: outside its range"),
        ("mill,hospital-pool,", "row 2, column minutes: not a number"),
        ("mill,clinic-mill,4\nmill,clinic-mill,5", "row 3, column destination: .*row 2"),
        ("", "no rows"),
    ],
)
def test_mistakes_in_travel_times(brook, rows, message):
    (brook / "travel_times.csv").write_text(f"origin,destination,minutes\n{rows}\n")
    with pytest.raises(InputError, match=message):
        read_region(str(brook))


def test_swapped_coordinates_of_a_hospital_far_away(example):
    for name in ("settlements.csv", "facilities.csv"):
        text = (example / name).read_text(encoding="utf-8").replace(",106.", ",86.")
        (example / name).write_text(text, encoding="utf-8")
    read_region(str(example))
    edit(example / "facilities.csv", "86.9000,29.3000", "29.3000,86.9000")
    with pytest.raises(InputError, match=r"row 8, column lon, lat: far from all others.*swapped"):
        read_region(str(example))


def test_nothing_in_reach_names_the_settlement_and_its_row(brook):
    lines = (brook / "roads.graphml").read_text(encoding="utf-8").splitlines()
    cut = [x for x in lines if 'target="southwood"' not in x]
    (brook / "roads.graphml").write_text("\n".join(cut), encoding="utf-8")
    edit(brook / "facilities.csv", "0.03957,-0.05036", "0.05756,0.01979")
    with pytest.raises(
        InputError, match=r"settlements.csv, row 7, column id: South Wood .*240 min"
    ):
        check_region(brook)


def test_a_listed_id_that_a_modelled_clinic_needs(example):
    edit(example / "facilities.csv", "\nhospital,", "\nnorth-03,")
    with pytest.raises(InputError, match=r"facilities.csv, column id: .*'north-03'"):
        read_region(str(example))


def test_several_places_need_a_radius(example):
    edit(example / "region.yaml", "places: {radius_km: 5, status: modelled}", "")
    with pytest.raises(InputError, match=r"region.yaml, column places: .*radius_km"):
        read_region(str(example))


def test_an_unknown_region_names_the_shipped_ones():
    with pytest.raises(InputError, match=r"'tonglang'; allowed: brook, national, tongliang, or"):
        read_region("tonglang")


# The template


def test_the_template_is_a_region_that_can_be_run(tmp_path):
    files = new_region(tmp_path / "a" / "b")
    assert [file.name for file in files] == [
        "README.md",
        "facilities.csv",
        "region.yaml",
        "settlements.csv",
    ]
    region = read_region(str(tmp_path / "a" / "b"))
    assert region.population == 60_000
    assert len(region.facilities) == 7 + 15
    assert not any("warning" in note for note in check_region(tmp_path / "a" / "b"))


def test_the_template_explains_every_column():
    text = (data_folder() / "templates" / "region" / "README.md").read_text(encoding="utf-8")
    columns = schema.SETTLEMENT_COLUMNS + schema.SETTLEMENT_OPTIONS
    columns += schema.FACILITY_COLUMNS + schema.FACILITY_OPTIONS + schema.TRAVEL_COLUMNS
    words = [word for kinds in schema.KINDS.values() for word in kinds]
    for word in [*columns, *words, *schema.TIERS, *schema.AREAS]:
        assert word in text, word
    keys = (data_folder() / "templates" / "region" / "region.yaml").read_text(encoding="utf-8")
    for key in schema.RegionFile.model_fields:
        assert f"{key}:" in keys, key


def test_a_folder_that_holds_anything_is_refused(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(InputError, match="not empty"):
        new_region(tmp_path)
    with pytest.raises(InputError, match="cannot be written"):
        new_region(tmp_path / "mine.txt")
    assert [file.name for file in tmp_path.iterdir()] == ["mine.txt"]
