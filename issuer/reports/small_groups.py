"""Groups too small to be shown, and those that must go with them so that nobody reckons them back. Pure.

The groups are a partition: everybody counted is in exactly one, and the sum over all is known. What is hidden is pooled
into one rest. A rest that is itself too small would be the total less what is shown, so the smallest of the shown go
into it until it is large enough; if that leaves nothing to compare, nothing is shown at all. The rest thus is always
large enough, or empty; and as it is made of two groups or more, its sum gives none of them away.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

MINIMUM: Final = 10
"""People. A group of fewer points at somebody."""


@dataclass(frozen=True, slots=True)
class Group:
    """People of one kind: how many there are and how many of them passed."""

    name: str
    people: int
    passed: int


@dataclass(frozen=True, slots=True)
class Shown:
    """What may be shown: the groups, largest first, and the `rest`, which pools `hidden` groups (None: there is none).

    `withheld`: there were groups, and none may be shown.
    """

    groups: tuple[Group, ...]
    rest: Group | None
    hidden: int
    withheld: bool = False


def shown(groups: Iterable[Group], *, minimum: int = MINIMUM) -> Shown:
    """The largest part of a partition that gives away nobody; groups without people are left out."""
    found = sorted((one for one in groups if one.people > 0), key=lambda one: (-one.people, one.name))
    kept = [one for one in found if one.people >= minimum]
    rest = found[len(kept) :]
    while kept and rest and (sum(one.people for one in rest) < minimum or len(rest) < 2):
        rest.insert(0, kept.pop())
    if not kept:
        return Shown((), None, len(found), withheld=bool(found))
    if not rest:
        return Shown(tuple(kept), None, 0)
    pooled = Group("", sum(one.people for one in rest), sum(one.passed for one in rest))
    return Shown(tuple(kept), pooled, len(rest))
