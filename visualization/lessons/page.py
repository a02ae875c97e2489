"""The page "Lessons": question, prediction, run, reveal, explanation, exercise, the class."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import solara

from model.wording import Words
from visualization.charts.svg import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PINK,
    Bar,
    Line,
    bar_chart,
    line_chart,
)
from visualization.lessons.learning import Attempt, Learning, by_year, values_of
from visualization.lessons.lesson import GROUPS, Bars, Choice, Lesson, Slider, best, holds, lessons
from visualization.lessons.text import (
    affixes,
    answer_text,
    fields,
    is_near,
    is_right,
    name_of,
    option_label,
    pooled,
    scale,
    written,
)
from visualization.runs.progress import progress_text
from visualization.visitor.hearing import heard
from visualization.visitor.pace import now
from visualization.visitor.session import Session

TRILLION = 1e12  # CNY; 万亿元
PAINTS = (BLUE, ORANGE, GREEN, PINK, GREY)
DASHES = ("", "7 4", "2 3", "9 3 2 3")


@solara.component_vue("lesson.vue", vuetify=False)
def _View(
    t: dict[str, str],
    lessons: list[dict[str, Any]],
    lesson: dict[str, Any],
    group: int,
    groups: int,
    ask: dict[str, Any],
    predicted: str,
    running: bool,
    progress: dict[str, Any],
    reveal: dict[str, Any] | None,
    event_open: Callable[[str], None],
    event_join: Callable[[int], None],
    event_predict: Callable[[str], None],
    event_run: Callable[[Any], None],
    event_cancel: Callable[[Any], None],
    event_answer: Callable[[str], None],
) -> None:
    """Shows, and tells what was clicked."""


@solara.component
def LessonsPage(session: Session, words: Words) -> None:
    """Six lessons, each done by oneself or in a group."""
    state = learning_of(session)
    lesson, attempt, group = state.lesson, state.attempt, state.group.value
    _View(
        t=_texts(lesson, group, words),
        lessons=[_entry(one, group, state.attempts.value, words) for one in lessons().values()],
        lesson=_lesson(lesson, words),
        group=group,
        groups=GROUPS,
        ask=_ask(lesson, words),
        predicted=attempt.predicted,
        running=attempt.running,
        progress=progress_text(attempt.progress, words),
        reveal=_reveal(lesson, attempt, group, words) if attempt.finished else None,
        event_open=heard(lambda name: state.open(str(name))),
        event_join=heard(lambda n: state.join(int(n))),
        event_predict=heard(lambda said: _predict(state, str(said))),
        event_run=heard(lambda _: state.run()),
        event_cancel=heard(lambda _: state.cancel()),
        event_answer=heard(lambda said: state.answer(str(said))),
    )


def learning_of(session: Session) -> Learning:
    """The visitor's lessons, begun when she first looks."""
    session.touched = now()
    kept = session.kept.get("lessons")
    if not isinstance(kept, Learning):
        kept = Learning(lambda: session.state == "closed")
        session.kept["lessons"] = kept
    return kept


def _predict(state: Learning, said: str) -> None:
    """Take a prediction that the lesson allows; anything else is not heard."""
    asked = state.lesson.prediction
    if isinstance(asked, Choice):
        if said in asked.options:
            state.predict(said)
        return
    try:
        if asked.low <= float(said) <= asked.high:
            state.predict(said)
    except ValueError:
        return


def _texts(lesson: Lesson, group: int, words: Words) -> dict[str, str]:
    keys = (
        "list",
        "group",
        "run",
        "run_as_said",
        "cancel",
        "lock",
        "fails",
        "answer",
        "check",
        "done",
    )
    steps = ("predict", "reveal", "explain", "exercise", "class")
    return {
        **{key: words(f"lessons.{key}") for key in (*keys, "modelled")},
        **{f"step_{step}": words(f"lessons.step.{step}") for step in steps},
        "group_note": words("lessons.group_note", seed=lesson.seed(group)),
    }


def _entry(
    lesson: Lesson, group: int, attempts: Mapping[tuple[str, int], Attempt], words: Words
) -> dict[str, Any]:
    attempt = attempts.get((lesson.id, group), Attempt())
    return {
        "id": lesson.id,
        "order": lesson.order,
        "title": words(f"lessons.{lesson.id}.title"),
        "done": attempt.finished and attempt.answer != "",
    }


def _lesson(lesson: Lesson, words: Words) -> dict[str, Any]:
    given = fields(lesson, lesson.given, words)
    parts = ("title", "question", "story", "ask", "chart")
    told = {part: _filled(words, f"lessons.{lesson.id}.{part}", given) for part in parts}
    return {"id": lesson.id, "order": lesson.order, **told}


def _filled(words: Words, key: str, given: Mapping[str, str]) -> str:
    return words(key, **given, _="")


def _ask(lesson: Lesson, words: Words) -> dict[str, Any]:
    asked = lesson.prediction
    if isinstance(asked, Slider):
        return {
            "kind": "slider",
            "low": asked.low,
            "high": asked.high,
            "step": asked.step,
            "prefix": "",
            "suffix": affixes(lesson, asked.number),
        }
    return {"kind": "choice", "options": _options(lesson, asked, words)}


def _options(lesson: Lesson, asked: Choice, words: Words) -> list[dict[str, str]]:
    return [
        {"id": option, "label": option_label(lesson, option, words)} for option in asked.options
    ]


