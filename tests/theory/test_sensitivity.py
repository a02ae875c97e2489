"""Morris and Sobol against what is known: Ishigami's function, linear ones, SALib and scipy."""

import numpy as np
import pytest
from SALib.analyze import morris as salib_morris
from SALib.analyze import sobol as salib_sobol
from scipy.stats import norm, sobol_indices

from experiments.sensitivity.morris import LEVELS, elementary_effects, screen, trajectories
from experiments.sensitivity.sobol import decompose, indices, points

PROBLEM = {"num_vars": 3, "names": ["x1", "x2", "x3"], "bounds": [[0, 1]] * 3}


def ishigami(u: np.ndarray) -> np.ndarray:
    """Ishigami and Homma 1990 with a = 7, b = 0.1; u in the unit cube, last axis the three x."""
    x = (2 * u - 1) * np.pi
    return np.sin(x[..., 0]) + 7 * np.sin(x[..., 1]) ** 2 + 0.1 * x[..., 2] ** 4 * np.sin(x[..., 0])


def ishigami_indices() -> tuple[np.ndarray, np.ndarray]:
    """First-order and total indices in closed form."""
    a, b = 7, 0.1
    v1 = (1 + b * np.pi**4 / 5) ** 2 / 2
    v2, v13 = a**2 / 8, b**2 * np.pi**8 * (1 / 18 - 1 / 50)
    return np.array([v1, v2, 0]) / (v1 + v2 + v13), np.array([v1 + v13, v2, v13]) / (v1 + v2 + v13)


def test_ishigami_s_indices_lie_in_their_intervals() -> None:
    first, total = ishigami_indices()
    found = decompose(ishigami(points(3, 4096, 1))[..., None], level=0.999, seed=1)
    assert ((found.first_low <= first) & (first <= found.first_high)).all()
    assert ((found.total_low <= total) & (total <= found.total_high)).all()
    assert found.first == pytest.approx(first, abs=0.03)
    assert found.total == pytest.approx(total, abs=0.03)


def test_sobol_indices_are_those_of_salib_and_scipy() -> None:
    values = ishigami(points(3, 512, 7))
    first, total = indices(values)
    A, B, A_i = values[:, :1], values[:, 1:2], values[:, 2:]
    theirs = salib_sobol.analyze(
        PROBLEM, np.hstack([A, A_i, B]).ravel(), calc_second_order=False, seed=1
    )
    assert total == pytest.approx(theirs["ST"], rel=1e-12)
    assert first == pytest.approx(theirs["S1"], abs=1e-5)  # it centres on the mean of A_i as well
    scipys = sobol_indices(func={"f_A": A.T, "f_B": B.T, "f_AB": A_i.T[:, None]}, n=512)
    assert total == pytest.approx(scipys.total_order, rel=1e-12)
    assert first == pytest.approx(scipys.first_order, rel=1e-12)


def test_bootstrap_intervals_are_as_wide_as_salib_s() -> None:
    values = ishigami(points(3, 512, 7))
    found = decompose(values[..., None], level=0.95, seed=1)
    ordered = np.hstack([values[:, :1], values[:, 2:], values[:, 1:2]])
    theirs = salib_sobol.analyze(
        PROBLEM, ordered.ravel(), calc_second_order=False, num_resamples=999, seed=1
    )
    assert (found.total_high - found.total_low) / 2 == pytest.approx(theirs["ST_conf"], rel=0.15)
    assert (found.first_high - found.first_low) / 2 == pytest.approx(theirs["S1_conf"], rel=0.15)


def test_more_samples_keep_the_first_ones() -> None:
    assert (points(3, 64, 1)[:32] == points(3, 32, 1)).all()
    assert (trajectories(5, 8, 1)[:3] == trajectories(5, 3, 1)).all()


def test_a_trajectory_moves_each_parameter_once_on_the_grid() -> None:
    walks = trajectories(6, 20, 3)
    assert ((walks > -1e-12) & (walks < 1 + 1e-12)).all()
    moves = np.abs(np.diff(walks, axis=1))
    assert moves.sum(axis=2) == pytest.approx(LEVELS / (2 * (LEVELS - 1)))
    assert ((moves > 0).sum(axis=1) == 1).all()


