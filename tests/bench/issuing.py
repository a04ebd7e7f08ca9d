"""Lines 2 and 3: from a document, or from a record, to the signed bytes, without a database."""

from __future__ import annotations

import json
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import nacl.bindings
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from credentials.shapes.shapes import Shapes
from tests.bench.badges import award
from tests.bench.bulk_library import BulkMaker, record
from tests.bench.harness import Bench, Contender, Goal, Row, judged, python, python_anew, told

ONE, BULK = 2, 3
_ONE = Goal(40, 110)
_BULK_TIMES = Goal(140, 180)
_BULK_SHARE = Goal(42, 50, "{:,.0f} %")
_SEED = bytes(range(32))
PIECE = 100
"""So many records are filled, then signed: as the product does it, in pieces."""
MESSAGES = [number.to_bytes(64, "big") for number in range(100)]
"""As long as what a proof signs: two SHA-256 digests."""


def signing() -> tuple[Contender, Contender]:
    """The raw signature by libsodium and by OpenSSL."""
    _, secret = nacl.bindings.crypto_sign_seed_keypair(_SEED)
    key = Ed25519PrivateKey.from_private_bytes(_SEED)
    return (
        python("libsodium", lambda message: nacl.bindings.crypto_sign(message, secret), MESSAGES),
        python("OpenSSL", key.sign, MESSAGES),
    )


def floor(texts: list[bytes]) -> Contender:
    """What is left of issuing in bulk when no text has to be made: the canonical form's hash, and the signature."""
    _, secret = nacl.bindings.crypto_sign_seed_keypair(_SEED)
    options = sha256(b"").digest()
    return python("floor", lambda text: nacl.bindings.crypto_sign(options + sha256(text).digest(), secret), texts)


def one(bench: Bench) -> Iterator[Row]:
    """Line 2: one badge, checked, signed and written, by a process that issued others of its level, as servers do."""
    shop = bench.workshop
    _same_signature(bench)
    shapes = Shapes()
    found = bench.compare(
        python("ours", lambda document: shop.signed(document, shapes), bench.documents),
        python("ours, first", shop.signed, bench.documents),
        bench.node("digitalbazaar", "issue"),
    )
    assert shop.signed(bench.documents[0], shapes).body == bench.signed[0], "a known level is signed otherwise"
    other, own = found["digitalbazaar"].micros, found["ours"].micros
    measured = f"{own:,.0f} µs, vc.issue {other:,.0f} µs"
    yield judged(ONE, "issue one, library: × vc.issue", _ONE, other / own, measured, ours_us=own, other_us=other)
    unseen = bench.apart(python_anew("ours, unseen", shop.signed, shop.lone_document))
    for alone, what in (
        (found["ours, first"].micros, "issue one as the first of its level, library"),
        (unseen.micros, "issue one with an achievement not seen before, library"),
    ):
        yield told(ONE, what, f"{alone:,.0f} µs, {other / alone:,.0f} × vc.issue", ours_us=alone)


def bulk(bench: Bench) -> Iterator[Row]:
    """Line 3: many badges of one level. `vc.issue` has no way of its own for that: it issues one after the other."""
    maker = BulkMaker(bench.workshop)
    records = [record(bench.workshop, number) for number in range(2_000)]
    assert maker.make(records[:2]) == bench.signed[:2], "in bulk they are not the badges that they are alone"
    pieces = [records[start : start + PIECE] for start in range(0, len(records), PIECE)]
    texts = [bytes(bench.workshop.prepared_by(award(number), number).canonical_text) for number in range(100)]
    found = bench.compare(
        python("ours", maker.make, pieces), *signing(), floor(texts), bench.node("digitalbazaar", "issue")
    )
    own, raw = found["ours"].micros / PIECE, found["libsodium"].micros
    other, openssl = found["digitalbazaar"].micros, found["OpenSSL"].micros
    measured = f"{own:,.1f} µs, vc.issue {other:,.0f} µs"
    yield judged(BULK, "issue in bulk, library: × vc.issue", _BULK_TIMES, other / own, measured, ours_us=own)
    measured = f"{own:,.1f} µs, signature alone {raw:,.1f} µs"
    share = 100 * raw / own
    yield judged(BULK, "issue in bulk, library: share of the raw signing rate", _BULK_SHARE, share, measured)
    least = found["floor"].micros
    words = f"{least:,.1f} µs: {other / least:,.0f} × vc.issue, {100 * raw / least:,.0f} % of the raw rate"
    yield told(BULK, "hashing and signing texts that are at hand, and nothing else", words, floor_us=least)
    words = f"libsodium {raw:,.1f} µs, OpenSSL {openssl:,.1f} µs"
    yield told(BULK, "the raw Ed25519 signature of 64 bytes", words, libsodium_us=raw, openssl_us=openssl)


def _same_signature(bench: Bench) -> None:
    """Ed25519 signs the same bytes alike: with one key and one instant both must come to the same proof value."""
    example = bench.documents[0]
    ours, theirs = (
        _proof_value(json.loads(text)) for text in (bench.signed[0], bench.peer.result("issue", json.dumps(example)))
    )
    assert ours == theirs, "the contenders do not sign the same"


def _proof_value(signed: dict[str, Any]) -> str:
    proof = signed["proof"]
    return str((proof[0] if isinstance(proof, list) else proof)["proofValue"])
