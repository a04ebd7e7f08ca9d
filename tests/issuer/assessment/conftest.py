"""A school: the house of the issuer's tests with a program that is assessed, a candidate, his manager, assessors."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid5

import pytest

from issuer.assessment.appeals import appeal
from issuer.assessment.assess import Scores, assess, decide
from issuer.assessment.cases import Proposal
from issuer.assessment.deciding import Progress
from issuer.assessment.proposals import Proposed, propose
from issuer.assessment.wishes import Wish
from issuer.awards import AwardRequest, Evidence
from issuer.issue import issue
from issuer.issuers import find_issuer
from issuer.program_file import read_program
from issuer.programs import apply_program
from issuer.store import Database
from issuer.tables import NoticeRow, PersonAddressRow, PersonRow
from tests.issuer.conftest import NOW, House

_NAMESPACE = UUID("a3a36ac0-0f3a-4f41-9cf5-5d3cb3f5c001")
DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

CRAFT = """
program: craft
name: Platform craft
time_zone: Europe/Berlin
owner: owner@acme.example
levels:
  - level: apprentice
    name: Apprentice
    criteria: Works beside a journeyman.
    validity: 12 months
  - level: journeyman
    name: Journeyman
    criteria: Builds alone.
    validity: 24 months
    prerequisites: [apprentice]
    evidence:
      - {id: design-note, name: Design note}
      - {id: recording, name: Recording of the talk, kind: file, required: false}
    assessment: {assessors: 2, functions: 2, not_the_manager: true, decides: every}
    recertification: {window: 90 days, grace: 30 days}
    results:
      - {id: exam, name: Exam, type: Percent, required: true, passing: 70}
      - id: practice
        name: Practice
        required: true
        passing: able
        levels: [{id: none, name: None}, {id: some, name: Some}, {id: able, name: Able}, {id: great, name: Great}]
  - level: master
    name: Master
    criteria: Teaches.
    assessment: {assessors: 2, decides: majority, publish_assessors: true}
  - level: helper
    name: Helper
    criteria: Helps.
    evidence: [{id: letter, name: Letter of a team, kind: link}]
"""

PEOPLE = {
    "cara": ("Cara Candidate", None),
    "mona": ("Mona Manager", "Engineering"),
    "ann": ("Ann Assessor", "Engineering"),
    "ben": ("Ben Assessor", "Security"),
    "cho": ("Cho Assessor", "Engineering"),
    "dag": ("Dag Assessor", "Operations"),
    "eve": ("Eve Assessor", None),
}
GOOD = {"exam": "81", "practice": "able"}
BAD = {"exam": "55", "practice": "none"}
NOTE = Evidence(url="https://wiki.acme.example/notes/7", rule="design-note")


@dataclass(frozen=True)
class School:
    """Short words for what the stories do. Everybody is named by his first name."""

    house: House

    @property
    def db(self) -> Database:
        return self.house.db

    def id_of(self, name: str) -> UUID:
        return uuid5(_NAMESPACE, name)

    def publish(self, text: str, at: datetime = NOW) -> None:
        apply_program(self.db, issuer="acme", definition=read_program(text.encode()), actor="t", now=at)

    def award(self, name: str, level: str, on: date, source: str = "history") -> UUID:
        results = tuple(GOOD.items()) if level == "journeyman" else ()
        request = AwardRequest(PEOPLE[name][0], f"{name}@acme.example", "craft", level, on, results=results)
        report = issue(
            self.db, self.house.keyring, issuer="acme", requests=[request], actor="t", now=NOW,
            randomness=self.house.randomness, source=source,
        )  # fmt: skip
        return report.credentials[0].id

    def wish(self, name: str = "cara", level: str = "journeyman", **changes: Any) -> Wish:
        members: dict[str, Any] = {"completed_on": date(2026, 11, 20)}
        if level == "journeyman":
            members["evidence"] = (NOTE,)
        return Wish(f"{name}@acme.example", "craft", level, **{**members, **changes})

    def proposed(
        self, name: str = "cara", level: str = "journeyman", *, now: datetime = NOW, **changes: Any
    ) -> Proposed:
        return propose(
            self.db, self.wish(name, level, **changes), issuer="acme", source="assessor", actor="cli:t", now=now,
            randomness=self.house.randomness,
        )  # fmt: skip

    def propose(self, name: str = "cara", level: str = "journeyman", **changes: Any) -> Proposal:
        return self.proposed(name, level, **changes).proposal

    def assess(
        self,
        proposal: Proposal,
        assessor: str,
        results: Mapping[str, str] = GOOD,
        *,
        now: datetime = NOW,
        locked: bool = False,
        **said: Any,
    ) -> Progress:
        return assess(
            self.db,
            None if locked else self.house.keyring,
            proposal_id=proposal.id,
            assessor=f"{assessor}@acme.example",
            scores=Scores(results, **said),
            actor="cli:t",
            now=now,
            randomness=self.house.randomness,
        )

    def decide(self, proposal: Proposal, approve: bool, reason: str | None = None, **changes: Any) -> Progress:
        given: dict[str, Any] = {"officer": None, "actor": "cli:t", "now": NOW, **changes}
        return decide(
            self.db, self.house.keyring, proposal_id=proposal.id, approve=approve, reason=reason,
            randomness=self.house.randomness, **given,
        )  # fmt: skip

    def appeal(self, proposal: Proposal, *assessors: str, by: str | None = "cara", now: datetime = NOW) -> Proposal:
        return appeal(
            self.db,
            proposal_id=proposal.id,
            reason="The second part of the exam was not counted.",
            appellant=f"{by}@acme.example" if by else None,
            assessors=[f"{one}@acme.example" for one in assessors],
            actor="cli:t",
            now=now,
        )

    def notices(self, kind: str) -> list[NoticeRow]:
        with self.db.read() as session:
            return session.query(NoticeRow).filter_by(kind=kind).order_by(NoticeRow.id).all()


def furnish(house: House) -> School:
    school = School(house)
    school.publish(CRAFT, NOW - timedelta(days=60))
    with house.db.write() as session:
        for name, (full, function) in PEOPLE.items():
            session.add(PersonRow(id=school.id_of(name), name=full, function=function, created_at=NOW))
        session.flush()
        for name in PEOPLE:
            address = f"{name}@acme.example"
            session.add(PersonAddressRow(address=address, shown=address, person_id=school.id_of(name)))
        session.get_one(PersonRow, school.id_of("cara")).manager_id = school.id_of("mona")
    return school


@pytest.fixture
def both(house: House) -> School:
    """On either database."""
    return furnish(house)


@pytest.fixture
def school(tmp_path: Any, furnished_sqlite: Any, keyring: Any) -> Iterator[School]:
    """On SQLite alone: for what has nothing to do with the kind of the database."""
    shutil.copy(furnished_sqlite, tmp_path / "school.db")
    db = Database(f"sqlite:///{tmp_path / 'school.db'}")
    yield furnish(House(db, keyring, find_issuer(db), Random(str(tmp_path)).randbytes))  # noqa: S311
    db.close()
