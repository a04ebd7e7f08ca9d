"""Instants as people read them."""

from __future__ import annotations

from datetime import date, datetime, timedelta, tzinfo
from typing import NamedTuple

from credentials.instants import format_instant, parse_instant
from credentials.sentence import Sentence, day_words, minute_words


class HumanDate(NamedTuple):
    """One instant in three spellings: for machines, and as any language says it, as a day and to the minute."""

    machine: str
    day: Sentence
    minute: Sentence


def human_date(instant: datetime, zone: tzinfo) -> HumanDate:
    """The spellings of `instant`; day and minute are those of `zone`, whose name the minute carries."""
    local = instant.astimezone(zone)
    return HumanDate(
        format_instant(instant), day_of(local.date()), Sentence(minute_words(local), "{minute}", {"minute": local})
    )


def minute_of(instant: datetime, zone: tzinfo) -> Sentence:
    """The minute of an instant there, as any language says it."""
    return human_date(instant, zone).minute


def day_of(day: date) -> Sentence:
    """A day by itself, as any language says it."""
    return Sentence(day_words(day), "{day}", {"day": day})


def minute_after(instant: datetime) -> datetime:
    """When the minute of `instant` is over: until then, what is told to the minute is told right."""
    return instant.replace(second=0, microsecond=0) + timedelta(minutes=1)


def human_date_of(text: object, zone: tzinfo) -> HumanDate | None:
    """The same for an instant as a document spells it; None when it is not one."""
    if not isinstance(text, str):
        return None
    try:
        return human_date(parse_instant(text), zone)
    except (ValueError, OverflowError):
        return None
