"""What a person must do, until when and why – and what he may go for next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from credentials.sentence import Sentence, sentence, together
from issuer.recertification.asked import Asked, asked, due_by, strongest
from issuer.recertification.course import Course, State, course_of
from issuer.recertification.expiry import ONE_DAY
from issuer.recertification.facts import LevelFacts, LevelKey, Levels, LevelVersion, PersonFacts, Requirement
from issuer.recertification.governing import newest
from issuer.recertification.losses import Loss, held_levels, losses_of
from issuer.recertification.renewal import Progress, progress_of
from issuer.recertification.rules import Effect, Late, Renewing
from issuer.recertification.wording import either_of, name_words
from issuer.validity import today


class Task(StrEnum):
    """What is to be done: earn a level, renew it, earn a lapsed one again, restore what it demands."""

    EARN = "earn"
    RENEW = "renew"
    EARN_AGAIN = "earn again"
    RESTORE = "restore"


@dataclass(frozen=True, slots=True)
class Missing:
    """`needed` more of these levels must be held."""

    levels: tuple[LevelKey, ...]
    needed: int


@dataclass(frozen=True, slots=True)
class Duty:
    """One thing to do. `why` is a sentence for the person; `overdue` is judged in the level's zone.

    `takes` and `progress` are given where renewing is the way; `missing` names what must be held first (for RESTORE:
    again). `credential_id` is the credential that it is about.
    """

    level: LevelKey
    kind: Task
    requirement: Asked
    opens_on: date | None
    due_on: date | None
    lapses_on: date | None
    overdue: bool
    why: Sentence
    missing: tuple[Missing, ...] = ()
    takes: Renewing | None = None
    progress: Progress | None = None
    credential_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class NextLevel:
    """A level in use that is not held; it is open to the person if nothing is missing."""

    level: LevelKey
    name: str
    requirement: Asked
    missing: tuple[Missing, ...] = ()

    @property
    def open(self) -> bool:
        """Every prerequisite is held."""
        return not self.missing


def duties_of(person: PersonFacts, levels: Levels, now: datetime) -> tuple[Duty, ...]:
    """Everything to be done, what is due first before the rest, and what has no date last.

    A level held without being assigned is renewed as “suggested”. Who has left has no duties, and a level no longer in
    use makes none.
    """
    if _has_left(person, now):
        return ()
    desk = _Desk(person, levels, now)
    duties = []
    for key in sorted({*desk.wanted, *(held.level for held in person.holdings)}):
        level = levels.get(key)
        if level is not None and level.in_use:
            duty = desk.duty(level)
            duties += [duty] if duty else []
    duties += desk.restoring()
    return tuple(sorted(duties, key=lambda one: (one.due_on or date.max, one.level, one.kind)))


def next_levels(person: PersonFacts, levels: Levels, now: datetime) -> tuple[NextLevel, ...]:
    """The levels in use that are not held, those open to the person first; nothing for who has left."""
    if _has_left(person, now):
        return ()
    desk = _Desk(person, levels, now)
    found = []
    for key in sorted(levels):
        level = levels[key]
        if level.in_use and desk.course(level).state in {State.NOT_HELD, State.LAPSED}:
            missing = desk.missing(newest(level, today(now, level.zone)))
            found.append(NextLevel(key, level.name, asked(desk.wanted.get(key)), missing))
    return tuple(sorted(found, key=lambda one: (not one.open, one.level)))


def _has_left(person: PersonFacts, now: datetime) -> bool:
    return person.left_on is not None and person.left_on < today(now, person.zone)


class _Desk:
    """A person's facts at an instant, each course worked out once."""

    def __init__(self, person: PersonFacts, levels: Levels, now: datetime) -> None:
        self.person, self.levels, self.now = person, levels, now
        self.wanted = strongest(person.requirements)
        self._courses: dict[LevelKey, Course] = {}

    def course(self, level: LevelFacts) -> Course:
        if level.key not in self._courses:
            self._courses[level.key] = course_of(level, self.person.holdings, self.now)
        return self._courses[level.key]

    def missing(self, version: LevelVersion) -> tuple[Missing, ...]:
        found = []
        for demand in version.prerequisites:
            lacking = tuple(key for key in demand.levels if not self._valid(key))
            needed = demand.needed - (len(demand.levels) - len(lacking))
            if needed > 0:
                found.append(Missing(lacking, needed))
        return tuple(found)

    def _valid(self, key: LevelKey) -> bool:
        level = self.levels.get(key)
        return level is not None and self.course(level).valid_now

    def duty(self, level: LevelFacts) -> Duty | None:
        course, requirement = self.course(level), self.wanted.get(level.key)
        if course.holding is None:
            return self._earn(level, course, requirement) if requirement else None
        if course.due_on is None or course.version is None:
            return None
        due, by_assignment = due_by(course.due_on, requirement)
        lapsed = course.by_time is State.LAPSED
        if lapsed and requirement is None:
            return None
        rules = course.version.recertification
        over = course.by_time is State.IN_GRACE and rules is not None and rules.late is Late.START_OVER
        anew = lapsed or over or rules is None
        day = today(self.now, level.zone)
        return Duty(
            level=level.key,
            kind=Task.EARN_AGAIN if anew else Task.RENEW,
            requirement=asked(requirement) if requirement else Asked.SUGGESTED,
            opens_on=None if anew else course.opens_on,
            due_on=due,
            lapses_on=course.lapses_on,
            overdue=day > due,
            why=_why_again(level, course, requirement if by_assignment or lapsed else None, anew),
            missing=self.missing(newest(level, day)) if anew else (),
            takes=None if anew or rules is None else rules.takes,
            progress=None if anew or rules is None else progress_of(rules, self.person.credits, course, self.now),
            credential_id=course.holding.credential_id,
        )

    def _earn(self, level: LevelFacts, course: Course, requirement: Requirement) -> Duty:
        day = today(self.now, level.zone)
        missing = self.missing(newest(level, day))
        why = together(
            _why_asked(level, requirement),
            sentence("The one that you held was revoked.") if course.revoked else "",
            *(sentence("First earn {levels}.", levels=self._names(one)) for one in missing),
        )
        overdue = requirement.due_on is not None and day > requirement.due_on
        return Duty(level.key, Task.EARN, asked(requirement), None, requirement.due_on, None, overdue, why, missing)

    def _names(self, missing: Missing) -> Sentence:
        names = [self.levels[key].name if key in self.levels else str(key) for key in missing.levels]
        if missing.needed == len(names):
            return name_words(names)
        if missing.needed == 1:
            return either_of(names)
        return sentence("{needed} of {levels}", needed=missing.needed, levels=name_words(names))

    def restoring(self) -> list[Duty]:
        """What lapses have taken from dependent levels, as long as it is not made good."""
        known = tuple(held for held in self.person.holdings if held.issued_at <= self.now)
        found = {}
        for loss in losses_of(held_levels(known, self.levels)):
            key = loss.dependent.level.key
            if loss.at <= self.now and loss.effect is not Effect.NOTHING and loss.dependent.level.in_use:
                found[key] = self._restore(loss)
        return list(found.values())

    def _restore(self, loss: Loss) -> Duty:
        level, lost = loss.dependent.level, loss.lapsed.level
        lacking = tuple(key for key in loss.demand.levels if not self._valid(key)) or (lost.key,)
        missing = Missing(lacking, max(1, loss.demand.needed - (len(loss.demand.levels) - len(lacking))))
        named = {"level": level.name, "lost": lost.name, "day": loss.on}
        happened = sentence("“{level}” demands “{lost}”, which lapsed on {day}", **named)
        if loss.lapsed.lapsed_at is None or loss.lapsed.lapsed_at > loss.at:
            happened = sentence("“{level}” demands “{lost}”, which was suspended on {day}", **named)
        said = {"happened": happened, "again": self._names(missing), "day": loss.due_on}
        if loss.due_on:
            why = sentence("{happened}. Hold {again} again by {day}.", **said)
        else:
            why = sentence("{happened}, so it is suspended too. It is restored when you hold {again} again.", **said)
        requirement = asked(self.wanted.get(level.key))
        overdue = today(self.now, level.zone) > (loss.due_on or loss.on - ONE_DAY)
        return Duty(
            level=level.key,
            kind=Task.RESTORE,
            requirement=requirement,
            opens_on=None,
            due_on=loss.due_on or loss.on,
            lapses_on=None,
            overdue=overdue,
            why=why,
            missing=(missing,),
            credential_id=loss.dependent.holding.credential_id,
        )


