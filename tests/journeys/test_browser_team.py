"""A manager looks after his people with a phone and at a desk, and assessors score without a mouse."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.journeys.axe import serious
from tests.journeys.browser import DESKTOP, PHONE, follow, overflows, watched
from tests.journeys.command import run
from tests.journeys.conftest import Company, free_port

pytestmark = [
    pytest.mark.browser,
    pytest.mark.peer,  # axe-core comes with the peers
    # Playwright's own event loop leaves its pipes to the garbage collector.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
TODAY = date.today()  # noqa: DTZ011  (the server's own clock)
PEOPLE = """email,name,manager,function,teams,joined_on
ana@brightmoor.example,Ana Núñez de la Fuente y Castañeda,,Head of engineering,,2020-01-01
ben@brightmoor.example,Ben Okafor,ana@brightmoor.example,Team lead,platform,2020-01-01
cleo@brightmoor.example,كليو المصرية,ben@brightmoor.example,Engineer,platform,2020-01-01
dora@brightmoor.example,Dora Dahl,ben@brightmoor.example,Engineer,platform|core,2020-01-01
emil@brightmoor.example,Emil Wolfeschlegelsteinhausenbergerdorff,ben@brightmoor.example,Security engineer,core,{week}
finn@brightmoor.example,Finn Fjord,ben@brightmoor.example,Engineer,core,2020-01-01
gus@brightmoor.example,Gus Grant,ana@brightmoor.example,Security engineer,,2020-01-01
"""
PROGRAM = """program: craft
name: Platform craft
time_zone: UTC
assign:
  - {level: apprentice, to: everyone, required: within 60 days of joining}
  - {level: journeyman, to: {team: platform}, suggested: true}
levels:
  - level: apprentice
    name: Apprentice
    criteria: Works beside a journeyman.
    validity: 12 months
    recertification: {window: 90 days, grace: 30 days}
  - level: journeyman
    name: Journeyman
    criteria: |
      Builds alone, and shows it:

      1. a **design** that others read,
      2. a talk of an hour.
    validity: 24 months
    evidence: [{id: note, name: Design note}]
    assessment: {assessors: 2, functions: 2, not_the_manager: true}
    results:
      - {id: exam, name: Final exam, type: Percent, required: true, passing: 70}
      - id: practice
        name: Practice on the platform
        required: true
        passing: able
        levels:
          - {id: none, name: Not yet, description: Needs help with what comes up every day., points: 0}
          - {id: able, name: Able, description: Alone and calmly., points: 1}
          - {id: great, name: Outstanding, description: Others come to learn., points: 2}
  - level: mate
    name: Team mate
    criteria: Has worked with us for a month.
    assessment: {by: manager}
