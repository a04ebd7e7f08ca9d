"""What a person holds: our own credentials of his, and badges of others that his applications brought."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from issuer import audit
from issuer.errors import IssuerError, Unknown
from issuer.sign_in.tokens import hash_of
from issuer.store import Database
from issuer.tables import (
    AwardRow,
    ConnectionRow,
    CredentialRow,
    HeldCredentialRow,
    HolderProfileRow,
    OauthGrantRow,
    OauthTokenRow,
    PersonAddressRow,
    PersonRow,
    RenderingRow,
)

MOST: Final = 200
"""Badges of others that one person may have here."""
MOST_BYTES: Final = 512 * 1024
"""Of one of them."""


class NotKept(IssuerError):  # noqa: N818  (a verdict)
    """The badge is too large, or there are too many already."""


class Outcome(Enum):
    """What became of a badge that was brought."""

    CREATED = "created"
    REPLACED = "replaced"
    OLDER = "older"


@dataclass(frozen=True, slots=True)
class Entry:
    """A credential that somebody holds, without its bytes. `issued` orders the list; `own`: we issued it."""

    id: UUID
    issued: datetime
    form: str
    own: bool


@dataclass(frozen=True, slots=True)
class Brought:
    """A badge of another issuer, as it was sent, and what was found out about it."""

    identity: tuple[str, str]
    form: str
    body: bytes
    name: str
    issued_by: str
    valid_from: datetime
    status: str
    why: str
    brought_by: str
    names_holder: bool = False
    picture: bytes | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """A badge of another issuer in a person's list."""

    id: UUID
    name: str
    issued_by: str
    valid_from: datetime
    status: str
    why: str
    brought_by: str
    received_at: datetime
    form: str
    checked_at: datetime
    names_holder: bool
    has_picture: bool


@dataclass(frozen=True, slots=True)
class Due:
    """A badge of another issuer that is to be checked again; `status`: what the last check said."""

    id: UUID
    person_id: UUID
    status: str
    body: bytes


_COLUMNS: Final = (
    HeldCredentialRow.id,
    HeldCredentialRow.name,
    HeldCredentialRow.issued_by,
    HeldCredentialRow.valid_from,
    HeldCredentialRow.status,
    HeldCredentialRow.why,
    HeldCredentialRow.brought_by,
    HeldCredentialRow.received_at,
    HeldCredentialRow.form,
    HeldCredentialRow.checked_at,
    HeldCredentialRow.names_holder,
    HeldCredentialRow.picture.is_not(None),
)


def entries(db: Database, person_id: UUID, *, since: datetime | None = None) -> list[Entry]:
    """All that he holds, by when it was issued; those issued after `since`."""
    with db.read() as session:
        ours = select(CredentialRow.id, CredentialRow.issued_at, func.min(RenderingRow.format)).join(
            AwardRow, AwardRow.id == CredentialRow.award_id
        )
        ours = (
            ours.join(RenderingRow, RenderingRow.credential_id == CredentialRow.id)
            .where(
                AwardRow.person_id == person_id,
                CredentialRow.state == "issued",
                CredentialRow.erased_at.is_(None),
                RenderingRow.format.in_(("json", "jwt")),
            )
            .group_by(CredentialRow.id, CredentialRow.issued_at)
        )
        theirs = select(HeldCredentialRow.id, HeldCredentialRow.valid_from, HeldCredentialRow.form).where(
            HeldCredentialRow.person_id == person_id
        )
        found = [Entry(id_, at, form, True) for id_, at, form in session.execute(ours) if at is not None]
        found += [Entry(id_, at, form, False) for id_, at, form in session.execute(theirs)]
    found = [one for one in found if since is None or one.issued > since]
    return sorted(found, key=lambda one: (one.issued, str(one.id)))


def bodies(db: Database, page: Sequence[Entry]) -> dict[UUID, bytes]:
    """The signed bytes of these entries."""
    with db.read() as session:
        own = {one.id: one.form for one in page if one.own}
        rendered = session.execute(
            select(RenderingRow.credential_id, RenderingRow.format, RenderingRow.body).where(
                RenderingRow.credential_id.in_(own)
            )
        )
        found = {id_: bytes(body) for id_, form, body in rendered if own[id_] == form}
        others = session.execute(
            select(HeldCredentialRow.id, HeldCredentialRow.body).where(
                HeldCredentialRow.id.in_([one.id for one in page if not one.own])
            )
        )
        found.update({id_: bytes(body) for id_, body in others})
        return found


