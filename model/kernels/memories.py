"""Trust that fades and is learnt: the twin of `model.care.trust` and `learning`."""

from typing import Any, NamedTuple

import numpy as np

from model.kernels.compiling import compiled, part_of_kernels
from model.terms import Bools, Bytes, Floats, Floats32, Ints

ONE = np.float32(1)
BLOCK = 1024  # residents who are looked up together


class Weights(NamedTuple):
    """`TrustParameters`, as far as the kernels read them."""

    gain: Floats
    loss: Floats
    wait_loss: float
    word_of_mouth: float


@part_of_kernels
def within(trust: Any) -> Any:
    """Trust is from 0 to 1."""
    return min(max(trust, 0.0), 1.0)


@part_of_kernels
def moved(trust: Any, tier: Any, resolved: Any, waited: Any, p: Any) -> Any:
    """How far experience moves trust in the tier used; `trust.after_experience` less before."""
    step = -(p.loss[tier] * np.float64(trust))
    if resolved:
        step = p.gain[tier] * np.float64(ONE - trust)
    after = np.float64(trust) + step - p.wait_loss * waited * np.float64(trust)
    return np.float32(within(after)) - trust


@compiled
def learn(
    person: Ints, tie: Ints, tier: Bytes, resolved: Bools, wait_day: Ints, wait_cap: int,
    p: Weights, trust: Floats32, told: Floats32,
) -> None:  # fmt: skip
    """Move trust, (residents, tiers), by experience and word of mouth, all from what it was.

    told: (2, n) room for the steps of persons and ties.
    """
    share = np.float32(p.word_of_mouth)
    for i in range(len(person)):
        waited, t = min(wait_day[i], wait_cap), tier[i]
        told[0, i] = moved(trust[person[i], t], t, resolved[i], waited, p)
        told[1, i] = share * moved(trust[tie[i], t], t, resolved[i], waited, p)
    for i in range(len(person)):
        trust[person[i], tier[i]] += told[0, i]
    for i in range(len(person)):
        trust[tie[i], tier[i]] += told[1, i]
    for i in range(len(person)):
        trust[person[i], tier[i]] = within(trust[person[i], tier[i]])
        trust[tie[i], tier[i]] = within(trust[tie[i], tier[i]])


@compiled
def forget(
    person: Ints, trust: Floats32, prior: Floats32, touched: Ints, kept: Floats, day: int,
    stale: Ints,
) -> None:  # fmt: skip
    """Let these residents forget up to this day.

    trust, prior: (residents, tiers). kept: share of what was learnt that stays after 0, 1, ...
    days, computed by numpy so that both twins have it to the bit. stale: room for those of a block
    who have something to forget; they are found without branches, so that misses of memory overlap.
    """
    for begin in range(0, len(person), len(stale)):
        n = 0
        for k in range(begin, min(begin + len(stale), len(person))):
            stale[n] = person[k]
            n += touched[person[k]] < day
        for who in stale[:n]:
            days = day - touched[who]
            if days > 0:  # else a resident who stands there twice
                touched[who] = day
                stays = kept[days]
                for tier in range(trust.shape[1]):
                    learnt = np.float64(trust[who, tier] - prior[who, tier])
                    trust[who, tier] = np.float32(np.float64(prior[who, tier]) + learnt * stays)