def test_elementary_effects_are_those_of_salib() -> None:
    walks = trajectories(3, 12, 1)
    values = ishigami(walks)
    found = screen(walks, values[..., None], level=0.95, seed=1)
    theirs = salib_morris.analyze(
        PROBLEM, walks.reshape(-1, 3), values.ravel(), num_levels=LEVELS, seed=1
    )
    assert found.mu == pytest.approx(np.array(theirs["mu"]), abs=1e-12)
    assert found.mu_star == pytest.approx(np.array(theirs["mu_star"]))
    assert found.sigma == pytest.approx(theirs["sigma"])


def test_a_linear_function_has_its_slopes_as_effects() -> None:
    slopes = np.array([2.0, -1.0, 0.0])
    walks = trajectories(3, 5, 2)
    found = screen(walks, (walks @ slopes)[..., None], level=0.95, seed=1)
    assert found.mu == pytest.approx(slopes, abs=1e-12)
    assert found.mu_star == pytest.approx(abs(slopes), abs=1e-12)
    assert found.sigma == pytest.approx(0, abs=1e-12)
    assert np.isnan(found.noise).all()


def test_an_idle_parameter_stays_below_the_noise() -> None:
    """Independent luck: mu* is the mean |X| of a normal X, and noise its 97.5 % point."""
    walks, slopes, sd = trajectories(8, 400, 1), np.array([5.0, *[0.0] * 7]), 0.3
    luck = np.random.default_rng(1).normal(0, sd, (400, 9, 4))
    found = screen(walks, (walks @ slopes)[..., None] + luck, level=0.95, seed=1)
    step = LEVELS / (2 * (LEVELS - 1))
    error = sd * np.sqrt(2) / step / np.sqrt(4)
    assert found.noise == pytest.approx(norm.ppf(0.975) * error, rel=0.1)
    assert found.mu_star[1:] == pytest.approx(np.sqrt(2 / np.pi) * error, rel=0.15)
    assert found.low[0] > found.noise[0]


def test_luck_that_pulls_all_trajectories_is_seldom_taken_for_an_effect() -> None:
    """The worst case: each replicate has a slope of its own by luck, the same everywhere."""
    walks, draws = trajectories(5, 6, 1), np.random.default_rng(5)
    beyond = []
    for _ in range(40):
        values = walks @ draws.normal(size=(5, 20))
        found = screen(walks, values, level=0.95, seed=1)
        beyond += (found.low > found.noise).tolist()
    assert 0 < np.mean(beyond) < 0.05 + 4 * np.sqrt(0.05 * 0.95 / len(beyond))


def test_luck_that_all_points_share_is_no_noise() -> None:
    walks = trajectories(2, 6, 1)
    shared = np.random.default_rng(2).normal(size=(1, 1, 3))
    values = (walks @ np.array([1.0, 2.0]))[..., None] + shared
    assert screen(walks, values, level=0.95, seed=1).noise == pytest.approx(0, abs=1e-12)
    cube = points(2, 32, 1)
    found = decompose((cube @ np.array([1.0, 2.0]))[..., None] + shared, level=0.95, seed=1)
    assert found.noise == pytest.approx(0, abs=1e-12)


def test_the_total_index_of_an_idle_parameter_stays_below_the_noise() -> None:
    cube, sd = points(2, 1024, 1), 0.2
    luck = np.random.default_rng(3).normal(0, sd, (1024, 4, 2))
    found = decompose(cube[..., :1] + luck, level=0.95, seed=1)
    assert found.noise[1] == pytest.approx(norm.ppf(0.975) ** 2 * found.total[1], rel=0.1)
    assert found.total_low[0] > found.noise[0]


def test_rows_that_lack_a_value_are_left_out() -> None:
    cube = points(3, 64, 1)
    values = ishigami(cube)
    values[5, 2] = np.nan
    found = decompose(values[..., None], level=0.95, seed=1)
    first, total = indices(np.delete(values, 5, axis=0))
    assert found.left_out == 1
    assert found.total == pytest.approx(total)
    assert found.first == pytest.approx(first)


def test_nothing_varies_nothing_matters() -> None:
    first, total = indices(np.ones((32, 5)))
    assert np.isnan(first).all()
    assert np.isnan(total).all()


def test_effects_find_their_parameter_whatever_the_order_of_the_walk() -> None:
    walks = trajectories(4, 3, 9)
    effects = elementary_effects(walks, (walks**2)[..., 1][..., None])
    others = np.delete(effects, 1, axis=1)
    assert others == pytest.approx(0)
    assert (effects[:, 1] > 0).all()
