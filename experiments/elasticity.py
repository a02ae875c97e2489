"""The experiment behind the elasticities: one service dearer by a tenth, waits and trust held.

The response to a price is g(price / (scale x daily income)), so own payments that are a tenth
higher are the same as a scale that is 1.1 times smaller: `choice.price_scale` for visits,
`admission.price_scale` for stays. The pharmacy shares the scale of visits; its charges are divided
by the same number, and since no fund pays them, its price is felt as before.

Three runs share residents, illnesses and luck, and pass the warm-up alike. Then everybody's trust,
the reputations and the expected waits are held as they are; nobody is turned away, no bed is
waited for, and free beds invite nobody, so that the patients who stay away make no room for others.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from experiments.results import measured
from model.care.build import enact
from model.care.decision import bring_up_to_date
from model.care.world import World
from model.parameters import Parameters
from model.scenario import Scenario
from model.simulation import TieredCareModel
from model.terms import Floats, Floats32

RISE = 1.1  # of the price, as the elasticities are defined
AMPLE = 3.0  # multiple of places and beds at which nobody is turned away
SERVICES = {
    "price_elasticity_visits": ("visits_per_resident", ("choice.price_scale", "charges.purchase")),
    "price_elasticity_admissions": ("admissions_per_resident", ("admission.price_scale",)),
}


def price_elasticities(plan: Scenario) -> dict[str, float | None]:
    """Log change of visits and of admissions over log 1.1, by the id of the target."""
    before = _counts(plan, ())
    elasticities: dict[str, float | None] = {}
    for name, (counted, paths) in SERVICES.items():
        first, second = before[counted], _counts(plan, paths)[counted]
        defined = first and second
        elasticities[name] = math.log(second / first) / math.log(RISE) if defined else None
    return elasticities


def _counts(plan: Scenario, dearer: tuple[str, ...]) -> dict[str, float]:
    """Visits and admissions a resident after the warm-up, with these scales made smaller."""
    model = TieredCareModel(plan)
    while model.day < plan.warm_up:
        model.step()
    model.parameters = _changed(model.parameters, dearer)
    enact(model.world, model.region, model.parameters, model.world.rules, model.day)
    held = Held.of(model.world, model.day)
    while not model.finished:
        model.step()
        held.restore(model.world)
    told = measured(model)
    return {counted: told[counted].value or 0.0 for counted, _ in SERVICES.values()}


def _changed(parameters: Parameters, dearer: tuple[str, ...]) -> Parameters:
    def multiple(path: str) -> float:
        return min(parameters[path].value * AMPLE, parameters[path].high)

    ample = (path for path in parameters if path.startswith(("supply.places.", "supply.beds.")))
    changes = {path: multiple(path) for path in ample}
    changes |= {"admission.advice_beds": 0.0, "admission.site_wait": 0.0}
    changes |= {path: parameters[path].value / RISE for path in dearer}
    return parameters.changed(_inside(parameters, changes))


def _inside(parameters: Parameters, changes: Mapping[str, float]) -> dict[str, float]:
    """The changes, cut off at the parameters' ranges."""
    return {
        path: min(max(value, parameters[path].low), parameters[path].high)
        for path, value in changes.items()
    }


@dataclass(frozen=True, slots=True)
class Held:
    """What patients have learnt by the day on which it is held."""

    trust: Floats32
    reputation: Floats
    load: Floats
    wait_day: Floats

    @classmethod
    def of(cls, world: World, day: int) -> "Held":
        """Hold what is known today; from now on nothing is forgotten either."""
        residents, state = world.residents, world.state
        bring_up_to_date(world, np.arange(len(residents), dtype=np.int32), day)
        world.memory.prior_trust[:] = residents.trust
        return cls(
            residents.trust.copy(),
            state.reputation.copy(),
            state.load.copy(),
            state.wait_day.copy(),
        )

    def restore(self, world: World) -> None:
        """Undo what a day has taught."""
        world.residents.trust[:] = self.trust
        for name in ("reputation", "load", "wait_day"):
            getattr(world.state, name)[:] = getattr(self, name)
