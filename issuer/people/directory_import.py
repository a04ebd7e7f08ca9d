"""Entering the company's directory: a whole file or nothing, and the same file again changes nothing.

1. read: every row, every fault of the file alone (`people_csv`)
2. match: which person each row is, who manages whom, every fault against what is on record (`directory_match`)
3. enter: new people from the top of the company downwards, then what changed, then addresses, teams and roles
4. whoever is missing from the file stays, or has left if that is wanted
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from itertools import islice
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Table, and_, bindparam, delete, exists, insert, or_, select, text, update
from sqlalchemy.orm import Session

from issuer import audit
from issuer.people.directory_match import Matched, chunks, match
from issuer.people.people_csv import DirectoryReading, DirectoryRefused, DirectoryRow, read_people_csv, row_of
from issuer.people.provisioning.group_names import group_name
from issuer.people.reporting_lines import depths
from issuer.store import Database, insert_missing
from issuer.tables import GroupRow, MembershipRow, PersonAddressRow, PersonRow

Randomness = Callable[[int], bytes]
_Addresses = Mapping[str, tuple[str, int]]
"""Address → (as it is shown, its ordinal)."""
_BEHIND = 100
MOST_NAMED = 100
_PERSON, _MEMBER, _ADDRESS = (cast(Table, one.__table__) for one in (PersonRow, MembershipRow, PersonAddressRow))
_FIELDS = ("name", "employee_number", "manager_id", "function", "time_zone", "joined_on", "left_on")


class Missing(StrEnum):
    """What becomes of people of the directory who do not stand in the file."""

    KEEP = "keep"
    LEAVE = "leave"


@dataclass(frozen=True, slots=True)
class DirectoryImported:
    """What importing did, or would do: people by what became of them; `missing` do not stand in the file.

    `joiners`, `movers` and `absent` are names, the first MOST_NAMED of those new, changed and missing.
    """

    rows: int
    new: int
    changed: int
    unchanged: int
    missing: int
    left: int
    joiners: tuple[str, ...] = field(default=(), compare=False)
    movers: tuple[str, ...] = field(default=(), compare=False)
    absent: tuple[str, ...] = field(default=(), compare=False)


def import_directory(
    db: Database,
    data: bytes,
    *,
    missing: Missing,
    actor: str,
    now: datetime,
    today: date,
    randomness: Randomness,
) -> DirectoryImported:
    """Enter a directory file, in one transaction. `today` is the day on which it counts.

    Whoever is entered for the first time is in his teams and roles since he joined; who was known before is in a new
    one since today; the file may say otherwise. An address that the file no longer names stays: a private one keeps
    badges after leaving. Raises DirectoryRefused with every fault.
    """
    reading = read_people_csv(data).require_rows()
    with db.write() as session:
        lock_directory(session)
        done = _Import(session, reading, now=now, today=today, randomness=randomness, writing=True).run(missing)
        if done.new or done.changed or done.left:
            counts = {name: getattr(done, name) for name in ("rows", "new", "changed", "missing", "left")}
            audit.append(session, at=now, actor=actor, action="directory imported", subject="people", details=counts)
        return done


def preview_directory(
    db: Database, data: bytes, *, missing: Missing, now: datetime, today: date, randomness: Randomness
) -> DirectoryImported:
    """What `import_directory` would do; nothing is changed. Raises DirectoryRefused with every fault."""
    reading = read_people_csv(data).require_rows()
    with db.read() as session:
        return _Import(session, reading, now=now, today=today, randomness=randomness, writing=False).run(missing)


def lock_directory(session: Session) -> None:
    """Nobody else enters people until the end of the transaction; readers go on."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("LOCK TABLE people, person_addresses IN SHARE ROW EXCLUSIVE MODE"))


def enter_rows(
    session: Session, reading: DirectoryReading, *, now: datetime, today: date, randomness: Randomness
) -> Sequence[UUID]:
    """Enter some rows as `import_directory` does, in the caller's transaction, which has locked the directory.

    The person of each row, in their order. Whoever is not among them stays as he is; nothing is written to the audit
    trail. Raises DirectoryRefused with every fault.
    """
    return _Import(session, reading, now=now, today=today, randomness=randomness, writing=True).enter()[0].ids


@dataclass
class _Work:
    """What a chunk of rows needs written."""

    people: list[dict[str, Any]] = field(default_factory=list)
    changes: list[dict[str, Any]] = field(default_factory=list)
    addresses: list[dict[str, Any]] = field(default_factory=list)
    shown: list[dict[str, Any]] = field(default_factory=list)
    members: list[dict[str, Any]] = field(default_factory=list)
    since: list[dict[str, Any]] = field(default_factory=list)
    gone: list[tuple[UUID, str, str]] = field(default_factory=list)


_Members = dict[tuple[str, str], date]


