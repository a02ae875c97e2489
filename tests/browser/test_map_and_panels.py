"""The map and its panels in a browser: what is drawn, moved, chosen, told and saved."""

import struct
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Browser, Page

Enter = Callable[..., Any]
MAP = "document.querySelector('.fj-region-map')"
READY_MS = 180_000
LOOK = "() => { const m = " + MAP + ".regionMap; return "


def look(page: Page, what: str) -> object:
    """A value of the map, `m`."""
    return page.evaluate(LOOK + what + " }")


def await_map(page: Page) -> None:
    page.wait_for_function(MAP + " && Number(" + MAP + ".dataset.paints) > 0")


def find(page: Page, name: str) -> None:
    page.fill(".fj-map-search", name)
    page.press(".fj-map-search", "Enter")
    page.wait_for_selector(".fj-panel header")


def title(page: Page) -> str:
    return page.inner_text(".fj-panel h2")


def test_the_map_is_drawn_and_follows_the_days(enter: Enter) -> None:
    page = enter().page
    await_map(page)
    day = look(page, "m.frame.day")
    colours = look(
        page,
        "new Set(new Uint32Array(m.context.getImageData(0, 0, m.canvas.width, m.canvas.height)"
        ".data.buffer)).size",
    )
    assert colours > 50
    assert look(page, "m.frame.flow_to.length") > 5
    page.click("[data-do=week]")
    page.wait_for_function(f"{MAP}.dataset.day == {day + 7}")


def test_it_zooms_and_pans_by_hand_and_by_key(enter: Enter) -> None:
    page = enter().page
    await_map(page)
    assert look(page, "m.view.zoom") == 1
    page.click(".fj-map-zoom-in")
    assert look(page, "m.view.zoom") > 1.4
    page.focus(".fj-map-canvas")
    page.keyboard.press("-")
    east = look(page, "m.view.east")
    page.keyboard.press("ArrowRight")
    assert look(page, "m.view.east") > east
    box = page.locator(".fj-map-canvas").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 60, box["y"] + 200)
    page.mouse.wheel(0, -240)
    page.wait_for_function(MAP + ".regionMap.view.zoom > 1.5")
    before = look(page, "m.view.north")
    page.mouse.down()
    page.mouse.move(box["x"] + 60, box["y"] + 260, steps=4)
    page.mouse.up()
    assert look(page, "m.view.north") > before
    page.keyboard.press("0")
    assert look(page, "m.view.zoom") == 1


def test_a_facility_is_told_and_let_go(enter: Enter) -> None:
    page = enter().page
    await_map(page)
    row = look(page, "m.layout.facilities.en.indexOf('Mill Town Hospital')")
    x, y = look(page, f"[m.at[2 * {row}], m.at[2 * {row} + 1]]")
    canvas = page.locator(".fj-map-canvas")
    canvas.hover(position={"x": x, "y": y})
    page.wait_for_selector(".fj-map-tip:has-text('Mill Town Hospital')")
    canvas.click(position={"x": x, "y": y})
    page.wait_for_selector(".fj-panel svg")
    assert title(page) == "Mill Town Hospital"
    page.wait_for_function(MAP + ".regionMap.chosen?.flow_to.length > 0")
    assert set(look(page, "[...m.chosen.flow_to]")) == {row}
    canvas.focus()
    page.keyboard.press("Escape")
    page.wait_for_selector(".fj-panel", state="detached")


