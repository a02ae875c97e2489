"""Every lesson file is whole: its runs, numbers, texts in both languages, and the sheets."""

from pathlib import Path
from string import Formatter

import pytest
import yaml

from experiments.marked import marks
from model.terms import InputError
from model.wording import LANGUAGES, Words, read_texts
from visualization.lessons.lesson import (
    GROUPS,
    Bars,
    Choice,
    Lesson,
    Typed,
    Years,
    lessons,
    read_lesson,
)
from visualization.lessons.ranges import MARK, sheet_of
from visualization.lessons.text import fields, is_right, pooled, written

DOCS = Path(__file__).parents[2] / "docs" / "lessons"
FILLED = ("title", "question", "story", "ask", "chart", "limits", "exercise", "hint")
BEFORE = ("title", "question", "story", "ask", "chart")  # are read before any run


@pytest.fixture(params=list(lessons()))
def lesson(request: pytest.FixtureRequest) -> Lesson:
    return lessons()[request.param]


def numbers_asked(lesson: Lesson) -> set[str]:
    asked = set(pooled(lesson))
    for part in (lesson.prediction, lesson.exercise):
        asked |= set(part.options.values()) if isinstance(part, Choice) else {part.number}
    return asked | (set(lesson.chart.bars) if isinstance(lesson.chart, Bars) else set())


def test_there_are_six_in_order() -> None:
    assert [lesson.order for lesson in lessons().values()] == [1, 2, 3, 4, 5, 6]


def test_seeds_of_groups_never_meet() -> None:
    seeds = [one.seed(group) for one in lessons().values() for group in range(1, GROUPS + 1)]
    assert len(set(seeds)) == len(seeds)


def test_every_scenario_can_be_run(lesson: Lesson) -> None:
    jobs = lesson.jobs(2)
    assert list(jobs) == list(lesson.runs)
    assert len({job.hash for job in jobs.values()}) == len(jobs)
    assert {job.plan.seed for job in jobs.values()} == {lesson.seed(2)}


def test_what_it_names_exists(lesson: Lesson) -> None:
    assert numbers_asked(lesson) <= set(lesson.numbers)
    assert {n.run for n in lesson.numbers.values() if n.run} <= set(lesson.runs)
    if isinstance(lesson.chart, Years):
        assert {run for run, _ in lesson.chart.lines.values()} <= set(lesson.runs)
    for number in lesson.numbers.values():
        assert number.shown
    known = dict.fromkeys(lesson.numbers, 1.5)
    assert all(text for text in fields(lesson, known, Words("zh")).values())


@pytest.mark.parametrize("language", LANGUAGES)
def test_its_texts_quote_only_its_numbers(lesson: Lesson, language: str) -> None:
    texts = read_texts(language)
    at = f"lessons.{lesson.id}"
    points = [f"point.{point.id}" for point in lesson.points]
    for part in (*FILLED, *points):
        if part == "hint" and f"{at}.hint" not in texts:
            continue
        quoted = {name for _, name, _, _ in Formatter().parse(texts[f"{at}.{part}"]) if name}
        allowed = set(lesson.given) if part in BEFORE else set(lesson.numbers)
        assert quoted <= allowed | {"residents"}, part
    told = {key for key in texts if key.startswith(f"{at}.point.")}
    assert told == {f"{at}.{point}" for point in points}
    assert texts[f"{at}.evidence"]
    named = set(pooled(lesson)) | (
        {lesson.exercise.number} if isinstance(lesson.exercise, Typed) else set()
    )
    named |= set(lesson.chart.lines) if isinstance(lesson.chart, Years) else set()
    assert all(f"{at}.names.{number}" in texts for number in named)
    for part in (lesson.prediction, lesson.exercise):
        if isinstance(part, Choice):
            assert all(f"{at}.options.{option}" in texts for option in part.options)


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_has_a_sheet_for_the_teacher(lesson: Lesson, language: str) -> None:
    text = sheet_of(DOCS, lesson, language).read_text(encoding="utf-8")
    assert str(lesson.seed(1)) in text
    assert str(lesson.seed(GROUPS)) in text
    first, last = marks(MARK)
    assert text.index(first) < text.index(last)
    assert Words(language)(f"lessons.{lesson.id}.title") in text


def test_an_answer_is_right_within_its_tolerance() -> None:
    lesson = lessons()["empty_clinics"]
    values = dict.fromkeys(lesson.numbers, 0.5) | {"seen": 8.0}
    assert is_right(lesson, "8.3", values) is True
    assert is_right(lesson, " 7.7 ", values) is True
    assert is_right(lesson, "8.5", values) is False
    assert is_right(lesson, "eight", values) is None


def test_the_right_option_is_that_of_the_largest_number() -> None:
    lesson = lessons()["fund_2035"]
    assert isinstance(lesson.exercise, Choice)
    values = dict.fromkeys(lesson.numbers, 1.0) | {lesson.exercise.options["premium"]: 2.0}
    assert is_right(lesson, "premium", values) is True
    assert is_right(lesson, "cost", values) is False


def test_numbers_are_written_by_language() -> None:
    assert written(-5.25e12, "big", Words("en")) == "−5.25 trillion CNY"
    assert written(-5.25e12, "big", Words("zh")) == "−5.25万亿元"
    assert written(0.0094, "percent", Words("zh")) == "0.9%"
    assert written(0.037, "points", Words("en")) == "3.7 points"


def test_a_wrong_file_is_named(tmp_path: Path) -> None:
    file = tmp_path / "wrong.yaml"
    file.write_text(yaml.safe_dump({"order": 7, "unheard_of": 1}), encoding="utf-8")
    with pytest.raises(InputError, match=r"wrong\.yaml"):
        read_lesson(file)
