"""A company that assesses: Cleo is the candidate, Ben her manager, the others assessors of two functions."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from issuer.assessment.proposals import propose
from issuer.assessment.wishes import Wish
from issuer.awards import Evidence
from issuer.program_file import read_program
from issuer.programs import apply_program
from tests.portal.sign_in.conftest import NOW, Company, company, furnished, opened
from tests.portal.team.conftest import counting, enter

__all__ = ["company", "counting", "furnished", "opened"]

CRAFT = """program: craft
name: Platform craft
time_zone: Europe/Copenhagen
levels:
  - level: journeyman
    name: Journeyman
    criteria: Builds **alone**.
    evidence: [{id: note, name: Design note}]
    assessment: {assessors: 2, functions: 2, not_the_manager: true}
    results:
      - {id: exam, name: Exam, type: Percent, required: true, passing: 70}
      - id: practice
        name: Practice
        required: true
        passing: able
        levels:
          - {id: none, name: Not yet}
          - {id: able, name: Able, description: Alone and calmly., points: 2}
  - level: master
    name: Master
    criteria: Teaches.
    assessment: {assessors: 1}
  - level: mate
    name: Mate
    criteria: Works with us.
    assessment: {by: manager}
"""
STAFF = """email,name,manager,function
ana@brightmoor.example,Ana Núñez,,Head
ben@brightmoor.example,Ben Okafor,ana@brightmoor.example,Lead
cleo@brightmoor.example,كليو المصرية,ben@brightmoor.example,Engineer
dora@brightmoor.example,Dora Dahl,ana@brightmoor.example,Engineer
emil@brightmoor.example,Emil Extern,ana@brightmoor.example,Security
"""


@pytest.fixture
def craft(company: Company) -> Company:
    enter(company, STAFF)
    apply_program(company.db, issuer=None, definition=read_program(CRAFT.encode()), actor="test", now=NOW)
    return company


def proposed(company: Company, level: str = "journeyman", *assessors: str, person: str = "cleo", **more: Any) -> UUID:
    evidence = (Evidence(url="https://wiki.brightmoor.example/7", name="A design", rule="note"),)
    wish = Wish(
        f"{person}@brightmoor.example", "craft", level, date(2026, 11, 20),
        evidence=evidence if level == "journeyman" else (),
        assessors=tuple(f"{name}@brightmoor.example" for name in assessors), **more,
    )  # fmt: skip
    made = propose(
        company.db, wish, issuer=None, source="assessor", actor="test", now=NOW, randomness=company.random.randbytes
    )
    return made.proposal.id
