"""The values of base and derived proofs: CBOR behind three bytes that say which, in base64url (3.5.2 to 3.5.8)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import cbor2

from credentials import strict_cbor
from credentials.problems import PROOF_VERIFICATION_ERROR, Unacceptable, refuse
from credentials.sentence import sentence
from keys import base64url

_BASE = b"\xd9\x5d\x00"
_DERIVED = b"\xd9\x5d\x01"
_MAX_CHARACTERS = 400_000
_MAX_STATEMENTS = 5_000
_SIGNATURE_BYTES = 64
_KEY_BYTES = 35
_HASH_BYTES = 32


@dataclass(frozen=True, slots=True)
class BaseProof:
    """What the issuer gives the holder, who keeps it to himself.

    base_signature: by the issuer's key, over options, `public_key` and the mandatory statements. public_key: the
    Multikey's bytes of a key that signed the other statements, each by itself, and was then forgotten. hmac_key: that
    of the names.
    """

    base_signature: bytes
    public_key: bytes
    hmac_key: bytes
    signatures: tuple[bytes, ...]
    mandatory_pointers: tuple[str, ...]

    def text(self) -> str:
        """The `proofValue`."""
        return _text(
            _BASE,
            [
                self.base_signature,
                self.public_key,
                self.hmac_key,
                [*self.signatures],
                [*self.mandatory_pointers],
            ],
        )


@dataclass(frozen=True, slots=True)
class DerivedProof:
    """What the holder shows: the signatures of the statements he reveals.

    labels: from canonical names to those that were signed, both with `_:`. mandatory_indexes: which of the revealed
    statements the issuer's own signature covers, in rising order.
    """

    base_signature: bytes
    public_key: bytes
    signatures: tuple[bytes, ...]
    labels: Mapping[str, str]
    mandatory_indexes: tuple[int, ...]

    def text(self) -> str:
        """The `proofValue`."""
        labels = {
            int(canonical.removeprefix("_:c14n")): base64url.decode(label.removeprefix("_:u"))
            for canonical, label in self.labels.items()
        }
        return _text(
            _DERIVED,
            [
                self.base_signature,
                self.public_key,
                [*self.signatures],
                dict(sorted(labels.items())),
                [*self.mandatory_indexes],
            ],
        )


def read_base(text: str) -> BaseProof:
    """Raises `Unacceptable` (PROOF_VERIFICATION_ERROR) for what is no value of a base proof."""
    signature, key, hmac_key, signatures, named = _parts(text, _BASE, "base")
    if not (
        _bytes(signature, _SIGNATURE_BYTES)
        and _bytes(key, _KEY_BYTES)
        and _bytes(hmac_key, _HASH_BYTES)
        and _list(signatures)
        and all(_bytes(one, _SIGNATURE_BYTES) for one in signatures)
        and _list(named)
        and all(isinstance(one, str) for one in named)
    ):
        raise _malformed(sentence("its parts are not those of a base proof"))
    return BaseProof(signature, key, hmac_key, tuple(signatures), tuple(named))


def read_derived(text: str) -> DerivedProof:
    """Raises `Unacceptable` (PROOF_VERIFICATION_ERROR) for what is no value of a derived proof."""
    signature, key, signatures, labels, indexes = _parts(text, _DERIVED, "derived")
    if not (
        _bytes(signature, _SIGNATURE_BYTES)
        and _bytes(key, _KEY_BYTES)
        and _list(signatures)
        and all(_bytes(one, _SIGNATURE_BYTES) for one in signatures)
        and isinstance(labels, Mapping)
        and len(labels) <= _MAX_STATEMENTS
        and all(_index(name) and _bytes(label, _HASH_BYTES) for name, label in labels.items())
        and len({*labels.values()}) == len(labels)
        and _list(indexes)
        and all(_index(one) for one in indexes)
        and [*indexes] == sorted(set(indexes))
    ):
        raise _malformed(sentence("its parts are not those of a derived proof"))
    names = {f"_:c14n{name}": f"_:u{base64url.encode(label)}" for name, label in labels.items()}
    return DerivedProof(signature, key, tuple(signatures), names, tuple(indexes))


def is_base(text: str) -> bool:
    """Whether it begins as the value of a base proof does."""
    return text.startswith("u" + base64url.encode(_BASE))


def _text(header: bytes, parts: list[Any]) -> str:
    return "u" + base64url.encode(header + cbor2.dumps(parts, canonical=True))


def _parts(text: str, header: bytes, kind: str) -> list[Any]:
    if not text.startswith("u") or len(text) > _MAX_CHARACTERS:
        raise _malformed(sentence("it is not base64url"))
    try:
        data = base64url.decode(text[1:])
    except ValueError as error:
        raise _malformed(sentence("it is {why}", why=str(error))) from None
    if not data.startswith(header):
        raise _malformed(sentence("it is not that of a {kind} proof", kind=kind))
    try:
        parts = strict_cbor.parse(data[len(header) :], max_bytes=_MAX_CHARACTERS)
    except ValueError:
        raise _malformed(sentence("it is no CBOR")) from None
    if not isinstance(parts, (list, tuple)) or len(parts) != 5:
        raise _malformed(sentence("it does not have five parts"))
    return [*parts]


def _bytes(value: Any, length: int) -> bool:
    return isinstance(value, bytes) and len(value) == length


def _list(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and len(value) <= _MAX_STATEMENTS


def _index(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _MAX_STATEMENTS


def _malformed(reason: str) -> Unacceptable:
    detail = sentence("The proofValue cannot be read: {why}.", why=reason)
    return refuse(PROOF_VERIFICATION_ERROR, "Proof is malformed", detail, "/proof")
