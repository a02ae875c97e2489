"""Trust that fades: the twin of `model.care.trust.forgotten` and of learning."""

import numpy as np

from model.kernels.compiling import compiled
from model.terms import Floats, Floats32, Ints


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
