"""Which person each row of a directory is, and who manages him: by employee number first, then by e-mail address."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from credentials.sentence import sentence
from issuer.awards import comparable
from issuer.errors import Fault
from issuer.people.people_csv import DirectoryReading, DirectoryRow
from issuer.people.reporting_lines import loops
from issuer.tables import PersonAddressRow, PersonRow

CHUNK = 1_000
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Matched:
    """The person of each row (in the rows' order), which of them are new, and the manager of each, if the file says."""

    ids: Sequence[UUID]
    new: frozenset[UUID]
    managers: dict[UUID, UUID | None]
    faults: tuple[Fault, ...]


def match(session: Session, reading: DirectoryReading, new_id: Callable[[], UUID]) -> Matched:
    """Find the person of every row; faults are rows that are two people, one person twice, or a loop of managers."""
    faults: list[Fault] = []
    ids: list[UUID] = []
    new: set[UUID] = set()
    row_of: dict[UUID, int] = {}
    for some in chunks(reading.rows):
        known = _Known.of(session, some)
        for row in some:
            found = known.person(row, faults)
            if found is None:
                found = new_id()
                new.add(found)
            first = row_of.setdefault(found, row.row)
            if first != row.row and row.row not in reading.faulty:
                what = sentence("this is the same person as row {first}, by what is on record of him", first=first)
                faults.append(Fault(f"row {row.row}", what, sentence("two rows are one person; make one of them")))
            ids.append(found)
    managers: dict[UUID, UUID | None] = {}
    if "manager" in reading.columns:
        managers = _managers(session, reading, ids, faults)
        _check_loops(session, reading.rows, ids, managers, faults)
    return Matched(ids, frozenset(new), managers, tuple(faults))


def chunks(items: Sequence[_T], size: int = CHUNK) -> Iterator[Sequence[_T]]:
    """The items, some at a time."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


@dataclass(frozen=True, slots=True)
class _Known:
    """What is on record of some rows: people by number, people and their numbers by address."""

    by_number: dict[str, UUID]
    by_address: dict[str, tuple[UUID, str | None]]

    @classmethod
    def of(cls, session: Session, rows: Sequence[DirectoryRow]) -> _Known:
        numbers = [row.employee_number for row in rows if row.employee_number is not None]
        addresses = [address for row in rows for address in row.addresses]
        by_number: dict[str, UUID] = {}
        for some in chunks(numbers):
            query = select(PersonRow.employee_number, PersonRow.id).where(PersonRow.employee_number.in_(some))
            by_number.update((number, identifier) for number, identifier in session.execute(query) if number)
        by_address: dict[str, tuple[UUID, str | None]] = {}
        for some in chunks(addresses):
            query2 = (
                select(PersonAddressRow.address, PersonRow.id, PersonRow.employee_number)
                .join(PersonRow, PersonRow.id == PersonAddressRow.person_id)
                .where(PersonAddressRow.address.in_(some))
            )
            by_address.update((address, (person, number)) for address, person, number in session.execute(query2))
        return cls(by_number, by_address)

    def person(self, row: DirectoryRow, faults: list[Fault]) -> UUID | None:
        """The person of a row, or None if he is new."""
        found = self.by_number.get(row.employee_number) if row.employee_number is not None else None
        for address in row.addresses:
            if address not in self.by_address:
                continue
            person, number = self.by_address[address]
            if found is not None and person != found:
                whose = sentence("employee {number}", number=number) if number is not None else sentence("someone else")
                what = sentence("the address {address} is that of {whose} on record", address=address, whose=whose)
                faults.append(Fault(f"row {row.row}, email", what, sentence("an address belongs to one person")))
            elif number is not None and row.employee_number is not None and number != row.employee_number:
                what = sentence(
                    "the address {address} is that of employee {number} on record", address=address, number=number
                )
                right = sentence("an employee number never changes: give that one, or another address")
                faults.append(Fault(f"row {row.row}, employee_number", what, right))
            found = found or person
        return found


def _managers(
    session: Session, reading: DirectoryReading, ids: Sequence[UUID], faults: list[Fault]
) -> dict[UUID, UUID | None]:
    """The manager of each person of the file; he may stand anywhere in it, or on record only."""
    rows = reading.rows
    here: dict[str, UUID] = {}
    for row, identifier in zip(rows, ids, strict=True):
        here.update(dict.fromkeys(row.addresses, identifier))
        if row.employee_number is not None:
            here.setdefault(row.employee_number, identifier)
    elsewhere = sorted({row.manager for row in rows if row.manager and _reference(row.manager) not in here})
    for some in chunks(elsewhere):
        numbers = select(PersonRow.employee_number, PersonRow.id).where(PersonRow.employee_number.in_(some))
        addresses = select(PersonAddressRow.address, PersonAddressRow.person_id).where(
            PersonAddressRow.address.in_([comparable(one) for one in some])
        )
        for query in (addresses, numbers):
            here.update((reference, person) for reference, person in session.execute(query) if reference)
    managers: dict[UUID, UUID | None] = {}
    for row, identifier in zip(rows, ids, strict=True):
        managers[identifier] = here.get(_reference(row.manager)) if row.manager else None
        if row.manager and managers[identifier] is None and comparable(row.manager) not in reading.unread:
            what = sentence("nobody has the address or employee number {manager!r}", manager=row.manager)
            faults.append(
                Fault(f"row {row.row}, manager", what, sentence("give the manager a row of his own, anywhere"))
            )
    return managers


def _reference(manager: str) -> str:
    return comparable(manager) if "@" in manager else manager


def _check_loops(
    session: Session,
    rows: Sequence[DirectoryRow],
    ids: Sequence[UUID],
    managers: dict[UUID, UUID | None],
    faults: list[Fault],
) -> None:
    """Whoever is on record only may report to someone of the file: his line is followed to its end."""
    whole = dict(managers)
    frontier = {one for one in managers.values() if one is not None and one not in whole}
    while frontier:
        for some in chunks(sorted(frontier)):
            query = select(PersonRow.id, PersonRow.manager_id).where(PersonRow.id.in_(some))
            whole.update((person, manager) for person, manager in session.execute(query))
        frontier = {manager for one in frontier if (manager := whole.get(one)) is not None and manager not in whole}
    found = loops(whole)
    if not found:
        return
    row_of = {identifier: row for row, identifier in zip(rows, ids, strict=True)}
    for loop in found:
        on_it = [row_of[one] for one in loop if one in row_of]
        first = loop.index(next(one for one in loop if one in row_of))
        line = [row_of[one].email if one in row_of else "(on record)" for one in loop[first:] + loop[:first]]
        what = sentence("{value} reports to himself: {names}", value=line[0], names=" → ".join([*line, line[0]]))
        faults.append(
            Fault(f"row {on_it[0].row}, manager", what, sentence("someone on it must report to somebody else"))
        )
