"""Treatment: whether a visit or a stay resolves the spell."""

from dataclasses import dataclass

import numpy as np

from model.terms import Floats, Floats32

CROWDED_FROM = 0.7  # load; below it crowding lowers nothing


@dataclass(frozen=True, slots=True)
class TreatmentParameters:
    """Values of `data/parameters/treatment.yaml`."""

    scope: Floats  # (tiers, conditions) severity
    success: float
    beyond_scope: float
    crowding: float
    plan_return: Floats
    return_day: Floats
    retry: float
    relapse: float
    pharmacy_success: float


def shortfall(severity: Floats32, scope: Floats) -> Floats:
    """Severity beyond what the provider can resolve."""
    return np.maximum(severity - scope, 0.0)


def visit_success(
    severity: Floats32, scope: Floats, load: Floats, p: TreatmentParameters
) -> Floats:
    """Chance that a visit resolves what it was made for.

    load: of the facility; beyond `CROWDED_FROM` success falls linearly to `crowding` less at 1.
    """
    crowded = np.clip((load - CROWDED_FROM) / (1 - CROWDED_FROM), 0.0, 1.0)
    chance = p.success - p.beyond_scope * shortfall(severity, scope) - p.crowding * crowded
    return np.clip(chance, 0.02, 1.0)


def stay_success(
    severity: Floats32, scope: Floats, success: float, p: TreatmentParameters
) -> Floats:
    """Chance that a stay resolves the spell; scope is the ward's."""
    return np.clip(success - p.beyond_scope * shortfall(severity, scope), 0.02, 1.0)
