"""The teacher's page: who is there, stop them all, limit what they may ask for."""

from typing import Any

import solara

from model.region.read import list_regions
from model.terms import InputError
from model.wording import Words
from visualization.classroom.visitors import Classroom, classroom
from visualization.shell import Told
from visualization.visitor.pace import now
from visualization.visitor.session import Session

TEXTS = ("title", "password", "enter", "closed", "address", "pause_all", "limit", "set")
BEGIN = ("open", "group", "predict", "sheet")  # how a lesson begins
COLUMNS = ("visitor", "region", "residents", "state", "day", "idle")


@solara.component_vue("teacher.vue", vuetify=False)
def TeacherDesk(
    t: dict[str, Any],
    inside: bool,
    lock: bool,
    problem: str,
    address: str,
    residents: int,
    counts: list[dict[str, Any]],
    rows: list[list[str]],
    event_enter: Told,
    event_look: Told,
    event_pause: Told,
    event_limit: Told,
) -> None:
    """A password, and behind it the visitors."""


@solara.component
def TeacherPage(words: Words) -> Any:
    """Behind the password that `fenji ui` was started with."""
    room = classroom()
    opened, unlock = solara.use_state(False)
    problem, tell = solara.use_state("")
    _, look = solara.use_state(0)
    moment = solara.use_ref(0)

    def enter(password: Any) -> None:
        right = room.opens(str(password))
        unlock(right)
        tell("" if right else words("teacher.wrong"))

    def rule(change: Any) -> None:
        """Only for her who has entered: messages can be made up."""
        if opened:
            try:
                change()
                tell("")
            except (InputError, TypeError, ValueError) as error:
                tell(str(error))
            moment.current += 1
            look(moment.current)

    sessions = room.sessions if opened else {}
    return TeacherDesk(
        t={
            **{key: words(f"teacher.{key}") for key in TEXTS},
            "begin": [
                words(f"teacher.begin.{step}", lesson=words("page.view.lessons")) for step in BEGIN
            ],
            "only_here": words("teacher.only_here") if "//127." in room.address else "",
            "columns": [words(f"teacher.{key}") for key in COLUMNS],
        },
        inside=opened,
        lock=bool(room.password),
        problem=problem,
        address=room.address if opened else "",
        residents=room.limits.residents,
        counts=_counts(room, words) if opened else [],
        rows=[_row(number, one, words) for number, one in sessions.items()],
        event_enter=enter,
        event_look=lambda _: rule(room.drop_idle),
        event_pause=lambda _: rule(room.pause_all),
        event_limit=lambda n: rule(lambda: room.limit_residents(int(n))),
    )


def _counts(room: Classroom, words: Words) -> list[dict[str, Any]]:
    sessions = room.sessions.values()
    counts = {
        "visitors": len(sessions),
        "playing": sum(one.state == "playing" for one in sessions),
        "room": room.limits.visitors,
        "most": words.count(room.limits.residents),
    }
    return [
        {"id": key, "label": words(f"teacher.count.{key}"), "value": value}
        for key, value in counts.items()
    ]


def _row(number: int, session: Session, words: Words) -> list[str]:
    shot, names = session.snapshot, list_regions()
    region = session.plan.region
    return [
        str(number),
        words.of(names[region]) if region in names else region,
        words.count(session.plan.residents or 0),
        words(f"teacher.is.{session.state}"),
        str(shot.day) if shot else "–",
        words("teacher.minutes", n=f"{(now() - session.touched) / 60:.0f}"),
    ]
