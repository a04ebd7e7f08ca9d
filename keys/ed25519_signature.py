"""Signing and checking with Ed25519 (RFC 8032 section 5.1), by libsodium: the only place that knows which library.

Measured with 64 bytes, Python's own work included: libsodium through PyNaCl takes 0.65 of the time of OpenSSL through
`cryptography` to sign, and half to check. OpenSSL checks what is made here, and the other way round, in the tests.

Both libraries check by the same equation, without the cofactor, and refuse a scalar S from the group's order on. An R
of small order, which no honest signer makes, is refused by libsodium only; here it is refused before either is asked.
"""

from __future__ import annotations

from nacl.bindings import crypto_sign, crypto_sign_open
from nacl.exceptions import BadSignatureError

from keys.ed25519_point import SMALL_ORDER, L

SIGNATURE_BYTES = 64


def sign(seed_and_public_key: bytes, message: bytes) -> bytes:
    """The 64 bytes R‖S; the same for the same message. The key is the 32 bytes of each, one after the other."""
    return crypto_sign(message, seed_and_public_key)[:SIGNATURE_BYTES]


def fits(public_key: bytes, signature: bytes, message: bytes) -> bool:
    """Whether it is the key's signature over the message. The key is known to be an honest point."""
    if len(signature) != SIGNATURE_BYTES or signature[:32] in SMALL_ORDER:
        return False
    if int.from_bytes(signature[32:], "little") >= L:  # libsodium refuses this as well, if it is built as it should be
        return False
    try:
        crypto_sign_open(signature + message, public_key)
    except BadSignatureError:
        return False
    return True
