"""A transparency log read by a stranger: nothing is believed but its key, and what he wrote down of it before.

Whatever the log's server says is checked against the signed checkpoint: tiles and entries by the root over them, a new
checkpoint by the way from the old one to it (RFC 9162, section 2.1.4.2).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from credentials.instants import parse_instant
from credentials.log.checkpoints import Checkpoint, LogProof
from credentials.log.entries import SIGNED, LogEntry, digest_of, hash_of_id
from credentials.log.errors import MalformedNote, NotLogged
from credentials.log.merkle import (
    EMPTY_ROOT,
    HASH_BYTES,
    consistency_proof,
    leaf_hash,
    proves_consistency,
    root_of,
)
from credentials.log.notes import NoteKey
from credentials.log.tiles import MOST_ENTRY_BYTES, WIDTH, Tile, grown, node_of, right_edge, unbundled
from verifier.fetcher import Fetcher

CLOCKS_DIFFER = timedelta(hours=1)
"""Entries stand in the order in which they happened, but for the clocks of several machines."""
_CHECKPOINT_BYTES = 256 * 1024
_TEXT, _BYTES = "text/plain", "application/octet-stream"


@dataclass(frozen=True, slots=True)
class LogReader:
    """A log at an address such as `https://badges.example.com/log`, and the key that it is trusted by."""

    address: str
    key: NoteKey
    fetcher: Fetcher

    def checkpoint(self) -> tuple[Checkpoint, str]:
        """What the log says of itself now, and the same as it signed it. Raises LogError, FetchError."""
        note = _text(self._fetch("checkpoint", _TEXT, _CHECKPOINT_BYTES))
        return Checkpoint.of(note, self.key), note

    def check_grown(self, old: Checkpoint, new: Checkpoint) -> None:
        """That the log only grew from one checkpoint to the other.

        Raises NotLogged if it did not: then the two notes prove that there are two histories. Raises FetchError.
        """
        if old.origin != new.origin:
            raise NotLogged(f"the checkpoint that was written down is of {old.origin}, and this log is {new.origin}")
        if new.size < old.size:
            raise NotLogged(f"the log had {old.size} entries, and has {new.size} now: its end was cut off")
        try:
            proof = consistency_proof(old.size, new.size, node_of(lambda *at: self._tile(*at, size=new.size)))
        except LookupError as error:
            raise NotLogged(f"the log does not show how it grew from {old.size} entries on: {error}") from error
        if not proves_consistency(old.size, new.size, old.root, new.root, proof):
            raise NotLogged(
                f"the log was written anew: its first {old.size} entries are not those of the checkpoint that was "
                "written down. Keep both checkpoints: they are the proof"
            )

    def entries(self, checkpoint: Checkpoint) -> Iterator[tuple[int, LogEntry]]:
        """Every entry with its index; when all were given, it is certain that they are those of the checkpoint.

        Raises NotLogged if they are not, MalformedNote for an entry that cannot be read, and FetchError.
        """
        tiles: dict[tuple[int, int], bytes] = {}
        size = 0
        while size < checkpoint.size:
            width = min(WIDTH, checkpoint.size - size)
            tile = Tile(None, size // WIDTH, width)
            found = _unbundled(self._fetch(f"tile/{tile.path}", _BYTES, WIDTH * (MOST_ENTRY_BYTES + 2)))
            if len(found) != width:
                raise NotLogged(f"the log does not give its entries from {size} on")
            tiles |= grown(tiles, size, map(leaf_hash, found))
            for index, data in enumerate(found, size):
                yield index, _entry(index, data)
            size += width
            edge = {(one.level, one.number) for one in right_edge(size)}
            tiles = {key: tile for key, tile in tiles.items() if key in edge or size == checkpoint.size}
        root = root_of(size, node_of(lambda *at: tiles[at])) if size else EMPTY_ROOT
        if root != checkpoint.root:
            raise NotLogged("the entries that the log gives are not those of its checkpoint")

    def _tile(self, level: int, number: int, *, size: int) -> bytes:
        width = min(WIDTH, (size >> 8 * level) - number * WIDTH)
        if width <= 0:
            raise LookupError(f"a log of {size} entries has no tile {number} of level {level}")
        return self._fetch(f"tile/{Tile(level, number, width).path}", _BYTES, WIDTH * HASH_BYTES)

    def _fetch(self, path: str, accept: str, max_bytes: int) -> bytes:
        return self.fetcher.fetch(f"{self.address.rstrip('/')}/{path}", accept=accept, max_bytes=max_bytes).body


@dataclass(frozen=True, slots=True)
class History:
    """All that a log says of one credential, in order; `unlike`: where its clock went backwards, in sentences."""

    found: tuple[tuple[int, LogEntry], ...]
    unlike: tuple[str, ...]


def history_of(reader: LogReader, checkpoint: Checkpoint, credential: str) -> History:
    """Read the whole log for what it says of the credential with this id. Raises LogError, FetchError."""
    named = hash_of_id(credential)
    found: list[tuple[int, LogEntry]] = []
    unlike: list[str] = []
    latest: datetime | None = None
    for index, entry in reader.entries(checkpoint):
        at = parse_instant(entry.at)
        if latest is not None and at < latest - CLOCKS_DIFFER and len(unlike) < 20:
            unlike.append(f"entry {index} says {entry.at}, but one before it says {latest.isoformat()}: backdated?")
        latest = max(latest or at, at)
        if entry.credential == named:
            found.append((index, entry))
    return History(tuple(found), tuple(unlike))


def check_logged(proof: LogProof, key: NoteKey, secured: bytes | str) -> tuple[Checkpoint, LogEntry]:
    """That exactly this signed document is in the log; the checkpoint and entry by which it is. Raises LogError."""
    checkpoint = proof.checked(key)
    entry = _entry(proof.index, proof.entry)
    if entry.event not in SIGNED or digest_of(secured) not in entry.digests:
        raise NotLogged("the proof is of another badge: what was logged is not what was signed here")
    return checkpoint, entry


def _entry(index: int, data: bytes) -> LogEntry:
    try:
        entry = LogEntry.of(data)
        parse_instant(entry.at)
    except ValueError as error:
        raise MalformedNote(f"entry {index} of the log cannot be read: {error}") from error
    return entry


def _unbundled(data: bytes) -> list[bytes]:
    try:
        return unbundled(data)
    except ValueError as error:
        raise MalformedNote(str(error)) from error


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise MalformedNote("this is no text, and so no checkpoint of a log") from error
