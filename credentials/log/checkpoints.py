"""Checkpoints (C2SP tlog-checkpoint): what a log says of itself, signed; and proofs that hang on one (tlog-proof)."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass

from credentials.log.errors import MalformedNote, NotLogged
from credentials.log.merkle import HASH_BYTES, MOST_LEAVES, Hash, leaf_hash, proves_inclusion
from credentials.log.notes import NoteKey, signed_note, text_of

PROOF_HEADER = "c2sp.org/tlog-proof@v1"
MOST_PROOF_CHARACTERS = 512 * 1024
_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A log, how many entries it has, and the root over them."""

    origin: str
    size: int
    root: Hash

    @property
    def text(self) -> str:
        """As it is signed."""
        return f"{self.origin}\n{self.size}\n{_base64(self.root)}\n"

    def signed(self, key: NoteKey, sign: Callable[[bytes], bytes]) -> str:
        """The checkpoint as a signed note."""
        return signed_note(self.text, key, sign)

    @classmethod
    def of(cls, note: str, key: NoteKey) -> Checkpoint:
        """The checkpoint of a note that the log's key signed. Raises MalformedNote, UntrustedNote."""
        lines = text_of(note, key).split("\n")[:-1]
        if len(lines) < 3 or not all(lines):
            raise MalformedNote("a checkpoint has three lines: the log, the number of its entries, its root")
        root = _hash(lines[2])
        if root is None or not _DECIMAL.fullmatch(lines[1]) or int(lines[1]) > MOST_LEAVES:
            raise MalformedNote("this checkpoint's size or root is not written as such")
        if lines[0] != key.name:
            raise MalformedNote(f"this checkpoint is of {lines[0]}, and not of {key.name}")
        return cls(lines[0], int(lines[1]), root)


@dataclass(frozen=True, slots=True)
class LogProof:
    """That an entry is in a log: its index, the path to the root, and the checkpoint as the log signed it.

    `entry` is brought along as the proof's `extra`: nothing vouches for it but the proof itself.
    """

    entry: bytes
    index: int
    path: tuple[Hash, ...]
    checkpoint: str

    @property
    def text(self) -> str:
        """As it is handed on, in a file `*.tlog-proof`."""
        path = "".join(f"{_base64(one)}\n" for one in self.path)
        return f"{PROOF_HEADER}\nextra {_base64(self.entry)}\nindex {self.index}\n{path}\n{self.checkpoint}"

    @classmethod
    def of(cls, text: str) -> LogProof:
        """The proof of such a text, not checked yet. Raises MalformedNote."""
        head, gap, checkpoint = text.partition("\n\n")
        lines = head.split("\n")
        if len(text) > MOST_PROOF_CHARACTERS or not gap or len(lines) < 3 or lines[0] != PROOF_HEADER:
            raise MalformedNote(f"this is no proof of a log: it begins with {PROOF_HEADER}, an entry and an index")
        extra, index = lines[1].removeprefix("extra "), lines[2].removeprefix("index ")
        entry, path = _bytes(extra), [_hash(one) for one in lines[3:]]
        if extra == lines[1] or entry is None or index == lines[2] or not _DECIMAL.fullmatch(index):
            raise MalformedNote("this proof of a log does not bring its entry and index")
        hashes = tuple(one for one in path if one is not None)
        if len(hashes) != len(path):
            raise MalformedNote("a line of this proof of a log is no hash")
        return cls(entry, int(index), hashes, checkpoint)

    def checked(self, key: NoteKey) -> Checkpoint:
        """The checkpoint, after its signature and the way from the entry to its root were found right.

        Raises MalformedNote, UntrustedNote, and NotLogged if the entry is not what the log holds at that index.
        """
        checkpoint = Checkpoint.of(self.checkpoint, key)
        if not proves_inclusion(leaf_hash(self.entry), self.index, checkpoint.size, self.path, checkpoint.root):
            raise NotLogged(f"entry {self.index} of {checkpoint.origin} is not the one that this proof brings")
        return checkpoint


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _bytes(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def _hash(text: str) -> Hash | None:
    found = _bytes(text)
    return found if found is not None and len(found) == HASH_BYTES else None
