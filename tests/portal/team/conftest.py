"""A company with levels that people hold, lack and are late with; Ana manages Ben, Ben manages Cleo and the others."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import event, select

from issuer.people.directory_import import Missing, import_directory
from issuer.program_file import read_program
from issuer.programs import apply_program
from issuer.tables import AchievementRow, AwardRow, CredentialRow, LevelRow
from issuer.validity import Validity, start_of_day, valid_until
from tests.issuer.people.conftest import ZONE
from tests.portal.sign_in.conftest import NOW, Company, company, furnished, opened

__all__ = ["company", "furnished", "opened"]

BEGUN = NOW - timedelta(days=900)
PROGRAM = """program: craft
name: Platform craft
time_zone: Europe/Copenhagen
assign:
  - {level: apprentice, to: everyone, required: within 60 days of joining}
  - {level: journeyman, to: {team: platform}, suggested: true}
levels:
  - level: apprentice
    name: Apprentice
    criteria: Works beside a journeyman.
    validity: 12 months
    recertification: {window: 90 days, grace: 30 days}
  - level: journeyman
    name: Journeyman
    criteria: Builds alone.
    validity: 24 months
    prerequisites: [apprentice]
"""
STAFF = """email,name,manager,function,teams,joined_on,left_on
ana@brightmoor.example,Ana Núñez,,Head,,2020-01-01,
ben@brightmoor.example,Ben Okafor,ana@brightmoor.example,Lead,platform,2020-01-01,
cleo@brightmoor.example,كليو المصرية,ben@brightmoor.example,Engineer,platform,2020-01-01,
dora@brightmoor.example,Dora Dahl,ben@brightmoor.example,Engineer,platform|core,2020-01-01,
emil@brightmoor.example,Emil Extern,ben@brightmoor.example,Engineer,core,2026-11-16,
finn@brightmoor.example,=Finn,ben@brightmoor.example,Engineer,core,2020-01-01,
gone@brightmoor.example,Gina Gone,ben@brightmoor.example,Engineer,core,2020-01-01,2026-10-31
zoe@brightmoor.example,Zoë Elsewhere,,Engineer,core,2020-01-01,
"""


def enter(company: Company, text: str) -> None:
    import_directory(
        company.db, text.encode(), missing=Missing.KEEP, now=NOW, today=NOW.date(),
        randomness=company.random.randbytes, actor="test",
    )  # fmt: skip


def hold(company: Company, email: str, level: str, earned: date) -> UUID:
    """A credential on record, as issuing would have left it."""
    at = start_of_day(earned, ZONE)
    one, other = (UUID(bytes=company.random.randbytes(16), version=4) for _ in range(2))
    with company.db.write() as session:
        row = session.scalars(
            select(AchievementRow).join(LevelRow, LevelRow.id == AchievementRow.level_id).where(LevelRow.slug == level)
        ).one()
        award = AwardRow(
            id=one, issuer_id=1, person_id=company.person_id(email), achievement_id=row.id, awarded_on=earned,
            source="csv", decided_by="test", decided_at=at, idempotency_key=str(one), request_digest="", request={},
        )  # fmt: skip
        session.add(award)
        session.flush()
        made = CredentialRow(
            id=other, issuer_id=1, award_id=award.id, state="issued", document_id="", formats=[], identity_salt="",
            valid_from=at, valid_until=valid_until(earned, Validity(**row.rules["validity"]), ZONE),
            created_at=at, issued_at=at,
        )  # fmt: skip
        session.add(made)
        return made.id


@dataclass
class Questions:
    """How many statements the database was given."""

    count: int = 0


@contextmanager
def counting(company: Company) -> Iterator[Questions]:
    """Counts what is asked of the database meanwhile."""
    asked = Questions()

    def note(*_: object) -> None:
        asked.count += 1

    event.listen(company.db.engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(company.db.engine, "before_cursor_execute", note)


@pytest.fixture
def staff(company: Company) -> Company:
    """Cleo holds for long, Dora's ends soon, Emil has weeks left to earn, Finn is late; Gina has left."""
    enter(company, STAFF)
    apply_program(company.db, issuer=None, definition=read_program(PROGRAM.encode()), actor="test", now=BEGUN)
    hold(company, "ben@brightmoor.example", "apprentice", date(2026, 6, 1))
    hold(company, "cleo@brightmoor.example", "apprentice", date(2026, 10, 1))
    hold(company, "dora@brightmoor.example", "apprentice", date(2025, 12, 10))
    hold(company, "finn@brightmoor.example", "apprentice", date(2024, 12, 10))
    return company