def test_a_patient_says_why(enter: Enter) -> None:
    visit = enter()
    page = visit.page
    await_map(page)
    visit.do("week")
    visit.await_day(7)
    visit.await_still()
    find(page, "Mill Town")
    assert title(page) == "Mill Town"
    listed = page.locator("[data-choose^='patient:']")
    listed.first.wait_for()
    side = "document.querySelector('.fj-side')"
    page.evaluate(f"{side}.scrollTop = 200")
    went = listed.first.locator("b").inner_text()
    listed.first.click()
    page.wait_for_selector(".fj-weighing")
    page.wait_for_function(f"{side}.scrollTop == 0")
    assert went in page.inner_text(".fj-verdict")
    assert went in page.inner_text(".fj-weighing .fj-chosen")
    assert page.locator(".fj-bars i").count() > 10
    assert page.locator(".fj-bills tr").count() > 6
    page.click(".fj-back")
    page.wait_for_function("document.querySelector('.fj-panel h2').textContent == 'Mill Town'")


def test_who_is_pointed_at_stays_while_days_pass(enter: Enter) -> None:
    """A click opens the row that was read, not the one that a new day would put in its place."""
    visit = enter()
    page = visit.page
    await_map(page)
    find(page, "Mill Town")
    first = page.locator("[data-choose^='patient:']").first
    first.hover()
    patient, who, went = (
        first.get_attribute("data-choose"),
        first.locator("span").inner_text(),
        first.locator("b").inner_text(),
    )
    page.evaluate("document.querySelector('.fj-transport').__vue__.act({do: 'step', days: 7})")
    visit.await_day(7)
    visit.await_still()
    told = "document.querySelector('.fj-panel').__vue__.html"
    page.wait_for_function(f'patient => !{told}.includes(`"${{patient}}"`)', arg=patient)
    assert first.get_attribute("data-choose") == patient
    page.mouse.down()
    page.mouse.up()
    page.wait_for_selector(".fj-weighing")
    assert who.split(":")[0] in title(page)
    assert went in page.inner_text(".fj-verdict")
    page.click(".fj-back")
    page.mouse.move(0, 0)
    page.wait_for_selector("[data-choose^='patient:']")
    assert first.get_attribute("data-choose") != patient


def test_the_keyboard_stays_on_its_row_while_days_pass(enter: Enter) -> None:
    visit = enter()
    page = visit.page
    await_map(page)
    find(page, "Mill Town")
    row = page.locator(".fj-ranked [data-choose^='facility:']").last
    chosen = row.get_attribute("data-choose")
    row.focus()
    before = page.inner_html(".fj-panel")
    page.evaluate("document.querySelector('.fj-transport').__vue__.act({do: 'step', days: 7})")
    visit.await_day(7)
    visit.await_still()
    page.wait_for_function(
        "before => document.querySelector('.fj-panel').innerHTML != before", arg=before
    )
    page.wait_for_function("chosen => document.activeElement.dataset.choose == chosen", arg=chosen)


def test_it_speaks_chinese(enter: Enter) -> None:
    page = enter("?lang=zh&region=brook&seed=3").page
    await_map(page)
    find(page, "磨坊镇医院")
    assert title(page) == "磨坊镇医院"
    assert look(page, "m.words.tiers[3]") == "三级医院"


def test_the_picture_is_saved(enter: Enter) -> None:
    page = enter().page
    await_map(page)
    with page.expect_download() as saving:
        page.click(".fj-map-picture")
    assert saving.value.suggested_filename.endswith(".png")
    content = saving.value.path().read_bytes()
    assert content.startswith(b"\x89PNG")
    size = struct.unpack(">II", content[16:24])
    assert list(size) == look(page, "[m.canvas.width, m.canvas.height]")


def test_it_is_sharp_on_a_fine_screen(browser: Browser, enter: Enter) -> None:
    address = enter().page.url
    context = browser.new_context(viewport={"width": 1280, "height": 720}, device_scale_factor=2)
    context.set_default_timeout(READY_MS)
    page = context.new_page()
    page.goto(address)
    await_map(page)
    page.wait_for_function(f"{MAP}.regionMap.canvas.width == 2 * {MAP}.clientWidth")
    page.set_viewport_size({"width": 1920, "height": 1080})
    page.wait_for_function(f"{MAP}.regionMap.canvas.width == 2 * {MAP}.clientWidth")
    context.close()
