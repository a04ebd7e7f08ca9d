"""The tool's key: its public half is published, its private half kept sealed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from issuer import audit
from issuer.issuers import issuer_row
from issuer.store import Database
from issuer.tables import LtiKeyRow
from keys.keyring import Keyring


@dataclass(frozen=True, slots=True)
class ToolKey:
    """The key of an issuer's tool; `public` is a JWK with `kid`."""

    issuer_slug: str
    public: Mapping[str, Any]
    sealed: bytes = field(repr=False)

    def private(self, keyring: Keyring) -> bytes:
        """The private half, as it was given. Raises what `Keyring.unseal` raises."""
        return keyring.unseal(self.sealed, purpose=_purpose(self.issuer_slug))


def tool_key(db: Database, issuer: str | None) -> ToolKey | None:
    """The key, if there is one. Raises UnknownIssuer."""
    with db.read() as session:
        owner = issuer_row(session, issuer)
        row = session.get(LtiKeyRow, owner.id)
        return ToolKey(owner.slug, row.public, row.sealed_private) if row is not None else None


def require_tool_key(
    db: Database,
    keyring: Keyring,
    *,
    issuer: str | None,
    made: Callable[[], tuple[Mapping[str, Any], bytes]],
    actor: str,
    now: datetime,
    randomness: Callable[[int], bytes],
) -> ToolKey:
    """The key; `made` makes one (public JWK, private half) if there is none yet. Raises UnknownIssuer."""
    there = tool_key(db, issuer)
    if there is not None:
        return there
    public, private = made()
    with db.write() as session:
        owner = issuer_row(session, issuer, lock=True)
        row = session.get(LtiKeyRow, owner.id)
        if row is None:
            sealed = keyring.seal(private, purpose=_purpose(owner.slug), randomness=randomness)
            row = LtiKeyRow(issuer_id=owner.id, public=dict(public), sealed_private=sealed, created_at=now)
            session.add(row)
            session.flush()
            subject = f"issuer:{owner.slug}"
            audit.append(session, at=now, actor=actor, action="lti key created", subject=subject)
        return ToolKey(owner.slug, row.public, row.sealed_private)


def _purpose(issuer_slug: str) -> str:
    return f"lti tool {issuer_slug}"
