"""A visitor's session: days pass in its thread, policies from today on, the baseline beside it."""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from model.scenario import Scenario, make_scenario
from model.simulation import TieredCareModel
from model.terms import InputError
from visualization.classroom.visitors import Classroom, Limits
from visualization.visitor.baseline import Baselines
from visualization.visitor.figures import FIGURES, figures_of
from visualization.visitor.pace import Pace
from visualization.visitor.session import Session
from visualization.visitor.snapshot import Snapshot

PATIENCE_S = 300.0  # only a session that never gets there is a fault
GATE = {"strictness": 1.0, "closed_door": 1.0}


@pytest.fixture
def plan() -> Scenario:
    return make_scenario(region="brook", residents=800, warm_up=5, days=40, seed=2)


@pytest.fixture
def start() -> Iterator[Callable[..., Session]]:
    begun: list[Session] = []

    def enter(plan: Scenario, **how: Any) -> Session:
        begun.append(Session(plan, pace=Pace(), baselines=Baselines(), **how))
        return begun[-1]

    yield enter
    for one in begun:
        one.close()


def await_(true: Callable[[], object]) -> None:
    until = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < until
        time.sleep(0.005)


def await_day(session: Session, day: int) -> Snapshot:
    await_(lambda: session.snapshot is not None and session.snapshot.day >= day)
    assert session.snapshot is not None
    return session.snapshot


def await_still(session: Session) -> Snapshot:
    await_(lambda: not session.busy)
    assert session.snapshot is not None
    return session.snapshot


def step(session: Session, days: int) -> Snapshot:
    day = await_still(session).day + days
    session.step(days)
    shot = await_still(session)
    assert shot.day == day
    return shot


def test_first_snapshot_stands_at_the_first_counted_day(
    plan: Scenario, start: Callable[..., Session]
) -> None:
    shot = await_day(start(plan), 0)
    assert shot.date == plan.start
    assert list(shot.figures) == list(FIGURES)
    assert all(shown.change == 0 for shown in shot.figures.values())
    assert len(shot.map_frame) > 0


def test_days_pass_as_in_a_run_of_the_model(plan: Scenario, start: Callable[..., Session]) -> None:
    shot = step(start(plan), 7)
    model = TieredCareModel(plan)
    for _ in range(plan.warm_up + 7):
        model.step()
    assert [shown.value for shown in shot.figures.values()] == figures_of(model).tolist()
    counted = model.tally.daily["visits"][plan.warm_up : model.day]
    assert (shot.series["visits"] == counted).all()


def test_a_snapshot_is_no_view_of_the_model(plan: Scenario, start: Callable[..., Session]) -> None:
    session = start(plan)
    shot = step(session, 2)
    before = {name: values.copy() for name, values in shot.series.items()}
    step(session, 2)
    assert all((shot.series[name] == before[name]).all() for name in before)


def test_playing_ends_when_paused(plan: Scenario, start: Callable[..., Session]) -> None:
    session = start(plan)
    await_day(session, 0)
    session.speed = 40
    session.play()
    await_day(session, 3)
    session.pause()
    assert session.state == "ready"
    shot = await_still(session)
    assert shot.day == session.ask(lambda model: model.day - model.plan.warm_up)
    assert step(session, 1).day == shot.day + 1


def test_days_asked_for_while_others_pass_are_added(
    plan: Scenario, start: Callable[..., Session]
) -> None:
    session = start(plan)
    await_still(session)
    for days in (7, 7, 1):
        session.step(days)
    assert await_still(session).day == 15


def test_a_reset_on_the_last_day_begins_anew(plan: Scenario, start: Callable[..., Session]) -> None:
    session = start(plan.model_copy(update={"days": 3}))
    await_still(session)
    session.step(3)
    session.reset()
    assert await_still(session).day == 0
    assert session.state == "ready"
    assert session.runs == 2


def test_the_page_is_told_when_nothing_passes_any_more(
    plan: Scenario, start: Callable[..., Session]
) -> None:
    told: list[tuple[bool, int]] = []
    begun: list[Session] = []

    def on_change() -> None:
        if begun and begun[0].snapshot is not None:
            told.append((begun[0].busy, begun[0].snapshot.day))

    begun.append(start(plan, on_change=on_change))
    await_still(begun[0])
    begun[0].step(4)
    await_(lambda: (False, 4) in told)


