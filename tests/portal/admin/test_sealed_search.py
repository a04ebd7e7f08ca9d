"""Whom and what somebody searches for stands in no address: neither in one that is asked, nor in one that is led to."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field
from html import unescape
from random import Random
from typing import Any
from urllib.parse import unquote_plus
from uuid import UUID

import pytest
from httpx2 import Response

from issuer.link_secret import known_link_secret, link_secret
from issuer.people.directory_import import Missing, import_directory
from issuer.sign_in.roles import Role
from issuer.wall_choices import answer
from portal.sealed_search import ALL, FIELD, is_id
from portal.wall.wall_view import address_of, looking_of
from tests.portal.admin.conftest import ADA, Desk, browser_of
from tests.portal.admin.test_credentials import fields as hidden
from tests.portal.sign_in.conftest import Browser

BEN = "ben@brightmoor.example"
UNREAD = {"en": "cannot be read: somebody else made it", "de": "lässt sich nicht lesen: Jemand anderes hat sie"}
_ADDRESS = re.compile(r'\b(?:href|src|action)="([^"]*)"')


@dataclass
class Walk:
    """A browser, and every address that it asked for, was led to, or could follow from a page."""

    browser: Browser
    addresses: list[str] = field(default_factory=list)

    def get(self, path: str, **headers: str) -> Response:
        return self._noted(path, self.browser.get(path, **headers))

    def post(self, path: str, **sent: Any) -> Response:
        return self._noted(path, self.browser.post(path, **sent))

    def search(self, page: str, form: str, **sent: str) -> str:
        """The text of what the form of a page leads to."""
        self.get(page)
        answered = self.post(form, **sent)
        assert answered.status_code == 303, answered.text[:500]
        return unescape(self.get(answered.headers["location"]).text)

    def follow(self, rel: str) -> str:
        """The text of the page before or after."""
        found = re.search(rf'rel="{rel}" href="([^"]+)"', self.browser.page)
        assert found is not None, f"there is no page {rel}"
        return unescape(self.get(unescape(found[1])).text)

    def tells(self, *words: str) -> list[str]:
        """The addresses in which one of these words can be read."""
        read = [unquote_plus(unquote_plus(one)).lower() for one in self.addresses]
        return [one for one in read if any(word.lower() in one for word in words)]

    def _noted(self, path: str, answered: Response) -> Response:
        self.addresses += [path, str(answered.request.url), answered.headers.get("location", "")]
        if answered.headers.get("content-type", "").startswith("text/html"):
            self.addresses += [unescape(one) for one in _ADDRESS.findall(answered.text)]
        return answered


@pytest.fixture
def walk(desk: Desk) -> Walk:
    """On the wall are two, and one of them is of a team, as one of two is of whom the admin manages."""
    rows = "email,name,teams,manager\nvalid@brightmoor.example,Zoë Kjærsgaard,studio,\n"
    rows += f"{BEN},Ben Okafor,studio|platform,{ADA}\n"
    import_directory(
        desk.db,
        rows.encode(),
        missing=Missing.KEEP,
        now=desk.clock(),
        today=desk.clock().date(),
        randomness=secrets.token_bytes,
        actor="test",
    )
    for name in ("valid", "suspended"):
        who = desk.person_id(f"{name}@brightmoor.example")
        answer(desk.db, None, person_id=who, agreed=True, now=desk.clock())
    return Walk(desk.browser)


def of(desk: Desk, email: str, *roles: Role) -> Walk:
    return Walk(browser_of(desk.service, email, Random(email), *roles))  # noqa: S311


@dataclass(frozen=True)
class Case:
    """A page with its form, what is searched for in it, what is found then, and what is not found any more."""

    page: str
    form: str
    sent: dict[str, str]
    found: str
    gone: str

    def __str__(self) -> str:
        return f"{self.page} {','.join(self.sent)}"


CASES = [
    Case("/admin/people", "/admin/people", {"q": "okafor"}, "<bdi>Ben Okafor</bdi>", "كليو المصرية"),
    Case("/admin/people", "/admin/people", {"q": BEN}, "<bdi>Ben Okafor</bdi>", "كليو المصرية"),
    Case("/admin/people", "/admin/people", {"team": "office"}, "<bdi>Ada Admin</bdi></a>", "Ben Okafor"),
    Case("/admin/credentials", "/admin/credentials", {"q": "Kjærsgaard"}, "Zoë Kjærsgaard", "Łukasz"),
    Case("/admin/audit", "/admin/audit", {"subject": ADA}, "Nothing is found", "directory imported"),
    Case("/admin/audit", "/admin/audit", {"action": "credential revoked"}, "credential revoked", "directory imported"),
    Case("/admin/award", "/admin/award/whom", {"who": BEN, "level": "cloud-engineering/associate"},
         f'value="{BEN}"', "Whom do you mean?"),
    Case("/team", "/team", {"team": "studio"}, "Ben Okafor", "كليو المصرية"),
    Case("/wall", "/wall", {"team": "studio"}, "Zoë Kjærsgaard", "Nothing here of that kind."),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_is_searched_for_is_found_and_stands_in_no_address(desk: Desk, walk: Walk, case: Case) -> None:
    lowered = walk.search(case.page, case.form, **case.sent)
    assert case.found in lowered
    assert case.gone not in lowered
    words = [word for name, word in case.sent.items() if name != "level"]
    assert walk.tells(*words) == [], (
        "of the sealed words none; team names stand in the choices of the page, not in links"
    )
    assert any(f"{FIELD}=" in one for one in walk.addresses)
    for word in words:
        assert f'value="{word}"' in lowered or f" selected>{word}<" in lowered, "the form shows what was searched for"


@pytest.mark.parametrize("case", CASES, ids=str)
def test_words_in_an_address_are_sealed_before_anything_is_searched(desk: Desk, walk: Walk, case: Case) -> None:
    answered = desk.browser.client.get(case.page, params=case.sent)
    assert answered.status_code == 303
    assert answered.headers["cache-control"] == "no-store"
    led = answered.headers["location"]
    walk.get(led)
    assert case.found in unescape(walk.browser.page)
    assert walk.tells(*(word for name, word in case.sent.items() if name != "level")) == []
    assert ("level=" in led) == ("level" in case.sent), "what is of nobody stays readable"
    again = walk.search(case.page, case.form, **case.sent)
    assert led in walk.addresses[3:], "the same search is the same address"
    assert case.found in again


@pytest.mark.parametrize("case", CASES, ids=str)
def test_it_opens_for_whoever_sealed_it_and_unaltered(desk: Desk, walk: Walk, case: Case) -> None:
    walk.get(case.page)
    led = walk.post(case.form, **case.sent).headers["location"]
    others = of(desk, BEN, Role.ADMIN, Role.MANAGER)
    sealed = led.partition(f"{FIELD}=")[2].partition("&")[0]
    for altered in (sealed[:-2] + ("A" if sealed[-2] != "A" else "B") + sealed[-1], sealed[:20], "x"):
        for language, words in UNREAD.items():
            answered = walk.get(led.replace(sealed, altered), **{"Accept-Language": language})
            assert answered.status_code == 200
            assert words in answered.text
    assert case.found in unescape(walk.get(led).text), "it is still his own"
    assert walk.browser.post("/sign-out").status_code == 303
    for language, words in UNREAD.items():
        answered = others.get(led, **{"Accept-Language": language})
        assert words in answered.text
        assert not any(f'value="{word}"' in unescape(answered.text) for word in case.sent.values() if "/" not in word)
    again = of(desk, ADA, Role.ADMIN, Role.MANAGER)
    assert case.found in unescape(again.get(led).text), "kept as a bookmark, it opens in his next session"


def test_a_seal_of_one_search_opens_no_other(desk: Desk, walk: Walk) -> None:
    walk.get("/admin/people")
    led = walk.post("/admin/people", q="okafor").headers["location"]
    assert UNREAD["en"] in walk.get(led.replace("/admin/people", "/admin/credentials")).text


def test_pages_of_people_keep_the_search(desk: Desk, walk: Walk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.admin.people._IN_PAGE", 1)
    first = walk.search("/admin/people", "/admin/people", team="platform", gone="yes")
    second = walk.follow("next")
    assert ("Ben Okafor" in first, "Ben Okafor" in second) == (True, False)
    assert "كليو المصرية" in second
    assert "Ada Admin</bdi></a>" not in first + second
    assert 'rel="next"' not in second
    assert "gone=yes" in walk.addresses[-1] or any("gone=yes" in one for one in walk.addresses)
    assert walk.follow("prev") == first
    assert walk.tells("platform") == []


def test_pages_of_the_trail_keep_the_search(desk: Desk, walk: Walk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.admin.trail._IN_PAGE", 1)
    first = walk.search("/admin/audit", "/admin/audit", action="credential", actor="test")
    second = walk.follow("next")
    assert first != second
    assert 'lang="en">credential' in second
    assert walk.tells("actor", "action=") == []


def test_a_change_of_all_that_are_found_keeps_the_search(desk: Desk, walk: Walk) -> None:
    sent = {"q": "Kjærsgaard", "standing": "valid"}
    found = walk.search("/admin/credentials", "/admin/credentials", **sent)
    kept = hidden(found)
    assert kept["standing"] == "valid"
    assert "q" not in kept
    looked = walk.get(
        "/admin/credentials/change?" + "&".join(f"{k}={v}" for k, v in kept.items()) + "&change=revoke&all=yes"
    )
    assert "1 credential would be changed" in looked.text
    begun = walk.post("/admin/credentials/change", **hidden(looked.text), reason="the exam was copied")
    assert begun.headers["location"].startswith("/admin/jobs/")
    assert walk.tells("kjærsgaard") == []


def test_what_cannot_be_read_changes_nothing_and_fills_no_file(desk: Desk, walk: Walk) -> None:
    walk.get("/admin/credentials")
    looked = walk.get(f"/admin/credentials/change?change=revoke&all=yes&{FIELD}=x")
    assert "would be changed" not in looked.text.partition("<main")[2].replace("0 credentials would be changed", "")
    sent = {"change": "revoke", "all": "yes", FIELD: "x", "reason": "oops", "seen": "x"}
    for language, words in UNREAD.items():
        desk.browser.client.headers["Accept-Language"] = language
        refused = walk.post("/admin/credentials/change", **sent)
        assert refused.status_code == 422
        assert words in refused.text
        desk.browser.client.headers["Accept-Language"] = ""
    led = walk.get(f"/team/people.csv?{FIELD}=x&only=valid")
    assert (led.status_code, led.headers["location"]) == (303, f"/team?{FIELD}=x&only=valid")


def test_figures_and_the_file_of_a_team_keep_it(desk: Desk, walk: Walk) -> None:
    walk.search("/team", "/team", team="office", order="due")
    leads = [one for one in walk.addresses if one.startswith("/team") and FIELD in one]
    assert any(one.startswith("/team/people.csv?") and "order=due" in one for one in leads)
    file = next(one for one in leads if one.startswith("/team/people.csv?"))
    assert len(walk.get(file).text.splitlines()) == 1, "of that team nobody reports to her"
    assert len(walk.get("/team/people.csv").text.splitlines()) == 3
    assert (
        walk.browser.client.get("/team/people.csv?team=office").headers["location"].startswith("/team/people.csv?sou")
    )
    assert walk.tells("office") == []


def test_the_wall_carries_the_team_on_and_strangers_see_none() -> None:
    looking = looking_of({"team": "platform", "program": "craft"}, UUID(int=7))
    assert address_of(looking, {FIELD: "abc"}) == f"/wall?program=craft&{FIELD}=abc"
    assert looking_of({"team": "platform"}, None).team == ""


def test_whoever_is_not_signed_in_takes_no_words_through_the_door(desk: Desk) -> None:
    stranger = Walk(Browser(desk.browser.client, "Firefox"))
    desk.browser.client.cookies.clear()
    led = stranger.get(f"/admin/people?q=okafor&gone=yes&{FIELD}=abc").headers["location"]
    assert "okafor" not in led
    assert "gone%3Dyes" in led
    assert f"{FIELD}%3Dabc" in led, "what is sealed goes on"


def test_one_who_was_chosen_by_his_id_is_not_sealed(desk: Desk, walk: Walk) -> None:
    ben = str(desk.person_id(BEN))
    assert is_id(ben)
    assert not is_id("okafor")
    assert walk.get(f"/admin/award?who={ben}").status_code == 200
    assert walk.post("/admin/award/whom", who=ben).headers["location"] == f"/admin/award?who={ben}"


def test_the_name_of_a_duty_is_sealed_too(desk: Desk, walk: Walk) -> None:
    led = desk.browser.client.get("/admin/duties/new", params={"whom": "person", "name": BEN}).headers["location"]
    assert BEN in walk.get(led).text
    assert walk.tells(BEN) == []


def test_a_form_of_a_search_is_refused_from_elsewhere(desk: Desk) -> None:
    desk.look("/admin/people")
    assert desk.browser.post("/admin/people", q="okafor", csrf="wrong").status_code == 403
    assert desk.browser.post("/admin/people", q="okafor", origin="https://evil.example").status_code == 403


def test_all_processes_have_one_secret_that_is_made_once(desk: Desk) -> None:
    assert known_link_secret(desk.db) is None
    desk.look("/admin/people")
    assert known_link_secret(desk.db) is None, "looking makes none"
    made = link_secret(desk.db, lambda number: b"1" * number)
    assert made == link_secret(desk.db, lambda number: b"2" * number) == known_link_secret(desk.db)


def test_every_search_seals_what_people_type() -> None:
    """Whoever adds a search says of each field whether an address may show it."""
    shown = {name for page in ALL for name in page.shown}
    assert shown == {
        "gone", "level", "standing", "expiring", "expires_from", "expires_until", "earned_from", "earned_until",
        "since", "until", "whom", "people", "program", "only", "order",
    }  # fmt: skip
    assert not {name for page in ALL for name in page.sealed} & shown
