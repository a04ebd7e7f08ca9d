"""The spans of time that reports are about: quarters of a year and months, in a zone. Pure."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from credentials.sentence import sentence
from issuer.validity import start_of_day

_WRITTEN = re.compile(r"(\d{4})-Q([1-4])", re.ASCII)


class Quarter(NamedTuple):
    """A quarter of a year; written `2026-Q3`."""

    year: int
    number: int

    @classmethod
    def of(cls, day: date) -> Quarter:
        """The one in which the day lies."""
        return cls(day.year, (day.month + 2) // 3)

    @classmethod
    def parse(cls, text: str) -> Quarter:
        """The one that is written. Raises ValueError."""
        match = _WRITTEN.fullmatch(text.strip().upper())
        if match is None or not 1900 <= int(match[1]) <= 8000:
            raise ValueError(sentence("{text!r} is no quarter; write it like 2026-Q3", text=text))
        return cls(int(match[1]), int(match[2]))

    @property
    def first(self) -> date:
        """Its first day."""
        return date(self.year, 3 * self.number - 2, 1)

    @property
    def last(self) -> date:
        """Its last day."""
        return self.later(1).first - timedelta(days=1)

    def later(self, by: int) -> Quarter:
        """The one so many after it; before it, if `by` is negative."""
        count = 4 * self.year + self.number - 1 + by
        return Quarter(count // 4, count % 4 + 1)

    def begins(self, zone: ZoneInfo) -> datetime:
        """Its first instant."""
        return start_of_day(self.first, zone)

    def ends(self, zone: ZoneInfo) -> datetime:
        """The first instant after it."""
        return self.later(1).begins(zone)

    def __str__(self) -> str:
        return f"{self.year:04}-Q{self.number}"


def month_later(day: date, by: int) -> date:
    """The first day of the month so many after that of `day`."""
    count = 12 * day.year + day.month - 1 + by
    return date(count // 12, count % 12 + 1, 1)


def last_months(today: date, number: int) -> tuple[date, ...]:
    """The first days of the last so many months, that of `today` being the last of them."""
    return tuple(month_later(today, back) for back in range(1 - number, 1))
