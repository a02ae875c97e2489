"""The morning of a decision, kept: the world as today's patients saw it when they weighed."""

import copy
from dataclasses import dataclass, replace

import numpy as np

from model.care import decision
from model.care.decision import Seeks, Weighed
from model.care.world import World
from model.day import Today
from model.insurance.settlement import YearToDate
from model.state import Episodes, FacilityState
from model.terms import Floats32, Ints, Ints32

# What of an episode a decision reads.
EPISODE = (
    *("person", "key", "step", "condition", "severity", "emergency"),
    *("follow_up", "planned", "referred", "onset_day", "n_visits"),
)


@dataclass(frozen=True, slots=True)
class Morning:
    """What those who decide on a day knew and were, before the day changed it."""

    day: int  # of the run
    weighed: Weighed  # its rows are the episodes that decide
    person: Ints32
    episode: dict[str, Ints]  # columns of EPISODE
    trust: Floats32  # (tiers, n)
    last_used: Ints32
    year: YearToDate
    state: FacilityState
    world: World  # what is replaced and never written to: values, rules, options

    def restored(self, world: World) -> World:
        """The world in which they decided; only they and the facilities are as they were."""
        person = self.person
        trust, last = world.residents.trust.copy(), world.memory.last_used.copy()
        trust[:, person] = self.trust
        last[person] = self.last_used
        year = world.year.take(np.arange(len(world.year)))
        for name in YearToDate.__dataclass_fields__:
            getattr(year, name)[person] = getattr(self.year, name)
        return replace(
            self.world,
            residents=replace(world.residents, trust=trust),
            memory=replace(world.memory, last_used=last),
            year=year,
            episodes=self._episodes(world.episodes),
            state=self.state,
        )

    def chosen(self, world: World) -> tuple[Ints, Ints]:
        """Whom each sees, as `Seeks`, and which facility, -1 without; world: the restored one."""
        seeks = decision.seek(world, self.weighed)[0]
        facility = np.full(len(seeks), -1, np.int64)
        going = np.flatnonzero(seeks == Seeks.PROVIDER)
        facility[going] = decision.choose(world, self.weighed, going)
        return seeks, facility

    def _episodes(self, now: Episodes) -> Episodes:
        then = copy.copy(now)
        for name, values in self.episode.items():
            column = getattr(now, name).copy()
            column[self.weighed.rows] = values
            setattr(then, name, column)
        return then


def keep_morning(world: World, today: Today) -> Morning:
    """What today's patients decide by, right after they weighed their options."""
    rows = today.weighed.rows
    person = world.episodes.person[rows]
    state = world.state
    return Morning(
        day=today.day,
        weighed=today.weighed,
        person=person,
        episode={name: getattr(world.episodes, name)[rows] for name in EPISODE},
        trust=world.residents.trust[:, person],
        last_used=world.memory.last_used[person],
        year=world.year.take(person),
        state=replace(
            state,
            load=state.load.copy(),
            wait_day=state.wait_day.copy(),
            reputation=state.reputation.copy(),
        ),
        world=replace(world),
    )
