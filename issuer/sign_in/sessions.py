"""Sessions of the portal: a browser in which a person is signed in, until he signs out, is idle too long, or leaves.

A session's token is known to the browser alone; here is its hash. It is looked at with every request, so that is one
indexed query. Nothing is remembered of a session that is over: its row is deleted.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.orm import Session

from issuer import audit
from issuer.issuers import issuer_row
from issuer.people.directory import required_person
from issuer.sign_in.refusals import departed
from issuer.sign_in.roles import Role, has_roles
from issuer.sign_in.tokens import hash_of, is_secret, new_secret
from issuer.store import Database
from issuer.tables import IssuerRow, PersonRow, SessionRow

BETWEEN_NOTES = timedelta(minutes=10)
"""Use is written down no more often: each commit makes the portal forget what it kept of the database."""
LONGEST_AGENT = 80


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a session lasts: without being used, and at most."""

    idle: timedelta
    longest: timedelta


@dataclass(frozen=True, slots=True)
class Entry:
    """How somebody came in: by his provider (`provider` is its issuer, `provider_session` its sid) or by a link.

    `roles` are those that the provider's groups give. `agent` is his browser in words, for the list of sessions.
    """

    agent: str
    provider: str | None = None
    provider_session: str | None = None
    roles: frozenset[Role] = frozenset()


@dataclass(frozen=True, slots=True)
class NewSession:
    """A session at the only moment when its token is known."""

    token: str
    id: UUID
    person_id: UUID

    def __repr__(self) -> str:
        return f"NewSession(token=…, id={self.id!r})"


@dataclass(frozen=True, slots=True)
class SessionView:
    """A session as it stands; whether it still holds depends on the time, so that has to be asked (`holds`)."""

    id: UUID
    person_id: UUID
    name: str
    roles: frozenset[Role]
    left_on: date | None
    agent: str
    provider: str | None
    created_at: datetime
    used_at: datetime
    idle_until: datetime
    ends_at: datetime
    sealed_id_token: bytes | None

    def holds(self, now: datetime, today: date) -> bool:
        """Whether the person is signed in by it now, and still with the company."""
        return now < self.idle_until and (self.left_on is None or today <= self.left_on)


def begin_session(
    db: Database,
    *,
    issuer: str | None,
    person_id: UUID,
    entry: Entry,
    limits: Limits,
    now: datetime,
    today: date,
    randomness: Callable[[int], bytes],
    instead_of: str | None = None,
    seal: Callable[[str], bytes] | None = None,
) -> NewSession:
    """Sign a person in, under a token that nobody knew before. Forgets sessions that are over.

    instead_of: the token of the browser's session until now, which ends. seal: makes the `sealed_id_token` from the
    new token. Raises Departed for a person who left or was erased, UnknownIssuer.
    """
    token, identifier = new_secret(randomness), UUID(bytes=randomness(16), version=4)
    with db.write() as session:
        owner = issuer_row(session, issuer)
        person = session.scalars(
            select(PersonRow).where(PersonRow.id == person_id).with_for_update(read=True)
        ).one_or_none()
        if person is None or person.erased_at is not None or (person.left_on is not None and person.left_on < today):
            raise departed()
        _delete(session, SessionRow.idle_until <= now)
        if instead_of is not None:
            _delete(session, SessionRow.token_hash == hash_of(instead_of))
        session.add(
            SessionRow(
                id=identifier,
                token_hash=hash_of(token),
                issuer_id=owner.id,
                person_id=person_id,
                way="provider" if entry.provider is not None else "link",
                roles=sorted(entry.roles),
                agent=entry.agent[:LONGEST_AGENT],
                created_at=now,
                used_at=now,
                idle_until=now + min(limits.idle, limits.longest),
                ends_at=now + limits.longest,
                provider=entry.provider,
                provider_session=entry.provider_session,
                sealed_id_token=seal(token) if seal is not None else None,
            )
        )
    return NewSession(token, identifier, person_id)


