"""Electronic seals for tests: a certificate of an authority of its own, as PKCS #12."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding
from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates
from cryptography.x509.oid import NameOID

PASSWORD = "pumpernickel"
FIRST = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Made:
    """The file, and the authority's certificate (PEM) that its chain leads to."""

    pkcs12: bytes
    root: bytes


def made_seal(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | None = None) -> Made:
    """A seal that holds for the year 2026 and the next."""
    above, own = ec.generate_private_key(ec.SECP256R1()), key or ec.generate_private_key(ec.SECP256R1())
    root = _certificate("Seals of the land", "Seals of the land", above.public_key(), above, is_authority=True)
    leaf = _certificate("Brightmoor", "Seals of the land", own.public_key(), above, is_authority=False)
    body = serialize_key_and_certificates(b"seal", own, leaf, [root], BestAvailableEncryption(PASSWORD.encode()))
    return Made(body, root.public_bytes(Encoding.PEM))


def _certificate(
    name: str,
    by: str,
    key: rsa.RSAPublicKey | ec.EllipticCurvePublicKey,
    signer: ec.EllipticCurvePrivateKey,
    *,
    is_authority: bool,
) -> x509.Certificate:
    def called(what: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, what)])

    builder = x509.CertificateBuilder(called(by), called(name), key, x509.random_serial_number())
    builder = builder.not_valid_before(FIRST).not_valid_after(FIRST + timedelta(days=730))
    builder = builder.add_extension(x509.BasicConstraints(is_authority, None), critical=True)
    return builder.sign(signer, hashes.SHA256())
