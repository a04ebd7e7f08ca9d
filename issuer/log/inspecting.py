"""Whether the log is whole: reckoned anew from its entries, compared with the trail and with what others remember."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from credentials.log.checkpoints import Checkpoint
from credentials.log.entries import LogEntry
from credentials.log.errors import LogError
from credentials.log.merkle import EMPTY_ROOT, Hash, leaf_hash, root_of
from credentials.log.tiles import grown, node_of, right_edge
from issuer.log.growing import log_key
from issuer.log.telling import entries_of
from issuer.store import Database
from issuer.tables import AuditEventRow, LogEntryRow, LogRow, LogTileRow

_PAGE = 2_000


@dataclass(frozen=True, slots=True)
class LogReport:
    """What was found. `fault` says what is wrong in a sentence; None: the log is whole, or there is none yet."""

    entries: int
    checkpoint: str | None
    fault: str | None


class _Wrong(Exception):  # noqa: N818  (the first fault found, as a sentence)
    """What ends the inspection."""


def inspect_log(db: Database, *, remembered: Sequence[str] = ()) -> LogReport:
    """Reckon every hash of the log anew, and compare: with the tiles, the signed root, every event of the trail that is
    to be told, the signed forms that are still there, and with checkpoints that were written down earlier.
    """
    with db.read() as session:
        row = session.get(LogRow, 1)
        if row is None:
            fault = "there is no log, but a checkpoint of one was remembered" if remembered else None
            return LogReport(0, None, fault)
        try:
            _inspect(session, row, _roots(row, remembered))
        except (_Wrong, LogError) as error:
            return LogReport(row.size, row.checkpoint, str(error))
        return LogReport(row.size, row.checkpoint, None)


def _roots(row: LogRow, remembered: Sequence[str]) -> dict[int, Hash]:
    """The roots that the tree had at some sizes: as it was signed last, and as others remember it. Raises LogError."""
    signed = Checkpoint.of(row.checkpoint, log_key(row))
    if (signed.size, signed.root) != (row.size, row.root):
        raise _Wrong("the checkpoint that was signed last is of another tree than the one in the database")
    roots = {row.size: row.root}
    for note in remembered:
        one = Checkpoint.of(note, log_key(row))
        if one.size > row.size:
            raise _Wrong(
                f"the log has {row.size} entries, but a checkpoint of {one.size} is remembered: its end is cut off"
            )
        if roots.setdefault(one.size, one.root) != one.root:
            raise _Wrong(f"two checkpoints of {one.size} entries say different things: there are two histories")
    return roots


def _inspect(session: Session, row: LogRow, roots: Mapping[int, Hash]) -> None:
    """Entry by entry, in step with the trail."""
    tree = _Tree(roots)
    tree.compare(session)
    after = 0
    while after < row.trail:
        events = session.scalars(
            select(AuditEventRow)
            .where(AuditEventRow.sequence > after, AuditEventRow.sequence <= row.trail)
            .order_by(AuditEventRow.sequence)
            .limit(_PAGE)
        ).all()
        if not events:
            raise _Wrong(f"the audit trail ends at event {after}, but the log tells of event {row.trail}")
        stored = session.scalars(
            select(LogEntryRow)
            .where(LogEntryRow.sequence > after, LogEntryRow.sequence <= events[-1].sequence)
            .order_by(LogEntryRow.sequence)
        ).all()
        _compare(dict(entries_of(session, events)), stored)
        if [one.position for one in stored] != list(range(tree.size, tree.size + len(stored))):
            raise _Wrong(f"the entries of the log from {tree.size} on are not in the order of the audit trail")
        tree.grow([leaf_hash(one.entry) for one in stored])
        tree.compare(session)
        after = events[-1].sequence
        session.expunge_all()
    if tree.size != row.size:
        raise _Wrong(f"the log should have {row.size} entries, and has {tree.size}")
    tree.compare_edge(session)


class _Tree:
    """The tree as its entries make it; of its tiles only those that are still needed."""

    def __init__(self, roots: Mapping[int, Hash]) -> None:
        self.size = 0
        self._roots = roots
        self._tiles: dict[tuple[int, int], bytes] = {}
        self._check_root()

    def grow(self, leaves: Sequence[Hash]) -> None:
        """Add leaves, and look at the root wherever one is known."""
        end = self.size + len(leaves)
        for stop in [*sorted(size for size in self._roots if self.size < size < end), end]:
            start = len(leaves) - (end - self.size)
            self._tiles |= grown(self._tiles, self.size, leaves[start : start + stop - self.size])
            self.size = stop
            self._check_root()

    def compare(self, session: Session) -> None:
        """Compare the tiles that are full, and forget them but for what the edge needs."""
        edge = {(one.level, one.number) for one in right_edge(self.size)}
        for key in [one for one in self._tiles if one not in edge]:
            if _stored(session, key) != self._tiles.pop(key):
                raise _Wrong(f"tile {key[1]} of level {key[0]} of the log is not what its entries make")

    def compare_edge(self, session: Session) -> None:
        """Compare the tiles that are not full: those of the tree as it is."""
        for key, hashes in self._tiles.items():
            if _stored(session, key) != hashes:
                raise _Wrong(f"the last tile of level {key[0]} of the log is not what its entries make")

    def _check_root(self) -> None:
        known = self._roots.get(self.size)
        if known is None:
            return
        if self.size and root_of(self.size, node_of(lambda level, number: self._tiles[level, number])) == known:
            return
        if not self.size and known == EMPTY_ROOT:
            return
        raise _Wrong(
            f"the first {self.size} entries of the log do not make the root that was signed for them: "
            "something in them was altered, or the log was written anew"
        )


def _stored(session: Session, key: tuple[int, int]) -> bytes | None:
    found = session.get(LogTileRow, key)
    return found.hashes if found is not None else None


def _compare(told: dict[int, LogEntry], stored: Sequence[LogEntryRow]) -> None:
    """What the log says is what the trail says, no more and no less."""
    for row in stored:
        try:
            entry = LogEntry.of(row.entry)
        except ValueError as error:
            raise _Wrong(f"the entry of event {row.sequence}: {error}") from error
        wanted = told.pop(row.sequence, None)
        if wanted is None:
            raise _Wrong(f"the log tells of event {row.sequence}, which the audit trail does not tell it")
        if replace(entry, digests=()) != replace(wanted, digests=()):
            raise _Wrong(f"of event {row.sequence} the log says “{entry.event}, {entry.at}”, not what the trail says")
        if wanted.digests and entry.digests != wanted.digests:
            raise _Wrong(f"what was signed by event {row.sequence} is not what was logged: it was replaced since")
    if told:
        missing = min(told)
        raise _Wrong(f"event {missing} of the audit trail ({told[missing].event}) is missing in the log")
