"""The last valid day of a credential: of a first award, and of one that renews another. Dates of the level's zone only.

C is the day of completion, E the last valid day of the predecessor:

    basis        early (before E − window)    in the window (through E)     in grace (through E + grace)
    completion   C + validity                 C + validity                  as `late` says
    expiry       C + validity                 E + validity                  as `late` says
    31 March     n-th 31 March after C        n-th 31 March after E         as `late` says

A fixed date whose own window is open on the day of completion does not count: with a window of 90 days, who completes
on 1 March is certified through 31 March of the following year. Nothing is ever valid only until before C: where that
would come of counting from E in grace, it counts from C.
"""

from __future__ import annotations

import calendar
from datetime import date, timedelta
from enum import Enum, auto

from issuer.recertification.facts import LevelVersion
from issuer.recertification.rules import AnnualDate, Basis, Late, Recertification
from issuer.validity import Validity, last_day

ONE_DAY = timedelta(days=1)


class Timing(Enum):
    """Where a completion falls in the course of the credential that it would renew."""

    EARLY = auto()
    IN_WINDOW = auto()
    IN_GRACE = auto()
    LAPSED = auto()


class NothingGained(Exception):  # noqa: N818
    """A renewal would last no longer than its predecessor. `from_on` is the first day on which it would; None: none."""

    def __init__(self, from_on: date | None) -> None:
        self.from_on = from_on
        super().__init__(f"nothing to gain before {from_on}" if from_on else "nothing to gain")


def earlier(day: date, length: Validity) -> date:
    """The day so long before `day`; a month that has no such day gives its own last one. Raises ValueError before 1."""
    if length.days:
        return day - timedelta(days=length.days)
    month = day.year * 12 + day.month - 1 - length.months
    year, month = month // 12, month % 12 + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def opens_on(rules: Recertification, expires_on: date) -> date:
    """The first day of the renewal window."""
    return earlier(expires_on, rules.window)


def due_on(rules: Recertification, expires_on: date) -> date:
    """The day by which the renewal is to be done."""
    return earlier(expires_on, rules.due) if rules.due else expires_on


def lapses_on(rules: Recertification, expires_on: date) -> date:
    """The last day of grace; without grace the last valid day."""
    return last_day(expires_on, rules.grace) if rules.grace else expires_on


def timing_of(rules: Recertification, completed_on: date, expires_on: date) -> Timing:
    """Early, in the window, in grace or lapsed; each boundary belongs to the kinder side."""
    if completed_on < opens_on(rules, expires_on):
        return Timing.EARLY
    if completed_on <= expires_on:
        return Timing.IN_WINDOW
    return Timing.IN_GRACE if completed_on <= lapses_on(rules, expires_on) else Timing.LAPSED


def first_expiry(version: LevelVersion, completed_on: date) -> date | None:
    """The last valid day of an award that renews none; None if it does not expire.

    Raises ValueError beyond the year 9000, and for a fixed date with a validity that is no whole number of years,
    which `contradictions` refuses at the edge.
    """
    return _counted(version, start=completed_on, completed_on=completed_on)


def renewed_expiry(
    version: LevelVersion, completed_on: date, expires_on: date, timing: Timing | None = None
) -> date | None:
    """The last valid day of a renewal of a credential that is valid through `expires_on`: always a later one.

    `timing` is given where an older version's promise of grace holds. Who lapsed, or is late where late means to start
    over, counts like a first award. Raises NothingGained, and ValueError as `first_expiry`.
    """
    rules = version.recertification
    if rules is None or version.validity is None:
        return first_expiry(version, completed_on)
    counted = _renewed(version, rules, completed_on, expires_on, timing or timing_of(rules, completed_on, expires_on))
    if counted is None or counted > max(expires_on, completed_on - ONE_DAY):
        return counted
    raise NothingGained(_first_gain(version, rules, completed_on, expires_on))


def _renewed(
    version: LevelVersion, rules: Recertification, completed_on: date, expires_on: date, timing: Timing
) -> date | None:
    if timing is Timing.IN_WINDOW and rules.counts_from is not Basis.COMPLETION:
        return _counted(version, start=expires_on, completed_on=completed_on)
    if timing is Timing.IN_GRACE and rules.late is Late.FROM_EXPIRY:
        counted = _counted(version, start=expires_on, completed_on=expires_on)
        if counted is None or counted >= completed_on:
            return counted  # else it would have expired before it was earned: it counts from completion after all
    return first_expiry(version, completed_on)


def _counted(version: LevelVersion, *, start: date, completed_on: date) -> date | None:
    validity, rules = version.validity, version.recertification
    if validity is None:
        return None
    if rules is None or rules.fixed is None:
        return last_day(start, validity)
    years, rest = divmod(validity.months, 12)
    if rest or not years:
        raise ValueError(f"a validity that ends on a fixed date is a number of whole years, not {validity}")
    year = start.year if in_year(rules.fixed, start.year) > start else start.year + 1
    if earlier(in_year(rules.fixed, year), rules.window) <= completed_on:
        year += 1
    last_day(start, Validity(months=12 * years + 24))  # refuses what is too far in the future, in the same words
    return in_year(rules.fixed, year + years - 1)


def in_year(annual: AnnualDate, year: int) -> date:
    """That day of that year; 29 February of a common year is the 28th."""
    return date(year, annual.month, min(annual.day, calendar.monthrange(year, annual.month)[1]))


def _first_gain(version: LevelVersion, rules: Recertification, completed_on: date, expires_on: date) -> date | None:
    """The first day after `completed_on` from which a renewal extends: what it gives never shrinks with a later day."""
    low, high = completed_on, expires_on  # nothing on low; on high, the last day, there always is something
    if low >= high:
        return None
    while (high - low).days > 1:
        middle = low + (high - low) // 2
        counted = _renewed(version, rules, middle, expires_on, timing_of(rules, middle, expires_on))
        if counted is None or counted > expires_on:
            high = middle
        else:
            low = middle
    return high
