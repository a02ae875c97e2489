"""Morris screening: which parameters matter at all, from few runs.

A trajectory is a walk through the unit cube in which each parameter moves once, by D. Its
elementary effect is EE = (y(x + D e_i) - y(x)) / D, the effect of a move across the whole range.
Over trajectories: mu = mean EE, mu* = mean |EE| (how much it matters), sigma = standard deviation
of EE (how much that depends on the others). Morris 1991; Campolongo, Cariboni and Saltelli 2007.
"""

from dataclasses import dataclass

import numpy as np

from experiments.sensitivity.interval import RARELY, bootstrapped
from model.randomness import Purpose, uniforms
from model.terms import Floats, Ints

LEVELS = 4  # of each parameter's grid; D = LEVELS / (2 (LEVELS - 1)) visits all of them alike
LEAST = 4  # trajectories; of fewer, a standard deviation says nothing


@dataclass(frozen=True, slots=True)
class Effects:
    """What the trajectories say of each parameter, in the unit of what was measured.

    mu, mu_star, sigma, low, high, noise: (parameters,). low, high: bootstrap interval of mu*.
    noise: the mu* that the luck of the replicates alone exceeds at most once in twenty, even where
    one luck pulls all trajectories the same way; nan with one replicate.
    left_out: trajectories in which a value is missing.
    """

    mu: Floats
    mu_star: Floats
    sigma: Floats
    low: Floats
    high: Floats
    noise: Floats
    left_out: int


def trajectories(n_parameters: int, n: int, seed: int) -> Floats:
    """Points of the unit cube, shape (n, n_parameters + 1, n_parameters).

    Each trajectory follows from the seed and its own number, so that more of them keep the first.
    """
    step = LEVELS / (2 * (LEVELS - 1))
    drawn = uniforms(
        seed, Purpose.TRAJECTORY, np.repeat(np.arange(n), n_parameters),
        np.tile(np.arange(n_parameters), n), keep=3,
    ).reshape(3, n, n_parameters)  # fmt: skip
    upward, order = drawn[0] < 0.5, drawn[2].argsort(axis=1)
    start = np.floor(drawn[1].astype(np.float64) * (LEVELS // 2)) / (LEVELS - 1)
    first, moves = np.where(upward, start, start + step), np.where(upward, step, -step)
    walks = np.repeat(first[:, None], n_parameters + 1, axis=1)
    for turn, moved in enumerate(order.T, start=1):
        walks[np.arange(n), turn:, moved] += moves[np.arange(n), moved][:, None]
    return walks


def elementary_effects(walks: Floats, values: Floats) -> Floats:
    """Effect of each parameter in each trajectory, shape (trajectories, parameters, replicates).

    walks: as of `trajectories`. values: (trajectories, parameters + 1, replicates).
    """
    moves = np.diff(walks, axis=1)
    moved = np.abs(moves).argmax(axis=2)
    size = np.take_along_axis(moves, moved[:, :, None], axis=2)
    effects = np.empty_like(values[:, 1:])
    np.put_along_axis(effects, moved[:, :, None], np.diff(values, axis=1) / size, axis=1)
    return effects


def screen(walks: Floats, values: Floats, *, level: float, seed: int) -> Effects:
    """Statistics of the elementary effects; trajectories with a missing value are left out.

    values: (trajectories, parameters + 1, replicates), of which at least `LEAST` trajectories must
    be whole. A replicate has the same luck at every point, so that the spread of an effect between
    replicates of one trajectory is noise, and its mean over them is what counts.
    """
    whole = np.isfinite(values).all(axis=(1, 2))
    by_replicate = elementary_effects(walks[whole], values[whole])
    effects, n_replicates = by_replicate.mean(axis=2), by_replicate.shape[2]
    noise = np.full(effects.shape[1], np.nan)
    if n_replicates > 1:
        variance = by_replicate.var(axis=2, ddof=1).mean(axis=0)
        noise = RARELY * np.sqrt(variance / n_replicates)

    def mu_star(rows: Ints) -> Floats:
        return np.abs(effects[rows]).mean(axis=0)

    low, high = bootstrapped(mu_star, len(effects), level=level, seed=seed)
    return Effects(
        mu=effects.mean(axis=0),
        mu_star=np.abs(effects).mean(axis=0),
        sigma=effects.std(axis=0, ddof=1),
        low=low,
        high=high,
        noise=noise,
        left_out=int((~whole).sum()),
    )
