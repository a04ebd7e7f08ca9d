"""Signed notes (C2SP signed-note) with Ed25519: a text, and lines of who signed it."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

from credentials.log.errors import MalformedNote, UntrustedNote
from keys.algorithms import KeyType
from keys.errors import KeysError
from keys.public_key import PublicKey

ED25519 = b"\x01"
MOST_CHARACTERS = 256 * 1024
MOST_SIGNATURES = 64
_NAME = re.compile(r"[^\s+\x00-\x1f\x7f]{1,255}")
_SIGNATURE = re.compile(r"\u2014 ([^\s+]+) ([A-Za-z0-9+/]+={0,2})")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")


@dataclass(frozen=True, slots=True)
class NoteKey:
    """Who signs notes: a name, and the 32 bytes of an Ed25519 key."""

    name: str
    public_key: bytes

    def __post_init__(self) -> None:
        """Raises MalformedNote for a name or a key that is none."""
        if not _NAME.fullmatch(self.name):
            raise MalformedNote("the name of a key that signs notes is a text without spaces and plus signs")
        try:
            PublicKey(KeyType.ED25519, self.public_key)
        except KeysError as error:
            raise MalformedNote(f"this is no Ed25519 key: {error}") from error

    @property
    def id(self) -> bytes:
        """The four bytes by which signatures name the key."""
        return sha256(self.name.encode() + b"\n" + ED25519 + self.public_key).digest()[:4]

    @property
    def text(self) -> str:
        """The key as it is handed on: `example.com/log+1f5a2b3c+AQ…`."""
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(ED25519 + self.public_key).decode()}"

    @classmethod
    def of(cls, text: str) -> NoteKey:
        """The key of such a text. Raises MalformedNote."""
        name, _, rest = text.strip().partition("+")
        named, _, encoded = rest.partition("+")
        key = _decoded(encoded)
        if key is None or key[:1] != ED25519:
            raise MalformedNote("a log's key is written as NAME+ID+KEY, and is an Ed25519 key")
        found = cls(name, key[1:])
        if found.id.hex() != named.lower():
            raise MalformedNote(f"the id {named} does not belong to this key: is it whole?")
        return found


def signed_note(text: str, key: NoteKey, sign: Callable[[bytes], bytes]) -> str:
    """The text with a line of who signed it. Raises MalformedNote for a text that does not end with its line."""
    if not text.endswith("\n") or _CONTROL.search(text):
        raise MalformedNote("the text of a note ends with a new line, and has no other control characters")
    signature = base64.b64encode(key.id + sign(text.encode())).decode()
    return f"{text}\n\u2014 {key.name} {signature}\n"


def text_of(note: str, key: NoteKey) -> str:
    """The text of a note that this key signed; what others signed is passed over.

    Raises MalformedNote, and UntrustedNote if there is no signature of the key, or a wrong one.
    """
    text, lines = _parted(note)
    found = False
    for line in lines:
        match = _SIGNATURE.fullmatch(line)
        signature = _decoded(match[2]) if match else None
        if match is None or signature is None or len(signature) < len(key.id) + 1:
            raise MalformedNote("a line below this note is no signature")
        if match[1] == key.name and signature[:4] == key.id:
            try:
                PublicKey(KeyType.ED25519, key.public_key).verify(signature[4:], text.encode())
            except KeysError as error:
                raise UntrustedNote(f"the signature of {key.name} is not that of this text") from error
            found = True
    if not found:
        raise UntrustedNote(f"this is not signed by {key.name} with the key that is trusted")
    return text


def _parted(note: str) -> tuple[str, list[str]]:
    if len(note) > MOST_CHARACTERS or _CONTROL.search(note):
        raise MalformedNote("this is no signed note: it is too long, or has control characters")
    text, gap, signatures = note.rpartition("\n\n")
    lines = signatures.split("\n")
    if not gap or lines.pop() or not lines or len(lines) > MOST_SIGNATURES:
        raise MalformedNote("this is no signed note: a text, an empty line, and lines of signatures")
    return text + "\n", lines


def _decoded(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
