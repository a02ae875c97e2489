"""The page `fenji ui`: `solara run visualization/app.py`, or `display(Page())` in a notebook."""

from collections.abc import Callable
from itertools import count
from pathlib import Path

import solara
from solara.alias import rv
from solara.server import settings

from model.terms import InputError
from model.wording import LANGUAGES, Words
from visualization.classroom.teacher import TeacherPage
from visualization.classroom.visitors import classroom
from visualization.compare.page import ComparePage
from visualization.explore.page import ExplorePage
from visualization.export.page import ExportPage
from visualization.lessons.page import LessonsPage
from visualization.shell import Notice, TopBar
from visualization.visitor.arrival import Arrival, arrive
from visualization.visitor.session import Session

SHOWN = {
    "explore": ExplorePage,
    "compare": ComparePage,
    "lessons": LessonsPage,
    "export": ExportPage,
}
VIEWS = tuple(SHOWN)
MOVING = ("explore", "export")  # views that change with every day
HERE = Path(__file__).parent
# However the page is started, nothing on it is the framework's own decoration.
settings.theme.loader, settings.theme.show_banner = "plain", False
settings.theme.title = "fenji 分级诊疗"
settings.assets.extra_locations = [str(HERE / "assets")]


@solara.component
def Page() -> None:
    """Everything that a visitor sees; her state lives and ends with this component."""
    search = solara.use_router().search
    arrival: Arrival = solara.use_memo(lambda: arrive(search or ""), [])
    language, speak = solara.use_state(arrival.language)
    view, go = solara.use_state(VIEWS[0])
    words = Words(language)
    solara.Title(words("page.title"))
    solara.Style(HERE / "theme.css")
    with rv.Html(tag="div", class_="fj-app", attributes={"lang": language}):
        TopBar(
            title=words("page.title"),
            subtitle=words("page.subtitle"),
            tabs=[
                {"id": name, "label": words(f"page.view.{name}")}
                for name in ([] if arrival.teacher else VIEWS)
            ],
            view=view,
            languages=[{"id": code, "label": name} for code, name in LANGUAGES.items()],
            language=language,
            event_go=lambda name: go(name) if name in VIEWS else None,
            event_speak=lambda code: speak(code) if code in LANGUAGES else None,
        )
        if arrival.teacher:
            with rv.Html(tag="div", class_="fj-view"):
                TeacherPage(words)
        else:
            Visit(arrival, view, words)


@solara.component
def Visit(arrival: Arrival, view: str, words: Words) -> None:
    """A visitor's session, and the view of it that she has chosen."""
    session, refusal, tick, again = use_session(arrival)
    told, tell = solara.use_state(arrival.complaint)
    with rv.Html(tag="div", class_="fj-view"):
        if session is None:
            text = words("page.refused", why=refusal)
            Notice(text=text, kind="page", button=words("page.try_again"), event_press=again)
        elif session.state == "closed":
            text, button = words("page.away"), words("page.go_on")
            Notice(text=text, kind="page", button=button, event_press=again)
        else:
            if told:
                text, button = words("page.address", why=told), words("drawer.close")
                Notice(text=text, kind="banner", button=button, event_press=lambda _: tell(""))
            # Equal arguments are not drawn again: `moment` tells that time has passed.
            moment = {"moment": tick} if view in MOVING else {}
            SHOWN[view](session, words, **moment)


@solara.component
def Layout(children: list[solara.Element]) -> None:
    """No frame but the page's own."""
    solara.Div(children=children)


def use_session(arrival: Arrival) -> tuple[Session | None, str, int, Callable[[object], None]]:
    """A session for as long as the page is open, or why there is none; its moment; how to return.

    Who was away for too long comes again to the same day of the same run.
    """
    tick, set_tick = solara.use_state(0)
    turn, set_turn = solara.use_state(0)
    # Two threads tell of changes: no two may count alike, or the later one is not drawn.
    counted, last = solara.use_memo(lambda: count(1), []), solara.use_ref(None)

    def on_change() -> None:
        set_tick(next(counted))

    def enter() -> tuple[Session | None, str]:
        left: Session | None = last.current
        plan = left.plan if left else arrival.plan
        day = left.snapshot.day if left and left.snapshot else 0
        try:
            last.current = classroom().admit(plan, on_change, day)
        except InputError as error:
            return None, str(error)
        return last.current, ""

    def leave() -> None:
        if last.current is not None:
            classroom().leave(last.current)

    session, refusal = solara.use_memo(enter, [turn])
    solara.use_effect(lambda: leave, [])
    return session, refusal, tick, lambda _: set_turn(turn + 1)
