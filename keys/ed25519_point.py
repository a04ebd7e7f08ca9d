"""Which 32 bytes are an honest Ed25519 public key.

OpenSSL takes small-order points and non-canonical encodings as keys. With a small-order key one signature can
fit many messages; with two encodings of one point a key has two ids. RFC 8032 section 5.1.3 refuses the
second at decoding, and VC Data Integrity EdDSA Cryptosuites asks implementations to refuse both.
"""

from __future__ import annotations

from keys.errors import MalformedKey

P = 2**255 - 19
"""The prime of the field (RFC 8032 section 5.1)."""

L = 2**252 + 27742317777372353535851937790883648493
"""The order of the base point; the scalar S of a signature is below it."""

D = -121665 * pow(121666, -1, P) % P
_SQRT_MINUS_1 = pow(2, (P - 1) // 4, P)

Point = tuple[int, int]

SMALL_ORDER = frozenset(
    bytes.fromhex(encoded)
    for encoded in (
        "0100000000000000000000000000000000000000000000000000000000000000",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    )
)
"""The canonical encodings of the eight points whose eightfold is the neutral one."""


def require_honest_point(encoded: bytes) -> None:
    """Refuse (MalformedKey) 32 bytes that are not the canonical encoding of a curve point of large order."""
    point = decode_point(encoded)
    eightfold = _double(_double(_double(point)))
    if eightfold == (0, 1):
        raise MalformedKey(
            "This Ed25519 public key is one of the few points of small order, with which one signature "
            "fits many messages. No honest key is among them."
        )


def decode_point(encoded: bytes) -> Point:
    """(x, y) as RFC 8032 section 5.1.3 decodes them. Raises MalformedKey."""
    if len(encoded) != 32:
        raise MalformedKey(f"An Ed25519 public key has 32 bytes, this one has {len(encoded)}.")
    number = int.from_bytes(encoded, "little")
    sign, y = number >> 255, number & (2**255 - 1)
    if y >= P:
        raise MalformedKey("This Ed25519 public key is not in canonical form: its y coordinate is not below the prime.")
    x = _x_of(y)
    if x == 0 and sign:
        raise MalformedKey("This Ed25519 public key is not in canonical form: x is zero and its sign bit is set.")
    return (P - x if x & 1 != sign else x), y


def _x_of(y: int) -> int:
    """One of the two roots of x² = (y² - 1) / (d·y² + 1)."""
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    root = pow(square, (P + 3) // 8, P)
    if root * root % P != square:
        root = root * _SQRT_MINUS_1 % P
    if root * root % P != square:
        raise MalformedKey("This Ed25519 public key is not a point of the curve.")
    return root


def _double(point: Point) -> Point:
    """Twice a point, by the complete addition law of the curve -x² + y² = 1 + d·x²·y². Public values only."""
    x, y = point
    cross = D * x * x * y * y % P
    doubled_x = 2 * x * y * pow(1 + cross, -1, P) % P
    doubled_y = (y * y + x * x) * pow(1 - cross, -1, P) % P
    return doubled_x, doubled_y
