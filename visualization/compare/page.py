"""The page "Compare": two packages side by side against the same world without them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import solara
from solara.alias import rv

from experiments.html_report.words import Figures, sure
from experiments.policies.comparison import BASELINE, LEVEL
from experiments.run_file import Job
from experiments.task import carry_out
from model.policies.choice import PolicyChoice
from model.policies.policy import Lever, find_policy, shipped_policies
from model.region.read import read_region
from model.scenario import Scenario
from model.terms import InputError
from model.wording import Words
from visualization.charts.svg import BLUE, GREY, ORANGE, Line, line_chart
from visualization.compare.asked import (
    SERIES,
    SHARES,
    Asked,
    Found,
    Side,
    Weekly,
    as_csv,
    found,
    in_words,
    weekly,
)
from visualization.compare.maps import Drawn, Maps, draw_all
from visualization.explore.drawer import KINDS
from visualization.runs.background import Batch, Progress, shared_store, shared_workers
from visualization.runs.progress import progress_text
from visualization.visitor.hearing import heard
from visualization.visitor.pace import now
from visualization.visitor.session import Session

MORE = ("signal", "csv", "command", "maps", "drawing")
LETTERS, COLOURS, DASHES = "AB", (BLUE, ORANGE), ("", "7 4")
FIRST_SIDES: tuple[Side, Side] = (
    (PolicyChoice(id="reimbursement_gradient"),),
    (PolicyChoice(id="gatekeeping"),),
)
STEPS = 20  # of a slider
FEW = 5  # pairs below which intervals are wide


class Comparing:
    """One visitor's comparison; lives as long as she does. gone: whether she has left."""

    def __init__(self, plan: Scenario, gone: Callable[[], bool]) -> None:
        self._gone = gone
        other = next(side for side in reversed(FIRST_SIDES) if side != tuple(plan.policies)[:1])
        sides = (tuple(plan.policies), other) if plan.policies else FIRST_SIDES
        self.sides: solara.Reactive[tuple[Side, ...]] = solara.reactive(sides)
        self.replicates = solara.reactive(5)
        self.measure = solara.reactive(next(iter(SERIES)))
        self.progress: solara.Reactive[Progress | None] = solara.reactive(None)
        self.problem = solara.reactive("")
        self.maps: solara.Reactive[Mapping[str, Drawn]] = solara.reactive({})
        self.drawing = solara.reactive(False)
        self.asked: Asked | None = None
        self._jobs: Mapping[str, Sequence[Job]] = {}
        self._batch: Batch | None = None
        self._told: tuple[int, Found | None] = (-1, None)

    @property
    def running(self) -> bool:
        """Runs are under way."""
        progress = self.progress.value
        return progress is not None and progress.state == "running"

    def run(self, plan: Scenario) -> None:
        """Begin the runs that are not there yet."""
        if self.running:
            return
        self.problem.value = ""
        asked = Asked.of(plan, self.sides.value, self.replicates.value)
        try:
            jobs = asked.jobs()
        except InputError as error:
            self.problem.value = str(error)
            return
        self.asked, self._jobs, self._told = asked, jobs, (-1, None)
        self.maps.value = {}
        several = [job for pair in zip(*jobs.values(), strict=True) for job in pair]
        self._batch = Batch(
            several,
            shared_store("compare"),
            shared_workers(),
            carry_out,
            self.progress.set,
            self._gone,
        )
        self.progress.value = self._batch.progress
        self._batch.start()

    def cancel(self) -> None:
        """Begin no more runs."""
        if self._batch is not None:
            self._batch.cancel()

    def draw(self) -> None:
        """Draw the map of every package after the first pair's runs."""
        asked = self.asked
        if asked is None or self.drawing.value:
            return
        self.drawing.value = True

        def drawn(maps: Mapping[str, Drawn]) -> None:
            if self.asked is asked:
                self.maps.value = maps
            self.drawing.value = False

        firsts = {name: self._jobs[name][0] for name in asked.packages}
        draw_all(firsts, shared_workers(), drawn)

    def show(self, measure: str) -> None:
        """Show another series."""
        if measure in SERIES:
            self.measure.value = measure

    def found(self) -> Found | None:
        """What the finished pairs say."""
        progress = self.progress.value
        if self.asked is None or progress is None:
            return None
        if self._told[0] != progress.done:
            self._told = (progress.done, found(self.asked, self._jobs, shared_store("compare")))
        return self._told[1]

    def change(self, side: int, name: str, levers: Mapping[str, float] | None) -> None:
        """Put a policy on a side with these levers set, or take it off.

        Raises InputError for what no policy has.
        """
        find_policy(name).strengths(levers or {})
        sides = list(self.sides.value)
        known = next((choice for choice in sides[side] if choice.id == name), None)
        if levers is None:
            sides[side] = tuple(choice for choice in sides[side] if choice.id != name)
        elif known is None:
            sides[side] = (*sides[side], PolicyChoice(id=name, levers=dict(levers)))
        else:
            new = known.model_copy(update={"levers": {**known.levers, **levers}})
            sides[side] = tuple(new if choice is known else choice for choice in sides[side])
        self.sides.value = tuple(sides)


