"""What the operator puts on the disk: settings, backups, the files of passes and seals."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, pkcs12
from cryptography.x509.oid import NameOID

from keys.algorithms import KeyType
from portal.backups.manifest import BackupRefused, read_whole
from portal.settings import FILE_NAME, SettingsRefused, load_settings
from tests.fuzz.fixed import private_key
from tests.fuzz.mutators import json_tree, spliced
from tests.fuzz.target import NOTHING, NOW, require, taken, target
from wallet_export.google_wallet import AccountRefused, read_account
from wallet_export.jades import SealRefused, read_seal
from wallet_export.pkpass import PassRefused, read_identity

OPERATOR = ("Command line",)


@cache
def _home(process: int) -> Path:
    """A directory of this process."""
    return Path(mkdtemp(prefix=f"guildmark-fuzz-{process}-"))


_WORDS = (
    b" = ",
    b'"',
    b"[",
    b"]",
    b"\n",
    b"true",
    b"1e9",
    b"nan",
    b"base_url",
    b"trusted_proxies",
    b"time_zone = ",
    b"smtp_",
    b"log_",
    b"oidc_",
    b"_file",
    b"https://",
    b"{",
    b"}",
    b"\\u0000",
    b"'",
    b"https://[",
    b"allowed_origins = [",
)


@target(
    "portal.settings:load_settings",
    entries=OPERATOR,
    mutator=spliced(*_WORDS),
    most_bytes=2048,
    seeds=lambda: (
        b'base_url = "https://badges.example"\nsmtp_host = "mail.example"\nsmtp_port = 25\n',
        b"nothing_of_the_kind = 1",
        b"allowed_origins = ['http://a:1']",
        b"[table]\na = 1979-05-27T07:32:00Z\n",
    ),
)
def settings_files(data: bytes) -> None:
    """Settings, or every fault in sentences."""
    home = _home(os.getpid())
    (home / FILE_NAME).write_bytes(data)
    taken(SettingsRefused, load_settings, home, {})


MANIFEST = {
    "format": 1,
    "made_at": "2026-11-22T10:00:00Z",
    "guildmark": "0.1.0",
    "database": "sqlite",
    "schema_version": "1",
    "audit_head": {"sequence": 1, "hash": "0" * 64},
    "credentials": 1,
    "base_url": "https://badges.example",
    "parts": [],
    "left_out": ["x"],
}


@target(
    "portal.backups.manifest:read_whole",
    entries=OPERATOR,
    seeds=lambda: (json.dumps(MANIFEST).encode(),),
    mutator=json_tree,
    most_bytes=2048,
)
def manifests(data: bytes) -> None:
    """A backup whose manifest is anything is read or refused; nothing is part of it but what lies there."""
    home = _home(os.getpid()) / "backup"
    home.mkdir(exist_ok=True)
    (home / "manifest.json").write_bytes(data)
    manifest = taken(BackupRefused, read_whole, home)
    require(manifest is NOTHING or manifest.parts == (), "nothing but what lies there", data)


@cache
def _certificate() -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "seal")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).serial_number(7)
    builder = builder.public_key(private_key("seal", KeyType.P256).public_key()).not_valid_before(NOW)
    signed_with = private_key("seal", KeyType.P256)
    return builder.not_valid_after(NOW + timedelta(days=9)).sign(signed_with, hashes.SHA256(), ecdsa_deterministic=True)


@cache
def _key() -> bytes:
    return private_key("seal", KeyType.P256).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _files() -> Iterator[bytes]:
    key = private_key("seal", KeyType.P256)
    yield pkcs12.serialize_key_and_certificates(b"seal", key, _certificate(), None, NoEncryption())
    yield _certificate().public_bytes(Encoding.PEM)
    yield _certificate().public_bytes(Encoding.DER)
    account = {
        "type": "service_account",
        "client_email": "a@b.example",
        "private_key_id": "1",
        "token_uri": "https://a.example",
    }
    yield json.dumps({**account, "private_key": "x"}).encode()


@target(
    "wallet_export.jades:read_seal",
    "wallet_export.pkpass:read_identity",
    "wallet_export.google_wallet:read_account",
    entries=OPERATOR,
    seeds=_files,
)
def key_files(data: bytes) -> None:
    """Files of keys from others: taken, or refused with what does not fit."""
    taken(SealRefused, read_seal, data, "")
    pem = _certificate().public_bytes(Encoding.PEM)
    for files in ((data, _key(), pem), (pem, data, pem), (pem, _key(), data)):
        taken(PassRefused, read_identity, *files)
    taken(AccountRefused, read_account, data)
