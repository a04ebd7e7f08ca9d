"""Sessions that end because the provider says so (OpenID Connect Back-Channel Logout 1.0): each of its tokens once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from issuer import audit
from issuer.sign_in.tokens import hash_of
from issuer.store import Database
from issuer.tables import IdentityRow, ProviderSignOutRow, SessionRow


class Replayed(Exception):  # noqa: N818  (a verdict)
    """A token was taken before."""


@dataclass(frozen=True, slots=True)
class ProviderSignOut:
    """What a provider's token says: whose sessions end (`subject`), or which (`session`), or which of whom.

    token_id: its `jti`, which no other token of the provider has. remembered_until: from when on it would not be taken
    anyway.
    """

    provider: str
    token_id: str
    remembered_until: datetime
    subject: str | None
    session: str | None


def end_by_provider(db: Database, said: ProviderSignOut, *, now: datetime) -> int:
    """End the sessions that the provider means, of whatever issuer; how many they were, maybe none.

    Raises Replayed, and nothing is ended then.
    """
    with db.write() as session:
        session.execute(
            delete(ProviderSignOutRow)
            .where(ProviderSignOutRow.forget_at <= now)
            .execution_options(synchronize_session=False)
        )
        token = hash_of(said.token_id)
        session.add(ProviderSignOutRow(provider=said.provider, token_hash=token, forget_at=said.remembered_until))
        try:
            session.flush()
        except IntegrityError:
            raise Replayed("the token was taken before") from None
        gone = session.scalars(
            delete(SessionRow)
            .where(SessionRow.provider == said.provider, _meant(said))
            .returning(SessionRow.person_id)
            .execution_options(synchronize_session=False)
        ).all()
        _tell_trail(session, said, list(gone), now)
        return len(gone)


def _meant(said: ProviderSignOut) -> ColumnElement[bool]:
    """A session of whose `sid` we were not told is meant too where its person is."""
    if said.subject is None:
        return SessionRow.provider_session == said.session
    his = SessionRow.person_id.in_(
        select(IdentityRow.person_id).where(IdentityRow.provider == said.provider, IdentityRow.subject == said.subject)
    )
    if said.session is None:
        return his
    return his & or_(SessionRow.provider_session == said.session, SessionRow.provider_session.is_(None))


def _tell_trail(session: Session, said: ProviderSignOut, people: list[object], now: datetime) -> None:
    for person_id in sorted(set(people), key=str):
        audit.append(
            session,
            at=now,
            actor="sign-in",
            action="sessions ended",
            subject=f"person:{person_id}",
            details={"sessions": people.count(person_id), "provider": said.provider},
        )