def test_playing_ends_with_the_run(plan: Scenario, start: Callable[..., Session]) -> None:
    session = start(plan.model_copy(update={"days": 6}))
    await_day(session, 0)
    session.speed = 40
    session.play()
    await_(lambda: session.state == "finished")
    assert session.snapshot is not None
    assert session.snapshot.finished


def test_a_policy_holds_from_today_and_the_scenario_repeats_it(
    plan: Scenario, start: Callable[..., Session]
) -> None:
    session = start(plan)
    step(session, 5)
    session.set_policy("gatekeeping", GATE)
    step(session, 6)
    session.set_policy("gatekeeping", {"strictness": 0.5})
    step(session, 4)
    session.set_policy("gatekeeping", None)
    shot = step(session, 5)
    model = TieredCareModel(session.plan)
    for _ in range(plan.warm_up + 20):
        model.step()
    assert [shown.value for shown in shot.figures.values()] == figures_of(model).tolist()
    assert len(session.plan.policies) == 2


def test_changes_are_those_from_the_unchanged_scenario(
    plan: Scenario, start: Callable[..., Session]
) -> None:
    session = start(plan)
    step(session, 3)
    session.set_policy("gatekeeping", GATE)
    shot = step(session, 12)
    unchanged = TieredCareModel(plan)
    for _ in range(plan.warm_up + 15):
        unchanged.step()
    then = figures_of(unchanged)
    for at, shown in enumerate(shot.figures.values()):
        assert shown.change == pytest.approx(shown.value - then[at])
    assert shot.figures["primary_share"].change != 0
    assert np.isfinite(list(shot.baseline.values())).all()


def test_what_is_wrong_changes_nothing(plan: Scenario, start: Callable[..., Session]) -> None:
    session = start(plan)
    await_still(session)
    for name, levers in (
        ("gatekeeping", {"strictness": 7.0}),
        ("gatekeeping", {"strictness": float("nan")}),
        ("gatekeeping", {"unknown": 1.0}),
        ("no_such_policy", {}),
        ("/etc/x.yaml", {}),
    ):
        with pytest.raises(InputError):
            session.set_policy(name, levers)
    with pytest.raises(InputError):
        session.assume("choice.b_time", 1e9)
    assert session.plan == session.draft == plan


def test_parameters_wait_for_a_reset(plan: Scenario, start: Callable[..., Session]) -> None:
    session = start(plan)
    await_still(session)
    session.assume("choice.b_time", 0.05)
    assert session.pending
    session.reset()
    await_still(session)
    assert not session.pending
    assert session.ask(lambda model: model.parameters["choice.b_time"].value) == 0.05


def test_a_reset_keeps_policies_from_the_first_day(
    plan: Scenario, start: Callable[..., Session]
) -> None:
    session = start(plan)
    step(session, 3)
    session.set_policy("gatekeeping", GATE)
    assert session.plan.policies[0].start is not None
    session.reset()
    await_still(session)
    assert [choice.start for choice in session.plan.policies] == [None]


def test_a_full_room_refuses_and_idle_visitors_make_place(plan: Scenario) -> None:
    room = Classroom(Limits(visitors=2, residents=1000, idle_s=3600), ("brook",))
    first, second = (room.admit(plan, lambda: None) for _ in range(2))
    with pytest.raises(InputError, match="full"):
        room.admit(plan, lambda: None)
    await_(lambda: first.state == "ready" and second.state == "ready")
    first.touched -= 3601
    third = room.admit(plan, lambda: None)
    assert first.state == "closed"
    assert first.ask(lambda model: model.day) is None
    assert len(room.sessions) == 2
    for one in (second, third):
        room.leave(one)
    assert threading.active_count() < 50


def test_what_may_not_be_run_here_is_refused(plan: Scenario) -> None:
    room = Classroom(Limits(residents=1000), ("brook", "tongliang"))
    for wrong in (
        {"region": "/etc"},
        {"region": "national"},
        {"residents": 2000},
        {"residents": None},
        {"days": 5000},
        {"rulebook": "/etc/passwd"},
        {"overrides": {"choice.b_time": 99.0}},
        {"overrides": {"nothing": 1.0}},
    ):
        with pytest.raises(InputError):
            room.check(plan.model_copy(update=wrong))
    assert room.check(plan) == plan


def test_only_the_password_opens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("visualization.classroom.visitors.GUESS_S", 0)
    assert Classroom(Limits(), ("brook",), "chalk").opens("chalk")
    assert not Classroom(Limits(), ("brook",), "chalk").opens("粉笔")
    assert not Classroom(Limits(), ("brook",)).opens("")
