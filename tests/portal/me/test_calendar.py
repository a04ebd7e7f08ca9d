"""The calendar of somebody's due dates, at an address that nobody can guess."""

from __future__ import annotations

import re

from tests.portal.me.conftest import ANA, BEN, Workshop, words
from tests.portal.sign_in.conftest import Browser


def made(browser: Browser) -> str:
    browser.get("/me/calendar")
    assert browser.post("/me/calendar").headers["location"] == "/me/calendar?done=made"
    page = browser.get("/me/calendar?done=made").text
    found = re.search(r"https://badges\.brightmoor\.example(/calendar/[A-Za-z0-9_-]{43}\.ics)", page)
    assert found is not None
    assert f"webcal://badges.brightmoor.example{found[1]}" in page
    return found[1]


def test_due_dates_in_one_s_own_calendar(workshop: Workshop) -> None:
    ana, calendar = workshop.signed_in(ANA), workshop.browser()
    address = made(ana)
    answer = calendar.get(address)
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert answer.headers["cache-control"] == "private, max-age=3600"
    text = answer.text.replace("\r\n ", "")
    assert "SUMMARY:Renew “Apprentice”" in text
    assert "DTSTART;VALUE=DATE:20270120" in text
    assert "URL:https://badges.brightmoor.example/me/levels/craft/apprentice" in text
    assert "Ana" not in text
    assert "Núñez" not in text
    german = calendar.get(f"{address}?lang=de").text.replace("\r\n ", "")
    assert "SUMMARY:„Apprentice“ erneuern" in german


def test_the_address_is_shown_once_renewed_and_switched_off(workshop: Workshop) -> None:
    ana, calendar = workshop.signed_in(ANA), workshop.browser()
    first = made(ana)
    ana.client.cookies.delete("__Host-guildmark-calendar")
    assert first not in ana.get("/me/calendar").text
    assert "You have an address since" in ana.page
    second = made(ana)
    assert (calendar.get(first).status_code, calendar.get(second).status_code) == (404, 200)
    assert ana.post("/me/calendar/off").headers["location"] == "/me/calendar?done=off"
    assert calendar.get(second).status_code == 404
    assert calendar.get("/calendar/short.ics").status_code == 404


def test_what_stands_in_it_is_shown(workshop: Workshop) -> None:
    assert "Renew “Apprentice” 20 January 2027" in words(workshop.signed_in(ANA).get("/me/calendar").text)
    assert "Earn “Journeyman”" in words(workshop.signed_in(BEN).get("/me/calendar").text)
