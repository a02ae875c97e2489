"""Parameters: every shipped number is documented and in range; changes and mistakes."""

from dataclasses import make_dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from model.parameters import Parameters, read_parameters, read_yaml, shipped_parameters
from model.terms import Floats, InputError

LEAF = {
    "value": 0.5,
    "unit": "share",
    "low": 0,
    "high": 1,
    "source": "assumed here",
    "status": "assumed",
    "label": {"en": "A share", "zh": "比例"},
}
SHIPPED = shipped_parameters()


def written(folder: Path, **entries: Any) -> Parameters:
    text = yaml.safe_dump(entries, allow_unicode=True, sort_keys=False)
    (folder / "room.yaml").write_text(text, encoding="utf-8")
    return read_parameters(folder)


def test_every_shipped_number_is_documented_and_in_its_range() -> None:
    for path, leaf in SHIPPED.items():
        assert leaf.path == path
        assert leaf.low <= leaf.value <= leaf.high, path
        for text in (leaf.unit, leaf.source, leaf.label.en, leaf.label.zh):
            assert text.strip(), path


def test_a_file_gives_its_name_to_its_paths_and_a_mapping_its_keys(tmp_path: Path) -> None:
    nested = {
        **LEAF,
        "value": {"clinic": {"old": 0.1, "young": 0.2}, "centre": 1},
        "high": {"clinic": 0.5, "centre": 2},
    }
    parameters = written(tmp_path, plain=LEAF, tier=nested)
    assert list(parameters) == [
        "room.plain",
        "room.tier.clinic.old",
        "room.tier.clinic.young",
        "room.tier.centre",
    ]
    assert parameters["room.tier.clinic.young"].high == 0.5
    assert parameters["room.tier.centre"].high == 2


@given(st.sampled_from(sorted(SHIPPED)), st.floats(0, 1))
def test_a_value_within_its_range_is_taken_and_the_old_ones_stay(path: str, at: float) -> None:
    leaf = SHIPPED[path]
    value = min(max(leaf.low + at * (leaf.high - leaf.low), leaf.low), leaf.high)
    changed = SHIPPED.changed({path: value})
    assert changed[path].value == value
    assert changed[path].source == leaf.source
    assert SHIPPED[path] == leaf
    assert all(changed[other] == SHIPPED[other] for other in SHIPPED if other != path)


@given(st.sampled_from(sorted(SHIPPED)), st.floats(0.001, 1e6), st.booleans())
def test_a_value_outside_its_range_is_refused_with_the_range(
    path: str, beyond: float, above: bool
) -> None:
    leaf = SHIPPED[path]
    value = leaf.high + beyond if above else leaf.low - beyond
    with pytest.raises(InputError, match="outside its range") as error:
        SHIPPED.changed({path: value}, file="plan.yaml")
    told = str(error.value)
    for part in ("plan.yaml", path, f"{leaf.low:g}", f"{leaf.high:g}", leaf.unit, repr(value)):
        assert part in told


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "0.1", None, [1]])
def test_what_is_no_number_is_refused(value: Any) -> None:
    with pytest.raises(InputError, match=r"choice\.b_time must be a number"):
        SHIPPED.changed({"choice.b_time": value})


@pytest.mark.parametrize(
    ("wrong", "near"),
    [
        ("choice.b_tme", "choice.b_time"),
        ("queue.capacity.tertiry", "queue.capacity.tertiary"),
        ("b_price", "choice.b_price"),
        ("Charges.visit.clinic", "charges.visit.clinic"),
    ],
)
def test_an_unknown_path_suggests_the_nearest(wrong: str, near: str) -> None:
    for ask in (lambda: SHIPPED.find(wrong), lambda: SHIPPED.changed({wrong: 1.0})):
        with pytest.raises(InputError, match="unknown parameter") as error:
            ask()
        assert wrong in str(error.value)
        assert near in str(error.value)


def test_a_path_like_no_other_points_to_the_list() -> None:
    with pytest.raises(InputError, match="fenji parameters"):
        SHIPPED.find("xyzzy")


