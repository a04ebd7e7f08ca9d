"""Whom an assignment reaches: teams, roles and people as the directory knows them on a day."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from difflib import get_close_matches
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session

from credentials.sentence import sentence
from issuer.errors import Fault
from issuer.messages.notices import Kind, Notice, put
from issuer.people.assignment_rules import Target, TargetKind, due_rule_from_dict
from issuer.tables import (
    AchievementRow,
    AssignmentRow,
    AwardRow,
    CredentialRow,
    LevelRow,
    MembershipRow,
    PersonAddressRow,
    PersonRow,
    ProgramRow,
)

_CHUNK = 500
_KIND = {TargetKind.TEAM: sentence("team"), TargetKind.ROLE: sentence("role")}


def present(day: date) -> ColumnElement[bool]:
    """Who is with the company on that day, as a condition on PersonRow."""
    return and_(PersonRow.erased_at.is_(None), or_(PersonRow.left_on.is_(None), PersonRow.left_on >= day))


def key_of_target(session: Session, level_id: int, to: Target) -> tuple[int, str, str] | None:
    """Level, kind and target as an assignment's row holds them; None for a person nobody knows."""
    if to.kind is not TargetKind.PERSON:
        return level_id, to.kind.value, to.name
    found = session.get(PersonAddressRow, to.name.strip().lower())
    return (level_id, to.kind.value, str(found.person_id)) if found is not None else None


def fault_of_target(session: Session, to: Target, day: date) -> Fault | None:
    """Why an assignment would be one to nobody, or None. Everyone may be nobody yet: who comes later is meant too."""
    if to.kind is TargetKind.EVERYONE:
        return None
    if to.kind is TargetKind.PERSON:
        return _fault_of_person(session, to.name, day)
    groups = select(MembershipRow.name).where(MembershipRow.kind == to.kind.value)
    of_it = groups.where(MembershipRow.name == to.name)
    if session.scalars(of_it.limit(1)).first() is None:
        known = sorted(set(session.scalars(groups.distinct())))
        return Fault(
            "",
            sentence("this is assigned to nobody: there is no {kind} {name!r}", kind=_KIND[to.kind], name=to.name),
            _instead(to.name, known, _KIND[to.kind]),
        )
    here = of_it.join(PersonRow, PersonRow.id == MembershipRow.person_id).where(present(day)).limit(1)
    if session.scalars(here).first() is None:
        what = sentence(
            "this is assigned to nobody: everyone of the {kind} {name!r} has left", kind=_KIND[to.kind], name=to.name
        )
        return Fault("", what, sentence("assign it to those who are there"))
    return None


def tell_concerned(session: Session, program: ProgramRow, row: AssignmentRow, *, now: datetime, day: date) -> int:
    """Put a notice for everybody present whom a new required assignment asks something of; how many there are.

    Who holds the level now is not told: he has done it. Suggested levels are told to nobody.
    """
    if row.due is None:
        return 0
    rule = due_rule_from_dict(row.due)
    level = session.get_one(LevelRow, row.level_id)
    facts = {"level": f"{program.slug}/{level.slug}", "required": row.required, "assignment": row.id}
    told = 0
    for some in _chunks(session.execute(concerned(row, now, day)).all()):
        put(
            session,
            [
                Notice(
                    key=f"assigned:{row.id}:{person_id}",
                    kind=Kind.ASSIGNED,
                    issuer_id=program.issuer_id,
                    recipient_id=person_id,
                    about_id=person_id,
                    facts={**facts, "due_on": rule.due_on(joined=joined, assigned=row.assigned_on).isoformat()},
                    due_at=now,
                )
                for person_id, joined in some
            ],
            now,
        )
        told += len(some)
    return told


def holds_level(row: AssignmentRow, now: datetime) -> ColumnElement[bool]:
    """Who holds the level of an assignment at that instant, as a condition on PersonRow."""
    return exists(
        select(CredentialRow.id)
        .join(AwardRow, AwardRow.id == CredentialRow.award_id)
        .join(AchievementRow, AchievementRow.id == AwardRow.achievement_id)
        .where(
            AwardRow.person_id == PersonRow.id,
            AchievementRow.level_id == row.level_id,
            CredentialRow.state == "issued",
            CredentialRow.revoked_at.is_(None),
            or_(CredentialRow.valid_until.is_(None), CredentialRow.valid_until >= now),
        )
    )


def concerned(row: AssignmentRow, now: datetime, day: date, *, holding: bool = False) -> Any:
    """Id of each person concerned, and since when he is with what it is assigned to; or of those who hold it now."""
    holds = holds_level(row, now)
    conditions = (present(day), holds if holding else ~holds)
    if row.target_kind in {TargetKind.TEAM, TargetKind.ROLE}:
        return (
            select(PersonRow.id, MembershipRow.since)
            .join(MembershipRow, MembershipRow.person_id == PersonRow.id)
            .where(MembershipRow.kind == row.target_kind, MembershipRow.name == row.target, *conditions)
            .order_by(PersonRow.id)
        )
    query = select(PersonRow.id, PersonRow.joined_on).where(*conditions).order_by(PersonRow.id)
    return query if row.target_kind == TargetKind.EVERYONE else query.where(PersonRow.id == UUID(row.target))


def _fault_of_person(session: Session, address: str, day: date) -> Fault | None:
    found = session.execute(
        select(PersonRow.erased_at, PersonRow.left_on)
        .join(PersonAddressRow, PersonAddressRow.person_id == PersonRow.id)
        .where(PersonAddressRow.address == address.strip().lower())
    ).one_or_none()
    if found is None:
        what = sentence("this is assigned to nobody: nobody has the address {address!r}", address=address)
        return Fault("", what, sentence("see `guildmark people list`"))
    if found.left_on is not None and found.left_on < day:
        return Fault(
            "",
            sentence("this is assigned to nobody: {address} left on {left_on}", address=address, left_on=found.left_on),
            sentence("name someone who is there"),
        )
    return None


def _instead(name: str, known: list[str], kind: str) -> str:
    near = get_close_matches(name, known, n=1)
    if near:
        return sentence("did you mean {name!r}?", name=near[0])
    return (
        sentence("known are: {names}", names=", ".join(known[:20]))
        if known
        else sentence("people come into a {kind} by `guildmark people import`", kind=kind)
    )


def _chunks(rows: Iterable[Any]) -> Iterator[list[Any]]:
    some: list[Any] = []
    for row in rows:
        some.append(row)
        if len(some) == _CHUNK:
            yield some
            some = []
    if some:
        yield some
