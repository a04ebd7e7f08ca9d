"""One of a manager's people: what he must do and why, what he holds, and what he may go for next. Pure.

From the same functions as the person's own page; no evidence and no scores, which are between him and his assessors.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from credentials.sentence import Sentence, sentence
from issuer.people.directory import PersonView
from issuer.people.duties import Standing
from issuer.recertification.asked import Asked
from issuer.recertification.course import Course, State
from issuer.recertification.duties import Duty, Task
from portal.language.language import Language

TASKS: Final = {
    Task.EARN: sentence("Earn it"),
    Task.RENEW: sentence("Renew it"),
    Task.EARN_AGAIN: sentence("Earn it again"),
    Task.RESTORE: sentence("Restore what it is built on"),
}
_STATES: Final = {
    State.CURRENT: (sentence("Valid"), "pill-good"),
    State.OPEN: (sentence("Can be renewed"), "pill-soon"),
    State.OVERDUE: (sentence("Renewal overdue"), "pill-overdue"),
    State.IN_GRACE: (sentence("Expired, can still be renewed"), "pill-overdue"),
    State.LAPSED: (sentence("Lapsed"), "pill-ended"),
    State.SUSPENDED: (sentence("Suspended"), "pill-suspended"),
}


@dataclass(frozen=True, slots=True)
class DutyView:
    """Something to do: `tone` is urgent, soon or empty."""

    level: str
    task: Sentence
    pill: str
    word: Sentence
    day: Sentence
    distance: str
    why: Sentence
    tone: str


@dataclass(frozen=True, slots=True)
class HeldView:
    """A level that he was given; `credential` is the id of its credential."""

    level: str
    word: Sentence
    pill: str
    days: tuple[Sentence, ...]
    credential: str


@dataclass(frozen=True, slots=True)
class NextView:
    """A level that he does not hold; `missing` says what he needs first, and is empty if nothing."""

    level: str
    suggested: bool
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PersonPage:
    """What the page shows of a person."""

    name: str
    facts: tuple[str, ...]
    manager: str
    email: str
    duties: tuple[DutyView, ...]
    held: tuple[HeldView, ...]
    next: tuple[NextView, ...]


def person_page(person: PersonView, standing: Standing, language: Language, today: date) -> PersonPage:
    """The page of a person who stands so."""
    return PersonPage(
        name=person.name,
        facts=tuple(part for part in (person.function, *(team.name for team in person.teams)) if part),
        manager=person.manager_name or "",
        email=person.email or "",
        duties=tuple(_duty(one, standing, language, today) for one in standing.duties if _asks(one)),
        held=tuple(_held(one, standing) for one in standing.courses if one.holding is not None),
        next=tuple(_nexts(standing)),
    )


def _asks(one: Duty) -> bool:
    """What is only suggested and not held stands under what he may go for."""
    return one.kind is not Task.EARN or one.requirement is Asked.REQUIRED


def _duty(one: Duty, standing: Standing, language: Language, today: date) -> DutyView:
    required = one.requirement is Asked.REQUIRED or one.kind is Task.RESTORE
    late = one.overdue and required
    word = sentence("Overdue") if late else sentence("Required") if required else sentence("Suggested")
    near = one.due_on is not None and (one.due_on - today).days <= 30
    pill = "pill-overdue" if late else "pill-lacking" if required else "pill-light"
    return DutyView(
        level=standing.names.get(one.level, str(one.level)),
        task=TASKS[one.kind],
        pill=pill,
        word=word,
        day=_by(one.due_on, today),
        distance=language.distance(one.due_on, today) if one.due_on is not None else "",
        why=one.why,
        tone="urgent" if late else "soon" if near and required else "",
    )


def _by(due: date | None, today: date) -> Sentence:
    if due is None:
        return Sentence("")
    return sentence("by {day}", day=due) if due >= today else sentence("was due on {day}", day=due)


def _held(one: Course, standing: Standing) -> HeldView:
    word, pill = _STATES.get(one.state, (sentence("Not held"), "pill-ended"))
    return HeldView(
        level=standing.names.get(one.level, str(one.level)),
        word=word,
        pill=pill,
        days=tuple(_days(one)),
        credential=str(one.holding.credential_id) if one.holding is not None else "",
    )


def _days(one: Course) -> Iterator[Sentence]:
    if one.holding is not None:
        yield sentence("Earned on {day}", day=one.holding.completed_on)
    if one.expires_on is None:
        yield sentence("Valid without an end.")
    elif one.by_time in {State.IN_GRACE, State.LAPSED}:
        yield sentence("Expired on {day}", day=one.expires_on)
    else:
        yield sentence("Valid through {day}", day=one.expires_on)
    if one.opens_on is not None and one.by_time is State.CURRENT:
        yield sentence("Can be renewed from {day}", day=one.opens_on)


def _nexts(standing: Standing) -> Iterator[NextView]:
    to_do = {one.level for one in standing.duties if _asks(one)}
    for one in standing.next_levels:
        if one.level not in to_do:
            names = tuple(standing.names.get(key, str(key)) for lack in one.missing for key in lack.levels)
            yield NextView(one.name, one.requirement is Asked.SUGGESTED, names)
