"""One visitor: her scenario, its model, and the thread in which its days pass."""

import logging
import threading
from collections.abc import Callable, Mapping
from typing import Literal, TypeVar

from model.parameters import shipped_parameters
from model.policies.policy import shipped_policies
from model.scenario import Scenario, make_scenario
from model.simulation import TieredCareModel
from model.terms import Floats, InputError
from visualization.map.frame import Layout, frame
from visualization.map.frame import layout as layout_of
from visualization.visitor.baseline import Baselines
from visualization.visitor.figures import figures_of
from visualization.visitor.pace import Pace, now
from visualization.visitor.plan_changes import from_start, from_today, settings_of, without_policies
from visualization.visitor.snapshot import Snapshot, take

State = Literal["building", "ready", "playing", "finished", "failed", "closed"]
Result = TypeVar("Result")
SPEEDS = (1, 4, 12, 40)  # days a second
MOST_FRAMES = 20  # a second, however fast days pass
TWIN_DAYS = 4  # of the baseline for each day that passes, while it is behind
JOIN_S = 5.0


class Session:
    """A visitor's run. Every public method may be called from the page's thread and returns soon.

    The model is built, warmed up and stepped in a thread of its own; `on_change` is called there
    after every change of `snapshot` or `state`. Nobody outside touches the model: `ask` runs a
    function of it under the lock.
    """

    def __init__(
        self,
        plan: Scenario,
        *,
        pace: Pace,
        baselines: Baselines,
        on_change: Callable[[], None] | None = None,
        day: int = 0,
    ) -> None:
        self.plan = plan  # of the run in hand; policies changed on the way have their dates
        self.draft = plan  # what the next reset runs
        self.snapshot: Snapshot | None = None
        self._shown = 0.0  # when a snapshot of a passing day was last made
        self.state: State = "building"
        self.error = ""
        self.speed = SPEEDS[1]
        self.touched = now()
        self.layout: Layout | None = None  # of the map; a new object for every model built
        self.runs = 0  # models built
        self.kept: dict[str, object] = {}  # what the other pages know of this visitor
        self._pace, self._baselines = pace, baselines
        self._on_change = on_change or (lambda: None)
        self._lock = threading.RLock()  # of the model
        self._wake = threading.Condition()  # of what is wanted below
        self._wanted_plan: Scenario | None = plan
        self._days_to_go = day
        self._behind = False  # the baseline has not reached the day shown
        self._unshown = False  # a day has passed that no snapshot shows
        self._at_work = False
        self._model: TieredCareModel | None = None
        self._history: list[Floats] = []
        self._number = 0
        self._thread = threading.Thread(target=self._live, name="session", daemon=True)
        self._thread.start()

    def play(self) -> None:
        """Let days pass until the end or `pause`."""
        self._want(playing=True)

    def pause(self) -> None:
        """Stop after the day in hand."""
        self._want(playing=False)

    def step(self, days: int) -> None:
        """Let so many days pass, as fast as they can, after those that are still to pass."""
        self._want(playing=False, days=days)

    def reset(self, plan: Scenario | None = None) -> None:
        """Start again at the first counted day: the draft, or another scenario."""
        self.touched = now()
        with self._wake:
            self._wanted_plan = plan or self.draft
            self.plan = self.draft = self._wanted_plan
            self._days_to_go = 0
            self._stop_playing()
            self.state = "building"
            self._wake.notify()
        self._on_change()

    @property
    def busy(self) -> bool:
        """What is shown will change by itself: something is built, passes, or is caught up."""
        return self._at_work or self._has_work()

    @property
    def over(self) -> bool:
        """Nothing can be changed in the run in hand."""
        return self.state in ("finished", "failed", "closed")

    @property
    def pending(self) -> bool:
        """The draft differs from the run in what can only be set before its first day."""
        if without_policies(self.draft) != without_policies(self.plan):
            return True
        return self.over and settings_of(self.draft) != settings_of(self.plan)

    def set_policy(self, name: str, levers: Mapping[str, float] | None) -> None:
        """Put a policy in force from today on, at other strengths, or out of force.

        The next reset has it from the first day. InputError changes nothing.
        """
        if name not in shipped_policies():
            raise InputError("policy", found=name, allowed=", ".join(shipped_policies()))
        draft = from_start(self.draft.policies, name, levers)
        checked = make_scenario(**{**self.draft.model_dump(by_alias=True), "policies": draft})
        if not self.over:
            self._adopt(name, levers)
        self.draft = checked
        self._on_change()

    def assume(self, path: str, value: float | None) -> None:
        """Another value of a parameter from the next reset on; none: the shipped one again."""
        given = {**self.draft.overrides}
        given.pop(path, None)
        if value is not None:
            shipped_parameters().changed({path: value})
            given[path] = value
        self.draft = self.draft.model_copy(update={"overrides": given})
        self._on_change()

    def clear(self) -> None:
        """Back to the baseline: policies from today on, parameters on reset."""
        for name in {choice.id for choice in self.draft.policies}:
            self.set_policy(name, None)
        self.draft = self.draft.model_copy(update={"policies": [], "overrides": {}})
        self._on_change()

    def _adopt(self, name: str, levers: Mapping[str, float] | None) -> None:
        self.touched = now()
        with self._lock:
            model = self._model
            if model is None or self.state == "building":
                raise InputError("the model is still being built", allowed="wait a moment")
            model.adopt(from_today(self.plan.policies, name, levers, model.date, model.plan.start))
            self.plan = model.plan
            self._publish()
        with self._wake:
            self._wake.notify()

    def ask(self, function: Callable[[TieredCareModel], Result]) -> Result | None:
        """What a pure function finds in the model as it stands; none before it is built."""
        with self._lock:
            return None if self._model is None else function(self._model)

    def close(self) -> None:
        """Let the model go and end the thread."""
        with self._wake:
            self._stop_playing()
            self.state = "closed"
            self._wake.notify()
        if threading.current_thread() is not self._thread:
            self._thread.join(JOIN_S)
        with self._lock:
            self._model = None
        self._on_change()

    def _want(self, *, playing: bool, days: int = 0) -> None:
        self.touched = now()
        with self._wake:
            if self.state not in ("ready", "playing"):
                return
            self._days_to_go = self._days_to_go + days if days else 0
            if playing:
                self.state = "playing"
                self._pace.join(self)
            else:
                self._stop_playing()
            self._wake.notify()
        self._on_change()

    def _stop_playing(self) -> None:
        self._pace.leave(self)
        if self.state == "playing":
            self.state = "ready"

    def _live(self) -> None:
        while True:
            self._settle()
            with self._wake:
                self._wake.wait_for(self._has_work)
                if self.state == "closed":
                    return
                self._at_work = True
                plan, self._wanted_plan = self._wanted_plan, None
                passing = self.state == "playing" or self._days_to_go > 0
            try:
                if plan is not None:
                    self._build(plan)
                elif passing:
                    self._pass_day()
                elif self._behind:
                    self._catch_up()
                else:
                    self._show()
            except Exception as error:  # the page says it; the thread must live for a reset
                self._fail(error)

    def _settle(self) -> None:
        """Tell the page, once, that nothing changes any more by itself."""
        with self._wake:
            settled = self._at_work and not self._has_work()
            self._at_work = self._at_work and not settled
        if settled:
            self._on_change()

    def _has_work(self) -> bool:
        return (
            self.state in ("closed", "playing")
            or self._wanted_plan is not None
            or self._days_to_go > 0
            or self._behind
            or self._unshown
        )

    def _build(self, plan: Scenario) -> None:
        self._on_change()
        with self._pace.turn:
            model = TieredCareModel(plan)
            layout = layout_of(model)
        while model.day < plan.warm_up:
            if self._hurried():
                return
            with self._pace.turn:
                model.step()
        with self._lock:
            self._model, self._history = model, [figures_of(model)]
            self.plan, self.error, self.layout = plan, "", layout
            self.runs += 1
            self._publish()
        with self._wake:
            if self._wanted_plan is None and self.state == "building":
                self.state = "ready"
        self._on_change()

    def _hurried(self) -> bool:
        """Something newer is wanted."""
        return self._wanted_plan is not None or self.state == "closed"

    def _pass_day(self) -> None:
        began, model = now(), self._model
        if model is None or model.finished:
            self._finish()
            return
        self._lead_twin(model)
        with self._lock, self._pace.turn:
            model.step()
            self._history.append(figures_of(model))
            worked = now() - began
            with self._wake:
                self._days_to_go = max(self._days_to_go - 1, 0)
                more = self.state == "playing" or self._days_to_go > 0
            shown = model.finished or not more or began - self._shown >= 1 / MOST_FRAMES
            self._unshown = not shown
            if shown:
                self._shown = began
                self._publish()
        if model.finished:
            self._finish()
        elif shown:
            self._on_change()
        self._rest(began, worked)

    def _lead_twin(self, model: TieredCareModel) -> None:
        """Let the baseline know the day that comes, or come nearer to it: nobody waits for it."""
        shared = self._baselines.of(model.plan)
        day = model.day - model.plan.warm_up + 1
        for _ in range(TWIN_DAYS):
            if model.plan == shared.plan or len(shared.known(day)) > day:
                return
            with self._pace.turn:
                shared.pass_day()

    def _rest(self, began: float, worked: float) -> None:
        """Leave others their share, and keep to the chosen speed until somebody pauses."""
        with self._wake:
            until = began + self._pace.least_interval(worked)
            self._wake.wait_for(self._hurried, timeout=max(until - now(), 0.0))
            until = began + 1 / self.speed
            self._wake.wait_for(
                lambda: self._hurried() or self.state != "playing",
                timeout=max(until - now(), 0.0),
            )

    def _publish(self) -> None:
        """Take a snapshot; the caller holds the model's lock."""
        model = self._model
        assert model is not None
        day = model.day - model.plan.warm_up
        shared = self._baselines.of(model.plan)
        if model.plan == shared.plan:
            shared.note(day, self._history[-1])
            baseline = self._history
        else:
            baseline = shared.known(day)
        self._behind, self._unshown = len(baseline) <= day, False
        self._number += 1
        self.snapshot = take(model, self._number, self._history, baseline, frame(model))

    def _show(self) -> None:
        """Show the day on which somebody paused."""
        with self._lock:
            self._publish()
        self._on_change()

    def _catch_up(self) -> None:
        """Let the baseline reach today, and say what differs."""
        assert self.snapshot is not None
        shared, day = self._baselines.of(self.snapshot.plan), self.snapshot.day
        while len(shared.known(day)) <= day and not self._hurried():
            with self._pace.turn:
                shared.pass_day()
        with self._lock:
            self._publish()
        self._on_change()

    def _finish(self) -> None:
        with self._wake:
            self._days_to_go = 0
            self._pace.leave(self)
            if not self._hurried():
                self.state = "finished"
        self._on_change()

    def _fail(self, error: Exception) -> None:
        logging.getLogger(__name__).exception("a visitor's run failed", exc_info=error)
        with self._wake:
            self._days_to_go = 0
            self._pace.leave(self)
            self._behind = self._unshown = False
            if not self._hurried():
                self.state, self.error = "failed", str(error)
        self._on_change()
