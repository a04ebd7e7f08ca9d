"""How long a credential lasts: the rules of the calendar, and that no day is lost or won anywhere."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issuer.validity import Validity, end_of_day, last_day, parse_validity, start_of_day, today, valid_until

ZONES = [
    "UTC",
    "Europe/Berlin",
    "America/Sao_Paulo",
    "Asia/Kolkata",
    "Pacific/Auckland",
    "Pacific/Kiritimati",
    "America/St_Johns",
    "Africa/Cairo",
    "Asia/Beirut",
    "America/Havana",
    "Pacific/Pago_Pago",
    "Australia/Lord_Howe",
]
DAYS = st.dates(min_value=date(2013, 1, 1), max_value=date(2080, 12, 31))


@pytest.mark.parametrize(
    ("awarded_on", "words", "expected"),
    [
        ("2026-11-22", "24 months", "2028-11-22"),
        ("2026-11-22", "2 years", "2028-11-22"),
        ("2026-08-31", "6 months", "2027-02-28"),
        ("2027-08-31", "6 months", "2028-02-29"),
        ("2024-02-29", "12 months", "2025-02-28"),
        ("2024-02-29", "48 months", "2028-02-29"),
        ("2026-12-31", "2 months", "2027-02-28"),
        ("2026-11-30", "1 month", "2026-12-30"),
        ("2026-11-22", "90 days", "2027-02-20"),
        ("2026-11-22", "6 weeks", "2027-01-03"),
    ],
)
def test_a_validity_ends_on_the_last_day_that_a_person_would_name(awarded_on: str, words: str, expected: str) -> None:
    validity = parse_validity(words)
    assert validity is not None
    assert last_day(date.fromisoformat(awarded_on), validity) == date.fromisoformat(expected)


def test_the_last_second_is_the_programs_and_not_the_servers() -> None:
    until = valid_until(date(2026, 11, 22), Validity(months=12), ZoneInfo("Pacific/Auckland"))
    assert until == datetime(2027, 11, 22, 10, 59, 59, tzinfo=UTC)
    assert valid_until(date(2026, 11, 22), None, ZoneInfo("UTC")) is None


def test_an_hour_that_comes_twice_counts_to_its_second_occurrence() -> None:
    # Havana put its clocks back from 01:00 to 00:00; Cairo from 24:00 to 23:00, so 23:59:59 came twice that day.
    until = end_of_day(date(2023, 10, 26), ZoneInfo("Africa/Cairo"))
    assert until == datetime(2023, 10, 26, 21, 59, 59, tzinfo=UTC)
    assert start_of_day(date(2023, 11, 5), ZoneInfo("America/Havana")) == datetime(2023, 11, 5, 4, tzinfo=UTC)


@given(DAYS, st.sampled_from(ZONES))
def test_days_follow_each_other_without_gap_or_overlap(day: date, zone_name: str) -> None:
    zone = ZoneInfo(zone_name)
    end = end_of_day(day, zone)
    assert today(end, zone) == day
    assert today(end + timedelta(seconds=1), zone) == day + timedelta(days=1)
    assert today(start_of_day(day, zone), zone) == day
    assert today(start_of_day(day, zone) - timedelta(seconds=1), zone) == day - timedelta(days=1)


@given(DAYS, st.integers(1, 600))
def test_months_keep_the_day_or_clamp_to_the_end_of_february(day: date, months: int) -> None:
    end = last_day(day, Validity(months=months))
    assert (end.year * 12 + end.month) - (day.year * 12 + day.month) == months
    assert end.day == day.day or (end.day < day.day and (end + timedelta(days=1)).day == 1)


@given(DAYS, st.integers(1, 300), st.integers(1, 300))
def test_a_longer_validity_never_ends_earlier(day: date, one: int, two: int) -> None:
    short, long = sorted((one, two))
    assert last_day(day, Validity(months=short)) <= last_day(day, Validity(months=long))
    assert last_day(day, Validity(days=short)) <= last_day(day, Validity(days=long))


@pytest.mark.parametrize("words", ["", "24", "0 months", "-1 days", "soon", "24 moons", "1.5 years", "99999 days"])
def test_words_that_are_no_length_of_time_are_refused_with_an_example(words: str) -> None:
    with pytest.raises(ValueError, match="write it as 24 months"):
        parse_validity(words)


def test_a_validity_beyond_the_calendar_is_refused() -> None:
    with pytest.raises(ValueError, match="too far"):
        last_day(date(2026, 1, 1), Validity(months=9999 * 12))
    with pytest.raises(ValueError, match="more than zero"):
        Validity(months=1, days=1)
