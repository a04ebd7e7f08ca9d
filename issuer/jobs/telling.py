"""From what happens to whom is told what: pure. Keys are the happenings' own, so that telling twice tells once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any
from uuid import UUID

from issuer.messages.notices import Kind, Notice
from issuer.program_settings import MailHours
from issuer.recertification.course import course_of
from issuer.recertification.facts import Levels, PersonFacts
from issuer.recertification.rules import Late
from issuer.recertification.timeline import Happening, What

_TO_THE_PERSON = {
    What.WINDOW_OPENS: Kind.WINDOW_OPENS,
    What.REMINDER: Kind.REMINDER,
    What.EXPIRED: Kind.EXPIRED,
    What.LAPSED: Kind.LAPSED,
    What.DEPENDENT: Kind.DEPENDENT,
}


@dataclass(frozen=True, slots=True)
class Desk:
    """Who is behind a program and when it writes: `owner` is an address, None if nobody was named."""

    owner: str | None
    hours: MailHours


@dataclass(frozen=True, slots=True)
class Told:
    """A person, and whom his happenings concern beside himself. `manager`: None if there is none who is present."""

    issuer_id: int
    levels: Levels
    person: PersonFacts
    manager: UUID | None
    desks: Mapping[str, Desk]


def notices_of(happening: Happening, told: Told) -> Iterator[Notice]:
    """The notices of one happening; none where nobody is left to tell.

    An escalation to a manager who is not there goes to the program's owner.
    """
    if happening.what in _TO_THE_PERSON:
        yield _notice(happening, told, _TO_THE_PERSON[happening.what], recipient_id=happening.person_id)
    elif happening.what is What.ESCALATE_MANAGER and told.manager is not None:
        yield _notice(happening, told, Kind.ESCALATED_TO_MANAGER, recipient_id=told.manager)
    elif (owner := told.desks[happening.level.program].owner) is not None:
        yield _notice(happening, told, Kind.ESCALATED_TO_OWNER, address=owner)


def _notice(
    happening: Happening, told: Told, kind: Kind, *, recipient_id: UUID | None = None, address: str | None = None
) -> Notice:
    return Notice(
        key=f"{told.issuer_id} {happening.key}",
        kind=kind,
        issuer_id=told.issuer_id,
        facts=_facts(happening, told),
        due_at=_due_at(happening, told),
        recipient_id=recipient_id,
        address=address,
        about_id=happening.person_id,
    )


def _facts(happening: Happening, told: Told) -> dict[str, Any]:
    """Ids, days and names of levels, as `issuer.messages.reading` reads them; what is not there is left out."""
    why = next((one.why for one in told.person.requirements if one.level == happening.level), None)
    members: dict[str, Any] = {
        "level": str(happening.level),
        "on": happening.on.isoformat(),
        "credential": str(happening.credential_id) if happening.credential_id else None,
        "due_on": happening.due_on.isoformat() if happening.due_on else None,
        "lapses_on": _lapses_on(happening, told),
        "required": happening.required,
        "why": why,
        "effect": happening.effect.value if happening.effect else None,
        "because": told.levels[happening.because].name if happening.because else None,
    }
    return {name: value for name, value in members.items() if value is not None}


def _lapses_on(happening: Happening, told: Told) -> str | None:
    """The last day on which it can still be renewed, where it matters; None if lateness means to start over."""
    if happening.what not in {What.EXPIRED, What.LAPSED}:
        return None
    course = course_of(told.levels[happening.level], told.person.holdings, happening.at)
    rules = course.version.recertification if course.version else None
    if rules is None or rules.late is Late.START_OVER:
        return None
    return course.lapses_on.isoformat() if course.lapses_on else None


def _due_at(happening: Happening, told: Told) -> datetime:
    """When the mail hours of that day begin where the person is, but never before it has happened."""
    hour = told.desks[happening.level.program].hours.from_hour
    return max(datetime.combine(happening.on, time(hour), tzinfo=told.person.zone), happening.at)
