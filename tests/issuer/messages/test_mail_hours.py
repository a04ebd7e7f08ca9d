"""Quiet hours: mail waits until the recipient's own day begins, whatever his clock does that night."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issuer.messages.mail_hours import deliverable_at, narrowest
from issuer.program_settings import MailHours

USUAL = MailHours()


def hours(begin: int, end: int, *, weekdays_only: bool = False) -> MailHours:
    return MailHours.model_validate({"from": begin, "to": end, "weekdays_only": weekdays_only})


@pytest.mark.parametrize(
    ("instant", "zone", "when", "expected"),
    [
        # 7:59, 8:00, 17:59 and 18:00 in Berlin, on a Monday in winter
        ("2027-01-11T06:59:00Z", "Europe/Berlin", USUAL, "2027-01-11T07:00:00Z"),
        ("2027-01-11T07:00:00Z", "Europe/Berlin", USUAL, "2027-01-11T07:00:00Z"),
        ("2027-01-11T16:59:59Z", "Europe/Berlin", USUAL, "2027-01-11T16:59:59Z"),
        ("2027-01-11T17:00:00Z", "Europe/Berlin", USUAL, "2027-01-12T07:00:00Z"),
        # the same instant is day in Tokyo, and night in Los Angeles
        ("2027-01-12T00:30:00Z", "Asia/Tokyo", USUAL, "2027-01-12T00:30:00Z"),
        ("2027-01-12T08:30:00Z", "America/Los_Angeles", USUAL, "2027-01-12T16:00:00Z"),
        # Friday evening waits for Monday, unless weekends count too
        ("2027-01-15T20:00:00Z", "Europe/Berlin", USUAL, "2027-01-18T07:00:00Z"),
        ("2027-01-15T20:00:00Z", "Europe/Berlin", hours(8, 18), "2027-01-16T07:00:00Z"),
        # the nights in which clocks change, in Berlin: eight o'clock is an hour earlier, and later, in UTC
        ("2027-03-27T20:00:00Z", "Europe/Berlin", hours(8, 18), "2027-03-28T06:00:00Z"),
        ("2027-10-30T20:00:00Z", "Europe/Berlin", hours(8, 18), "2027-10-31T07:00:00Z"),
        # an hour that is skipped begins when the skip ends; hours that are skipped wholly come the day after
        ("2027-03-28T00:30:00Z", "Europe/Berlin", hours(2, 6), "2027-03-28T01:00:00Z"),
        ("2027-03-28T00:30:00Z", "Europe/Berlin", hours(2, 3), "2027-03-29T00:00:00Z"),
        # an hour that occurs twice counts both times
        ("2027-10-31T00:30:00Z", "Europe/Berlin", hours(2, 3), "2027-10-31T00:30:00Z"),
        ("2027-10-31T01:30:00Z", "Europe/Berlin", hours(2, 3), "2027-10-31T01:30:00Z"),
        # midnight does not exist where the clock jumps then (Cairo, 30 April 2027)
        ("2027-04-29T21:30:00Z", "Africa/Cairo", hours(0, 2), "2027-04-29T22:00:00Z"),
        # a whole day does not exist (Samoa, 30 December 2011)
        ("2011-12-30T08:00:00Z", "Pacific/Apia", hours(8, 18), "2011-12-30T18:00:00Z"),
    ],
)
def test_mail_goes_out_in_the_recipients_day(instant: str, zone: str, when: MailHours, expected: str) -> None:
    found = deliverable_at(datetime.fromisoformat(instant), ZoneInfo(zone), when)
    assert found == datetime.fromisoformat(expected)


ZONES = [
    "Europe/Berlin",
    "America/St_Johns",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Asia/Kathmandu",
    "America/Santiago",
]


@given(
    st.integers(0, 2 * 365 * 24 * 60).map(
        lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    ),
    st.sampled_from(ZONES),
    st.integers(0, 23).flatmap(lambda begin: st.tuples(st.just(begin), st.integers(begin + 1, 24))),
    st.booleans(),
)
def test_it_is_the_first_instant_that_is_allowed(
    instant: datetime, zone: str, window: tuple[int, int], weekdays_only: bool
) -> None:
    allowed, local = hours(*window, weekdays_only=weekdays_only), ZoneInfo(zone)
    found = deliverable_at(instant, local, allowed)

    def within(moment: datetime) -> bool:
        there = moment.astimezone(local)
        return window[0] <= there.hour < window[1] and not (weekdays_only and there.weekday() >= 5)

    assert found >= instant
    assert within(found)
    earlier = instant
    while earlier < found:
        assert not within(earlier)
        earlier += timedelta(minutes=30)
    assert deliverable_at(found, local, allowed) == found


def test_several_programs_write_when_all_of_them_may() -> None:
    assert narrowest([]) == USUAL
    assert narrowest([hours(6, 12), hours(8, 20, weekdays_only=True)]) == hours(8, 12, weekdays_only=True)
    assert narrowest([hours(6, 8), hours(10, 20)]) == hours(6, 8)
