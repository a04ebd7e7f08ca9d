"""Due dates as a calendar: text/calendar (RFC 5545), one all-day event for each. Pure.

An event keeps its UID as long as the duty is the same one, so that a later mail moves the entry in a calendar and does
not add another: SEQUENCE is the number of days since 2020-01-01, which only rises, and DTSTAMP the instant of writing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid5

MEDIA_TYPE = "text/calendar"
_FOLD = 75  # octets of a line without its end (3.1)
_DUTIES = UUID("5f1a9a5c-6a0f-4a61-9f2c-7d0c2a3a6c11")
_SEQUENCES_FROM = date(2020, 1, 1)
_ALARM = "-P6DT15H"  # nine in the morning, a week before the day
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class Due:
    """What is to be done until the end of `day`. `uid` comes of `uid_of`."""

    uid: str
    day: date
    title: str
    description: str
    url: str | None = None


def uid_of(host: str, person_id: UUID, level: str, credential_id: UUID | None) -> str:
    """The UID of a duty: to renew a credential, or else to earn a level (`program/level`). Globally unique, opaque."""
    duty = f"renew:{credential_id}" if credential_id is not None else f"earn:{person_id}:{level}"
    return f"{uuid5(_DUTIES, duty)}@{host}"


def feed(dues: Iterable[Due], *, now: datetime, name: str | None = None) -> str:
    """The calendar with an event for each due date, lines ended by CRLF. `name` is shown by calendars that subscribe.

    An alarm goes off a week before; where less is left, only the event stands there.
    """
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Guildmark//Guildmark//EN", "CALSCALE:GREGORIAN"]
    lines.append("METHOD:PUBLISH")
    if name is not None:
        lines += [f"NAME:{_text(name)}", f"X-WR-CALNAME:{_text(name)}", "REFRESH-INTERVAL;VALUE=DURATION:PT12H"]
    for due in dues:
        lines += _event(due, now)
    lines.append("END:VCALENDAR")
    return "".join(f"{part}\r\n" for line in lines for part in folded(line))


def folded(line: str) -> Iterator[str]:
    """The content line in parts of at most 75 octets, each but the first begun by a space; no character is split."""
    part, size = "", 0
    for character in line:
        octets = len(character.encode())
        if size + octets > _FOLD:
            yield part
            part, size = " ", 1
        part, size = part + character, size + octets
    yield part


def _event(due: Due, now: datetime) -> list[str]:
    stamp = now.astimezone(UTC)
    lines = [
        "BEGIN:VEVENT",
        f"UID:{due.uid}",
        f"DTSTAMP:{stamp:%Y%m%dT%H%M%SZ}",
        f"SEQUENCE:{(stamp.date() - _SEQUENCES_FROM).days}",
        f"DTSTART;VALUE=DATE:{due.day:%Y%m%d}",
        f"DTEND;VALUE=DATE:{due.day + timedelta(days=1):%Y%m%d}",
        f"SUMMARY:{_text(due.title)}",
        f"DESCRIPTION:{_text(due.description)}",
        "TRANSP:TRANSPARENT",
        "STATUS:CONFIRMED",
    ]
    if due.url is not None:
        lines.append(f"URL:{due.url}")
    if due.day - stamp.date() > timedelta(days=7):
        lines += ["BEGIN:VALARM", "ACTION:DISPLAY", f"TRIGGER:{_ALARM}", f"DESCRIPTION:{_text(due.title)}"]
        lines.append("END:VALARM")
    return [*lines, "END:VEVENT"]


def _text(value: str) -> str:
    """A TEXT value (3.3.11): what would end it or the line is escaped, control characters are spaces."""
    plain = _CONTROL.sub(" ", value.replace("\r\n", "\n").replace("\r", "\n"))
    return plain.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")
