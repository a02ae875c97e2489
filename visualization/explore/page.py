"""Explore: policies on the left, time and key figures above, map and charts below."""

from collections.abc import Callable
from typing import Any

import solara
from solara.alias import rv

from model.wording import Words
from visualization.charts.data import Charts, charts_of
from visualization.explore.cards import cards_of
from visualization.explore.controls import KeyFigures, Transport
from visualization.explore.drawer import Drawer
from visualization.map.widget import RegionMap
from visualization.panels.panel import ChosenPanel
from visualization.visitor.figures import FIGURES
from visualization.visitor.pace import now
from visualization.visitor.session import SPEEDS, Session
from visualization.visitor.snapshot import Snapshot

CHART_S = 0.3  # between two drawings of the charts while days pass
TRANSPORT = ("transport", "reset", "day", "week", "play", "pause", "speed")


@solara.component
def ExplorePage(session: Session, words: Words, moment: int) -> None:
    """The page on which a visitor sees the model, changes a policy, and sees what it costs."""
    shot = session.snapshot
    chosen, choose = use_kept(session, "selected", "")
    figure, draw = use_kept(session, "figure", next(iter(FIGURES)))
    charts = use_charts(shot, figure, words)
    with rv.Html(tag="div", class_="fj-explore"):
        Drawer(session, words, moment)
        with rv.Html(tag="main", class_="fj-main"):
            Transport(
                words={key: words(f"page.transport.{key}") for key in TRANSPORT},
                state=session.state,
                busy=session.busy,
                runs=session.runs,
                date=words.date(shot.date) if shot else "",
                passed=words("page.passed", day=shot.day, days=shot.plan.days) if shot else "",
                part=shot.day / shot.plan.days if shot else 0.0,
                speed=session.speed,
                speeds=[{"value": n, "label": words("page.speed", n=n)} for n in SPEEDS],
                event_act=lambda told: act(session, told),
            )
            KeyFigures(
                title=words("page.figures"),
                cards=cards_of(shot, words),
                chosen=figure,
                event_choose=lambda name: draw(name) if name in FIGURES else None,
            )
            with rv.Html(tag="div", class_="fj-stage"):
                with rv.Html(tag="div", class_="fj-card fj-map"):
                    if shot and session.layout:
                        RegionMap(session, session.layout, shot.map_frame, chosen, choose, words)
                with rv.Html(tag="div", class_="fj-card fj-side"):
                    if shot and chosen:
                        ChosenPanel(session, chosen, shot.number, choose, words)
                    elif charts:
                        Charts(**charts)


def act(session: Session, told: Any) -> None:
    """Do what a button says; anything else is no button of ours and is not heard."""
    match told:
        case {"do": "play"}:
            session.play()
        case {"do": "pause"}:
            session.pause()
        case {"do": "step", "days": 1 | 7 as days}:
            session.step(days)
        case {"do": "reset"}:
            session.reset()
        case {"do": "speed", "speed": int() as speed} if speed in SPEEDS:
            session.speed = speed


def use_kept(session: Session, name: str, first: str) -> tuple[str, Callable[[str], None]]:
    """State that outlives a visit to another page."""
    value, put = solara.use_state(str(session.kept.get(name, first)))

    def keep(new: str) -> None:
        session.kept[name] = new
        put(new)

    return value, keep


def use_charts(shot: Snapshot | None, figure: str, words: Words) -> dict[str, Any]:
    """Charts of the snapshot, a few times a second at most, for lines grow slowly."""
    last = solara.use_ref((0.0, -1))
    drawn = solara.use_ref({})
    if shot is not None:
        wanted = (figure, words.language, shot.plan)
        moment, number = last.current
        still = drawn.current.get("wanted") == wanted and shot.number > number
        if not still or shot.finished or now() - moment > CHART_S:
            drawn.current = {"wanted": wanted, "charts": charts_of(shot, figure, words)}
            last.current = (now(), shot.number)
    charts: dict[str, Any] = drawn.current.get("charts", {})
    return charts
