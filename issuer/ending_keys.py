"""The ends of a key: it retires and only verifies, or it is compromised and is believed no longer."""

from __future__ import annotations

from datetime import datetime

from issuer import audit, key_words
from issuer.errors import TransitionRefused
from issuer.issuers import issuer_row
from issuer.signing_keys import KeyState, SigningKey, as_key, row_of_key
from issuer.store import Database


def retire_key(db: Database, *, issuer: str | None, fragment: str, actor: str, now: datetime) -> SigningKey:
    """End the signing of a further key; it stays published, and verifies what it signed.

    Raises TransitionRefused for the main key of a use, which is replaced by `rotate` only, and while a program asks for
    proofs that no other key makes; UnknownKey, UnknownIssuer.
    """
    from issuer.proof_choice import programs_that_need

    with db.write() as session:
        owner = issuer_row(session, issuer, lock=True)
        row = row_of_key(session, owner, fragment)
        if row.state != KeyState.ACTIVE:
            raise TransitionRefused(key_words.over(fragment))
        if not row.further:
            raise TransitionRefused(key_words.main(fragment, row.use))
        row.state, row.retired_at = KeyState.RETIRED.value, now
        session.flush()
        if needing := programs_that_need(session, owner):
            raise TransitionRefused(key_words.needed(fragment, needing))
        audit.append(
            session,
            at=now,
            actor=actor,
            action="key retired",
            subject=f"key:{owner.slug}/{fragment}",
            details={"use": row.use, "type": row.type},
        )
        return as_key(row, owner)


def require_past(since: datetime | None, now: datetime) -> None:
    """Return for an instant that is not to come. Raises TransitionRefused."""
    if since is not None and since > now:
        raise TransitionRefused(key_words.to_come(since))


def mark_compromised(
    db: Database,
    *,
    issuer: str | None,
    fragment: str,
    reason: str,
    since: datetime | None = None,
    actor: str,
    now: datetime,
) -> SigningKey:
    """Say to everyone that a key can no longer be trusted.

    `since` is when somebody else may first have signed with it, and is published as `revoked`; by default now. Nothing
    that it signed is believed any more, whatever day it bears: whoever has a key can date what he signs as he likes.
    It must not be active: rotate first, so that there is always a key to sign status lists with. Raises UnknownKey,
    TransitionRefused (also for an instant to come), UnknownIssuer.
    """
    with db.write() as session:
        owner = issuer_row(session, issuer, lock=True)
        row = row_of_key(session, owner, fragment)
        if row.state == KeyState.ACTIVE:
            raise TransitionRefused(key_words.signing(fragment, row.use, further=row.further))
        require_past(since, now)
        since = max(since, row.created_at) if since is not None else None
        earlier = since is not None and row.compromised_since is not None and since < row.compromised_since
        if row.state != KeyState.COMPROMISED or earlier:
            row.state = KeyState.COMPROMISED.value
            row.compromised_at = row.compromised_at or now
            row.compromised_since = since or now
            audit.append(
                session,
                at=now,
                actor=actor,
                action="key compromised",
                subject=f"key:{owner.slug}/{fragment}",
                details={"reason": reason, "since": row.compromised_since.isoformat()},
            )
        return as_key(row, owner)
