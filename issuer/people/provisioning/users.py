"""Users made, changed and withdrawn by a company's directory (RFC 7644, section 3): joiners, movers and leavers.

What is known of a person is entered by the very functions that enter a directory's CSV file (`directory_import`), in
one transaction, with the audit trail. A person who is known already, by employee number or address, is taken over and
never doubled. A manager may be told of after his people: they report to him once he is there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from issuer import audit
from issuer.awards import comparable
from issuer.people.directory_import import enter_rows, lock_directory
from issuer.people.directory_match import chunks
from issuer.people.people_csv import DirectoryReading, DirectoryRefused, DirectoryRow
from issuer.people.provisioning.attributes import USERS
from issuer.people.provisioning.documents import canonical
from issuer.people.provisioning.patching import Operation, patched
from issuer.people.provisioning.reading import NAME_PARTS, users, version
from issuer.people.provisioning.refusals import NotProvisioned, Outdated, UnknownResource, Why
from issuer.people.provisioning.wanted import WantedUser, wanted_user
from issuer.store import Database
from issuer.tables import MembershipRow, PersonAddressRow, PersonRow, ProvisionedPersonRow, SessionRow
from issuer.text_search import folded

Document = dict[str, Any]
_FIELDS = frozenset({"name", "email", "more_emails", "function", "time_zone", "joined_on", "left_on"})


@dataclass(frozen=True, slots=True)
class Told:
    """Who tells, when, and on which day it counts. `base` is the address of the SCIM service."""

    actor: str
    now: datetime
    today: date
    randomness: Callable[[int], bytes]
    base: str


def find_user(db: Database, user_id: UUID, *, base: str, today: date) -> Document:
    """A user. Raises UnknownResource."""
    with db.read() as session:
        return _shown(session, user_id, base=base, today=today)


def create_user(db: Database, body: Mapping[str, Any], told: Told) -> Document:
    """Enter a joiner, or take over a person who is known. Raises NotProvisioned."""
    wanted = wanted_user(canonical(USERS, body))
    with db.write() as session:
        lock_directory(session)
        person_id = _known(session, wanted)
        said = session.get(ProvisionedPersonRow, person_id) if person_id is not None else None
        if said is not None and said.user_name is not None:
            raise NotProvisioned(Why.UNIQUENESS, f"This person is the user {person_id} already.")
        row = session.get(PersonRow, person_id) if person_id is not None else None
        return _entered(session, person_id, wanted if row is None else _taken_over(row, wanted), told)


def replace_user(
    db: Database, user_id: UUID, body: Mapping[str, Any], told: Told, *, if_match: Sequence[str] | None = None
) -> Document:
    """Make a user what the body says. Raises UnknownResource, Outdated, NotProvisioned."""
    wanted = wanted_user(canonical(USERS, body))
    with db.write() as session:
        lock_directory(session)
        require_version(_shown(session, user_id, base=told.base, today=told.today), if_match)
        return _entered(session, user_id, wanted, told)


def patch_user(
    db: Database,
    user_id: UUID,
    operations: Sequence[Operation],
    told: Told,
    *,
    if_match: Sequence[str] | None = None,
) -> Document:
    """Change a user. What changes nothing is recorded nowhere. Raises UnknownResource, Outdated, NotProvisioned."""
    with db.write() as session:
        lock_directory(session)
        before = _shown(session, user_id, base=told.base, today=told.today)
        require_version(before, if_match)
        after = canonical(USERS, patched(USERS, before, operations))
        if after == canonical(USERS, before):
            return before
        wanted = wanted_user(after)
        return _entered(session, user_id, wanted, told, complete=True)


def withdraw_user(db: Database, user_id: UUID, told: Told, *, if_match: Sequence[str] | None = None) -> None:
    """Forget an account: its person leaves. What he earned, and his history, stay; erasing is another command.

    Raises UnknownResource, Outdated.
    """
    with db.write() as session:
        lock_directory(session)
        require_version(_shown(session, user_id, base=told.base, today=told.today), if_match)
        row = session.get_one(PersonRow, user_id)
        said = _said(session, user_id)
        for name in (*NAME_PARTS.values(), "user_name", "user_name_key", "external_id", "user_type", "department",
                     "preferred_language", "manager_said"):  # fmt: skip
            setattr(said, name, None)
        said.withdrawn_at = told.now
        _sign_out(session, user_id)
        left = _left_on(row.left_on, active=False, today=told.today)
        if row.left_on != left:
            row.left_on, row.changed_at = left, told.now
        _record(session, user_id, "person left", {"left_on": left.isoformat() if left else None}, told)


def require_version(document: Mapping[str, Any], if_match: Sequence[str] | None) -> None:
    """Raises Outdated unless the resource is of one of these versions, or any will do (RFC 7644, section 3.14)."""
    if if_match is None or "*" in if_match:
        return
    now = version(document).removeprefix("W/")
    if now not in {one.removeprefix("W/") for one in if_match}:
        raise Outdated("The resource has changed since; read it again, and change that.")


def _shown(session: Session, user_id: UUID, *, base: str, today: date) -> Document:
    found = users(session, [user_id], base=base, today=today)
    if not found:
        raise UnknownResource(f"There is no user {user_id}.")
    return found[0]


def _known(session: Session, wanted: WantedUser) -> UUID | None:
    """The person that a new user is, if he is known: by employee number, by an address, by the name of the account."""
    found: set[UUID] = set()
    if wanted.employee_number is not None:
        query = select(PersonRow.id).where(PersonRow.employee_number == wanted.employee_number)
        found |= set(session.scalars(query))
    addresses = [*wanted.addresses, comparable(wanted.user_name)]
    found |= set(session.scalars(select(PersonAddressRow.person_id).where(PersonAddressRow.address.in_(addresses))))
    if len(found) > 1:
        what = "Employee number, user name and addresses belong to different people on record."
        raise NotProvisioned(Why.UNIQUENESS, what)
    return next(iter(found), None)


def _taken_over(row: PersonRow, wanted: WantedUser) -> WantedUser:
    """What a first word does not say of a person stays as it is on record."""
    return replace(
        wanted,
        title=wanted.title or row.function,
        time_zone=wanted.time_zone or row.time_zone,
        employee_number=wanted.employee_number or row.employee_number,
        manager=wanted.manager or (str(row.manager_id) if row.manager_id is not None else None),
    )


def _entered(
    session: Session, person_id: UUID | None, wanted: WantedUser, told: Told, *, complete: bool = False
) -> Document:
    """Enter what is wanted of a person. `complete`: what is not said of the company is not so."""
    before = users(session, [person_id], base=told.base, today=told.today) if person_id is not None else []
    row = session.get(PersonRow, person_id) if person_id is not None else None
    _require_free(session, person_id, wanted)
    of_company = wanted.of_company or complete
    said = session.get(ProvisionedPersonRow, person_id) if person_id is not None else None
    if of_company and row is not None and wanted.employee_number != row.employee_number:
        row.employee_number = wanted.employee_number  # the id is the key here: the number may change
        row.changed_at = told.now
        session.flush()
    manager = _manager(session, wanted.manager) if of_company else None
    if manager is not None and manager == person_id:
        raise NotProvisioned(Why.INVALID_VALUE, "Nobody reports to himself.")
    line = _row(session, row, wanted, told)
    columns = set(_FIELDS)
    if of_company:
        columns |= {"manager"}
        line["employee_number"] = wanted.employee_number
        line["manager"] = _address(session, manager) if manager is not None else None
        teams = _teams(session, person_id, said.department if said else None, wanted.department)
        if teams is not None:
            columns |= {"teams"}
            line["teams"] = teams
    elif row is not None:
        line["employee_number"] = row.employee_number
    (person_id,) = _enter(session, [DirectoryRow(**line)], columns, told)
    session.expire_all()
    _say(session, person_id, wanted, of_company=of_company, waiting=wanted.manager if manager is None else None)
    _label(session, person_id, wanted)
    _join_waiting(session, person_id, wanted, told)
    session.flush()
    session.expire_all()
    after = _shown(session, person_id, base=told.base, today=told.today)
    _record_difference(session, person_id, before[0] if before else None, after, told)
    return after


def _row(session: Session, row: PersonRow | None, wanted: WantedUser, told: Told) -> dict[str, Any]:
    """The person as a line of the directory's file. Addresses that are on record stay, behind those that are said."""
    kept: list[str] = []
    if row is not None:
        query = select(PersonAddressRow).where(PersonAddressRow.person_id == row.id)
        known = session.scalars(query.order_by(PersonAddressRow.ordinal, PersonAddressRow.address))
        kept = [one.shown for one in known if one.address not in wanted.addresses]
    main, *others = (one.value for one in wanted.emails)
    joined = row.joined_on if row is not None else None
    left = _left_on(row.left_on if row is not None else None, active=wanted.active, today=told.today)
    return {
        "row": 1,
        "name": wanted.display_name,
        "email": main,
        "employee_number": None,
        "manager": None,
        "function": wanted.title,
        "teams": (),
        "roles": (),
        "time_zone": wanted.time_zone,
        "joined_on": joined or (told.today if wanted.active else None),
        "left_on": left,
        "more_emails": (*others, *kept),
    }


