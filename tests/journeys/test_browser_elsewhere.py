"""Somebody connects another host in Chromium, allows it there, brings a badge, fetches his: and how the pages look."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.axe import serious
from tests.journeys.browser import DESKTOP, PHONE, chromium, watched
from tests.portal.elsewhere.conftest import Two, both, two

__all__ = ["both", "two"]  # fixtures

pytestmark = [pytest.mark.browser, pytest.mark.peer]  # axe-core comes with the peers

SHOTS = os.environ.get("GUILDMARK_SHOTS")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


def _looked_at(page: Page, name: str) -> None:
    page.wait_for_load_state("load")
    assert not serious(page), name
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{name} is wider than the screen"
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)


@pytest.mark.parametrize("look", ["phone", "dark"])
def test_a_host_is_connected_and_badges_go_both_ways(two: Two, browser: Browser, look: str) -> None:
    # Cookies know no ports: on this machine both hosts get the same, so both have a session of that token.
    tokens = {one.session("valid", Random(look).randbytes) for one in (two.here, two.there)}  # noqa: S311
    [token] = tokens
    context = browser.new_context(
        viewport=PHONE if look == "phone" else DESKTOP, color_scheme="dark" if look == "dark" else "light"
    )
    context.add_cookies([{"name": "guildmark", "value": token, "url": two.here.base}])
    page = context.new_page()
    complaints = watched(page)
    page.goto(f"{two.here.base}/me/applications")
    page.get_by_label("Address of the host").fill("nowhere at all")
    page.get_by_role("button", name="Connect a host").click()
    expect(page.get_by_text("is no address of a host").first).to_be_visible()
    _looked_at(page, f"{look}-fault")
    complaints.clear()  # the browser tells of the 400 of the form
    page.get_by_label("Address of the host").fill(two.there.base)
    page.get_by_role("button", name="Connect a host").click()
    _looked_at(page, f"{look}-asking")
    page.get_by_role("link", name=re.compile("Go on to")).click()
    expect(page.get_by_role("heading", name=re.compile("Allow .*Brightmoor"))).to_be_visible()
    _looked_at(page, f"{look}-consent")
    page.get_by_role("button", name="Allow", exact=True).click()
    expect(page.get_by_text("You are connected.")).to_be_visible()
    host = page.url.partition("?")[0]
    page.goto(f"{two.here.base}/me/credentials/{two.here.house.ids['valid']}")
    page.get_by_role("link", name="Bring it to a host").click()
    page.get_by_role("button", name=re.compile("Bring it there")).click()
    expect(page.get_by_role("status")).to_contain_text("It is there now")
    _looked_at(page, f"{look}-bring")
    page.goto(host)
    page.get_by_role("button", name="Fetch my badges").click()
    expect(page.get_by_role("status")).to_contain_text("known already")
    _looked_at(page, f"{look}-fetched")
    page.get_by_role("button", name="Send it").click()
    expect(page.get_by_role("status")).to_contain_text("Your profile was sent")
    _looked_at(page, f"{look}-profile")
    page.goto(f"{two.here.base}/me")
    _looked_at(page, f"{look}-me")
    page.goto(f"{two.here.base}/me/applications")
    _looked_at(page, f"{look}-applications")
    page.locator('a[href^="/me/elsewhere/"]').first.click()
    expect(page.get_by_text("It names you")).to_be_visible()
    _looked_at(page, f"{look}-badge")
    page.goto(host)
    page.get_by_role("button", name="Disconnect").click()
    expect(page.get_by_role("status")).to_contain_text("not connected with that host any more")
    assert not complaints
    context.close()
