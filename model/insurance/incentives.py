"""What providers do about how they are paid: the difference that it makes to the baseline."""

from dataclasses import dataclass

import numpy as np

from model.insurance.payment import Lever, PaymentParameters, levels_in_force
from model.terms import Area, Floats

# A pool pays the providers inside it; a consortium is the county's own.
REACH = np.zeros((len(Lever), len(Area)))
REACH[:, [Area.COUNTY, Area.POOL]] = 1
REACH[Lever.CAPITATION, Area.POOL] = 0


@dataclass(frozen=True, slots=True)
class Incentives:
    """Effects on providers by the area where they lie; at the baseline all are 1 or 0 exactly."""

    intensity_visit: Floats  # (parts, areas) ratio
    intensity_stay: Floats  # (parts, areas) ratio
    admission: Floats  # (areas,) logit
    simple: Floats  # (areas,) logit, hospitals' taking in of what the tier below could treat
    keep_in: Floats  # (areas,) logit, staying in the county when advised there
    refer_up: Floats  # (areas,) ratio
    refer_out: Floats  # (areas,) ratio, on top of `refer_up`
    send_down: Floats  # (areas,) ratio
    coding: Floats  # (areas,) recorded over true weight


def incentives(p: PaymentParameters) -> Incentives:
    """Effects of the levers in force: the sum over them of effect x (in force - baseline)."""
    change = (levels_in_force(p) - p.baseline)[:, None] * REACH

    def shift(effect: Floats) -> Floats:
        return (effect[:, None] * change).sum(axis=0)

    def ratio(relative: Floats) -> Floats:
        return np.maximum(1 + relative, 0.0)

    part = p.intensity_part[:, None]
    return Incentives(
        intensity_visit=ratio(part * shift(p.intensity_visit)),
        intensity_stay=ratio(part * shift(p.intensity_stay)),
        admission=shift(p.admission),
        simple=shift(p.simple),
        keep_in=shift(p.keep_in),
        refer_up=ratio(shift(p.refer_up)),
        refer_out=ratio(shift(p.refer_out)),
        send_down=ratio(shift(p.send_down)),
        coding=ratio(shift(p.coding)),
    )
