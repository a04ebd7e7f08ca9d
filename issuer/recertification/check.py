"""Rules that contradict themselves, and prerequisites that go in a circle: found before anything is published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from credentials.sentence import sentence
from issuer.recertification.facts import LevelKey, Prerequisite
from issuer.recertification.rules import AnnualDate, Late, Recertification
from issuer.validity import Validity, last_day

_MONTHS = [date(year, month, day) for year in range(2027, 2031) for month in range(1, 13) for day in (1, 28)]
"""Where months are counted from, to know how short or long they can be: four years, one of them a leap year."""

_COUNTED = 12 * 1_000


def contradictions(validity: Validity | None, recertification: Recertification | None) -> list[str]:
    """Every way in which the rules of a level cannot be meant as they stand, each as “what is wrong; what is right”.

    A length of months and one of days are held against each other at their worst: “due: 3 months” can be earlier than
    a “window: 90 days” opens.
    """
    rules = recertification
    if rules is None:
        return []
    if validity is None:
        return [
            sentence("a level that never expires is never renewed; give it a validity, or leave recertification out")
        ]
    found: list[str] = []
    if _can_exceed(rules.window, validity):
        found.append(
            sentence(
                "the renewal window of {window} can be longer than the validity of {validity}; make the window shorter",
                window=rules.window.words,
                validity=validity.words,
            )
        )
    if rules.due and _can_exceed(rules.due, rules.window):
        found.append(
            sentence(
                "renewing is due {due} before expiry, which can be before the window of {window} opens; make the "
                "window longer, or let it be due later",
                due=rules.due.words,
                window=rules.window.words,
            )
        )
    if rules.grace and _can_exceed(rules.grace, validity):
        found.append(
            sentence(
                "the grace of {grace} can be longer than the validity of {validity}; make the grace shorter",
                grace=rules.grace.words,
                validity=validity.words,
            )
        )
    if rules.late is Late.FROM_EXPIRY and not rules.grace:
        found.append(
            sentence(
                "“late: from expiry” says how renewing within grace counts, and there is no grace; give a grace, or "
                "leave late out"
            )
        )
    return found + (_fixed(validity, rules, rules.fixed) if rules.fixed else [])


def _fixed(validity: Validity, rules: Recertification, fixed: AnnualDate) -> list[str]:
    found: list[str] = []
    if not validity.months or validity.months % 12:
        found.append(
            sentence(
                "a validity of {validity} cannot end on {day} each time; make it a number of whole years, like 12 "
                "months or 2 years",
                validity=validity.words,
                day=fixed.words,
            )
        )
    if _days(rules.window)[1] >= 365:
        found.append(
            sentence(
                "a window of {window} reaches over more than one {day}; make it shorter than 12 months",
                window=rules.window.words,
                day=fixed.words,
            )
        )
    return found


def _can_exceed(length: Validity, limit: Validity) -> bool:
    if length.months and limit.months:
        return length.months > limit.months
    return _days(length)[1] > _days(limit)[0]


def _days(length: Validity) -> tuple[int, int]:
    """How few and how many days that can be."""
    if length.days:
        return length.days, length.days
    if length.months > _COUNTED:
        return length.months * 30, length.months * 31  # beyond the calendar; nothing is compared as closely as that
    spans = [(last_day(start, length) - start).days for start in _MONTHS]
    return min(spans), max(spans)


def loops(prerequisites: Mapping[LevelKey, Sequence[Prerequisite]]) -> tuple[LevelKey, ...] | None:
    """A circle of levels, each demanding the next, its first named again as its last; None if there is none.

    A level that is only one of several to choose from counts too: who reads a program must be able to begin somewhere.
    """
    demands = {
        level: sorted({wanted for rule in rules for wanted in rule.levels}) for level, rules in prerequisites.items()
    }
    cleared: set[LevelKey] = set()
    for first in sorted(demands):
        path: list[LevelKey] = []
        ahead: list[list[LevelKey]] = [[first]]
        while ahead:
            if not ahead[-1]:
                ahead.pop()
                if path:
                    cleared.add(path.pop())
                continue
            level = ahead[-1].pop()
            if level in path:
                return (*path[path.index(level) :], level)
            if level not in cleared:
                path.append(level)
                ahead.append(list(demands.get(level, ())))
    return None
