"""The status of a credential: revoked for good, suspended, reinstated. The list is published in the same transaction.

    issued ──► revoked           issued ──► suspended ──► issued (reinstated)           suspended ──► revoked

Expiry is no change of status: the clock does it. The audit trail names the event and the hash of the reason, not the
reason itself, which may speak of people. Many at once: `issuer.bulk_status`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from issuer.bulk_status import MAX_REASON, Result, change_many, checked_reason
from issuer.errors import TransitionRefused, UnknownCredential
from issuer.status_transitions import Change
from issuer.store import Database
from keys.keyring import Keyring

__all__ = ["MAX_REASON", "Change", "StatusChange", "reinstate", "revoke", "suspend"]


@dataclass(frozen=True, slots=True)
class StatusChange:
    """A change that is recorded and published: in which list, and in which edition of it."""

    credential_id: UUID
    change: Change
    reason: str
    at: datetime
    list_id: UUID
    edition: int


def revoke(
    db: Database, keyring: Keyring, *, credential_id: UUID, reason: str, actor: str, now: datetime
) -> StatusChange:
    """Revoke a credential, finally. Raises UnknownCredential, TransitionRefused, ListRefused, Refused (no reason)."""
    return _change(db, keyring, credential_id, Change.REVOKED, reason=reason, actor=actor, now=now)


def suspend(
    db: Database, keyring: Keyring, *, credential_id: UUID, reason: str, actor: str, now: datetime
) -> StatusChange:
    """Suspend a credential until it is reinstated.

    Raises as `revoke`; a credential whose level does not ask for `status: [revocation, suspension]` has no entry for
    it: TransitionRefused.
    """
    return _change(db, keyring, credential_id, Change.SUSPENDED, reason=reason, actor=actor, now=now)


def reinstate(
    db: Database, keyring: Keyring, *, credential_id: UUID, reason: str, actor: str, now: datetime
) -> StatusChange:
    """End a suspension. Raises as `revoke`."""
    return _change(db, keyring, credential_id, Change.REINSTATED, reason=reason, actor=actor, now=now)


def _change(
    db: Database, keyring: Keyring, credential_id: UUID, change: Change, *, reason: str, actor: str, now: datetime
) -> StatusChange:
    """A chunk of one. Raises what a chunk only reports."""
    (outcome,) = change_many(
        db, keyring, credential_ids=[credential_id], change=change, reason=reason, actor=actor, now=now
    )
    if outcome.result is Result.UNKNOWN:
        raise UnknownCredential(outcome.detail)
    if outcome.list_id is None or outcome.edition is None:
        raise TransitionRefused(outcome.detail)
    return StatusChange(credential_id, change, checked_reason(reason), now, outcome.list_id, outcome.edition)