def _why_asked(level: LevelFacts, requirement: Requirement) -> Sentence:
    said = {"level": level.name, "because": requirement.why}
    if asked(requirement) is Asked.REQUIRED:
        return sentence("“{level}” is required: {because}.", **said)
    return sentence("“{level}” is suggested: {because}.", **said)


def _why_again(level: LevelFacts, course: Course, requirement: Requirement | None, anew: bool) -> Sentence:
    expired = course.by_time in {State.IN_GRACE, State.LAPSED}
    reasons = [_ending(level, course, anew)]
    if requirement is not None:
        required = asked(requirement) is Asked.REQUIRED
        pattern = sentence("It is required: {because}.", because=requirement.why)
        reasons += [pattern if required else sentence("It is suggested: {because}.", because=requirement.why)]
    if course.suspended and not expired:
        reasons += [sentence("It is suspended and must be reinstated first.")]
    return together(*reasons)


def _ending(level: LevelFacts, course: Course, anew: bool) -> Sentence:
    said = {"level": level.name, "ends": course.expires_on or "", "opens": course.opens_on, "lapses": course.lapses_on}
    if course.by_time is State.IN_GRACE and not anew and course.lapses_on:
        return sentence("“{level}” expired on {ends}; until {lapses} it can still be renewed.", **said)
    if course.by_time in {State.IN_GRACE, State.LAPSED}:
        return sentence("“{level}” expired on {ends} and can no longer be renewed; it must be earned again.", **said)
    if anew:
        return sentence("“{level}” expires on {ends}; then it must be earned again.", **said)
    if course.by_time is State.CURRENT and course.opens_on:
        return sentence("“{level}” expires on {ends}; it can be renewed from {opens}.", **said)
    return sentence("“{level}” expires on {ends} and can be renewed now.", **said)
