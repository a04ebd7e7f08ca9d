"""Entries of our log: what was signed, and what became of it, told so that only who has the badge can read it.

An entry is canonical JSON (RFC 8785) with `v` 1, `at`, `event`, and `credential`, the hash of the credential's id, or
`key`, the thumbprint of a key (RFC 7638). Ids and signed documents are not to be guessed, so their hashes tell nothing
to who does not have them; whoever has the badge finds all that was ever written about it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import rfc8785

from credentials import strict_json
from credentials.canonical_json import canonical_json
from credentials.problems import Unacceptable
from keys import base64url

ISSUED = "issued"
COPIED = "copied"
SIGNED = (ISSUED, COPIED)
_VERSION = 1


@dataclass(frozen=True, slots=True)
class LogEntry:
    """An entry. `credential` and the digests are base64url of SHA-256; `at` an instant as credentials write it."""

    at: str
    event: str
    credential: str | None = None
    digests: tuple[str, ...] = ()
    key: str | None = None

    @property
    def data(self) -> bytes:
        """The entry's bytes, the same for equal entries."""
        said: dict[str, Any] = {"v": _VERSION, "at": self.at, "event": self.event}
        if self.credential is not None:
            said["credential"] = self.credential
        if self.digests:
            said["digests"] = [*self.digests]
        if self.key is not None:
            said["key"] = self.key
        return canonical_json(said)

    @classmethod
    def of(cls, data: bytes) -> LogEntry:
        """The entry of these bytes. Raises ValueError for what is none, or is not in its one spelling."""
        try:
            said = strict_json.parse(data)
        except Unacceptable as error:
            raise ValueError("this entry of the log is no JSON") from error
        if not isinstance(said, dict) or said.get("v") != _VERSION:
            raise ValueError("this entry of the log is of a version that is not known")
        digests = said.get("digests", [])
        texts = (said.get("at"), said.get("event"), said.get("credential", ""), said.get("key", ""))
        if not isinstance(digests, list) or not all(isinstance(one, str) for one in (*texts, *digests)):
            raise ValueError("this entry of the log does not say what happened when")
        found = cls(said["at"], said["event"], said.get("credential"), tuple(digests), said.get("key"))
        if found.data != data:
            raise ValueError("this entry of the log is not written as such an entry is")
        return found


def hash_of_id(credential: str) -> str:
    """How entries name a credential, by its id."""
    return _digest(credential.encode())


def digest_of(secured: bytes | str) -> str:
    """What entries say of something signed: JSON is the same however it is laid out, all else to the byte.

    Layout and order of members of JSON are gone (RFC 8785); its proof is in it.
    """
    data = secured.encode() if isinstance(secured, str) else secured
    data = data.strip()
    if data[:1] == b"{":
        try:
            return _digest(canonical_json(strict_json.parse(data)))
        except (Unacceptable, rfc8785.CanonicalizationError):
            pass  # whatever it is, it is no credential
    return _digest(data)


def digests_of(secured: Sequence[bytes]) -> tuple[str, ...]:
    """What an entry says of the forms of one credential, in one order."""
    return tuple(sorted(digest_of(one) for one in secured))


def _digest(data: bytes) -> str:
    return base64url.encode(sha256(data).digest())