def comparing_of(session: Session) -> Comparing:
    """The visitor's comparison, begun when she first looks."""
    session.touched = now()
    kept = session.kept.get("compare")
    if not isinstance(kept, Comparing):
        kept = Comparing(session.plan, lambda: session.state == "closed")
        session.kept["compare"] = kept
    return kept


@solara.component_vue("compare.vue", vuetify=False)
def _View(
    t: dict[str, str],
    sides: list[dict[str, Any]],
    policies: list[dict[str, str]],
    replicates: int,
    running: bool,
    runnable: bool,
    progress: dict[str, Any],
    setting: str,
    problem: str,
    measure: str,
    measures: list[dict[str, str]],
    result: dict[str, Any] | None,
    event_add: Callable[[dict[str, Any]], None],
    event_remove: Callable[[dict[str, Any]], None],
    event_pull: Callable[[dict[str, Any]], None],
    event_repeat: Callable[[int], None],
    event_run: Callable[[Any], None],
    event_cancel: Callable[[Any], None],
    event_show: Callable[[str], None],
    event_draw: Callable[[Any], None],
    drawing: bool,
    drawn: bool,
) -> None:
    """Shows, and tells what was clicked."""


@solara.component
def ComparePage(session: Session, words: Words) -> None:
    """Two packages against each other and the baseline."""
    state = comparing_of(session)
    plan, progress = session.plan, state.progress.value
    told = state.found()
    names = ("empty", "before", "add", "remove", "replicates", "run", "cancel", "running", "shown")
    with rv.Html(tag="div", class_="fc-outer"):
        _View(
            t={key: words(f"compare.{key}") for key in (*names, *MORE)},
            sides=[_side(at, side, words) for at, side in enumerate(state.sides.value)],
            policies=[
                {"id": policy.id, "title": words.of(policy.title.model_dump())}
                for policy in shipped_policies().values()
            ],
            replicates=state.replicates.value,
            running=state.running,
            runnable=any(state.sides.value),
            progress=progress_text(progress, words),
            setting=_setting(plan, words),
            problem=state.problem.value,
            measure=state.measure.value,
            measures=[{"id": name, "label": words(f"compare.series.{name}")} for name in SERIES],
            result=_result(state.asked, told, state.measure.value, words),
            event_add=heard(lambda e: state.change(_which(e), str(e["id"]), {})),
            event_remove=heard(lambda e: state.change(_which(e), str(e["id"]), None)),
            event_pull=heard(
                lambda e: state.change(
                    _which(e), str(e["id"]), {str(e["lever"]): float(e["value"])}
                )
            ),
            event_repeat=heard(lambda n: state.replicates.set(min(max(int(n), 2), 20))),
            event_run=heard(lambda _: state.run(plan)),
            event_cancel=heard(lambda _: state.cancel()),
            event_show=heard(state.show),
            event_draw=heard(lambda _: state.draw()),
            drawing=state.drawing.value,
            drawn=bool(state.maps.value),
        )
        if state.maps.value and state.asked is not None:
            titles = dict(zip(state.asked.packages, _names(state.asked, words), strict=True))
            Maps({name: (titles[name], one) for name, one in state.maps.value.items()}, words)


def _which(event: Mapping[str, Any]) -> int:
    return 1 if event["side"] else 0


def _setting(plan: Scenario, words: Words) -> str:
    region = read_region(plan.region, plan.residents, plan.changes)
    return words(
        "compare.setting",
        region=words.of(region.name),
        residents=words.count(plan.residents or region.population),
        days=plan.days,
        start=words.date(plan.start),
    )


def _side(at: int, side: Side, words: Words) -> dict[str, Any]:
    return {
        "title": words("compare.side", letter=LETTERS[at]),
        "colour": COLOURS[at],
        "choices": [_choice(choice, words) for choice in side],
    }


