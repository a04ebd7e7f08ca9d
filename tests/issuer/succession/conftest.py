"""A house with levels that are renewed in every way, and words for what tests ask of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from issuer.awards import AwardRequest
from issuer.catalogue import CredentialView, find_credential, rendering
from issuer.issue import issue
from issuer.issuers import find_issuer
from issuer.program_file import read_program
from issuer.programs import apply_program
from issuer.store import Database
from issuer.tables import NoticeRow
from keys.keyring import Keyring
from tests.issuer.conftest import House

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)

SAFETY = b"""
program: safety
name: Safety
time_zone: Europe/Berlin
levels:
  - level: basics
    name: Safety basics
    criteria: Knows the basics.
    validity: 12 months
    status: [revocation, suspension]
    results:
      - {id: exam, name: Exam, type: Percent, required: true, passing: 70}
    recertification: {window: 90 days, grace: 30 days, refresh_service: true}
  - level: oath
    name: Safety oath
    criteria: Promised to be careful.
    validity: 12 months
    recertification:
      window: 90 days
      takes: {declaration: I have read the rules of this year.}
  - level: hours
    name: Safety hours
    criteria: Keeps learning.
    validity: 12 months
    recertification: {window: 90 days, takes: {credits: 10, over: 12 months}}
  - level: steps
    name: Safety steps
    criteria: Exam and practice.
    validity: 12 months
    results:
      - {id: exam, name: Exam, type: Percent, required: true, passing: 70}
      - {id: practice, name: Practice, type: Percent, required: true, passing: 50}
    recertification: {window: 90 days, counts_from: expiry, takes: {steps: [practice]}}
"""
RESULTS = {"basics": (("exam", "80"),), "steps": (("exam", "80"), ("practice", "60"))}


@dataclass(frozen=True)
class Works(House):
    """A house with the program “safety”."""

    def earned(self, level: str = "basics", day: date = date(2026, 1, 10), number: int = 1, **changes: Any) -> UUID:
        """A credential that was earned on a day, signed on the day itself."""
        request = AwardRequest(
            **{
                "name": f"Ana Núñez {number}",
                "email": f"ana{number}@example.org",
                "program": "safety",
                "level": level,
                "awarded_on": day,
                "results": RESULTS.get(level, ()),
                "origin": f"row {number}",
                **changes,
            }
        )
        report = issue(
            self.db,
            self.keyring,
            issuer="acme",
            requests=[request],
            actor="t",
            now=datetime(day.year, day.month, day.day, 12, tzinfo=UTC),
            randomness=self.randomness,
        )
        return report.credentials[0].id

    def view(self, one: UUID) -> CredentialView:
        """The credential as its page has it."""
        found = find_credential(self.db, one)
        assert found is not None
        return found

    def document(self, one: UUID) -> dict[str, Any]:
        """What was signed."""
        found = self.view(one).document
        assert found is not None
        return dict(found)

    def body(self, one: UUID, form: str = "json") -> bytes:
        """The exact bytes."""
        found = rendering(self.db, one, form)
        assert found is not None
        return found.body

    def notices(self) -> list[tuple[str, dict[str, Any]]]:
        """What people are to be told, in the order in which it was written down."""
        with self.db.read() as session:
            rows = session.query(NoticeRow).order_by(NoticeRow.id).all()
            return [(row.kind, json.loads(json.dumps(row.facts))) for row in rows]

    def apply(self, program: bytes, now: datetime = datetime(2025, 1, 1, tzinfo=UTC)) -> None:
        """Publish a program."""
        apply_program(self.db, issuer="acme", definition=read_program(program), actor="test", now=now)


def works_on(db: Database, keyring: Keyring, randomness: Callable[[int], bytes]) -> Works:
    """The house with its program, on a furnished database."""
    found = Works(db, keyring, find_issuer(db), randomness)
    found.apply(SAFETY)
    return found


@pytest.fixture
def works(house: House) -> Works:
    """On both databases."""
    return works_on(house.db, house.keyring, house.randomness)


@pytest.fixture
def sqlite_works(
    furnished_sqlite: Path, tmp_path: Path, keyring: Keyring, randomness: Callable[[int], bytes]
) -> Iterator[Works]:
    """On SQLite alone: where the kind of database does not matter."""
    path = tmp_path / "works.db"
    path.write_bytes(furnished_sqlite.read_bytes())
    db = Database(f"sqlite:///{path}")
    yield works_on(db, keyring, randomness)
    db.close()
