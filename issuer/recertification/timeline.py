"""Everything that time alone will do about a person's levels if nobody acts.

Each happening has a key made of facts, so that it can be recorded exactly once, whoever replays the time and in
whatever pieces. A renewal is another credential and a new assignment another date: both make new keys.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

from issuer.recertification.asked import due_by, strongest
from issuer.recertification.course import dates_of
from issuer.recertification.expiry import ONE_DAY
from issuer.recertification.facts import LevelKey, Levels, Pacing, Pacings, PersonFacts, Requirement
from issuer.recertification.governing import eras
from issuer.recertification.losses import Held, Loss, held_levels, losses_of
from issuer.recertification.rules import Effect
from issuer.validity import start_of_day, today

_USUAL = Pacing()
_LONG_AGO = datetime(1, 1, 4, tzinfo=UTC)


class What(StrEnum):
    """The kinds of happenings, in the order in which those of one instant are told."""

    WINDOW_OPENS = "window opens"
    REMINDER = "reminder"
    ESCALATE_MANAGER = "escalate to manager"
    ESCALATE_OWNER = "escalate to owner"
    EXPIRED = "expired"
    LAPSED = "lapsed"
    DEPENDENT = "dependent"


_ORDER = {what: number for number, what in enumerate(What)}


@dataclass(frozen=True, slots=True)
class Happening:
    """What happens `at` an instant, the first of the day `on` in the level's zone.

    `distance` is in days: before `due_on` for a reminder, after it for an escalation, else 0. For DEPENDENT, `level`
    and `credential_id` are the dependent's, `because` is the level that was lost, `effect` what follows, and `due_on`
    the day by which “require again” asks for it.
    """

    at: datetime
    on: date
    what: What
    person_id: UUID
    level: LevelKey
    credential_id: UUID | None
    distance: int
    due_on: date | None
    required: bool
    key: str
    effect: Effect | None = None
    because: LevelKey | None = None


def timeline_of(
    person: PersonFacts, levels: Levels, pacings: Pacings, start: datetime, end: datetime
) -> tuple[Happening, ...]:
    """The happenings with `start` <= at < `end`, sorted by time; the pieces of a time give what the whole gives.

    Nothing is told of credentials that were revoked or replaced, nor of days before a credential was issued. After
    someone has left, credentials still expire, lapse and are suspended, but nobody is reminded and nothing asked. A
    level no longer in use only expires and lapses.
    """
    if start >= end:
        return ()
    sweep = _Sweep(person, start, end)
    held = held_levels(person.holdings, levels)
    wanted = strongest(person.requirements)
    for key, one in held.items():
        sweep.ends(one, wanted.get(key))
        if one.level.in_use and one.dates:
            sweep.renewing(one, wanted.get(key), pacings.get(key.program, _USUAL))
    for key, requirement in wanted.items():
        level = levels.get(key)
        if key not in held and level is not None and level.in_use and requirement.due_on:
            pacing = pacings.get(key.program, _USUAL)
            sweep.asked(requirement, requirement.due_on, pacing, level.zone, f"assigned {requirement.assigned_on}")
    if len(held) > 1:
        for loss in losses_of(held):
            sweep.lost(loss, wanted.get(loss.dependent.level.key))
    return tuple(sorted(sweep.found, key=_in_time))


def suspensions_of(person: PersonFacts, levels: Levels, now: datetime) -> tuple[Happening, ...]:
    """The losses before `now` for which the rules suspend what is held and has not lapsed itself, however long ago.

    What was renewed, or is held again, is no loss any more: this is what stands, whoever looked last and when.
    """
    held = held_levels(person.holdings, levels)
    if len(held) < 2:
        return ()
    sweep = _Sweep(person, _LONG_AGO, now)
    wanted = strongest(person.requirements)
    for loss in losses_of(held):
        ends = loss.dependent.lapsed_at
        if loss.effect is Effect.SUSPEND and (ends is None or now < ends):
            sweep.lost(loss, wanted.get(loss.dependent.level.key))
    return tuple(sorted(sweep.found, key=_in_time))


def _in_time(one: Happening) -> tuple[datetime, int, LevelKey, str]:
    return one.at, _ORDER[one.what], one.level, one.key


class _Sweep:
    """Collects what falls into the time; days far outside of it cost no arithmetic with time zones."""

    def __init__(self, person: PersonFacts, start: datetime, end: datetime) -> None:
        self.person, self.start, self.end = person, start, end
        self.first = start.date() - 2 * ONE_DAY  # no zone is further from another than that
        self.last = end.date() + 2 * ONE_DAY
        self.found: list[Happening] = []

    def ends(self, held: Held, requirement: Requirement | None) -> None:
        """The credential expires, and lapses."""
        if held.dates is None:
            return
        required = requirement is not None and requirement.required
        for what, at in ((What.EXPIRED, held.expired_at), (What.LAPSED, held.lapsed_at)):
            if at is not None and self.start <= at < self.end and at >= held.holding.issued_at:
                on = today(at, held.level.zone)
                self._add(at, on, what, held.level.key, held, 0, held.dates.due_on, required)

    def renewing(self, held: Held, requirement: Requirement | None, pacing: Pacing) -> None:
        """The window opens, its holder is reminded, and a required renewal that was not done is escalated.

        While versions follow each other, each day is judged by the one that governs then; nothing is told twice.
        """
        if held.dates is None:
            return
        key, zone = held.level.key, held.level.zone
        required = requirement is not None and requirement.required
        spans = eras(held.level, held.holding.version, held.dates.expires_on)
        told: set[tuple[What, int]] = set()
        by_assignment = False
        for number, (first, version) in enumerate(spans):
            until = spans[number + 1][0] if number + 1 < len(spans) else date.max
            dates = dates_of(version, held.dates.expires_on)
            due, by_assignment = due_by(dates.due_on, requirement)
            days = _reminders(due, pacing) if not by_assignment else []
            if dates.opens_on:
                days.append((What.WINDOW_OPENS, 0, max(dates.opens_on, first)))
            if required and not by_assignment:
                days += [(what, after, max(day, first)) for what, after, day in _escalations(due, pacing)]
            for what, distance, day in days:
                if first <= day < until and (what, distance) not in told:
                    told.add((what, distance))
                    self._on(day, zone, what, key, held, distance, due, required)
        if by_assignment and requirement and requirement.due_on:
            self.asked(requirement, requirement.due_on, pacing, zone, f"assigned {requirement.assigned_on}", held)

    def asked(
        self,
        requirement: Requirement,
        due: date,
        pacing: Pacing,
        zone: ZoneInfo,
        fact: str,
        held: Held | None = None,
    ) -> None:
        """A required level is due by its assignment: reminders from the day of assignment on, then escalation."""
        for what, distance, day in _reminders(due, pacing) + _escalations(due, pacing):
            if day >= requirement.assigned_on:
                self._on(day, zone, what, requirement.level, held, distance, due, True, fact)

    def lost(self, loss: Loss, requirement: Requirement | None) -> None:
        """A dependent level has no longer enough of what it demands."""
        if not self.start <= loss.at < self.end or (self._left(loss.on) and loss.effect is Effect.REQUIRE_AGAIN):
            return
        suspended_at = loss.dependent.holding.suspended_at
        if loss.effect is Effect.SUSPEND and suspended_at is not None and suspended_at < loss.at:
            return
        required = requirement is not None and requirement.required
        self._add(
            loss.at,
            loss.on,
            What.DEPENDENT,
            loss.dependent.level.key,
            loss.dependent,
            0,
            loss.due_on,
            required,
            f"{loss.dependent.holding.credential_id} without {loss.lapsed.holding.credential_id}",
            loss.effect,
            loss.lapsed.level.key,
        )

    def _left(self, day: date) -> bool:
        return self.person.left_on is not None and day > self.person.left_on

    def _on(
        self,
        day: date,
        zone: ZoneInfo,
        what: What,
        level: LevelKey,
        held: Held | None,
        distance: int,
        due: date,
        required: bool,
        fact: str = "",
    ) -> None:
        if not self.first <= day <= self.last or self._left(day):
            return
        at = start_of_day(day, zone)
        if self.start <= at < self.end and (held is None or at >= held.holding.issued_at):
            self._add(at, day, what, level, held, distance, due, required, fact)

    def _add(
        self,
        at: datetime,
        on: date,
        what: What,
        level: LevelKey,
        held: Held | None,
        distance: int,
        due: date | None,
        required: bool,
        fact: str = "",
        effect: Effect | None = None,
        because: LevelKey | None = None,
    ) -> None:
        credential_id = held.holding.credential_id if held else None
        key = f"{self.person.id} {level} {fact or credential_id} {what} {distance}"
        self.found.append(
            Happening(at, on, what, self.person.id, level, credential_id, distance, due, required, key, effect, because)
        )


def _reminders(due: date, pacing: Pacing) -> list[tuple[What, int, date]]:
    return [(What.REMINDER, days, due - timedelta(days=days)) for days in dict.fromkeys(pacing.reminders) if days >= 0]


def _escalations(due: date, pacing: Pacing) -> list[tuple[What, int, date]]:
    return [
        (What.ESCALATE_MANAGER, pacing.manager_after, due + timedelta(days=pacing.manager_after)),
        (What.ESCALATE_OWNER, pacing.owner_after, due + timedelta(days=pacing.owner_after)),
    ]