def _choice(choice: PolicyChoice, words: Words) -> dict[str, Any]:
    policy = find_policy(choice.id)
    strengths = {name: lever.default for name, lever in policy.levers.items()} | choice.levers
    dates = [
        words(f"compare.{key}", **{end: words.date(day)})
        for key, end, day in (("from", "start", choice.start), ("until", "end", choice.end))
        if day is not None
    ]
    return {
        "id": choice.id,
        "title": words.of(policy.title.model_dump()),
        "dates": " ".join(dates),
        "levers": [
            {
                "name": name,
                "label": words.of(lever.label.model_dump()),
                "low": lever.low,
                "high": lever.high,
                "step": 1 if lever.unit == "0/1" else (lever.high - lever.low) / STEPS,
                "value": strengths[name],
                "text": _written(strengths[name], lever, words),
            }
            for name, lever in policy.levers.items()
        ],
    }


def _written(value: float, lever: Lever, words: Words) -> str:
    """As the drawer of the page Explore writes it."""
    kind = KINDS.get(lever.unit, "plain")
    if kind == "percent":
        return words.percent(value, 0)
    return f"×{value:.3g}" if kind == "times" else f"{value:.3g}"


def _result(
    asked: Asked | None, told: Found | None, measure: str, words: Words
) -> dict[str, Any] | None:
    if asked is None or told is None:
        return None
    figures = Figures(words, told.units)
    level = words.percent(LEVEL, 0)
    names = dict(zip(asked.packages, _names(asked, words), strict=True))
    notes = [words("compare.note", level=level)]
    if told.replicates < FEW:
        key = "compare.one" if told.replicates == 1 else "compare.few"
        notes.insert(0, words(key, n=told.replicates))
    return {
        "chart": _chart(weekly_of(asked, told, measure), measure, names, words),
        "said": _said(told, names, figures, words),
        "note": " ".join(notes),
        "caption": words("compare.caption", n=told.replicates, level=level),
        "heads": _heads(told, names, words),
        "rows": _rows(told, figures),
        "csv": as_csv(asked, told),
        "command": asked.command,
    }


def weekly_of(asked: Asked, told: Found, measure: str) -> Weekly:
    """The series that is shown."""
    return weekly(told, shared_store("compare"), measure, asked.plan.start)


def _names(asked: Asked, words: Words) -> list[str]:
    letters = [LETTERS[at] for at in range(len(asked.packages))]
    return [words("compare.side", letter=letter) for letter in letters]


def _heads(told: Found, names: Mapping[str, str], words: Words) -> list[str]:
    heads = [words("compare.head.indicator"), words("compare.head.baseline")]
    heads += [words("compare.head.change", policy=name) for name in names.values()]
    if told.between is not None:
        first, second = names.values()
        heads.append(words("compare.head.between", first=first, second=second))
    return heads


def _rows(told: Found, figures: Figures) -> list[dict[str, Any]]:
    tables = [*told.tables.values(), *([] if told.between is None else [told.between])]
    rows = []
    for several in zip(*(table.iter_rows(named=True) for table in tables), strict=True):
        name = several[0]["indicator"]
        rows.append(
            {
                "id": name,
                "label": figures.label(name),
                "unit": figures.unit_of_change(name),
                "baseline": figures.value(name, several[0]["first"]),
                "cells": [
                    {
                        "change": figures.change(name, row["difference"]),
                        "interval": figures.interval(name, row["low"], row["high"]),
                        "sure": sure(row),
                    }
                    for row in several
                ],
            }
        )
    return rows


def _said(
    told: Found, names: Mapping[str, str], figures: Figures, words: Words
) -> list[dict[str, Any]]:
    said = [
        {
            "title": words("compare.against", policy=names[package]),
            "lines": in_words(table, figures, words),
        }
        for package, table in told.tables.items()
    ]
    if told.between is not None:
        first, second = names.values()
        title = words("compare.between", first=first, second=second)
        said.append({"title": title, "lines": in_words(told.between, figures, words)})
    return said


def _chart(series: Weekly, measure: str, names: Mapping[str, str], words: Words) -> str:
    lines = [Line(words("compare.baseline"), list(series.values[BASELINE]), GREY, "2 3")]
    for at, (package, name) in enumerate(names.items()):
        lines.append(Line(name, list(series.values[package]), COLOURS[at], DASHES[at]))
    percent = measure in SHARES
    told = " ".join(
        words(
            "compare.ends",
            name=line.name,
            first=words.percent(line.values[0]) if percent else f"{line.values[0]:,.4g}",
            last=words.percent(line.values[-1]) if percent else f"{line.values[-1]:,.4g}",
        )
        for line in lines
    )
    alt = words(
        "compare.chart",
        what=words(f"compare.series.{measure}"),
        names=words("compare.join").join(line.name for line in lines),
        told=told,
    )
    return line_chart(series.dates, lines, words, alt=alt, percent=percent)
