"""What is asked of whom: assignments, and who is in which team and role, as the engine's requirements.

A person who joins a team comes under its assignments by being in it: no row is made for him.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from credentials.sentence import Sentence, sentence, together
from issuer.people.assignment_rules import DueRule, Start, TargetKind, due_rule_from_dict
from issuer.recertification.facts import LevelKey, Requirement
from issuer.tables import AssignmentRow, MembershipRow

Those = Callable[[Any], ColumnElement[bool]]
"""Which people, as a condition on a column that holds their ids."""


@dataclass(frozen=True, slots=True)
class Ask:
    """An assignment in force, as a requirement in the making."""

    id: int
    level: LevelKey
    kind: TargetKind
    target: str
    due: DueRule | None
    assigned_on: date

    def of(self, joined: date | None) -> Requirement:
        """What it asks of someone who came under it on that day (None: not known)."""
        return _requirement(self, joined)

    @property
    def why(self) -> Sentence:
        """The assignment in words: “for the team platform, within 90 days of joining”."""
        whom = _whom(self.kind, self.target)
        return whom if self.due is None else together(whom, self.due.words, between=", ")


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of everyone, and of teams and roles by kind and name. Of single people it is read page by page."""

    levels: Mapping[int, LevelKey]
    everyone: tuple[Ask, ...]
    groups: Mapping[tuple[str, str], tuple[Ask, ...]]
    any_person: bool

    @classmethod
    def of(cls, session: Session, levels: Mapping[int, LevelKey]) -> Asked:
        """The assignments in force of these levels (key by row)."""
        rows = session.scalars(
            select(AssignmentRow)
            .where(AssignmentRow.ended_at.is_(None), AssignmentRow.target_kind != TargetKind.PERSON.value)
            .order_by(AssignmentRow.id)
        )
        asks = [_ask(row, levels) for row in rows if row.level_id in levels]
        groups: dict[tuple[str, str], list[Ask]] = defaultdict(list)
        for one in asks:
            if one.kind is not TargetKind.EVERYONE:
                groups[one.kind.value, one.target].append(one)
        some = select(AssignmentRow.id).where(
            AssignmentRow.ended_at.is_(None), AssignmentRow.target_kind == TargetKind.PERSON.value
        )
        return cls(
            levels,
            tuple(one for one in asks if one.kind is TargetKind.EVERYONE),
            {key: tuple(some) for key, some in groups.items()},
            session.scalars(some.limit(1)).first() is not None,
        )

    def of_persons(self, session: Session, ids: Iterable[UUID]) -> dict[UUID, list[Ask]]:
        """What is asked of single people, by their ids."""
        found: dict[UUID, list[Ask]] = defaultdict(list)
        if not self.any_person:
            return found
        rows = session.scalars(
            select(AssignmentRow)
            .where(
                AssignmentRow.ended_at.is_(None),
                AssignmentRow.target_kind == TargetKind.PERSON.value,
                AssignmentRow.target.in_([str(one) for one in ids]),
            )
            .order_by(AssignmentRow.id)
        )
        for row in rows:
            if row.level_id in self.levels:
                found[UUID(row.target)].append(_ask(row, self.levels))
        return found

    def of_members(self, session: Session, those: Those) -> dict[UUID, list[tuple[Ask, date]]]:
        """What is asked of people as members of teams and roles, with the day since when they are."""
        found: dict[UUID, list[tuple[Ask, date]]] = defaultdict(list)
        if not self.groups:
            return found
        rows = session.execute(
            select(MembershipRow.person_id, MembershipRow.kind, MembershipRow.name, MembershipRow.since).where(
                those(MembershipRow.person_id)
            )
        )
        for person_id, kind, name, since in rows:
            for ask in self.groups.get((kind, name), ()):
                found[person_id].append((ask, since))
        return found


@lru_cache(maxsize=10_000)
def _requirement(one: Ask, joined: date | None) -> Requirement:
    """Many come under the same assignment on the same day."""
    due_on = one.due.due_on(joined=joined, assigned=one.assigned_on) if one.due is not None else None
    late = one.due is not None and one.due.of is Start.JOINING and joined is not None and joined < one.assigned_on
    since = sentence("counted from {day}, when it was first asked for", day=one.assigned_on) if late else ""
    return Requirement(one.level, due_on, one.assigned_on, together(one.why, since, between=", "))


def _whom(kind: TargetKind, name: str) -> Sentence:
    match kind:
        case TargetKind.EVERYONE:
            return sentence("for everyone")
        case TargetKind.PERSON:
            return sentence("personally")
        case TargetKind.TEAM:
            return sentence("for the team {name}", name=name)
        case TargetKind.ROLE:
            return sentence("for the role {name}", name=name)


def _ask(row: AssignmentRow, levels: Mapping[int, LevelKey]) -> Ask:
    return Ask(
        row.id,
        levels[row.level_id],
        TargetKind(row.target_kind),
        row.target,
        due_rule_from_dict(row.due) if row.due is not None else None,
        row.assigned_on,
    )
