"""Conclusions that survive: what policies do in each plausible vector, and what flips."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product

import numpy as np
from scipy.stats import t

from experiments.batch import Batch, job_of
from model.policies.choice import parse_package
from model.policies.policy import shipped_policies
from model.scenario import Scenario
from model.terms import Floats, InputError

POLICIES = (
    "gatekeeping",
    "primary_strengthening",
    "reimbursement_gradient",
    "family_doctor",
    "tertiary_outpatient_limit",
)
INDICATORS = (
    "first_contact_primary_share",
    "visit_share_tertiary",
    "mean_wait_min_tertiary",
    "unmet_need_share",
    "admissions_per_resident",
    "fund_payment_per_resident_cny",
    "out_of_pocket_per_resident_cny",
)
RANKED_BY = "visit_share_tertiary"  # the less, the better: less siphoning
FILE = "survival.json"  # what `fenji report` tells of
RISES, FALLS, FLIPS, UNCLEAR = "rises", "falls", "flips", "unclear"
BY_LUCK = 0.05  # how often luck alone may put any vector beyond the margin


@dataclass(frozen=True, slots=True)
class Effect:
    """A policy's effect on an indicator in each vector, with each seed."""

    policy: str
    indicator: str
    baseline: float
    apart: Floats  # (vectors, seeds) with the policy less without

    @property
    def differences(self) -> Floats:
        """The mean over seeds in each vector, shape (vectors,)."""
        found: Floats = self.apart.mean(axis=1)
        return found

    @property
    def direction(self) -> str:
        """What is told of it: see `direction`."""
        return direction(self.apart)


def margin(apart: Floats) -> float:
    """What a mean over seeds must exceed to be told from luck, in any of the vectors.

    Student's t for all vectors together (Bonferroni). The variance between seeds is pooled, since
    few seeds say little of it in each; with one seed nothing is known of luck.
    """
    vectors, seeds = apart.shape
    if seeds == 1:
        return np.inf
    error = np.sqrt(apart.var(axis=1, ddof=1).mean() / seeds)
    return float(error * t.ppf(1 - BY_LUCK / 2 / vectors, vectors * (seeds - 1)))


def direction(apart: Floats) -> str:
    """RISES or FALLS if so in every vector and surely in one, FLIPS if surely both, else UNCLEAR.

    apart: (vectors, seeds).
    """
    differences, sure = apart.mean(axis=1), margin(apart)
    up, down = bool((differences > sure).any()), bool((differences < -sure).any())
    if up and down:
        return FLIPS
    if up and (differences > 0).all():
        return RISES
    if down and (differences < 0).all():
        return FALLS
    return UNCLEAR


@dataclass(frozen=True, slots=True)
class Survival:
    """Effects of policies across the plausible vectors, and how they rank in each."""

    effects: tuple[Effect, ...]
    n_vectors: int
    n_seeds: int

    def rankings(self) -> dict[tuple[str, ...], int]:
        """Each order of the policies by `RANKED_BY`, best first, and in how many vectors."""
        ranked = [effect for effect in self.effects if effect.indicator == RANKED_BY]
        names = [effect.policy for effect in ranked]
        table = np.array([effect.differences for effect in ranked])
        orders: dict[tuple[str, ...], int] = {}
        for order in np.argsort(table, axis=0, kind="stable").T:
            told = tuple(names[at] for at in order)
            orders[told] = orders.get(told, 0) + 1
        return dict(sorted(orders.items(), key=lambda item: -item[1]))

    def flipped_pairs(self) -> list[tuple[str, str]]:
        """Pairs of policies of which now one, now the other ranks first."""
        ranked = [effect for effect in self.effects if effect.indicator == RANKED_BY]
        return [
            (one.policy, other.policy)
            for one, other in combinations(ranked, 2)
            if direction(one.apart - other.apart) == FLIPS
        ]


def chosen(policies: Sequence[str]) -> tuple[str, ...]:
    """The policies asked for; `usual` stands for a handful, `all` for every shipped one."""
    words = {"usual": POLICIES, "all": tuple(shipped_policies())}
    return tuple(one for text in policies for one in words.get(text, (text,)))


def survival(
    plan: Scenario,
    vectors: Sequence[Mapping[str, float]],
    policies: Sequence[str],
    seeds: int,
    batch: Batch,
    indicators: Sequence[str] = INDICATORS,
) -> Survival:
    """Each policy against the baseline of the same vector and seed; no two vectors share a seed.

    So luck does not speak for all vectors at once. What a run cannot form has no effect.
    Raises InputError for an unknown policy, or one named twice.
    """
    if len(set(policies)) < len(policies):
        raise InputError("a policy is named twice", found=list(policies))
    packages = {"": [], **{text: parse_package(text) for text in policies}}
    keys, jobs = [], []
    for text, choices in packages.items():
        for number, vector in enumerate(vectors):
            for seed in range(seeds):
                changes = {
                    "overrides": {**vector, **plan.overrides},
                    "policies": [*plan.policies, *choices],
                    "seed": plan.seed + number * seeds + seed,
                }
                keys.append((text, number, seed))
                jobs.append(job_of(plan.model_copy(update=changes), text or "baseline", seed + 1))
    measured = dict(zip(keys, batch.measure(jobs), strict=True))

    shape = len(vectors), seeds

    def table(text: str, indicator: str) -> Floats:
        values = [
            measured[text, number, seed].get(indicator)
            for number, seed in product(range(len(vectors)), range(seeds))
        ]
        return np.array(values, dtype=np.float64).reshape(shape)

    effects = []
    for text in policies:
        for indicator in indicators:
            before = table("", indicator)
            apart = table(text, indicator) - before
            if np.isfinite(apart).all():
                effects.append(Effect(text, indicator, float(before.mean()), apart))
    return Survival(tuple(effects), len(vectors), seeds)
