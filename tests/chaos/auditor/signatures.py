"""Signatures by `cryptography`, canonical forms by PyLD, contexts read as files: nothing of what signed."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import base58
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key
from pyld import jsonld

_ED25519, _RSA = b"\xed\x01", b"\x85\x24"
_FILES = {
    "https://www.w3.org/ns/credentials/v2": "credentials-v2.json",
    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json": "ob-v3p0-context-3.0.3.json",
}
Key = Ed25519PublicKey | RSAPublicKey


class NotSigned(Exception):  # noqa: N818
    """The document does not carry a good signature of that key."""


@cache
def key_of(multikey: str) -> Key:
    """The key of a Multikey. Raises NotSigned for a type that is not audited."""
    data = base58.b58decode(multikey.removeprefix("z"))
    if data.startswith(_ED25519):
        return Ed25519PublicKey.from_public_bytes(data[2:])
    if data.startswith(_RSA):
        found = load_der_public_key(_spki(data[2:]))
        assert isinstance(found, RSAPublicKey)
        return found
    raise NotSigned(f"a key of another type: {data[:2].hex()}")


def _spki(pkcs1: bytes) -> bytes:
    """SubjectPublicKeyInfo around a PKCS #1 key: the algorithm is rsaEncryption (RFC 8017)."""
    algorithm = bytes.fromhex("300d06092a864886f70d0101010500")
    return _der(0x30, algorithm + _der(0x03, b"\x00" + pkcs1))


def _der(tag: int, content: bytes) -> bytes:
    length = len(content)
    if length < 128:
        return bytes([tag, length]) + content
    said = length.to_bytes((length.bit_length() + 7) // 8)
    return bytes([tag, 0x80 | len(said)]) + said + content


def raw(key: Ed25519PublicKey) -> bytes:
    """An Ed25519 key's 32 bytes."""
    return key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)


@cache
def _context(url: str) -> Any:
    spec = find_spec("openbadgeslib")
    assert spec is not None
    assert spec.submodule_search_locations
    path = Path(spec.submodule_search_locations[0]) / "ob3" / "contexts" / _FILES[url]
    document = json.loads(path.read_text())
    if "ob-v3p0" in path.name:  # two terms of that copy are not in the published file; neither occurs here
        for name in ("jti", "endorsementJwt"):
            _without(document, name)
    return document


def _without(value: Any, name: str) -> None:
    if isinstance(value, dict):
        value.pop(name, None)
        for one in value.values():
            _without(one, name)
    elif isinstance(value, list):
        for one in value:
            _without(one, name)


def _load(url: str, _options: object = None) -> dict[str, Any]:
    if url not in _FILES:
        raise NotSigned(f"a context that is not known: {url}")
    return {"contextUrl": None, "documentUrl": url, "document": _context(url), "contentType": "application/ld+json"}


def _canonical(document: Mapping[str, Any]) -> bytes:
    options = {"algorithm": "URDNA2015", "format": "application/n-quads", "documentLoader": _load}
    return str(jsonld.normalize(dict(document), options)).encode()


def check_embedded(document: Mapping[str, Any], key: Key) -> None:
    """The proof `eddsa-rdfc-2022` (VC Data Integrity EdDSA, 3.2). Raises NotSigned."""
    proofs = document.get("proof")
    if not isinstance(proofs, list):
        proofs = [proofs]
    if len(proofs) != 1 or not isinstance(proofs[0], dict):
        raise NotSigned("it has not one proof")
    proof = dict(proofs[0])
    value = str(proof.pop("proofValue", ""))
    if proof.get("cryptosuite") != "eddsa-rdfc-2022" or proof.get("proofPurpose") != "assertionMethod":
        raise NotSigned(f"a proof of another kind: {proof.get('cryptosuite')}")
    if not isinstance(key, Ed25519PublicKey):
        raise NotSigned("an Ed25519 proof, but another key")
    bare = {name: one for name, one in document.items() if name != "proof"}
    try:
        hashed = [sha256(_canonical(one)).digest() for one in ({"@context": document["@context"], **proof}, bare)]
        key.verify(base58.b58decode(value[1:]), b"".join(hashed))
    except (InvalidSignature, ValueError, KeyError, jsonld.JsonLdError) as error:
        raise NotSigned(f"the proof does not verify: {type(error).__name__}") from error


def check_token(token: bytes, key: Key) -> dict[str, Any]:
    """The payload of a compact JWS by RS256 or EdDSA. Raises NotSigned."""
    try:
        head, payload, signature = token.split(b".")
        algorithm, said = json.loads(_decoded(head))["alg"], json.loads(_decoded(payload))
        if isinstance(key, Ed25519PublicKey) and algorithm in {"EdDSA", "Ed25519"}:
            key.verify(_decoded(signature), head + b"." + payload)
        elif isinstance(key, RSAPublicKey) and algorithm == "RS256":
            key.verify(_decoded(signature), head + b"." + payload, PKCS1v15(), hashes.SHA256())
        else:
            raise NotSigned(f"the algorithm {algorithm} is not that of its key")
    except (InvalidSignature, ValueError, KeyError) as error:
        raise NotSigned(f"the token does not verify: {type(error).__name__}") from error
    if not isinstance(said, dict):
        raise NotSigned("the token holds no credential")
    return said


def _decoded(text: bytes) -> bytes:
    return base64.urlsafe_b64decode(text + b"=" * (-len(text) % 4))
