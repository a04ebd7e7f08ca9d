"""Suspending and reinstating because a level's rules say so: a level that it demands lapsed, or is held again.

A rule reinstates only what a rule suspended; what a person suspended, a person decides on. A person may suspend what a
rule suspended before: from then on it is his to reinstate (`issuer.bulk_status`).
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from credentials.sentence import sentence
from issuer.bulk_status import Result, StatusOutcome, change_in, change_many, publish_changed, tell_trail, unseal
from issuer.status_transitions import RULE, Change
from issuer.store import Database
from issuer.tables import CredentialRow, StatusEventRow
from keys.keyring import Keyring

__all__ = ["RULE", "reinstate_by_rule", "suspend_by_rule"]


def suspend_by_rule(
    db: Database, keyring: Keyring, *, credential_id: UUID, because: str, now: datetime, tell: bool = False
) -> StatusOutcome:
    """Suspend a credential as its level's rules say; suspended already, or revoked, it stays as it is.

    `because` is the reason that strangers read. The holder is not told here unless `tell` is set: whoever found that
    the rule applies tells him of both levels at once. The outcome is `refused` for a credential without a suspension
    entry. Raises as `issuer.bulk_status.change_many`.
    """
    (outcome,) = change_many(
        db,
        keyring,
        credential_ids=[credential_id],
        change=Change.SUSPENDED,
        reason=because,
        actor=RULE,
        now=now,
        tell=tell,
    )
    return outcome


def reinstate_by_rule(
    db: Database, keyring: Keyring, *, credential_id: UUID, because: str, now: datetime, tell: bool = True
) -> StatusOutcome:
    """Reinstate a credential that a rule suspended; `already` if it is not suspended, `refused` if a person did it.

    Raises as `issuer.bulk_status.change_many`.
    """
    unseal(db, keyring, [credential_id])
    with db.write() as session:
        session.scalars(
            select(CredentialRow.id).where(CredentialRow.id == credential_id).with_for_update(key_share=True)
        ).all()
        last = session.scalars(
            select(StatusEventRow)
            .where(StatusEventRow.credential_id == credential_id, StatusEventRow.value.is_(None))
            .order_by(StatusEventRow.id.desc())
            .limit(1)
        ).one_or_none()
        if last is not None and last.change == Change.SUSPENDED and last.actor != RULE:
            why = sentence(
                "the credential {credential_id} was suspended by a person: a person reinstates it",
                credential_id=credential_id,
            )
            return StatusOutcome(credential_id, Result.REFUSED, why)
        changed = change_in(
            session, [credential_id], change=Change.REINSTATED, reason=because, actor=RULE, now=now, tell=tell
        )
        tell_trail(session, changed, actor=RULE, now=now)
    (outcome,) = publish_changed(db, keyring, changed, now=now)
    return outcome
