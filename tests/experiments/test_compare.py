"""Paired differences against what the textbook says."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from experiments.compare import half_width, paired_differences
from model.terms import Floats, InputError

SEEDS = range(1, 13)
NUMBERS = st.lists(st.floats(-1e3, 1e3), min_size=12, max_size=12)


def runs(values: Floats | list[float | None], seeds: object = SEEDS) -> pl.DataFrame:
    return pl.DataFrame({"seed": list(seeds), "y": values}, schema_overrides={"y": pl.Float64})  # type: ignore[call-overload]


@given(NUMBERS, NUMBERS)
def test_the_interval_is_that_of_a_paired_t_test(x: list[float], y: list[float]) -> None:
    d = np.subtract(y, x)
    if d.std() < 1e-6:
        return
    (row,) = paired_differences(runs(x), runs(y), ["y"], level=0.9).to_dicts()
    expected = stats.ttest_rel(y, x).confidence_interval(0.9)
    assert row["n"] == 12
    assert row["difference"] == pytest.approx(d.mean(), abs=1e-9)
    assert (row["low"], row["high"]) == pytest.approx((expected.low, expected.high), abs=1e-7)


@given(NUMBERS, NUMBERS)
def test_turning_the_sets_round_turns_the_sign(x: list[float], y: list[float]) -> None:
    (there,) = paired_differences(runs(x), runs(y), ["y"]).to_dicts()
    (back,) = paired_differences(runs(y), runs(x), ["y"]).to_dicts()
    assert there["difference"] == -back["difference"]
    assert there["low"] == -back["high"]


def test_pairs_are_found_whatever_the_order() -> None:
    x, y = np.arange(12.0), np.arange(12.0) ** 2
    mixed = runs(y).sample(fraction=1.0, shuffle=True, seed=1)
    assert paired_differences(runs(x), mixed, ["y"]).equals(
        paired_differences(runs(x), runs(y), ["y"])
    )


def test_only_shared_seeds_count() -> None:
    first, second = runs([1.0, 2.0, 3.0], [1, 2, 3]), runs([9.0, 7.0, 5.0], [3, 4, 2])
    (row,) = paired_differences(first, second, ["y"]).to_dicts()
    assert (row["n"], row["first"], row["second"], row["difference"]) == (2, 2.5, 7.0, 4.5)


def test_a_missing_value_takes_its_pair_along() -> None:
    (row,) = paired_differences(
        runs([1.0, None, 3.0], [1, 2, 3]), runs([2.0, 100.0, 4.0], [1, 2, 3]), ["y"]
    ).to_dicts()
    assert (row["n"], row["difference"], row["low"], row["high"]) == (2, 1.0, 1.0, 1.0)


def test_one_pair_has_no_interval_and_none_has_no_value() -> None:
    (row,) = paired_differences(runs([1.0], [1]), runs([3.0], [1]), ["y"]).to_dicts()
    assert (row["n"], row["difference"], row["low"], row["high"]) == (1, 2.0, None, None)
    (row,) = paired_differences(runs([None], [1]), runs([3.0], [1]), ["y"]).to_dicts()
    assert (row["n"], row["first"], row["difference"], row["low"]) == (0, None, None, None)


def test_what_shares_a_seed_is_one_witness() -> None:
    """Runs of one seed in several worlds are averaged; the interval counts seeds."""
    worlds = pl.DataFrame({"seed": [1, 1, 2, 2, 3], "w": [0, 1, 0, 1, 0]})
    first = worlds.with_columns(y=pl.lit(0.0))
    second = worlds.with_columns(y=pl.Series([1.0, 3.0, 2.0, 4.0, 99.0]))
    (row,) = paired_differences(first, second, ["y"], within=["w"]).to_dicts()
    assert (row["n"], row["difference"]) == (2, 2.5)  # seed 3 was not run in every world


def test_the_variance_ratio_tells_what_common_seeds_leave() -> None:
    luck = np.arange(12.0)
    (row,) = paired_differences(runs(luck), runs(luck + 1), ["y"]).to_dicts()
    assert row["variance_ratio"] == 0.0
    (row,) = paired_differences(runs(luck), runs(-luck), ["y"]).to_dicts()
    assert row["variance_ratio"] == pytest.approx(2.0)


def test_several_runs_for_a_seed_are_refused() -> None:
    with pytest.raises(InputError, match=r"the second set has several .*'seed': 2"):
        paired_differences(runs([1.0, 2.0], [1, 2]), runs([1.0, 2.0], [2, 2]), ["y"])


def test_sets_without_a_shared_seed_are_refused() -> None:
    with pytest.raises(InputError, match="share nothing"):
        paired_differences(runs([1.0], [1]), runs([1.0], [2]), ["y"])


def test_a_half_width_needs_two_values() -> None:
    values = np.array([[1.0, 1.0, np.nan], [3.0, np.nan, np.nan]])
    width = half_width(values, 0.95)
    assert width[0] == pytest.approx(stats.t.ppf(0.975, 1))
    assert np.isinf(width[1:]).all()
