"""A test chain like Apple's: a root, the intermediate (WWDR), the certificate of a pass type; and a service's own."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

PASS_TYPE, TEAM = "pass.example.brightmoor.badges", "A1B2C3D4E5"
_BEGIN = datetime(2020, 1, 1, tzinfo=UTC)
_END = datetime(2046, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Chain:
    """PEM of each; `server` is that of a push service on this machine, by the same root."""

    root: bytes
    intermediate: bytes
    certificate: bytes
    key: bytes
    server: bytes
    server_key: bytes

    def written(self, folder: Path) -> dict[str, Path]:
        """The files as an operator has them."""
        found = {}
        for name in ("root", "intermediate", "certificate", "key", "server", "server_key"):
            found[name] = folder / f"{name}.pem"
            found[name].write_bytes(getattr(self, name))
            found[name].chmod(0o600)
        return found


@cache
def chain() -> Chain:
    """The same for all tests of a process: an RSA key takes its time."""
    root_key, wwdr_key, server_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(3))
    key = rsa.generate_private_key(65537, 2048)
    root = _signed(_name("Test Root"), root_key, _name("Test Root"), root_key, authority=True)
    wwdr = _signed(_name("Test WWDR"), wwdr_key, root.subject, root_key, authority=True)
    own = _signed(subject_of(PASS_TYPE, TEAM), key, wwdr.subject, wwdr_key, usages=(ExtendedKeyUsageOID.CLIENT_AUTH,))
    server = _signed(_name("localhost"), server_key, root.subject, root_key, usages=(ExtendedKeyUsageOID.SERVER_AUTH,))
    return Chain(*(_pem(one) for one in (root, wwdr, own)), _private(key), _pem(server), _private(server_key))


def subject_of(pass_type: str, team: str) -> x509.Name:
    """As Apple names a pass type's certificate."""
    return x509.Name(
        [
            x509.NameAttribute(NameOID.USER_ID, pass_type),
            x509.NameAttribute(NameOID.COMMON_NAME, f"Pass Type ID: {pass_type}"),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, team),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Brightmoor Academy"),
        ]
    )


def self_signed(subject: x509.Name, days: int = 365, *, begin: datetime = _BEGIN) -> tuple[bytes, bytes]:
    """A certificate that nobody issued, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    return _pem(_signed(subject, key, subject, key, begin=begin, end=begin + timedelta(days=days))), _private(key)


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _signed(
    subject: x509.Name,
    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey,
    issuer: x509.Name,
    by: ec.EllipticCurvePrivateKey,
    *,
    authority: bool = False,
    usages: tuple[x509.ObjectIdentifier, ...] = (),
    begin: datetime = _BEGIN,
    end: datetime = _END,
) -> x509.Certificate:
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(authority, None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(by.public_key()), critical=False)
    )
    if authority:
        usage = x509.KeyUsage(True, False, False, False, False, True, True, False, False)
        builder = builder.add_extension(usage, critical=True)
    else:
        usage = x509.KeyUsage(True, False, False, False, False, False, False, False, False)
        names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        builder = builder.add_extension(usage, critical=True)
        builder = builder.add_extension(x509.ExtendedKeyUsage(usages or [ExtendedKeyUsageOID.CLIENT_AUTH]), False)
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return builder.sign(by, SHA256())


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.PEM)


def _private(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
