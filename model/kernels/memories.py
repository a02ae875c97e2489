"""Trust that fades and is learnt: the twin of `model.care.trust` and `learning`."""

import math
from typing import Any, NamedTuple

import numpy as np

from model.kernels.compiling import compiled, part_of_kernels
from model.kernels.draws import philox, unit
from model.terms import Bools, Bytes, Floats, Floats32, Ints

TIE = np.uint64(31)  # Purpose
ONE = np.float32(1)


class Weights(NamedTuple):
    """`TrustParameters`, as far as the kernels read them."""

    gain: Floats
    loss: Floats
    wait_loss: float
    word_of_mouth: float
    near_tie: float


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
def ties(
    seed: np.uint64, person: Ints, residents: int, near_tie: float, reach: int, tie: Ints
) -> None:
    """Fill whom each person tells, as `trust.tie_of` does; reach: rows before and behind."""
    zero = np.uint64(0)
    for i in range(len(person)):
        who = np.int64(person[i])
        kind, near, far, _ = philox(np.uint64(who), zero, zero, TIE, seed)
        if unit(kind) < near_tie:
            at = unit(near) * np.float32(reach)
            whole = np.float32(math.floor(at))
            step = np.int64(whole) + 1
            side = step if at - whole < np.float32(0.5) else -step
            if who + side < 0 or who + side >= residents:
                side = -side
            tie[i] = (who + side) % residents
        else:
            anyone = np.int64(math.floor(np.float64(unit(far)) * (residents - 1)))
            tie[i] = (anyone + (anyone >= who)) % residents


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
    person: Ints, trust: Floats32, prior: Floats32, touched: Ints, kept: Floats, day: int
) -> None:
    """Let these residents forget up to this day.

    trust, prior: (residents, tiers). kept: share of what was learnt that stays after 0, 1, ...
    days, computed by numpy so that both twins have it to the bit.
    """
    for who in person:
        days = day - touched[who]
        if days > 0:
            touched[who] = day
            stays = kept[days]
            for tier in range(trust.shape[1]):
                learnt = np.float64(trust[who, tier] - prior[who, tier])
                trust[who, tier] = np.float32(np.float64(prior[who, tier]) + learnt * stays)
