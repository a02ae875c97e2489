"""What the page remembers of the last days of a run: who went where, lines, beds, decisions."""

from collections import deque
from dataclasses import dataclass

import numpy as np

from model.care.world import World
from model.day import Today, weigh_options
from model.simulation import TieredCareModel
from model.terms import Ints, Ints32
from visualization.memory.morning import Morning, keep_morning

HISTORY_DAY = 30
FLOW_DAY = 7  # of the map
DECISION_DAY = 8  # whose patients can still say why: a week's step and the day before


@dataclass(frozen=True, slots=True)
class DaySheet:
    """What a day left at each facility; shape (facilities,)."""

    day: int
    asked: Ints
    seen: Ints
    in_line: Ints  # patients left waiting for another day
    bed_line: Ints
    beds_taken: Ints
    beds: Ints


@dataclass(frozen=True, slots=True)
class Flows:
    """Visits from settlements to facilities over some days; shape (n,)."""

    settlement: Ints
    facility: Ints
    visits: Ints

    def chosen(self, rows: "Ints | slice") -> "Flows":
        """Some of the flows."""
        return Flows(self.settlement[rows], self.facility[rows], self.visits[rows])


class Recent:
    """The last days of a run, kept by two steps that stand between the model's own."""

    def __init__(self, settlement_of_place: Ints32, n_facilities: int) -> None:
        self._settlement = settlement_of_place
        self._n = n_facilities
        self._trips: deque[Ints32] = deque(maxlen=HISTORY_DAY)
        self.sheets: deque[DaySheet] = deque(maxlen=HISTORY_DAY)
        self._mornings: deque[Morning] = deque(maxlen=DECISION_DAY)

    def keep_morning(self, world: World, today: Today) -> None:
        """Right after patients weighed their options: what they decided by."""
        self._mornings.append(keep_morning(world, today))

    def keep_day(self, world: World, today: Today) -> None:
        """At the end of the day."""
        person, facility = today.visits.person, today.visits.facility
        home = self._settlement[world.residents.place[person]].astype(np.int64)
        self._trips.append((home * self._n + facility).astype(np.int32))
        waiting, facility_of = world.episodes.facility, self._count
        self.sheets.append(
            DaySheet(
                day=today.day,
                asked=today.asked,
                seen=facility_of(facility),
                in_line=facility_of(waiting[world.waiting]),
                bed_line=facility_of(waiting[world.waiting_bed]),
                beds_taken=world.state.beds_taken.copy(),
                beds=world.state.beds.copy(),
            )
        )

    @property
    def morning(self) -> Morning | None:
        """The last day's decisions; none before any."""
        return self._mornings[-1] if self._mornings else None

    def morning_of(self, day: int) -> Morning | None:
        """The decisions of a day of the run; none if it is no longer remembered."""
        return next((morning for morning in self._mornings if morning.day == day), None)

    def flows(self, days: int) -> Flows:
        """Visits of the last days, by settlement and then facility."""
        trips = list(self._trips)[-days:]
        if not trips:
            none = np.empty(0, np.int64)
            return Flows(none, none, none)
        pair, visits = np.unique(np.concatenate(trips), return_counts=True)
        pair = pair.astype(np.int64)
        return Flows(pair // self._n, pair % self._n, visits)

    def days_of(self, days: int) -> int:
        """How many of so many last days there were."""
        return min(days, len(self._trips))

    def _count(self, facility: Ints | Ints32) -> Ints:
        return np.bincount(facility, minlength=self._n)


def watch(model: TieredCareModel) -> Recent:
    """The memory of a run's last days, which begins when this is first called on the run."""
    for step in model.day_steps:
        keeper = getattr(step, "__self__", None)
        if isinstance(keeper, Recent):
            return keeper
    recent = Recent(model.region.places.settlement, len(model.region.facilities))
    after = model.day_steps.index(weigh_options) + 1
    model.day_steps = (
        *model.day_steps[:after],
        recent.keep_morning,
        *model.day_steps[after:],
        recent.keep_day,
    )
    return recent
