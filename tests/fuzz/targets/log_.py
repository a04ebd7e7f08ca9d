"""The transparency log: notes, checkpoints, proofs, tiles and entries."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from functools import cache

from credentials.log import tiles
from credentials.log.checkpoints import Checkpoint, LogProof
from credentials.log.entries import LogEntry, digest_of
from credentials.log.errors import LogError, MalformedNote
from credentials.log.merkle import inclusion_proof, leaf_hash
from credentials.log.notes import NoteKey
from credentials.log.notes import text_of as note_text
from tests.fuzz.fixed import signer
from tests.fuzz.mutators import spliced
from tests.fuzz.target import NOTHING, require, taken, target, text_of
from verifier import log_reader

LOG = ("Transparency log",)
NOTE_KEY = NoteKey("a.example/log", signer("log").public_key.material)
ENTRY = LogEntry(at="2026-11-22T10:00:00Z", event="issued", credential="A" * 43, digests=("B" * 43,))


@cache
def _proof() -> LogProof:
    entry = LogEntry(ENTRY.at, ENTRY.event, ENTRY.credential, (digest_of(b'{"a":1}'),)).data
    leaves = [leaf_hash(b"0"), leaf_hash(entry), leaf_hash(b"2")]
    made = tiles.grown({}, 0, leaves)
    node = tiles.node_of(lambda level, number: made[level, number])
    from credentials.log.merkle import root_of

    note = Checkpoint(NOTE_KEY.name, 3, root_of(3, node)).signed(NOTE_KEY, signer("log").sign)
    return LogProof(entry, 1, inclusion_proof(1, 3, node), note)


def _notes() -> Iterator[bytes]:
    yield _proof().text.encode()
    yield _proof().checkpoint.encode()
    yield NOTE_KEY.text.encode()


@target(
    "credentials.log.checkpoints:Checkpoint.of",
    "credentials.log.checkpoints:LogProof.of",
    "credentials.log.notes:NoteKey.of",
    "credentials.log.notes:text_of",
    "verifier.log_reader:check_logged",
    entries=LOG,
    seeds=_notes,
    mutator=spliced(b"\n", b"\n\n", "\n\u2014 ".encode(), b"=", b"c2sp.org/tlog-proof@v1", b"index ", b"extra "),
)
def log_texts(data: bytes) -> None:
    """What the log's key signed is what it signed; a proof that holds is of the entry it was made for."""
    text = text_of(data)
    key = taken(MalformedNote, NoteKey.of, text)
    require(key is NOTHING or NoteKey.of(key.text) == key, "read(write(x)) is x", text)
    signed = taken(LogError, note_text, text, NOTE_KEY)
    require(signed is NOTHING or _proof().checkpoint.startswith(signed), "signed by the log", text)
    taken(LogError, Checkpoint.of, text, NOTE_KEY)
    proof = taken(MalformedNote, LogProof.of, text)
    if proof is not NOTHING:
        require(LogProof.of(proof.text) == proof, "read(write(x)) is x", text)
        held = taken(LogError, log_reader.check_logged, proof, NOTE_KEY, b'{"a":1}')
        require(held is NOTHING or (proof.entry, proof.index) == (_proof().entry, 1), "what the log holds", text)


@target(
    "credentials.log.tiles:Tile.at",
    "credentials.log.tiles:unbundled",
    "credentials.log.entries:LogEntry.of",
    entries=LOG,
    seeds=lambda: (b"0/x001/234", b"entries/000.p/17", ENTRY.data, tiles.bundle([ENTRY.data, b"", b"a"])),
    mutator=spliced(b"/x", b".p/", b"entries/", b"000", struct.pack(">H", 3)),
    most_bytes=1024,
)
def log_bytes(data: bytes) -> None:
    """Each has one spelling."""
    text = text_of(data)
    tile = taken(ValueError, tiles.Tile.at, text)
    require(tile is NOTHING or tile.path == text, "one spelling", text)
    entries = taken(ValueError, tiles.unbundled, data)
    require(entries is NOTHING or tiles.bundle(entries) == data, "one spelling", data)
    entry = taken(ValueError, LogEntry.of, data)
    require(entry is NOTHING or entry.data == data, "one spelling", data)
    require(digest_of(data) == digest_of(data), "a digest")
