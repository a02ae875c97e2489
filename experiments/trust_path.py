"""Trust over time: how long it takes until stronger primary care is used more.

A policy that strengthens primary care works at once, through what patients see, and slowly, through
what they and their neighbours learn. Both runs share residents, illnesses and luck; d(t) is the
difference of primary care's share of visits in month t. It is described by

    d(t) = d_0 + (d_end - d_0) (1 - 2^(-t / h))

with the immediate part d_0, the final difference d_end and the half-life h of the slow part.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import curve_fit

from model.policies.choice import parse_package
from model.scenario import Scenario
from model.simulation import TieredCareModel
from model.terms import Floats, Tier

STRENGTHENING = "primary_strengthening"
MONTH_DAY = 365 / 12


@dataclass(frozen=True, slots=True)
class TrustPath:
    """Primary care's share of visits by month, without and with a policy; shape (months,)."""

    baseline: Floats
    policy: Floats
    trust: Floats  # mean trust in primary care with the policy less that without, at months' ends

    @property
    def difference(self) -> Floats:
        """With the policy less without."""
        return self.policy - self.baseline

    def described(self) -> tuple[float, float, float]:
        """d_0, d_end and the half-life in months, by least squares."""
        return half_life(self.difference)


def half_life(difference: Floats) -> tuple[float, float, float]:
    """d_0, d_end and half-life h in months of a path by month.

    >>> months = np.arange(36) + 0.5
    >>> path = 0.02 + 0.03 * (1 - 2 ** (-months / 6))
    >>> [round(float(x), 3) for x in half_life(path)]
    [0.02, 0.05, 6.0]
    """

    def path(t: Floats, start: float, end: float, half: float) -> Floats:
        return start + (end - start) * (1 - 2.0 ** (-t / half))

    months = np.arange(len(difference)) + 0.5
    guess = (float(difference[0]), float(difference[-1]), len(difference) / 6)
    bounds = ([-1, -1, 0.25], [1, 1, 10.0 * len(difference)])
    found = curve_fit(path, months, difference, p0=guess, bounds=bounds)[0]
    return float(found[0]), float(found[1]), float(found[2])


def trust_path(plan: Scenario, seeds: int = 1, policy: str = STRENGTHENING) -> TrustPath:
    """The path of the plan's counted days, mean over seeds, with a policy and without."""
    arms = []
    for choices in ([], parse_package(policy)):
        runs = [
            _months(plan.model_copy(update={"policies": choices, "seed": plan.seed + seed}))
            for seed in range(seeds)
        ]
        arms.append(np.mean(runs, axis=0))
    (baseline, before), (changed, after) = arms
    return TrustPath(baseline, changed, after - before)


def _months(plan: Scenario) -> Floats:
    """Primary share of visits and mean primary trust of each month, shape (2, months)."""
    model = TieredCareModel(plan)
    trust: list[float] = []
    ends = _ends(plan)
    while not model.finished:
        model.step()
        if model.day - plan.warm_up in ends:
            primary = model.world.residents.trust[[Tier.CLINIC, Tier.CENTRE]]
            trust.append(float(primary.mean()))
    visits = model.tally.daily["visits"][plan.warm_up :]
    shares = [
        part[:, [Tier.CLINIC, Tier.CENTRE]].sum() / part.sum()
        for part in np.split(visits[: ends[-1]], ends[:-1])
    ]
    return np.array([shares, trust])


def _ends(plan: Scenario) -> Sequence[int]:
    """Counted days on which a twelfth of a year ends."""
    months = int(plan.days / MONTH_DAY + 1e-9)
    return [round(MONTH_DAY * (month + 1)) for month in range(months)]
