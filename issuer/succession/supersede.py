"""The end of reissuing: what a correction replaced is revoked, with the reason “superseded”.

A sweep over rows: an issued correction whose predecessor still counts is one that a crash left half done, or that was
issued a moment ago. Repeating it changes nothing.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import aliased

from issuer.bulk_status import CHUNK_SIZE, MAX_REASON, Result, change_in, publish_changed, tell_trail, unseal
from issuer.status_transitions import Change
from issuer.store import Database
from issuer.succession.chain import indexed
from issuer.succession.facts import REASON
from issuer.tables import CredentialRow
from keys.keyring import Keyring

SUPERSEDED = "superseded"


def finish_reissues(
    db: Database, keyring: Keyring, *, actor: str, now: datetime, only: Collection[UUID] | None = None
) -> tuple[UUID, ...]:
    """Revoke every credential that an issued correction has replaced (or of `only` these); the revoked ones' ids.

    The holder is not told of it: he was told of the correction. One transaction for each reason and chunk. Raises
    ListRefused, NoSigningKey and what the keyring raises.
    """
    done: list[UUID] = []
    for reason, ids in _waiting(db, only).items():
        for start in range(0, len(ids), CHUNK_SIZE):
            chunk = ids[start : start + CHUNK_SIZE]
            unseal(db, keyring, chunk)
            with db.write() as session:
                changed = change_in(
                    session, chunk, change=Change.REVOKED, reason=reason, actor=actor, now=now, tell=False
                )
                tell_trail(session, changed, actor=actor, now=now)
            outcomes = publish_changed(db, keyring, changed, now=now)
            done += [one.credential_id for one in outcomes if one.result is Result.DONE]
    return tuple(done)


def _waiting(db: Database, only: Collection[UUID] | None) -> dict[str, list[UUID]]:
    """The predecessors to revoke, by reason."""
    old = aliased(CredentialRow)
    query = (
        select(old.id, CredentialRow.facts)
        .join(old, old.id == CredentialRow.replaces_id)
        .where(
            CredentialRow.replaces_id.is_not(None),
            indexed(CredentialRow),
            CredentialRow.state == "issued",
            CredentialRow.award_id == old.award_id,
            old.state == "issued",
            old.revoked_at.is_(None),
        )
    )
    found: dict[str, list[UUID]] = {}
    with db.read() as session:
        if only is not None:
            query = query.where(old.id.in_(only))
        for identifier, facts in sorted(session.execute(query).all(), key=lambda one: one[0]):
            found.setdefault(superseded((facts or {}).get(REASON, "")), []).append(identifier)
    return found


def superseded(reason: str) -> str:
    """The reason that strangers read on the old credential's page."""
    return f"{SUPERSEDED}: {reason}"[:MAX_REASON] if reason else SUPERSEDED
