"""Two libraries, one judgement: what `PublicKey.verify` says, OpenSSL says as well, and the other way round.

The cases are those of “Taming the many EdDSAs” (Chalkias, Garillot, Nikolaenko, 2020): keys and R of small or of mixed
order, encodings that are not canonical, scalars beyond the group's order. Each is made here, from its definition.
"""

from __future__ import annotations

from hashlib import sha512
from itertools import count

import nacl.bindings as sodium
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st

from keys.ed25519_point import SMALL_ORDER, L, P, decode_point
from keys.ed25519_signature import fits
from keys.errors import MalformedKey, SignatureMismatch
from keys.public_key import KeyType, PublicKey
from keys.signer import LocalSigner, generate

NEUTRAL = (1).to_bytes(32, "little")
TORSION = bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05")
SECRET, NONCE = 1_234_567_890_123_456_789, 987_654_321_987_654_321


def openssl(key: bytes, signature: bytes, message: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def ours(key: bytes, signature: bytes, message: bytes) -> bool:
    try:
        PublicKey(KeyType.ED25519, key).verify(signature, message)
    except (MalformedKey, SignatureMismatch):
        return False
    return True


def times_base(scalar: int) -> bytes:
    return sodium.crypto_scalarmult_ed25519_base_noclamp((scalar % L).to_bytes(32, "little"))


def challenge(r: bytes, key: bytes, message: bytes) -> int:
    return int.from_bytes(sha512(r + key + message).digest(), "little") % L


def signed(message: bytes, *, key: bytes, r: bytes, nonce: int = NONCE, secret: int = SECRET) -> bytes:
    """R‖S with S = nonce + challenge · secret, whatever R and the key are written as."""
    return r + ((nonce + challenge(r, key, message) * secret) % L).to_bytes(32, "little")


HONEST_KEY, HONEST_R = times_base(SECRET), times_base(NONCE)
MIXED_KEY = sodium.crypto_core_ed25519_add(HONEST_KEY, TORSION)
MIXED_R = sodium.crypto_core_ed25519_add(HONEST_R, TORSION)


@settings(max_examples=60, deadline=None)
@given(seed=st.binary(min_size=32, max_size=32), message=st.binary(max_size=200), bit=st.integers(0, 511))
def test_openssl_makes_and_reads_the_same_signatures(seed: bytes, message: bytes, bit: int) -> None:
    theirs = Ed25519PrivateKey.from_private_bytes(seed)
    signer = LocalSigner(theirs)
    signature = signer.sign(message)
    assert signature == theirs.sign(message)
    key = signer.public_key.material
    assert ours(key, signature, message)
    assert openssl(key, signature, message)
    flipped = bytearray(signature)
    flipped[bit // 8] ^= 1 << bit % 8
    assert not ours(key, bytes(flipped), message)
    assert not openssl(key, bytes(flipped), message)


def test_the_eight_points_of_small_order_are_these() -> None:
    assert len(SMALL_ORDER) == 8
    point, multiples = TORSION, set()
    for _ in range(8):
        multiples.add(point)
        point = sodium.crypto_core_ed25519_add(point, TORSION)
    assert multiples == SMALL_ORDER
    assert all(decode_point(encoded) for encoded in SMALL_ORDER)


@pytest.mark.parametrize("small", sorted(SMALL_ORDER), ids=bytes.hex)
def test_a_key_of_small_order_signs_nothing(small: bytes) -> None:
    message = next(m for m in map(str.encode, map(str, count())) if challenge(NEUTRAL, small, m) % 8 == 0)
    forged = NEUTRAL + bytes(32)  # 0·B = R + k·A whenever k is a multiple of the key's order
    assert openssl(small, forged, message)
    assert not ours(small, forged, message)


@pytest.mark.parametrize("small", sorted(SMALL_ORDER), ids=bytes.hex)
def test_an_r_of_small_order_signs_nothing(small: bytes) -> None:
    signature = signed(b"a message", key=HONEST_KEY, r=small, nonce=0)
    assert openssl(HONEST_KEY, signature, b"a message") is (small == NEUTRAL)
    assert not ours(HONEST_KEY, signature, b"a message")


def test_an_honest_signature_made_by_hand_fits() -> None:
    signature = signed(b"a message", key=HONEST_KEY, r=HONEST_R)
    assert ours(HONEST_KEY, signature, b"a message")
    assert openssl(HONEST_KEY, signature, b"a message")


def test_keys_and_r_of_mixed_order_are_judged_alike() -> None:
    """Without the cofactor in the equation, a key of mixed order signs about one message of eight."""
    fitting = 0
    for number in range(64):
        message = str(number).encode()
        for key, r in ((MIXED_KEY, HONEST_R), (HONEST_KEY, MIXED_R), (MIXED_KEY, MIXED_R)):
            signature = signed(message, key=key, r=r)
            assert ours(key, signature, message) is openssl(key, signature, message)
            fitting += ours(key, signature, message)
    assert 0 < fitting < 64


def test_scalars_and_encodings_that_are_not_canonical_are_refused_alike() -> None:
    signature = signed(b"a message", key=HONEST_KEY, r=HONEST_R)
    scalar = int.from_bytes(signature[32:], "little")
    refused = [HONEST_R + (scalar + times * L).to_bytes(32, "little") for times in range(1, 15)]
    refused += [(y | sign << 255).to_bytes(32, "little") + bytes(32) for y in range(P, 2**255) for sign in (0, 1)]
    for forged in refused:
        assert not ours(HONEST_KEY, forged, b"a message")
        assert not openssl(HONEST_KEY, forged, b"a message")


def test_a_key_is_looked_at_once_and_not_for_each_signature(monkeypatch: pytest.MonkeyPatch) -> None:
    signer = generate(KeyType.ED25519)
    signature = signer.sign(b"a message")
    key = signer.public_key
    monkeypatch.setattr("keys.public_key.require_honest_point", lambda _: pytest.fail("decoded again"))
    for _ in range(3):
        key.verify(signature, b"a message")
        PublicKey(KeyType.ED25519, key.material).verify(signature, b"a message")


@pytest.mark.parametrize("size", [0, 32, 63, 65, 128])
def test_a_signature_of_another_length_is_none(size: int) -> None:
    assert not fits(HONEST_KEY, b"\x07" * size, b"a message")
