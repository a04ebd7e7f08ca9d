"""The standards' published signatures fit; ours equal them where the algorithm leaves no choice."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from keys import multibase, multikey
from keys.errors import SignatureMismatch
from keys.openssl_keys import CURVES
from keys.public_key import KeyType
from keys.signer import LocalSigner
from tests.conftest import vectors

pytestmark = pytest.mark.vectors


def one(folder: Path, beginning: str) -> bytes:
    (file,) = folder.glob(f"{beginning}*.txt")
    return bytes.fromhex(file.read_text().strip())


def secret(text: str) -> bytes:
    """What follows the two-byte multicodec prefix of a published test secret."""
    return multibase.decode(text, max_characters=200)[2:]


def ed25519_signers() -> dict[str, LocalSigner]:
    pairs = [json.loads(vectors("vc-di-eddsa", "keyPair.json").read_text())]
    pairs += json.loads(vectors("vc-di-eddsa", "proof-set-chain", "multiKeyPairs.json").read_text()).values()
    return {
        pair["publicKeyMultibase"]: LocalSigner(
            ed25519.Ed25519PrivateKey.from_private_bytes(secret(pair["privateKeyMultibase"]))
        )
        for pair in pairs
    }


def test_the_published_pairs_of_ed25519_belong_together() -> None:
    signers = ed25519_signers()
    assert len(signers) == 5
    for text, signer in signers.items():
        assert multikey.encode(signer.public_key) == text


@pytest.mark.parametrize(
    "folder", ["eddsa-rdfc-2022", "eddsa-rdfc-2022/employ", "eddsa-jcs-2022", "Ed25519Signature2020"]
)
def test_our_ed25519_signatures_equal_the_published_ones(folder: str) -> None:
    path = vectors("vc-di-eddsa", *folder.split("/"))
    message, published = one(path, "combinedHash"), one(path, "sigHex")
    signer = next(iter(ed25519_signers().values()))
    assert signer.sign(message) == published
    signer.public_key.verify(published, message)


@pytest.mark.parametrize(("key_type", "file"), [(KeyType.P256, "p256"), (KeyType.P384, "p384")])
@pytest.mark.parametrize("form", ["rdfc", "rdfc/employ", "jcs"])
def test_the_published_ecdsa_signatures_fit(key_type: KeyType, file: str, form: str) -> None:
    pair = json.loads(vectors("vc-di-ecdsa", f"{file}KeyPair.json").read_text())
    key = multikey.decode(pair["publicKeyMultibase"])
    assert key.type is key_type
    name, *rest = form.split("/")
    path = vectors("vc-di-ecdsa", f"ecdsa-{name}-2019-{file}", *rest)
    message, published = one(path, "combinedHash"), one(path, "sigHex")
    key.verify(published, message)
    with pytest.raises(SignatureMismatch):
        key.verify(published, message[:-1])
    curve = CURVES[key_type]
    private = ec.derive_private_key(int.from_bytes(secret(pair["secretKeyMultibase"]), "big"), curve)
    signer = LocalSigner(private)
    assert signer.public_key == key
    key.verify(signer.sign(message), message)
