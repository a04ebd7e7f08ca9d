"""A badge goes into profiles: LinkedIn's form at the turn of the year, on both sides of UTC, and the clipboard."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.journeys.axe import serious
from tests.journeys.browser import DESKTOP, PHONE, follow, overflows
from tests.journeys.command import run
from tests.journeys.conftest import EXAMPLES, Company, free_port

pytestmark = [
    pytest.mark.browser,
    pytest.mark.peer,  # axe-core comes with the peers
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
YEAR = date.today().year  # noqa: DTZ011  (the server's own clock)
ZONES = {"west": ZoneInfo("America/Los_Angeles"), "east": ZoneInfo("Pacific/Auckland")}
LEVEL = """
  - {level: %s, name: %s, criteria: Works., image: associate.svg, %s}"""
PICTURES = os.environ.get("GUILDMARK_TEST_PICTURES")
"""Where to write pictures of the pages, to look at."""


def program(name: str) -> str:
    levels = [
        ("edge", "Edge of the year", "validity: 24 months"),
        ("lasting", "Lasting", "tags: [x]"),
        (
            "yearly",
            "Yearly",
            "validity: 12 months, recertification: {window: 365 days, takes: {declaration: I still do.}}",
        ),
    ]
    return f"program: {name}\nname: Craft {name}\ntime_zone: {ZONES[name].key}\nlevels:" + "".join(
        LEVEL % one for one in levels
    )


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    folder = tmp_path_factory.mktemp("profiles")
    made = Company(folder / "home", free_port())

    def done(*arguments: str) -> None:
        ran = made.command(*arguments)
        assert ran.code == 0, ran.err

    done("init", "--name", "Brightmoor Systems", "--base-url", made.base_url)
    (folder / "associate.svg").write_bytes((EXAMPLES / "badges" / "associate.svg").read_bytes())
    (folder / "people.csv").write_text("email,name,joined_on\nana@brightmoor.example,Ana Núñez,2020-01-02\n")
    done("people", "import", str(folder / "people.csv"))
    for name in ZONES:
        (folder / f"{name}.yaml").write_text(program(name))
        done("program", "apply", str(folder / f"{name}.yaml"))
    recently = (date.today() - timedelta(days=100)).isoformat()  # noqa: DTZ011
    awards = (
        ("west", "edge", f"{YEAR - 1}-12-31"), ("east", "edge", f"{YEAR}-01-01"),
        ("west", "lasting", f"{YEAR}-01-31"), ("west", "yearly", recently),
    )  # fmt: skip
    lines = [f"Ana Núñez,ana@brightmoor.example,{name},{level},{day}" for name, level, day in awards]
    (folder / "awards.csv").write_text("\n".join(["name,email,program,level,awarded_on", *lines]))
    done("issue", str(folder / "awards.csv"), "--past")
    with (made.home / "guildmark.toml").open("a", encoding="utf-8") as file:
        file.write('smtp_host = "localhost"\nmail_from = "b@brightmoor.example"\nsign_in_by_mail = true\n')
    made.start()
    try:
        yield made
    finally:
        made.stop()


def signed_in(context: BrowserContext, company: Company) -> Page:
    page = context.new_page()
    page.goto(run("admin", "link", "ana@brightmoor.example", "--home", str(company.home)).out.strip())
    follow(page.get_by_role("button", name="Sign in").or_(page.get_by_role("button", name="Anmelden")))
    return page


def open_badge(page: Page, company: Company, program: str, name: str) -> None:
    page.goto(company.base_url + "/me")
    links = page.get_by_role("link", name=name, exact=True)
    paths = {one.get_attribute("href") or "" for one in links.all()}
    for path in sorted(paths):
        page.goto(company.base_url + path)
        if f"Craft {program}" in page.locator("main").inner_text():
            return
    raise AssertionError(f"no {name} of {program} among {paths}")


def link_of(page: Page) -> dict[str, str]:
    link = page.locator('a[href^="https://www.linkedin.com/profile/add"]').get_attribute("href") or ""
    return {name: value for name, (value,) in parse_qs(urlsplit(link).query, strict_parsing=True).items()}


def dates_of(values: Mapping[str, str]) -> tuple[str | None, ...]:
    return tuple(values.get(name) for name in ("issueYear", "issueMonth", "expirationYear", "expirationMonth"))


def test_the_link_s_values_at_the_turn_of_the_year(browser: Browser, company: Company) -> None:
    context = browser.new_context(viewport=DESKTOP, locale="en-GB")  # type: ignore[arg-type]
    page = signed_in(context, company)
    open_badge(page, company, "west", "Edge of the year")
    assert dates_of(link_of(page)) == (str(YEAR - 1), "12", str(YEAR + 1), "12"), "in UTC it ends in January"
    assert page.locator("#linkedin-issued").inner_text() == f"12 / {YEAR - 1}"
    assert page.locator("#linkedin-expires").inner_text() == f"12 / {YEAR + 1}"
    open_badge(page, company, "east", "Edge of the year")
    assert dates_of(link_of(page)) == (str(YEAR), "1", str(YEAR + 2), "1"), "in UTC it begins in December"
    open_badge(page, company, "west", "Lasting")
    values = link_of(page)
    assert dates_of(values) == (str(YEAR), "1", None, None)
    assert page.locator("#linkedin-expires").inner_text() == "It does not expire"
    address = page.locator("#its-address").inner_text()
    assert {**values, "issueYear": "", "issueMonth": ""} == {
        "startTask": "CERTIFICATION_NAME", "name": "Lasting", "organizationName": "Brightmoor Systems",
        "issueYear": "", "issueMonth": "", "certUrl": address, "certId": address.rpartition("/")[2],
    }  # fmt: skip
    context.close()


def test_a_renewed_one_has_the_new_address_and_the_new_dates(browser: Browser, company: Company) -> None:
    context = browser.new_context(viewport=PHONE, locale="en-GB")  # type: ignore[arg-type]
    page = signed_in(context, company)
    open_badge(page, company, "west", "Yearly")
    before, old = link_of(page), page.url
    page.goto(company.base_url + "/me/levels/west/yearly")
    page.get_by_role("checkbox").check()
    today = datetime.now(ZONES["west"]).date()
    follow(page.get_by_role("button", name=re.compile("renew", re.IGNORECASE)))
    if "/me/credentials/" not in page.url:
        open_badge(page, company, "west", "Yearly")
    values = link_of(page)
    new = company.get(urlsplit(values["certUrl"]).path, "application/vc").json()
    ends = datetime.fromisoformat(new["validUntil"]).astimezone(ZONES["west"]).date()
    assert values["certId"] != before["certId"]
    assert values["certUrl"] == new["id"] == page.locator("#its-address").inner_text()
    assert dates_of(values) == (str(today.year), str(today.month), str(ends.year), str(ends.month))
    assert ends > today + timedelta(days=300)
    expect(page.locator("main")).to_contain_text("This one took the place of an earlier one.")
    looked_at(page, "renewed")
    page.goto(old)
    assert page.locator('a[href^="https://www.linkedin.com/profile"]').count() == 0
    follow(page.get_by_role("link", name="Take the newer one along"))
    assert link_of(page) == values
    context.close()


def test_a_signature_is_copied_as_mail_programs_take_it(browser: Browser, company: Company) -> None:
    context = browser.new_context(viewport=DESKTOP, locale="en-GB")  # type: ignore[arg-type]
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=company.base_url)
    page = signed_in(context, company)
    open_badge(page, company, "west", "Lasting")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    address = page.locator("#its-address").inner_text()
    page.get_by_role("button", name="Copy the link").click()
    expect(page.locator("#share ~ .row-actions").first).to_contain_text("Copied.")
    assert page.evaluate("navigator.clipboard.readText()") == address
    page.get_by_role("button", name="Copy the signature").click()
    expect(page.locator("#signature-look + .copying")).to_contain_text("Copied.")
    html = page.evaluate(
        "(async () => (await (await navigator.clipboard.read())[0].getType('text/html')).text())()"
    )  # the clipboard's own spelling of it
    assert "<table" in html
    assert f'href="{address}"' in html
    assert f'src="{address}.png"' in html
    assert 'alt="Badge: Lasting"' in html
    assert page.evaluate("navigator.clipboard.readText()") == f"Lasting – Brightmoor Systems\n{address}"
    expect(page.frame_locator(".embed-look").get_by_role("heading")).to_have_text("Lasting")
    assert all(one.startswith(company.base_url) for one in asked), "nobody else is asked for anything"
    context.close()


@pytest.mark.parametrize("look", ["phone-de-dark", "desk-light"])
def test_how_it_looks(browser: Browser, company: Company, look: str) -> None:
    context = browser.new_context(
        viewport=PHONE if look.startswith("phone") else DESKTOP,  # type: ignore[arg-type]
        color_scheme="dark" if "dark" in look else "light",
        locale="de-DE" if "-de" in look else "en-GB",
    )
    page = signed_in(context, company)
    open_badge(page, company, "east", "Edge of the year")
    for summary in page.locator(".by-hand summary").all():
        summary.click()
    for picture in (".link-preview", ".embed-look"):  # loaded when they come into sight
        page.locator(picture).scroll_into_view_if_needed()
        page.wait_for_load_state("networkidle")
    looked_at(page, look)
    context.close()


def looked_at(page: Page, name: str) -> None:
    assert not overflows(page), name
    found = serious(page)
    assert found == [], f"{name}: {found}"
    if PICTURES:
        page.screenshot(path=str(Path(PICTURES) / f"profiles-{name}.png"), full_page=True)
