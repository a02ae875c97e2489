"""Lessons say what the model says: their statements hold in small runs of two groups."""

import pytest

from model.wording import Words
from visualization.lessons.lesson import Bars, holds, lessons
from visualization.lessons.ranges import measure, table
from visualization.lessons.run import carry_out_lesson
from visualization.lessons.text import pooled

SMALL = {"residents": 2500, "warm_up": 30, "days": 120}
# Few residents leave it to chance where stays outside the county and the dearest stays fall.
RARE = {"consortium": {"residents": 8000}, "fund_2035": {"residents": 8000, "days": 240}}
GROUPS = (1, 2)


@pytest.fixture(scope="module", params=list(lessons()))
def run(request: pytest.FixtureRequest) -> tuple[str, list[dict[str, float]]]:
    lesson = lessons()[request.param].model_copy(update=SMALL | RARE.get(request.param, {}))
    return lesson.id, measure(lesson, GROUPS)


def test_every_statement_holds_in_every_group(run: tuple[str, list[dict[str, float]]]) -> None:
    name, found = run
    for values in found:
        told = {point.id: holds(point, values) for point in lessons()[name].points}
        assert all(told.values()), (told, values)


def test_groups_differ(run: tuple[str, list[dict[str, float]]]) -> None:
    name, (first, second) = run
    lesson = lessons()[name]
    if isinstance(lesson.chart, Bars):
        assert all(first[number] != second[number] for number in pooled(lesson))
    else:
        assert first["balance"] != second["balance"]


def test_the_sheets_table_has_the_mean_and_the_range(
    run: tuple[str, list[dict[str, float]]],
) -> None:
    name, found = run
    lines = table(lessons()[name], found, Words("en")).splitlines()
    assert lines[1] == "|---|---:|---:|---:|"
    assert "2, 2, 2, 2" in lines[-1]


def test_a_run_that_fails_says_why() -> None:
    lesson = lessons()["fund_2035"].model_copy(update=SMALL)
    job = lesson.jobs(1)["baseline"]
    impossible = job.plan.model_copy(update={"region": "brook", "residents": 10**6})
    failed = carry_out_lesson(type(job)(job.hash, impossible, job.place, job.data))
    assert "residents of brook" in failed.error
