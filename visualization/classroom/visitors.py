"""The visitors of a process: who is there, how many may be, and what the teacher says."""

import hmac
import os
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from functools import cache

from model.insurance.rulebook import shipped_rulebooks
from model.policies.package import changed_parameters, effects_on
from model.region.national import NATIONAL
from model.region.read import list_regions, read_region
from model.scenario import Scenario
from model.terms import InputError
from visualization.visitor.baseline import Baselines
from visualization.visitor.pace import Pace, now
from visualization.visitor.session import Session

PREFIX = "FENJI_UI_"
LONGEST_DAY = 2_000  # of a run on the page, warm-up and counted days
GUESS_S = 0.5
FIRST_REGION = "tongliang"


@dataclass(frozen=True, slots=True)
class Limits:
    """What a visitor may ask for; each can be set by an environment variable of the same name."""

    visitors: int = 40
    residents: int = 100_000
    idle_s: int = 1800  # after which the model of a visitor who does nothing is let go

    def __post_init__(self) -> None:
        if not (1 <= self.visitors <= 500 and self.residents >= 500 and self.idle_s >= 5):
            raise InputError(
                "limits of the page",
                found=self,
                allowed="1 to 500 visitors, at least 500 residents, at least 5 seconds",
            )


class Classroom:
    """The visitors of one process."""

    def __init__(
        self, limits: Limits, regions: tuple[str, ...], password: str = "", address: str = ""
    ) -> None:
        self.limits, self.regions, self.password = limits, regions, password
        self.address = address  # that students open
        self.pace, self.baselines = Pace(), Baselines()
        self._lock = threading.Lock()
        self._guess = threading.Lock()
        self._sessions: dict[int, Session] = {}
        self._joined = 0

    @property
    def sessions(self) -> Mapping[int, Session]:
        """Who is there, by the number in which they came."""
        with self._lock:
            return dict(self._sessions)

    def admit(self, plan: Scenario, on_change: Callable[[], None], day: int = 0) -> Session:
        """A session for a visitor, who goes on from a day; InputError if the room is full."""
        self.drop_idle()
        with self._lock:
            if len(self._sessions) >= self.limits.visitors:
                raise InputError(
                    "the room is full", allowed=f"{self.limits.visitors} visitors at a time"
                )
            self._joined += 1
            session = Session(
                self.check(plan),
                pace=self.pace,
                baselines=self.baselines,
                on_change=on_change,
                day=day,
            )
            self._sessions[self._joined] = session
            return session

    def leave(self, session: Session) -> None:
        """A visitor has gone."""
        with self._lock:
            self._sessions = {n: s for n, s in self._sessions.items() if s is not session}
        session.close()

    def drop_idle(self) -> None:
        """Let the models of those go who have done nothing for long."""
        for session in self.sessions.values():
            if now() - session.touched > self.limits.idle_s:
                self.leave(session)

    def pause_all(self) -> None:
        """Stop every visitor's days."""
        for session in self.sessions.values():
            session.pause()

    def limit_residents(self, residents: int) -> None:
        """The most residents that a visitor may ask for from now on."""
        self.limits = replace(self.limits, residents=residents)

    def opens(self, password: str) -> bool:
        """Whether it is the teacher's; guesses take turns, and each takes a while."""
        with self._guess:
            time.sleep(GUESS_S)
            given, right = (text.encode() for text in (password, self.password))
            return bool(right) and hmac.compare_digest(given, right)

    def most_residents(self, region: str) -> int:
        """How many residents of a region a visitor may ask for."""
        if region == NATIONAL:
            return self.limits.residents
        return min(self.limits.residents, _population(region))

    def check_region(self, region: str) -> None:
        """An error unless the region may be run here; never a folder of the visitor's choice."""
        if region not in self.regions:
            raise InputError("region", found=region, allowed=", ".join(self.regions))

    def check(self, plan: Scenario) -> Scenario:
        """The scenario, if it is one that a visitor may run here."""
        self.check_region(plan.region)
        most = self.most_residents(plan.region)
        if plan.residents is None or plan.residents > most:
            raise InputError("residents", found=plan.residents, allowed=f"1 to {most}")
        if plan.days + plan.warm_up > LONGEST_DAY:
            found = plan.days + plan.warm_up
            raise InputError("days and warm_up", found=found, allowed=f"{LONGEST_DAY} together")
        if plan.rulebook not in shipped_rulebooks():
            allowed = ", ".join(shipped_rulebooks())
            raise InputError("rulebook", found=plan.rulebook, allowed=allowed)
        region = read_region(plan.region, plan.residents, plan.changes)
        effects = effects_on(plan.policies, plan.start, plan.start)
        changed_parameters(plan.parameters(region), effects)
        return plan


@cache
def _population(region: str) -> int:
    return read_region(region).population


@cache
def classroom() -> Classroom:
    """The classroom of this process, as `fenji ui` has set it up in the environment."""
    limits = {
        limit.name: int(os.environ.get(PREFIX + limit.name.upper(), str(limit.default)))
        for limit in fields(Limits)
    }
    own = os.environ.get(PREFIX + "REGION", "")
    regions = tuple(dict.fromkeys([own or FIRST_REGION, *list_regions()]))
    password, address = (os.environ.get(PREFIX + name, "") for name in ("PASSWORD", "ADDRESS"))
    return Classroom(Limits(**limits), regions, password, address)
