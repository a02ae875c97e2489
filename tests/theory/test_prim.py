"""PRIM recovers a box that was planted, and says when there is none."""

from itertools import pairwise

import numpy as np
import pytest
from scipy.stats import binom

from experiments.discovery.prim import LUCK, Box, discover, pasted, quasi_p_values
from model.terms import InputError


def planted(noise: float, n: int = 800, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Hits where x0 > 0.6 and x2 < 0.5 of five dimensions, a share `noise` of them turned round."""
    rng = np.random.default_rng(seed)
    x = rng.random((n, 5))
    return x, ((x[:, 0] > 0.6) & (x[:, 2] < 0.5)) ^ (rng.random(n) < noise)


@pytest.mark.parametrize("noise", [0.0, 0.05])
def test_a_planted_box_is_recovered(noise: float) -> None:
    x, hits = planted(noise)
    found, way = discover(x, hits)
    assert found.box.restricted == [0, 2]
    assert found.box.low[0] == pytest.approx(0.6, abs=0.03)
    assert found.box.high[2] == pytest.approx(0.5, abs=0.03)
    inside = found.box.holds(x)
    assert found.coverage == hits[inside].sum() / hits.sum() > 0.97 - 4 * noise
    assert found.density == hits[inside].mean() > 0.93 - noise
    assert found.mass == inside.mean()
    assert max(found.luck.values()) < LUCK
    assert way[0].coverage == 1
    assert all(before.mass > after.mass for before, after in pairwise(way))


def test_a_denser_box_covers_less() -> None:
    x, hits = planted(0.05)
    dense, _ = discover(x, hits, density=0.95)
    assert dense.density >= 0.95
    assert dense.coverage < discover(x, hits)[0].coverage


def test_where_nothing_matters_nothing_is_restricted() -> None:
    rng = np.random.default_rng(4)
    found, _ = discover(rng.random((400, 3)), rng.random(400) < 0.3)
    assert found.box.restricted == [] or max(found.luck.values()) < LUCK
    assert found.density < 0.5


def test_values_of_a_grid_are_cut_between_its_points() -> None:
    x = np.random.default_rng(2).integers(0, 4, (400, 3)).astype(float)
    found, _ = discover(x, (x[:, 0] >= 2) & (x[:, 1] == 1))
    assert found.density == found.coverage == 1
    assert (found.box.low[0], found.box.low[1], found.box.high[1]) == (1.5, 0.5, 1.5)


def test_a_box_that_is_too_narrow_is_pasted_outward() -> None:
    x, hits = planted(0.0)
    narrow = Box(np.array([0.8, *[-np.inf] * 4]), np.array([np.inf, np.inf, 0.3, np.inf, np.inf]))
    wide = pasted(narrow, x, hits)
    assert hits[wide.holds(x)].sum() > 2 * hits[narrow.holds(x)].sum()
    assert hits[wide.holds(x)].all()


def test_quasi_p_values_are_binomial() -> None:
    x = np.linspace(0, 1, 100)[:, None]
    hits = np.arange(100) >= 50
    box = Box(np.array([0.75]), np.array([np.inf]))
    assert quasi_p_values(box, x, hits)[0] == pytest.approx(binom.sf(24, 25, 0.5))


def test_too_few_cases_are_an_error_that_says_how_many_are_needed() -> None:
    x, hits = planted(0.0)
    with pytest.raises(InputError, match="at least 40"):
        discover(x[:20], hits[:20])
    with pytest.raises(InputError, match="0 of 800 meet it"):
        discover(x, np.zeros(800, dtype=bool))
    with pytest.raises(InputError, match="no box is so dense"):
        discover(x, hits ^ (np.arange(800) % 3 == 0), density=1.0)
