"""`openbadgeslib` (PyPI), in both directions: badges with an embedded proof, and as tokens."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519
from openbadgeslib.ob3 import ldp, signer, verifier

from credentials.prepared import prepare
from credentials.proofs import jose
from keys import multikey
from keys.algorithms import KeyType
from keys.did import did_key
from keys.signer import LocalSigner, generate
from tests.peers.company import Internet, with_another_name, with_another_signature
from tests.peers.test_cryptosuites import badge_of, named, ours
from tests.peers.test_tokens import claims
from verifier.result import Status

NOWHERE = Internet({})
CREATED = datetime(2026, 1, 15, 9, tzinfo=UTC)


class Key:
    """A key that their library has as PEM, and ours as a signer."""

    def __init__(self) -> None:
        private = ed25519.Ed25519PrivateKey.generate()
        self.pem = private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        public = LocalSigner(private).public_key
        self.did = did_key(public)
        self.method = f"{self.did}#{multikey.encode(public)}"


def they_accept(check: Callable[[], Any]) -> bool:
    try:
        check()
    except verifier.OB3VerificationError:
        return False
    return True


def test_they_accept_our_proof_and_both_refuse_it_damaged() -> None:
    badge = ours("eddsa-rdfc-2022", KeyType.ED25519)
    theirs = ldp.OB3LdpVerifier.for_issuer_did(badge["issuer"]["id"])
    assert they_accept(lambda: theirs.verify(badge))
    for damaged in (with_another_name(badge), with_another_signature(badge)):
        assert not they_accept(lambda damaged=damaged: theirs.verify(damaged))  # type: ignore[misc]
        assert NOWHERE.our_verdict(damaged).status is Status.INVALID


def test_we_accept_their_proof_and_both_refuse_it_damaged() -> None:
    key = Key()
    signed = ldp.add_data_integrity_proof(badge_of(key.did), key.pem, key.method, created=CREATED)
    verdict = NOWHERE.our_verdict(signed)
    assert verdict.status is Status.VALID, verdict.sentence
    theirs = ldp.OB3LdpVerifier.for_issuer_did(key.did)
    for damaged in (with_another_name(signed), with_another_signature(signed)):
        assert not they_accept(lambda damaged=damaged: theirs.verify(damaged))  # type: ignore[misc]
        assert NOWHERE.our_verdict(damaged).status is Status.INVALID


def our_token(key_type: KeyType) -> tuple[str, str]:
    key = generate(key_type)
    did, method = named(key)
    return did, jose.sign(prepare(badge_of(did)), key, kid=method).text


@pytest.mark.parametrize("key_type", [KeyType.ED25519, KeyType.P256])
def test_they_accept_our_token_and_refuse_it_damaged(key_type: KeyType) -> None:
    did, token = our_token(key_type)
    theirs = verifier.OB3Verifier.for_issuer_did(did)
    assert they_accept(lambda: theirs.verify(token))
    header, payload, signature = token.split(".")
    other = our_token(key_type)[1].split(".")[1]
    for damaged in (f"{header}.{other}.{signature}", f"{header}.{payload}.{signature[:-6]}AAAAAA"):
        assert not they_accept(lambda damaged=damaged: theirs.verify(damaged))  # type: ignore[misc]
        assert NOWHERE.our_verdict(damaged).status is Status.INVALID


def test_we_accept_their_token_and_both_refuse_it_damaged() -> None:
    key = Key()
    token = signer.OB3Signer(key.pem, algorithm="EdDSA").sign_payload(claims(badge_of(key.did)))
    verdict = NOWHERE.our_verdict(token)
    assert verdict.status is Status.VALID, verdict.sentence
    damaged = token[:-6] + "AAAAAA"
    theirs = verifier.OB3Verifier.for_issuer_did(key.did)
    assert not they_accept(lambda: theirs.verify(damaged))
    assert NOWHERE.our_verdict(damaged).status is Status.INVALID
