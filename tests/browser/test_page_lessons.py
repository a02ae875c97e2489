"""A lesson from start to end and a comparison, in a real browser, by keyboard where it matters."""

import csv
import io
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

Enter = Callable[..., Any]
RUN_MS = 600_000  # only runs that never end are a fault, however slow the machine
FEW_PEOPLE = "?lang=en&region=brook&residents=500&seed=3"


def test_a_lesson_from_start_to_end(enter: Enter) -> None:
    page = enter().page
    page.get_by_role("button", name="Lessons", exact=True).click()
    page.click("[data-lesson=price_lever]")
    page.wait_for_selector("[data-open=price_lever]")
    page.wait_for_selector(".fl-run .fc-main:has-text('This is my prediction')")
    page.focus(".fl-slider input")
    for _ in range(3):
        page.keyboard.press("ArrowLeft")
    page.wait_for_selector(".fl-run .fc-main:text-is('Run the model')")
    predicted = page.inner_text(".fl-slider output")
    page.focus(".fl-run .fc-main")
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-found]", timeout=RUN_MS)
    assert f"You predicted {predicted}" in page.inner_text("[data-found]")
    assert page.locator("[data-found] svg text").count() > 4
    assert page.locator(".fl-points li").count() == 4

    page.fill(".fl-number", "1")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=Not yet.")
    text = page.inner_text("main section:has(form)")
    fund, fund_gap, cash, cash_gap = (
        float(n.replace(",", ""))
        for pair in re.findall(r": ([\d,]+) before, ([\d,]+) after", text)
        for n in pair
    )
    page.fill(".fl-number", f"{100 * (cash_gap - cash) / (fund - fund_gap):.0f}")
    page.keyboard.press("Enter")
    page.wait_for_selector(".fl-verdict.right")
    assert page.locator(".fl-class tr.own").count() == 1

    page.get_by_role("button", name="中文").click()
    page.wait_for_selector("text=价格杠杆及其局限")
    page.wait_for_selector("[data-found]:has-text('你的预测')")
    page.get_by_role("button", name="课程", exact=True).click()
    page.wait_for_selector("[data-lesson=price_lever]:has-text('✓')")


def test_two_policies_side_by_side(enter: Enter) -> None:
    page = enter(FEW_PEOPLE).page
    page.get_by_role("button", name="Compare", exact=True).click()
    page.wait_for_selector(".fc-side fieldset")
    door = page.locator(".fc-1 label:has-text('Hospitals refuse the unreferred') input")
    door.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function(
        "document.querySelectorAll('.fc-1 output')[1].textContent.trim() === '1'"
    )
    pairs = page.locator(".fc-bar input[type=range]")
    pairs.focus()
    page.keyboard.press("Home")
    page.wait_for_function("document.querySelector('.fc-bar output').textContent === '2'")
    page.get_by_role("button", name="Compare", exact=True).last.click()
    page.wait_for_selector(".fc-bar:has-text('6 runs, done')", timeout=RUN_MS)
    assert page.locator(".fc-chart svg path").count() == 3
    assert "First contact at primary care" in page.inner_text(".fc-chart")
    command = page.inner_text(".fc-take code")
    assert command.startswith("fenji compare brook reimbursement_gradient gatekeeping:")
    link = page.get_attribute(".fc-take a", "href")
    lines = unquote(link.partition(",")[2]).splitlines()
    assert lines[0] == f"# {command}"
    rows = {
        (row["policy"], row["indicator"]): row
        for row in csv.DictReader(io.StringIO("\n".join(lines[1:])))
    }
    closed = [row for (policy, _), row in rows.items() if policy.startswith("gatekeeping")]
    first = next(row for row in closed if row["indicator"] == "first_contact_primary_share")
    assert float(first["difference"]) > 0.1
    page.click(".fj-tabs button:has-text('Explore')")
    page.wait_for_selector(".fj-explore")
    page.click(".fj-tabs button:has-text('Compare')")
    page.wait_for_selector(".fc-bar:has-text('6 runs, done')")
