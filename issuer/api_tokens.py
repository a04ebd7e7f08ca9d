"""Bearer tokens of the HTTP API. A token is shown once, when it is made; only its hash is kept.

A token has 256 random bits, so a plain SHA-256 is a safe way to keep it: there is nothing to guess.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from credentials.sentence import sentence
from issuer import audit
from issuer.errors import AlreadyExists, Unknown
from issuer.issuers import issuer_row
from issuer.store import Database
from issuer.tables import ApiTokenRow, IssuerRow

PREFIX = "gmk_"


class Role(StrEnum):
    """What a token may do.

    `issue`: issue credentials, propose and assess. `provision`: enter the company's people, by SCIM, and nothing else.
    `manage`: all there is, which is to decide proposals, to revoke and to assign too.
    """

    ISSUE = "issue"
    MANAGE = "manage"
    PROVISION = "provision"


@dataclass(frozen=True, slots=True)
class ApiToken:
    """A token without its secret."""

    name: str
    issuer_slug: str
    role: Role
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None

    def allows(self, role: Role) -> bool:
        """True if the token may do what `role` names."""
        return self.role in {role, Role.MANAGE}

    def works(self, now: datetime) -> bool:
        """True unless it is revoked or has ended."""
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > now)


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token at the only moment when its secret is known."""

    secret: str
    token: ApiToken

    def __repr__(self) -> str:
        return f"NewToken(secret=…, token={self.token!r})"


def create_token(
    db: Database,
    *,
    issuer: str | None,
    name: str,
    role: Role,
    actor: str,
    now: datetime,
    randomness: Callable[[int], bytes],
    expires_at: datetime | None = None,
) -> NewToken:
    """Make a token for one issuer. Raises UnknownIssuer, and AlreadyExists if that issuer has one of that name."""
    secret = PREFIX + base64.urlsafe_b64encode(randomness(32)).decode().rstrip("=")
    with db.write() as session:
        owner = issuer_row(session, issuer)
        if _named(session, owner, name) is not None:
            raise AlreadyExists(
                sentence(
                    "the issuer {slug} has a token named {name!r} already; choose another name",
                    slug=owner.slug,
                    name=name,
                )
            )
        row = ApiTokenRow(
            issuer_id=owner.id,
            name=name,
            role=role.value,
            secret_hash=_hash(secret),
            created_at=now,
            expires_at=expires_at,
            revoked_at=None,
        )
        session.add(row)
        session.flush()
        audit.append(
            session,
            at=now,
            actor=actor,
            action="api token created",
            subject=f"token:{owner.slug}/{name}",
            details={"role": role.value},
        )
        return NewToken(secret, _token(row, owner.slug))


def authenticate(db: Database, secret: str, now: datetime) -> ApiToken | None:
    """The token whose secret this is, or None if there is none, or it is revoked or expired."""
    with db.read() as session:
        found = session.execute(
            select(ApiTokenRow, IssuerRow.slug)
            .join(IssuerRow, IssuerRow.id == ApiTokenRow.issuer_id)
            .where(ApiTokenRow.secret_hash == _hash(secret))
        ).one_or_none()
        if found is None:
            return None
        token = _token(found[0], found[1])
    if token.revoked_at is not None or (token.expires_at is not None and token.expires_at <= now):
        return None
    return token


def list_tokens(db: Database, issuer: str | None) -> tuple[ApiToken, ...]:
    """All tokens of an issuer, by name. Raises UnknownIssuer."""
    with db.read() as session:
        owner = issuer_row(session, issuer)
        rows = session.scalars(select(ApiTokenRow).where(ApiTokenRow.issuer_id == owner.id).order_by(ApiTokenRow.name))
        return tuple(_token(row, owner.slug) for row in rows)


def revoke_token(db: Database, *, issuer: str | None, name: str, actor: str, now: datetime) -> ApiToken:
    """End a token at once. Revoking it again changes nothing.

    Raises UnknownIssuer, and Unknown if there is no token of that name.
    """
    with db.write() as session:
        owner = issuer_row(session, issuer)
        row = _named(session, owner, name)
        if row is None:
            raise Unknown(sentence("the issuer {slug} has no token named {name!r}", slug=owner.slug, name=name))
        if row.revoked_at is None:
            row.revoked_at = now
            audit.append(session, at=now, actor=actor, action="api token revoked", subject=f"token:{owner.slug}/{name}")
        return _token(row, owner.slug)


def _named(session: Session, owner: IssuerRow, name: str) -> ApiTokenRow | None:
    return session.scalars(
        select(ApiTokenRow).where(ApiTokenRow.issuer_id == owner.id, ApiTokenRow.name == name)
    ).one_or_none()


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _token(row: ApiTokenRow, slug: str) -> ApiToken:
    return ApiToken(row.name, slug, Role(row.role), row.created_at, row.expires_at, row.revoked_at)
