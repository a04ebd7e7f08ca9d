"""What people must do, and where they stand, in lines for a terminal and as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from issuer.recertification.asked import Asked
from issuer.recertification.course import State

if TYPE_CHECKING:
    from issuer.recertification.course import Course
    from issuer.recertification.duties import Duty, NextLevel
    from issuer.recertification.facts import LevelKey


def state_words(course: Course) -> str:
    """`valid until 2028-03-04`, `can be renewed until …`, `expired on …`."""
    until = course.expires_on
    words = {
        State.CURRENT: f"valid until {until}" if until else "valid without end",
        State.OPEN: f"can be renewed now; valid until {until}",
        State.OVERDUE: f"was due on {course.due_on}; valid until {until}",
        State.IN_GRACE: f"expired on {until}; can be renewed until {course.lapses_on}",
        State.LAPSED: f"expired on {until}",
        State.SUSPENDED: "suspended",
        State.NOT_HELD: "revoked" if course.revoked else "not held",
    }
    return words[course.state]


def duty_lines(duty: Duty, name: str) -> list[str]:
    """A duty in one or two lines: until when, what, and why."""
    when = f"by {duty.due_on}" if duty.due_on else "whenever you like"
    required = duty.requirement is Asked.REQUIRED
    late = (" OVERDUE" if required else " (past)") if duty.overdue else ""
    return [
        f"{when}{late}: {duty.kind.value} {name} ({'required' if required else 'not required'})",
        f"    {duty.why}",
    ]


def next_words(level: NextLevel, names: Mapping[LevelKey, str]) -> str:
    """A level that someone could go for, and what he must hold first."""
    first = []
    for one in level.missing:
        what = [names.get(key, str(key)) for key in one.levels]
        some = one.needed < len(what)
        first.append(f"{one.needed} of {', '.join(what)}" if some else " and ".join(what))
    return f"{level.name} (first {'; '.join(first)})" if first else level.name


def duty_json(duty: Duty, name: str) -> dict[str, Any]:
    """A duty for a script."""
    return {
        "level": str(duty.level),
        "name": name,
        "task": duty.kind.value,
        "requirement": duty.requirement.value,
        "opensOn": duty.opens_on.isoformat() if duty.opens_on else None,
        "dueOn": duty.due_on.isoformat() if duty.due_on else None,
        "lapsesOn": duty.lapses_on.isoformat() if duty.lapses_on else None,
        "overdue": duty.overdue,
        "why": duty.why,
        "credential": str(duty.credential_id) if duty.credential_id else None,
    }
