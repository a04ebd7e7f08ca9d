"""Signed in: until one signs out, is idle too long, or leaves; and nobody else's forms count."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from starlette.datastructures import Headers

from issuer.erasure import erase_person
from issuer.people.directory import leave
from issuer.sign_in.sessions import BETWEEN_NOTES, sign_out
from issuer.tables import SessionRow
from portal.sign_in.origins import form_token, is_from_here
from tests.portal.sign_in.conftest import BASE, Company

ANA, BEN = "ana@brightmoor.example", "ben@brightmoor.example"


def count(company: Company) -> int:
    with company.db.read() as session:
        return session.scalar(select(func.count()).select_from(SessionRow)) or 0


def test_a_stranger_is_led_to_the_door_and_back(company: Company) -> None:
    browser = company.browser()
    answer = browser.get("/me/sessions?done=ended")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=/me/sessions%3Fdone%3Dended")
    assert answer.headers["cache-control"] == "no-store"
    page = browser.get(answer.headers["location"])
    assert 'name="next" value="/me/sessions?done=ended"' in page.text
    machine = browser.get("/me/sessions", Accept="application/json")
    assert (machine.status_code, machine.json()["title"]) == (401, "Sign in first")


def test_the_page_shows_who_is_signed_in_and_nobody_keeps_it(company: Company) -> None:
    browser = company.signed_in("cleo@brightmoor.example")
    page = browser.get("/me/sessions")
    assert page.status_code == 200
    assert "<bdi>كليو المصرية</bdi>" in page.text
    assert "Firefox on Linux" in page.text
    assert "This browser" in page.text
    assert (page.headers["cache-control"], page.headers["referrer-policy"]) == ("no-store", "same-origin")
    assert browser.get("/sign-in").headers["location"] == "/me"


def test_german_is_spoken(company: Company) -> None:
    page = company.signed_in(ANA).get("/me/sessions", **{"Accept-Language": "de-AT,de;q=0.9,en;q=0.5"})
    assert '<html lang="de">' in page.text
    assert "Abmelden" in page.text
    assert "Sign out" not in page.text


def test_signing_out_ends_the_session_for_good(company: Company) -> None:
    browser = company.signed_in(ANA)
    token = browser.token
    browser.get("/me/sessions")
    answer = browser.post("/sign-out")
    assert answer.headers["location"] == "/signed-out"
    assert "Max-Age=0" in answer.headers["set-cookie"]
    assert browser.token is None
    assert browser.get("/signed-out").status_code == 200
    browser.client.cookies.set("__Host-guildmark", token or "", domain="badges.brightmoor.example")
    assert browser.get("/me/sessions").status_code == 303
    assert count(company) == 0


def test_a_session_that_is_not_used_ends_and_one_that_is_used_ends_too(company: Company) -> None:
    idle, used = company.signed_in(ANA), company.signed_in(ANA)
    for _ in range(7 * 24 // 6 - 1):
        company.clock.now += timedelta(hours=6)
        assert used.get("/me/sessions").status_code == 200
    assert idle.get("/me/sessions").status_code == 303
    company.clock.now += timedelta(hours=6)
    assert used.get("/me/sessions").status_code == 303, "seven days are the longest"


def test_use_is_written_down_seldom(company: Company) -> None:
    browser = company.signed_in(ANA)

    def noted() -> object:
        with company.db.read() as session:
            return session.scalars(select(SessionRow.used_at)).one()

    begun = noted()
    company.clock.now += BETWEEN_NOTES - timedelta(seconds=1)
    browser.get("/me/sessions")
    assert noted() == begun
    company.clock.now += timedelta(seconds=1)
    browser.get("/me/sessions")
    assert noted() == company.clock.now


def test_who_leaves_or_is_erased_is_signed_out(company: Company) -> None:
    ana, ben = company.signed_in(ANA), company.signed_in(BEN)
    leave(company.db, ANA, on=company.today, actor="test", now=company.clock())
    assert ana.get("/me/sessions").status_code == 200, "it is the last day"
    company.clock.now += timedelta(hours=7)
    assert ana.get("/me/sessions").status_code == 200
    company.clock.now += timedelta(hours=7, minutes=1)
    assert ana.get("/me/sessions").status_code == 303
    ben = company.signed_in(BEN)
    erase_person(company.db, email=BEN, actor="test", now=company.clock())
    assert ben.get("/me/sessions").status_code == 303


def test_one_sees_and_ends_ones_own_sessions_only(company: Company) -> None:
    laptop, phone, other = company.signed_in(ANA), company.signed_in(ANA), company.signed_in(BEN)
    ids = re.findall(r"/me/sessions/([0-9a-f-]{36})/end", laptop.get("/me/sessions").text)
    assert len(ids) == 2
    other.get("/me/sessions")
    assert other.post(f"/me/sessions/{ids[1]}/end").status_code == 404
    answer = laptop.post(f"/me/sessions/{ids[1]}/end")
    assert answer.headers["location"] == "/me/sessions?done=ended"
    assert "That session is ended." in laptop.get(answer.headers["location"]).text
    assert phone.get("/me/sessions").status_code == 303
    assert laptop.post(f"/me/sessions/{ids[0]}/end").headers["location"] == "/signed-out"
    assert laptop.get("/me/sessions").status_code == 303


@pytest.mark.parametrize(("path", "left"), [("/me/sessions/end-others", 1), ("/me/sessions/end-all", 0)])
def test_all_are_ended_at_once(company: Company, path: str, left: int) -> None:
    browsers = [company.signed_in(ANA) for _ in range(3)]
    browsers[0].get("/me/sessions")
    browsers[0].post(path)
    assert count(company) == left
    assert [one.get("/me/sessions").status_code for one in browsers[1:]] == [303, 303]


def test_an_operator_signs_somebody_out(company: Company) -> None:
    browser = company.signed_in(ANA)
    assert sign_out(company.db, email=ANA, actor="test", now=company.clock()) == 1
    assert browser.get("/me/sessions").status_code == 303


@pytest.mark.parametrize(
    ("headers", "ours"),
    [
        ({"Origin": BASE}, True),
        ({"Origin": BASE.upper()}, True),
        ({"Origin": "null", "Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Referer": BASE + "/me/sessions"}, True),
        ({"Origin": "https://evil.example"}, False),
        ({"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"}, False),
        ({"Origin": "null"}, False),
        ({"Origin": "null", "Referer": BASE + "/"}, False),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "cross-site", "Referer": BASE + "/"}, False),
        ({"Sec-Fetch-Site": "none"}, False),
        ({"Referer": BASE + ".evil.example/"}, False),
        ({}, False),
    ],
)
def test_a_browser_says_where_a_form_was_sent_from(headers: dict[str, str], ours: bool) -> None:
    assert is_from_here(Headers(headers), BASE) is ours


def test_only_forms_of_our_own_pages_change_anything(company: Company) -> None:
    browser = company.signed_in(ANA)
    own = form_token(browser.token or "")
    for origin, token in (
        ("https://evil.example", own),
        (None, own),
        (BASE, ""),
        (BASE, "x" * 32),
        (BASE, "é"),
        (BASE, form_token("another session")),
    ):
        answer = browser.post("/sign-out", origin=origin, csrf=token)
        assert answer.status_code == 403, (origin, token)
        assert "not sent from a page of this server" in answer.text
    assert count(company) == 1
    assert browser.post("/sign-out", csrf=own).status_code == 303
    assert count(company) == 0


def test_a_script_of_ours_may_send_the_token_as_a_header(company: Company) -> None:
    browser = company.signed_in(ANA)
    headers = {"Origin": BASE, "X-CSRF-Token": form_token(browser.token or "")}
    assert browser.client.post("/sign-out", headers=headers).status_code == 303


def test_a_token_that_never_was_is_nobody(company: Company) -> None:
    browser = company.browser()
    for token in ("", "x", "x" * 43, "é" * 43, "a" * 5000):
        cookie = f"__Host-guildmark={token}".encode()
        answer = browser.client.get("/me/sessions", headers={"Accept": "text/html", "Cookie": cookie})  # type: ignore[dict-item]
        assert answer.status_code == 303


def test_public_pages_are_the_same_for_everybody(company: Company) -> None:
    stranger, ana = company.browser(), company.signed_in(ANA)
    for path in ("/", "/verify", "/docs", "/issuer"):
        seen, of_ana = stranger.get(path), ana.get(path)
        assert seen.content == of_ana.content, path
        assert seen.headers.get("vary") == of_ana.headers.get("vary")
        assert "private" not in of_ana.headers.get("cache-control", "")
        assert "set-cookie" not in of_ana.headers
    assert 'href="/sign-in"' in stranger.get("/").text
