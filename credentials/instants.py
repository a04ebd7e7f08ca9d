"""Instants as credentials write them: XML Schema 1.1 `dateTimeStamp` (VCDM 2.0, section 4.9)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

_DATE_TIME_STAMP = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(\.\d{1,12})?(?:Z|([+-])(\d\d):(\d\d))", re.ASCII
)

_LENGTH_TO_THE_SECOND = len("2026-11-22T10:00:00Z")


def format_instant(instant: datetime) -> str:
    """The instant in UTC to the second, as in `2026-11-22T10:00:00Z`; fractions of a second are cut off.

    Raises ValueError for a time without a zone, since nobody could say when it is.
    """
    if instant.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return instant.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"


# A verification asks some of a badge's instants three times, and the badges of a batch have the same: 150 bytes each.
@lru_cache(maxsize=1024)
def parse_instant(text: str) -> datetime:
    """The instant that a dateTimeStamp names, in UTC; the zone is required.

    `24:00:00` is midnight of the next day and fractions are kept to the microsecond, as XML Schema allows.
    Raises ValueError with a sentence for everything else.
    """
    match = _DATE_TIME_STAMP.fullmatch(text)
    if match is not None and len(text) == _LENGTH_TO_THE_SECOND:
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            pass  # midnight as 24:00:00, or no date at all: see below
    if match is None:
        raise ValueError(f"“{_shown(text)}” is not a date and time with a zone, as in 2026-11-22T10:00:00Z")
    year, month, day, hour, minute, second = (int(match[i]) for i in range(1, 7))
    end_of_day = (hour, minute, second) == (24, 0, 0) and not (match[7] or "").strip(".0")
    try:
        instant = datetime(
            year, month, day, 0 if end_of_day else hour, minute, second, _microseconds(match[7]), _zone(match)
        )
        return (instant + timedelta(days=1) if end_of_day else instant).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(f"“{_shown(text)}” names a date or time that does not exist") from None


def _shown(text: str) -> str:
    """Its beginning, safe to print and to encode: a text may hold half of a surrogate pair."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text[:40])


def _microseconds(fraction: str | None) -> int:
    return int((fraction or ".")[1:].ljust(6, "0")[:6])


def _zone(match: re.Match[str]) -> timezone:
    if match[8] is None:
        return UTC
    hours, minutes = int(match[9]), int(match[10])
    if minutes > 59 or hours * 60 + minutes > 14 * 60:
        raise ValueError("no such zone")
    offset = timedelta(hours=hours, minutes=minutes)
    return timezone(offset if match[8] == "+" else -offset)