def test_a_region_replaces_whole_leaves_but_adds_none() -> None:
    leaf = SHIPPED["choice.b_time"].model_copy(update={"source": "a survey here", "high": 9.0})
    assert SHIPPED.replaced({"choice.b_time": leaf})["choice.b_time"] == leaf
    with pytest.raises(InputError, match="unknown parameter"):
        SHIPPED.replaced({"choice.b_wind": leaf})


def test_binding_gives_numbers_and_arrays_in_the_order_of_the_file(tmp_path: Path) -> None:
    parameters = written(
        tmp_path,
        rate=LEAF,
        by_tier={**LEAF, "value": {"clinic": 0.3, "centre": 0.1}},
        table={**LEAF, "value": {"a": {"x": 0.1, "y": 0.2}, "b": {"x": 0.3, "y": 0.4}}},
    )
    record = make_dataclass("Record", [("table", Floats), ("rate", float), ("by_tier", Floats)])
    bound = parameters.bind(record, "room")
    assert bound.rate == 0.5
    assert bound.by_tier.tolist() == [0.3, 0.1]
    assert bound.table.tolist() == [[0.1, 0.2], [0.3, 0.4]]
    with pytest.raises(ValueError, match="read-only"):
        bound.table[0, 0] = 1


@pytest.mark.parametrize("names", [["rate"], ["rate", "share", "more"], []])
def test_a_record_that_does_not_match_is_refused(names: list[str], tmp_path: Path) -> None:
    parameters = written(tmp_path, rate=LEAF, share=LEAF)
    record = make_dataclass("Record", [(name, float) for name in names])
    with pytest.raises(InputError, match="do not match") as error:
        parameters.bind(record, "room")
    for name in {"rate", "share", "more"} & ({"rate", "share"} ^ set(names)):
        assert name in str(error.value)


def test_changed_values_are_the_ones_bound() -> None:
    record = make_dataclass(
        "Record",
        [(p.split(".")[1], float) for p in SHIPPED if p.startswith("region.") and p.count(".") == 1]
        + [("n_nearest", Floats)],
    )
    changed = SHIPPED.changed({"region.detour": SHIPPED["region.detour"].high})
    assert changed.bind(record, "region").detour == SHIPPED["region.detour"].high
    assert isinstance(changed.bind(record, "region").n_nearest, np.ndarray)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"value": 2}, "outside low..high"),
        ({"value": "much"}, "not a number"),
        ({"value": None}, "not a number"),
        ({"status": "guessed"}, "sourced"),
        ({"label": {"en": "Only English"}}, "missing"),
        ({"colour": "red"}, "must have the keys"),
        ({"value": {"clinic": 0.5, "centre": 0.5}, "low": {"clinic": 0}}, "low"),
        ({"value": {"clinic": 0.5}, "high": {"clinic": {"old": 1}}}, "high"),
    ],
    ids=lambda given: str(given)[:40],
)
def test_a_mistake_in_a_file_names_the_file_and_the_path(
    change: dict[str, Any], told: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=told) as error:
        written(tmp_path, rate={**LEAF, **change})
    assert "room.yaml" in str(error.value)
    assert "room.rate" in str(error.value)


@pytest.mark.parametrize("missing", sorted(LEAF))
def test_a_leaf_that_lacks_a_key_is_refused(missing: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="must have the keys"):
        written(tmp_path, rate={key: value for key, value in LEAF.items() if key != missing})


def test_a_file_that_is_no_yaml_names_file_and_row(tmp_path: Path) -> None:
    file = tmp_path / "room.yaml"
    file.write_text("rate: 1\n  share: [2\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"room\.yaml, row 2"):
        read_yaml(file)


def test_a_file_in_another_encoding_or_none_at_all_says_so(tmp_path: Path) -> None:
    file = tmp_path / "room.yaml"
    file.write_bytes("label: 时间".encode("gbk"))
    with pytest.raises(InputError, match="not UTF-8"):
        read_yaml(file)
    with pytest.raises(InputError, match="cannot be read"):
        read_yaml(tmp_path / "none.yaml")
