"""The logos of applications: whose turn it is to fetch one, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from issuer.store import Database
from issuer.tables import ApplicationLogoRow

AGAIN: Final = timedelta(days=1)
"""So long an application’s server is not asked again, whether it gave a logo or not."""


@dataclass(frozen=True, slots=True)
class Logo:
    """What is known of a logo. picture: PNG, None without one. to_fetch: it is worth asking its server."""

    picture: bytes | None
    to_fetch: bool


def logo_of(db: Database, client_id: UUID, *, now: datetime) -> Logo:
    """The logo of an application."""
    with db.read() as session:
        row = session.get(ApplicationLogoRow, client_id)
        if row is None:
            return Logo(None, to_fetch=True)
        return Logo(row.picture, to_fetch=row.tried_at <= now - AGAIN)


def take_turn(db: Database, client_id: UUID, *, now: datetime) -> bool:
    """Whether the caller is the one who asks its server now: of several at the same time one is, once a day."""
    with db.write() as session:
        taken = session.execute(
            update(ApplicationLogoRow)
            .where(
                ApplicationLogoRow.client_id == client_id,
                ApplicationLogoRow.tried_at <= now - AGAIN,
            )
            .values(tried_at=now)
            .returning(ApplicationLogoRow.client_id)
            .execution_options(synchronize_session=False)
        ).all()
        if taken or session.get(ApplicationLogoRow, client_id) is not None:
            return bool(taken)
    try:
        with db.write() as session:
            session.add(ApplicationLogoRow(client_id=client_id, tried_at=now, picture=None))
            session.flush()
    except IntegrityError:  # another was first, or the application is forgotten
        return False
    return True


def keep_logo(db: Database, client_id: UUID, picture: bytes) -> None:
    """Keep what was fetched. An application that was forgotten meanwhile has none."""
    with db.write() as session:
        session.execute(
            update(ApplicationLogoRow)
            .where(ApplicationLogoRow.client_id == client_id)
            .values(picture=picture)
            .execution_options(synchronize_session=False)
        )
