"""When a mail may reach someone: within the hours that his program allows, on his own clock."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from issuer.program_settings import MailHours

_SATURDAY = 5
_DAYS_AHEAD = 10  # no two working days are further apart, whatever a zone's clock does


def deliverable_at(instant: datetime, zone: ZoneInfo, hours: MailHours) -> datetime:
    """The first instant, not before `instant`, whose local time in `zone` lies within `hours`; in UTC.

    An hour that the clock skips begins when the skip ends; of one that occurs twice, both count.
    """
    if _within(instant, zone, hours):
        return instant.astimezone(UTC)
    day = instant.astimezone(zone).date()
    for ahead in range(_DAYS_AHEAD):
        opening = _opening(day + timedelta(days=ahead), zone, hours)
        if opening >= instant and _within(opening, zone, hours):
            return opening
    raise ValueError(f"{zone.key} has no {hours.from_hour} o’clock within {_DAYS_AHEAD} days of {instant}")


def narrowest(several: Sequence[MailHours]) -> MailHours:
    """The hours that all of them allow; where there are none, those of the first. None at all: the default."""
    if not several:
        return MailHours()
    begin, end = max(one.from_hour for one in several), min(one.to_hour for one in several)
    weekdays_only = any(one.weekdays_only for one in several)
    if begin >= end:
        return several[0]
    return MailHours.model_validate({"from": begin, "to": end, "weekdays_only": weekdays_only})


def _within(instant: datetime, zone: ZoneInfo, hours: MailHours) -> bool:
    local = instant.astimezone(zone)
    if hours.weekdays_only and local.weekday() >= _SATURDAY:
        return False
    return hours.from_hour <= local.hour < hours.to_hour


def _opening(day: date, zone: ZoneInfo, hours: MailHours) -> datetime:
    return datetime.combine(day, time(hours.from_hour), tzinfo=zone).astimezone(UTC)
