"""What is published of the log: its key, the checkpoint, tiles, entries, and the proof that a credential is in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from credentials.log.checkpoints import LogProof
from credentials.log.entries import ISSUED
from credentials.log.merkle import HASH_BYTES, Hash, inclusion_proof
from credentials.log.notes import NoteKey
from credentials.log.tiles import WIDTH, Tile, bundle, node_of
from credentials.sentence import sentence
from issuer.errors import Unknown
from issuer.log.growing import log_key, stored_tile
from issuer.log.telling import EVENTS
from issuer.store import Database
from issuer.tables import AuditEventRow, LogEntryRow, LogRow, LogTileRow

MOST_FOUND = 1_000
"""Entries about one credential that are looked for."""
_ISSUED = [action for action, event in EVENTS.items() if event == ISSUED]


class NotInLog(Unknown):
    """There is no such tile, or nothing about that credential (yet)."""


@dataclass(frozen=True, slots=True)
class LogState:
    """The log as it was last signed. `root` is the root over its `size` entries, `trail` what it tells of the trail."""

    key: NoteKey
    size: int
    root: Hash
    trail: int
    checkpoint: str
    signed_at: datetime


def log_state(db: Database) -> LogState | None:
    """The log; None before it is begun."""
    with db.read() as session:
        row = session.get(LogRow, 1)
        return _state(row) if row is not None else None


def published_tile(db: Database, tile: Tile) -> bytes:
    """The bytes of a tile or bundle of the tree as it is, or of an earlier one. Raises NotInLog."""
    with db.read() as session:
        row = session.get(LogRow, 1)
        size = row.size if row is not None else 0
        if tile.level is None:
            return _bundle(session, tile, size)
        found = session.get(LogTileRow, (tile.level, tile.number))
    if found is None or len(found.hashes) < tile.width * HASH_BYTES:
        raise NotInLog(sentence("the log has no tile {path}", path=tile.path))
    return found.hashes[: tile.width * HASH_BYTES]


def proof_of(db: Database, credential_id: UUID) -> LogProof:
    """That the credential's issuance is in the log, under the last checkpoint. Raises NotInLog."""
    with db.read() as session:
        row = session.get(LogRow, 1)
        found = session.execute(
            select(LogEntryRow.position, LogEntryRow.entry)
            .join(AuditEventRow, AuditEventRow.sequence == LogEntryRow.sequence)
            .where(AuditEventRow.subject == f"credential:{credential_id}", AuditEventRow.action.in_(_ISSUED))
            .order_by(LogEntryRow.position)
            .limit(1)
        ).one_or_none()
        if row is None or found is None:
            raise NotInLog(
                sentence("the credential {id} is not in the log yet; that takes about a minute", id=str(credential_id))
            )
        node = node_of(lambda level, number: stored_tile(session, level, number))
        path = inclusion_proof(found.position, row.size, node)
        return LogProof(found.entry, found.position, path, row.checkpoint)


def _state(row: LogRow) -> LogState:
    return LogState(log_key(row), row.size, row.root, row.trail, row.checkpoint, row.signed_at)


def _bundle(session: Session, tile: Tile, size: int) -> bytes:
    start, end = tile.number * WIDTH, tile.number * WIDTH + tile.width
    if end > size:
        raise NotInLog(sentence("the log has no tile {path}", path=tile.path))
    entries = session.scalars(
        select(LogEntryRow.entry)
        .where(LogEntryRow.position >= start, LogEntryRow.position < end)
        .order_by(LogEntryRow.position)
    ).all()
    return bundle(entries)
