"""ECDSA signatures as DER (SEC 1, C.5), which key services speak, and as r‖s (RFC 7518, section 3.4), which we do."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from keys.errors import HolderRefused


def raw_of_der(signature: bytes, size: int) -> bytes:
    """r‖s of `size` bytes. Raises HolderRefused for what is no such signature."""
    try:
        r, s = decode_dss_signature(signature)
        return r.to_bytes(size // 2, "big") + s.to_bytes(size // 2, "big")
    except (ValueError, OverflowError) as error:
        raise HolderRefused("What came as a signature is none of this kind of key.") from error
