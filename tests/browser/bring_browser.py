"""Bring what the browser tests need: a Chromium that starts, and a font with Chinese characters.

What is there is used. Else Playwright's own Chromium is fetched, else, as root on Debian or Ubuntu,
the packages; if neither works, this says what to install and ends with 1.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.fonts", "~/.local/share/fonts")
CHINESE = ("cjk", "wqy", "droidsansfallback", "hansans", "hanserif", "sourcehan", "sc-regular")
FONT_PACKAGE = "fonts-wqy-microhei"
START_S = 60
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", "about:blank")


def find_browser() -> str | None:
    """A Chromium that starts: Playwright's own, else one on the path."""
    for candidate in (_of_playwright(), *map(shutil.which, NAMES)):
        if candidate and Path(candidate).is_file() and _starts(candidate):
            return candidate
    return None


def find_font() -> str | None:
    """A font with Chinese characters."""
    if shutil.which("fc-list"):
        listed = subprocess.run(["fc-list", ":lang=zh", "file"], capture_output=True, text=True)
        return next(iter(listed.stdout.split(":")), "").strip() or None
    for folder in FONT_FOLDERS:
        for file in Path(folder).expanduser().rglob("*.[to]t[cf]"):
            if any(part in file.name.lower().replace("_", "") for part in CHINESE):
                return str(file)
    return None


def bring() -> list[str]:
    """Install what is missing if that is possible; what is missing still."""
    missing = []
    if find_browser() is None:
        _try([sys.executable, "-m", "playwright", "install", "chromium"])
    if find_browser() is None:
        _try_packages("chromium")
    if find_browser() is None:
        missing.append("a Chromium that starts (Debian, Ubuntu: apt-get install chromium)")
    if find_font() is None:
        _try_packages(FONT_PACKAGE)
    if find_font() is None:
        missing.append(f"a font with Chinese (Debian, Ubuntu: apt-get install {FONT_PACKAGE})")
    return missing


def _of_playwright() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        return playwright.chromium.executable_path


def _starts(browser: str) -> bool:
    try:
        run = subprocess.run([browser, *FLAGS], capture_output=True, timeout=START_S)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return run.returncode == 0


def _try_packages(*packages: str) -> None:
    if hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get"):
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        _try(["apt-get", "-qq", "update"], quiet)
        _try(["apt-get", "-qq", "install", "-y", "--no-install-recommends", *packages], quiet)


def _try(command: list[str], environment: dict[str, str] | None = None) -> None:
    print("Trying:", " ".join(command), file=sys.stderr)
    subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, stdout=sys.stderr)


if __name__ == "__main__":
    lacking = bring()
    for thing in lacking:
        print(f"The browser tests need {thing}.", file=sys.stderr)
    sys.exit(bool(lacking))
