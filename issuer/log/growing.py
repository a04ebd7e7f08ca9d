"""The log grows: events of the trail become entries, the tree takes them in, and a new checkpoint says so, signed.

Events are committed in their order, so none appears behind one that was looked at. Entries, tiles and the checkpoint
are one transaction, and the log's row is locked in it: two workers never sign two histories. Before anything is signed
the root that was signed last is reckoned again from the tiles; if it is another, nothing is signed any more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, select, tuple_
from sqlalchemy.orm import Session

from credentials.log.checkpoints import Checkpoint
from credentials.log.merkle import EMPTY_ROOT, leaf_hash, root_of
from credentials.log.notes import NoteKey
from credentials.log.tiles import grown, node_of, right_edge
from issuer import audit
from issuer.errors import IssuerError
from issuer.log.telling import entries_of
from issuer.many_rows import insert_rows
from issuer.store import Database
from issuer.tables import AuditEventRow, AuditHeadRow, IssuerRow, LogEntryRow, LogRow, LogTileRow
from keys.algorithms import KeyType
from keys.keyring import Keyring

PAGE = 2_000
"""Events of one transaction."""


class LogDamaged(IssuerError):  # noqa: N818
    """The log in the database is not the one that was signed; nothing more is signed until that is understood."""


@dataclass(frozen=True, slots=True)
class Grown:
    """How many entries were added, and how many there are."""

    added: int
    size: int


def grow(
    db: Database,
    keyring: Keyring,
    *,
    now: datetime,
    randomness: Callable[[int], bytes],
    pause: Callable[[], None] = lambda: None,
) -> Grown:
    """Take in every event of the trail that is not in the log yet; begin the log if there is none.

    Without an issuer there is nothing to tell. `pause` is called between two transactions. Raises LogDamaged, and what
    the keyring raises.
    """
    if not _begun(db, keyring, now, randomness):
        return Grown(0, 0)
    added = 0
    while True:
        pause()
        with db.write() as session:
            row = session.get_one(LogRow, 1, with_for_update=True)
            looked_at, new = _take_in(session, row, keyring, now)
            added += new
            size = row.size
        if looked_at < PAGE:
            return Grown(added, size)


def log_key(row: LogRow) -> NoteKey:
    """The key by which the log's checkpoints are checked."""
    return NoteKey(row.origin, row.public_key)


def stored_tile(session: Session, level: int, number: int) -> bytes:
    """A tile's hashes. Raises LookupError if there is none."""
    found = session.get(LogTileRow, (level, number))
    if found is None:
        raise LookupError(f"tile {number} of level {level} is not there")
    return found.hashes


def _take_in(session: Session, row: LogRow, keyring: Keyring, now: datetime) -> tuple[int, int]:
    events = session.scalars(
        select(AuditEventRow).where(AuditEventRow.sequence > row.trail).order_by(AuditEventRow.sequence).limit(PAGE)
    ).all()
    entries = [(sequence, entry.data) for sequence, entry in entries_of(session, events)]
    if events:
        row.trail = events[-1].sequence
    if entries:
        root = _add(session, row, entries)
        row.size, row.root = row.size + len(entries), root
        row.checkpoint, row.signed_at = _signed(row, keyring), now
    return len(events), len(entries)