"""
PICTURES = os.environ.get("GUILDMARK_TEST_PICTURES")
"""Where to write pictures of the pages, to look at."""


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    folder = tmp_path_factory.mktemp("team")
    made = Company(folder / "home", free_port())

    def done(*arguments: str) -> str:
        ran = made.command(*arguments)
        assert ran.code == 0, ran.err
        return ran.out

    done("init", "--name", "Brightmoor Systems", "--base-url", made.base_url)
    (folder / "people.csv").write_text(PEOPLE.format(week=TODAY - timedelta(days=7)), encoding="utf-8")
    (folder / "program.yaml").write_text(PROGRAM, encoding="utf-8")
    done("people", "import", str(folder / "people.csv"))
    done("program", "apply", str(folder / "program.yaml"))
    for name, mail, ago in (("كليو المصرية", "cleo", 30), ("Dora Dahl", "dora", 345), ("Finn Fjord", "finn", 760)):
        day = (TODAY - timedelta(days=ago)).isoformat()
        done("issue", "--name", name, "--email", f"{mail}@brightmoor.example", "--program", "craft",
             "--level", "apprentice", "--awarded-on", day, "--past")  # fmt: skip
    with sqlite3.connect(made.home / "guildmark.db") as db:  # as if all this had been asked for long ago
        db.execute("UPDATE assignments SET assigned_on = '2024-01-01'")
    with (made.home / "guildmark.toml").open("a", encoding="utf-8") as file:
        file.write('smtp_host = "localhost"\nmail_from = "b@brightmoor.example"\nsign_in_by_mail = true\n')
    made.start()
    try:
        yield made
    finally:
        made.stop()


def propose(company: Company, person: str, level: str, *more: str) -> str:
    ran = company.command(
        "propose", f"{person}@brightmoor.example", "--program", "craft", "--level", level, "--json", *more
    )
    assert ran.code == 0, ran.err
    return str(ran.json["id"])


def signed_in(context: BrowserContext, company: Company, name: str) -> Page:
    page = context.new_page()
    page.goto(run("admin", "link", f"{name}@brightmoor.example", "--home", str(company.home)).out.strip())
    follow(page.get_by_role("button", name="Sign in").or_(page.get_by_role("button", name="Anmelden")))
    return page


def looked_at(page: Page, name: str) -> None:
    """No page is wider than its window or has serious faults for who cannot see it."""
    assert not overflows(page), name
    found = serious(page)
    assert found == [], f"{name}: {found}"
    if PICTURES:
        page.screenshot(path=str(Path(PICTURES) / f"{name}.png"), full_page=True)


@pytest.mark.parametrize("look", ["phone-de", "desk-dark"])
def test_a_manager_sees_whom_to_talk_to(browser: Browser, company: Company, look: str) -> None:
    """On a phone in German, whose words are the longest, and at a desk in the dark: no other pair shows more."""
    german = "de" in look.split("-")
    context = browser.new_context(
        viewport=PHONE if look.startswith("phone") else DESKTOP,  # type: ignore[arg-type]
        color_scheme="dark" if "dark" in look else "light",
        locale="de-DE" if german else "en-GB",
    )
    page = signed_in(context, company, "ben")
    complaints = watched(page)
    follow(page.locator("summary").first)
    follow(page.locator(".visitor-menu").get_by_role("link", name="Meine Leute" if german else "My people"))
    assert page.get_by_role("heading", level=1).inner_text() == ("Meine Leute" if german else "My people")
    expect(page.locator(".matrix tbody tr")).to_have_count(4)
    looked_at(page, f"team-{look}")
    overdue = page.get_by_role("link", name="Überfällig" if german else "Overdue").first
    follow(overdue)
    expect(page.locator(".matrix tbody tr")).to_have_count(1)
    follow(page.get_by_role("link", name="Finn Fjord"))
    expect(page.locator(".cardlist .urgent")).to_have_count(1)
    looked_at(page, f"person-{look}")
    assert complaints == []
    context.close()


def test_a_manager_declines_with_a_reason(browser: Browser, company: Company) -> None:
    propose(company, "dora", "mate")
    context = browser.new_context(viewport=PHONE, java_script_enabled=True)  # type: ignore[arg-type]
    page = signed_in(context, company, "ben")
    page.goto(company.base_url + "/team")
    follow(page.get_by_role("link", name="Look at it"))
    looked_at(page, "decisions-phone")
    follow(page.get_by_role("link", name="Dora Dahl"))
    page.get_by_label("Decline").check()
    follow(page.get_by_role("button", name="Record my decision"))
    assert "Declining needs a reason" in page.locator("#remark-fault").inner_text()
    assert page.get_by_label("Decline").is_checked(), "what was chosen is kept"
    looked_at(page, "decision-refused-phone")
    page.get_by_label("Reason").fill("You joined us two weeks ago.")
    follow(page.get_by_role("button", name="Record my decision"))
    assert "Your decision is recorded." in page.get_by_role("status").inner_text()
    assert "You joined us two weeks ago." in page.locator("main").inner_text()
    looked_at(page, "decision-phone")
    context.close()


def test_assessors_score_by_keyboard_beside_the_evidence(browser: Browser, company: Company) -> None:
    note = ("--evidence", "note=https://wiki.brightmoor.example/designs/warm-standby", "--narrative",
            "Designed the **warm standby** of the booking platform.")  # fmt: skip
    asked = ("--assessor", "finn@brightmoor.example", "--assessor", "gus@brightmoor.example")
    one = propose(company, "cleo", "journeyman", *note, *asked)
    desk = browser.new_context(viewport=DESKTOP)  # type: ignore[arg-type]
    page = signed_in(desk, company, "finn")
    page.goto(company.base_url + "/assess")
    looked_at(page, "queue-desk")
    follow(page.get_by_role("link", name="Journeyman"))
    looked_at(page, "case-desk")
    page.get_by_label("Final exam").focus()
    page.keyboard.type("81")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    assert page.get_by_label("Able").is_checked()
    page.keyboard.press("Tab")
    page.keyboard.type("Calm under questions.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Your scores are recorded.")
    looked_at(page, "scored-desk")
    follow(page.get_by_role("link", name="Assessments").last)
    follow(page.get_by_role("link", name="What I scored"))
    looked_at(page, "history-desk")
    desk.close()

    phone = browser.new_context(viewport=PHONE, color_scheme="dark", locale="de-DE")  # type: ignore[arg-type]
    page = signed_in(phone, company, "gus")
    page.goto(f"{company.base_url}/assess/{one}")
    assert "Calm under questions." not in page.locator("main").inner_text()
    looked_at(page, "case-phone-dark-de")
    page.get_by_label("Final exam").fill("92")
    page.get_by_label("Outstanding").check()
    follow(page.get_by_role("button", name="Meine Bewertung festhalten"))
    assert "Calm under questions." in page.locator("main").inner_text()
    expect(page.locator(".pill", has_text="Ausgestellt"), "both found it passed: it is issued").to_have_count(1)
    looked_at(page, "issued-phone-dark-de")
    phone.close()
