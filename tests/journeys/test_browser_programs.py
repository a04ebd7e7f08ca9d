"""A new admin makes a program from nothing in a real browser: sees it, publishes it, awards it, and changes it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.conftest import PROJECT
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
"""
CRITERIA = """\
A **Guide** has led three visits to the plant, and

1. knows the way out of every hall, and
2. was heard by somebody who guides for longer.
"""
BADGE = PROJECT / "examples" / "badges" / "practitioner.svg"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    folder = tmp_path_factory.mktemp("programs")
    with company(folder) as made:
        (folder / "people.csv").write_text(PEOPLE, encoding="utf-8")
        assert made.command("people", "import", str(folder / "people.csv")).code == 0
        assert made.command("admin", "grant", "ada@brightmoor.example", "admin").code == 0
        yield made


def picture(page: Page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=str(Path(PICTURES) / f"programs-{name}.png"), full_page=True)


def sign_in(page: Page, house: Company) -> None:
    page.goto(run("admin", "link", "ada@brightmoor.example", "--home", str(house.home)).out.strip())
    follow(page.get_by_role("button", name="Sign in"))
    page.wait_for_load_state("networkidle")


def part(page: Page, name: str) -> None:
    """Open a part of the draft."""
    follow(page.get_by_role("navigation", name="Parts of the draft").get_by_role("link", name=name))


def test_a_program_from_nothing_to_its_second_version(browser: Browser, house: Company) -> None:
    page = browser.new_page(viewport=DESKTOP)
    sign_in(page, house)
    complaints = watched(page)
    page.goto(house.base_url + "/admin/programs")
    assert serious(page) == []
    picture(page, "list-desk")
    follow(page.get_by_role("link", name="New program"))
    picture(page, "new-desk")
    assert serious(page) == []
    page.get_by_label("What the program is called").fill("Plant tours")
    page.get_by_label("What its level is called").fill("Guide")
    page.get_by_label("What it takes").fill(CRITERIA)
    page.get_by_label("Valid for").fill("two years")
    follow(page.get_by_role("button", name="Make the draft"))
    expect(page.locator("#validity-fault")).to_be_visible()
    assert page.get_by_label("What it takes").input_value() == CRITERIA.strip()
    page.get_by_label("Valid for").fill("2 years")
    follow(page.get_by_role("button", name="Make the draft"))
    picture(page, "draft-desk")
    assert serious(page) == []
    follow(page.get_by_role("link", name="Edit: Guide"))
    picture(page, "level-closed-desk")
    page.get_by_label("Picture of the badge").set_input_files(str(BADGE))
    for title in page.locator(".form-part > summary").all():
        title.click()
    picture(page, "level-desk")
    assert serious(page) == []
    page.get_by_label("It can be renewed").check()
    page.get_by_label("From how long before it ends").fill("90 days")
    follow(page.get_by_role("button", name="Save and see it"))
    expect(page.locator(".preview-band")).to_contain_text("Preview")
    picture(page, "preview-page-desk")
    assert serious(page) == []
    follow(page.get_by_role("link", name="Back to the draft"))
    picture(page, "preview-desk")
    assert serious(page) == []
    part(page, "About the program")
    picture(page, "facts-desk")
    assert serious(page) == []
    part(page, "As text")
    picture(page, "text-desk")
    assert serious(page) == []
    part(page, "Changes, publish")
    picture(page, "publish-desk")
    page.get_by_label("I have looked at what changes").check()
    follow(page.get_by_role("button", name="Publish"))
    expect(page.get_by_role("status")).to_contain_text("It is published")
    picture(page, "published-desk")
    assert serious(page) == []
    _award(page, house)
    page.goto(house.base_url + "/admin/programs/plant-tours")
    follow(page.get_by_role("button", name="Edit"))
    follow(page.get_by_role("link", name="Edit: Guide"))
    page.get_by_label("Valid for").fill("12 months")
    page.get_by_label("What it takes").fill(CRITERIA.replace("three visits", "five visits"))
    follow(page.get_by_role("button", name="Save in the draft"))
    follow(page.get_by_role("link", name="See what changes, and publish"))
    main = page.locator("main")
    expect(main).to_contain_text("version 1 becomes 2")
    expect(main).to_contain_text("1 person holds it, and what they hold stays as it is")
    picture(page, "changes-desk")
    assert serious(page) == []
    page.emulate_media(color_scheme="dark")
    picture(page, "changes-desk-dark")
    assert serious(page) == []
    page.get_by_label("I have looked at what changes").check()
    follow(page.get_by_role("button", name="Publish"))
    expect(page.locator("main")).to_contain_text("Version 2")
    assert [one for one in complaints if "422" not in one] == []
    page.close()


def _award(page: Page, house: Company) -> None:
    page.goto(house.base_url + "/admin/award")
    page.get_by_label("Whom").fill("okafor")
    page.get_by_label("Level").select_option("plant-tours/guide")
    follow(page.get_by_role("button", name="Continue"))
    follow(page.get_by_role("button", name="Issue it"))
    expect(page.locator("main")).to_contain_text("It is issued")


def test_on_a_phone_without_scripts_every_page_fits(browser: Browser, house: Company) -> None:
    context = browser.new_context(viewport=PHONE, java_script_enabled=False)  # type: ignore[arg-type]
    page = context.new_page()
    sign_in(page, house)
    complaints = watched(page)
    page.goto(house.base_url + "/admin/new-program")
    picture(page, "new-phone")
    assert not overflows(page)
    follow(page.get_by_role("button", name="Begin with this: Assessed by a rubric"))
    draft = page.url.partition("?")[0]
    page.emulate_media(color_scheme="dark")
    for path in ("", "/levels/incident-leader", "/facts", "/text", "/preview", "/preview/incident-leader", "/changes"):
        page.goto(draft + path)
        for title in page.locator(".form-part > summary").all():
            title.click()
        assert not overflows(page), path
        picture(page, f"{re.sub('[^a-z]', '-', path)}-phone-dark")
    page.goto(draft + "/levels/incident-leader")
    page.get_by_label("Valid for").fill("a while")
    follow(page.get_by_role("button", name="Save in the draft"))
    expect(page.locator("#validity-fault")).to_be_visible()
    picture(page, "fault-phone")
    page.goto(house.base_url + "/admin/programs")
    picture(page, "list-phone")
    assert not overflows(page)
    assert [one for one in complaints if "422" not in one] == []
    context.close()
