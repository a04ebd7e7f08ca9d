"""Somebody looks after his own certifications: with a phone and without scripts, at a desk, in German, in the dark."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.journeys.axe import serious
from tests.journeys.browser import DESKTOP, PHONE, follow, overflows
from tests.journeys.command import run
from tests.journeys.conftest import EXAMPLES, Company, free_port

pytestmark = [
    pytest.mark.browser,
    pytest.mark.peer,  # axe-core comes with the peers
    # Playwright's own event loop leaves its pipes to the garbage collector.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
TODAY = date.today()  # noqa: DTZ011  (the server's own clock)
OTHERS = ("cem", "dan", "eve", "fay", "gil", "hal")
PEOPLE = (
    "email,name,manager,joined_on\nana@brightmoor.example,Ana Núñez de la Fuente y Castañeda,,2023-01-02\n"
    + "".join(f"{name}@brightmoor.example,{name.title()} Other,ana@brightmoor.example,2023-01-02\n" for name in OTHERS)
)
PROGRAM = """program: craft
name: Platform craft
time_zone: UTC
assign:
  - {level: journeyman, to: everyone, required: within 60 days of assignment}
levels:
  - level: apprentice
    name: Apprentice
    criteria: Works beside a journeyman.
    validity: 12 months
    image: associate.svg
    recertification: {window: 90 days, grace: 30 days}
  - level: journeyman
    name: Journeyman of the platform
    criteria: Builds alone.
    validity: 24 months
    image: practitioner.svg
    prerequisites: [apprentice]
    evidence:
      - {id: note, name: Design note, kind: link}
      - {id: talk, name: Recording of the talk, kind: file, required: false}
    assessment: {assessors: 2, decides: every}
    results: [{id: exam, name: Exam, type: Percent, required: true, passing: 70}]
  - level: master
    name: Master
    criteria: Teaches.
    image: expert.svg
    prerequisites: [journeyman]
  - level: safety
    name: Safety at work
    criteria: Knows the exits.
    validity: 12 months
    image: awareness.svg
    recertification: {window: 60 days, takes: {declaration: I know the exits and the meeting point of my building.}}
"""
PICTURES = os.environ.get("GUILDMARK_TEST_PICTURES")
"""Where to write pictures of the pages, to look at."""


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    folder = tmp_path_factory.mktemp("me")
    made = Company(folder / "home", free_port())

    def done(*arguments: str) -> None:
        ran = made.command(*arguments)
        assert ran.code == 0, ran.err

    done("init", "--name", "Brightmoor Systems", "--base-url", made.base_url)
    (folder / "people.csv").write_text(PEOPLE, encoding="utf-8")
    (folder / "program.yaml").write_text(PROGRAM, encoding="utf-8")
    (folder / "awards.csv").write_text(awards(), encoding="utf-8")
    for name in ("associate", "practitioner", "expert", "awareness"):
        (folder / f"{name}.svg").write_bytes((EXAMPLES / "badges" / f"{name}.svg").read_bytes())
    done("people", "import", str(folder / "people.csv"))
    done("program", "apply", str(folder / "program.yaml"))
    done("issue", str(folder / "awards.csv"), "--past")
    with (made.home / "guildmark.toml").open("a", encoding="utf-8") as file:
        file.write('smtp_host = "localhost"\nmail_from = "b@brightmoor.example"\nsign_in_by_mail = true\n')
    made.start()
    try:
        yield made
    finally:
        made.stop()


def day(ago: int) -> str:
    return (TODAY - timedelta(days=ago)).isoformat()


def awards() -> str:
    """Ana's apprenticeship can be renewed, her safety course too; six others became journeymen in 2 to 7 months."""
    lines = ["name,email,program,level,awarded_on,result:exam,evidence_name,evidence_url,narrative"]
    ana = "Ana Núñez de la Fuente y Castañeda,ana@brightmoor.example,craft"
    lines.append(f"{ana},apprentice,{day(300)},,The night shift,https://wiki.brightmoor.example/7,Ran the night shift.")
    lines.append(f"{ana},safety,{day(330)},,,,")
    for months, name in enumerate(OTHERS, start=2):
        other = f"{name.title()} Other,{name}@brightmoor.example,craft"
        lines += [f"{other},apprentice,{day(280)},,,,", f"{other},journeyman,{day(280 - 30 * months)},81,,,"]
    return "\n".join(lines) + "\n"


def signed_in(context: BrowserContext, company: Company, name: str = "ana") -> Page:
    page = context.new_page()
    page.goto(run("admin", "link", f"{name}@brightmoor.example", "--home", str(company.home)).out.strip())
    follow(page.get_by_role("button", name="Sign in").or_(page.get_by_role("button", name="Anmelden")))
    return page


def looked_at(page: Page, name: str, *, scripts: bool = True) -> None:
    """No page is wider than its window or has serious faults for who cannot see it."""
    assert not overflows(page), name
    if scripts:
        found = serious(page)
        assert found == [], f"{name}: {found}"
    if PICTURES:
        page.screenshot(path=str(Path(PICTURES) / f"me-{name}.png"), full_page=True)


