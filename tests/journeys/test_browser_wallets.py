"""A badge goes into a wallet, and somebody at a desk asks that wallet for it: with browsers on both sides."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.journeys.axe import serious
from tests.journeys.browser import DESKTOP, PHONE, follow, overflows, watched
from tests.journeys.command import run
from tests.journeys.conftest import EXAMPLES, PROGRAM, Company, free_port
from tests.peers.process import Peer, install

pytestmark = [
    pytest.mark.browser,
    pytest.mark.peer,
    # Playwright's own event loop leaves its pipes to the garbage collector.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
PICTURES = os.environ.get("GUILDMARK_TEST_PICTURES")
TODAY = date.today()  # noqa: DTZ011  (the server's own clock)


@pytest.fixture(scope="module")
def wallets() -> Iterator[Peer]:
    install()
    with Peer() as running:
        yield running


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    folder = tmp_path_factory.mktemp("wallets")
    made = Company(folder / "home", free_port())

    def done(*arguments: str) -> None:
        ran = made.command(*arguments)
        assert ran.code == 0, ran.err

    done("init", "--name", "Brightmoor Systems", "--base-url", made.base_url)
    (folder / "program.yaml").write_text(PROGRAM, encoding="utf-8")
    (folder / "first-aider.svg").write_bytes((EXAMPLES / "badges" / "associate.svg").read_bytes())
    (folder / "people.csv").write_text("email,name\nana@brightmoor.example,Ana Núñez\n", encoding="utf-8")
    lines = "name,email,program,level,awarded_on\nAna Núñez,ana@brightmoor.example,first-aid,first-aider,"
    (folder / "awards.csv").write_text(f"{lines}{TODAY - timedelta(days=9)}\n", encoding="utf-8")
    done("program", "apply", str(folder / "program.yaml"))
    done("people", "import", str(folder / "people.csv"))
    done("issue", str(folder / "awards.csv"), "--past")
    with (made.home / "guildmark.toml").open("a", encoding="utf-8") as file:
        file.write('smtp_host = "localhost"\nmail_from = "b@brightmoor.example"\nsign_in_by_mail = true\n')
    made.start()
    try:
        yield made
    finally:
        made.stop()


def looked_at(page: Page, name: str) -> None:
    """No page is wider than its window or has serious faults for who cannot see it."""
    assert not overflows(page), name
    found = serious(page)
    assert found == [], f"{name}: {found}"
    if PICTURES:
        page.screenshot(path=str(Path(PICTURES) / f"wallets-{name}.png"), full_page=True)


def scanned(page: Page, folder: Path) -> str:
    """What the code on the page says, as a camera reads it."""
    picture = folder / "code.png"
    page.locator("img.qr").screenshot(path=str(picture))
    (found,) = zxingcpp.read_barcodes(Image.open(picture))
    return str(found.text)


@pytest.mark.parametrize("dark", [False, True])
def test_a_wallet_asks_its_owner_on_our_pages(browser: Browser, company: Company, dark: bool) -> None:
    """With a phone in German, and in the dark on a desk: from the wallet over our sign-in and back."""
    name = "desk" if dark else "phone"
    context = browser.new_context(
        viewport=DESKTOP if dark else PHONE,  # type: ignore[arg-type]
        locale="en-GB" if dark else "de-DE",
        color_scheme="dark" if dark else "light",
    )
    page = context.new_page()
    page.goto(run("admin", "link", "ana@brightmoor.example", "--home", str(company.home)).out.strip())
    follow(page.get_by_role("button", name="Sign in" if dark else "Anmelden"))
    follow(page.get_by_role("link", name="First aider", exact=True).first)
    page.goto(page.url.partition("?")[0] + "/wallet")
    looked_at(page, f"standing-{name}")
    link = page.locator('a[href^="openid-credential-offer:"]').get_attribute("href") or ""
    (uri,) = parse_qs(urlsplit(link).query)["credential_offer_uri"]
    offer = company.get(urlsplit(uri).path).json()
    follow(page.get_by_role("button", name="Make an offer" if dark else "Angebot erstellen"))
    expect(page.locator(".tx-code")).to_have_text(re.compile(r"\d{6}"))
    looked_at(page, f"offer-{name}")
    complaints = watched(page)
    back = f"http://127.0.0.1:{free_port()}/came-back"  # nobody listens there: that it is asked for is all
    asked = {
        "response_type": "code",
        "client_id": "a-wallet",
        "redirect_uri": back,
        "issuer_state": offer["grants"]["authorization_code"]["issuer_state"],
        "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        "code_challenge_method": "S256",
    }
    page.goto(f"{offer['credential_issuer']}/authorize?{urlencode({**asked, 'code_challenge_method': 'plain'})}")
    looked_at(page, f"refused-{name}")
    page.goto(f"{offer['credential_issuer']}/authorize?{urlencode(asked)}")
    looked_at(page, f"consent-{name}")
    with page.expect_event("requestfailed", lambda one: one.url.startswith(back)):
        page.get_by_role("button", name="Give it to the wallet" if dark else "Der Wallet geben").click()
    (last,) = [one.partition(" ")[0] for one in complaints if one.startswith(back)]
    told = parse_qs(urlsplit(last).query)
    assert told["iss"] == [offer["credential_issuer"]]
    assert len(told["code"][0]) == 43
    assert [one for one in complaints if "400" not in one and not one.startswith(back)] == []
    context.close()


def fetched(browser: Browser, company: Company, wallets: Peer, folder: Path) -> dict[str, Any]:
    """Ana, with a phone in German, puts her badge into her wallet."""
    context = browser.new_context(viewport=PHONE, locale="de-DE")  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(run("admin", "link", "ana@brightmoor.example", "--home", str(company.home)).out.strip())
    follow(page.get_by_role("button", name="Anmelden"))
    follow(page.get_by_role("link", name="First aider", exact=True).first)
    looked_at(page, "credential-phone")
    follow(page.get_by_role("button", name="In die Learner Credential Wallet übernehmen"))
    looked_at(page, "exchange-phone")
    code = scanned(page, folder)
    assert urlsplit(code).path.startswith("/interactions/")
    assert parse_qs(urlsplit(code).query) == {"iuv": ["1"]}
    stranger = context.new_page()
    stranger.goto(code)
    looked_at(stranger, "interaction-phone")
    got = wallets.ask("fetch-by-exchange", link=f"interaction:{code}", server=company.base_url, wallet="other")
    assert got["status"] == 200, got["body"]
    follow(page.get_by_role("link", name="Ist er angekommen?"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Er ist in Ihrer Wallet")
    looked_at(page, "exchanged-phone")
    context.close()
    return dict(got)


def in_a_new_tab(waiting: Page, address: str) -> Page:
    """The page a wallet leads to. A wallet opens a tab of its own; the waiting page, which without scripts refreshes
    itself, would also abort a walk elsewhere that begins in the same moment.
    """
    opened = waiting.context.new_page()
    waiting.close()
    opened.goto(address)
    return opened


def test_from_the_holder_s_page_to_a_verifier_s_desk(
    browser: Browser, company: Company, wallets: Peer, tmp_path: Path
) -> None:
    got = fetched(browser, company, wallets, tmp_path)
    (credential,) = got["body"]["verifiablePresentation"]["verifiableCredential"]

    def answer(link: str, **instead: str) -> dict[str, Any]:
        answered: dict[str, Any] = wallets.ask(
            "answer-vp-request",
            link=link,
            server=company.base_url,
            format="ldp_vc",
            credential=json.dumps(credential, ensure_ascii=False),
            claims=credential,
            key=got["key"],
            instead=instead,
        )
        return answered

    desk = browser.new_context(viewport=DESKTOP, color_scheme="dark", locale="en-GB")  # type: ignore[arg-type]
    page = desk.new_page()
    complaints = watched(page)
    page.goto(company.base_url + "/verify")
    looked_at(page, "verify-desk")
    follow(page.get_by_role("link", name="Ask a wallet"))
    looked_at(page, "ask-desk")
    page.get_by_label("First aider").check()
    follow(page.get_by_role("button", name="Show the code"))
    looked_at(page, "waiting-desk")
    assert answer(scanned(page, tmp_path))["status"] == 200
    expect(page.get_by_text("It is bound to a key of its holder").first).to_be_visible()  # the script looked again
    looked_at(page, "shown-desk")
    assert "Ana Núñez" in page.locator("main").inner_text()
    follow(page.get_by_role("button", name="Delete it now"))
    assert complaints == []
    desk.close()

    phone = browser.new_context(viewport=PHONE, locale="de-DE", java_script_enabled=False)  # type: ignore[arg-type]
    page = phone.new_page()
    page.goto(company.base_url + "/verify/wallet")
    follow(page.get_by_role("button", name="Code anzeigen"))
    link = page.get_by_role("link", name="Wallet öffnen").get_attribute("href") or ""
    back = answer(link)["body"]["redirect_uri"]
    thief = browser.new_context()
    other = thief.new_page()
    led = other.goto(back)
    assert led is not None
    assert led.status == 404, "the answer is for the browser that asked"
    thief.close()
    page = in_a_new_tab(page, back)
    assert "Ana Núñez" in page.locator("main").inner_text()
    assert not overflows(page)
    if PICTURES:
        page.screenshot(path=str(Path(PICTURES) / "wallets-shown-phone.png"), full_page=True)
    page.goto(company.base_url + "/verify/wallet")
    if PICTURES:
        page.screenshot(path=str(Path(PICTURES) / "wallets-ask-phone.png"), full_page=True)
    follow(page.get_by_role("button", name="Code anzeigen"))
    if PICTURES:
        page.screenshot(path=str(Path(PICTURES) / "wallets-waiting-phone.png"), full_page=True)
    link = page.get_by_role("link", name="Wallet öffnen").get_attribute("href") or ""
    page = in_a_new_tab(page, answer(link, error="access_denied")["body"]["redirect_uri"])
    expect(page.get_by_role("heading", level=1)).to_have_text("Die Wallet hat abgelehnt")
    phone.close()
