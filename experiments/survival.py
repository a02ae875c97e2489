"""Conclusions that survive: what policies do in each plausible vector, and what flips."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from experiments.batch import Batch, job_of
from model.policies.choice import parse_package
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
SURE = 2.0  # standard errors


@dataclass(frozen=True, slots=True)
class Effect:
    """A policy's effect on an indicator in each vector: mean over seeds, and its error."""

    policy: str
    indicator: str
    baseline: float
    differences: Floats  # (vectors,)
    errors: Floats  # (vectors,) standard error of each mean

    @property
    def direction(self) -> str:
        """`rises` or `falls` in every vector, `flips` if both are sure, else `unclear`."""
        up = bool((self.differences > SURE * self.errors).any())
        down = bool((self.differences < -SURE * self.errors).any())
        if up and down:
            return "flips"
        agreed = (self.differences > 0) if up else (self.differences < 0)
        if (up or down) and agreed.all():
            return "rises" if up else "falls"
        return "unclear"


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
        pairs = []
        for at, one in enumerate(ranked):
            for other in ranked[at + 1 :]:
                apart = one.differences - other.differences
                error = SURE * np.hypot(one.errors, other.errors)
                if (apart > error).any() and (apart < -error).any():
                    pairs.append((one.policy, other.policy))
        return pairs


def chosen(policies: Sequence[str]) -> tuple[str, ...]:
    """The policies asked for; the word `usual` stands for a handful."""
    return tuple(one for text in policies for one in (POLICIES if text == "usual" else (text,)))


def survival(
    plan: Scenario,
    vectors: Sequence[Mapping[str, float]],
    policies: Sequence[str],
    seeds: int,
    batch: Batch,
    indicators: Sequence[str] = INDICATORS,
) -> Survival:
    """Each policy against the baseline in each vector, with the same seeds.

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
                    "seed": plan.seed + seed,
                }
                keys.append((text, number, seed))
                jobs.append(job_of(plan.model_copy(update=changes), text or "baseline", seed + 1))
    measured = dict(zip(keys, batch.measure(jobs), strict=True))

    def table(text: str, indicator: str) -> Floats:
        return np.array(
            [
                [measured[text, number, seed].get(indicator) or 0.0 for seed in range(seeds)]
                for number in range(len(vectors))
            ]
        )

    effects = []
    for text in policies:
        for indicator in indicators:
            before = table("", indicator)
            apart = table(text, indicator) - before
            spread = apart.std(axis=1, ddof=1) if seeds > 1 else np.zeros(len(vectors))
            error = spread / np.sqrt(seeds)
            mean = apart.mean(axis=1)
            effects.append(Effect(text, indicator, float(before.mean()), mean, error))
    return Survival(tuple(effects), len(vectors), seeds)