def is_his_own(db: Database, person_id: UUID, credential_id: UUID) -> bool:
    """Whether we issued him that credential."""
    with db.read() as session:
        found = session.scalar(
            select(CredentialRow.id)
            .join(AwardRow, AwardRow.id == CredentialRow.award_id)
            .where(CredentialRow.id == credential_id, AwardRow.person_id == person_id, CredentialRow.state == "issued")
        )
        return found is not None


def keep(
    db: Database, person_id: UUID, brought: Brought, *, now: datetime, randomness: Callable[[int], bytes]
) -> Outcome:
    """Keep a badge, in the place of an older state of it. Raises NotKept: too large, or too many."""
    if len(brought.body) > MOST_BYTES:
        raise NotKept(f"the badge has more than {MOST_BYTES} bytes")
    key = hash_of("\0".join(brought.identity))
    with db.write() as session:
        # Held from here, so that two that bring the same badge at once come one after the other.
        session.execute(select(PersonRow.id).where(PersonRow.id == person_id).with_for_update())
        row = session.scalars(
            select(HeldCredentialRow).where(
                HeldCredentialRow.person_id == person_id, HeldCredentialRow.identity_hash == key
            )
        ).one_or_none()
        if row is not None and row.valid_from > brought.valid_from:
            return Outcome.OLDER
        outcome = Outcome.CREATED if row is None else Outcome.REPLACED
        if row is None:
            count = session.scalar(
                select(func.count()).select_from(HeldCredentialRow).where(HeldCredentialRow.person_id == person_id)
            )
            if (count or 0) >= MOST:
                raise NotKept(f"there are {MOST} badges from elsewhere already; delete some first")
            row = HeldCredentialRow(id=UUID(bytes=randomness(16), version=4), person_id=person_id, identity_hash=key)
            session.add(row)
        row.form, row.body = brought.form, brought.body
        row.name, row.issued_by, row.valid_from = brought.name[:300], brought.issued_by[:300], brought.valid_from
        row.status, row.why, row.brought_by = brought.status, brought.why[:2_000], brought.brought_by
        row.received_at = row.checked_at = now
        row.names_holder, row.picture = brought.names_holder, brought.picture
        session.flush()
        audit.append(
            session,
            at=now,
            actor=f"person:{person_id}",
            action="badge from elsewhere kept",
            subject=f"held:{row.id}",
            details={"outcome": outcome.value},
        )
        return outcome


def held(db: Database, person_id: UUID, *, most: int = MOST) -> tuple[Held, ...]:
    """His badges of others, the newest first."""
    with db.read() as session:
        rows = session.execute(
            select(*_COLUMNS)
            .where(HeldCredentialRow.person_id == person_id)
            .order_by(HeldCredentialRow.valid_from.desc(), HeldCredentialRow.id)
            .limit(most)
        )
        return tuple(_listed(row) for row in rows)


def one_held(db: Database, person_id: UUID, held_id: UUID) -> Held:
    """One of them. Raises Unknown."""
    with db.read() as session:
        found = session.execute(
            select(*_COLUMNS).where(HeldCredentialRow.id == held_id, HeldCredentialRow.person_id == person_id)
        ).one_or_none()
    if found is None:
        raise Unknown("there is no such badge of yours")
    return _listed(found)


def picture_of_held(db: Database, person_id: UUID, held_id: UUID) -> bytes | None:
    """Its picture, a PNG; None without one, and for what is not his."""
    with db.read() as session:
        return session.scalar(
            select(HeldCredentialRow.picture).where(
                HeldCredentialRow.id == held_id, HeldCredentialRow.person_id == person_id
            )
        )


def note_check(db: Database, held_id: UUID, *, status: str, why: str, names_holder: bool, now: datetime) -> None:
    """What the checks say of it now."""
    with db.write() as session:
        session.execute(
            update(HeldCredentialRow)
            .where(HeldCredentialRow.id == held_id, HeldCredentialRow.checked_at <= now)
            .values(status=status, why=why[:2_000], names_holder=names_holder, checked_at=now)
            .execution_options(synchronize_session=False)
        )


