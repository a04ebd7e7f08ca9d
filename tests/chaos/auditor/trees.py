"""A Merkle tree as RFC 9162 (2.1.1) defines it, checkpoints, and the chain of the audit trail: a few lines each."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def leaf(entry: bytes) -> bytes:
    """The hash of an entry."""
    return sha256(b"\x00" + entry).digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """The hash over leaves."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    half = 1 << (len(leaves) - 1).bit_length() - 1
    return sha256(b"\x01" + root(leaves[:half]) + root(leaves[half:])).digest()


def checkpoint(note: str, public_key: bytes) -> tuple[str, int, bytes]:
    """Origin, size and root of a signed checkpoint. Raises ValueError."""
    text, _, signatures = note.rpartition("\n\n")
    text += "\n"
    origin, size, said = text.split("\n")[:3]
    keyed = sha256(origin.encode() + b"\n\x01" + public_key).digest()[:4]
    for line in signatures.strip().split("\n"):
        name, _, encoded = line.removeprefix("\u2014 ").partition(" ")
        data = base64.b64decode(encoded)
        if name == origin and data[:4] == keyed:
            try:
                Ed25519PublicKey.from_public_bytes(public_key).verify(data[4:], text.encode())
            except InvalidSignature as error:
                raise ValueError("the checkpoint's signature is wrong") from error
            return origin, int(size), base64.b64decode(said)
    raise ValueError("the log's key did not sign the checkpoint")


def canonical(value: Any) -> bytes:
    """JSON as RFC 8785 has it, for members with ASCII names and without fractions."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def link(sequence: int, at: str, actor: str, action: str, subject: str, details: str, previous: str) -> str:
    """The hash of an event of the trail."""
    names = ("sequence", "at", "actor", "action", "subject", "details", "previous")
    return sha256(canonical(dict(zip(names, (sequence, at, actor, action, subject, details, previous), strict=True)))).hexdigest()  # fmt: skip  # noqa: E501


def digest(data: bytes) -> str:
    """How entries of the log say a hash."""
    return base64.urlsafe_b64encode(sha256(data).digest()).rstrip(b"=").decode()
