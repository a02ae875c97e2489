"""A classroom: thirty visitors at once, eight of them playing."""

from collections.abc import Iterator
from typing import Any

import psutil
import pytest
from playwright.sync_api import Browser

VISITORS, PLAYING, RESIDENTS = 30, 8, 5_000
SMALL_WINDOW = {"width": 720, "height": 480}  # thirty are drawn by one browser
# Two minutes with 20,000 residents each (docs/page.md) showed nothing that this does not.
PLAYED = 4  # days that everybody sees at least
MEGABYTE = 2**20
READY = "[data-busy=false] [data-date]:not(:empty)"
PATIENT_MS = 600_000  # thirty at once on a machine that others use, too


@pytest.fixture
def classroom(start: Any) -> Iterator[Any]:
    server = start("tongliang", "--lang", "en", "--visitors", str(VISITORS))
    yield server
    server.close()


def memory_mb(pid: int) -> float:
    """Of the server, the only child of `fenji ui` that lasts."""
    (child,) = psutil.Process(pid).children()
    return float(child.memory_info().rss) / MEGABYTE


def test_thirty_visitors_of_whom_eight_play(browser: Browser, classroom: Any, watch: Any) -> None:
    context = browser.new_context(viewport=SMALL_WINDOW)
    visits = [watch(context.new_page(), classroom.address) for _ in range(VISITORS)]
    for seed, visit in enumerate(visits, start=1):
        address = f"{visit.address}?residents={RESIDENTS}&seed={seed}"
        visit.page.set_default_timeout(PATIENT_MS)
        visit.page.goto(address, wait_until="commit")  # all arrive at once
    for visit in visits:
        visit.page.wait_for_selector(READY)
    players = visits[:PLAYING]
    for visit in players:
        visit.page.select_option(".fj-transport select", "4")
        visit.do("play")
    for visit in players:
        visit.await_day(3)
    before, days = memory_mb(classroom.pid), [visit.day() for visit in players]
    for visit, day in zip(players, days, strict=True):
        visit.await_day(day + PLAYED)
    after = memory_mb(classroom.pid)
    passed = [visit.day() - day for visit, day in zip(players, days, strict=True)]
    assert max(passed) <= 3 * min(passed) + 5, "everybody has a fair share of the machine"
    assert after < before + 100
    resting = visits[-1]
    resting.do("day")
    resting.await_day(1)
    refused = watch(context.new_page(), classroom.address)
    refused.open("", "[data-notice]")
    assert "full" in refused.page.inner_text("[data-notice]")
    for visit in players:
        visit.do("play")
        visit.page.wait_for_selector("[data-do=day]:enabled")
    context.close()
    for visit in [*visits, refused]:
        assert visit.errors == []
        assert visit.outside == []
    print(f"{before:.0f} to {after:.0f} MB, days {passed}")
