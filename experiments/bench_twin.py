"""The yardstick: the same question as a plain Mesa model, one agent a resident.

Each day every agent may fall ill; who does weighs ten options by trust, severity, minutes, price
and crowding, adds a Gumbel draw to each, takes the best and learns. No money, queue or referral.
What a machine makes of it is the unit in which the model's speed is compared between machines.
"""

import math

import mesa
import numpy as np

OPTIONS = 10
HAZARD = 0.03  # a day, as many as decide on a day in the model
SUCCESS = 0.8
GAIN, LOSS = 0.05, 0.1


class Resident(mesa.Agent):
    """A resident who may fall ill, choose and learn."""

    def __init__(self, model: "PlainMesa") -> None:
        super().__init__(model)
        draw = model.random.random
        self.trust = [draw() for _ in range(OPTIONS)]
        self.minutes = [60 * draw() for _ in range(OPTIONS)]
        self.price = [300 * draw() for _ in range(OPTIONS)]

    def step(self) -> None:
        """Pass a day."""
        model = self.model
        draw = model.random.random
        if draw() >= HAZARD:
            return
        severity, best, most = draw(), 0, -math.inf
        for option in range(OPTIONS):
            value = (
                2.0 * self.trust[option]
                - 3.0 * max(0.0, severity - model.scope[option])
                - 0.03 * self.minutes[option]
                - 0.01 * self.price[option]
                - 1.0 * model.crowding[option]
                - math.log(-math.log(draw() or 0.5))
            )
            if value > most:
                best, most = option, value
        trust = self.trust[best]
        self.trust[best] += GAIN * (1 - trust) if draw() < SUCCESS else -LOSS * trust
        model.asked[best] += 1


class PlainMesa(mesa.Model):
    """Residents, and how crowded each option was yesterday."""

    def __init__(self, residents: int, seed: int) -> None:
        super().__init__(rng=seed)
        self.scope = np.linspace(0.1, 1.0, OPTIONS).tolist()
        self.crowding = [0.0] * OPTIONS
        self.asked = [0] * OPTIONS
        self._places = residents * HAZARD / OPTIONS
        for _ in range(residents):
            Resident(self)

    def step(self) -> None:
        """Pass a day."""
        self.asked = [0] * OPTIONS
        self.agents.do("step")
        self.crowding = [n / self._places for n in self.asked]