def _reveal(lesson: Lesson, attempt: Attempt, group: int, words: Words) -> dict[str, Any] | None:
    values = values_of(lesson, group)
    if values is None:
        return None
    told = fields(lesson, values, words)
    at = f"lessons.{lesson.id}"
    return {
        **_found(lesson, attempt, values, words),
        "chart": _chart(lesson, attempt, group, values, words),
        "points": [
            {
                "id": point.id,
                "text": _filled(words, f"{at}.point.{point.id}", told),
                "holds": holds(point, values),
            }
            for point in lesson.points
        ],
        "evidence": words("lessons.sources", text=words(f"{at}.evidence")),
        "limits": words("lessons.limits", text=_filled(words, f"{at}.limits", told)),
        "exercise": _exercise(lesson, attempt, values, told, words),
        "class": _class(lesson, group, words),
    }


def _found(
    lesson: Lesson, attempt: Attempt, values: Mapping[str, float], words: Words
) -> dict[str, str]:
    asked = lesson.prediction
    if isinstance(asked, Choice):
        right = best(asked, values)
        found = words(
            "lessons.prediction",
            predicted=option_label(lesson, attempt.predicted, words),
            found=option_label(lesson, right, words),
        )
        verdict = "same" if right == attempt.predicted else "miss"
    else:
        shown, predicted = lesson.numbers[asked.number].shown, float(attempt.predicted)
        found = words(
            "lessons.prediction",
            predicted=f"{predicted:g}{affixes(lesson, asked.number)}",
            found=written(values[asked.number], shown, words),
        )
        verdict = "hit" if is_near(lesson, predicted, values) else "miss"
    return {"found": found, "verdict": words(f"lessons.{verdict}")}


def _exercise(
    lesson: Lesson,
    attempt: Attempt,
    values: Mapping[str, float],
    told: Mapping[str, str],
    words: Words,
) -> dict[str, Any]:
    at, asked = f"lessons.{lesson.id}", lesson.exercise
    right = is_right(lesson, attempt.answer, values) if attempt.answer else False
    if not attempt.answer:
        verdict = ""
    elif right is None:
        verdict = words("lessons.number")
    elif right:
        verdict = words("lessons.correct", found=answer_text(lesson, values, words))
    else:
        verdict = words("lessons.wrong", hint=_filled(words, f"{at}.hint", told))
    is_choice = isinstance(asked, Choice)
    return {
        "text": _filled(words, f"{at}.exercise", told),
        "options": _options(lesson, asked, words) if isinstance(asked, Choice) else None,
        "unit": "" if is_choice else affixes(lesson, getattr(asked, "number", "")),
        "verdict": verdict,
        "right": right is True,
    }


def _class(lesson: Lesson, group: int, words: Words) -> dict[str, Any]:
    """The numbers of every group whose runs are finished here, and their mean and range."""
    numbers = pooled(lesson)
    known = {n: values for n in range(1, GROUPS + 1) if (values := values_of(lesson, n))}
    rows = [
        {
            "id": n,
            "own": n == group,
            "label": words("lessons.class_group", n=n),
            "cells": [written(values[k], lesson.numbers[k].shown, words) for k in numbers],
        }
        for n, values in known.items()
    ]
    if len(known) > 1:
        label = words("lessons.class_mean", n=len(known))
        cells = [_spread(lesson, k, [v[k] for v in known.values()], words) for k in numbers]
        rows.append({"id": 0, "own": False, "label": label, "cells": cells})
    return {
        "lead": words("lessons.class_lead" if len(known) > 1 else "lessons.class_alone"),
        "heads": [words("lessons.group"), *(name_of(lesson, k, words) for k in numbers)],
        "rows": rows,
    }


def _spread(lesson: Lesson, number: str, values: list[float], words: Words) -> str:
    shown = lesson.numbers[number].shown
    told = (sum(values) / len(values), min(values), max(values))
    mean, low, high = (written(value, shown, words) for value in told)
    return f"{mean} ({low}–{high})"


def _chart(
    lesson: Lesson, attempt: Attempt, group: int, values: Mapping[str, float], words: Words
) -> str:
    title = words(f"lessons.{lesson.id}.chart")
    if isinstance(lesson.chart, Bars):
        return _bars(lesson, lesson.chart, attempt, values, title, words)
    names = list(lesson.chart.lines)
    series = [by_year(lesson.id, group, *lesson.chart.lines[name]) for name in names]
    lines = [
        Line(
            name_of(lesson, name, words),
            [cny / TRILLION for cny in one.values()],
            PAINTS[at],
            DASHES[at],
        )
        for at, (name, one) in enumerate(zip(names, series, strict=True))
    ]
    ends = [f"{line.name}: {line.values[-1]:.2f}" for line in lines]
    dates = [date(year, 12, 31) for year in series[0]]
    return line_chart(dates, lines, words, alt=f"{title}. {'; '.join(ends)}")


def _bars(
    lesson: Lesson,
    chart: Bars,
    attempt: Attempt,
    values: Mapping[str, float],
    title: str,
    words: Words,
) -> str:
    bars = [
        Bar(
            name_of(lesson, number, words),
            max(values[number], 0.0),
            written(values[number], lesson.numbers[number].shown, words),
            PAINTS[at % len(PAINTS)],
        )
        for at, number in enumerate(chart.bars)
    ]
    asked, mark = lesson.prediction, None
    if isinstance(asked, Slider) and asked.number in chart.bars:
        mark = (float(attempt.predicted) / scale(lesson, asked.number), words("lessons.yours"))
    alt = f"{title}. " + "; ".join(f"{bar.name}: {bar.text}" for bar in bars)
    return bar_chart(bars, alt=alt, mark=mark)
