"""Applications that registered themselves."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from issuer.sign_in.tokens import hash_of, new_secret
from issuer.store import Database
from issuer.tables import ApplicationLogoRow, OauthClientRow, OauthRequestRow

UNUSED: Final = timedelta(days=1)
"""So long a registration is kept that nobody allowed anything."""


@dataclass(frozen=True, slots=True)
class Client:
    """An application, as it described itself."""

    id: UUID
    registered: Mapping[str, Any]
    secret_hash: str = field(repr=False)

    @property
    def name(self) -> str:
        """As it calls itself; nobody checked that."""
        return str(self.registered["client_name"])

    @property
    def redirect_uris(self) -> tuple[str, ...]:
        """Where answers may go."""
        return tuple(self.registered["redirect_uris"])

    @property
    def scopes(self) -> tuple[str, ...]:
        """What it may ask for."""
        return tuple(str(self.registered["scope"]).split())

    @property
    def may_refresh(self) -> bool:
        """Whether it gets refresh tokens."""
        return "refresh_token" in self.registered["grant_types"]

    def has_secret(self, secret: str) -> bool:
        """Whether that is its secret, compared in constant time."""
        return hmac.compare_digest(self.secret_hash, hash_of(secret))


@dataclass(frozen=True, slots=True)
class NewClient:
    """A client with its secret, which is told now and never again."""

    id: UUID
    secret: str = field(repr=False)


def register(
    db: Database, registered: Mapping[str, Any], *, now: datetime, randomness: Callable[[int], bytes]
) -> NewClient:
    """Take in an application, whose description was checked. Forgets those that nobody allowed anything in a day."""
    made = NewClient(UUID(bytes=randomness(16), version=4), new_secret(randomness))
    with db.write() as session:
        old = select(OauthClientRow.id).where(
            OauthClientRow.created_at < now - UNUSED, OauthClientRow.allowed_at.is_(None)
        )
        for statement in (
            delete(OauthRequestRow).where(OauthRequestRow.client_id.in_(old)),
            delete(ApplicationLogoRow).where(ApplicationLogoRow.client_id.in_(old)),
            delete(OauthClientRow).where(OauthClientRow.id.in_(old)),
        ):
            session.execute(statement.execution_options(synchronize_session=False))
        session.add(
            OauthClientRow(id=made.id, secret_hash=hash_of(made.secret), registered=dict(registered), created_at=now)
        )
    return made


def find_client(db: Database, client_id: str, *, now: datetime) -> Client | None:
    """The application of that id, unless it was forgotten."""
    with db.read() as session:
        return client_in(session, client_id, now)


def client_in(session: Session, client_id: str, now: datetime) -> Client | None:
    """The same within a transaction."""
    try:
        id_ = UUID(client_id)
    except ValueError:
        return None
    row = session.get(OauthClientRow, id_)
    if row is None or str(row.id) != client_id or (row.allowed_at is None and row.created_at < now - UNUSED):
        return None
    return Client(row.id, row.registered, row.secret_hash)
