"""Trust in the tiers before anything is learnt."""

import numpy as np
from scipy.special import ndtri

from model.population.draws import Draw, draw
from model.population.parameters import PopulationParameters
from model.terms import Bools, Floats32


def draw_trust(urban: Bools, contract: Bools, p: PopulationParameters, seed: int) -> Floats32:
    """Trust by tier, (4, n), normal and cut at 0 and 1.

    trust[t] = mean[t] + sd * (sqrt(common) * z + sqrt(1 - common) * z[t]); in primary care, the
    first two tiers, a contract and rural residence shift the mean.
    """
    n = len(urban)
    own = draw(seed, Draw.TRUST_IN_TIER, n, keep=4)
    shared = p.trust_sd * p.trust_common**0.5 * ndtri(draw(seed, Draw.TRUST_IN_ALL, n)[0])
    shift = p.trust_contract * contract + p.trust_rural * ~urban
    trust = np.empty((4, n), dtype=np.float32)
    for tier, mean in enumerate((*p.trust_primary, *p.trust_hospital)):
        row = mean + shared + p.trust_sd * (1 - p.trust_common) ** 0.5 * ndtri(own[tier])
        trust[tier] = row + shift if tier < len(p.trust_primary) else row
    return np.clip(trust, 0.0, 1.0, out=trust)
