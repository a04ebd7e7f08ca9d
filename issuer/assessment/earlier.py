"""What the earlier rounds of a proposal led to: an award, a decision, and what became of the credential."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from credentials.instants import format_instant
from credentials.sentence import sentence
from issuer.allocation import current_credentials
from issuer.awards import stored_own_key
from issuer.tables import AchievementRow, AuditEventRow, AwardRow, CredentialRow, ProposalRow

ISSUED = "proposal issued"
DECIDED = "proposal decided"
"""What the audit trail calls it when a proposal has its credential, and when it is decided."""

SUPERSEDED = "superseded: the award was decided anew on appeal"
"""Why an appeal’s outcome revokes or replaces the credential of the round before."""


def key_of(row: ProposalRow, number: int) -> str:
    """The key of the award that a round leads to: one of our own, which no caller can give."""
    return f"proposal:{row.id}:{number}"


def earlier_award(session: Session, row: ProposalRow) -> UUID | None:
    """The award of the newest round before this one that led to an award; None if none did.

    The award of a renewal does not say which proposal led to it; the audit trail does.
    """
    if row.round == 1:
        return None
    if row.renews_id is not None:
        issued = _last(session, row, ISSUED)
        return UUID(issued["award"]) if issued is not None else None
    keys = [stored_own_key(key_of(row, number)) for number in range(1, row.round)]
    return session.scalars(
        select(AwardRow.id)
        .join(AchievementRow, AchievementRow.id == AwardRow.achievement_id)
        .where(
            AwardRow.issuer_id == row.issuer_id,
            AwardRow.idempotency_key.in_(keys),
            AwardRow.person_id == row.person_id,
            AchievementRow.level_id == row.level_id,
        )
        .order_by(AwardRow.decided_at.desc())
        .limit(1)
    ).one_or_none()


def recorded_award(session: Session, row: ProposalRow) -> AwardRow | None:
    """What an earlier attempt to issue this round recorded; None if nothing, or if it is no award of this proposal."""
    key = stored_own_key(key_of(row, row.round))
    return session.scalars(
        select(AwardRow)
        .join(AchievementRow, AchievementRow.id == AwardRow.achievement_id)
        .where(
            AwardRow.issuer_id == row.issuer_id,
            AwardRow.idempotency_key == key,
            AwardRow.person_id == row.person_id,
            AchievementRow.level_id == row.level_id,
        )
    ).one_or_none()


def standing_credential(session: Session, row: ProposalRow) -> CredentialRow | None:
    """The newest credential that an earlier round of this proposal led to (this one, if it is issued)."""
    award_id = row.award_id or earlier_award(session, row)
    return current_credentials(session, [award_id]).get(award_id) if award_id is not None else None


def was_declined(session: Session, row: ProposalRow) -> bool:
    """Whether the last decision on a decided proposal was to decline it, however it stands now."""
    decided = _last(session, row, DECIDED)
    return decided is not None and decided["decision"] == "declined"


def beyond_appeal(session: Session, row: ProposalRow) -> str | None:
    """Why no appeal can lead to a credential, as a clause; None if one can.

    What an officer, or a rule, revoked was not revoked by this decision, so that none on the award gives it back. What
    a declined appeal revoked, the next one can award anew, except a renewal: a credential is renewed once.
    """
    credential = standing_credential(session, row)
    if credential is None or credential.revoked_at is None:
        return None
    if credential.revocation_reason != SUPERSEDED:
        return sentence(
            "its credential {id} was revoked on {when}, and a decision on the award does not undo a "
            "revocation: if the revocation was wrong, propose the person anew, with an idempotency key of its "
            "own",
            id=credential.id,
            when=format_instant(credential.revoked_at),
        )
    if row.renews_id is not None:
        return sentence(
            "its credential {id} was revoked when an appeal was declined, and a credential is renewed only "
            "once: propose the person anew, without a credential to renew",
            id=credential.id,
        )
    return None


def _last(session: Session, row: ProposalRow, action: str) -> dict[str, Any] | None:
    """The details of the newest event of that kind."""
    details = session.scalars(
        select(AuditEventRow.details)
        .where(AuditEventRow.subject == f"proposal:{row.id}", AuditEventRow.action == action)
        .order_by(AuditEventRow.sequence.desc())
        .limit(1)
    ).one_or_none()
    return dict(json.loads(details)) if details is not None else None
