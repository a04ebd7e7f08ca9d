"""Other badge hosts that a person connected: what each gave us, and who may use it now."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from issuer import audit
from issuer.errors import IssuerError, Unknown
from issuer.sign_in.tokens import hash_of
from issuer.store import Database
from issuer.tables import ConnectionRow, PersonRow
from keys.keyring import Keyring

MOST: Final = 20
"""Hosts that one person may connect."""
ASKING: Final = timedelta(minutes=30)
"""So long the host may take to answer: somebody signs in there first."""
BUSY: Final = timedelta(minutes=2)
"""After so long whoever was using the tokens is taken to be dead."""


class NotConnected(IssuerError):  # noqa: N818  (a verdict)
    """The host cannot be connected: there are too many, or it is connected already (then `already`)."""

    def __init__(self, reason: str, *, already: bool) -> None:
        self.already = already
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class Secrets:
    """What only this server may know of a connection; kept sealed. `state` and `verifier`: until the host answered."""

    client_secret: str = field(repr=False)
    state: str = field(default="", repr=False)
    verifier: str = field(default="", repr=False)
    access: str = field(default="", repr=False)
    refresh: str = field(default="", repr=False)

    def sealed(self, keyring: Keyring, connection_id: UUID, randomness: Callable[[int], bytes]) -> bytes:
        """Sealed for that connection alone. Raises KeysError."""
        known = {name: getattr(self, name) for name in self.__slots__}
        return keyring.seal(json.dumps(known).encode(), purpose=_purpose(connection_id), randomness=randomness)

    @classmethod
    def unsealed(cls, keyring: Keyring, connection: Connection) -> Secrets:
        """As they were sealed. Raises KeysError."""
        return cls(**json.loads(keyring.unseal(connection.sealed, purpose=_purpose(connection.id))))


@dataclass(frozen=True, slots=True)
class Connection:
    """A host of a person. endpoints: `authorization`, `token`, `refresh`, and if it has them `revocation`, `issuer`."""

    id: UUID
    person_id: UUID
    base: str
    name: str
    state: str
    endpoints: Mapping[str, Any]
    client_id: str
    scopes: tuple[str, ...]
    sealed: bytes = field(repr=False)
    access_until: datetime | None
    profile: Mapping[str, Any] | None
    created_at: datetime
    fetched_at: datetime | None


def begin(db: Database, wanted: Connection, *, state: str, now: datetime) -> None:
    """Keep a connection that the host is asked for, in the place of one to the same host that came to nothing.

    Raises NotConnected.
    """
    with db.write() as session:
        session.execute(select(PersonRow.id).where(PersonRow.id == wanted.person_id).with_for_update())
        mine = ConnectionRow.person_id == wanted.person_id
        known = session.scalars(select(ConnectionRow).where(mine, ConnectionRow.base == wanted.base)).one_or_none()
        if known is not None and known.state == "connected":
            raise NotConnected("this host is connected already", already=True)
        over = or_(
            ConnectionRow.base == wanted.base,
            (ConnectionRow.state == "asking") & (ConnectionRow.created_at <= now - ASKING),
        )
        session.execute(delete(ConnectionRow).where(mine, over).execution_options(synchronize_session=False))
        count = session.scalar(select(func.count()).select_from(ConnectionRow).where(mine))
        if (count or 0) >= MOST:
            raise NotConnected(f"{MOST} hosts are connected already", already=False)
        session.expunge_all()
        session.add(
            ConnectionRow(
                id=wanted.id,
                person_id=wanted.person_id,
                base=wanted.base,
                name=wanted.name[:200],
                state="asking",
                endpoints=dict(wanted.endpoints),
                client_id=wanted.client_id,
                scopes=list(wanted.scopes),
                sealed=wanted.sealed,
                state_hash=hash_of(state),
                created_at=now,
            )
        )


def take_answer(db: Database, connection_id: UUID, *, person_id: UUID, state: str, now: datetime) -> Connection | None:
    """The connection whose host answered with this state: once, by one statement. None: another’s, used, or over."""
    with db.write() as session:
        taken = session.execute(
            update(ConnectionRow)
            .where(
                ConnectionRow.id == connection_id,
                ConnectionRow.person_id == person_id,
                ConnectionRow.state == "asking",
                ConnectionRow.state_hash == hash_of(state),
                ConnectionRow.created_at > now - ASKING,
            )
            .values(state_hash=None)
            .returning(ConnectionRow.id)
            .execution_options(synchronize_session=False)
        ).all()
        return _connection(session.get_one(ConnectionRow, connection_id)) if taken else None


def mark_connected(
    db: Database, connection: Connection, sealed: bytes, *, scopes: tuple[str, ...], access_until: datetime,
    now: datetime,
) -> None:  # fmt: skip
    """The host gave its tokens."""
    with db.write() as session:
        _set(session, connection.id, state="connected", sealed=sealed, scopes=list(scopes), access_until=access_until)
        _tell(session, connection, "host connected", now)


def keep_tokens(db: Database, connection_id: UUID, sealed: bytes, *, access_until: datetime) -> None:
    """New tokens in the place of the old ones."""
    with db.write() as session:
        _set(session, connection_id, sealed=sealed, access_until=access_until)


def mark_lost(db: Database, connection_id: UUID) -> None:
    """The host takes its tokens no more."""
    with db.write() as session:
        _set(session, connection_id, state="lost")


def note_fetched(db: Database, connection_id: UUID, *, now: datetime) -> None:
    """All that is there was looked at just now."""
    with db.write() as session:
        _set(session, connection_id, fetched_at=now)


def note_endpoints(db: Database, connection_id: UUID, endpoints: Mapping[str, Any]) -> None:
    """What the host offers from now on."""
    with db.write() as session:
        _set(session, connection_id, endpoints=dict(endpoints))


def note_profile(db: Database, connection_id: UUID, profile: Mapping[str, Any]) -> None:
    """What the host says of the person."""
    with db.write() as session:
        _set(session, connection_id, profile=dict(profile))


def claim(db: Database, connection_id: UUID, *, person_id: UUID, now: datetime) -> Connection | None:
    """Use a connection alone, until `release`: two that refresh its tokens at once would lose them. None: in use.

    Raises Unknown for one that is not his or not connected.
    """
    with db.write() as session:
        taken = session.execute(
            update(ConnectionRow)
            .where(
                ConnectionRow.id == connection_id,
                ConnectionRow.person_id == person_id,
                ConnectionRow.state == "connected",
                or_(ConnectionRow.busy_until.is_(None), ConnectionRow.busy_until <= now),
            )
            .values(busy_until=now + BUSY)
            .returning(ConnectionRow.id)
            .execution_options(synchronize_session=False)
        ).all()
        row = session.get(ConnectionRow, connection_id)
        if row is None or row.person_id != person_id or row.state != "connected":
            raise Unknown("there is no such host that you are connected with")
        return _connection(row) if taken else None


def release(db: Database, connection_id: UUID) -> None:
    """Others may use it again."""
    with db.write() as session:
        _set(session, connection_id, busy_until=None)


def connections(db: Database, person_id: UUID, *, now: datetime) -> tuple[Connection, ...]:
    """His hosts by name, those that he is still asked about too."""
    with db.read() as session:
        rows = session.scalars(
            select(ConnectionRow)
            .where(
                ConnectionRow.person_id == person_id,
                or_(ConnectionRow.state != "asking", ConnectionRow.created_at > now - ASKING),
            )
            .order_by(ConnectionRow.name, ConnectionRow.id)
            .limit(MOST)
        )
        return tuple(_connection(row) for row in rows)


def find_connection(db: Database, person_id: UUID, connection_id: UUID) -> Connection:
    """One of his. Raises Unknown."""
    with db.read() as session:
        row = session.get(ConnectionRow, connection_id)
        if row is None or row.person_id != person_id:
            raise Unknown("there is no such host of yours")
        return _connection(row)


def forget(db: Database, connection: Connection, *, now: datetime) -> None:
    """He ends it, or it came to nothing."""
    with db.write() as session:
        gone = session.execute(
            delete(ConnectionRow)
            .where(ConnectionRow.id == connection.id)
            .returning(ConnectionRow.id)
            .execution_options(synchronize_session=False)
        ).all()
        if gone and connection.state != "asking":
            _tell(session, connection, "host disconnected", now)


def _tell(session: Session, connection: Connection, action: str, now: datetime) -> None:
    session.flush()
    audit.append(
        session,
        at=now,
        actor=f"person:{connection.person_id}",
        action=action,
        subject=f"connection:{connection.id}",
        details={},
    )


def _set(session: Session, connection_id: UUID, **values: Any) -> None:
    session.execute(
        update(ConnectionRow)
        .where(ConnectionRow.id == connection_id)
        .values(**values)
        .execution_options(synchronize_session=False)
    )


def _purpose(connection_id: UUID) -> str:
    return f"connection {connection_id}"


def _connection(row: ConnectionRow) -> Connection:
    return Connection(
        row.id,
        row.person_id,
        row.base,
        row.name,
        row.state,
        row.endpoints,
        row.client_id,
        tuple(row.scopes),
        bytes(row.sealed),
        row.access_until,
        row.profile,
        row.created_at,
        row.fetched_at,
    )
