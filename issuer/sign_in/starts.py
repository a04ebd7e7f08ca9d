"""Sign-ins that a browser began at the provider: each is good for one return, by the same browser, for ten minutes."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete

from issuer.sign_in.tokens import hash_of
from issuer.store import Database
from issuer.tables import SignInStartRow

LENGTH = timedelta(minutes=10)


def begin_start(db: Database, *, state: str, browser: str, next_: str, now: datetime) -> None:
    """Remember that the browser, which holds the secret `browser`, set out with `state`. Forgets what is over."""
    with db.write() as session:
        session.execute(
            delete(SignInStartRow).where(SignInStartRow.expires_at <= now).execution_options(synchronize_session=False)
        )
        session.add(
            SignInStartRow(
                state_hash=hash_of(state), browser_hash=hash_of(browser), next=next_, expires_at=now + LENGTH
            )
        )


def take_start(db: Database, *, state: str, browser: str, now: datetime) -> str | None:
    """Where to go on, for a browser that comes back; once. None: it did not set out, is late, or was here already."""
    with db.write() as session:
        return session.scalars(
            delete(SignInStartRow)
            .where(
                SignInStartRow.state_hash == hash_of(state),
                SignInStartRow.browser_hash == hash_of(browser),
                SignInStartRow.expires_at > now,
            )
            .returning(SignInStartRow.next)
            .execution_options(synchronize_session=False)
        ).one_or_none()
