"""The secret with which words in the addresses of pages are sealed: one for all processes, and not a setting.

It guards what stands in logs and histories from whoever reads those. Who can read the database sees the people
themselves, so it lies there unsealed, and is there too while the keys are locked.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select

from issuer.store import Database, insert_missing
from issuer.tables import LinkSecretRow
from keys.sealed_words import SECRET_BYTES

_ONLY = 1


def known_link_secret(db: Database) -> bytes | None:
    """The secret; None before there is one, and so nothing that was sealed with it."""
    with db.read() as session:
        return session.scalar(select(LinkSecretRow.secret).where(LinkSecretRow.id == _ONLY))


def link_secret(db: Database, randomness: Callable[[int], bytes]) -> bytes:
    """The secret, made now if there is none: of processes that make one at once, all get the same."""
    known = known_link_secret(db)
    if known is not None:
        return known
    with db.write() as session:
        insert_missing(session, LinkSecretRow, [{"id": _ONLY, "secret": randomness(SECRET_BYTES)}], key=("id",))
        return session.scalars(select(LinkSecretRow.secret).where(LinkSecretRow.id == _ONLY)).one()
