"""The calendar of a mail, as a calendar program reads it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import icalendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from issuer.messages.calendar import Due, feed, folded, uid_of

NOW = datetime(2027, 1, 11, 9, 30, tzinfo=UTC)
ANA, CREDENTIAL = UUID(int=1), UUID(int=2)
UID = uid_of("badges.example", ANA, "cloud/expert", CREDENTIAL)
DUE = Due(
    UID, date(2027, 3, 14), "Renew “Cloud; Expert, 2”", "Why: a\\b\nline two", "https://badges.example/c/1?a=b,c;d"
)


def read(text: str) -> icalendar.Component:
    (calendar,) = icalendar.Calendar.from_ical(text, multiple=True)
    return calendar


def test_a_due_date_is_an_event_of_that_whole_day() -> None:
    calendar = read(feed([DUE], now=NOW))
    assert calendar["METHOD"] == "PUBLISH"
    (event,) = calendar.walk("VEVENT")
    assert event["UID"] == UID
    assert (event["DTSTART"].dt, event["DTEND"].dt) == (date(2027, 3, 14), date(2027, 3, 15))
    assert event["DTSTAMP"].dt == NOW
    assert event["SUMMARY"] == DUE.title
    assert event["DESCRIPTION"] == DUE.description
    assert event["URL"] == DUE.url
    (alarm,) = event.walk("VALARM")
    at = datetime(2027, 3, 14, tzinfo=UTC) + alarm["TRIGGER"].dt
    assert at == datetime(2027, 3, 7, 9, 0, tzinfo=UTC)


def test_a_later_mail_moves_the_same_entry() -> None:
    later = read(feed([DUE], now=NOW + timedelta(days=30))).walk("VEVENT")[0]
    first = read(feed([DUE], now=NOW)).walk("VEVENT")[0]
    assert later["UID"] == first["UID"]
    assert later["SEQUENCE"] > first["SEQUENCE"]


def test_duties_are_told_apart() -> None:
    other = uid_of("badges.example", ANA, "cloud/expert", None)
    assert len({UID, other, uid_of("badges.example", UUID(int=9), "cloud/expert", None)}) == 3
    assert uid_of("badges.example", UUID(int=9), "x/y", CREDENTIAL) == UID  # the credential is the duty


def test_no_alarm_comes_too_late() -> None:
    near = Due(UID, date(2027, 1, 15), "Renew", "")
    assert read(feed([near], now=NOW)).walk("VALARM") == []


def test_a_feed_has_every_duty_and_a_name() -> None:
    calendar = read(feed([DUE, Due("other@x", date(2028, 2, 29), "Earn", "")], now=NOW, name="Zoë’s dates"))
    assert calendar["X-WR-CALNAME"] == "Zoë’s dates"
    assert len(calendar.walk("VEVENT")) == 2
    assert read(feed([], now=NOW)).walk("VEVENT") == []


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)


@given(texts, texts)
def test_whatever_people_write_the_calendar_stays_whole(title: str, description: str) -> None:
    text = feed([Due(UID, date(2027, 3, 14), title, description)], now=NOW)
    lines = text.split("\r\n")
    assert lines.pop() == ""
    assert all(len(line.encode()) <= 75 for line in lines)
    assert not any(ord(character) < 32 and character != "\t" for line in lines for character in line)
    (event,) = read(text).walk("VEVENT")
    assert event["UID"] == UID
    assert event["DTSTART"].dt == date(2027, 3, 14)


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"])))
def test_folding_is_undone_by_joining(line: str) -> None:
    parts = list(folded(line))
    assert parts[0] + "".join(part[1:] for part in parts[1:]) == line
    assert all(len(part.encode()) <= 75 for part in parts)
    assert all(part.startswith(" ") for part in parts[1:])


@pytest.mark.parametrize(
    "hostile", ["a\r\nATTENDEE:mailto:x@y", "a\nEND:VEVENT", "a\x0bEND:VCALENDAR", "\u2028BEGIN:X"]
)
def test_nobody_writes_a_line_of_his_own(hostile: str) -> None:
    text = feed([Due(UID, date(2027, 3, 14), hostile, hostile)], now=NOW)
    names = [line.partition(":")[0].partition(";")[0] for line in text.replace("\r\n ", "").splitlines()]
    assert names.count("END") == 3
    assert "ATTENDEE" not in names
