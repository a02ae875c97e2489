"""A classroom: thirty visitors at once, eight of them playing."""

from collections.abc import Iterator
from typing import Any

import psutil
import pytest
from playwright.sync_api import Browser

VISITORS, PLAYING, RESIDENTS = 30, 8, 20_000
PLAY_S = 20  # two minutes, by hand, gave the same picture
MEGABYTE = 2**20


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
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    visits = [watch(context.new_page(), classroom.address) for _ in range(VISITORS)]
    for seed, visit in enumerate(visits, start=1):
        visit.open(f"?residents={RESIDENTS}&seed={seed}")
    players = visits[:PLAYING]
    for visit in players:
        visit.page.select_option(".fj-transport select", "4")
        visit.do("play")
    for visit in players:
        visit.await_day(3)
    before, days = memory_mb(classroom.pid), [visit.day() for visit in players]
    visits[-1].page.wait_for_timeout(1000 * PLAY_S)
    after = memory_mb(classroom.pid)
    passed = [visit.day() - day for visit, day in zip(players, days, strict=True)]
    assert min(passed) >= PLAY_S // 5
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
