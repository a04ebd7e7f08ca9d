"""What applications ask for, what persons allow, and the codes of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from issuer import audit
from issuer.authorizations.clients import Client, client_in
from issuer.errors import Unknown
from issuer.sign_in.tokens import hash_of, is_secret, new_secret
from issuer.store import Database
from issuer.tables import OauthClientRow, OauthGrantRow, OauthRequestRow, OauthTokenRow

ASKING: Final = timedelta(minutes=15)
"""For an answer: a mailed sign-in link takes its time."""
CODE: Final = timedelta(minutes=1)
"""Of a code: the application that it goes to redeems it at once."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What an application asks for, and where the answer goes."""

    client: Client
    redirect_uri: str
    scopes: tuple[str, ...]
    state: str
    code_challenge: str


@dataclass(frozen=True, slots=True)
class Grant:
    """What was allowed, as its code says."""

    id: UUID
    client_id: UUID
    person_id: UUID
    scopes: tuple[str, ...]
    redirect_uri: str
    code_challenge: str


@dataclass(frozen=True, slots=True)
class Allowed:
    """The code for an application; told now and never again."""

    asked: Asked
    code: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Application:
    """A line in a person's list of what he allowed."""

    id: UUID
    name: str
    uri: str
    scopes: tuple[str, ...]
    created_at: datetime
    used_at: datetime | None


def begin_request(db: Database, asked: Asked, *, now: datetime, randomness: Callable[[int], bytes]) -> str:
    """Remember what is asked; the handle of it. Forgets requests that are over."""
    handle = new_secret(randomness)
    with db.write() as session:
        _run(session, delete(OauthRequestRow).where(OauthRequestRow.expires_at <= now))
        session.add(
            OauthRequestRow(
                handle_hash=hash_of(handle),
                client_id=asked.client.id,
                redirect_uri=asked.redirect_uri,
                scopes=list(asked.scopes),
                state=asked.state,
                code_challenge=asked.code_challenge,
                expires_at=now + ASKING,
            )
        )
    return handle


def find_request(db: Database, handle: str, *, now: datetime) -> Asked | None:
    """What is asked; None: nothing (any more)."""
    if not is_secret(handle):
        return None
    with db.read() as session:
        row = session.get(OauthRequestRow, hash_of(handle))
        return _asked(session, row, now) if row is not None and row.expires_at > now else None


def allow(
    db: Database, handle: str, *, person_id: UUID, now: datetime, randomness: Callable[[int], bytes]
) -> Allowed | None:
    """The person allows it: once, whoever sends the same form again at the same time. None: it is over."""
    code = new_secret(randomness)
    with db.write() as session:
        asked = _take(session, handle, now)
        if asked is None:
            return None
        grant = OauthGrantRow(
            id=UUID(bytes=randomness(16), version=4),
            client_id=asked.client.id,
            person_id=person_id,
            scopes=list(asked.scopes),
            redirect_uri=asked.redirect_uri,
            code_hash=hash_of(code),
            code_challenge=asked.code_challenge,
            code_expires_at=now + CODE,
            created_at=now,
        )
        session.add(grant)
        _run(
            session,
            update(OauthClientRow)
            .where(OauthClientRow.id == asked.client.id, OauthClientRow.allowed_at.is_(None))
            .values(allowed_at=now),
        )
        session.flush()
        audit.append(
            session,
            at=now,
            actor=f"person:{person_id}",
            action="application allowed",
            subject=f"application:{asked.client.id}",
            details={"scopes": list(asked.scopes)},
        )
    return Allowed(asked, code)


def deny(db: Database, handle: str, *, now: datetime) -> Asked | None:
    """The person does not allow it. None: it is over."""
    with db.write() as session:
        return _take(session, handle, now)


