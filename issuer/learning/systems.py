"""Learning systems: who may report, each by a secret that is shown once and kept sealed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from issuer import audit
from issuer.addresses import SLUG
from issuer.errors import AlreadyExists, Fault, Refused, Unknown
from issuer.issuers import issuer_row
from issuer.learning.signatures import SECRET_BYTES, secret_text
from issuer.plain_text import short_name
from issuer.store import Database
from issuer.tables import IssuerRow, LearningSystemRow
from keys.keyring import Keyring


@dataclass(frozen=True, slots=True)
class LearningSystem:
    """A system without its secret."""

    id: int
    issuer_slug: str
    name: str
    created_at: datetime
    revoked_at: datetime | None
    sealed: bytes = field(repr=False, compare=False)

    @property
    def actor(self) -> str:
        """What it is called where it did something."""
        return f"learning:{self.name}"


@dataclass(frozen=True, slots=True)
class NewSecret:
    """A system at the only moment when its secret is shown."""

    system: LearningSystem
    secret: str = field(repr=False)


def add_system(
    db: Database,
    keyring: Keyring,
    *,
    issuer: str | None,
    name: str,
    actor: str,
    now: datetime,
    randomness: Callable[[int], bytes],
) -> NewSecret:
    """Register a system. A name is used once and never again: awards are remembered by it.

    Raises Refused for a name that is no short name, AlreadyExists, UnknownIssuer.
    """
    try:
        short_name(name)
    except ValueError as error:
        what, _, right = str(error).partition("; ")
        raise Refused("The learning system", [Fault("name", what, right)]) from None
    with db.write() as session:
        owner = issuer_row(session, issuer, lock=True)
        if (there := _named(session, owner, name)) is not None:
            state = "was revoked; choose another name" if there.revoked_at else "is there already; rotate its secret"
            raise AlreadyExists(f"a learning system named {name} {state}")
        key = randomness(SECRET_BYTES)
        row = LearningSystemRow(
            issuer_id=owner.id,
            name=name,
            sealed_secret=_sealed(keyring, owner, name, key, randomness),
            created_at=now,
            revoked_at=None,
        )
        session.add(row)
        session.flush()
        _record(session, owner, row, "learning system added", actor, now)
        return NewSecret(_as_system(row, owner), secret_text(key))


def rotate_secret(
    db: Database,
    keyring: Keyring,
    *,
    issuer: str | None,
    name: str,
    actor: str,
    now: datetime,
    randomness: Callable[[int], bytes],
) -> NewSecret:
    """Give a system another secret; the one before counts no more from now on. Raises Unknown, UnknownIssuer."""
    with db.write() as session:
        owner = issuer_row(session, issuer, lock=True)
        row = _required(session, owner, name)
        if row.revoked_at is not None:
            raise Unknown(f"the learning system {name} was revoked; add one of another name")
        key = randomness(SECRET_BYTES)
        row.sealed_secret = _sealed(keyring, owner, name, key, randomness)
        session.flush()
        _record(session, owner, row, "learning system secret rotated", actor, now)
        return NewSecret(_as_system(row, owner), secret_text(key))


def revoke_system(db: Database, *, issuer: str | None, name: str, actor: str, now: datetime) -> LearningSystem:
    """Take nothing more from a system and forget its secret. Again changes nothing. Raises Unknown, UnknownIssuer."""
    with db.write() as session:
        owner = issuer_row(session, issuer, lock=True)
        row = _required(session, owner, name)
        if row.revoked_at is None:
            row.revoked_at, row.sealed_secret = now, b""
            session.flush()
            _record(session, owner, row, "learning system revoked", actor, now)
        return _as_system(row, owner)


def list_systems(db: Database, issuer: str | None) -> tuple[LearningSystem, ...]:
    """All of an issuer, by name. Raises UnknownIssuer."""
    with db.read() as session:
        owner = issuer_row(session, issuer)
        query = select(LearningSystemRow).where(LearningSystemRow.issuer_id == owner.id)
        return tuple(_as_system(row, owner) for row in session.scalars(query.order_by(LearningSystemRow.name)))


def active_system(db: Database, issuer: str | None, name: str) -> LearningSystem | None:
    """The system of that name, unless there is none or it is revoked. Raises UnknownIssuer."""
    if not SLUG.fullmatch(name):  # what a stranger sends is not asked for
        return None
    with db.read() as session:
        owner = issuer_row(session, issuer)
        row = _named(session, owner, name)
        return None if row is None or row.revoked_at is not None else _as_system(row, owner)


def secret_of(keyring: Keyring, system: LearningSystem) -> bytes:
    """The key that a system signs with. Raises what `Keyring.unseal` raises."""
    return keyring.unseal(system.sealed, purpose=_purpose(system.issuer_slug, system.name))


def _sealed(keyring: Keyring, owner: IssuerRow, name: str, key: bytes, randomness: Callable[[int], bytes]) -> bytes:
    return keyring.seal(key, purpose=_purpose(owner.slug, name), randomness=randomness)


def _purpose(issuer_slug: str, name: str) -> str:
    return f"learning system {issuer_slug}/{name}"


def _named(session: Session, owner: IssuerRow, name: str) -> LearningSystemRow | None:
    return session.scalars(
        select(LearningSystemRow).where(LearningSystemRow.issuer_id == owner.id, LearningSystemRow.name == name)
    ).one_or_none()


def _required(session: Session, owner: IssuerRow, name: str) -> LearningSystemRow:
    row = _named(session, owner, name)
    if row is None:
        raise Unknown(f"the issuer {owner.slug} has no learning system named {name!r}; see `guildmark learning list`")
    return row


def _record(session: Session, owner: IssuerRow, row: LearningSystemRow, action: str, actor: str, now: datetime) -> None:
    audit.append(session, at=now, actor=actor, action=action, subject=f"learning system:{owner.slug}/{row.name}")


def _as_system(row: LearningSystemRow, owner: IssuerRow) -> LearningSystem:
    return LearningSystem(row.id, owner.slug, row.name, row.created_at, row.revoked_at, row.sealed_secret)
