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
from playwright.sync_api import sync_playwright

HOME = Path("guildmark-demo/home")
CREDENTIALS = Path("guildmark-demo/credentials")
IMAGES = Path(__file__).parent / "images"
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
HOLDER = "ليلى الحدّاد"


def credential(standing: str, search: str = "") -> dict[str, str]:
    """The newest credential that stands so and of which the demo wrote the files."""
    command = [sys.executable, "-m", "portal", "list", *([search] if search else []), "--standing", standing]
    done = subprocess.run([*command, "--home", str(HOME), "--json"], capture_output=True, check=True)  # noqa: S603
    found = json.loads(done.stdout)["credentials"]
    return next(one for one in found if baked_badge(one["id"]) is not None)  # type: ignore[no-any-return]


def baked_badge(identifier: str) -> Path | None:
    """The PNG that the demo wrote of a credential."""
    return next(iter(CREDENTIALS.glob(f"*{identifier[:8]}.png")), None)


def main() -> None:
    """The valid page on a desktop, the revoked one on a phone, a program, the outbox, and a badge as it was baked."""
    if CHROMIUM is None:
        sys.exit("there is no Chromium on this machine (Debian: chromium)")
    valid, revoked = credential("valid", HOLDER), credential("revoked")
    base_url = valid["url"].partition("/credentials/")[0]
    server = subprocess.Popen([sys.executable, "-m", "portal", "serve", "--home", str(HOME)], env=os.environ)  # noqa: S603
    try:
        _wait(base_url)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
            for name, address, width, height in (
                ("credential-page", valid["url"], 1180, 900),
                ("credential-page-phone", revoked["url"], 390, 844),
                ("program-page", f"{base_url}/programs/cloud-engineering", 1180, 900),
                ("outbox", f"{base_url}/outbox", 1180, 700),
            ):
                page = browser.new_page(viewport={"width": width, "height": height}, device_scale_factor=1.5)
                page.goto(address, wait_until="networkidle")
                page.screenshot(path=IMAGES / f"{name}.png")
            browser.close()
    finally:
        server.terminate()
        server.wait(10)
    baked = baked_badge(valid["id"])
    assert baked is not None  # noqa: S101  (it was chosen for having one)
    (IMAGES / "baked-badge.png").write_bytes(baked.read_bytes())


def _wait(base_url: str) -> None:
    for _ in range(100):
        try:
            if httpx2.get(f"{base_url}/readyz").status_code == httpx2.codes.OK:
                return
        except httpx2.HTTPError:
            time.sleep(0.1)
    sys.exit("the server did not become ready")


if __name__ == "__main__":
    main()
