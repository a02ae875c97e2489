"""A package taken apart: what each of its policies does, and what they do to each other.

With v(S) an indicator under the policies S of a package N, run with the same seed,

    alone_i     = v({i}) - v({})
    added last  = v(N) - v(N without i)
    share_i     = mean of v(S with i) - v(S) over all orders in which N can be put together
    interaction = v(N) - v({}) - sum of alone_i

so that the shares (Shapley values) add up to the effect of the package. Each is had seed by seed;
the interval is Student's t over seeds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import factorial
from typing import Any

import numpy as np
import polars as pl

from experiments import frames
from experiments.compare import SEED, half_width
from model.terms import Floats, InputError

LARGEST = 4  # policies; every subset of them is run
Subset = frozenset[int]
KEYS = ("difference", "low", "high")
Rows = dict[str, dict[str, float | None]]  # by indicator


@dataclass(frozen=True, slots=True)
class Step:
    """What one policy of a package does, by indicator."""

    name: str
    alone: Rows
    added_last: Rows
    share: Rows


@dataclass(frozen=True, slots=True)
class Steps:
    """A package taken apart."""

    steps: list[Step]
    interaction: Rows
    package: Rows

    def content(self) -> dict[str, Any]:
        """For programs."""
        return {
            "policies": [
                {
                    "name": step.name,
                    "alone": step.alone,
                    "added_last": step.added_last,
                    "share": step.share,
                }
                for step in self.steps
            ],
            "interaction": self.interaction,
        }


def subsets_of(package: str) -> dict[Subset, str]:
    """The non-empty subsets of a package as packages; empty for a single policy.

    >>> list(subsets_of("a+b:x=1").values())
    ['a', 'b:x=1', 'a+b:x=1']
    """
    parts = package.split("+")
    if len(parts) > LARGEST:
        raise InputError("--steps", found=package, allowed=f"2 to {LARGEST} policies in a package")
    if len(parts) == 1:
        return {}
    sizes = range(1, len(parts) + 1)
    chosen = [some for size in sizes for some in combinations(range(len(parts)), size)]
    return {frozenset(some): "+".join(parts[i] for i in some) for some in chosen}


def take_apart(
    package: str, baseline: pl.DataFrame, tables: Mapping[str, pl.DataFrame], level: float
) -> Steps:
    """Steps of a package from frames of runs: the baseline's, and by package those of its subsets.

    Overall indicators only; all frames hold the same seeds.
    """
    subsets = subsets_of(package)
    names = [name for name in baseline.columns if name not in frames.FIXED and "." not in name]
    order = baseline.select(SEED)
    values = {frozenset[int](): baseline.select(names).to_numpy().astype(np.float64)}
    for subset, text in subsets.items():
        table = order.join(tables[text], on=SEED, how="left", maintain_order="left")
        values[subset] = table.select(names).to_numpy().astype(np.float64)

    def rows(effect: Floats) -> Rows:
        return _rows(effect, names, level)

    nothing, whole = frozenset[int](), max(subsets, key=len)
    effect = values[whole] - values[nothing]
    alone = {i: values[frozenset({i})] - values[nothing] for i in whole}
    steps = [
        Step(
            name=part,
            alone=rows(alone[i]),
            added_last=rows(values[whole] - values[whole - {i}]),
            share=rows(_shapley(i, whole, values)),
        )
        for i, part in enumerate(package.split("+"))
    ]
    return Steps(steps, rows(effect - sum(alone.values())), rows(effect))


def _shapley(i: int, whole: Subset, values: Mapping[Subset, Floats]) -> Floats:
    n, mean = len(whole), np.zeros_like(values[whole])
    for without, before in values.items():
        if i not in without:
            orders = factorial(len(without)) * factorial(n - len(without) - 1)
            mean += orders / factorial(n) * (values[without | {i}] - before)
    return mean


def _rows(effect: Floats, names: Sequence[str], level: float) -> Rows:
    """effect: (seeds, indicators), nan where an indicator cannot be formed."""
    mean = np.ma.masked_invalid(effect).mean(axis=0).filled(np.nan)
    width = half_width(effect, level)
    told = np.stack((mean, mean - width, mean + width))
    return {
        name: {key: float(x) if np.isfinite(x) else None for key, x in zip(KEYS, of, strict=True)}
        for name, of in zip(names, told.T, strict=True)
    }
