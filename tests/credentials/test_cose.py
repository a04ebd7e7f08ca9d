"""COSE_Sign1 over JSON: what is signed verifies, and what asks for more or is changed does not."""

from __future__ import annotations

from typing import Any

import cbor2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credentials.problems import (
    CRYPTOGRAPHIC_SECURITY_ERROR,
    PARSING_ERROR,
    PROOF_VERIFICATION_ERROR,
    UNSUPPORTED_PROOF,
    Unacceptable,
)
from credentials.proofs import cose
from keys.algorithms import KeyType
from keys.signer import generate

SIGNERS = {kind: generate(kind) for kind in KeyType}
SIGNER = SIGNERS[KeyType.P256]
TYPES = ("vc+cose",)
PAYLOAD = '{"name":"Zoë"}'.encode()


def signed(payload: bytes = PAYLOAD, kind: KeyType = KeyType.P256) -> bytes:
    return cose.sign(payload, SIGNERS[kind], typ="vc+cose", content_type="vc", kid="did:web:a.example#1")


def message(header: Any, unprotected: Any = None, payload: Any = PAYLOAD, signature: Any = b"", tag: int = 18) -> bytes:
    protected = header if isinstance(header, bytes) else cbor2.dumps(header)
    return cbor2.dumps(cbor2.CBORTag(tag, [protected, unprotected or {}, payload, signature]))


def problem_of(data: bytes) -> str:
    with pytest.raises(Unacceptable) as refusal:
        cose.verify(cose.read(data, types=TYPES), SIGNER.public_key)
    return refusal.value.problems[0].type


@pytest.mark.parametrize("kind", [*KeyType])
def test_what_is_signed_verifies_with_that_key_only(kind: KeyType) -> None:
    data = signed(kind=kind)
    assert cose.is_cose(data)
    read = cose.read(data, types=TYPES)
    assert (read.payload, read.kid, read.content_type) == ({"name": "Zoë"}, "did:web:a.example#1", "vc")
    cose.verify(read, SIGNERS[kind].public_key)
    for other in (generate(kind), *(one for name, one in SIGNERS.items() if name != kind)):
        with pytest.raises(Unacceptable):
            cose.verify(read, other.public_key)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 255))
def test_no_changed_byte_goes_unnoticed(place: int, change: int) -> None:
    data = bytearray(signed())
    data[place % len(data)] ^= change
    with pytest.raises(Unacceptable):
        cose.verify(cose.read(bytes(data), types=TYPES), SIGNER.public_key)


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", PARSING_ERROR),
        (b"\xd2\x84", PARSING_ERROR),
        (signed() + b"0", PARSING_ERROR),
        (cbor2.dumps([b"", {}, b"{}", b""]), PARSING_ERROR),
        (message({1: -7, 16: "vc+cose"}, tag=98), PARSING_ERROR),
        (message(b"\xff"), PARSING_ERROR),
        (message({1: -7, 16: "vc+cose"}, payload=None), PARSING_ERROR),
        (message({1: -7, 16: "vc+cose"}, payload=b"[]"), PARSING_ERROR),
        (message({1: -7, 16: "vc+cose"}, payload=b'{"a":1,"a":2}'), PARSING_ERROR),
        (message({16: "vc+cose"}, {1: -7}), PROOF_VERIFICATION_ERROR),
        (message({1: -7, 2: [99], 16: "vc+cose"}), PROOF_VERIFICATION_ERROR),
        (message({1: -7, 16: "vp+cose"}), PROOF_VERIFICATION_ERROR),
        (message({1: -7}), PROOF_VERIFICATION_ERROR),
        (message({1: 5, 16: "vc+cose"}), UNSUPPORTED_PROOF),
        (message({1: "ES256", 16: "vc+cose"}), UNSUPPORTED_PROOF),
        (message({1: -8, 16: "vc+cose"}), PROOF_VERIFICATION_ERROR),
        (message({1: -7, 16: "application/vc+cose"}, signature=bytes(64)), CRYPTOGRAPHIC_SECURITY_ERROR),
        (b"\x9b" + b"\xff" * 8, PARSING_ERROR),
    ],
)
def test_what_is_no_message_of_ours_is_refused_for_its_reason(data: bytes, problem: str) -> None:
    assert problem_of(data) == problem
