"""The admin's road in a real browser, on a phone and at a desk: award, find, revoke, import, look after the house."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

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
"""
AWARDS = """\
name,email,program,level,awarded_on
فاطمة الزهراء,fatima@brightmoor.example,first-aid,first-aider,2026-01-15
Nobody,nobody,first-aid,first-aidr,15.01.2026
"""
PAGES = ["", "/credentials", "/award", "/award/list", "/people", "/people/import", "/jobs", "/messages", "/keys",
         "/tokens", "/audit"]  # fmt: skip


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    folder = tmp_path_factory.mktemp("admin")
    with company(folder) as made:
        (folder / "people.csv").write_text(PEOPLE, encoding="utf-8")
        assert made.command("people", "import", str(folder / "people.csv")).code == 0
        assert made.command("admin", "grant", "ada@brightmoor.example", "admin").code == 0
        yield made


def picture(page: Page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=str(Path(PICTURES) / f"admin-{name}.png"), full_page=True)


def sign_in(page: Page, house: Company) -> None:
    page.goto(run("admin", "link", "ada@brightmoor.example", "--home", str(house.home)).out.strip())
    follow(page.get_by_role("button", name="Sign in"))
    page.wait_for_load_state("networkidle")


def test_an_admin_awards_finds_and_revokes_on_a_phone_without_scripts(browser: Browser, house: Company) -> None:
    context = browser.new_context(viewport=PHONE, java_script_enabled=False)  # type: ignore[arg-type]
    page = context.new_page()
    sign_in(page, house)
    complaints = watched(page)
    page.goto(house.base_url + "/admin")
    picture(page, "home-phone")
    follow(page.get_by_role("link", name="Award somebody a level"))
    page.get_by_label("Whom").fill("okafor")
    page.get_by_label("Level").select_option("first-aid/first-aider")
    follow(page.get_by_role("button", name="Continue"))
    picture(page, "award-phone")
    follow(page.get_by_role("button", name="Issue it"))
    assert "It is issued" in page.locator("main").inner_text()
    picture(page, "credential-phone")
    desks = page.get_by_role("navigation", name="Administration")
    follow(desks.locator("summary").first)  # on a phone the desks open from one line, which says where one is
    follow(desks.get_by_role("link", name="Credentials"))
    page.get_by_label("Name, address, level or id").fill("OKAFOR")
    follow(page.get_by_role("button", name="Search"))
    picture(page, "credentials-phone")
    page.get_by_role("checkbox").first.check()
    page.get_by_label("What to do").select_option("revoke")
    follow(page.get_by_role("button", name="Look at what it would do"))
    assert "1 credential would be changed" in page.locator("main").inner_text()
    picture(page, "change-phone")
    page.get_by_label("Why").fill("The course was never finished.")
    follow(page.get_by_role("button", name="Revoke (1)"))
    page.wait_for_url("**/admin/jobs/*")
    page.get_by_text("1 done").first.wait_for()  # the worker of `serve` does it, and the page loads itself again
    page.wait_for_load_state("networkidle")
    picture(page, "job-phone")
    for path in PAGES:
        page.goto(house.base_url + "/admin" + path)
        assert not overflows(page), path
        picture(page, f"all{path.replace('/', '-')}-phone")
    assert complaints == []
    context.close()


def test_an_admin_mends_lists_at_a_desk(browser: Browser, house: Company) -> None:
    page = browser.new_page(viewport=DESKTOP)
    sign_in(page, house)
    complaints = watched(page)
    page.goto(house.base_url + "/admin/award/list")
    page.get_by_label("Or paste the rows").fill(AWARDS)
    follow(page.get_by_role("button", name="Look at the rows"))
    assert "1 row has something wrong" in page.locator("main").inner_text()
    assert serious(page) == []
    picture(page, "list-desk")
    mended = AWARDS.replace("Nobody,nobody,first-aid,first-aidr,15.01.2026\n", "")
    page.get_by_label("Mend the rows here").fill(mended)
    follow(page.get_by_role("button", name="Look again"))
    follow(page.get_by_role("button", name="Issue 1 award"))
    page.get_by_text("1 done").first.wait_for()
    page.wait_for_load_state("networkidle")
    page.goto(house.base_url + "/admin/people/import")
    page.get_by_label("Or paste the rows").fill(PEOPLE.replace("Ben Okafor,ben", "Dan Drew,dan").replace(",2,", ",4,"))
    page.get_by_label("has left today").check()
    follow(page.get_by_role("button", name="Look at what it would do"))
    assert "1 person joins" in page.locator("main").inner_text()
    assert serious(page) == []
    picture(page, "import-desk")
    page.goto(house.base_url + "/admin/people")
    page.get_by_label("Name, address or number").fill("fatima")
    follow(page.get_by_role("button", name="Search"))
    assert "fatima" not in page.url
    follow(page.get_by_role("link", name="فاطمة الزهراء"))
    assert serious(page) == []
    picture(page, "person-desk")
    page.goto(house.base_url + "/admin/audit")
    follow(page.get_by_role("button", name="Check that nobody touched it"))
    assert "The trail is whole" in page.locator("main").inner_text()
    assert serious(page) == []
    picture(page, "audit-desk")
    page.goto(house.base_url + "/admin/tokens")
    page.get_by_label("What or whom it is for").fill("moodle")
    follow(page.get_by_role("button", name="Make it and show it"))
    assert page.locator(".secret").inner_text().startswith("gmk_")
    picture(page, "tokens-desk")
    page.goto(house.base_url + "/admin/credentials/change?change=revoke&all=yes")
    assert serious(page) == []
    page.emulate_media(color_scheme="dark")
    for path in PAGES:
        page.goto(house.base_url + "/admin" + path)
        assert not overflows(page), path
        assert serious(page) == [], path
        picture(page, f"all{path.replace('/', '-')}-desk-dark")
    assert [one for one in complaints if "422" not in one] == []
    page.close()
