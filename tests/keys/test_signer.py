"""A signer signs, and its private key stays where it is."""

from __future__ import annotations

import copy
import pickle

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from keys.errors import SigningUnavailable, UnsupportedKey
from keys.public_key import KeyType
from keys.signer import LocalSigner, Signer, generate, generate_private_key


def test_a_new_key_signs_in_its_algorithm_and_length() -> None:
    for key_type, size in ((KeyType.ED25519, 64), (KeyType.P256, 64), (KeyType.P384, 96), (KeyType.RSA, 256)):
        signer: Signer = generate(key_type)
        assert signer.public_key.type is key_type
        assert len(signer.sign(b"a message")) == size


def test_no_text_or_attribute_shows_the_secret() -> None:
    seed = b"the seed of this key is a secret"
    signer = LocalSigner(ed25519.Ed25519PrivateKey.from_private_bytes(seed))
    assert repr(signer) == f"<LocalSigner Ed25519 {signer.public_key.thumbprint()}>"
    for shown in (repr(signer), str(signer), f"{signer}", repr([signer])):
        assert seed.hex() not in shown
        assert "secret" not in shown
    assert not hasattr(signer, "__dict__")
    assert [name for name in dir(signer) if not name.startswith("_")] == ["public_key", "sign"]


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_signer_is_never_pickled(signer: LocalSigner, protocol: int) -> None:
    with pytest.raises(TypeError, match="never pickled"):
        pickle.dumps(signer, protocol)


def test_a_signer_is_never_copied(signer: LocalSigner) -> None:
    with pytest.raises(TypeError):
        copy.copy(signer)
    with pytest.raises(TypeError):
        copy.deepcopy([signer])


def test_a_key_outside_the_table_makes_no_signer() -> None:
    with pytest.raises(UnsupportedKey):
        LocalSigner(ec.generate_private_key(ec.SECP256K1()))


def test_a_failure_of_the_library_is_one_error(signer: LocalSigner) -> None:
    with pytest.raises(SigningUnavailable, match="made no signature"):
        signer.sign("text is not bytes")  # type: ignore[arg-type]


def test_new_rsa_keys_have_2048_bits_and_new_keys_differ() -> None:
    private = generate_private_key(KeyType.RSA)
    assert isinstance(private, rsa.RSAPrivateKey)
    assert private.key_size == 2048
    for key_type in (KeyType.ED25519, KeyType.P256, KeyType.P384):
        first, second = (
            generate_private_key(key_type).private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
            for _ in range(2)
        )
        assert first != second
