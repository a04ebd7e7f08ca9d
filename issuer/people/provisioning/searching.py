"""Users and groups that a filter finds: SQL that is bounded by the filter's own bounds, pages, sorting."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    and_,
    cast,
    exists,
    func,
    not_,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import Session, aliased

from issuer.awards import comparable
from issuer.people.provisioning.attributes import ENTERPRISE, GROUPS, USERS, Attribute
from issuer.people.provisioning.conditions import Asked, cannot, is_id, known
from issuer.people.provisioning.filters import Comparison, Filter, Path
from issuer.people.provisioning.reading import NAME_PARTS, visible
from issuer.store import Database
from issuer.tables import GroupRow, MembershipRow, PersonAddressRow, PersonRow, ProvisionedPersonRow

_Said = ProvisionedPersonRow
_Address = aliased(PersonAddressRow)
_Before = aliased(PersonAddressRow)


@dataclass(frozen=True, slots=True)
class Sorting:
    """By which attribute, and which way."""

    path: Path
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """Ids of what was found, and how many there are of it altogether."""

    ids: tuple[UUID, ...]
    total: int


def search_users(
    db: Database, wanted: Filter | None, *, today: date, start: int, count: int,
    sorting: Sorting | None = None, after: UUID | None = None,
) -> Page:  # fmt: skip
    """Ids of users, `count` from the one-based place `start` on, or those beyond the id `after`.

    Raises NotProvisioned (invalidFilter, invalidPath).
    """
    with db.read() as session:
        asked = _Users(session, today)
        query = select(PersonRow.id).outerjoin(_Said, _Said.person_id == PersonRow.id).where(visible())
        return _page(session, asked, PersonRow.id, query, wanted, start, count, sorting, after)


def search_groups(
    db: Database, wanted: Filter | None, *, start: int, count: int,
    sorting: Sorting | None = None, after: UUID | None = None,
) -> Page:  # fmt: skip
    """Ids of groups; as `search_users`."""
    with db.read() as session:
        return _page(session, _Groups(session), GroupRow.id, select(GroupRow.id), wanted, start, count, sorting, after)


def _page(
    session: Session,
    asked: Asked,
    identifier: Any,
    query: Select[UUID],
    wanted: Filter | None,
    start: int,
    count: int,
    sorting: Sorting | None,
    after: UUID | None,
) -> Page:
    if wanted is not None:
        query = query.where(asked.condition(wanted))
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    if after is not None:
        query = query.where(identifier > after)
    if sorting is not None:
        by = asked.sorted_by(sorting.path)
        query = query.order_by(by.desc().nulls_last() if sorting.descending else by.asc().nulls_last())
    query = query.order_by(identifier).offset(max(start - 1, 0) if after is None else 0)
    return Page(tuple(session.scalars(query.limit(count))) if count else (), total)


class _Users(Asked):
    """Conditions on PersonRow, outer joined to ProvisionedPersonRow."""

    def __init__(self, session: Session, today: date) -> None:
        super().__init__(USERS, session)
        self._today = today

    def compared(
        self, urn: str | None, attribute: Attribute, sub: Attribute | None, wanted: Comparison, value: Any
    ) -> ColumnElement[bool]:
        """What an index can answer is asked of it."""
        if wanted.operator == "eq":
            match attribute.name:
                case "id":
                    return is_id(PersonRow.id, value)
                case "externalId":
                    return PersonRow.id.in_(select(_Said.person_id).where(_Said.external_id == value))
                case "userName":
                    return PersonRow.id.in_(_of_user_name(value, comparable(str(wanted.value))))
        if attribute.name == "manager" and sub is not None and sub.name == "value":
            return self._manager_is(wanted, value)
        return super().compared(urn, attribute, sub, wanted, value)

    def _manager_is(self, wanted: Comparison, value: str) -> ColumnElement[bool]:
        if wanted.operator != "eq":
            raise cannot("manager", " but by eq, ne and pr")
        there = PersonRow.manager_id.is_not(None)
        known = and_(there, is_id(PersonRow.manager_id, value))
        waiting = and_(not_(there), _Said.manager_said.is_not(None), _Said.manager_said == value)
        return or_(known, waiting)

    def present(self, urn: str | None, attribute: Attribute, sub: Attribute | None) -> ColumnElement[bool]:
        """A manager is there by his id, or by a name that waits for him."""
        if attribute.name == "manager" and (sub is None or sub.name == "value"):
            return or_(PersonRow.manager_id.is_not(None), _Said.manager_said.is_not(None))
        if attribute.name == "meta" and sub is None:
            return true()
        return super().present(urn, attribute, sub)

    def column(self, urn: str | None, attribute: Attribute, sub: Attribute | None) -> ColumnElement[Any]:
        """See `_Asked.column`."""
        name = attribute.name if sub is None else f"{attribute.name}.{sub.name}"
        columns: dict[str, Any] = {
            "externalId": _Said.external_id,
            "userName": func.coalesce(_Said.user_name, _main_address()),
            "displayName": PersonRow.name,
            "title": PersonRow.function,
            "userType": _Said.user_type,
            "preferredLanguage": _Said.preferred_language,
            "timezone": PersonRow.time_zone,
            "active": or_(PersonRow.left_on.is_(None), PersonRow.left_on >= self._today),
            "meta.created": PersonRow.created_at,
            "meta.lastModified": func.coalesce(PersonRow.changed_at, PersonRow.created_at),
            "meta.resourceType": cast("User", String),
            **{f"name.{part}": getattr(_Said, column) for part, column in NAME_PARTS.items()},
        }
        if urn == ENTERPRISE:
            columns = {
                "employeeNumber": PersonRow.employee_number,
                "department": _Said.department,
            }
        return self.form(sub or attribute, known(columns, name))

    def some(
        self, attribute: Attribute, condition: Callable[[dict[str, Any]], ColumnElement[bool]]
    ) -> ColumnElement[bool]:
        """See `_Asked.some`."""
        if attribute.name == "emails":
            parts = {
                "value": _Address.shown,
                "type": _Address.label,
                "primary": _Address.called_main,
                "by value": lambda value: _Address.address == comparable(value),
            }
            return PersonRow.id.in_(select(_Address.person_id).where(_Address.listed, condition(parts)))
        if attribute.name == "groups":
            parts = {
                "value": cast(GroupRow.id, String),
                "display": GroupRow.display_name,
                "type": cast("direct", String),
                "by value": lambda value: is_id(GroupRow.id, value),
            }
            query = select(MembershipRow.person_id).join(
                GroupRow, (GroupRow.kind == MembershipRow.kind) & (GroupRow.name == MembershipRow.name)
            )
            return PersonRow.id.in_(query.where(condition(parts)))
        raise cannot(attribute.name)


class _Groups(Asked):
    """Conditions on GroupRow."""

    def __init__(self, session: Session) -> None:
        super().__init__(GROUPS, session)

    def compared(
        self, urn: str | None, attribute: Attribute, sub: Attribute | None, wanted: Comparison, value: Any
    ) -> ColumnElement[bool]:
        """What an index can answer is asked of it."""
        if wanted.operator == "eq" and attribute.name == "id":
            return is_id(GroupRow.id, value)
        return super().compared(urn, attribute, sub, wanted, value)

    def column(self, urn: str | None, attribute: Attribute, sub: Attribute | None) -> ColumnElement[Any]:  # noqa: ARG002
        """See `_Asked.column`."""
        name = attribute.name if sub is None else f"{attribute.name}.{sub.name}"
        columns: dict[str, Any] = {
            "externalId": GroupRow.external_id,
            "displayName": GroupRow.display_name,
            "meta.created": GroupRow.created_at,
            "meta.lastModified": func.coalesce(GroupRow.changed_at, GroupRow.created_at),
            "meta.resourceType": cast("Group", String),
        }
        return self.form(sub or attribute, known(columns, name))

    def present(self, urn: str | None, attribute: Attribute, sub: Attribute | None) -> ColumnElement[bool]:
        """See `_Asked.present`."""
        return true() if attribute.name == "meta" and sub is None else super().present(urn, attribute, sub)

    def some(
        self,
        attribute: Attribute,  # noqa: ARG002
        condition: Callable[[dict[str, Any]], ColumnElement[bool]],
    ) -> ColumnElement[bool]:
        """See `_Asked.some`."""
        parts = {
            "value": cast(PersonRow.id, String),
            "type": cast("User", String),
            "by value": lambda value: is_id(PersonRow.id, value),
        }
        members = (
            select(MembershipRow.name)
            .join(PersonRow, PersonRow.id == MembershipRow.person_id)
            .outerjoin(_Said, _Said.person_id == PersonRow.id)
            .where(
                MembershipRow.kind == GroupRow.kind, MembershipRow.name == GroupRow.name, visible(), condition(parts)
            )
        )
        return exists(members.correlate(GroupRow))


def _of_user_name(key: str, address: str) -> Any:
    """Who has that user name: as it was said, or by the main address of whom no directory has named."""
    named = exists(
        select(_Said.person_id).where(_Said.person_id == _Address.person_id, _Said.user_name_key.is_not(None))
    )
    earlier = exists(select(_Before.address).where(
        _Before.person_id == _Address.person_id,
        or_(_Before.ordinal < _Address.ordinal,
            and_(_Before.ordinal == _Address.ordinal, _Before.address < _Address.address)),
    ))  # fmt: skip
    by_address = select(_Address.person_id).where(_Address.address == address, ~named, ~earlier)
    said = aliased(ProvisionedPersonRow)
    return union_all(select(said.person_id).where(said.user_name_key == key), by_address)


def _main_address() -> Any:
    return (
        select(_Address.shown)
        .where(_Address.person_id == PersonRow.id)
        .order_by(_Address.ordinal, _Address.address)
        .limit(1)
        .scalar_subquery()
    )
