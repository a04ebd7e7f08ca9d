"""Take the pictures of the README from the running demo: `make pictures`."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import httpx2
from playwright.sync_api import Browser, Locator, Page, sync_playwright

HOME = Path("guildmark-demo/home")
CREDENTIALS = Path("guildmark-demo/credentials")
IMAGES = Path(__file__).parent / "images"
MANAGER = "ines.pacheco@brightmoor.example"
ADMIN = "siobhan.nidhomhnaill@brightmoor.example"
_READY_WITHIN = 120  # seconds, on a machine with much else to do
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def credentials() -> dict[str, Path]:
    """A file of the demo's for each status of `guildmark verify`."""
    files = sorted(CREDENTIALS.glob("*.json"))
    command = [sys.executable, "-m", "portal", "verify", "--home", str(HOME), "--json", *map(str, files)]
    done = subprocess.run(command, capture_output=True, check=False)  # noqa: S603 - some of them are not valid
    return {one["status"]: file for file, one in zip(files, json.loads(done.stdout), strict=True)}


def main() -> None:
    """Pages for strangers on a desktop and a phone, several files verified, a manager's own pages, a baked badge."""
    if CHROMIUM is None:
        sys.exit("there is no Chromium on this machine (Debian: chromium)")
    found = credentials()
    valid, revoked = (str(json.loads(found[status].read_bytes())["id"]) for status in ("valid", "revoked"))
    base_url = valid.partition("/credentials/")[0]
    server = subprocess.Popen([sys.executable, "-m", "portal", "serve", "--home", str(HOME)], env=os.environ)  # noqa: S603
    try:
        _wait(base_url)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
            for name, address, width, height in (
                ("credential-page", valid, 1180, 900),
                ("credential-page-phone", revoked, 390, 844),
                ("program-page", f"{base_url}/programs/cloud-engineering", 1180, 900),
                ("outbox", f"{base_url}/outbox", 1180, 700),
            ):
                page = browser.new_page(viewport={"width": width, "height": height}, device_scale_factor=1.5)
                page.goto(address, wait_until="networkidle")
                page.screenshot(path=IMAGES / f"{name}.png")
            page = browser.new_page(viewport={"width": 1180, "height": 900}, device_scale_factor=1.5)
            page.goto(f"{base_url}/verify")
            page.set_input_files("input[type=file]", list(found.values()))
            page.get_by_role("button", name="Verify").click()
            page.wait_for_selector("[data-batch]:not([aria-busy])")
            page.screenshot(path=IMAGES / "verified-several.png")
            page = browser.new_page(viewport={"width": 1180, "height": 900}, device_scale_factor=1.5)
            page.goto(_link_for(MANAGER))
            page.get_by_role("button", name="Sign in").click()
            for name, address in (("my-certifications", "/me"), ("my-people", "/team")):
                page.goto(base_url + address, wait_until="networkidle")
                page.screenshot(path=IMAGES / f"{name}.png")
            page.goto(f"{base_url}/me")
            page.get_by_role("link", name="Share and download").first.click()
            page.wait_for_load_state("networkidle")
            take = _from(page, "take")
            take.locator("iframe").scroll_into_view_if_needed()  # it is loaded when somebody comes near
            page.wait_for_load_state("networkidle")
            take.screenshot(path=IMAGES / "take-it-with-you.png")
            _checked_twice(browser, valid)
            _desks(browser, base_url)
            browser.close()
    finally:
        server.terminate()
        server.wait(60)
    (IMAGES / "baked-badge.png").write_bytes(found["valid"].with_suffix(".png").read_bytes())


def _from(page: Page, section: str) -> Locator:
    """The part of a page that has this heading, on the screen."""
    part = page.locator(f"section[aria-labelledby={section}]")
    part.scroll_into_view_if_needed()
    return part


def _checked_twice(browser: Browser, credential: str) -> None:
    """What the server says of a credential, and what the visitor's browser finds without it."""
    page = browser.new_page(viewport={"width": 1180, "height": 900}, device_scale_factor=1.5)
    page.goto(credential, wait_until="networkidle")
    page.get_by_role("button", name="Check it in this browser").click()
    page.wait_for_selector("[data-answers]:not([hidden])")
    _from(page, "in-browser").screenshot(path=IMAGES / "checked-in-browser.png")


def _desks(browser: Browser, base_url: str) -> None:
    """What an admin sees: a program's quarter, and a level in the editor."""
    grant = [sys.executable, "-m", "portal", "admin", "grant", ADMIN, "admin", "--home", str(HOME)]
    subprocess.run(grant, capture_output=True, check=True)  # noqa: S603
    page = browser.new_page(viewport={"width": 1180, "height": 1000}, device_scale_factor=1.5)
    page.goto(_link_for(ADMIN))
    page.get_by_role("button", name="Sign in").click()
    page.goto(f"{base_url}/admin/reports/quarter", wait_until="networkidle")
    page.screenshot(path=IMAGES / "quarterly-report.png")
    page.goto(f"{base_url}/admin/programs/cloud-engineering")
    begun = page.get_by_role("link", name="Open the draft")  # by pictures that were taken before
    (begun if begun.count() else page.get_by_role("button", name="Edit")).click()
    page.wait_for_load_state("networkidle")
    page.get_by_role("link", name="Cloud Engineering Practitioner").first.click()
    page.wait_for_load_state("networkidle")
    page.screenshot(path=IMAGES / "program-editor.png")


def _link_for(email: str) -> str:
    command = [sys.executable, "-m", "portal", "admin", "link", email, "--home", str(HOME)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    return next(word for word in done.stdout.split() if word.startswith("http"))


def _wait(base_url: str) -> None:
    patience = time.monotonic() + _READY_WITHIN
    while time.monotonic() < patience:
        try:
            if httpx2.get(f"{base_url}/readyz").status_code == httpx2.codes.OK:
                return
        except httpx2.HTTPError:
            time.sleep(0.2)
    sys.exit("the server did not become ready")


if __name__ == "__main__":
    main()
