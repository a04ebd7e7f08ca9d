"""What a completion on a day would lead to: a renewal, a new start, or not yet – and how far the credits have come."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from credentials.sentence import Sentence, sentence
from issuer.recertification import expiry
from issuer.recertification.course import Course
from issuer.recertification.expiry import ONE_DAY, NothingGained, Timing
from issuer.recertification.facts import Credit, Holding, LevelFacts, LevelVersion
from issuer.recertification.governing import governing, newest
from issuer.recertification.rules import Late, Recertification, Renewing, Work
from issuer.validity import today


class Kind(StrEnum):
    """A renewal names its predecessor; a new start is an award like the first one."""

    RENEWAL = "renewal"
    NEW_START = "new start"


@dataclass(frozen=True, slots=True)
class Renewal:
    """What a completion gives: valid from the day of completion through `valid_until`, under `version`'s rules.

    `takes` is what must have been done; for a new start it is the whole assessment. None in `valid_until`: for ever.
    """

    kind: Kind
    replaces: UUID | None
    valid_from: date
    valid_until: date | None
    takes: Renewing
    version: int


@dataclass(frozen=True, slots=True)
class NotNow:
    """Why nothing would come of it, as a sentence, and from which day on something would; None: time will not help."""

    sentence: Sentence
    from_on: date | None = None

    def __str__(self) -> str:
        return self.sentence


@dataclass(frozen=True, slots=True)
class Progress:
    """Hundredths of an hour: asked for, done from `since` until now, and still missing."""

    needed: int
    done: int
    missing: int
    since: date

    @property
    def complete(self) -> bool:
        """Enough hours are done."""
        return self.missing == 0


def renewal_of(level: LevelFacts, course: Course, completed_on: date, *, early: bool = False) -> Renewal | NotNow:
    """What completing on that day leads to; the version that governs on that day says what it takes and for how long.

    Before the renewal window nothing is renewed, unless `early` says that somebody wants it all the same: it then
    counts from completion. The grace is the one that the course promises. Raises ValueError as `first_expiry` does.
    """
    refusal = _refusal(level, course, completed_on)
    if refusal is not None:
        return refusal
    held, expires_on, lapses_on = course.holding, course.expires_on, course.lapses_on
    if held is None or expires_on is None or (lapses_on is not None and completed_on > lapses_on):
        return _new_start(level, completed_on)
    version = governing(level, held.version, completed_on)
    if version.recertification is None:
        return _earned_anew(level, completed_on, expires_on)
    opens_on = expiry.opens_on(version.recertification, expires_on)
    if completed_on < opens_on and not early:
        return _not_open(level, version, opens_on, expires_on)
    return _renewal(level, version, version.recertification, held, completed_on, expires_on)


def _refusal(level: LevelFacts, course: Course, completed_on: date) -> NotNow | None:
    """What stands against any completion on that day, whatever the rules would give."""
    held, lapses_on = course.holding, course.lapses_on
    if not level.in_use:
        return NotNow(sentence("“{level}” is no longer in use: it is neither awarded nor renewed.", level=level.name))
    if held is not None and completed_on <= held.completed_on:
        return NotNow(
            sentence(
                "“{level}” is held for what was completed on {day}; renewing takes a later completion.",
                level=level.name,
                day=held.completed_on,
            ),
            held.completed_on + ONE_DAY,
        )
    if held is not None and lapses_on is None:
        return NotNow(sentence("“{level}” does not expire, so there is nothing to renew.", level=level.name))
    if course.suspended and lapses_on is not None and completed_on <= lapses_on:
        return NotNow(
            sentence("“{level}” is suspended; it must be reinstated before it can be renewed.", level=level.name)
        )
    return None


def _not_open(level: LevelFacts, version: LevelVersion, opens_on: date, expires_on: date) -> NotNow:
    """The first day of the window, or the first in it on which a renewal would last longer."""
    try:
        expiry.renewed_expiry(version, opens_on, expires_on, Timing.IN_WINDOW)
    except NothingGained as nothing:
        return _nothing_to_gain(level, expires_on, nothing.from_on)
    return NotNow(
        sentence(
            "“{level}” is held through {ends}; it can be renewed from {opens} on.",
            level=level.name,
            ends=expires_on,
            opens=opens_on,
        ),
        opens_on,
    )


def _renewal(
    level: LevelFacts,
    version: LevelVersion,
    rules: Recertification,
    held: Holding,
    completed_on: date,
    expires_on: date,
) -> Renewal | NotNow:
    timing = expiry.timing_of(rules, completed_on, expires_on)
    if completed_on > expires_on:
        timing = Timing.IN_GRACE  # by the grace that was promised, whatever a version says that governs since
        if rules.late is Late.START_OVER:
            return _new_start(level, completed_on)
    try:
        until = expiry.renewed_expiry(version, completed_on, expires_on, timing)
    except NothingGained as nothing:
        return _nothing_to_gain(level, expires_on, nothing.from_on)
    return Renewal(Kind.RENEWAL, held.credential_id, completed_on, until, rules.takes, version.ordinal)


def _new_start(level: LevelFacts, completed_on: date) -> Renewal:
    version = newest(level, completed_on)
    until = expiry.first_expiry(version, completed_on)
    return Renewal(Kind.NEW_START, None, completed_on, until, Renewing(), version.ordinal)


def _earned_anew(level: LevelFacts, completed_on: date, expires_on: date) -> Renewal | NotNow:
    """A level without recertification may be earned again at any time, if that lasts longer."""
    start = _new_start(level, completed_on)
    if start.valid_until is None or start.valid_until > expires_on:
        return start
    return _nothing_to_gain(level, expires_on, None)


def _nothing_to_gain(level: LevelFacts, expires_on: date, from_on: date | None) -> NotNow:
    said = {"level": level.name, "ends": expires_on}
    if from_on is None:
        return NotNow(sentence("“{level}” is held through {ends} already: there is nothing to gain.", **said))
    return NotNow(
        sentence(
            "“{level}” is held through {ends} already: there is nothing to gain before {day}.", **said, day=from_on
        ),
        from_on,
    )


def progress_of(rules: Recertification, credits: Iterable[Credit], course: Course, now: datetime) -> Progress | None:
    """How many of the hours are done that renewing takes; None if it does not take credits, or nothing is held.

    Hours count from so long before expiry as the rules say, but never hours before the predecessor's completion; if
    the predecessor was itself a renewal, the day of its completion counted then and does not count again.
    """
    takes, held = rules.takes, course.holding
    if takes.kind is not Work.CREDITS or takes.credits is None or held is None:
        return None
    since = held.completed_on + ONE_DAY if held.replaces else held.completed_on
    if course.expires_on is not None and takes.over is not None:
        since = max(since, expiry.earlier(course.expires_on, takes.over))
    until = today(now, course.zone)
    done = sum(one.hundredths for one in credits if one.level == course.level and since <= one.done_on <= until)
    needed = int(takes.credits * 100)
    return Progress(needed, done, max(0, needed - done), since)
