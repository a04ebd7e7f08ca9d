"""The system's Chromium, driven by Playwright: nothing is downloaded and nothing outside this machine is asked."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Frame, Locator, Page, expect, sync_playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

expect.set_options(timeout=60_000)  # milliseconds; five seconds are not enough for a machine that does other things

PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 900}


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless browser; skips with a reason where there is none."""
    path = next((found for name in _NAMES if (found := shutil.which(name))), None)
    if path is None:
        pytest.skip("no Chromium on this machine (Debian: chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=_ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def another(browser: Browser, *arguments: str) -> Iterator[Browser]:
    """One more browser of the same kind, started with these arguments."""
    path = next(filter(None, map(shutil.which, _NAMES)))
    started = browser.browser_type.launch(executable_path=path, args=[*_ARGUMENTS, *arguments])
    try:
        yield started
    finally:
        started.close()


def watched(page: Page) -> list[str]:
    """From now on, everything that the page complains about: errors, refused content, failed requests.

    What was still on its way when the page was left is no failure.
    """
    complaints: list[str] = []
    page.on(
        "console", lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "requestfailed",
        lambda request: complaints.append(f"{request.url} failed") if request.failure != "net::ERR_ABORTED" else None,
    )
    return complaints


def follow(what: Locator) -> None:
    """Click it, and look at nothing before the page it leads to has loaded."""
    what.click()
    what.page.wait_for_load_state()


def overflows(page: Page | Frame) -> bool:
    """Whether the page is wider than the window."""
    page.wait_for_load_state()
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))
