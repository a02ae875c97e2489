"""Whatever stands in a cell, the reader reads it or says what is wrong and where."""

import csv
import io
import re
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.parameters import data_folder
from model.region.read import read_region
from model.region.template import new_region
from model.terms import InputError

NUMBERS = {
    "settlements.csv": (
        "lon",
        "lat",
        "population",
        "urban_share",
        "places",
        "share_age_0_14",
        "share_age_15_59",
        "share_age_60_plus",
        "share_age_65_plus",
    ),
    "facilities.csv": ("lon", "lat", "doctors", "beds"),
    "travel_times.csv": ("minutes",),
}
WORDS = {
    "settlements.csv": ("id", "name"),
    "facilities.csv": ("id", "name", "tier", "kind", "area"),
    "travel_times.csv": ("origin", "destination"),
}
# numbers that no column allows
WRONG = st.sampled_from(
    ["-200", "1e12", "inf", "-inf", "nan", "1_0", "0x10", "1,5", "--1", "百", "1e999"]
)
NOT_NUMBERS = st.text(min_size=1, max_size=12).filter(lambda text: not re.search(r"\d", text))


@pytest.fixture(scope="module")
def region(tmp_path_factory):
    folder = tmp_path_factory.mktemp("region") / "example"
    new_region(folder)
    (folder / "travel_times.csv").write_text(
        "origin,destination,minutes\nseat,hospital,9\nnorth,hospital,31\nsouth,city,80\n"
    )
    read_region(str(folder))
    return folder


def cells_of(region, name):
    return list(csv.reader(io.StringIO((region / name).read_text(encoding="utf-8"))))


def read_with(region, name, content):
    """Read the region with one file replaced."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(shutil.copytree(region, Path(folder) / "copy"))
        (copy / name).write_bytes(content)
        return read_region(str(copy))


def spoiled(region, name, row, column, cell):
    rows = cells_of(region, name)
    at = rows[0].index(column)
    rows[row][at] = cell
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode("utf-8", errors="surrogatepass")


def stands_in_one_line(cell):
    return cell.strip() != "" and cell.isprintable()


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_a_spoiled_number_is_named_by_row_and_column(region, data):
    name = data.draw(st.sampled_from(sorted(NUMBERS)))
    column = data.draw(st.sampled_from(NUMBERS[name]))
    row = data.draw(st.integers(1, len(cells_of(region, name)) - 1))
    cell = data.draw(WRONG | NOT_NUMBERS.filter(stands_in_one_line))
    with pytest.raises(InputError) as error:
        read_with(region, name, spoiled(region, name, row, column, cell))
    assert f"{name}, row {row + 1}, column {column}: " in str(error.value)
    assert repr(cell.strip()) in str(error.value)


@given(st.data())
@settings(max_examples=80, deadline=None)
def test_a_spoiled_word_is_named_by_row_and_column(region, data):
    name = data.draw(st.sampled_from(sorted(WORDS)))
    column = data.draw(st.sampled_from(WORDS[name]))
    rows = cells_of(region, name)
    row = data.draw(st.integers(2, len(rows) - 1))
    if column in ("id", "name"):
        cell = data.draw(st.sampled_from(["", "  ", "\u3000"]))
    else:
        cell = data.draw(st.sampled_from(["", "clinics", "?", "CENTRE", "三级"]))
    if column == "id":
        cell = data.draw(st.sampled_from([cell, rows[1][0]]))
    with pytest.raises(InputError) as error:
        read_with(region, name, spoiled(region, name, row, column, cell))
    assert f"{name}, row {row + 1}, column {column}: " in str(error.value)


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_any_text_in_any_cell_is_read_or_refused(region, data):
    name = data.draw(st.sampled_from(sorted(NUMBERS)))
    rows = cells_of(region, name)
    row = data.draw(st.integers(0, len(rows) - 1))
    column = data.draw(st.sampled_from(rows[0]))
    cell = data.draw(st.text(max_size=20) | st.floats().map(str) | st.integers().map(str))
    with suppress(InputError):
        read_with(region, name, spoiled(region, name, row, column, cell))


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_any_bytes_are_read_or_refused(region, data):
    name = data.draw(st.sampled_from([*sorted(NUMBERS), "region.yaml"]))
    content = (region / name).read_bytes()
    start = data.draw(st.integers(0, len(content)))
    end = min(len(content), start + data.draw(st.integers(0, 20)))
    content = content[:start] + data.draw(st.binary(max_size=20)) + content[end:]
    with suppress(InputError):
        read_with(region, name, content)


@given(st.data())
@settings(max_examples=100, deadline=None)
def test_any_bytes_in_the_road_graph_are_read_or_refused(data):
    region = data_folder() / "regions" / "brook"
    content = (region / "roads.graphml").read_bytes()
    start = data.draw(st.integers(0, len(content)))
    end = min(len(content), start + data.draw(st.integers(0, 40)))
    content = content[:start] + data.draw(st.binary(max_size=20)) + content[end:]
    with suppress(InputError):
        read_with(region, "roads.graphml", content)
