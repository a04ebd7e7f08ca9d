"""Users and groups as SCIM shows them: some queries for however many (RFC 7643, sections 4 and 8)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from hashlib import sha256
from itertools import accumulate
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from credentials.instants import format_instant
from issuer.canonical_json import canonical_json
from issuer.many_rows import among
from issuer.people.provisioning.attributes import ENTERPRISE, GROUP, GROUPS, USER, USERS, ResourceType
from issuer.tables import GroupRow, MembershipRow, PersonAddressRow, PersonRow, ProvisionedPersonRow

NAME_PARTS = {
    "formatted": "formatted_name",
    "familyName": "family_name",
    "givenName": "given_name",
    "middleName": "middle_name",
    "honorificPrefix": "honorific_prefix",
    "honorificSuffix": "honorific_suffix",
}
"""The parts of `name`, and their columns."""


def visible() -> ColumnElement[bool]:
    """Whom SCIM knows: neither erased nor withdrawn; a condition on PersonRow, outer joined to ProvisionedPersonRow."""
    return PersonRow.erased_at.is_(None) & ProvisionedPersonRow.withdrawn_at.is_(None)


def users(session: Session, ids: Sequence[UUID], *, base: str, today: date) -> list[dict[str, Any]]:
    """Users in the order of their ids, those whom SCIM knows. `base` is the address of the SCIM service."""
    query = (
        select(PersonRow, ProvisionedPersonRow)
        .outerjoin(ProvisionedPersonRow, ProvisionedPersonRow.person_id == PersonRow.id)
        .where(among(session, PersonRow.id, ids), visible())
    )
    rows = {person.id: (person, said) for person, said in session.execute(query)}
    addresses: dict[UUID, list[PersonAddressRow]] = {}
    for one in session.scalars(
        select(PersonAddressRow)
        .where(among(session, PersonAddressRow.person_id, rows))
        .order_by(PersonAddressRow.ordinal, PersonAddressRow.address)
    ):
        addresses.setdefault(one.person_id, []).append(one)
    groups: dict[UUID, list[dict[str, Any]]] = {}
    for person_id, group_id, shown in session.execute(
        select(MembershipRow.person_id, GroupRow.id, GroupRow.display_name)
        .join(GroupRow, (GroupRow.kind == MembershipRow.kind) & (GroupRow.name == MembershipRow.name))
        .where(among(session, MembershipRow.person_id, rows))
        .order_by(GroupRow.display_name, GroupRow.id)
    ):
        group = {"value": str(group_id), "$ref": f"{base}/Groups/{group_id}", "display": shown, "type": "direct"}
        groups.setdefault(person_id, []).append(group)
    return [
        _user(*rows[one], addresses.get(one, []), groups.get(one, []), base=base, today=today)
        for one in ids
        if one in rows
    ]


def groups(session: Session, ids: Sequence[UUID], *, base: str, members: bool = True) -> list[dict[str, Any]]:
    """Groups in the order of their ids, with their members if they are wanted."""
    rows = {row.id: row for row in session.scalars(select(GroupRow).where(among(session, GroupRow.id, ids)))}
    within: dict[UUID, list[dict[str, Any]]] = {}
    if members:
        for group_id, person_id in session.execute(_members().where(among(session, GroupRow.id, rows))):
            member = {"value": str(person_id), "$ref": f"{base}/Users/{person_id}", "type": "User"}
            within.setdefault(group_id, []).append(member)
    return [_group(rows[one], within.get(one, []), base=base) for one in ids if one in rows]


def as_many_as_fit(session: Session, ids: Sequence[UUID], most: int) -> Sequence[UUID]:
    """The first of these groups that have no more than `most` members together; at least one of them."""
    counted = (
        select(GroupRow.id, func.count())
        .join(MembershipRow, (MembershipRow.kind == GroupRow.kind) & (MembershipRow.name == GroupRow.name))
        .where(among(session, GroupRow.id, ids))
        .group_by(GroupRow.id)
    )
    sizes: dict[UUID, int] = {identifier: size for identifier, size in session.execute(counted)}  # noqa: C416
    sums = list(accumulate(sizes.get(one, 0) for one in ids))
    return ids[: max(1, sum(total <= most for total in sums))]


def _members() -> Any:
    """Group and person of every member whom SCIM knows."""
    return (
        select(GroupRow.id, PersonRow.id)
        .join(MembershipRow, (MembershipRow.kind == GroupRow.kind) & (MembershipRow.name == GroupRow.name))
        .join(PersonRow, PersonRow.id == MembershipRow.person_id)
        .outerjoin(ProvisionedPersonRow, ProvisionedPersonRow.person_id == PersonRow.id)
        .where(visible())
        .order_by(PersonRow.id)
    )


def version(document: Mapping[str, Any]) -> str:
    """A weak ETag of what the resource says; where it is and when it changed are not part of it."""
    said = {name: value for name, value in document.items() if name != "meta"}
    return f'W/"{sha256(canonical_json(said)).hexdigest()[:24]}"'


def _user(
    person: PersonRow,
    said: ProvisionedPersonRow | None,
    addresses: Sequence[PersonAddressRow],
    groups_of: list[dict[str, Any]],
    *,
    base: str,
    today: date,
) -> dict[str, Any]:
    work = _enterprise(person, said, base)
    main = addresses[0].shown if addresses else str(person.id)
    document: dict[str, Any] = {
        "schemas": [USER, ENTERPRISE] if work else [USER],
        "id": str(person.id),
        "externalId": said.external_id if said else None,
        "userName": (said.user_name if said else None) or main,
        "name": {part: value for part, column in NAME_PARTS.items() if (value := getattr(said, column, None))},
        "displayName": person.name,
        "title": person.function,
        "userType": said.user_type if said else None,
        "preferredLanguage": said.preferred_language if said else None,
        "timezone": person.time_zone,
        "active": person.left_on is None or person.left_on >= today,
        "emails": _emails(addresses),
        "groups": groups_of,
        ENTERPRISE: work,
    }
    return _finished(USERS, document, person.created_at, person.changed_at, base)


def _emails(addresses: Sequence[PersonAddressRow]) -> list[dict[str, Any]]:
    found = ({"value": one.shown, "type": one.label, "primary": one.called_main} for one in addresses if one.listed)
    return [{name: value for name, value in one.items() if value is not None} for one in found]


def _enterprise(person: PersonRow, said: ProvisionedPersonRow | None, base: str) -> dict[str, Any]:
    found: dict[str, Any] = {"employeeNumber": person.employee_number, "department": said.department if said else None}
    if person.manager_id is not None:
        found["manager"] = {"value": str(person.manager_id), "$ref": f"{base}/Users/{person.manager_id}"}
    elif said is not None and said.manager_said is not None:
        found["manager"] = {"value": said.manager_said}
    return {name: value for name, value in found.items() if value is not None}


def _group(row: GroupRow, members: list[dict[str, Any]], *, base: str) -> dict[str, Any]:
    document = {
        "schemas": [GROUP],
        "id": str(row.id),
        "externalId": row.external_id,
        "displayName": row.display_name,
        "members": members,
    }
    return _finished(GROUPS, document, row.created_at, row.changed_at, base)


def _finished(
    type_: ResourceType, document: dict[str, Any], made: datetime | None, changed: datetime | None, base: str
) -> dict[str, Any]:
    kept = {name: value for name, value in document.items() if value not in (None, {}, [])}
    meta = {"resourceType": type_.name, "location": f"{base}/{type_.place}/{document['id']}", "version": version(kept)}
    times = {"created": made, "lastModified": changed or made}
    return {**kept, "meta": meta | {name: format_instant(at) for name, at in times.items() if at is not None}}
