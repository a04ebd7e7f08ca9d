"""What people agreed to for the wall: who may see what they earn, under which name, and whether mentors are thanked.

Nobody is on the wall before he agreed; what he says holds from the next look at the wall on. Not in the audit trail:
what somebody shows of himself is no act of the issuer's (docs/adr/0023, 0031).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from issuer.issuers import issuer_row
from issuer.store import Database, insert_missing
from issuer.tables import MentorRow, ProgramRow, WallChoiceRow


class Audience(StrEnum):
    """Who sees what somebody earned; each holds those before it."""

    NOBODY = "nobody"
    COLLEAGUES = "colleagues"
    EVERYBODY = "everybody"


@dataclass(frozen=True, slots=True)
class WallChoice:
    """What somebody agreed to. `full_name`: his name, not its initials. `thanked`: colleagues read whom he mentored."""

    audience: Audience = Audience.NOBODY
    full_name: bool = True
    thanked: bool = False


NOTHING: Final = WallChoice()
"""Where somebody was not asked, or has not answered."""


def choice_of(db: Database, issuer: str | None, person_id: UUID) -> WallChoice | None:
    """What a person agreed to; None if he never said. Raises UnknownIssuer."""
    with db.read() as session:
        row = session.get(WallChoiceRow, (issuer_row(session, issuer).id, person_id))
        return WallChoice(Audience(row.audience), row.full_name, row.thanked) if row is not None else None


def choose(db: Database, issuer: str | None, *, person_id: UUID, wanted: WallChoice, now: datetime) -> None:
    """Let it be so from now on. Raises UnknownIssuer."""
    values = {"audience": wanted.audience.value, "full_name": wanted.full_name, "thanked": wanted.thanked}
    with db.write() as session:
        _write(session, issuer_row(session, issuer).id, person_id, {**values, "changed_at": now})


def answer(db: Database, issuer: str | None, *, person_id: UUID, agreed: bool, now: datetime) -> None:
    """His answer to the one question on his page: to be seen by colleagues, by name; or not. What he said before about
    names and mentors stays. Raises UnknownIssuer."""
    audience = Audience.COLLEAGUES if agreed else Audience.NOBODY
    with db.write() as session:
        _write(session, issuer_row(session, issuer).id, person_id, {"audience": audience.value, "changed_at": now})


def accompanies(db: Database, issuer: str | None, person_id: UUID) -> bool:
    """Whether he is, or was, somebody's mentor. Raises UnknownIssuer."""
    with db.read() as session:
        mine = select(ProgramRow.id).where(ProgramRow.issuer_id == issuer_row(session, issuer).id)
        found = select(MentorRow.person_id).where(MentorRow.mentor_id == person_id, MentorRow.program_id.in_(mine))
        return session.scalars(found.limit(1)).first() is not None


def _write(session: Session, issuer_id: int, person_id: UUID, values: dict[str, object]) -> None:
    first = {"audience": NOTHING.audience.value, "full_name": NOTHING.full_name, "thanked": NOTHING.thanked}
    row = {"issuer_id": issuer_id, "person_id": person_id, **first, **values}
    insert_missing(session, WallChoiceRow, [row], ("issuer_id", "person_id"))
    found = session.get_one(WallChoiceRow, (issuer_id, person_id))
    for name, value in values.items():
        setattr(found, name, value)
