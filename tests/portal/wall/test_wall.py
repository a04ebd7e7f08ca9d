"""The wall: nobody is on it before he agreed, what he said holds at once, and colleagues applaud, once each."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest

from issuer.erasure import erase_person
from issuer.people.directory import leave
from issuer.people.mentors import assign_mentor
from issuer.status import reinstate, revoke, suspend
from issuer.tables import ApplauseRow, WallChoiceRow
from portal.app import create_app
from portal.settings import load_settings
from portal.wall.wall_view import PAGE, address_of, looking_of
from tests.portal.me.conftest import ANA, BEN, OTHERS, Workshop, words
from tests.portal.sign_in.conftest import Browser

AGREED = {"audience": "colleagues", "name": "full"}


def agree(workshop: Workshop, email: str, **wanted: str) -> Browser:
    browser = workshop.signed_in(email)
    browser.get("/me/wall")
    answer = browser.post("/me/wall", **{**AGREED, **wanted})
    assert answer.headers["location"].startswith("/me/wall?done="), answer.text
    return browser


def wall(browser: Browser, query: str = "") -> str:
    answer = browser.get(f"/wall{query}")
    assert answer.status_code == 200
    return words(answer.text)


def public(workshop: Workshop) -> Browser:
    """A stranger's browser, at the same company where the wall is open to strangers."""
    service = workshop.service
    opened = load_settings(
        service.settings.home, {"GUILDMARK_BASE_URL": service.base_url, "GUILDMARK_WALL_PUBLIC": "true"}
    )
    object.__setattr__(service, "settings", opened)
    workshop.app = create_app(service)
    return workshop.browser()


def test_nobody_is_on_the_wall_before_he_agreed(workshop: Workshop) -> None:
    ben = workshop.signed_in(BEN)
    assert "Nothing yet." in wall(ben)
    ana = agree(workshop, ANA)
    assert "Ana Núñez Apprentice Platform craft 20 January 2026 Applaud" in wall(ben)
    assert f'href="/credentials/{workshop.badge}"' in ben.page
    assert "This is yours" in wall(ana)
    ana.get("/me/wall")
    ana.post("/me/wall", audience="nobody", name="full")
    assert "Nothing yet." in wall(ben), "withdrawn at once"


def test_initials_where_he_wants_them_here_or_on_the_credentials_page(workshop: Workshop) -> None:
    ben, ana = workshop.signed_in(BEN), agree(workshop, ANA, name="initials")
    assert "A. N." in wall(ben)
    assert "Núñez" not in ben.page
    assert f"/credentials/{workshop.badge}" not in ben.page, "its page would say the name"
    agree(workshop, ANA)
    own = f"/me/credentials/{workshop.badge}"
    ana.get(own)
    ana.post(f"{own}/show", page="open", name="initials", evidence="shown")
    wall(ben)
    assert "Núñez" not in ben.page


def test_what_is_not_good_any_more_is_not_celebrated(workshop: Workshop) -> None:
    ben, ana = workshop.signed_in(BEN), agree(workshop, ANA)
    own = f"/me/credentials/{workshop.badge}"
    ana.get(own)
    ana.post(f"{own}/show", page="closed", name="full", evidence="shown")
    assert "Núñez" not in wall(ben), "a closed page"
    ana.post(f"{own}/show", page="open", name="full", evidence="shown")
    assert "Núñez" in wall(ben)
    assert workshop.service.keyring is not None
    for change, seen in ((suspend, False), (reinstate, True), (revoke, False)):
        change(
            workshop.db,
            workshop.service.keyring,
            credential_id=workshop.badge,
            reason="seen to",
            actor="test",
            now=workshop.clock(),
        )
        assert ("Núñez" in wall(ben)) == seen, change


def test_after_a_year_or_when_it_expires_or_its_holder_left_it_is_over(workshop: Workshop) -> None:
    ben = workshop.signed_in(BEN)
    agree(workshop, ANA)
    leave(workshop.db, ANA, on=workshop.today - timedelta(days=1), actor="test", now=workshop.clock())
    assert "Núñez" not in wall(ben), "who left cannot withdraw what he said"
    agree(workshop, f"{OTHERS[0]}@brightmoor.example")
    assert "Cem" not in wall(ben), "what was earned in 2025 is no news"
    workshop.award(OTHERS[0], "safety", date(2025, 11, 25))
    assert "Safety at work" in wall(ben)
    workshop.clock.now += timedelta(days=4)
    assert "Safety at work" not in wall(workshop.signed_in(BEN))


def test_colleagues_applaud_once_and_can_take_it_back(workshop: Workshop) -> None:
    agree(workshop, ANA)
    ben, cem = workshop.signed_in(BEN), workshop.signed_in("cem@brightmoor.example")
    wall(ben)
    give = re.search(r'action="(/wall/[^"]+/applause)"', ben.page)
    assert give is not None
    for _ in range(2):
        answer = ben.post(give[1], back="/wall?program=craft")
        award = give[1].split("/")[2]
        assert answer.headers["location"] == f"/wall?program=craft#a-{award}"
    wall(cem)
    cem.post(give[1], back="https://evil.example")
    assert "You applaud" in wall(cem)
    assert cem.page.count('aria-pressed="true"') == 1
    assert "2 people applaud" in wall(ben)
    assert "2 people applaud you" in wall(workshop.signed_in(ANA))
    ben.post(f"{give[1]}/end", back="/wall")
    ben.post(f"{give[1]}/end", back="/wall")
    assert "1 person applauds" in wall(ben)
    ana = workshop.signed_in(ANA)
    wall(ana)
    ana.get("/me/wall")
    assert ana.post(give[1]).status_code == 404, "not himself"
    assert ben.post(f"/wall/{workshop.badge}/applause").status_code == 404, "no award of that id"


