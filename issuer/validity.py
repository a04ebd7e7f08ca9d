"""How long a credential is valid: pure arithmetic with dates, in the program's time zone.

A validity counts from the day of the award. It ends with the last second of its last day, where the program is:
awarded on 22 November 2026 for 24 months, a credential is valid through 22 November 2028, 23:59:59 local time. A
month that has no such day ends the validity on its own last day, so 31 August and six months is 28 or 29 February.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from credentials.sentence import Sentence, counted, sentence

_WORDS = re.compile(r"(\d{1,4})\s+(day|week|month|year)s?")
_LAST_YEAR = 9000  # leaves room below datetime's own end


@dataclass(frozen=True, slots=True)
class Validity:
    """So many calendar months or so many days: one of the two is more than zero, the other is zero."""

    months: int = 0
    days: int = 0

    def __post_init__(self) -> None:
        """Refuse a length that is none, or two at once."""
        if (self.months > 0) == (self.days > 0) or min(self.months, self.days) < 0:
            raise ValueError(sentence("a validity is a number of months or of days, more than zero"))

    def as_dict(self) -> dict[str, int]:
        """`{"months": 24}` or `{"days": 90}`."""
        return {"months": self.months} if self.months else {"days": self.days}

    @property
    def words(self) -> Sentence:
        """`24 months`, `1 day`."""
        if self.months:
            return counted(self.months, "{n} month", "{n} months")
        return counted(self.days, "{n} day", "{n} days")

    def __str__(self) -> str:
        number, unit = (self.months, "month") if self.months else (self.days, "day")
        return f"{number} {unit}{'' if number == 1 else 's'}"


def parse_validity(words: str) -> Validity | None:
    """`24 months`, `2 years`, `90 days`, `6 weeks` or `never` (None: it does not expire). Raises ValueError."""
    if words.strip().lower() == "never":
        return None
    match = _WORDS.fullmatch(words.strip().lower())
    if not match or int(match[1]) == 0:
        raise ValueError(
            sentence("{words!r} is no length of time; write it as 24 months, 2 years, 90 days or never", words=words)
        )
    number = int(match[1])
    return {
        "day": lambda: Validity(days=number),
        "week": lambda: Validity(days=7 * number),
        "month": lambda: Validity(months=number),
        "year": lambda: Validity(months=12 * number),
    }[match[2]]()


def last_day(awarded_on: date, validity: Validity) -> date:
    """The last day of a validity that counts from `awarded_on`. Raises ValueError beyond the year 9000."""
    if validity.days:
        if validity.days > (date(_LAST_YEAR, 1, 1) - awarded_on).days:
            raise ValueError(sentence("that validity ends too far in the future"))
        return awarded_on + timedelta(days=validity.days)
    month = awarded_on.year * 12 + awarded_on.month - 1 + validity.months
    year, month = month // 12, month % 12 + 1
    if year > _LAST_YEAR:
        raise ValueError(sentence("that validity ends too far in the future"))
    return date(year, month, min(awarded_on.day, calendar.monthrange(year, month)[1]))


def valid_until(awarded_on: date, validity: Validity | None, zone: ZoneInfo) -> datetime | None:
    """The last second, in UTC, in which a credential is valid; None if it does not expire."""
    return None if validity is None else end_of_day(last_day(awarded_on, validity), zone)


def over_since(awarded_on: date, validity: Validity | None, zone: ZoneInfo, now: datetime) -> date | None:
    """The last day of a validity that is over at `now`; None if it is not. Raises ValueError as `last_day`."""
    last = last_day(awarded_on, validity) if validity is not None else None
    return last if last is not None and last < today(now, zone) else None


def start_of_day(day: date, zone: ZoneInfo) -> datetime:
    """The first second of `day` in `zone`, in UTC: an hour that occurs twice counts from its first occurrence."""
    return datetime.combine(day, time(), tzinfo=zone).replace(fold=0).astimezone(UTC)


def end_of_day(day: date, zone: ZoneInfo) -> datetime:
    """23:59:59 of `day` in `zone`, in UTC: an hour that occurs twice counts to its second occurrence."""
    return datetime.combine(day, time(23, 59, 59), tzinfo=zone).replace(fold=1).astimezone(UTC)


def today(now: datetime, zone: ZoneInfo) -> date:
    """The date in `zone` at the instant `now`."""
    return now.astimezone(zone).date()
