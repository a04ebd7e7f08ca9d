"""Access tokens and refresh tokens: random, kept as hashes, each refresh token good once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import delete, or_, select, update

from issuer.authorizations.grants import end_family
from issuer.sign_in.tokens import hash_of, is_secret, new_secret
from issuer.store import Database
from issuer.tables import OauthClientRow, OauthGrantRow, OauthTokenRow, PersonRow

ACCESS: Final = timedelta(hours=1)
REFRESH: Final = timedelta(days=90)
_NOTED: Final = timedelta(minutes=10)
"""So exact is “last used”: a write for each request would be too much."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """A new pair; told now and never again."""

    scopes: tuple[str, ...]
    access: str = field(repr=False)
    refresh: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class KnownToken:
    """A token that is good now: whose grant it is of, and what it may."""

    hash: str
    grant_id: UUID
    client_id: UUID
    client_name: str
    person_id: UUID
    kind: str
    scopes: tuple[str, ...]


def issue_tokens(
    db: Database,
    grant_id: UUID,
    scopes: Sequence[str],
    *,
    refresh: bool,
    now: datetime,
    randomness: Callable[[int], bytes],
) -> Tokens:
    """Tokens of a grant. Forgets those that are over."""
    made = Tokens(tuple(scopes), new_secret(randomness), new_secret(randomness) if refresh else None)
    with db.write() as session:
        session.execute(
            delete(OauthTokenRow).where(OauthTokenRow.expires_at <= now).execution_options(synchronize_session=False)
        )
        for kind, secret, life in (("access", made.access, ACCESS), ("refresh", made.refresh, REFRESH)):
            if secret is not None:
                session.add(
                    OauthTokenRow(
                        token_hash=hash_of(secret),
                        grant_id=grant_id,
                        kind=kind,
                        scopes=list(scopes),
                        expires_at=now + life,
                    )
                )
    return made


def find_token(
    db: Database, secret: str, *, client_id: UUID | None = None, now: datetime, today: date
) -> KnownToken | None:
    """The token, if it is good: neither over nor ended, of `client_id` if that is given, its person still here.

    A refresh token that was used before ends the whole grant (OAuth 2.0 Security BCP, section 4.14.2).
    """
    if not is_secret(secret):
        return None
    with db.read() as session:
        found = session.execute(
            select(OauthTokenRow, OauthGrantRow, OauthClientRow.registered)
            .join(OauthGrantRow, OauthGrantRow.id == OauthTokenRow.grant_id)
            .join(OauthClientRow, OauthClientRow.id == OauthGrantRow.client_id)
            .join(PersonRow, PersonRow.id == OauthGrantRow.person_id)
            .where(
                OauthTokenRow.token_hash == hash_of(secret),
                OauthTokenRow.expires_at > now,
                OauthGrantRow.ended_at.is_(None),
                PersonRow.erased_at.is_(None),
                or_(PersonRow.left_on.is_(None), PersonRow.left_on >= today),
            )
        ).one_or_none()
        if found is None:
            return None
        token, grant, registered = found
        if client_id is not None and grant.client_id != client_id:
            return None
        used = token.used_at is not None
        known = KnownToken(
            token.token_hash,
            grant.id,
            grant.client_id,
            str(registered["client_name"]),
            grant.person_id,
            token.kind,
            tuple(token.scopes),
        )
    if used:
        end_family(db, known.grant_id, now=now)
        return None
    return known


def note_use(db: Database, token: KnownToken, *, now: datetime) -> None:
    """Remember, to ten minutes, when an application was here last."""
    with db.read() as session:
        used = session.scalar(select(OauthGrantRow.used_at).where(OauthGrantRow.id == token.grant_id))
    if used is None or used < now - _NOTED:
        with db.write() as session:
            session.execute(
                update(OauthGrantRow)
                .where(OauthGrantRow.id == token.grant_id)
                .values(used_at=now)
                .execution_options(synchronize_session=False)
            )


def take_refresh(db: Database, token: KnownToken, *, now: datetime) -> bool:
    """Use a refresh token up, with the access tokens before it; by one statement. A second taker ends the grant."""
    with db.write() as session:
        taken = session.execute(
            update(OauthTokenRow)
            .where(OauthTokenRow.token_hash == token.hash, OauthTokenRow.used_at.is_(None))
            .values(used_at=now)
            .returning(OauthTokenRow.token_hash)
            .execution_options(synchronize_session=False)
        ).all()
        if taken:
            session.execute(
                delete(OauthTokenRow)
                .where(OauthTokenRow.grant_id == token.grant_id, OauthTokenRow.kind == "access")
                .execution_options(synchronize_session=False)
            )
    if not taken:
        end_family(db, token.grant_id, now=now)
    return bool(taken)


def revoke_token(db: Database, token: KnownToken, *, now: datetime) -> None:
    """An access token alone; with a refresh token all of its grant (RFC 7009, section 2.1)."""
    if token.kind == "refresh":
        end_family(db, token.grant_id, now=now)
        return
    with db.write() as session:
        session.execute(
            delete(OauthTokenRow)
            .where(OauthTokenRow.token_hash == token.hash)
            .execution_options(synchronize_session=False)
        )
