"""An academy: a program with learning rules, people by every kind of name, and a system that reports."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID, uuid5

import pytest

from issuer.issuers import find_issuer
from issuer.learning.own_events import read_event
from issuer.learning.receive import WEBHOOK, Delivery, Receipt, Taken, receive
from issuer.learning.reports import Report, digest_of
from issuer.learning.statements import read_statements
from issuer.learning.systems import LearningSystem, NewSecret, add_system
from issuer.program_file import read_program
from issuer.programs import apply_program
from issuer.store import Database
from issuer.tables import AwardRow, CredentialRow, LearningEventRow, PersonAddressRow, PersonRow, ProposalRow
from keys.keyring import Keyring
from tests.issuer.conftest import NOW, House

LMS = "https://lms.acme.example"
PASSED = "http://adlnet.gov/expapi/verbs/passed"
COMPLETED = "http://adlnet.gov/expapi/verbs/completed"
_NAMESPACE = UUID("0b9c6a5e-6a86-4f0c-93a5-1f4a6f0c8d01")
_STATEMENTS = UUID("0b9c6a5e-6a86-4f0c-93a5-1f4a6f0c8d02")

SAFETY = f"""
program: safety
name: Safety
time_zone: Europe/Berlin
learning:
  - system: moodle
    verbs: [passed, completed]
    activity: {LMS}/courses/basics
    level: basics
    results: {{quiz: score.scaled}}
    minimum: {{score.scaled: 0.8}}
    accounts: [{LMS}]
  - {{system: moodle, verbs: [passed], activity: "{LMS}/labs/*", level: lab}}
  - {{system: moodle, verbs: [earned], activity: "{LMS}/labs/special", level: guide}}
  - {{system: moodle, verbs: [passed], activity: "{LMS}/guide", level: guide, propose: true}}
  - {{system: moodle, verbs: [completed], level: lab}}
  - {{system: moodle, verbs: [completed], activity: "{LMS}/judged", level: judged}}
levels:
  - level: basics
    name: Safety Basics
    criteria: Passed the quiz.
    validity: 12 months
    results: [{{id: quiz, name: Quiz, type: Percent, required: true, passing: 80}}]
    recertification: {{window: 60 days, grace: 30 days, takes: {{steps: [quiz]}}}}
  - level: lab
    name: Safety Lab
    criteria: Worked in the lab.
    prerequisites: [basics]
  - {{level: guide, name: Safety Guide, criteria: Guides others.}}
  - level: judged
    name: Safety Judge
    criteria: Judged by two.
    assessment: {{assessors: 2}}
"""
PEOPLE = {"zoe": "4711", "lukasz": None, "gone": None}


@dataclass(frozen=True)
class Academy:
    """Short words for what the stories do."""

    house: House
    made: NewSecret

    @property
    def db(self) -> Database:
        return self.house.db

    @property
    def system(self) -> LearningSystem:
        return self.made.system

    def id_of(self, name: str) -> UUID:
        return uuid5(_NAMESPACE, name)

    def statement(self, number: int = 1, **changes: Any) -> dict[str, Any]:
        made = {
            "id": str(uuid5(_STATEMENTS, str(number))),
            "actor": {"mbox": "mailto:zoe@acme.example"},
            "verb": {"id": PASSED},
            "object": {"id": f"{LMS}/courses/basics"},
            "result": {"success": True, "score": {"scaled": 0.93}},
            "timestamp": "2026-11-20T09:00:00+01:00",
            **changes,
        }
        return {name: value for name, value in made.items() if value is not None}

    def event(self, number: int = 1, **changes: Any) -> Report:
        value = {
            "type": "learning.completed",
            "person": {"email": "zoe@acme.example"},
            "program": "safety",
            "level": "lab",
            "completed_on": "2026-11-21",
            **changes,
        }
        return read_event(value, event_id=f"{WEBHOOK}msg_{number}", digest=digest_of(value))

    def receive(self, *reports: Report, now: datetime = NOW, delivery: Delivery | None = None) -> Receipt:
        return receive(
            self.db, self.house.keyring, system=self.system, reports=reports, now=now,
            randomness=self.house.randomness, delivery=delivery,
        )  # fmt: skip

    def send(self, *statements: dict[str, Any], now: datetime = NOW) -> tuple[Taken, ...]:
        return self.receive(*read_statements(json.loads(json.dumps(statements))), now=now).taken

    def one(self, number: int = 1, *, now: datetime = NOW, **changes: Any) -> Taken:
        (taken,) = self.send(self.statement(number, **changes), now=now)
        return taken

    def awards(self, name: str = "zoe") -> list[tuple[str, date | None, str]]:
        with self.db.read() as session:
            rows = (
                session.query(AwardRow, CredentialRow.state)
                .join(CredentialRow, CredentialRow.award_id == AwardRow.id)
                .filter(AwardRow.person_id == self.id_of(name))
                .order_by(AwardRow.awarded_on, CredentialRow.created_at)
                .all()
            )
            return [(award.source, award.awarded_on, state) for award, state in rows]

    def proposals(self) -> list[ProposalRow]:
        with self.db.read() as session:
            return session.query(ProposalRow).all()

    def recorded(self) -> dict[str, str]:
        with self.db.read() as session:
            return {row.event_id: row.outcome for row in session.query(LearningEventRow)}


def furnish(house: House) -> Academy:
    apply_program(
        house.db, issuer="acme", definition=read_program(SAFETY.encode()), actor="t", now=NOW - timedelta(days=700)
    )
    made = add_system(
        house.db, house.keyring, issuer="acme", name="moodle", actor="t", now=NOW, randomness=house.randomness
    )
    academy = Academy(house, made)
    with house.db.write() as session:
        for name, number in PEOPLE.items():
            session.add(PersonRow(id=academy.id_of(name), name=name.title(), employee_number=number, created_at=NOW))
        session.flush()
        for name in PEOPLE:
            address = f"{name}@acme.example"
            session.add(
                PersonAddressRow(address=address, shown=address.replace("zoe", "Zoe"), person_id=academy.id_of(name))
            )
        session.get_one(PersonRow, academy.id_of("gone")).left_on = date(2026, 10, 1)
    return academy


@pytest.fixture
def both(house: House) -> Academy:
    """On either database."""
    return furnish(house)


@pytest.fixture
def academy(tmp_path: Path, furnished_sqlite: Path, keyring: Keyring) -> Iterator[Academy]:
    """On SQLite alone: for what has nothing to do with the kind of the database."""
    shutil.copy(furnished_sqlite, tmp_path / "academy.db")
    db = Database(f"sqlite:///{tmp_path / 'academy.db'}")
    yield furnish(House(db, keyring, find_issuer(db), Random(str(tmp_path)).randbytes))  # noqa: S311
    db.close()
