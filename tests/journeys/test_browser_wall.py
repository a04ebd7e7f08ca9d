"""The wall in a real browser: asked after an award, celebrated, applauded; the menus of a phone; a file too large."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.journeys.axe import serious
from tests.journeys.browser import DESKTOP, PHONE, follow, overflows, watched
from tests.journeys.command import run
from tests.journeys.conftest import Company, company

pytestmark = [
    pytest.mark.browser,
    pytest.mark.peer,  # axe-core comes with the peers
    # Playwright's own event loop leaves its pipes to the garbage collector.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
PICTURES = os.environ.get("GUILDMARK_TEST_PICTURES")
"""Where to write pictures of the pages, to look at."""
PEOPLE = """\
name,email,employee_number,manager,teams
Ada Admin,ada@brightmoor.example,1,,office
Ben Okafor,ben@brightmoor.example,2,ada@brightmoor.example,platform
فاطمة الزهراء,fatima@brightmoor.example,3,ada@brightmoor.example,platform
Zoë Kjærsgaard,zoe@brightmoor.example,4,ada@brightmoor.example,office
"""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    folder = tmp_path_factory.mktemp("wall")
    with company(folder) as made:
        (folder / "people.csv").write_text(PEOPLE, encoding="utf-8")
        assert made.command("people", "import", str(folder / "people.csv")).code == 0
        assert made.command("admin", "grant", "ada@brightmoor.example", "admin").code == 0
        yield made


def picture(page: Page, name: str) -> None:
    if PICTURES:
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            page.screenshot(path=str(Path(PICTURES) / f"wall-{name}-{scheme}.png"), full_page=True)


def signed_in(context: BrowserContext, house: Company, name: str) -> Page:
    page = context.new_page()
    page.goto(run("admin", "link", f"{name}@brightmoor.example", "--home", str(house.home)).out.strip())
    follow(page.get_by_role("button", name="Sign in"))
    return page


def award(page: Page, house: Company, name: str) -> None:
    page.goto(f"{house.base_url}/admin/award?who={name}%40brightmoor.example&level=first-aid%2Ffirst-aider")
    follow(page.get_by_role("button", name="Issue it"))
    expect(page.locator("main")).to_contain_text("It is issued")


def test_what_people_earn_is_celebrated_if_they_agree(browser: Browser, house: Company) -> None:
    with browser.new_context(viewport=DESKTOP) as office:  # type: ignore[arg-type]
        ada = signed_in(office, house, "ada")
        for name in ("ben", "fatima", "zoe"):
            award(ada, house, name)
    with browser.new_context(viewport=PHONE, java_script_enabled=False) as pocket:  # type: ignore[arg-type]
        page = signed_in(pocket, house, "fatima")
        complaints = watched(page)
        expect(page.locator(".cheer-ask")).to_contain_text("May colleagues see what you earn on the wall")
        assert not overflows(page)
        picture(page, "asked-phone")
        follow(page.get_by_role("button", name="Yes, celebrate it"))
        expect(page.get_by_role("status")).to_contain_text("You are on the wall from now on.")
        page.goto(house.base_url + "/me/wall")
        assert not overflows(page)
        picture(page, "consent-phone")
        page.goto(house.base_url + "/wall")
        expect(page.get_by_text("This is yours")).to_be_visible()
        assert complaints == []
    for name, call in (("zoe", "full"), ("ben", "initials")):
        with browser.new_context(viewport=DESKTOP) as context:  # type: ignore[arg-type]
            page = signed_in(context, house, name)
            follow(page.get_by_role("link", name="What exactly would be seen"))
            page.get_by_label("My colleagues").check()
            page.locator(f"input[name=name][value={call}]").check()
            assert serious(page) == []
            picture(page, f"consent-{name}-desk")
            follow(page.get_by_role("button", name="Let it be so"))
            page.goto(house.base_url + "/wall")
            follow(page.get_by_role("button", name=re.compile("^Applaud.*فاطمة")))
            expect(page.get_by_role("button", name=re.compile("^You applaud.*فاطمة"))).to_be_visible()
            expect(page.locator("button[aria-pressed=true]")).to_have_count(1)
            assert serious(page) == []
            picture(page, f"wall-{name}-desk")
    with browser.new_context(viewport=PHONE) as context:  # type: ignore[arg-type]
        page = signed_in(context, house, "ada")
        complaints = watched(page)
        page.locator(".visitor summary").click()
        picture(page, "menu-phone")
        follow(page.get_by_role("link", name="The wall"))
        main = page.locator("main")
        expect(main.locator(".cheer")).to_have_count(3)
        expect(main).to_contain_text("B. O.")
        expect(main).not_to_contain_text("Okafor")
        assert not overflows(page)
        assert serious(page) == []
        picture(page, "wall-phone")
        page.get_by_label("Team").select_option("platform")
        follow(page.get_by_role("button", name="Show"))
        expect(main.locator(".cheer")).to_have_count(2)
        assert complaints == []


def test_the_desks_of_a_phone_open_from_one_line(browser: Browser, house: Company) -> None:
    with browser.new_context(viewport=PHONE, java_script_enabled=False) as context:  # type: ignore[arg-type]
        page = signed_in(context, house, "ada")
        page.goto(house.base_url + "/admin/people")
        desks = page.get_by_role("navigation", name="Administration")
        expect(desks.locator("summary").first).to_contain_text("People")
        expect(desks.get_by_role("link", name="Keys")).to_be_hidden()
        desks.locator("summary").first.click()
        for link in desks.get_by_role("link").all():
            box = link.bounding_box()
            assert box is not None
            assert box["height"] >= 44
            assert box["x"] + box["width"] <= PHONE["width"]
        expect(desks.get_by_role("link", name="People")).to_have_attribute("aria-current", "page")
        assert not overflows(page)
        picture(page, "desks-phone")
        follow(desks.get_by_role("link", name="Keys"))
        assert page.url.endswith("/admin/keys")


def test_a_file_that_is_too_large_is_told_before_and_after_it_is_sent(
    browser: Browser, house: Company, tmp_path: Path
) -> None:
    film = tmp_path / "film.csv"
    film.write_bytes(bytes(13 * 1024 * 1024))
    told = "“film.csv” is larger than 12 MB. Choose a smaller one."
    for scripts in (True, False):
        with browser.new_context(viewport=PHONE, java_script_enabled=scripts) as context:  # type: ignore[arg-type]
            page = signed_in(context, house, "ada")
            complaints = watched(page)
            page.goto(house.base_url + "/admin/award/list")
            page.get_by_label("Or paste the rows").fill("name,email\nBen,\n")
            page.get_by_label("These were awarded long ago").check()
            page.get_by_label("File (CSV)").set_input_files(film)
            if not scripts:
                follow(page.get_by_role("button", name="Look at the rows"))
                picture(page, "large-phone")
            expect(page.locator("#file-fault")).to_have_text(told)
            expect(page.locator("#text")).to_have_value("name,email\nBen," + ("\n" if scripts else ""))
            expect(page.get_by_label("These were awarded long ago")).to_be_checked()
            if scripts:
                page.get_by_role("button", name="Look at the rows").click()
                assert page.get_by_role("heading", name="1 row").count() == 0, "it was not sent"
                page.get_by_label("File (CSV)").set_input_files([])
                expect(page.locator("#file-fault")).to_be_hidden()
            assert [one for one in complaints if "422" not in one] == []
