"""The status of a credential: revoked for good, suspended, reinstated. The list is published in the same transaction.

    issued ──► revoked           issued ──► suspended ──► issued (reinstated)           suspended ──► revoked

Expiry is no change of status: the clock does it. The audit trail names the event and the hash of the reason, not the
reason itself, which may speak of people.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from credentials.instants import format_instant
from credentials.status_list import REVOCATION, SUSPENSION
from issuer import audit
from issuer.errors import Fault, Refused, TransitionRefused, UnknownCredential
from issuer.plain_text import safe_text
from issuer.signing_keys import Use, active_key, opened
from issuer.status_lists import locked_list, publish
from issuer.store import Database
from issuer.tables import CredentialRow, IssuerRow, StatusEntryRow, StatusEventRow
from keys.keyring import Keyring

MAX_REASON = 1_000


class Change(StrEnum):
    """What happened to a credential's status."""

    REVOKED = "revoked"
    SUSPENDED = "suspended"
    REINSTATED = "reinstated"


_PURPOSE = {Change.REVOKED: REVOCATION, Change.SUSPENDED: SUSPENSION, Change.REINSTATED: SUSPENSION}


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
    reason = _checked_reason(reason)
    with db.read() as session:
        row = _credential(session, credential_id)
        key = active_key(session, session.get_one(IssuerRow, row.issuer_id), Use.DATA_INTEGRITY)
    opened(keyring, key)  # unsealing takes a moment: not within the transaction
    with db.write() as session:
        row = _credential(session, credential_id, lock=True)
        _check_transition(row, change)
        entry = session.get(StatusEntryRow, (credential_id, _PURPOSE[change]))
        if entry is None:
            raise TransitionRefused(_no_entry(row, change))
        _record(row, change, reason, now)
        event = StatusEventRow(
            credential_id=credential_id,
            list_id=entry.list_id,
            position=entry.position,
            change=change.value,
            bit=change is not Change.REINSTATED,
            reason=reason,
            actor=actor,
            at=now,
            edition=None,
        )
        session.add(event)
        status_list = locked_list(session, entry.list_id)
        publish(session, keyring, status_list, now)
        audit.append(
            session,
            at=now,
            actor=actor,
            action=f"credential {change}",
            subject=f"credential:{credential_id}",
            details={"status_event": event.id, "reason_sha256": sha256(reason.encode()).hexdigest()},
        )
        return StatusChange(credential_id, change, reason, now, status_list.id, status_list.edition)


def _checked_reason(reason: str) -> str:
    try:
        text = safe_text(reason)
    except ValueError as error:
        raise Refused("The reason", [Fault("", str(error), "the holder will read it: say why")]) from error
    if len(text) > MAX_REASON:
        raise Refused("The reason", [Fault("", f"it has {len(text)} characters", f"at most {MAX_REASON} are kept")])
    return text


def _credential(session: Session, credential_id: UUID, *, lock: bool = False) -> CredentialRow:
    query = select(CredentialRow).where(CredentialRow.id == credential_id)
    row = session.scalars(query.with_for_update(key_share=True) if lock else query).one_or_none()
    if row is None:
        raise UnknownCredential(f"there is no credential {credential_id}")
    return row


def _check_transition(row: CredentialRow, change: Change) -> None:
    name = f"the credential {row.id}"
    if row.state != "issued":
        raise TransitionRefused(f"{name} is {row.state}, not issued: it cannot be {change}")
    if row.revoked_at is not None:
        raise TransitionRefused(
            f"{name} was revoked on {format_instant(row.revoked_at)} ({row.revocation_reason}); "
            f"that is final: it cannot be {change}, issue a new one instead"
        )
    if change is Change.SUSPENDED and row.suspended_at is not None:
        raise TransitionRefused(f"{name} is suspended already, since {format_instant(row.suspended_at)}")
    if change is Change.REINSTATED and row.suspended_at is None:
        raise TransitionRefused(f"{name} is not suspended: there is nothing to reinstate")


def _no_entry(row: CredentialRow, change: Change) -> str:
    if change is Change.REVOKED:
        return (
            f"the credential {row.id} has no revocation entry of ours: its document came with a status of its own "
            "or none"
        )
    return (
        f"the credential {row.id} cannot be {change}: it was issued without a suspension entry. Revoke it, or ask "
        "for status: [revocation, suspension] in the level before issuing"
    )


def _record(row: CredentialRow, change: Change, reason: str, now: datetime) -> None:
    if change is Change.REVOKED:
        row.revoked_at, row.revocation_reason = now, reason
    elif change is Change.SUSPENDED:
        row.suspended_at, row.suspension_reason = now, reason
    else:
        row.suspended_at, row.suspension_reason = None, None