def _left_on(left_on: date | None, *, active: bool, today: date) -> date | None:
    """The last day. Who is not active any more is gone at once, not at midnight: yesterday was the last."""
    if active:
        return left_on if left_on is not None and left_on >= today else None
    return left_on if left_on is not None and left_on < today else today - timedelta(days=1)


def _require_free(session: Session, person_id: UUID | None, wanted: WantedUser) -> None:
    """User name, number and addresses belong to nobody else. Raises NotProvisioned (uniqueness)."""
    key = folded(wanted.user_name)
    holder = session.scalars(
        select(ProvisionedPersonRow.person_id).where(ProvisionedPersonRow.user_name_key == key)
    ).first()
    if holder is not None and holder != person_id:
        raise NotProvisioned(Why.UNIQUENESS, "Another user has this userName.")
    taken = select(PersonAddressRow.person_id).where(
        PersonAddressRow.address.in_([*wanted.addresses, comparable(wanted.user_name)])
    )
    if any(one != person_id for one in session.scalars(taken)):
        raise NotProvisioned(Why.UNIQUENESS, "An address or the userName belongs to another person on record.")
    if wanted.employee_number is not None:
        query = select(PersonRow.id).where(PersonRow.employee_number == wanted.employee_number)
        if any(one != person_id for one in session.scalars(query)):
            raise NotProvisioned(Why.UNIQUENESS, "Another person on record has this employeeNumber.")


