"""Launches under way: begun by a platform, taken once, and gone on with once. Only hashes are kept of their secrets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select

from issuer import audit
from issuer.lti.platforms import Platform
from issuer.sign_in.tokens import hash_of, is_secret, new_secret
from issuer.store import Database, insert_missing
from issuer.tables import IdentityRow, LtiStartRow, LtiTicketRow

LENGTH = timedelta(minutes=10)
TICKET_LENGTH = timedelta(minutes=30)
"""Time to choose a level, or to sign in on the way."""


@dataclass(frozen=True, slots=True)
class Start:
    """A launch that comes back. `late`: its time is over. `same_browser`: it comes back where it set out."""

    platform_id: UUID
    nonce_hash: str
    same_browser: bool
    late: bool


@dataclass(frozen=True, slots=True)
class Ticket:
    """A launch that was taken. `person_id` is whom it is of, if that is known."""

    platform_id: UUID
    person_id: UUID | None
    same_browser: bool
    details: Mapping[str, Any]


def begin(db: Database, *, platform: Platform, state: str, nonce: str, browser: str, now: datetime) -> None:
    """Remember that this browser was sent to the platform. Forgets what is over since a day."""
    with db.write() as session:
        session.execute(
            delete(LtiStartRow)
            .where(LtiStartRow.expires_at <= now - timedelta(days=1))
            .execution_options(synchronize_session=False)
        )
        session.add(
            LtiStartRow(
                state_hash=hash_of(state),
                platform_id=platform.id,
                nonce_hash=hash_of(nonce),
                browser_hash=hash_of(browser),
                expires_at=now + LENGTH,
            )
        )


def take(db: Database, *, state: str, browser: str, now: datetime) -> Start | None:
    """The launch of this state, once: whoever brings it again gets None."""
    if not is_secret(state):
        return None
    with db.write() as session:
        row = session.execute(
            delete(LtiStartRow)
            .where(LtiStartRow.state_hash == hash_of(state))
            .returning(
                LtiStartRow.platform_id, LtiStartRow.nonce_hash, LtiStartRow.browser_hash, LtiStartRow.expires_at
            )
            .execution_options(synchronize_session=False)
        ).one_or_none()
    if row is None:
        return None
    same = is_secret(browser) and row.browser_hash == hash_of(browser)
    return Start(row.platform_id, row.nonce_hash, same, row.expires_at <= now)


def make_ticket(
    db: Database,
    kind: str,
    *,
    platform_id: UUID,
    person_id: UUID | None,
    browser: str | None,
    details: Mapping[str, Any],
    now: datetime,
    randomness: Callable[[int], bytes],
) -> str:
    """What the next form brings. `kind`: open, link or choose. Forgets what is over."""
    token = new_secret(randomness)
    with db.write() as session:
        session.execute(
            delete(LtiTicketRow).where(LtiTicketRow.expires_at <= now).execution_options(synchronize_session=False)
        )
        session.add(
            LtiTicketRow(
                token_hash=hash_of(token),
                platform_id=platform_id,
                kind=kind,
                person_id=person_id,
                browser_hash=hash_of(browser) if browser else None,
                details=dict(details),
                expires_at=now + TICKET_LENGTH,
            )
        )
    return token


def take_ticket(db: Database, kind: str, token: str, *, browser: str, now: datetime) -> Ticket | None:
    """The launch of a ticket of this kind, once."""
    if not is_secret(token):
        return None
    with db.write() as session:
        row = session.execute(
            delete(LtiTicketRow)
            .where(LtiTicketRow.token_hash == hash_of(token), LtiTicketRow.kind == kind, LtiTicketRow.expires_at > now)
            .returning(
                LtiTicketRow.platform_id, LtiTicketRow.person_id, LtiTicketRow.browser_hash, LtiTicketRow.details
            )
            .execution_options(synchronize_session=False)
        ).one_or_none()
    return _ticket(row, browser) if row is not None else None


def look_at_ticket(db: Database, kind: str, token: str, *, browser: str, now: datetime) -> Ticket | None:
    """The same without taking it."""
    if not is_secret(token):
        return None
    with db.read() as session:
        row = session.scalars(
            select(LtiTicketRow).where(
                LtiTicketRow.token_hash == hash_of(token), LtiTicketRow.kind == kind, LtiTicketRow.expires_at > now
            )
        ).one_or_none()
        return _ticket(row, browser) if row is not None else None


def _ticket(row: Any, browser: str) -> Ticket:
    same = is_secret(browser) and row.browser_hash is not None and row.browser_hash == hash_of(browser)
    return Ticket(row.platform_id, row.person_id, same, row.details)


def link_person(db: Database, *, platform: Platform, subject: str, person_id: UUID, now: datetime) -> bool:
    """From now on the platform's subject is this person, who says so himself; False if it is somebody already."""
    row = {"provider": platform.provider, "subject": subject, "person_id": person_id, "linked_at": now}
    with db.write() as session:
        insert_missing(session, IdentityRow, [row], ("provider", "subject"))
        there = session.scalars(
            select(IdentityRow).where(IdentityRow.provider == platform.provider, IdentityRow.subject == subject)
        ).one()
        if there.person_id != person_id:
            return False
        if there.linked_at == now:
            audit.append(
                session,
                at=now,
                actor=f"person:{person_id}",
                action="identity linked",
                subject=f"person:{person_id}",
                details={"provider": platform.provider},
            )
        return True
