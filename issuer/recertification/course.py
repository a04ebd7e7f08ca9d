"""Where someone stands with a level at an instant: what is held, by which rules, and the dates that follow from them.

Days begin at midnight of the level's zone. The instant signed into the credential decides when it expires, whatever
rules came later. Until it expires the rules of the day govern its dates; from then on the rules of its last valid day
do, so that nobody loses a grace once begun, and nobody who lapsed is back in grace.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from issuer.recertification import expiry
from issuer.recertification.facts import Holding, LevelFacts, LevelKey, LevelVersion
from issuer.recertification.governing import governing
from issuer.validity import start_of_day, today

_NEVER = datetime.max.replace(tzinfo=UTC)


class State(StrEnum):
    """Where the course of a credential is; in the order of time, but for the first and the last."""

    NOT_HELD = "not held"
    CURRENT = "current"
    OPEN = "open"
    OVERDUE = "overdue"
    IN_GRACE = "in grace"
    LAPSED = "lapsed"
    SUSPENDED = "suspended"


@dataclass(frozen=True, slots=True)
class Dates:
    """The days that some rules give to a credential valid through `expires_on`; `opens_on` is None without rules."""

    opens_on: date | None
    due_on: date
    expires_on: date
    lapses_on: date


@dataclass(frozen=True, slots=True)
class Course:
    """The present holding of a level, the version that governs it, its days, and what they make of it at an instant.

    `by_time` is the state by the clock alone, never SUSPENDED; `revoked` says that nothing is held and something was
    revoked; `valid_now` that a stranger would find some credential of the level valid.
    """

    level: LevelKey
    zone: ZoneInfo
    state: State
    by_time: State
    holding: Holding | None = None
    version: LevelVersion | None = None
    opens_on: date | None = None
    due_on: date | None = None
    expires_on: date | None = None
    lapses_on: date | None = None
    suspended: bool = False
    revoked: bool = False
    valid_now: bool = False

    @property
    def opens_at(self) -> datetime | None:
        """The first instant of OPEN."""
        return start_of_day(self.opens_on, self.zone) if self.opens_on else None

    @property
    def overdue_at(self) -> datetime | None:
        """The first instant after the due day."""
        return start_of_day(self.due_on + expiry.ONE_DAY, self.zone) if self.due_on else None

    @property
    def expired_at(self) -> datetime | None:
        """The first instant of IN_GRACE, or of LAPSED without grace."""
        return expired_at(self.holding) if self.holding else None

    @property
    def lapsed_at(self) -> datetime | None:
        """The first instant of LAPSED."""
        if self.lapses_on is None or self.holding is None:
            return None
        return lapsed_at(self.holding, self.lapses_on, self.zone)


def course_of(level: LevelFacts, history: Iterable[Holding], now: datetime) -> Course:
    """The course at `now`: what was issued, revoked or suspended later does not count yet.

    `history` may hold credentials of other levels, in any order.
    """
    mine = [held for held in history if held.level == level.key and held.issued_at <= now]
    holding = present_holding(mine, level.key, now)
    if holding is None:
        return Course(level.key, level.zone, State.NOT_HELD, State.NOT_HELD, revoked=bool(mine))
    suspended = _by(holding.suspended_at, now)
    valid_now = any(_valid(held, now) for held in mine)
    last = last_valid_day(holding, level.zone)
    day = today(now, level.zone)
    version = governing(level, holding.version, min(day, last) if last else day)
    if last is None:
        state = State.SUSPENDED if suspended else State.CURRENT
        return Course(level.key, level.zone, state, State.CURRENT, holding, version, None, None, None, None,
                      suspended, False, valid_now)  # fmt: skip
    dates = dates_of(version, last)
    by_time = _state(holding, dates, level.zone, now)
    return Course(
        level=level.key,
        zone=level.zone,
        state=State.SUSPENDED if suspended and by_time is not State.LAPSED else by_time,
        by_time=by_time,
        holding=holding,
        version=version,
        opens_on=dates.opens_on,
        due_on=dates.due_on,
        expires_on=dates.expires_on,
        lapses_on=dates.lapses_on,
        suspended=suspended,
        valid_now=valid_now,
    )


def present_holding(history: Iterable[Holding], level: LevelKey, now: datetime = _NEVER) -> Holding | None:
    """What is held of the level: neither revoked nor replaced, and valid the longest; of equals the one issued last."""
    held = [held for held in history if held.level == level and held.issued_at <= now and not _by(held.revoked_at, now)]
    if len(held) > 1:
        replaced = {one.replaces for one in held}
        held = [one for one in held if one.credential_id not in replaced] or held
    return max(held, key=_rank, default=None)


def dates_of(version: LevelVersion, expires_on: date) -> Dates:
    """The days by that version's rules. Without any, the level is to be earned anew by its last day, with no grace."""
    rules = version.recertification
    if rules is None:
        return Dates(None, expires_on, expires_on, expires_on)
    return Dates(
        opens_on=expiry.opens_on(rules, expires_on),
        due_on=expiry.due_on(rules, expires_on),
        expires_on=expires_on,
        lapses_on=expiry.lapses_on(rules, expires_on),
    )


def last_valid_day(holding: Holding, zone: ZoneInfo) -> date | None:
    """The day in `zone` on which the signed validity ends; None if it does not."""
    return today(holding.valid_until, zone) if holding.valid_until else None


def expired_at(holding: Holding) -> datetime | None:
    """The first whole second in which the credential has expired; None if it never does."""
    if holding.valid_until is None:
        return None
    return holding.valid_until.astimezone(UTC).replace(microsecond=0) + timedelta(seconds=1)


def lapsed_at(holding: Holding, lapses_on: date, zone: ZoneInfo) -> datetime | None:
    """The first instant after grace, which is never before the credential expires; None if it does not expire."""
    expired = expired_at(holding)
    if expired is None or lapses_on == last_valid_day(holding, zone):
        return expired
    return max(expired, start_of_day(lapses_on + expiry.ONE_DAY, zone))


def _state(holding: Holding, dates: Dates, zone: ZoneInfo, now: datetime) -> State:
    expired, lapsed = expired_at(holding), lapsed_at(holding, dates.lapses_on, zone)
    if lapsed and now >= lapsed:
        return State.LAPSED
    if expired and now >= expired:
        return State.IN_GRACE
    if dates.due_on < dates.expires_on and now >= start_of_day(dates.due_on + expiry.ONE_DAY, zone):
        return State.OVERDUE
    if dates.opens_on and now >= start_of_day(dates.opens_on, zone):
        return State.OPEN
    return State.CURRENT


def _by(at: datetime | None, now: datetime) -> bool:
    return at is not None and at <= now


def _rank(held: Holding) -> tuple[datetime, datetime, str]:
    return held.valid_until or _NEVER, held.issued_at, str(held.credential_id)


def _valid(held: Holding, now: datetime) -> bool:
    expired = expired_at(held)
    return (
        held.valid_from <= now
        and (expired is None or now < expired)
        and not _by(held.revoked_at, now)
        and not _by(held.suspended_at, now)
    )