def find_code(db: Database, code: str, *, client_id: UUID, now: datetime) -> Grant | None:
    """What a code of this application stands for. One that was used already ends all that came of it (RFC 6749, 4.1.2).

    None: unknown, another's, used or over: the application is not told which.
    """
    if not is_secret(code):
        return None
    with db.read() as session:
        row = session.scalars(
            select(OauthGrantRow).where(OauthGrantRow.code_hash == hash_of(code), OauthGrantRow.client_id == client_id)
        ).one_or_none()
        used, over = row is not None and row.code_used_at is not None, row is not None and row.code_expires_at <= now
        grant = _grant(row) if row is not None else None
    if grant is not None and used:
        end_family(db, grant.id, now=now)
        return None
    return None if over else grant


def take_code(db: Database, grant: Grant, *, now: datetime) -> bool:
    """Use up its code: by one statement, so that of two at the same time one has it, and then neither keeps it."""
    with db.write() as session:
        taken = session.execute(
            update(OauthGrantRow)
            .where(
                OauthGrantRow.id == grant.id,
                OauthGrantRow.code_used_at.is_(None),
                OauthGrantRow.code_expires_at > now,
                OauthGrantRow.ended_at.is_(None),
            )
            .values(code_used_at=now)
            .returning(OauthGrantRow.id)
            .execution_options(synchronize_session=False)
        ).all()
    if not taken:
        end_family(db, grant.id, now=now)
    return bool(taken)


def end_family(db: Database, grant_id: UUID, *, now: datetime) -> None:
    """End a grant with all its tokens."""
    with db.write() as session:
        _end(session, grant_id, now)


def applications(db: Database, person_id: UUID) -> tuple[Application, ...]:
    """What he allowed and did not end, the newest first."""
    with db.read() as session:
        rows = session.execute(
            select(OauthGrantRow, OauthClientRow.registered)
            .join(OauthClientRow, OauthClientRow.id == OauthGrantRow.client_id)
            .where(
                OauthGrantRow.person_id == person_id,
                OauthGrantRow.ended_at.is_(None),
                OauthGrantRow.code_used_at.is_not(None),
            )
            .order_by(OauthGrantRow.created_at.desc(), OauthGrantRow.id)
            .limit(200)
        ).all()
        return tuple(
            Application(
                row.id,
                str(registered["client_name"]),
                str(registered["client_uri"]),
                tuple(row.scopes),
                row.created_at,
                row.used_at,
            )
            for row, registered in rows
        )


def end_application(db: Database, grant_id: UUID, *, person_id: UUID, now: datetime) -> None:
    """He ends it. Raises Unknown: there is none of his."""
    with db.write() as session:
        row = session.get(OauthGrantRow, grant_id)
        if row is None or row.person_id != person_id or row.ended_at is not None:
            raise Unknown("there is no such application that you allowed; it may be ended already")
        client = row.client_id
        _end(session, grant_id, now)
        audit.append(
            session,
            at=now,
            actor=f"person:{person_id}",
            action="application ended",
            subject=f"application:{client}",
            details={},
        )


def _take(session: Session, handle: str, now: datetime) -> Asked | None:
    if not is_secret(handle):
        return None
    row = session.scalars(
        delete(OauthRequestRow)
        .where(OauthRequestRow.handle_hash == hash_of(handle), OauthRequestRow.expires_at > now)
        .returning(OauthRequestRow)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    return _asked(session, row, now) if row is not None else None


def _asked(session: Session, row: OauthRequestRow, now: datetime) -> Asked | None:
    client = client_in(session, str(row.client_id), now)
    if client is None:
        return None
    return Asked(client, row.redirect_uri, tuple(row.scopes), row.state, row.code_challenge)


def _grant(row: OauthGrantRow) -> Grant:
    return Grant(row.id, row.client_id, row.person_id, tuple(row.scopes), row.redirect_uri, row.code_challenge)


def _end(session: Session, grant_id: UUID, now: datetime) -> None:
    _run(session, delete(OauthTokenRow).where(OauthTokenRow.grant_id == grant_id))
    _run(
        session,
        update(OauthGrantRow)
        .where(OauthGrantRow.id == grant_id, OauthGrantRow.ended_at.is_(None))
        .values(ended_at=now),
    )


def _run(session: Session, statement: Any) -> None:
    session.execute(statement.execution_options(synchronize_session=False))
