"""An electronic seal, checked by OpenSSL: the signature over the very octets, and the chain of certificates."""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import NoEncryption
from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates

from tests.wallet_export.seals import FIRST, PASSWORD, made_seal
from wallet_export.jades import SealRefused, read_seal, sealed

NOW = datetime(2026, 11, 23, 0, 0, 7, tzinfo=UTC)
PAYLOAD = '{"says":"Grüße, “Ana”"}'.encode()
KEYS = {"ES256": ec.generate_private_key(ec.SECP256R1()), "ES384": ec.generate_private_key(ec.SECP384R1())}


def octets(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def openssl(*arguments: str | Path) -> str:
    done = subprocess.run(["openssl", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


def header_of(whole: bytes) -> dict[str, Any]:
    (signature,) = json.loads(whole)["signatures"]
    found: dict[str, Any] = json.loads(octets(signature["protected"]))
    return found


@pytest.mark.parametrize("alg", ["RS256", "ES256", "ES384"])
def test_openssl_verifies_seal_and_chain(alg: str, tmp_path: Path) -> None:
    key = KEYS.get(alg) or rsa.generate_private_key(65537, 2048)
    made = made_seal(key)
    whole = json.loads(sealed(PAYLOAD, read_seal(made.pkcs12, PASSWORD), NOW))
    assert whole["payload"].encode() == PAYLOAD
    (one,) = whole["signatures"]
    header = json.loads(octets(one["protected"]))
    own, root = (base64.b64decode(text) for text in header.pop("x5c"))
    assert octets(header.pop("x5t#S256")) == hashlib.sha256(own).digest()
    assert header == {
        "alg": alg, "typ": "jose+json", "cty": "json", "b64": False,
        "sigT": "2026-11-23T00:00:07Z", "crit": ["b64", "sigT"],
    }  # fmt: skip
    for name, body in {
        "own.der": own,
        "root.pem": made.root,
        "data": one["protected"].encode() + b"." + PAYLOAD,
    }.items():
        (tmp_path / name).write_bytes(body)
    assert root in base64.b64decode(b"".join(made.root.splitlines()[1:-1]))
    signature = octets(one["signature"])
    if alg != "RS256":
        half = len(signature) // 2
        signature = encode_dss_signature(
            int.from_bytes(signature[:half], "big"), int.from_bytes(signature[half:], "big")
        )
    (tmp_path / "signature").write_bytes(signature)
    openssl("x509", "-inform", "DER", "-in", tmp_path / "own.der", "-out", tmp_path / "own.pem")
    (tmp_path / "key.pem").write_text(openssl("x509", "-in", tmp_path / "own.pem", "-noout", "-pubkey"))
    digest = f"-sha{alg[2:]}"
    said = openssl(
        "dgst", digest, "-verify", tmp_path / "key.pem", "-signature", tmp_path / "signature", tmp_path / "data"
    )
    assert said == "Verified OK\n"
    at = str(int(NOW.timestamp()))
    assert "OK" in openssl("verify", "-attime", at, "-CAfile", tmp_path / "root.pem", tmp_path / "own.pem")


def test_what_is_no_seal_is_refused() -> None:
    made = made_seal(KEYS["ES256"])
    with pytest.raises(SealRefused, match="another"):
        read_seal(made.pkcs12, "gingerbread")
    with pytest.raises(SealRefused, match="no PKCS #12"):
        read_seal(b"seal", PASSWORD)
    bare = serialize_key_and_certificates(b"", KEYS["ES256"], None, None, NoEncryption())
    with pytest.raises(SealRefused, match="no private key with its certificate"):
        read_seal(bare, "")
    with pytest.raises(SealRefused, match="1024 bits"):
        read_seal(made_seal(rsa.generate_private_key(65537, 1024)).pkcs12, PASSWORD)  # noqa: S505
    with pytest.raises(SealRefused, match="neither RSA nor"):
        read_seal(made_seal(ed25519.Ed25519PrivateKey.generate()).pkcs12, PASSWORD)  # type: ignore[arg-type]


def test_a_certificate_out_of_its_time_seals_nothing() -> None:
    seal = read_seal(made_seal(KEYS["ES256"]).pkcs12, PASSWORD)
    for moment in (FIRST - timedelta(seconds=1), FIRST + timedelta(days=731)):
        with pytest.raises(SealRefused, match="holds from 2026-01-01"):
            sealed(PAYLOAD, seal, moment)
    assert header_of(sealed(PAYLOAD, seal, FIRST))["sigT"] == "2026-01-01T00:00:00Z"
    assert "key=" not in repr(seal)
