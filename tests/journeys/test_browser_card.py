"""A badge travels: it stands within a page of another, a link to it shows a picture, and the company's door is open."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.axe import serious
from tests.journeys.browser import DESKTOP, PHONE, follow, overflows, watched
from tests.journeys.conftest import Company

pytestmark = [
    pytest.mark.browser,
    pytest.mark.peer,  # axe-core comes with the peers
    # Playwright's own event loop leaves its pipes to the garbage collector.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
PICTURES = os.environ.get("GUILDMARK_TEST_PICTURES")
HOLDER = "ليلى الحدّاد"


@pytest.fixture(scope="module")
def badge(brightmoor: Company) -> dict[str, Any]:
    return brightmoor.issue_one(HOLDER, "first-aider")


def keep(page: Page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=str(Path(PICTURES) / f"card-{name}.png"), full_page=True)


@contextmanager
def hosted(*frames: str) -> Iterator[str]:
    """The address of a page of another origin that holds these frames. A real server: a browser lets no page that came
    from nowhere look into this machine."""
    html = f'<!doctype html><html lang="en"><title>Ada’s pages</title><h1>My badges</h1>{"".join(frames)}</html>'

    class Blog(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(html.encode())

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Blog) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/about"
        server.shutdown()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_page_of_another_shows_the_badge_and_cannot_frame_its_page(
    browser: Browser, brightmoor: Company, badge: dict[str, Any], scheme: Any
) -> None:
    page = browser.new_page(viewport=DESKTOP, color_scheme=scheme)
    page.goto(badge["url"])
    code = page.get_by_label("HTML for a page of yours").input_value()
    narrow = code.replace('width="480" height="204"', 'width="280" height="236"')
    with hosted(code, narrow, f'<iframe name="whole" src="{badge["url"]}"></iframe>') as blog:
        page.goto(blog)
        for number in (0, 1):
            frame = page.frame_locator("iframe").nth(number)
            expect(frame.get_by_text("Valid", exact=True)).to_be_visible()
            expect(frame.get_by_text(HOLDER)).to_be_visible()
            inner = page.frames[number + 1]
            assert inner.evaluate("document.documentElement.scrollHeight <= window.innerHeight"), "all of it fits"
        expect(page.frame_locator("iframe").nth(2).get_by_text(HOLDER)).to_have_count(0)
        keep(page, f"embedded-{scheme}")
        with page.context.expect_page() as opened:
            page.frame_locator("iframe").first.get_by_role("link", name="See the proof").click()
        expect(opened.value).to_have_url(badge["url"])
        assert opened.value.evaluate("window.opener") is None
    page.goto(f"{badge['url']}/embed")
    assert serious(page) == []
    assert brightmoor.base_url in page.url
    page.context.close()


def test_a_shared_link_shows_its_picture(browser: Browser, brightmoor: Company, badge: dict[str, Any]) -> None:
    page = browser.new_page(viewport=PHONE)
    complaints = watched(page)
    page.goto(badge["url"])
    told = page.locator('meta[property="og:image"]').get_attribute("content")
    assert told == f"{badge['url']}/card.png"
    shown = page.get_by_role("figure").get_by_role("img")
    shown.scroll_into_view_if_needed()
    expect(shown).to_have_js_property("complete", True)
    assert (shown.evaluate("one => one.naturalWidth"), shown.evaluate("one => one.naturalHeight")) == (1200, 630)
    assert not overflows(page)
    assert complaints == []
    assert serious(page) == []
    keep(page, "credential-phone")
    if PICTURES:
        (Path(PICTURES) / "card-itself.png").write_bytes(brightmoor.get(told.removeprefix(brightmoor.base_url)).content)
    page.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_the_start_page_verifies_a_badge_by_its_link(
    browser: Browser, brightmoor: Company, badge: dict[str, Any], size: dict[str, int], scheme: Any
) -> None:
    context = browser.new_context(viewport=size, color_scheme=scheme, java_script_enabled=scheme == "light")
    page = context.new_page()
    page.goto(brightmoor.base_url)
    expect(page.get_by_role("heading", level=1)).to_have_text("Brightmoor Systems")
    expect(page.get_by_role("link", name="First aid at work")).to_be_visible()
    keep(page, f"start-{'phone' if size is PHONE else 'desktop'}-{scheme}")
    if scheme == "light":
        assert not overflows(page)
        assert serious(page) == []
    page.get_by_label("Link to the badge").fill(badge["url"])
    follow(page.get_by_role("button", name="Verify"))
    assert "Valid" in page.locator("main").inner_text()[:200]
    context.close()
