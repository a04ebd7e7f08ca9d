"""Instants mean one moment to everybody, or are refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credentials.instants import format_instant, parse_instant

ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=ZONES))  # noqa: DTZ001
def test_what_is_written_reads_back_as_the_same_second(instant: datetime) -> None:
    assert parse_instant(format_instant(instant)) == instant.astimezone(UTC).replace(microsecond=0)


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("2026-11-22T10:00:00Z", datetime(2026, 11, 22, 10, tzinfo=UTC)),
        ("2026-11-22T10:00:00.25+05:30", datetime(2026, 11, 22, 4, 30, 0, 250000, tzinfo=UTC)),
        ("2024-02-29T23:59:59-14:00", datetime(2024, 3, 1, 13, 59, 59, tzinfo=UTC)),
        ("2026-12-31T24:00:00Z", datetime(2027, 1, 1, tzinfo=UTC)),
    ],
)
def test_forms_that_xml_schema_allows(text: str, meaning: datetime) -> None:
    assert parse_instant(text) == meaning


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-22",
        "2026-11-22T10:00:00",
        "2026-11-22T10:00Z",
        "2026-11-22 10:00:00Z",
        "2026-11-22T10:00:00z",
        "2023-02-29T00:00:00Z",
        "2026-11-22T24:00:01Z",
        "2026-11-22T10:00:00+15:00",
        "٢٠٢٦-11-22T10:00:00Z",
        "9999-12-31T24:00:00Z",
        "",
    ],
)
def test_everything_else_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match="“"):
        parse_instant(text)


def test_a_time_without_zone_is_never_written() -> None:
    with pytest.raises(ValueError, match="time zone"):
        format_instant(datetime(2026, 1, 1))  # noqa: DTZ001
