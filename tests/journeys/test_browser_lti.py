"""The pages that stand within a course, framed by a platform: launch, choice of a level, and registration."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from playwright.sync_api import Browser, Frame, Page, expect

from tests.journeys.axe import serious
from tests.journeys.browser import DESKTOP, PHONE, overflows
from tests.journeys.conftest import EXAMPLES, PROGRAM, Company, free_port
from tests.portal.lti.platform import CLIENT, DEPLOYMENT, Course, platform

pytestmark = [
    pytest.mark.browser,
    # Playwright's own event loop leaves its pipes to the garbage collector.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
PICTURES = os.environ.get("GUILDMARK_TEST_PICTURES")


@pytest.fixture(scope="module")
def course() -> Iterator[Course]:
    with platform(lambda: datetime.now(UTC)) as running:
        yield running


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory, course: Course) -> Iterator[Company]:
    folder = tmp_path_factory.mktemp("course")
    made = Company(folder / "home", free_port())
    (folder / "program.yaml").write_text(PROGRAM, encoding="utf-8")
    (folder / "first-aider.svg").write_bytes((EXAMPLES / "badges" / "associate.svg").read_bytes())
    (folder / "people.csv").write_text("email,name\nben@brightmoor.example,Ben Okafor\n", encoding="utf-8")
    init = ("init", "--name", "Brightmoor Systems", "--base-url", made.base_url)
    assert made.command(*init).code == 0
    with (made.home / "guildmark.toml").open("a", encoding="utf-8") as file:
        file.write(f'allowed_origins = ["{course.url}"]\n')
    paths = {"--auth-url": "auth", "--token-url": "token", "--keys-url": "jwks"}
    known = ("--platform", course.url, "--client-id", CLIENT, "--deployment", DEPLOYMENT)
    addresses = [one for option, path in paths.items() for one in (option, f"{course.url}/{path}")]
    for arguments in (
        ("program", "apply", str(folder / "program.yaml")),
        ("people", "import", str(folder / "people.csv")),
        ("lti", "add", "moodle", *known, *addresses, "--trust-addresses"),
    ):
        ran = made.command(*arguments)
        assert ran.code == 0, ran.err
    course.redirect_uri = f"{made.base_url}/lti/launch"
    made.start()
    try:
        course.tool_keys = made.get("/lti/jwks.json").json()
        yield made
    finally:
        made.stop()


def looked_at(page: Page, where: Page | Frame, name: str) -> None:
    assert not overflows(where), name
    assert serious(where) == [], name
    if PICTURES:
        page.screenshot(path=str(Path(PICTURES) / f"lti-{name}.png"), full_page=True)


def in_course(page: Page, course: Course, address: str, target: str = "") -> Frame:
    """The platform's page with our page in a frame; its sign-in answers as the standard has it."""

    def frame(_: str) -> str:
        style = "<style>body{margin:0}iframe{width:100%;height:40rem;border:0}</style>"
        return f'<!doctype html><title>Course</title><iframe name="tool" src="{escape(address)}"></iframe>{style}'

    def sign_in(asked_at: str) -> str:
        asked = course.authorize(asked_at)
        claims = course.claims(asked, target) if target else course.deep_claims(asked)
        fields = {"id_token": course.sign(claims), "state": asked["state"]}
        form = "".join(f'<input type="hidden" name="{name}" value="{one}">' for name, one in fields.items())
        sent = "<script>document.forms[0].submit()</script>"
        return f'<!doctype html><form method="post" action="{course.redirect_uri}">{form}</form>{sent}'

    course.pages = {"/course": frame, "/auth": sign_in}
    page.goto(f"{course.url}/course")
    expect(page.frame_locator("iframe").locator("h1")).to_be_visible()
    found = page.frame("tool")
    assert found is not None
    return found


@pytest.mark.parametrize("dark", [False, True])
def test_pages_within_a_course(browser: Browser, company: Company, course: Course, dark: bool) -> None:
    name = "desk" if dark else "phone"
    context = browser.new_context(
        viewport=DESKTOP if dark else PHONE,  # type: ignore[arg-type]
        locale="en-GB" if dark else "de-DE",
        color_scheme="dark" if dark else "light",
    )
    page = context.new_page()
    level = f"{company.base_url}/lti/levels/first-aid/first-aider"
    begin = f"{company.base_url}/lti/login?"
    launched = in_course(page, course, begin + urlencode(course.initiation(level)), level)
    expect(launched.locator("h1")).to_have_text("First aider")
    looked_at(page, launched, f"launched-{name}")
    choosing = in_course(page, course, begin + urlencode(course.initiation(course.redirect_uri)))
    looked_at(page, choosing, f"choose-{name}")
    choosing.get_by_label("First aider").check()
    choosing.get_by_role("button").click()
    expect(choosing.locator('input[name="JWT"]')).to_be_attached()
    looked_at(page, choosing, f"chosen-{name}")
    where = quote(f"{course.url}/openid-configuration", safe="")
    invited = f"{company.base_url}/lti/register?openid_configuration={where}&registration_token=once"
    registering = in_course(page, course, invited)
    looked_at(page, registering, f"register-{name}")
    link = registering.get_by_role("link").get_attribute("href") or ""
    assert "/admin/lti/register?" in link
    context.close()
