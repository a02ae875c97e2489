"""The baseline of a scenario, day by day, computed once for all visitors who look at it."""

import threading
from collections import OrderedDict

from model.scenario import Scenario
from model.simulation import TieredCareModel
from model.terms import Floats
from visualization.visitor.figures import figures_of

MOST_KEPT = 12  # baselines with a model; the oldest loses its model and is run again if needed


def baseline_of(plan: Scenario) -> Scenario:
    """The same region, residents, seed and dates with nothing changed."""
    return plan.model_copy(update={"policies": [], "overrides": {}})


class Baseline:
    """Key figures of one unchanged scenario by counted day; a twin model is run as days are asked.

    Safe to share: visitors wait for one another only while a day is computed.
    """

    def __init__(self, plan: Scenario) -> None:
        self.plan = plan
        self._days: list[Floats] = []
        self._model: TieredCareModel | None = None
        self._lock = threading.Lock()

    def known(self, day: int) -> list[Floats]:
        """Figures of the counted days 0 to `day` as far as they have been computed."""
        return self._days[: day + 1]

    def pass_day(self) -> None:
        """Compute one day of the twin, be it of the warm-up or one that is known already."""
        with self._lock:
            if len(self._days) > self.plan.days:
                return
            if self._model is None:
                self._model = TieredCareModel(self.plan)
            else:
                self._model.step()
            counted = self._model.day - self.plan.warm_up
            if counted == len(self._days):
                self._days.append(figures_of(self._model))
            if self._model.finished:
                self._model = None

    def note(self, day: int, figures: Floats) -> None:
        """Figures that a visitor's own unchanged model found; kept if they are the next ones."""
        with self._lock:
            if len(self._days) == day and self._model is None:
                self._days.append(figures)

    def forget_model(self) -> None:
        """Let the twin go; the figures stay."""
        with self._lock:
            self._model = None


class Baselines:
    """The baselines of a process, by scenario."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Baseline] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, plan: Scenario) -> Baseline:
        """The baseline of a scenario, shared by all who look at one like it."""
        unchanged = baseline_of(plan)
        key = unchanged.model_dump_json()
        with self._lock:
            found = self._kept.setdefault(key, Baseline(unchanged))
            self._kept.move_to_end(key)
            oldest = list(self._kept.values())[:-MOST_KEPT]
            for one in oldest:
                one.forget_model()
        return found