@pytest.mark.parametrize("look", ["phone-de", "desk-dark"])
def test_every_page_of_one_s_own(browser: Browser, company: Company, look: str) -> None:
    """On a phone in German, whose words are the longest, and at a desk in the dark: no other pair shows more."""
    german = "de" in look.split("-")
    context = browser.new_context(
        viewport=PHONE if look.startswith("phone") else DESKTOP,  # type: ignore[arg-type]
        color_scheme="dark" if "dark" in look else "light",
        locale="de-DE" if german else "en-GB",
    )
    page = signed_in(context, company)
    expect(page).to_have_url(company.base_url + "/me")
    looked_at(page, f"certifications-{look}")
    follow(page.get_by_role("link", name="Verlauf" if german else "History"))
    looked_at(page, f"history-{look}")
    follow(page.get_by_role("link", name="Kalender" if german else "Calendar"))
    looked_at(page, f"calendar-{look}")
    page.goto(company.base_url + "/me/levels/craft/journeyman")
    looked_at(page, f"level-{look}")
    page.goto(company.base_url + "/me/levels/craft/safety")
    looked_at(page, f"declare-{look}")
    page.goto(company.base_url + "/me")
    follow(page.get_by_role("link", name="Apprentice", exact=True))
    looked_at(page, f"credential-{look}")
    context.close()


def test_somebody_shows_less_and_gives_a_link_to_one(browser: Browser, company: Company) -> None:
    """With a phone and without scripts; the stranger with another."""
    context = browser.new_context(viewport=PHONE, java_script_enabled=False)  # type: ignore[arg-type]
    strangers = browser.new_context(viewport=PHONE)  # type: ignore[arg-type]
    page, stranger = signed_in(context, company), strangers.new_page()
    follow(page.get_by_role("link", name="Apprentice", exact=True))
    public = page.locator("#address ~ p a").first.get_attribute("href") or ""
    stranger.goto(company.base_url + public)
    assert "Ana Núñez" in stranger.locator("main").inner_text()

    page.get_by_label("As initials").check()
    page.get_by_label("Not shown").check()
    follow(page.get_by_role("button", name="Save"))
    assert "Others see it so from now on." in page.locator("main").inner_text()
    assert page.get_by_label("As initials").is_checked()
    stranger.reload()
    text = stranger.locator("main").inner_text()
    assert "A. N. D. L. F. Y. C." in text
    assert "night shift" not in text
    looked_at(stranger, "shown-less")

    page.get_by_label("Closed: it says").check()
    follow(page.get_by_role("button", name="Save"))
    stranger.reload()
    assert "Its holder does not share what it says" in stranger.locator("main").inner_text()
    looked_at(stranger, "closed")

    page.get_by_label("For whom is it?").fill("Voss & Sons")
    follow(page.get_by_role("button", name="Make a link"))
    looked_at(page, "new-link", scripts=False)
    link = page.get_by_role("link", name="/shared/").inner_text()
    stranger.goto(link)
    assert "Ana Núñez" in stranger.locator("main").inner_text()
    looked_at(stranger, "by-link")
    follow(page.get_by_role("button", name="End the link for Voss & Sons"))
    assert stranger.goto(link).status == 404  # type: ignore[union-attr]

    page.get_by_label("Open to everybody").check()
    page.get_by_label("In full").check()
    page.get_by_label("Shown", exact=True).check()
    follow(page.get_by_role("button", name="Save"))
    context.close()
    strangers.close()


def test_somebody_asks_to_be_assessed(browser: Browser, company: Company) -> None:
    """With a phone and without scripts: what was typed is kept when something is missing, files too."""
    context = browser.new_context(viewport=PHONE, java_script_enabled=False)  # type: ignore[arg-type]
    page = signed_in(context, company, "ana")
    follow(page.get_by_role("link", name="Ask for assessment").first)
    page.get_by_label("What I did").fill("Moved the booking service.")
    page.get_by_label("File").set_input_files({"name": "talk.mp4", "mimeType": "video/mp4", "buffer": b"a talk"})
    page.locator("#link-note").fill("https://wiki.brightmoor.example/design note")
    follow(page.get_by_role("button", name="Send"))
    assert "This is no web address." in page.locator("#link-note-fault").inner_text()
    assert page.get_by_label("What I did").input_value() == "Moved the booking service."
    assert "Handed in: talk.mp4" in page.locator("main").inner_text()
    looked_at(page, "refused", scripts=False)
    page.locator("#link-note").fill("https://wiki.brightmoor.example/design")
    follow(page.get_by_role("button", name="Send"))
    assert "You are proposed. This page shows how far it is." in page.locator("main").inner_text()
    assert "talk.mp4" in page.locator("main").inner_text()
    looked_at(page, "proposal", scripts=False)
    page.goto(company.base_url + "/me")
    looked_at(page, "waiting", scripts=False)
    follow(page.get_by_role("link", name="See where it stands"))
    follow(page.get_by_role("button", name="Withdraw it"))
    assert "It is withdrawn." in page.locator("main").inner_text()
    context.close()
