"""Line 6: from the bytes of a badge to the verdict, with the issuer's keys and its status list at hand."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from hashlib import sha256

import nacl.bindings
import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from credentials import strict_json
from credentials.prepared import written
from credentials.proofs import data_integrity
from keys.public_key import PublicKey
from tests.bench.badges import NOW, award
from tests.bench.harness import Bench, Contender, Goal, Row, judged, python, python_anew, told
from tests.bench.issuing import MESSAGES
from verifier.known_shapes import KnownShapes
from verifier.policy import ORDINARY
from verifier.resolve import DidResolver
from verifier.result import NotVerified, VerificationResult
from verifier.verify import verify

LINE = 6
_GENERIC = Goal(30, 65)
_KNOWN = Goal(65, 80)
_SEED = bytes(range(32))


class OurVerifier:
    """All of the steps of `verifier.verify`, the status among them; what it fetches lies in memory."""

    def __init__(self, bench: Bench, *, knows_its_own: bool = False) -> None:
        self._pages = bench.workshop.pages
        self._resolver = DidResolver(self._pages, allowed_origins=())
        self._shapes = KnownShapes(is_own=lambda issuer: issuer == bench.workshop.issuer.did) if knows_its_own else None

    def judge(self, body: bytes) -> VerificationResult:
        """The verdict. Raises `NotVerified` unless it is valid."""
        found = verify(
            body, resolver=self._resolver, fetcher=self._pages, policy=ORDINARY, now=NOW, shapes=self._shapes
        )
        return found.require()


def rows(bench: Bench) -> Iterator[Row]:
    """The peer verifies the proof only; of the status it is told that it is good, so that it has less to do."""
    assert bench.peer.result("verify", bench.signed[0].decode()) is True
    assert "revoked" in OurVerifier(bench).judge(bench.signed[0]).check("status").sentence
    damaged = json.loads(bench.signed[0])
    damaged["name"] += "!"
    for knows_its_own in (False, True):
        verifier = OurVerifier(bench, knows_its_own=knows_its_own)
        verifier.judge(bench.signed[1])
        with suppress(NotVerified):
            verifier.judge(written(damaged))
            raise AssertionError("our verifier accepts what was changed")
    found = bench.compare(
        python("ours", OurVerifier(bench).judge, bench.signed),
        python("ours, known", OurVerifier(bench, knows_its_own=True).judge, bench.signed),
        python("ours, proof only", partial(_proof_only, bench.workshop.signer.public_key), bench.signed),
        *verifying(),
        floor(bench),
        bench.node("digitalbazaar", "verify"),
    )
    own, other = found["ours"].micros, found["digitalbazaar"].micros
    measured = f"{own:,.0f} µs, vc.verifyCredential {other:,.0f} µs"
    yield judged(LINE, "verify, library: × digitalbazaar", _GENERIC, other / own, measured, ours_us=own, other_us=other)
    known = found["ours, known"].micros
    measured = f"{known:,.0f} µs, vc.verifyCredential {other:,.0f} µs"
    yield judged(
        LINE, "verify our own badges of a known level, library: × digitalbazaar", _KNOWN, other / known, measured
    )
    alone = found["ours, proof only"].micros
    words = f"{alone:,.0f} µs, {other / alone:,.0f} × vc.verifyCredential"
    yield told(LINE, "reading it and verifying its proof, and nothing else", words, ours_us=alone)
    unseen = bench.apart(python_anew("ours, unseen", OurVerifier(bench).judge, bench.lone_badge)).micros
    words = f"{unseen:,.0f} µs, {other / unseen:,.0f} × vc.verifyCredential"
    yield told(LINE, "verify, each badge with an achievement not seen before", words, ours_us=unseen)
    least = found["floor"].micros
    words = f"{least:,.0f} µs: {other / least:,.0f} × vc.verifyCredential"
    yield told(LINE, "reading, hashing and the signature, of texts that are at hand, and nothing else", words)
    sodium, openssl = found["libsodium"].micros, found["OpenSSL"].micros
    words = f"libsodium {sodium:,.1f} µs, OpenSSL {openssl:,.1f} µs"
    yield told(LINE, "the raw verification of 64 bytes", words, libsodium_us=sodium, openssl_us=openssl)


def _proof_only(key: PublicKey, body: bytes) -> None:
    """What the peer is asked for: canonical form, hashes, signature. Raises `Unacceptable` for a wrong one."""
    document = strict_json.parse(body)
    (proof,) = document["proof"]
    data_integrity.verify_proof(document, proof, key)


def floor(bench: Bench) -> Contender:
    """What is left of verifying when no text has to be made and nothing is judged: the JSON is read, its canonical form
    is hashed, and the signature is checked."""
    public, secret = nacl.bindings.crypto_sign_seed_keypair(_SEED)
    shop, options = bench.workshop, sha256(b"").digest()
    texts = [bytes(shop.prepared_by(award(number), number).canonical_text) for number in range(100)]
    signed = [nacl.bindings.crypto_sign(options + sha256(text).digest(), secret)[:64] for text in texts]
    things = list(zip(bench.signed, texts, signed, strict=False))

    def work(thing: tuple[bytes, bytes, bytes]) -> None:
        body, text, signature = thing
        orjson.loads(body)
        nacl.bindings.crypto_sign_open(signature + options + sha256(text).digest(), public)

    return python("floor", work, things)


def verifying() -> tuple[Contender, Contender]:
    """The raw verification by libsodium and by OpenSSL."""
    public, secret = nacl.bindings.crypto_sign_seed_keypair(_SEED)
    key = Ed25519PrivateKey.from_private_bytes(_SEED).public_key()
    signed = [nacl.bindings.crypto_sign(message, secret) for message in MESSAGES]
    return (
        python("libsodium", lambda message: nacl.bindings.crypto_sign_open(message, public), signed),
        python("OpenSSL", lambda message: key.verify(message[:64], message[64:]), signed),
    )
