"""Somebody signs in with a phone: at the company's provider, and by a mailed link; and looks where he is signed in."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from tests.journeys.browser import PHONE, follow, overflows
from tests.journeys.conftest import Company, free_port, run
from tests.peers.conftest import REASON_NO_NODE
from tests.peers.oidc import OidcProvider
from tests.peers.process import install

pytestmark = [
    pytest.mark.browser,
    pytest.mark.peer,
    # Playwright's own event loop leaves its pipes to the garbage collector.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
PEOPLE = "email,name,manager\nana@brightmoor.example,Ana Núñez de la Fuente y Castañeda,\n"
PICTURES = os.environ.get("GUILDMARK_TEST_PICTURES")
"""Where to write pictures of the pages, to look at."""


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """A company whose people sign in at a provider, served by a process of its own."""
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip(REASON_NO_NODE)
    install()
    folder = tmp_path_factory.mktemp("signing-in")
    made = Company(folder / "home", free_port())
    assert made.command("init", "--name", "Brightmoor Systems", "--base-url", made.base_url).code == 0
    (folder / "people.csv").write_text(PEOPLE, encoding="utf-8")
    assert made.command("people", "import", str(folder / "people.csv")).code == 0
    with OidcProvider(made.base_url, folder) as provider:
        settings = provider.settings()
        roles = settings.pop("oidc_roles").split(",")
        lines = [f'{name} = "{value}"' for name, value in settings.items()]
        lines += ['smtp_host = "localhost"', 'mail_from = "b@brightmoor.example"', "sign_in_by_mail = true"]
        lines += ["[oidc_roles]", *('"{}" = "{}"'.format(*pair.split("=")) for pair in roles)]
        with (made.home / "guildmark.toml").open("a", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
        made.start()
        try:
            yield made
        finally:
            made.stop()


def picture(page: Page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=str(Path(PICTURES) / f"{name}.png"), full_page=True)


def watched_here(page: Page, base_url: str) -> list[str]:
    """What our own pages complain about; those of the provider want fonts from elsewhere, and do not get them."""
    complaints: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and message.location["url"].startswith(base_url):
            complaints.append(message.text)

    page.on("console", listen)
    return complaints


def test_somebody_signs_in_at_the_provider_and_out_again(browser: Browser, company: Company) -> None:
    """With a phone, and without scripts."""
    context = browser.new_context(viewport=PHONE, java_script_enabled=False)  # type: ignore[arg-type]
    page = context.new_page()
    complaints = watched_here(page, company.base_url)
    context.route("https://**", lambda route: route.abort())  # the provider's pages want fonts from elsewhere
    page.goto(company.base_url + "/me")
    expect(page).to_have_url(company.base_url + "/sign-in")
    assert not overflows(page)
    picture(page, "sign-in-phone")
    page.get_by_label("Your e-mail address at work").fill("ana")
    follow(page.get_by_role("button", name="Mail me a link"))
    assert page.get_by_label("Your e-mail address at work").input_value() == "ana"
    assert page.locator("#email-fault").inner_text().startswith("This is no e-mail address.")
    picture(page, "no-address-phone")
    follow(page.get_by_role("link", name="Sign in with your company account"))
    page.get_by_placeholder("Enter any login").fill("ana")
    page.get_by_placeholder("and password").fill("any")
    follow(page.get_by_role("button", name="Sign-in"))
    follow(page.get_by_role("button", name="Continue"))
    expect(page).to_have_url(company.base_url + "/me")
    page.goto(company.base_url + "/me/sessions")
    assert page.get_by_role("heading", level=1).inner_text() == "Where I am signed in"
    assert "Chrome on Linux" in page.locator("main").inner_text()
    assert not overflows(page)
    picture(page, "sessions-phone")
    follow(page.locator("summary"))
    assert page.locator(".visitor-menu").get_by_text("Ana Núñez de la Fuente y Castañeda").is_visible()
    picture(page, "menu-phone")
    follow(page.locator(".visitor-menu").get_by_role("button", name="Sign out"))
    assert page.get_by_role("heading", level=1).inner_text() == "You are signed out here"
    picture(page, "signing-out-phone")
    follow(page.get_by_role("link", name="Go on"))
    follow(page.get_by_role("button", name=re.compile("Yes|sign me out", re.IGNORECASE)).first)
    expect(page).to_have_url(re.compile(re.escape(company.base_url + "/signed-out")))
    picture(page, "signed-out-phone")
    page.goto(company.base_url + "/me")
    expect(page).to_have_url(company.base_url + "/sign-in")
    assert [one for one in complaints if "422" not in one] == []
    context.close()


def test_a_link_signs_in(browser: Browser, company: Company) -> None:
    page = browser.new_page(viewport=PHONE)
    complaints = watched_here(page, company.base_url)
    link = run("admin", "link", "ana@brightmoor.example", "--home", str(company.home)).out.strip()
    page.goto(link)
    assert not overflows(page)
    picture(page, "link-phone")
    follow(page.get_by_role("button", name="Sign in"))
    expect(page).to_have_url(company.base_url + "/me")
    page.goto(company.base_url + "/me/sessions")
    follow(page.get_by_role("button", name="Sign out everywhere"))
    expect(page).to_have_url(company.base_url + "/signed-out")
    page.goto(link)
    assert "does not work any more" in page.locator("main").inner_text()
    picture(page, "used-link-phone")
    assert [one for one in complaints if "410" not in one] == []
    page.close()
