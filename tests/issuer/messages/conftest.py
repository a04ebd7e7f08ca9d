"""A company with people to write to, on both databases; no credential is signed where none is needed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from issuer.issue import issue
from issuer.messages.bundling import BundleReport, bundle
from issuer.messages.notices import Kind, Notice, put
from issuer.people.assignment_rules import parse_due_rule
from issuer.store import Database
from issuer.tables import (
    AssignmentRow,
    IssuerRow,
    LevelRow,
    MessageRow,
    NoticeRow,
    PersonAddressRow,
    PersonRow,
    ProgramRow,
)
from tests.issuer.conftest import House

MONDAY = datetime(2027, 1, 11, 9, 0, tzinfo=UTC)  # ten o'clock in Berlin, the program's zone
OWNER = "owner@acme.example"
_numbers = count(1)


@dataclass
class Company:
    """People, and notices to tell them."""

    house: House

    @property
    def db(self) -> Database:
        return self.house.db

    def person(self, name: str, *, zone: str | None = None, address: str | None = "given", **more: Any) -> UUID:
        number = next(_numbers)
        identifier = UUID(int=number)
        with self.db.write() as session:
            members = {"did": None, "employee_number": None, "manager_id": None, "function": None, "joined_on": None}
            members |= {"left_on": None, "erased_at": None, **more}
            session.add(PersonRow(id=identifier, name=name, time_zone=zone, created_at=MONDAY, **members))
            session.flush()
            if address is not None:
                shown = f"P{number}@acme.example" if address == "given" else address
                session.add(PersonAddressRow(address=shown.lower(), shown=shown, person_id=identifier))
        return identifier

    def required(self, person: UUID, level: str = "expert") -> None:
        """The level is asked of him by hand."""
        with self.db.write() as session:
            row = session.scalars(select(LevelRow).where(LevelRow.slug == level)).one()
            session.add(
                AssignmentRow(
                    level_id=row.id, target_kind="person", target=str(person), required=True,
                    due=parse_due_rule("by 2027-01-01").as_dict(), source="hand", assigned_on=date(2026, 6, 1),
                    assigned_by="test", ended_at=None,
                )
            )  # fmt: skip

    def award(self, name: str, address: str, level: str = "associate", **more: Any) -> UUID:
        """The id of a credential that is really signed."""
        report = issue(
            self.db, self.house.keyring, issuer="acme", actor="t", now=MONDAY - timedelta(days=1),
            requests=[self.house.request(1, level, name=name, email=address, **more)], randomness=self.house.randomness,
        )  # fmt: skip
        self.forget_notices()
        return report.credentials[0].id

    def forget_notices(self) -> None:
        """Only the notices of the test itself count."""
        with self.db.write() as session:
            for row in session.scalars(select(NoticeRow)):
                session.delete(row)

    def tell(
        self, kind: Kind, to: UUID | str, *, about: UUID | None = None, at: datetime = MONDAY, **facts: Any
    ) -> str:
        """Put a notice; its key."""
        key = f"test:{next(_numbers)}"
        person, address = (to, None) if isinstance(to, UUID) else (None, to)
        with self.db.write() as session:
            owner = session.scalars(select(IssuerRow.id)).one()
            put(session, [Notice(key, kind, owner, facts, at, person, address, about)], MONDAY)
        return key

    def bundle(self, now: datetime = MONDAY) -> BundleReport:
        return bundle(self.db, now=now, time_zone="UTC")

    def states(self) -> dict[str, str]:
        """The state of each notice, by key."""
        with self.db.read() as session:
            return {row.key: row.state for row in session.scalars(select(NoticeRow))}

    def mails(self) -> list[MessageRow]:
        with self.db.read() as session:
            return list(session.scalars(select(MessageRow).order_by(MessageRow.created_at, MessageRow.address)))

    def mail(self) -> MessageRow:
        (one,) = self.mails()
        return one

    def set_program(self, **columns: Any) -> None:
        with self.db.write() as session:
            for name, value in columns.items():
                setattr(session.scalars(select(ProgramRow)).one(), name, value)


@pytest.fixture
def company(house: House) -> Company:
    return Company(house)
