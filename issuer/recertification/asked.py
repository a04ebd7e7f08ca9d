"""What is asked of a person for each level, when several assignments ask, and when a renewal is due because of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from enum import StrEnum

from issuer.recertification.facts import LevelKey, Requirement


class Asked(StrEnum):
    """Required levels escalate, suggested ones never do."""

    REQUIRED = "required"
    SUGGESTED = "suggested"
    NONE = "none"


def strongest(requirements: Iterable[Requirement]) -> dict[LevelKey, Requirement]:
    """One for each level: required before suggested, then the one that is due first, then the one assigned first."""
    found: dict[LevelKey, Requirement] = {}
    for one in requirements:
        present = found.get(one.level)
        if present is None or _order(one) < _order(present):
            found[one.level] = one
    return found


def asked(requirement: Requirement | None) -> Asked:
    """Required, suggested or none."""
    if requirement is None:
        return Asked.NONE
    return Asked.REQUIRED if requirement.required else Asked.SUGGESTED


def due_by(course_due: date, requirement: Requirement | None) -> tuple[date, bool]:
    """The day by which to renew or earn again, and whether the assignment sets it.

    It does when it was made after the course's own day had passed: nobody is late the moment a rule is made.
    """
    if requirement is None or requirement.due_on is None or requirement.assigned_on <= course_due:
        return course_due, False
    return requirement.due_on, True


def _order(one: Requirement) -> tuple[bool, date, date, str]:
    return one.due_on is None, one.due_on or date.max, one.assigned_on, one.why
