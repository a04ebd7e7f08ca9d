"""An electronic seal: JAdES baseline B (ETSI TS 119 182-1) in the general JSON serialization of JWS (RFC 7515, 7.2.1).

The payload stands in it as it is (`b64: false`, RFC 7797), which is how the European Commission's own software for
digital credentials seals. There is no time stamp of others in it: level B says when the sealer says it was.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from wallet_export.errors import WalletExportError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.x509 import Certificate

MEDIA_TYPE: Final = "application/jose+json"
_CURVES: Final = {"secp256r1": ("ES256", 32), "secp384r1": ("ES384", 48), "secp521r1": ("ES512", 66)}


class SealRefused(WalletExportError):  # noqa: N818
    """The file is no seal that can be set: not PKCS #12, another password, a weak key, or out of its time."""


@dataclass(frozen=True, slots=True)
class Seal:
    """A private key with its certificate, and those above it as far as the file has them."""

    key: RSAPrivateKey | EllipticCurvePrivateKey = field(repr=False)
    certificates: tuple[Certificate, ...]


def read_seal(pkcs12: bytes, password: str) -> Seal:
    """The seal in a PKCS #12 file. Raises SealRefused."""
    from cryptography.hazmat.primitives.asymmetric import ec, rsa
    from cryptography.hazmat.primitives.serialization.pkcs12 import load_pkcs12

    try:
        found = load_pkcs12(pkcs12, password.encode() or None)
    except ValueError:
        raise SealRefused("The file of the seal is no PKCS #12, or the password is another.") from None
    key, own = found.key, found.cert
    if key is None or own is None:
        raise SealRefused("The file of the seal holds no private key with its certificate.")
    if isinstance(key, rsa.RSAPrivateKey):
        if key.key_size < 2048:
            raise SealRefused(f"The seal’s key has {key.key_size} bits; 2048 are the least.")
    elif not isinstance(key, ec.EllipticCurvePrivateKey) or key.curve.name not in _CURVES:
        raise SealRefused("The seal’s key is neither RSA nor of a NIST curve.")
    if key.public_key() != own.certificate.public_key():
        raise SealRefused("The seal’s certificate is that of another key.")
    return Seal(key, (own.certificate, *(one.certificate for one in found.additional_certs)))


def sealed(payload: bytes, seal: Seal, now: datetime) -> bytes:
    """The payload with the seal. payload: UTF-8. Raises SealRefused if the certificate does not hold at `now`."""
    from cryptography.hazmat.primitives.serialization import Encoding

    own = seal.certificates[0]
    if not own.not_valid_before_utc <= now <= own.not_valid_after_utc:
        first, last = own.not_valid_before_utc, own.not_valid_after_utc
        raise SealRefused(f"The seal’s certificate holds from {first:%Y-%m-%d} to {last:%Y-%m-%d}.")
    ders = [one.public_bytes(Encoding.DER) for one in seal.certificates]
    header: dict[str, Any] = {
        "alg": _algorithm(seal),
        "typ": "jose+json",
        "cty": "json",
        "b64": False,
        "x5t#S256": _url(hashlib.sha256(ders[0]).digest()),
        "x5c": [base64.b64encode(der).decode() for der in ders],
        "sigT": now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "crit": ["b64", "sigT"],
    }
    protected = _url(json.dumps(header, separators=(",", ":")).encode())
    signature = _signature(seal, protected.encode() + b"." + payload)
    whole = {"payload": payload.decode(), "signatures": [{"protected": protected, "signature": _url(signature)}]}
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode()


def _algorithm(seal: Seal) -> str:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    return "RS256" if isinstance(seal.key, RSAPrivateKey) else _CURVES[seal.key.curve.name][0]


def _signature(seal: Seal, data: bytes) -> bytes:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

    if isinstance(seal.key, rsa.RSAPrivateKey):
        return seal.key.sign(data, padding.PKCS1v15(), hashes.SHA256())
    algorithm, size = _CURVES[seal.key.curve.name]
    digests = {"ES256": hashes.SHA256(), "ES384": hashes.SHA384(), "ES512": hashes.SHA512()}
    r, s = decode_dss_signature(seal.key.sign(data, ec.ECDSA(digests[algorithm])))
    return r.to_bytes(size, "big") + s.to_bytes(size, "big")  # RFC 7518, section 3.4


def _url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
