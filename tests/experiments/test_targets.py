"""Targets and dials: what a user's file may say, and how a mistake is told."""

import pytest

from experiments.fitted import read_dials
from experiments.targets import COLUMNS, fitted_rows, of_role, read_targets
from model.parameters import shipped_parameters
from model.terms import InputError

GOOD = {
    "id": "visits_per_resident",
    "indicator": "visits",
    "group": "all",
    "value": "6.8",
    "low": "6.6",
    "high": "7.0",
    "unit": "visits/person/year",
    "year": "2023",
    "role": "calibrate",
    "confidence": "official",
    "source": "county yearbook",
}


def written(folder, *rows, columns=COLUMNS):
    file = folder / "targets.csv"
    lines = [",".join(columns), *(",".join(row[name] for name in columns) for row in rows)]
    file.write_text("\n".join(lines), encoding="utf-8")
    return file


def test_the_shipped_targets_are_read_with_their_roles():
    targets = read_targets()
    assert {role: len(of_role(targets, role)) for role in ("calibrate", "check")} == {
        "calibrate": 40,
        "check": 15,
    }
    assert all(row.low <= row.value <= row.high for row in targets)


def test_there_are_fewer_dials_than_rows_to_fit():
    dials = read_dials(shipped_parameters())
    assert len(dials) < len(of_role(read_targets(), "calibrate"))
    assert all("wait" not in path and "queue." not in path for path in dials.values(0 * dials.low))


def test_a_dial_at_zero_changes_nothing():
    parameters = shipped_parameters()
    dials = read_dials(parameters)
    values = dials.values(0 * dials.low)
    assert values == pytest.approx({path: parameters[path].value for path in values}, rel=1e-5)


def test_dials_stay_inside_the_ranges_of_their_parameters():
    parameters = shipped_parameters()
    dials = read_dials(parameters)
    for ends in (dials.low, dials.high):
        parameters.changed(dials.values(ends))


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"id": "visits_per_residant"}, "did you mean visits_per_resident"),
        ({"value": "many"}, "not a number"),
        ({"value": "9"}, "must lie in its band"),
        ({"role": "calibrated"}, "unknown role"),
        ({"confidence": "sure"}, "unknown confidence"),
        ({"source": ""}, "must not be empty"),
        ({"year": "23"}, "outside its range"),
    ],
)
def test_a_mistake_names_file_row_and_column(changes, told, tmp_path):
    file = written(tmp_path, GOOD, {**GOOD, "id": "trust_primary", **changes})
    with pytest.raises(InputError, match=told) as error:
        read_targets(file)
    assert "targets.csv" in str(error.value)
    assert "row 3" in str(error.value)
    assert next(iter(changes)) in str(error.value)


def test_an_id_twice_and_a_missing_column_are_mistakes(tmp_path):
    with pytest.raises(InputError, match="the same as in row 2"):
        read_targets(written(tmp_path, GOOD, GOOD))
    with pytest.raises(InputError, match="the column is missing"):
        read_targets(written(tmp_path, GOOD, columns=COLUMNS[:-1]))


def test_a_file_without_rows_to_fit_cannot_be_calibrated_to(tmp_path):
    file = written(tmp_path, {**GOOD, "role": "check"})
    with pytest.raises(InputError, match="no row has the role calibrate"):
        fitted_rows(read_targets(file), file)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("visits: {paths: [choice.b_tim], how: add, low: -1, high: 1, step: 1, why: w}", "b_time"),
        ("visits: {paths: [choice.b_time], how: set, low: -1, high: 1, step: 1, why: w}", "how"),
        ("visits: {paths: [choice.b_time], how: add, low: 1, high: 2, step: 1, why: w}", "low"),
        ("visits: 3", "a mapping"),
        ("[]", "names of dials"),
    ],
)
def test_a_wrong_dial_is_named(text, told, tmp_path):
    file = tmp_path / "dials.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=told):
        read_dials(shipped_parameters(), file)
