"""What happens by itself, in words."""

from __future__ import annotations

from collections.abc import Mapping

from issuer.recertification.facts import LevelKey
from issuer.recertification.rules import Effect
from issuer.recertification.timeline import Happening, What

KINDS = {
    What.WINDOW_OPENS: "opens",
    What.REMINDER: "reminders",
    What.ESCALATE_MANAGER: "to manager",
    What.ESCALATE_OWNER: "to owner",
    What.EXPIRED: "expired",
    What.LAPSED: "lapsed",
    What.DEPENDENT: "dependents",
}
"""The kinds of happenings, in their order, with the heading of their column."""


def what_happens(one: Happening, names: Mapping[LevelKey, str], *, managed: bool) -> str:
    """One happening, without the person: “Cloud Associate can be renewed from today, due on 2027-03-01”.

    `managed`: he has a manager. Without one, the program's owner is told in the manager's place.
    """
    name = names.get(one.level, str(one.level))
    if one.what is What.DEPENDENT:
        return _dependent(one, name, names)
    told = "the manager" if managed else "the program's owner"
    days = f"{one.distance} day{'' if one.distance == 1 else 's'}"
    return {
        What.WINDOW_OPENS: f"{name} can be renewed from today, due on {one.due_on}",
        What.REMINDER: f"is reminded of {name}, due in {days} on {one.due_on}",
        What.ESCALATE_MANAGER: f"{name} is {days} late; {told} is told",
        What.ESCALATE_OWNER: f"{name} is {days} late; the program's owner is told",
        What.EXPIRED: f"{name} has expired",
        What.LAPSED: f"{name} has lapsed: its grace is over, and it is earned anew",
    }[one.what]


def _dependent(one: Happening, name: str, names: Mapping[LevelKey, str]) -> str:
    because = names.get(one.because, str(one.because)) if one.because is not None else "another level"
    if one.effect is Effect.SUSPEND:
        return f"{name} is suspended, since {because} has lapsed"
    if one.effect is Effect.REQUIRE_AGAIN:
        return f"{name} stays if {because}, which has lapsed, is held again by {one.due_on}"
    return f"{name} stays as it is, though {because} has lapsed"
