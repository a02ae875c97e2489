"""Trust: moved by outcomes, waits and word of mouth, pulled back slowly by forgetting."""

from dataclasses import dataclass

import numpy as np

from model.randomness import Purpose, uniforms
from model.terms import Bools, Bytes, Floats, Floats32, Ints, Ints32

WAIT_CAP_DAY = 5
NEIGHBOURS = 8  # rows before and behind: residents are sorted by place and household


@dataclass(frozen=True, slots=True)
class TrustParameters:
    """Values of `data/parameters/trust.yaml`; tables by tier."""

    gain: Floats
    loss: Floats
    wait_loss: float
    word_of_mouth: float
    near_tie: float
    forgetting_day: float
    reputation_rate: float
    reputation_weight: float


def forgotten(trust: Floats32, prior: Floats32, days: Ints, p: TrustParameters) -> Floats32:
    """Trust after so many days without news: a share exp(-days / memory) of what was learnt stays.

    trust, prior: (tiers, residents).
    """
    stays = np.exp(-days / p.forgetting_day)
    return (prior + (trust - prior) * stays).astype(np.float32)


def after_experience(
    trust: Floats32, tier: Bytes, resolved: Bools, wait_day: Ints, p: TrustParameters
) -> Floats32:
    """Trust in the tier used: up by a share of what is missing, or down by a share of what is."""
    up = p.gain[tier] * (1 - trust)
    down = p.loss[tier] * trust
    waited = p.wait_loss * np.minimum(wait_day, WAIT_CAP_DAY) * trust
    return np.clip(trust + np.where(resolved, up, -down) - waited, 0, 1).astype(np.float32)


def tie_of(seed: int, person: Ints32, n_residents: int, p: TrustParameters) -> Ints:
    """Whom a resident tells: a neighbour or household member, or anyone; always the same one."""
    kind, near, far = uniforms(seed, Purpose.TIE, person, keep=3)
    at = near * min(NEIGHBOURS, n_residents // 2)
    step = np.floor(at).astype(np.int64) + 1
    side = np.where(at % 1 < 0.5, step, -step)
    inside = (person + side >= 0) & (person + side < n_residents)
    neighbour = person + np.where(inside, side, -side)
    anyone = np.floor(far.astype(np.float64) * (n_residents - 1)).astype(np.int64)
    anyone += anyone >= person
    return np.where(kind < p.near_tie, neighbour, anyone) % n_residents


def ties(seed: int, n_residents: int, p: TrustParameters) -> Ints32:
    """Whom each resident tells."""
    everyone = np.arange(n_residents, dtype=np.int32)
    return tie_of(seed, everyone, n_residents, p).astype(np.int32)


def next_reputation(
    reputation: Floats,
    tier: Bytes,
    n_seen: Ints,
    n_resolved: Ints,
    p: TrustParameters,
) -> Floats:
    """A day of reputation: towards the weight times success above the tier's mean of the day.

    All arrays: (facilities,). The step is weighted by the number seen, a tenth as prior.
    """
    by_tier = np.bincount(tier, weights=n_resolved, minlength=4) / np.maximum(
        np.bincount(tier, weights=n_seen, minlength=4), 1
    )
    expected = by_tier[tier]
    success = np.where(n_seen > 0, n_resolved / np.maximum(n_seen, 1), expected)
    step = p.reputation_rate * n_seen / (n_seen + 10)
    target = p.reputation_weight * (success - expected)
    return reputation + step * (target - reputation)