def _add(session: Session, row: LogRow, entries: list[tuple[int, bytes]]) -> bytes:
    """The rows of new entries and changed tiles; returns the new root. Raises LogDamaged."""
    size = row.size
    edge = {(one.level or 0, one.number): one.width for one in right_edge(size)}
    stored = {
        (tile.level, tile.number): tile.hashes
        for tile in session.scalars(select(LogTileRow).where(_named(edge)))
        if edge
    }
    try:
        before = root_of(size, node_of(lambda level, number: stored[level, number]))
    except LookupError:
        before = b""
    if before != row.root or any(len(stored[key]) != 32 * width for key, width in edge.items()):
        raise LogDamaged(
            f"the tiles of the transparency log do not make the root that was signed for its {size} entries; "
            "nothing is added until `guildmark audit verify` finds it whole"
        )
    changed = grown(stored, size, (leaf_hash(data) for _, data in entries))
    tiles = {**stored, **changed}
    insert_rows(
        session,
        LogEntryRow,
        each={
            "position": range(size, size + len(entries)),
            "sequence": [sequence for sequence, _ in entries],
            "entry": [data for _, data in entries],
        },
    )
    session.execute(delete(LogTileRow).where(_named(changed)), execution_options={"synchronize_session": False})
    insert_rows(
        session,
        LogTileRow,
        each={
            "number": [number for _, number in changed],
            "level": [level for level, _ in changed],
            "hashes": list(changed.values()),
        },
    )
    return root_of(size + len(entries), node_of(lambda level, number: tiles[level, number]))


def _named(keys: Iterable[tuple[int, int]]) -> ColumnElement[bool]:
    return tuple_(LogTileRow.level, LogTileRow.number).in_(list(keys))


def _signed(row: LogRow, keyring: Keyring) -> str:
    signer = keyring.signer(row.key_uri)
    if signer.public_key.material != row.public_key:
        raise LogDamaged(f"the key {row.key_uri} is not the one that signed the transparency log so far")
    return Checkpoint(row.origin, row.size, row.root).signed(log_key(row), signer.sign)


def _begun(db: Database, keyring: Keyring, now: datetime, randomness: Callable[[int], bytes]) -> bool:
    """Whether there is a log; it is begun, named after the first issuer's address, if there is an issuer."""
    with db.read() as session:
        if session.get(LogRow, 1) is not None:
            return True
        base_url = session.scalars(select(IssuerRow.base_url).order_by(IssuerRow.id).limit(1)).one_or_none()
    if base_url is None:
        return False
    uri, signer = keyring.create(f"transparency-log-{randomness(4).hex()}", KeyType.ED25519)
    origin = base_url.partition("://")[2].rstrip("/") + "/log"
    with db.write() as session:
        session.scalars(select(AuditHeadRow).with_for_update()).one()  # of two that begin, one waits here
        if session.get(LogRow, 1) is not None:
            return True
        _begin(session, keyring, origin, uri, signer.public_key.material, now, details={})
    return True


def begin_anew(db: Database, keyring: Keyring, *, mark: str, now: datetime, randomness: Callable[[int], bytes]) -> bool:
    """End the log and begin another, with a name and a key of its own; False if there is none.

    For a database that was restored: the log went on after the backup, and what was signed since is not there. Going on
    under the same name would be a second history of it. `mark` becomes part of the new name; the trail tells how far
    the log before is known.
    """
    with db.read() as session:
        if session.get(LogRow, 1) is None:
            return False
    uri, signer = keyring.create(f"transparency-log-{randomness(4).hex()}", KeyType.ED25519)
    with db.write() as session:
        before = session.get_one(LogRow, 1, with_for_update=True)
        origin = f"{before.origin.partition('/log/')[0].removesuffix('/log')}/log/{mark}"
        details = {"before": before.origin, "size": before.size, "root": before.root.hex()}
        for table in (LogEntryRow, LogTileRow):
            session.execute(delete(table), execution_options={"synchronize_session": False})
        session.delete(before)
        session.flush()
        _begin(session, keyring, origin, uri, signer.public_key.material, now, details=details)
    return True


def _begin(
    session: Session,
    keyring: Keyring,
    origin: str,
    key_uri: str,
    public_key: bytes,
    now: datetime,
    *,
    details: Mapping[str, object],
) -> None:
    row = LogRow(
        id=1,
        origin=origin,
        public_key=public_key,
        key_uri=key_uri,
        size=0,
        root=EMPTY_ROOT,
        trail=0,
        checkpoint="",
        signed_at=now,
    )
    row.checkpoint = _signed(row, keyring)
    session.add(row)
    session.flush()
    told = {"key": log_key(row).text, **details}
    audit.append(session, at=now, actor="job", action="log begun", subject=f"log:{origin}", details=told)
