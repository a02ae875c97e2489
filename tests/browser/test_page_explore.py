"""The page Explore in a real browser: it loads, days pass, policies move figures, languages."""

from collections.abc import Callable
from typing import Any

import pytest

Enter = Callable[..., Any]
# What must be readable in full.
WHOLE = (
    ".fj-top h1, .fj-tabs button, .fj-transport > *, .fj-figure h3, .fj-figure p, .fj-figure span"
)


def number(text: str) -> float:
    return float(text.replace(",", "").replace("%", "").strip())


def test_page_loads_and_shows_everything(enter: Enter) -> None:
    visit = enter()
    assert len(visit.figures()) == 5
    assert all(text != "–" for text in visit.figures().values())
    assert visit.page.locator(".fj-map canvas").count() > 0
    assert visit.page.locator("[data-chart] svg").count() == 3
    assert visit.page.title() == "fenji"


def test_days_are_stepped_played_paused_and_reset(enter: Enter) -> None:
    visit = enter()
    assert visit.day() == 0
    at_start = visit.figures()
    visit.do("day")
    visit.await_day(1)
    visit.do("week")
    visit.await_day(8)
    assert visit.page.inner_text("[data-date]") == "9 January 2023"
    visit.do("play")
    visit.await_day(12)
    visit.do("play")
    visit.page.wait_for_selector("[data-do=day]:enabled")
    visit.await_still()
    paused = visit.day()
    visit.do("day")
    visit.await_day(paused + 1)
    visit.await_still()
    assert visit.day() == paused + 1, "nothing passed while it was paused"
    run = visit.runs()
    visit.do("reset")
    visit.await_run(run + 1)
    assert visit.day() == 0
    assert visit.figures() == at_start


def test_days_that_are_asked_for_while_others_pass_are_added(enter: Enter) -> None:
    visit = enter()
    visit.do("week", "week", "day")
    visit.await_day(15)
    visit.await_still()
    assert visit.day() == 15


def test_a_policy_moves_its_figure_and_a_slider_moves_it_further(enter: Enter) -> None:
    visit = enter()
    page = visit.page
    page.click("[data-group=path]")
    page.check("[data-policy=gatekeeping] .fj-policy-head input")
    page.wait_for_selector("[data-policy=gatekeeping] [data-lever=strictness]")
    page.check("[data-policy=gatekeeping] .fj-check input")
    for week in range(1, 6):
        visit.do("week")
        visit.await_day(7 * week)
    page.wait_for_selector("[data-figure=primary_share] .better")
    closed = number(visit.figures()["primary_share"])
    page.uncheck("[data-policy=gatekeeping] .fj-check input")
    page.locator("[data-policy=gatekeeping] [data-lever=strictness]").fill("0")
    page.wait_for_selector("text=In force since 5 February 2023")
    visit.await_heard()
    assert not page.is_checked("[data-policy=gatekeeping] .fj-check input")
    assert page.inner_text("[data-policy=gatekeeping] output") == "0%"
    for week in range(6, 11):
        visit.do("week")
        visit.await_day(7 * week)
    assert number(visit.figures()["primary_share"]) < closed


def test_keys_do_what_buttons_do(enter: Enter) -> None:
    visit = enter()
    visit.page.keyboard.press("ArrowRight")
    visit.await_day(1)
    visit.page.keyboard.press("Shift+ArrowRight")
    visit.await_day(8)
    visit.page.keyboard.press("Space")
    visit.await_day(10)
    visit.page.keyboard.press("Space")
    visit.page.wait_for_selector("[data-do=day]:enabled")
    visit.await_still()
    visit.page.focus("[data-do=day]")
    before = visit.day()
    visit.page.keyboard.press("Enter")
    visit.await_day(before + 1)


def test_language_is_switched_and_both_are_always_offered(enter: Enter) -> None:
    visit = enter()
    page = visit.page
    page.click(".fj-tongues [lang=zh]")
    page.wait_for_selector("h1:has-text('分级诊疗')")
    assert page.inner_text(".fj-tongues").split() == ["English", "中文"]
    page.wait_for_selector("text=播放")
    assert "Play" not in page.inner_text("body")
    page.click(".fj-tongues [lang=en]")
    page.wait_for_selector("h1:has-text('fenji')")


def test_an_assumption_waits_for_the_reset(enter: Enter) -> None:
    visit = enter()
    page = visit.page
    page.click("[data-tab=parameters]")
    page.locator("[data-parameter='choice.b_time'] input").fill("0.08")
    page.wait_for_selector("[data-apply]")
    run = visit.runs()
    page.click("[data-apply]")
    visit.await_run(run + 1)
    page.wait_for_selector("text=Changes from the baseline: 1")
    page.wait_for_selector("[data-figure=primary_share] :text('vs baseline')")


def test_another_region_is_built(enter: Enter) -> None:
    visit = enter()
    page = visit.page
    page.click("[data-setup]")
    page.select_option("select[name=region]", "national")
    page.fill("input[name=residents]", "2000")
    run = visit.runs()
    page.click("[data-build]")
    page.wait_for_selector("text=2,000 residents")
    visit.await_run(run + 1)
    visit.do("day")
    visit.await_day(1)


@pytest.mark.parametrize("search", ["?lang=en&region=/etc", "?lang=en&policy=gatekeeping:x=1"])
def test_a_wrong_address_is_told(enter: Enter, search: str) -> None:
    visit = enter(search)
    assert "changed nothing" in visit.page.inner_text("[data-notice]")
    visit.page.click("[data-notice] button")
    visit.page.wait_for_selector("[data-notice]", state="detached")


def test_messages_that_no_button_sends_change_nothing(enter: Enter) -> None:
    visit = enter()
    before = visit.figures()
    visit.page.evaluate(
        """() => {
            const drawer = document.querySelector('.fj-drawer').__vue__;
            const time = document.querySelector('.fj-transport').__vue__;
            drawer.set({policy: 'gatekeeping', levers: {strictness: 1e300}});
            drawer.set({policy: '__class__', levers: {}});
            drawer.set('nothing');
            drawer.assume({path: 'choice.b_time', value: 'NaN'});
            drawer.build({region: '../..', residents: 1e12, seed: -1});
            drawer.load({name: 'x', text: 'a: &a [*a]'});
            time.act({do: 'step', days: 100000});
            time.act({do: 'speed', speed: 1e9});
        }"""
    )
    visit.page.wait_for_selector(".fj-problem")
    visit.await_heard()
    assert visit.day() == 0
    assert visit.figures() == before


@pytest.mark.parametrize("size", [(1280, 720), (1920, 1080)])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_nothing_is_cut_off(enter: Enter, size: tuple[int, int], language: str) -> None:
    visit = enter(f"?lang={language}&region=tongliang&residents=3000")
    page = visit.page
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.click("[data-group=path]")
    page.check("[data-policy=gatekeeping] .fj-policy-head input")
    for week in range(1, 5):
        visit.do("week")
        visit.await_day(7 * week)
    page.wait_for_selector("[data-figure=fund_balance] .better")
    visit.await_still()
    cut = page.evaluate(
        """whole => [...document.querySelectorAll(whole)]
          .filter((e) => getComputedStyle(e).display !== "inline")
          .filter((e) => e.scrollWidth > e.clientWidth + 1)
          .map((e) => e.textContent)""",
        WHOLE,
    )
    assert cut == []
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    assert page.evaluate("document.documentElement.scrollHeight") <= size[1]
