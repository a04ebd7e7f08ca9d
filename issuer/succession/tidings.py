"""What a holder is told when a credential of his was issued: that it is there, was renewed, or was corrected."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from issuer.messages.notices import Kind, Notice
from issuer.succession.facts import ACHIEVEMENT_ID
from issuer.tables import AchievementRow, AwardRow, CredentialRow, LevelRow, ProgramRow

HISTORY = "history"
"""The source of awards that were made long ago and are entered now: nobody is told of them."""


def notices_of_issued(session: Session, credential_ids: Collection[UUID], now: datetime) -> list[Notice]:
    """A notice for each credential of a person; none for documents of the VC API and for imported history."""
    before = aliased(CredentialRow)
    rows = session.execute(
        select(CredentialRow, AwardRow, LevelRow.slug, ProgramRow.slug, before.award_id)
        .join(AwardRow, AwardRow.id == CredentialRow.award_id)
        .join(AchievementRow, AchievementRow.id == ACHIEVEMENT_ID)
        .join(LevelRow, LevelRow.id == AchievementRow.level_id)
        .join(ProgramRow, ProgramRow.id == LevelRow.program_id)
        .outerjoin(before, before.id == CredentialRow.replaces_id)
        .where(CredentialRow.id.in_(credential_ids), AwardRow.person_id.is_not(None))
    )
    found = []
    for credential, award, level, program, award_before in rows:
        kind = _kind(award, award_before)
        if kind is None:
            continue
        found.append(
            Notice(
                key=f"issued:{credential.id}",
                kind=kind,
                issuer_id=credential.issuer_id,
                recipient_id=award.person_id,
                due_at=now,
                facts={
                    "credential": str(credential.id),
                    "level": f"{program}/{level}",
                    **({"predecessor": str(credential.replaces_id)} if credential.replaces_id else {}),
                },
            )
        )
    return found


def _kind(award: AwardRow, award_before: UUID | None) -> Kind | None:
    if award_before is not None:
        return Kind.REISSUED if award_before == award.id else Kind.RENEWED
    return None if award.source == HISTORY else Kind.ISSUED
