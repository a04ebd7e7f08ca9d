"""Groups made, changed and removed by a company's directory: the teams and roles that duties are assigned to.

Who comes into a group comes into the team or role by the functions of the directory's CSV file, since today.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from issuer import audit
from issuer.many_rows import among
from issuer.people.directory_import import enter_rows, lock_directory
from issuer.people.directory_match import chunks
from issuer.people.people_csv import DirectoryReading
from issuer.people.provisioning.attributes import GROUPS
from issuer.people.provisioning.documents import canonical
from issuer.people.provisioning.group_names import read_group_name
from issuer.people.provisioning.patching import Operation, patched
from issuer.people.provisioning.reading import groups, visible
from issuer.people.provisioning.refusals import NotProvisioned, UnknownResource, Why
from issuer.people.provisioning.users import Document, Told, require_version, same_person
from issuer.store import Database
from issuer.tables import (
    AssignmentRow,
    GroupRow,
    MembershipRow,
    PersonAddressRow,
    PersonRow,
    ProvisionedPersonRow,
)


def find_group(db: Database, group_id: UUID, *, base: str, members: bool = True) -> Document:
    """A group. Raises UnknownResource."""
    with db.read() as session:
        return _shown(session, group_id, base=base, members=members)


def create_group(db: Database, body: Mapping[str, Any], told: Told) -> Document:
    """Make a team or role. Raises NotProvisioned."""
    wanted = canonical(GROUPS, body)
    kind, name = _named(wanted)
    with db.write() as session:
        lock_directory(session)
        _require_free(session, None, kind, name)
        row = GroupRow(
            id=UUID(bytes=told.randomness(16), version=4),
            kind=kind,
            name=name,
            display_name=wanted["displayName"],
            external_id=wanted.get("externalId"),
            created_at=told.now,
        )
        session.add(row)
        session.flush()
        joined, _ = _set_members(session, row, _members_of(wanted), told)
        _record(session, row.id, "group made", {"kind": kind, "joined": joined}, told)
        return _shown(session, row.id, base=told.base)


def replace_group(
    db: Database, group_id: UUID, body: Mapping[str, Any], told: Told, *, if_match: Sequence[str] | None = None
) -> Document:
    """Make a group what the body says; its members too. Raises UnknownResource, Outdated, NotProvisioned."""
    wanted = canonical(GROUPS, body)
    with db.write() as session:
        lock_directory(session)
        require_version(_shown(session, group_id, base=told.base, members=if_match is not None), if_match)
        return _changed(session, group_id, wanted, told)


def patch_group(
    db: Database,
    group_id: UUID,
    operations: Sequence[Operation],
    told: Told,
    *,
    if_match: Sequence[str] | None = None,
) -> Document:
    """Change a group. Raises UnknownResource, Outdated, NotProvisioned."""
    with db.write() as session:
        lock_directory(session)
        before = _shown(session, group_id, base=told.base)
        require_version(before, if_match)
        after = canonical(GROUPS, patched(GROUPS, before, operations))
        if after == canonical(GROUPS, before):
            return before
        return _changed(session, group_id, after, told)


def remove_group(db: Database, group_id: UUID, told: Told, *, if_match: Sequence[str] | None = None) -> None:
    """End a team or role: nobody is in it any more. Raises UnknownResource, Outdated."""
    with db.write() as session:
        lock_directory(session)
        require_version(_shown(session, group_id, base=told.base, members=if_match is not None), if_match)
        row = session.get_one(GroupRow, group_id)
        _, left = _set_members(session, row, [], told)
        _of_group = (MembershipRow.kind == row.kind, MembershipRow.name == row.name)
        session.execute(delete(MembershipRow).where(*_of_group))  # of people whom SCIM does not know
        session.delete(row)
        _record(session, group_id, "group removed", {"left": left}, told)


def _changed(session: Session, group_id: UUID, wanted: Mapping[str, Any], told: Told) -> Document:
    kind, name = _named(wanted)
    row = session.get_one(GroupRow, group_id)
    details: dict[str, Any] = {}
    if (kind, name) != (row.kind, row.name):
        _require_free(session, group_id, kind, name)
        details["assignments_of_old_name"] = _rename(session, row, kind, name)
    row.display_name, row.external_id, row.changed_at = wanted["displayName"], wanted.get("externalId"), told.now
    session.flush()
    joined, left = _set_members(session, row, _members_of(wanted), told)
    _record(session, group_id, "group changed", {**details, "joined": joined, "left": left}, told)
    return _shown(session, group_id, base=told.base)


def _shown(session: Session, group_id: UUID, *, base: str, members: bool = True) -> Document:
    found = groups(session, [group_id], base=base, members=members)
    if not found:
        raise UnknownResource(f"There is no group {group_id}.")
    return found[0]


def _named(wanted: Mapping[str, Any]) -> tuple[str, str]:
    try:
        return read_group_name(wanted["displayName"])
    except KeyError:
        raise NotProvisioned(Why.INVALID_VALUE, "A group needs a “displayName”.") from None
    except ValueError as error:
        raise NotProvisioned(Why.INVALID_VALUE, f"“displayName” cannot be taken: {error}.") from None


def _require_free(session: Session, group_id: UUID | None, kind: str, name: str) -> None:
    holder = session.scalars(select(GroupRow.id).where(GroupRow.kind == kind, GroupRow.name == name)).first()
    if holder is not None and holder != group_id:
        raise NotProvisioned(Why.UNIQUENESS, f"There is a {kind} of this name already: the group {holder}.")


def _rename(session: Session, row: GroupRow, kind: str, name: str) -> int:
    """Its people keep since when they are in it; how many assignments still name it as it was called."""
    old = (MembershipRow.kind == row.kind, MembershipRow.name == row.name)
    session.execute(update(MembershipRow).where(*old).values(kind=kind, name=name))
    asked = select(func.count()).where(
        AssignmentRow.target_kind == row.kind, AssignmentRow.target == row.name, AssignmentRow.ended_at.is_(None)
    )
    row.kind, row.name = kind, name
    return session.scalar(asked) or 0


def _members_of(wanted: Mapping[str, Any]) -> list[UUID]:
    found = []
    for one in wanted.get("members", []):
        if str(one.get("type", "User")).lower() != "user":
            raise NotProvisioned(Why.INVALID_VALUE, "Groups have users in them, and no groups; send their users.")
        try:
            found.append(UUID(one["value"]))
        except ValueError:
            raise _nobody(one["value"]) from None
    return found


def _nobody(value: object) -> NotProvisioned:
    return NotProvisioned(Why.INVALID_VALUE, f"There is no user {str(value)[:64]} who could be a member.")


def _set_members(session: Session, row: GroupRow, wanted: Iterable[UUID], told: Told) -> tuple[int, int]:
    """Who comes and who goes is entered; how many of each."""
    query = (
        select(MembershipRow.person_id)
        .join(PersonRow, PersonRow.id == MembershipRow.person_id)
        .outerjoin(ProvisionedPersonRow, ProvisionedPersonRow.person_id == PersonRow.id)
        .where(MembershipRow.kind == row.kind, MembershipRow.name == row.name, visible())
    )
    now, then = set(session.scalars(query)), set(wanted)
    comes, goes = sorted(then - now), sorted(now - then)
    for some in chunks(comes):
        known = (
            select(PersonRow.id).outerjoin(ProvisionedPersonRow).where(among(session, PersonRow.id, some), visible())
        )
        missing = set(some) - set(session.scalars(known))
        if missing:
            raise _nobody(min(missing))
    kind, name, day = row.kind, row.name, told.today
    for some in chunks(comes):
        _enter(session, some, kind, {name}, set(), told, day)
    for some in chunks(goes):
        _enter(session, some, kind, set(), {name}, told, day)
    if comes or goes:
        session.get_one(GroupRow, row.id).changed_at = told.now
        session.flush()
    return len(comes), len(goes)


def _enter(
    session: Session, people: Sequence[UUID], kind: str, more: set[str], less: set[str], told: Told, day: date
) -> None:
    """Each of these people with the teams (or roles) that he is to be in."""
    names: dict[UUID, set[str]] = {one: set(more) for one in people}
    query = select(MembershipRow.person_id, MembershipRow.name).where(
        among(session, MembershipRow.person_id, people), MembershipRow.kind == kind
    )
    for person_id, name in session.execute(query):
        names[person_id].add(name)
    addresses: dict[UUID, list[str]] = {}
    for address in session.scalars(
        select(PersonAddressRow)
        .where(among(session, PersonAddressRow.person_id, people))
        .order_by(PersonAddressRow.ordinal, PersonAddressRow.address)
    ):
        addresses.setdefault(address.person_id, []).append(address.shown)
    column = f"{kind}s"
    rows = [
        same_person(number, addresses[one], **{column: tuple((name, None) for name in sorted(names[one] - less))})
        for number, one in enumerate(people, start=1)
    ]
    reading = DirectoryReading(tuple(rows), frozenset({"email", column}), ())
    enter_rows(session, reading, now=told.now, today=day, randomness=told.randomness)
    session.expire_all()


def _record(session: Session, group_id: UUID, action: str, details: Mapping[str, Any], told: Told) -> None:
    audit.append(
        session,
        at=told.now,
        actor=told.actor,
        action=action,
        subject=f"group:{group_id}",
        details={**details, "source": "scim"},
    )