def test_the_question_is_asked_once_and_only_after_something_new(workshop: Workshop) -> None:
    cem = workshop.signed_in("cem@brightmoor.example")
    ask = "May colleagues see what you earn on the wall"
    assert ask not in cem.get("/me").text
    workshop.award("cem", "safety", date(2026, 11, 20))
    assert f"You earned “Safety at work”. {ask}" in cem.get("/me").text
    assert cem.post("/me/wall/answer", celebrate="perhaps").status_code == 400
    assert cem.post("/me/wall/answer", celebrate="no").headers["location"] == "/me?done=wall-no"
    assert ask not in cem.get("/me?done=wall-no").text
    assert "you are not asked again" in cem.page
    workshop.award("dan", "safety", date(2026, 11, 20))
    dan = workshop.signed_in("dan@brightmoor.example")
    assert ask in dan.get("/me").text
    assert dan.post("/me/wall/answer", celebrate="yes").headers["location"] == "/me?done=wall-yes"
    seen = wall(dan)
    assert "Dan Other Safety at work" in seen
    assert "Cem" not in seen
    assert ask not in dan.get("/me").text


def test_a_mentor_is_thanked_if_he_agreed(workshop: Workshop) -> None:
    workshop.clock.now -= timedelta(days=400)
    assign_mentor(
        workshop.db, issuer=None, program="craft", candidate=ANA, mentor=BEN, thanked=True, actor="test",
        now=workshop.clock(),
    )  # fmt: skip
    workshop.clock.now += timedelta(days=400)
    agree(workshop, ANA)
    cem = workshop.signed_in("cem@brightmoor.example")
    assert "Thanks" not in wall(cem), "the program's page is another one, and was asked about alone"
    assert "As a mentor" not in cem.get("/me/wall").text
    agree(workshop, BEN, audience="nobody", thanked="yes")
    assert "Thanks to the mentor: Ben Okafor" in wall(cem)
    agree(workshop, BEN, audience="nobody")
    assert "Okafor" not in wall(cem)


def test_strangers_see_what_people_show_to_everybody_and_only_if_the_company_wants(workshop: Workshop) -> None:
    ana = agree(workshop, ANA)
    assert workshop.browser().get("/wall").headers["location"].startswith("/sign-in")
    assert ana.post("/me/wall", audience="everybody", name="full").status_code == 422, "it is not offered"
    stranger = public(workshop)
    assert "Nothing yet." in wall(stranger), "who agreed to colleagues did not agree to the world"
    agree(workshop, ANA, audience="everybody")
    seen = wall(stranger)
    assert "Ana Núñez Apprentice" in seen
    for told in ("Applaud", "Thanks", "Team"):
        assert told not in seen


def test_a_form_without_a_choice_says_so_at_the_field(workshop: Workshop) -> None:
    ana = workshop.signed_in(ANA)
    ana.get("/me/wall")
    answer = ana.post("/me/wall", audience="", name="initials")
    assert answer.status_code == 422
    assert "Choose who may see it, or nobody." in answer.text
    assert re.search(r'value="initials" checked', answer.text), "what was chosen is kept"


@pytest.mark.slow
def test_filters_and_pages_take_as_many_questions_for_many_as_for_one(workshop: Workshop) -> None:
    ben = workshop.signed_in(BEN)
    agree(workshop, ANA)
    wall(ben)
    few = len(workshop.counted()) or 0
    wall(ben)
    few = len(workshop.statements)
    for name in OTHERS:
        agree(workshop, f"{name}@brightmoor.example")
        for level in ("apprentice", "journeyman", "safety", "apprentice"):
            workshop.award(name, level, date(2026, 3, 1))
    workshop.counted()
    seen = wall(ben)
    assert len(workshop.statements) <= few + 2, "mentors and applause"
    assert ben.page.count('<li class="cheer"') == PAGE
    older = re.search(r'rel="next" href="([^"]+)"', ben.page)
    assert older is not None
    first = set(re.findall(r'id="(a-[^"]+)"', ben.page))
    wall(ben, older[1].replace("&amp;", "&").removeprefix("/wall"))
    second = set(re.findall(r'id="(a-[^"]+)"', ben.page))
    assert second
    assert not first & second
    assert "Ana Núñez" in words(ben.page) or "Ana Núñez" in seen
    assert "To the newest" in ben.page
    assert "Nothing here of that kind." in wall(ben, "?program=none")
    assert "Nothing here of that kind." in words(ben.search("/wall", team="none").text)


@pytest.mark.parametrize("query", ["after=x", "after=2026-01-01_00000000000000000000000000000001", "after=_"])
def test_an_address_that_is_none_shows_the_newest(query: str) -> None:
    name, _, value = query.partition("=")
    looking = looking_of({name: value}, None)
    assert looking.after is None
    assert address_of(looking) == "/wall"


def test_erasing_forgets_what_somebody_agreed_to_and_his_applause(workshop: Workshop) -> None:
    agree(workshop, ANA)
    ben = agree(workshop, BEN)
    wall(ben)
    give = re.search(r'action="(/wall/[^"]+/applause)"', ben.page)
    assert give is not None
    ben.post(give[1], back="/wall")
    erase_person(workshop.db, email=BEN, actor="test", now=workshop.clock())
    with workshop.db.read() as session:
        assert session.query(ApplauseRow).count() == 0
        assert session.query(WallChoiceRow).count() == 1
    erase_person(workshop.db, email=ANA, actor="test", now=workshop.clock())
    with workshop.db.read() as session:
        assert session.query(WallChoiceRow).count() == 0
    assert "Nothing yet." in wall(workshop.signed_in("cem@brightmoor.example"))
