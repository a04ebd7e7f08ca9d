"""A small company in which something happens to everybody, for the sweeps over people."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from issuer.awards import AwardRequest
from issuer.issue import issue
from issuer.people.assignment_rules import parse_due_rule
from issuer.program_file import read_program
from issuer.programs import apply_program
from issuer.store import Database
from issuer.tables import AssignmentRow, LevelRow, MessageRow, NoticeRow, PersonAddressRow, PersonRow
from keys.keyring import Keyring

BEGIN = datetime(2026, 1, 12, 9, 0, tzinfo=UTC)
OWNER = "owner@acme.example"
PROGRAM = b"""
program: safety
name: Safety
owner: owner@acme.example
time_zone: Europe/Berlin
levels:
  - level: base
    name: Base
    criteria: Knows the rules.
    validity: 60 days
    recertification: {window: 30 days, grace: 10 days, dependents: suspend}
  - level: top
    name: Top
    criteria: Teaches the rules.
    validity: 24 months
    prerequisites: [base]
    status: [revocation, suspension]
"""


@dataclass
class Company:
    """People with an address each, and what they were awarded on the first day."""

    db: Database
    keyring: Keyring
    randomness: Callable[[int], bytes]
    people: dict[str, UUID] = field(default_factory=dict)

    def begin(self) -> Company:
        definition = read_program(PROGRAM)
        apply_program(self.db, issuer="acme", definition=definition, actor="test", now=BEGIN)
        self.people["boss"] = self._person(1, None)
        self.people["ana"] = self._person(2, self.people["boss"])
        self.people["ben"] = self._person(3, None)
        self.award("ana", "base")
        self.award("ana", "top")
        with self.db.write() as session:
            level = session.scalars(select(LevelRow).where(LevelRow.slug == "base")).one()
            session.add(
                AssignmentRow(
                    level_id=level.id, target_kind="person", target=str(self.people["ben"]), required=True,
                    due=parse_due_rule("by 2026-02-10").as_dict(), source="hand", assigned_on=date(2026, 1, 12),
                    assigned_by="test", ended_at=None,
                )
            )  # fmt: skip
        with self.db.write() as session:
            session.execute(NoticeRow.__table__.delete())  # type: ignore[attr-defined]
        return self

    def _person(self, number: int, manager: UUID | None) -> UUID:
        identifier = UUID(int=number)
        with self.db.write() as session:
            session.add(
                PersonRow(
                    id=identifier, name=f"Person {number}", did=None, employee_number=None, manager_id=manager,
                    function=None, time_zone=None, joined_on=None, left_on=None, created_at=BEGIN, erased_at=None,
                )
            )  # fmt: skip
            session.flush()
            address = f"p{number}@acme.example"
            session.add(PersonAddressRow(address=address, shown=address, person_id=identifier))
        return identifier

    def award(self, who: str, level: str, day: datetime = BEGIN) -> UUID:
        number = self.people[who].int
        request = AwardRequest(f"Person {number}", f"p{number}@acme.example", "safety", level, day.date())
        report = issue(
            self.db, self.keyring, issuer="acme", requests=[request], actor="t", now=day, randomness=self.randomness
        )
        return report.credentials[0].id

    def notices(self) -> list[tuple[str, str]]:
        """Kind and recipient of every notice, in the order of their days."""
        names = {identifier: name for name, identifier in self.people.items()}
        with self.db.read() as session:
            rows = session.scalars(select(NoticeRow).order_by(NoticeRow.due_at, NoticeRow.id)).all()
            return [(row.kind, names[row.recipient_id] if row.recipient_id else row.address or "") for row in rows]

    def mails(self) -> list[tuple[str, date, str]]:
        """Address, day and subject of every message."""
        with self.db.read() as session:
            rows = session.scalars(select(MessageRow).order_by(MessageRow.not_before, MessageRow.address))
            return [(row.address, row.not_before.date(), row.subject) for row in rows]


def days(count: int, first: int = 0) -> list[datetime]:
    """Noon of so many days, from the `first` day on."""
    return [BEGIN + timedelta(days=first + number, hours=3) for number in range(count)]
