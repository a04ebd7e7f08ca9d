"""What happened so far around one person, oldest first: awards, changes of status, assessments, credits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from issuer.issuers import issuer_row
from issuer.store import Database
from issuer.tables import (
    AchievementRow,
    AwardRow,
    CredentialRow,
    CreditRow,
    LevelRow,
    ProgramRow,
    ProposalRow,
    StatusEventRow,
)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, as a sentence without a name in it."""

    at: datetime
    what: str


def history_of_person(db: Database, issuer: str | None, person_id: UUID) -> tuple[Event, ...]:
    """What happened around a person with an issuer, oldest first. Raises UnknownIssuer."""
    with db.read() as session:
        owner = issuer_row(session, issuer)
        found = [
            *_credentials(session, owner.id, person_id),
            *_proposals(session, owner.id, person_id),
            *_credits(session, owner.id, person_id),
        ]
    return tuple(sorted(found, key=lambda one: (one.at, one.what)))


def _credentials(session: Session, issuer_id: int, person_id: UUID) -> Iterator[Event]:
    rows = session.execute(
        select(CredentialRow, AwardRow, AchievementRow)
        .join(AwardRow, AwardRow.id == CredentialRow.award_id)
        .join(AchievementRow, AchievementRow.id == AwardRow.achievement_id)
        .where(AwardRow.person_id == person_id, CredentialRow.issuer_id == issuer_id, CredentialRow.state == "issued")
    ).all()
    names = {credential.id: str(achievement.content["name"]) for credential, _, achievement in rows}
    for credential, award, achievement in rows:
        verb = "renewed" if award.source == "renewal" else "corrected" if credential.facts is not None else "issued"
        version = f"version {achievement.version}, earned on {award.awarded_on}"
        if credential.issued_at is not None:
            yield Event(credential.issued_at, f"{names[credential.id]} {verb} ({version})")
    events = select(StatusEventRow).where(StatusEventRow.credential_id.in_(names))
    for event in session.scalars(events):
        yield Event(event.at, f"{names[event.credential_id]} {event.change}: {event.reason}")


def _proposals(session: Session, issuer_id: int, person_id: UUID) -> Iterator[Event]:
    rows = session.execute(
        select(ProposalRow, LevelRow.slug, ProgramRow.slug)
        .join(LevelRow, LevelRow.id == ProposalRow.level_id)
        .join(ProgramRow, ProgramRow.id == LevelRow.program_id)
        .where(ProposalRow.person_id == person_id, ProposalRow.issuer_id == issuer_id)
    )
    for proposal, level, program in rows:
        yield Event(proposal.proposed_at, f"{program}/{level} proposed")
        if proposal.decided_at is not None and proposal.state in {"approved", "declined", "withdrawn", "issued"}:
            said = "approved" if proposal.state == "issued" else proposal.state
            yield Event(proposal.decided_at, f"{program}/{level} {said}")


def _credits(session: Session, issuer_id: int, person_id: UUID) -> Iterator[Event]:
    rows = session.execute(
        select(CreditRow, LevelRow.slug, ProgramRow.slug)
        .join(LevelRow, LevelRow.id == CreditRow.level_id)
        .join(ProgramRow, ProgramRow.id == LevelRow.program_id)
        .where(CreditRow.person_id == person_id, ProgramRow.issuer_id == issuer_id, CreditRow.withdrawn_at.is_(None))
    )
    for credit, level, program in rows:
        hours = f"{credit.hundredths / 100:g} hours"
        yield Event(credit.recorded_at, f"{hours} recorded for {program}/{level}: {credit.activity} ({credit.done_on})")
