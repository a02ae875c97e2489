"""One server and one Chromium for all tests of the page; every visit is watched."""

import importlib.util
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

SMALL = "?lang=en&region=brook&seed=3"
# Nothing on the page changes by itself any more.
STILL = "[data-busy=false]"
READY = f"{STILL} [data-date]:not(:empty)"
START = "The page: "
READY_MS = 180_000  # only a page that never gets there is a fault, however slow the machine
END_S = 120


def find_browser() -> str | None:
    """As `make test` finds it."""
    file = Path(__file__).with_name("bring_browser.py")
    spec = importlib.util.spec_from_file_location("bring_browser", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: str | None = module.find_browser()
    return found


class Server:
    """`fenji ui` on a free port."""

    def __init__(self, *options: str) -> None:
        fenji = Path(sys.executable).with_name("fenji")
        command = [str(fenji), "ui", "--port", "0", "--no-open", *options]
        self._process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            env={**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1"},
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line.startswith(START), line
        self.address = line.removeprefix(START).split()[0]

    @property
    def pid(self) -> int:
        return self._process.pid

    def close(self) -> None:
        self._process.send_signal(signal.SIGTERM)
        self._process.communicate(timeout=END_S)


class Visit:
    """A page in the browser, and what went wrong on it."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.address = page, address
        self.outside: list[str] = []
        self.errors: list[str] = []
        page.set_default_timeout(READY_MS)
        page.on("request", lambda request: self._watch(request.url))
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def open(self, search: str = SMALL, ready: str = READY) -> "Visit":
        self.page.goto(self.address + search)
        self.page.wait_for_selector(ready)
        return self

    def do(self, *buttons: str) -> None:
        for button in buttons:
            self.page.click(f"[data-do={button}]")

    def day(self) -> int:
        """Counted days passed, as the page says."""
        return int(self.page.inner_text("[data-passed]").split()[1])

    def await_day(self, day: int) -> None:
        shown = "Number(document.querySelector('[data-passed]').textContent.match(/\\d+/)[0])"
        self.page.wait_for_function(f"day => {shown} >= day", arg=day)

    def await_still(self) -> None:
        """Wait until nothing passes any more; what began it must show already."""
        self.page.wait_for_selector(STILL)

    def runs(self) -> int:
        """Models built for this visitor."""
        return int(self.page.get_attribute("[data-runs]", "data-runs") or 0)

    def await_run(self, number: int) -> None:
        """Wait until so many models have been built and the last stands at its first day."""
        self.page.wait_for_selector(f"{STILL}[data-runs='{number}']")

    def await_heard(self) -> None:
        """Wait until the server has answered all that the page has told it: it answers in turn."""
        other = self.page.locator("[data-figure][aria-pressed=false]").first
        name = other.get_attribute("data-figure")
        other.click()
        self.page.wait_for_selector(f"[data-figure={name}][aria-pressed=true]")

    def figures(self) -> dict[str, str]:
        """The key figures as they are written, once nothing moves them any more."""
        self.await_still()
        cards = self.page.locator("[data-figure]")
        return {
            str(card.get_attribute("data-figure")): card.locator("[data-value]").inner_text()
            for card in cards.all()
        }

    def _watch(self, url: str) -> None:
        inside = urlsplit(self.address).netloc
        if (
            urlsplit(url).scheme in ("http", "https", "ws", "wss")
            and urlsplit(url).netloc != inside
        ):
            self.outside.append(url)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.errors.append(message.text)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    found = find_browser()
    assert found, "no Chromium: run tests/browser/bring_browser.py, which says what to install"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    running = Server("brook", "--lang", "en", "--password", "chalk")
    yield running
    running.close()


@pytest.fixture(scope="session")
def start() -> type[Server]:
    """Starts a server of one's own."""
    return Server


@pytest.fixture(scope="session")
def watch() -> type[Visit]:
    """Watches a page that a test opens itself."""
    return Visit


@pytest.fixture
def enter(browser: Browser, server: Server) -> Iterator[Callable[..., Visit]]:
    """Opens the page as a new visitor; at the end nothing may have gone wrong on any."""
    visits: list[Visit] = []

    def visit(search: str = SMALL, teacher: bool = False) -> Visit:
        context = browser.new_context(viewport={"width": 1280, "height": 720})
        visits.append(Visit(context.new_page(), server.address))
        return visits[-1].open(search, "#password" if teacher else READY)

    yield visit
    for one in visits:
        one.page.context.close()
        assert one.outside == []
        assert one.errors == []