def due_for_check(
    db: Database, *, before: datetime, unclear_before: datetime, unclear: str, final: Sequence[str], most: int
) -> Iterator[Due]:
    """What was last checked at or before `before`, or `unclear_before` if that gave `unclear`; the oldest first.

    Statuses that are `final` are left alone. Each is read when it comes, and left out if it is gone by then.
    """
    last, said = HeldCredentialRow.checked_at, HeldCredentialRow.status
    with db.read() as session:
        found = session.scalars(
            select(HeldCredentialRow.id)
            .where(said.not_in(final), or_(last <= before, (said == unclear) & (last <= unclear_before)))
            .order_by(last, HeldCredentialRow.id)
            .limit(most)
        ).all()
    for id_ in found:
        with db.read() as session:
            row = session.get(HeldCredentialRow, id_)
            one = Due(row.id, row.person_id, row.status, bytes(row.body)) if row is not None else None
        if one is not None:
            yield one


def addresses_of(db: Database, person_id: UUID) -> tuple[str, ...]:
    """The mail addresses of a person, as they are shown."""
    with db.read() as session:
        return tuple(
            session.scalars(
                select(PersonAddressRow.shown)
                .where(PersonAddressRow.person_id == person_id)
                .order_by(PersonAddressRow.ordinal, PersonAddressRow.address)
            )
        )


def held_body(db: Database, person_id: UUID, held_id: UUID) -> tuple[str, bytes]:
    """Form and bytes of one of his. Raises Unknown."""
    with db.read() as session:
        row = session.get(HeldCredentialRow, held_id)
        if row is None or row.person_id != person_id:
            raise Unknown("there is no such badge of yours")
        return row.form, bytes(row.body)


def forget_held(db: Database, person_id: UUID, held_id: UUID, *, now: datetime) -> None:
    """He deletes one. Raises Unknown."""
    with db.write() as session:
        row = session.get(HeldCredentialRow, held_id)
        if row is None or row.person_id != person_id:
            raise Unknown("there is no such badge of yours; it may be deleted already")
        session.delete(row)
        session.flush()
        audit.append(
            session,
            at=now,
            actor=f"person:{person_id}",
            action="badge from elsewhere deleted",
            subject=f"held:{held_id}",
            details={},
        )


def profile_of(db: Database, person_id: UUID) -> dict[str, Any]:
    """The profile that his application wrote; before that, what the directory knows."""
    with db.read() as session:
        row = session.get(HolderProfileRow, person_id)
        if row is not None:
            return dict(row.document)
        person = session.get_one(PersonRow, person_id)
        address = session.scalars(
            select(PersonAddressRow.shown)
            .where(PersonAddressRow.person_id == person_id)
            .order_by(PersonAddressRow.ordinal, PersonAddressRow.address)
            .limit(1)
        ).one_or_none()
        profile: dict[str, Any] = {"id": f"urn:uuid:{person_id}", "type": ["Profile"], "name": person.name}
        return {**profile, "email": address} if address else profile


def put_profile(db: Database, person_id: UUID, document: Mapping[str, Any], *, now: datetime) -> None:
    """Keep the profile, whole."""
    with db.write() as session:
        row = session.get(HolderProfileRow, person_id)
        if row is None:
            session.add(HolderProfileRow(person_id=person_id, document=dict(document), changed_at=now))
        else:
            row.document, row.changed_at = dict(document), now
        session.flush()
        audit.append(
            session,
            at=now,
            actor=f"person:{person_id}",
            action="profile written",
            subject=f"person:{person_id}",
            details={},
        )


def erase_held(session: Session, person_id: UUID) -> None:
    """Of an erased person: what he was brought, what he allowed, and his profile."""
    grants = select(OauthGrantRow.id).where(OauthGrantRow.person_id == person_id)
    for statement in (
        delete(ConnectionRow).where(ConnectionRow.person_id == person_id),
        delete(OauthTokenRow).where(OauthTokenRow.grant_id.in_(grants)),
        delete(OauthGrantRow).where(OauthGrantRow.person_id == person_id),
        delete(HeldCredentialRow).where(HeldCredentialRow.person_id == person_id),
        delete(HolderProfileRow).where(HolderProfileRow.person_id == person_id),
    ):
        session.execute(statement.execution_options(synchronize_session=False))


def _listed(row: Any) -> Held:
    """Of a row of _COLUMNS, which come in the order of its fields."""
    return Held(*row)
