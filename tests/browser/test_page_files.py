"""What a visitor takes home and brings back, and the teacher's page."""

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from model.simulation import TieredCareModel
from visualization.visitor.figures import figures_of
from visualization.visitor.scenario_file import read_text

Enter = Callable[..., Any]
EXPORT = "nav button:nth-child(4)"
EXPLORE = "nav button:nth-child(1)"


def saved(visit: Any, kind: str) -> bytes:
    with visit.page.expect_download() as download:
        visit.page.click(f"[data-file={kind}]")
    path = download.value.path()
    assert download.value.suggested_filename.startswith("fenji-brook-3-")
    return Path(path).read_bytes()


@pytest.fixture
def changed(enter: Enter) -> Any:
    """A visit with a policy from the eighth day on, two weeks later."""
    visit = enter()
    visit.do("week")
    visit.await_day(7)
    visit.page.click("[data-group=path]")
    visit.page.check("[data-policy=gatekeeping] .fj-policy-head input")
    visit.page.wait_for_selector("text=In force since 8 January 2023")
    for day in (14, 21):
        visit.do("week")
        visit.await_day(day)
    visit.await_still()
    visit.page.wait_for_selector("[data-figure=wait] :text('vs baseline')")
    return visit


def test_export_and_import_give_the_same_numbers(changed: Any, enter: Enter) -> None:
    before = changed.figures()
    changed.page.click(EXPORT)
    scenario = saved(changed, "scenario")
    table = list(csv.DictReader(io.StringIO(saved(changed, "table").decode("utf-8-sig"))))
    assert "gatekeeping" in changed.page.inner_text("[data-command]")

    visit = enter("?lang=en&region=brook&seed=9")
    visit.page.click("[data-setup]")
    file = {"name": "mine.yaml", "mimeType": "application/yaml", "buffer": scenario}
    run = visit.runs()
    visit.page.set_input_files(".fj-file input", files=[file])
    visit.page.wait_for_selector("text=seed 3")
    visit.await_run(run + 1)
    for day in (7, 14, 21):
        visit.do("week")
        visit.await_day(day)
    assert visit.figures() == before

    model = TieredCareModel(read_text(scenario.decode(), "mine.yaml"))
    for _ in range(model.plan.warm_up + 21):
        model.step()
    last = table[-1]
    assert (last["day"], last["date"]) == ("21", "2023-01-21")
    found = [float(last[name]) for name in ("primary_share", "wait", "out_of_pocket", "trust")]
    expected = figures_of(model)[[0, 1, 3, 4]].tolist()
    assert found == pytest.approx(expected, rel=1e-9)


def test_pictures_are_pictures(changed: Any) -> None:
    changed.page.click(EXPORT)
    for kind in ("map", "charts"):
        assert saved(changed, kind).startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"region: [", "not valid YAML"),
        (b"region: brook\nsurprise: 1", "surprise"),
        (b"region: /etc", "region"),
        (b"a: &a [1]\nb: *a", "anchors"),
        (b"x" * 200_000, "too large"),
        (b"\xff\xfe\x00", "bad.yaml"),
    ],
)
def test_a_bad_file_says_why_and_changes_nothing(enter: Enter, content: bytes, told: str) -> None:
    visit = enter()
    before = visit.figures()
    visit.page.click("[data-setup]")
    file = {"name": "bad.yaml", "mimeType": "application/yaml", "buffer": content}
    visit.page.set_input_files(".fj-file input", files=[file])
    visit.page.wait_for_selector(".fj-problem")
    assert told in visit.page.inner_text(".fj-problem")
    assert visit.figures() == before


def test_the_teacher_sees_and_stops_everybody(enter: Enter) -> None:
    student = enter()
    student.do("play")
    student.await_day(2)
    teacher = enter("?lang=en&teacher", teacher=True)
    page = teacher.page
    page.fill("#password", "wrong")
    page.click("[data-enter]")
    page.wait_for_selector(".fj-problem")
    assert page.locator("[data-address]").count() == 0
    page.fill("#password", "chalk")
    page.click("[data-enter]")
    page.wait_for_selector("[data-address]")
    assert int(page.inner_text("[data-count=playing]")) >= 1
    page.click("[data-pause-all]")
    student.page.wait_for_selector("[data-do=day]:enabled")
    page.wait_for_selector("[data-count=playing]:text-is('0')")


def test_nobody_commands_without_the_password(enter: Enter) -> None:
    student = enter()
    student.do("play")
    student.await_day(2)
    teacher = enter("?lang=en&teacher", teacher=True)
    teacher.page.evaluate("() => document.querySelector('.fj-sheet').__vue__.pause(1)")
    teacher.page.fill("#password", "wrong")
    teacher.page.click("[data-enter]")
    teacher.page.wait_for_selector(".fj-problem")  # answered in turn: she was heard before
    student.await_day(student.day() + 3)


def test_an_opened_scenario_says_when_its_policies_are_in_force(enter: Enter) -> None:
    content = b"""region: brook
residents: 800
policies:
- {id: gatekeeping, levers: {strictness: 0.5}, start: 2023-01-03, end: 2023-01-05}
- {id: gatekeeping, levers: {strictness: 0.75}, start: 2023-01-06, end: 2023-01-07}
"""
    visit = enter()
    run = visit.runs()
    visit.page.click("[data-setup]")
    file = {"name": "mine.yaml", "mimeType": "application/yaml", "buffer": content}
    visit.page.set_input_files(".fj-file input", files=[file])
    visit.await_run(run + 1)
    visit.page.click("[data-group=path]")
    gate = "[data-policy=gatekeeping]"
    for day, when, strength in (
        (0, "Comes into force on 3 January 2023", "50%"),
        (2, "In force since 3 January 2023", "50%"),
        (4, "Comes into force on 6 January 2023", "75%"),
        (6, "Ended on 7 January 2023", "75%"),
    ):
        while visit.day() < day:
            before = visit.day()
            visit.do("day")
            visit.await_day(before + 1)
        visit.page.wait_for_selector(f"{gate} .fj-since:text-is('{when}')")
        assert visit.page.inner_text(f"{gate} output") == strength