class _Import:
    def __init__(
        self,
        session: Session,
        reading: DirectoryReading,
        *,
        now: datetime,
        today: date,
        randomness: Randomness,
        writing: bool,
    ) -> None:
        self._session, self._reading, self._writing = session, reading, writing
        self._now, self._today = now, today
        self._new_id: Callable[[], UUID] = lambda: UUID(bytes=randomness(16), version=4)
        self._changed: set[UUID] = set()
        self._groups: set[tuple[str, str]] = set()

    def enter(self) -> tuple[Matched, list[tuple[DirectoryRow, UUID]]]:
        """Steps 2 and 3: who the rows are, and each row with its person."""
        matched = match(self._session, self._reading, self._new_id)
        faults = (*self._reading.faults, *matched.faults)
        if faults:
            raise DirectoryRefused("The directory", sorted(faults, key=row_of))
        self._managers = matched.managers
        pairs = list(zip(self._reading.rows, matched.ids, strict=True))
        depth = depths({one: self._managers.get(one) for one in matched.new})
        fresh = sorted((pair for pair in pairs if pair[1] in matched.new), key=lambda pair: depth[pair[1]])
        for some in chunks(fresh):
            self._write(self._entered(some))
        for some in chunks([pair for pair in pairs if pair[1] not in matched.new]):
            self._write(self._compared(some))
        for some_changed in chunks(sorted(self._changed - matched.new) if self._writing else ()):
            self._session.execute(update(_PERSON).where(_PERSON.c.id.in_(some_changed)).values(changed_at=self._now))
        return matched, pairs

    def run(self, missing: Missing) -> DirectoryImported:
        """Steps 2 to 4."""
        matched, pairs = self.enter()
        absent, changed = self._absent(matched), len(self._changed - matched.new)
        if missing is Missing.LEAVE and self._writing:
            for gone in chunks(absent):
                left = {"left_on": self._today, "changed_at": self._now}
                self._session.execute(update(PersonRow).where(PersonRow.id.in_(gone)).values(left))
        return DirectoryImported(
            rows=len(pairs),
            new=len(matched.new),
            changed=changed,
            unchanged=len(pairs) - len(matched.new) - changed,
            missing=len(absent),
            left=len(absent) if missing is Missing.LEAVE else 0,
            joiners=_named(pairs, matched.new),
            movers=_named(pairs, self._changed - matched.new),
            absent=tuple(
                self._session.scalars(
                    select(PersonRow.name).where(PersonRow.id.in_(absent[:MOST_NAMED])).order_by(PersonRow.name)
                )
            ),
        )

    def _entered(self, pairs: Sequence[tuple[DirectoryRow, UUID]]) -> _Work:
        work = _Work()
        for row, identifier in pairs:
            work.people.append(
                {
                    "id": identifier,
                    "name": row.name,
                    "employee_number": row.employee_number,
                    "manager_id": self._managers.get(identifier),
                    "function": row.function,
                    "time_zone": row.time_zone,
                    "joined_on": row.joined_on,
                    "left_on": row.left_on,
                    "created_at": self._now,
                }
            )
            self._add_addresses(row, identifier, {}, work)
            self._add_members(row, identifier, {}, row.joined_on or self._today, work)
        return work

    def _compared(self, pairs: Sequence[tuple[DirectoryRow, UUID]]) -> _Work:
        ids = [identifier for _, identifier in pairs]
        people = {one.id: one for one in self._session.execute(select(_PERSON).where(_PERSON.c.id.in_(ids)))}
        members: dict[UUID, _Members] = {}
        for one in self._session.execute(select(_MEMBER).where(_MEMBER.c.person_id.in_(ids))):
            members.setdefault(one.person_id, {})[one.kind, one.name] = one.since
        addresses: dict[UUID, dict[str, tuple[str, int]]] = {}
        for one in self._session.execute(select(_ADDRESS).where(_ADDRESS.c.person_id.in_(ids))):
            addresses.setdefault(one.person_id, {})[one.address] = (one.shown, one.ordinal)
        work = _Work()
        for row, identifier in pairs:
            person, known = people[identifier], members.get(identifier, {})
            before = {name: getattr(person, name) for name in _FIELDS}
            after = self._fields(row, identifier, before)
            if after != before:
                work.changes.append({"of": identifier, **after})
                self._changed.add(identifier)
            self._add_addresses(row, identifier, addresses.get(identifier, {}), work)
            first_seen = before["employee_number"] is None and before["joined_on"] is None and not known
            since = (row.joined_on or self._today) if first_seen else self._today
            self._add_members(row, identifier, known, max(since, row.joined_on or since), work)
        return work

    def _fields(self, row: DirectoryRow, identifier: UUID, before: Mapping[str, Any]) -> dict[str, Any]:
        """The person as he is to be; a column that the file does not have leaves things as they are."""
        given = {name: getattr(row, name) for name in _FIELDS if name in self._reading.columns}
        if "manager" in self._reading.columns:
            given["manager_id"] = self._managers[identifier]
        after = {**before, **given, "employee_number": row.employee_number or before["employee_number"]}
        if "left_on" not in self._reading.columns and after["left_on"] is not None and after["left_on"] < self._today:
            after["left_on"] = None  # he stands in the file: he is back
        return after

    def _add_addresses(self, row: DirectoryRow, identifier: UUID, known: _Addresses, work: _Work) -> None:
        """The file's addresses in the file's order, the main one first; those that it does not name come after."""
        wanted = {address: (shown, ordinal) for ordinal, (address, shown) in enumerate(row.addresses.items())}
        wanted |= {
            address: (shown, ordinal if ordinal >= len(wanted) else ordinal + _BEHIND)
            for address, (shown, ordinal) in known.items()
            if address not in wanted
        }
        for address, (shown, ordinal) in wanted.items():
            if address not in known:
                work.addresses.append({"address": address, "shown": shown, "person_id": identifier, "ordinal": ordinal})
            elif known[address] != (shown, ordinal):
                work.shown.append({"of": address, "shown": shown, "ordinal": ordinal})
            else:
                continue
            self._changed.add(identifier)

    def _add_members(self, row: DirectoryRow, identifier: UUID, known: _Members, since: date, work: _Work) -> None:
        for column, kind, groups in (("teams", "team", row.teams), ("roles", "role", row.roles)):
            if column not in self._reading.columns:
                continue
            for name, said in groups:
                before = known.get((kind, name))
                member = {"person_id": identifier, "kind": kind, "name": name, "since": said or since}
                if before is None:
                    work.members.append(member)
                elif said is not None and said != before:
                    work.since.append({"of": identifier, "of_kind": kind, "of_name": name, "since": said})
                else:
                    continue
                self._changed.add(identifier)
            names = {name for name, _ in groups}
            gone = [(identifier, kind, name) for of, name in known if of == kind and name not in names]
            work.gone += gone
            if gone:
                self._changed.add(identifier)

    def _write(self, work: _Work) -> None:
        if not self._writing:
            return
        for table, rows in ((_PERSON, work.people), (_ADDRESS, work.addresses), (_MEMBER, work.members)):
            if rows:
                self._session.execute(insert(table), rows)
        self._write_groups(work)
        if work.changes:
            values: dict[str, Any] = {name: bindparam(name) for name in _FIELDS}
            self._session.connection().execute(
                update(_PERSON).where(_PERSON.c.id == bindparam("of")).values(values), work.changes
            )
        if work.shown:
            changed = (
                update(_ADDRESS)
                .where(_ADDRESS.c.address == bindparam("of"))
                .values(shown=bindparam("shown"), ordinal=bindparam("ordinal"))
            )
            self._session.connection().execute(changed, work.shown)
        if work.since:
            of = and_(
                _MEMBER.c.person_id == bindparam("of"),
                _MEMBER.c.kind == bindparam("of_kind"),
                _MEMBER.c.name == bindparam("of_name"),
            )
            self._session.connection().execute(update(_MEMBER).where(of).values(since=bindparam("since")), work.since)
        for person, kind, name in work.gone:
            self._session.execute(
                delete(MembershipRow).where(
                    MembershipRow.person_id == person, MembershipRow.kind == kind, MembershipRow.name == name
                )
            )

    def _write_groups(self, work: _Work) -> None:
        """Every team and role that somebody is in has an id."""
        new = {(one["kind"], one["name"]) for one in work.members} - self._groups
        self._groups |= new
        insert_missing(
            self._session,
            GroupRow,
            [
                {"id": self._new_id(), "kind": kind, "name": name, "display_name": group_name(kind, name)}
                | {"created_at": self._now}
                for kind, name in sorted(new)
            ],
            ("kind", "name"),
        )

    def _absent(self, matched: Matched) -> list[UUID]:
        """People of the directory who are there and not in the file. Who was only awarded something is not of it."""
        member = exists(select(MembershipRow.person_id).where(MembershipRow.person_id == PersonRow.id))
        of_directory = or_(PersonRow.employee_number.is_not(None), PersonRow.joined_on.is_not(None), member)
        here = set(matched.ids)
        stays = or_(PersonRow.left_on.is_(None), PersonRow.left_on > self._today)
        rows = self._session.scalars(select(PersonRow.id).where(PersonRow.erased_at.is_(None), stays, of_directory))
        return sorted(one for one in rows if one not in here)


def _named(pairs: Sequence[tuple[DirectoryRow, UUID]], wanted: Collection[UUID]) -> tuple[str, ...]:
    return tuple(islice((row.name for row, identifier in pairs if identifier in wanted), MOST_NAMED))