def find_session(db: Database, *, issuer: str | None, token: str, today: date) -> SessionView | None:
    """The session of a token; None if it was ended, is another issuer's, or its person was erased.

    It may be over by time: ask `holds`. Roles are those of `today`.
    """
    if not is_secret(token):
        return None
    with db.read() as session:
        found = _views(session, issuer, SessionRow.token_hash == hash_of(token), today)
    return found[0] if found else None


def list_sessions(db: Database, *, issuer: str | None, person_id: UUID, now: datetime) -> tuple[SessionView, ...]:
    """Where a person is signed in, what was used last first."""
    with db.read() as session:
        of_him = (SessionRow.person_id == person_id) & (SessionRow.idle_until > now)
        return tuple(_views(session, issuer, of_him, now.date()))


def note_use(db: Database, view: SessionView, *, limits: Limits, now: datetime) -> None:
    """Put off the end of a session that is used; at most once in BETWEEN_NOTES, or what is left of a short one."""
    if now - view.used_at < min(BETWEEN_NOTES, limits.idle / 4):
        return
    with db.write() as session:
        session.execute(
            update(SessionRow)
            .where(SessionRow.id == view.id, SessionRow.used_at == view.used_at)
            .values(used_at=now, idle_until=min(now + limits.idle, view.ends_at))
            .execution_options(synchronize_session=False)
        )


def end_session(db: Database, *, person_id: UUID, session_id: UUID) -> bool:
    """End one of a person's own sessions; False if it is none of his, or over already."""
    with db.write() as session:
        return _delete(session, (SessionRow.id == session_id) & (SessionRow.person_id == person_id)) > 0


def end_other_sessions(db: Database, *, person_id: UUID, but: UUID) -> int:
    """End all of a person's sessions but one; how many they were."""
    with db.write() as session:
        return _delete(session, (SessionRow.person_id == person_id) & (SessionRow.id != but))


def end_all_sessions(db: Database, *, person_id: UUID) -> int:
    """Sign a person out everywhere, as he asked for; how many sessions they were."""
    with db.write() as session:
        return _delete(session, SessionRow.person_id == person_id)


def sign_out(db: Database, *, email: str, actor: str, now: datetime) -> int:
    """Sign somebody out everywhere, by an admin's decision; how many sessions they were. Raises UnknownPerson."""
    with db.write() as session:
        person = required_person(session, email)
        ended = _delete(session, SessionRow.person_id == person.id)
        audit.append(
            session,
            at=now,
            actor=actor,
            action="sessions ended",
            subject=f"person:{person.id}",
            details={"sessions": ended},
        )
        return ended


def _views(session: Session, issuer: str | None, which: ColumnElement[bool], today: date) -> list[SessionView]:
    roles = has_roles(today)
    query = (
        select(SessionRow, PersonRow.name, PersonRow.left_on, *roles.values())
        .join(PersonRow, PersonRow.id == SessionRow.person_id)
        .join(IssuerRow, IssuerRow.id == SessionRow.issuer_id)
        .where(which, PersonRow.erased_at.is_(None), IssuerRow.slug == issuer if issuer else IssuerRow.is_default)
        .order_by(SessionRow.used_at.desc(), SessionRow.id)
    )
    return [
        _view(row, name, left_on, [role for role, has in zip(roles, held, strict=True) if has])
        for row, name, left_on, *held in session.execute(query)
    ]


def _view(row: SessionRow, name: str, left_on: date | None, held: Collection[Role]) -> SessionView:
    return SessionView(
        id=row.id,
        person_id=row.person_id,
        name=name,
        roles=frozenset(held) | frozenset(Role(one) for one in row.roles),
        left_on=left_on,
        agent=row.agent,
        provider=row.provider,
        created_at=row.created_at,
        used_at=row.used_at,
        idle_until=row.idle_until,
        ends_at=row.ends_at,
        sealed_id_token=row.sealed_id_token,
    )


def _delete(session: Session, which: ColumnElement[bool]) -> int:
    gone = delete(SessionRow).where(which).returning(SessionRow.id).execution_options(synchronize_session=False)
    return len(session.scalars(gone).all())