def _enter(session: Session, rows: Sequence[DirectoryRow], columns: set[str], told: Told) -> Sequence[UUID]:
    reading = DirectoryReading(tuple(rows), frozenset(columns), ())
    try:
        return enter_rows(session, reading, now=told.now, today=told.today, randomness=told.randomness)
    except DirectoryRefused as error:
        what = "; ".join(fault.what for fault in error.faults[:3])
        raise NotProvisioned(Why.INVALID_VALUE, f"The directory refuses this: {what}.") from None


def _said(session: Session, person_id: UUID) -> ProvisionedPersonRow:
    found = session.get(ProvisionedPersonRow, person_id)
    if found is None:
        found = ProvisionedPersonRow(person_id=person_id)
        session.add(found)
    return found


def _say(session: Session, person_id: UUID, wanted: WantedUser, *, of_company: bool, waiting: str | None) -> None:
    """Keep what the directory's own rows have no place for."""
    said = _said(session, person_id)
    said.user_name, said.user_name_key = wanted.user_name, folded(wanted.user_name)
    said.external_id, said.withdrawn_at = wanted.external_id, None
    said.user_type, said.preferred_language = wanted.user_type, wanted.preferred_language
    for part, column in NAME_PARTS.items():
        setattr(said, column, wanted.parts.get(part))
    if of_company:
        said.department, said.manager_said = wanted.department, waiting
    session.flush()


def _label(session: Session, person_id: UUID, wanted: WantedUser) -> None:
    for row in session.scalars(select(PersonAddressRow).where(PersonAddressRow.person_id == person_id)):
        said = wanted.addresses.get(row.address)
        row.listed = said is not None
        row.label, row.called_main = (said.label, said.main) if said is not None else (None, None)


def _teams(
    session: Session, person_id: UUID | None, before: str | None, department: str | None
) -> tuple[tuple[str, date | None], ...] | None:
    """The person's teams with another department; None if nothing changes."""
    if before == department:
        return None
    query = select(MembershipRow.name).where(MembershipRow.person_id == person_id, MembershipRow.kind == "team")
    names = set(session.scalars(query)) if person_id is not None else set()
    names -= {before} if before is not None else set()
    names |= {department} if department is not None else set()
    return tuple((name, None) for name in sorted(names))


