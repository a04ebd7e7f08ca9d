"""A company of a few people, entered from a file, and credentials on record without the cost of signing them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from itertools import count
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from issuer.issuers import create_issuer
from issuer.people.directory import PersonView, required_person
from issuer.people.directory_import import DirectoryImported, Missing, import_directory
from issuer.program_file import read_program
from issuer.programs import apply_program
from issuer.store import Database
from issuer.tables import AchievementRow, AwardRow, CredentialRow, LevelRow, NoticeRow
from issuer.validity import Validity, start_of_day, valid_until
from tests.issuer.conftest import NOW

TODAY = NOW.date()
DIRECTORY = (
    "name,email,employee_number,manager,function,teams,roles,time_zone,joined_on,left_on,more_emails\n"
    "Zoë Kjærsgaard,Zoe@b.example,17,signe@b.example,Engineer,platform@2026-01-15|core,sre,"
    "Europe/Copenhagen,2025-03-01,,zoe@home.example\n"
    "Signe Dahl,signe@b.example,1,,Head,leads,,Europe/Copenhagen,2020-01-01,,\n"
    "Ravi Kulkarni,ravi@b.example,18,1,Engineer,platform,,Asia/Kolkata,2026-11-02,,\n"
    "Old Hand,old@b.example,19,1,Engineer,attic,,,2010-01-01,2020-01-01,\n"
)
PROGRAM = """program: cloud
name: Cloud Engineering
time_zone: Europe/Copenhagen
levels:
  - level: associate
    name: Cloud Associate
    criteria: Runs a service.
    validity: 12 months
    recertification: {window: 90 days, grace: 30 days, dependents: suspend}
  - level: expert
    name: Cloud Expert
    criteria: Designs a platform.
    validity: 24 months
    status: [revocation, suspension]
    prerequisites: [associate]
    recertification: {window: 60 days, takes: {credits: 20, over: 24 months}}
"""
ZONE = ZoneInfo("Europe/Copenhagen")
_numbers = count(1)


@dataclass(frozen=True)
class Company:
    """An issuer with a program of two levels and four people."""

    db: Database
    randomness: Callable[[int], bytes]

    def enter(
        self, text: str = DIRECTORY, *, missing: Missing = Missing.KEEP, today: date = TODAY
    ) -> DirectoryImported:
        return import_directory(
            self.db, text.encode(), missing=missing, actor="test", now=NOW, today=today, randomness=self.randomness
        )

    def apply(self, more: str = "", program: str = PROGRAM, now: datetime = NOW) -> None:
        apply_program(self.db, issuer=None, definition=read_program((program + more).encode()), actor="test", now=now)

    def person(self, address: str) -> PersonView:
        with self.db.read() as session:
            return required_person(session, address)

    def correct(self, corrected: UUID, earned: date) -> UUID:
        """A credential on record that corrects another one: of the same award."""
        made = self.hold("zoe@b.example", "associate", earned, replaces=corrected)
        with self.db.write() as session:
            session.get_one(CredentialRow, made).award_id = session.get_one(CredentialRow, corrected).award_id
        return made

    def hold(self, address: str, level: str, earned: date, *, replaces: UUID | None = None) -> UUID:
        """A credential on record, as issuing would have left it."""
        person = self.person(address)
        new = lambda: UUID(bytes=self.randomness(16), version=4)  # noqa: E731
        with self.db.write() as session:
            row = session.scalars(
                select(AchievementRow)
                .join(LevelRow, LevelRow.id == AchievementRow.level_id)
                .where(LevelRow.slug == level)
                .order_by(AchievementRow.ordinal.desc())
            ).first()
            assert row is not None
            at = start_of_day(earned, ZONE)
            award = AwardRow(
                id=new(),
                issuer_id=1,
                person_id=person.id,
                achievement_id=row.id,
                awarded_on=earned,
                source="csv",
                decided_by="test",
                decided_at=at,
                idempotency_key=str(next(_numbers)),
                request_digest="",
                request={},
            )
            session.add(award)
            session.flush()
            credential = CredentialRow(
                id=new(),
                issuer_id=1,
                award_id=award.id,
                state="issued",
                document_id="",
                formats=[],
                identity_salt="",
                valid_from=at,
                valid_until=valid_until(earned, Validity(**row.rules["validity"]), ZONE),
                created_at=at,
                issued_at=at,
                replaces_id=replaces,
            )
            session.add(credential)
        return credential.id

    def notices(self) -> list[NoticeRow]:
        with self.db.read() as session:
            return list(session.scalars(select(NoticeRow).order_by(NoticeRow.key)))


@pytest.fixture
def company(database: Database, randomness: Callable[[int], bytes]) -> Company:
    create_issuer(database, slug="acme", name="Acme", base_url="http://localhost:8000", actor="test", now=NOW)
    found = Company(database, randomness)
    found.apply()
    found.enter()
    return found
