"""What a stranger does in a browser: opens a badge's page on a phone, scans its code, checks a file."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Browser

from tests.journeys.browser import DESKTOP, PHONE, follow, overflows, watched
from tests.journeys.conftest import Company

pytestmark = [
    pytest.mark.browser,
    # Playwright's own event loop leaves its pipes to the garbage collector.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture(scope="module")
def badge(brightmoor: Company, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("badge")
    issued = brightmoor.issue_one("ليلى الحدّاد", "first-aider", "--output", str(folder))
    files = {path.name.partition(issued["id"][:8])[2]: path for path in folder.iterdir()}
    return {**issued, "files": files}


@pytest.mark.parametrize(
    ("size", "scheme"),
    [
        pytest.param(PHONE, "light", id="phone", marks=pytest.mark.road),
        pytest.param(DESKTOP, "dark", id="desktop-dark"),
    ],
)
def test_the_page_of_a_badge_says_at_once_how_it_stands(
    browser: Browser, badge: dict[str, Any], size: dict[str, int], scheme: Any
) -> None:
    page = browser.new_page(viewport=size, color_scheme=scheme)
    complaints = watched(page)
    page.goto(badge["url"])
    assert "Valid" in page.locator("main").inner_text()[:200]
    assert page.get_by_text("ليلى الحدّاد").first.is_visible()
    assert page.locator("h1").inner_text() == "First aider"
    assert not overflows(page)
    assert complaints == []
    page.close()


def test_the_code_on_the_page_leads_back_to_it(browser: Browser, badge: dict[str, Any]) -> None:
    page = browser.new_page(viewport=DESKTOP, device_scale_factor=2)
    page.goto(badge["url"])
    shot = Image.open(io.BytesIO(page.screenshot(full_page=True)))
    codes = [code.text for code in zxingcpp.read_barcodes(shot)]
    assert codes == [badge["url"]]
    page.close()


@pytest.mark.parametrize("suffix", [".json", ".jwt", pytest.param(".png", marks=pytest.mark.road), ".svg"])
def test_a_file_is_verified(browser: Browser, brightmoor: Company, badge: dict[str, Any], suffix: str) -> None:
    page = browser.new_page(viewport=PHONE)
    complaints = watched(page)
    page.goto(f"{brightmoor.base_url}/verify")
    page.set_input_files("input[type=file]", badge["files"][suffix])
    follow(page.get_by_role("button", name="Verify"))
    assert "Valid" in page.locator("main").inner_text()[:200]
    assert not overflows(page)
    assert complaints == []
    page.close()


def test_a_dropped_file_is_verified(browser: Browser, brightmoor: Company, badge: dict[str, Any]) -> None:
    page = browser.new_page(viewport=DESKTOP)
    page.goto(f"{brightmoor.base_url}/verify")
    token = badge["files"][".jwt"].read_text(encoding="ascii")
    with page.expect_navigation():
        page.evaluate(
            """text => {
                const data = new DataTransfer();
                data.items.add(new File([text], "badge.jwt", {type: "text/plain"}));
                const drop = {dataTransfer: data, bubbles: true, cancelable: true};
                document.body.dispatchEvent(new DragEvent("drop", drop));
            }""",
            token,
        )
    assert "Valid" in page.locator("main").inner_text()[:200]
    page.close()


def test_everything_works_without_scripts(browser: Browser, brightmoor: Company, badge: dict[str, Any]) -> None:
    context = browser.new_context(java_script_enabled=False, viewport=PHONE)
    page = context.new_page()
    page.goto(f"{brightmoor.base_url}/verify")
    forged = badge["files"][".json"].read_text(encoding="utf-8").replace("First aider", "Surgeon")
    page.get_by_label("Text or links").fill(forged)
    follow(page.get_by_role("button", name="Verify"))
    shown = page.locator("main").inner_text()
    assert "Valid" not in shown[:120]
    assert "signature" in shown.lower()
    context.close()


def test_what_is_no_badge_is_said_at_the_form(browser: Browser, brightmoor: Company) -> None:
    page = browser.new_page(viewport=PHONE)
    page.goto(f"{brightmoor.base_url}/verify")
    page.get_by_label("Text or links").fill("this is no badge")
    follow(page.get_by_role("button", name="Verify"))
    assert page.get_by_role("alert").is_visible()
    assert page.get_by_label("Text or links").input_value().strip() == "this is no badge"
    page.close()


def test_the_pages_for_developers_read_well_on_a_phone(browser: Browser, brightmoor: Company, tmp_path: Path) -> None:
    page = browser.new_page(viewport=PHONE)
    complaints = watched(page)
    for path in ("/", "/docs", "/verify", "/no-such-page"):
        page.goto(f"{brightmoor.base_url}{path}", wait_until="networkidle")
        assert not overflows(page), path
    assert [one for one in complaints if "404" not in one] == []
    page.close()
