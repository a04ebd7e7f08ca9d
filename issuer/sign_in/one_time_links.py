"""Links that sign a person in, once: mailed to whoever asks, or made by an operator on the command line.

1. ask: for an address of the directory, a message with a mark where the link will stand, and a row that knows both
2. fill in: when the message is handed to the mail server, a token is made; only its hash is kept. The outbox never
   holds a link, and a message that is tried again holds a new one, which ends the one before
3. take: whoever brings the token is signed in, and the row is gone
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from issuer import audit
from issuer.issuers import issuer_row
from issuer.messages.delivery import Outgoing
from issuer.people.directory import person_by_address, required_person
from issuer.plain_text import is_email_address
from issuer.sign_in.link_mail import link_mail, mark_of
from issuer.sign_in.refusals import departed
from issuer.sign_in.tokens import hash_of, is_secret, new_secret
from issuer.store import Database
from issuer.tables import MessageRow, OneTimeLinkRow

LIFE = timedelta(minutes=15)
"""Of a link, from when its mail was sent."""
PATIENCE = timedelta(hours=1)
"""How long such a mail may be on its way to the mail server; who asked does not wait longer."""
PATH = "/sign-in/link"


@dataclass(frozen=True, slots=True)
class Taken:
    """Whom a link signs in, and where he wanted to go."""

    person_id: UUID
    next: str


def ask_for_link(
    db: Database,
    *,
    issuer: str | None,
    address: str,
    next_: str,
    now: datetime,
    today: date,
    randomness: Callable[[int], bytes],
) -> UUID | None:
    """Put a mail with a link into the queue; its id. None: nobody who is with the company has that address.

    Links asked for before stay good until they are used or over. Raises UnknownIssuer.
    """
    with db.write() as session:
        owner = issuer_row(session, issuer)
        _forget(session, now)
        person = person_by_address(session, address)
        if person is None or not person.present(today) or not is_email_address(address.strip()):
            return None
        message_id = UUID(bytes=randomness(16), version=4)
        mail = link_mail(
            message_id,
            issuer=str(owner.profile.get("name", owner.slug)),
            base_url=owner.base_url,
            reader=person.name,
            life=LIFE,
        )
        session.add(
            MessageRow(
                id=message_id,
                issuer_id=owner.id,
                recipient_id=person.id,
                address=_as_on_record(person.emails, address),
                subject=mail.subject,
                text=mail.text,
                html=mail.html,
                calendar=None,
                state="queued",
                not_before=now,
                attempts=0,
                created_at=now,
            )
        )
        session.flush()
        session.add(
            OneTimeLinkRow(
                id=UUID(bytes=randomness(16), version=4),
                token_hash=None,
                person_id=person.id,
                message_id=message_id,
                next=next_,
                expires_at=now + PATIENCE,
            )
        )
        return message_id


def fill_in(
    db: Database, message: Outgoing, *, base_url: str, now: datetime, randomness: Callable[[int], bytes]
) -> Outgoing | None:
    """The message with a new link where its mark was; None if it is of no use any more.

    A message without its mark is returned as it is, without asking the database.
    """
    mark = mark_of(message.id)
    if mark not in message.text:
        return message
    token = new_secret(randomness)
    with db.write() as session:
        made = session.scalars(
            update(OneTimeLinkRow)
            .where(OneTimeLinkRow.message_id == message.id, OneTimeLinkRow.expires_at > now)
            .values(token_hash=hash_of(token), expires_at=now + LIFE)
            .returning(OneTimeLinkRow.id)
            .execution_options(synchronize_session=False)
        ).one_or_none()
    if made is None:
        return None
    link = link_address(base_url, token)
    html = message.html.replace(mark, link) if message.html is not None else None
    return replace(message, text=message.text.replace(mark, link), html=html)


def make_link(
    db: Database,
    *,
    email: str,
    base_url: str,
    actor: str,
    now: datetime,
    today: date,
    randomness: Callable[[int], bytes],
) -> str:
    """A link for an operator to hand over; it stands in the audit trail that there was one.

    Raises UnknownPerson, Departed.
    """
    token = new_secret(randomness)
    with db.write() as session:
        _forget(session, now)
        person = required_person(session, email)
        if not person.present(today):
            raise departed()
        session.add(
            OneTimeLinkRow(
                id=UUID(bytes=randomness(16), version=4),
                token_hash=hash_of(token),
                person_id=person.id,
                message_id=None,
                next="",
                expires_at=now + LIFE,
            )
        )
        session.flush()
        audit.append(session, at=now, actor=actor, action="sign-in link made", subject=f"person:{person.id}")
    return link_address(base_url, token)


def is_good(db: Database, token: str, *, now: datetime) -> bool:
    """Whether a link would sign somebody in; looking does not use it up, as the scanners of mail servers look."""
    if not is_secret(token):
        return False
    with db.read() as session:
        query = select(OneTimeLinkRow.id).where(
            OneTimeLinkRow.token_hash == hash_of(token), OneTimeLinkRow.expires_at > now
        )
        return session.scalars(query).one_or_none() is not None


def take_link(db: Database, token: str, *, now: datetime) -> Taken | None:
    """Use a link up. None: it was used before, is over, or never was."""
    if not is_secret(token):
        return None
    with db.write() as session:
        taken = session.execute(
            delete(OneTimeLinkRow)
            .where(OneTimeLinkRow.token_hash == hash_of(token), OneTimeLinkRow.expires_at > now)
            .returning(OneTimeLinkRow.person_id, OneTimeLinkRow.next)
            .execution_options(synchronize_session=False)
        ).one_or_none()
    return Taken(taken.person_id, taken.next) if taken is not None else None


def link_address(base_url: str, token: str) -> str:
    """Where a token is brought to."""
    return f"{base_url}{PATH}?token={token}"


def _as_on_record(emails: tuple[str, ...], given: str) -> str:
    """The address as the directory writes it, so that nothing of what a stranger typed goes into a mail."""
    return next(one for one in emails if one.strip().lower() == given.strip().lower())


def _forget(session: Session, now: datetime) -> None:
    session.execute(
        delete(OneTimeLinkRow).where(OneTimeLinkRow.expires_at <= now).execution_options(synchronize_session=False)
    )