def _manager(session: Session, said: str | None) -> UUID | None:
    """Who is meant, if he is known: by id, by the client's id, user name, employee number or address."""
    if said is None:
        return None
    try:
        query = select(PersonRow.id).where(PersonRow.id == UUID(said), PersonRow.erased_at.is_(None))
        return session.scalars(query).first()
    except ValueError:
        pass
    row, key = ProvisionedPersonRow, folded(said)
    queries = (
        select(row.person_id).where((row.external_id == said) | (row.user_name_key == key)),
        select(PersonRow.id).where(PersonRow.employee_number == said),
        select(PersonAddressRow.person_id).where(PersonAddressRow.address == comparable(said)),
    )
    for query in queries:
        found = session.scalars(query.limit(2)).all()
        if len(found) == 1:
            return found[0]
    return None


def _address(session: Session, person_id: UUID) -> str | None:
    query = select(PersonAddressRow.address).where(PersonAddressRow.person_id == person_id)
    return session.scalars(query.order_by(PersonAddressRow.ordinal, PersonAddressRow.address)).first()


def _join_waiting(session: Session, manager_id: UUID, wanted: WantedUser, told: Told) -> None:
    """People whose manager was named before he was there report to him now; a loop is left waiting."""
    names = {str(manager_id), wanted.user_name, wanted.external_id, wanted.employee_number}
    names |= {one.value for one in wanted.emails} | set(wanted.addresses)
    row = ProvisionedPersonRow
    query = select(row).where(row.manager_said.in_([one for one in names if one]), row.person_id != manager_id)
    above = _line_of(session, manager_id)
    waiting = [one for one in session.scalars(query) if one.person_id not in above]
    address = _address(session, manager_id)
    for some in chunks(waiting):
        rows = [_reporting(session, one.person_id, number, address) for number, one in enumerate(some, start=1)]
        _enter(session, rows, {"email", "manager"}, told)
        for one in some:
            one.manager_said = None


def _reporting(session: Session, person_id: UUID, number: int, manager: str | None) -> DirectoryRow:
    addresses = session.scalars(
        select(PersonAddressRow.shown)
        .where(PersonAddressRow.person_id == person_id)
        .order_by(PersonAddressRow.ordinal, PersonAddressRow.address)
    ).all()
    return same_person(number, addresses, manager=manager)


def same_person(number: int, addresses: Sequence[str], **said: Any) -> DirectoryRow:
    """A line of the directory that finds a person by his addresses, and says only what is `said`."""
    nothing: dict[str, Any] = dict.fromkeys(("employee_number", "manager", "function", "time_zone", "joined_on"))
    line = {"row": number, "name": "", "email": addresses[0], "more_emails": tuple(addresses[1:]), "left_on": None}
    return DirectoryRow(**{**nothing, **line, "teams": (), "roles": (), **said})


def _line_of(session: Session, person_id: UUID) -> set[UUID]:
    """Everybody above a person."""
    found: set[UUID] = set()
    at = session.scalar(select(PersonRow.manager_id).where(PersonRow.id == person_id))
    while at is not None and at not in found:
        found.add(at)
        at = session.scalar(select(PersonRow.manager_id).where(PersonRow.id == at))
    return found


def _record_difference(session: Session, person_id: UUID, before: Document | None, after: Document, told: Told) -> None:
    """One event: joined, left, back, or what changed by its name; never a value of it."""
    names = {*(before or {}), *after} - {"meta", "schemas", "groups"}
    changed = sorted(one.rpartition(":")[2] if ":" in one else one for one in names
                     if (before or {}).get(one) != after.get(one))  # fmt: skip
    if not changed:
        return
    was, is_ = bool(before and before["active"]), bool(after["active"])
    action = "person joined" if before is None else "person changed"
    if before is not None and was != is_:
        action = "person is back" if is_ else "person left"
    if not is_:
        _sign_out(session, person_id)
    _record(session, person_id, action, {"changed": changed} if before is not None else {}, told)


def _sign_out(session: Session, person_id: UUID) -> None:
    """Who has left is signed in nowhere, from this moment on."""
    session.execute(delete(SessionRow).where(SessionRow.person_id == person_id))


def _record(session: Session, person_id: UUID, action: str, details: Mapping[str, Any], told: Told) -> None:
    said = {**details, "source": "scim"}
    audit.append(session, at=told.now, actor=told.actor, action=action, subject=f"person:{person_id}", details=said)
