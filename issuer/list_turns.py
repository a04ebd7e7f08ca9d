"""From recorded events to published editions: one publisher at a time, and one edition for all that waits.

Recording and publishing are two transactions. What is recorded and committed waits (`StatusEventRow.edition` is null)
until somebody publishes its list: whoever recorded it, right away; if he died, whoever next changes a status in that
list, delivers it or sweeps over the lists (`issuer.status_lists.ensure_fresh_list`). While one publishes, others
record; the first of them whose turn comes publishes for all of them, and the rest find theirs done. So a change waits
at most for the edition that is being made and for the one that carries it, however many are made at once.

Turns are kept by the list's row, among all processes. The locks here only keep the threads of one process from
queueing for that row with a connection each (and, on SQLite, from polling for the file).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from threading import Lock
from uuid import UUID

from sqlalchemy.orm import Session

from issuer import list_statements as statements
from issuer.list_editions import locked_list, publish
from issuer.store import Database
from keys.keyring import Keyring

_TURNS = tuple(Lock() for _ in range(64))  # lists share them by their ids: no lock is ever made or forgotten


def publish_recorded(
    db: Database, keyring: Keyring, events: Mapping[UUID, Sequence[int]], now: datetime
) -> dict[UUID, int]:
    """Return when all these recorded events (by list) are in published editions: the edition that carries each list's.

    Raises as `list_editions.publish`: then what is recorded stays recorded, and is published with the next edition.
    """
    return {list_id: _carried(db, keyring, list_id, events[list_id], now) for list_id in sorted(events)}


def _carried(db: Database, keyring: Keyring, list_id: UUID, events: Sequence[int], now: datetime) -> int:
    turn = _TURNS[list_id.int % len(_TURNS)]
    waited = not turn.acquire(blocking=False)
    if waited:
        turn.acquire()
    try:
        if waited:  # whoever had the turn may have published these too: a look costs less than the list's row
            with db.read() as session:
                edition = _edition(session, events)
            if edition is not None:
                return edition
        with db.write() as session:
            one = locked_list(session, list_id)
            edition = _edition(session, events)
            return edition if edition is not None else publish(session, keyring, one, now)
    finally:
        turn.release()


def _edition(session: Session, events: Sequence[int]) -> int | None:
    """The newest edition that carries these events; None if one of them still waits."""
    waiting, newest = session.connection().execute(statements.EDITION_OF, {"events": events}).one()
    return None if waiting else newest
