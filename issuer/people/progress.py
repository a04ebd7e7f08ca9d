"""What happened so far around one person, oldest first: awards, changes of status, assessments, credits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, defer

from credentials.sentence import Sentence, sentence
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
    """Something that happened, as a sentence without a name in it. `step` orders what happened at one instant:
    proposed, decided, issued, and what became of it."""

    at: datetime
    what: Sentence
    step: int = 0


def history_of_person(db: Database, issuer: str | None, person_id: UUID, now: datetime) -> tuple[Event, ...]:
    """What happened until now around a person with an issuer, oldest first. Raises UnknownIssuer."""
    with db.read() as session:
        owner = issuer_row(session, issuer)
        found = [
            *_credentials(session, owner.id, person_id, now),
            *_proposals(session, owner.id, person_id),
            *_credits(session, owner.id, person_id),
        ]
    return tuple(sorted(found, key=lambda one: (one.at, one.step, one.what)))


def _credentials(session: Session, issuer_id: int, person_id: UUID, now: datetime) -> Iterator[Event]:
    rows = session.execute(
        select(CredentialRow, AwardRow, AchievementRow)
        .join(AwardRow, AwardRow.id == CredentialRow.award_id)
        .join(AchievementRow, AchievementRow.id == AwardRow.achievement_id)
        .where(AwardRow.person_id == person_id, CredentialRow.issuer_id == issuer_id, CredentialRow.state == "issued")
        .options(defer(AchievementRow.image))
    ).all()
    names = {credential.id: str(achievement.content["name"]) for credential, _, achievement in rows}
    replaced = {credential.replaces_id for credential, _, _ in rows}
    for credential, award, achievement in rows:
        said = {"level": names[credential.id], "version": achievement.version, "day": award.awarded_on}
        happened = sentence("{level} issued (version {version}, earned on {day})", **said)
        if award.source == "renewal":
            happened = sentence("{level} renewed (version {version}, earned on {day})", **said)
        elif credential.facts is not None:
            happened = sentence("{level} corrected (version {version}, earned on {day})", **said)
        if credential.issued_at is not None:
            yield Event(credential.issued_at, happened, 2)
        ended = credential.valid_until
        if ended is not None and ended < now and credential.id not in replaced and credential.revoked_at is None:
            yield Event(ended, sentence("{level} expired", level=names[credential.id]), 3)
    events = select(StatusEventRow).where(StatusEventRow.credential_id.in_(names))
    for event in session.scalars(events):
        if event.change == "told" and not event.reason:
            continue  # that there is a newer one, which stands above
        yield Event(event.at, _changed(event.change, names[event.credential_id], event.reason), 3)


def _changed(change: str, level: str, reason: str) -> Sentence:
    if change == "revoked":
        return sentence("{level} revoked: {reason}", level=level, reason=reason)
    if change == "suspended":
        return sentence("{level} suspended: {reason}", level=level, reason=reason)
    if change == "told":
        return sentence("{level}: its status message is now “{message}”", level=level, message=reason)
    return sentence("{level} reinstated: {reason}", level=level, reason=reason)


def _proposals(session: Session, issuer_id: int, person_id: UUID) -> Iterator[Event]:
    rows = session.execute(
        select(ProposalRow, AchievementRow.content["name"].as_string())
        .join(AchievementRow, AchievementRow.id == ProposalRow.achievement_id)
        .where(ProposalRow.person_id == person_id, ProposalRow.issuer_id == issuer_id)
    )
    for proposal, level in rows:
        yield Event(proposal.proposed_at, sentence("{level} proposed", level=level))
        if proposal.decided_at is not None and (decided := _decided(proposal.state, level)) is not None:
            yield Event(proposal.decided_at, decided, 1)


def _decided(state: str, level: str) -> Sentence | None:
    if state in {"approved", "issued"}:
        return sentence("{level} approved", level=level)
    if state == "declined":
        return sentence("{level} declined", level=level)
    return sentence("{level} withdrawn", level=level) if state == "withdrawn" else None


def _credits(session: Session, issuer_id: int, person_id: UUID) -> Iterator[Event]:
    rows = session.execute(
        select(CreditRow, AchievementRow.content["name"].as_string())
        .join(LevelRow, LevelRow.id == CreditRow.level_id)
        .join(ProgramRow, ProgramRow.id == LevelRow.program_id)
        .join(AchievementRow, AchievementRow.level_id == LevelRow.id)
        .where(CreditRow.person_id == person_id, ProgramRow.issuer_id == issuer_id, CreditRow.withdrawn_at.is_(None))
        .order_by(AchievementRow.ordinal)
    )
    newest = {credit.id: (credit, name) for credit, name in rows}  # a level is called what its newest version calls it
    for credit, level in newest.values():
        said = {"hours": f"{credit.hundredths / 100:g}", "level": level, "activity": credit.activity}
        yield Event(
            credit.recorded_at,
            sentence("{hours} hours recorded for {level}: {activity} ({day})", **said, day=credit.done_on),
        )
