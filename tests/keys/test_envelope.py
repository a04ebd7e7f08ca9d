"""A sealed key opens with what sealed it, unchanged, and with nothing else."""

from __future__ import annotations

import base64
import copy
import hmac
import json
import pickle
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa, x25519
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from keys import envelope, multikey
from keys.envelope import Argon2Cost, KeyEncryptionKey, Passphrase, Unlock
from keys.errors import KeyFileUnreadable, KeysError, WrongPassphrase
from keys.public_key import KeyType
from keys.signer import LocalSigner, PrivateKey, generate_private_key
from tests.work import work_of_at_most

CHEAP = Argon2Cost(memory_kib=8 * 1024, passes=1, lanes=1)
KEK = KeyEncryptionKey(bytes(range(32)))
WORDS = Passphrase("correct horse battery staple")
PRIVATE_KEYS = {key_type: generate_private_key(key_type) for key_type in KeyType}


def pkcs8(key: PrivateKey | x25519.X25519PrivateKey) -> bytes:
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def sealed(unlock: Unlock = KEK, key_type: KeyType = KeyType.ED25519) -> bytes:
    return envelope.seal(PRIVATE_KEYS[key_type], unlock, cost=CHEAP)


def changed(data: bytes, **members: Any) -> bytes:
    """The envelope with other members, in exactly the spelling that is accepted."""
    return (json.dumps({**json.loads(data), **members}, indent=2) + "\n").encode()


@pytest.mark.parametrize("unlock", [WORDS, KEK], ids=["passphrase", "key-encryption key"])
@pytest.mark.parametrize("key_type", list(KeyType))
def test_what_was_sealed_comes_out_again(key_type: KeyType, unlock: Unlock) -> None:
    data = sealed(unlock, key_type)
    assert len(data) < envelope.MAX_BYTES
    assert pkcs8(envelope.unseal(data, unlock)) == pkcs8(PRIVATE_KEYS[key_type])
    assert envelope.public_key_of(data) == LocalSigner(PRIVATE_KEYS[key_type]).public_key


def test_the_largest_key_fits_the_bound_of_reading() -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=4096)
    assert 2 * len(envelope.seal(key, KEK)) < envelope.MAX_BYTES


def test_the_file_says_what_it_is_and_holds_nothing_readable_of_the_key() -> None:
    private_key = PRIVATE_KEYS[KeyType.P256]
    document = json.loads(envelope.seal(private_key, WORDS))
    public_key = LocalSigner(private_key).public_key
    assert document["format"] == "guildmark-private-key"
    assert document["version"] == 1
    assert document["type"] == "P-256"
    assert document["public_key"] == multikey.encode(public_key)
    assert document["cipher"] == "AES-256-GCM"
    salt = document["kdf"].pop("salt")
    assert document["kdf"] == {"name": "argon2id", "memory_kib": 65536, "passes": 3, "lanes": 4}
    assert len(salt) == 43
    assert pkcs8(private_key).hex() not in sealed(WORDS, KeyType.P256).hex()


def test_two_envelopes_of_one_key_share_no_salt_nonce_or_ciphertext() -> None:
    for unlock in (WORDS, KEK):
        first, second = json.loads(sealed(unlock)), json.loads(sealed(unlock))
        assert first["kdf"]["salt"] != second["kdf"]["salt"]
        assert first["nonce"] != second["nonce"]
        assert first["ciphertext"][:40] != second["ciphertext"][:40]


def test_a_wrong_passphrase_is_one_clear_error() -> None:
    with pytest.raises(WrongPassphrase, match="This passphrase does not open the key"):
        envelope.unseal(sealed(WORDS), Passphrase("correct horse battery stable"))
    with pytest.raises(WrongPassphrase, match="This key-encryption key does not open the key"):
        envelope.unseal(sealed(KEK), KeyEncryptionKey(bytes(32)))


def test_the_other_kind_of_secret_is_named() -> None:
    with pytest.raises(WrongPassphrase, match="sealed with a passphrase, and a key-encryption key was given"):
        envelope.unseal(sealed(WORDS), KEK)
    with pytest.raises(WrongPassphrase, match="sealed with a key-encryption key, and a passphrase was given"):
        envelope.unseal(sealed(KEK), WORDS)


def test_the_same_words_typed_on_two_systems_are_one_passphrase() -> None:
    data = sealed(Passphrase("Zürich"))
    assert pkcs8(envelope.unseal(data, Passphrase("Zu\u0308rich"))) == pkcs8(PRIVATE_KEYS[KeyType.ED25519])


@pytest.mark.parametrize("mask", [0x01, 0x02, 0x07, 0x20, 0x80, 0xFF])
def test_every_flipped_byte_is_refused_under_a_key_encryption_key(mask: int) -> None:
    data = sealed(KEK)
    for place in range(len(data)):
        spoilt = data[:place] + bytes([data[place] ^ mask]) + data[place + 1 :]
        with pytest.raises(KeysError):
            envelope.unseal(spoilt, KEK)


def test_every_flipped_byte_is_refused_under_a_passphrase() -> None:
    data = sealed(WORDS)
    for place in range(len(data)):
        spoilt = data[:place] + bytes([data[place] ^ 0x01]) + data[place + 1 :]
        with pytest.raises(KeysError):
            envelope.unseal(spoilt, WORDS)


def test_every_cut_and_every_addition_is_refused() -> None:
    data = sealed(KEK)
    for size in range(len(data)):
        with pytest.raises(KeyFileUnreadable):
            envelope.unseal(data[:size], KEK)
    for added in (b"\n", b" ", b"\0", b"{}", data):
        with pytest.raises(KeyFileUnreadable):
            envelope.unseal(data + added, KEK)


def test_another_spelling_of_the_same_json_is_refused() -> None:
    data = sealed(KEK)
    document = json.loads(data)
    for other in (
        json.dumps(document).encode(),
        data.replace(b"\n", b"\r\n"),
        b"\xef\xbb\xbf" + data,
        data.replace(b'"version": 1,', b'"version": 2, "version": 1,'),
        data.replace(b'"version": 1,', b'"version": 1.0,'),
        data.replace(b'"version": 1,', b'"version": true,'),
        changed(data, note="more"),
    ):
        with pytest.raises(KeyFileUnreadable):
            envelope.unseal(other, KEK)


def test_the_public_key_and_type_cannot_be_exchanged() -> None:
    data = sealed(KEK, KeyType.P256)
    other = LocalSigner(generate_private_key(KeyType.P256)).public_key
    with pytest.raises(WrongPassphrase, match="the file was changed since"):
        envelope.unseal(changed(data, public_key=multikey.encode(other)), KEK)
    with pytest.raises(KeyFileUnreadable):
        envelope.unseal(changed(data, type="P-384"), KEK)


def test_a_later_version_asks_for_a_later_program() -> None:
    with pytest.raises(KeyFileUnreadable, match="of version 2, this program reads 1"):
        envelope.unseal(changed(sealed(KEK), version=2), KEK)


@pytest.mark.parametrize(
    "cost",
    [
        {"memory_kib": 64 * 1024 * 1024},
        {"memory_kib": 256 * 1024 + 1},
        {"memory_kib": 8},
        {"memory_kib": -1},
        {"memory_kib": 2**70},
        {"memory_kib": "65536"},
        {"memory_kib": 65536.0},
        {"memory_kib": None},
        {"passes": 0},
        {"passes": 4_000_000_000},
        {"passes": True},
        {"lanes": 0},
        {"lanes": 2**24},
        {"lanes": []},
    ],
)
def test_a_hostile_cost_is_refused_before_it_is_paid(cost: dict[str, Any]) -> None:
    data = sealed(WORDS)
    kdf = {**json.loads(data)["kdf"], **cost}
    with work_of_at_most(5), pytest.raises(KeyFileUnreadable, match="is accepted"):
        envelope.unseal(changed(data, kdf=kdf), WORDS)


def test_a_cheaper_cost_does_not_open_what_a_dearer_one_sealed() -> None:
    data = envelope.seal(PRIVATE_KEYS[KeyType.ED25519], WORDS, cost=Argon2Cost(8 * 1024, 2, 1))
    kdf = {**json.loads(data)["kdf"], "passes": 1}
    with pytest.raises(WrongPassphrase):
        envelope.unseal(changed(data, kdf=kdf), WORDS)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b"7",
        b'"text"',
        b"\xff\xfe",
        b"[" * 30_000,
        b"{" * 40_000,
        b"9" * 20_000,
        b"NaN",
    ],
    ids=lambda data: repr(data[:6]),
)
def test_what_is_no_envelope_is_a_sentence(data: bytes) -> None:
    with pytest.raises(KeyFileUnreadable, match="damaged or was not written by guildmark"):
        envelope.unseal(data, KEK)


@settings(max_examples=100, deadline=None)
@given(
    member=st.sampled_from(["format", "version", "type", "public_key", "kdf", "cipher", "nonce", "ciphertext"]),
    value=st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text("AQz-_=é", max_size=9)),
        lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(["name", "salt"]), inner)),
        max_leaves=5,
    ),
)
def test_any_other_value_of_a_member_is_a_keys_error(member: str, value: Any) -> None:
    data = sealed(KEK)
    if json.loads(data)[member] == value:
        return
    with pytest.raises(KeysError):
        envelope.unseal(changed(data, **{member: value}), KEK)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_a_keys_error(data: bytes) -> None:
    with pytest.raises(KeysError):
        envelope.unseal(data, KEK)


class Impostor:
    """Gives other bytes for its private key than its public key says."""

    def __init__(self, plain: bytes) -> None:
        self._plain = plain

    def public_key(self) -> object:
        return PRIVATE_KEYS[KeyType.ED25519].public_key()

    def private_bytes(self, *_: object) -> bytes:
        return self._plain


@pytest.mark.parametrize(
    ("plain", "says"),
    [
        (b"no key at all", "does not hold a private key"),
        (pkcs8(generate_private_key(KeyType.ED25519)), "holds another private key"),
        (pkcs8(generate_private_key(KeyType.P256)), "holds another private key"),
        (pkcs8(ec.generate_private_key(ec.SECP256K1())), "does not hold a private key"),
        (pkcs8(x25519.X25519PrivateKey.generate()), "does not hold a private key"),
    ],
    ids=["no key", "another key", "another type", "another curve", "no signing key"],
)
def test_an_authentic_envelope_around_something_else_is_refused(plain: bytes, says: str) -> None:
    """Whoever has the secret can seal anything; it is still checked what comes out."""
    data = envelope.seal(Impostor(plain), KEK)  # type: ignore[arg-type]
    with pytest.raises(KeyFileUnreadable, match=says):
        envelope.unseal(data, KEK)


class TestVersion1:
    """Files that this version wrote open in every later one: their bytes are written down here."""

    SEED = bytes(range(32))
    HEAD = """{
  "format": "guildmark-private-key",
  "version": 1,
  "type": "Ed25519",
  "public_key": "z6MkehRgf7yJbgaGfYsdoAsKdBPE3dj2CYhowQdcjqSJgvVd",
  "kdf": {
"""
    TAIL = """    "salt": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
  },
  "cipher": "AES-256-GCM",
  "nonce": "AAECAwQFBgcICQoL",
  "ciphertext": "%s"
}
"""
    FOR_KEK = (
        HEAD
        + '    "name": "hkdf-sha256",\n'
        + TAIL % "jXZRGalsOjcOsfO-5IsqAjo8VvOBdHhMjgWKvK5_mHsl19H8HG8HIKS7c3UxsX8_IUngNvQCziVaggQsMlU-bA"
    )
    FOR_WORDS = (
        HEAD
        + '    "name": "argon2id",\n    "memory_kib": 8192,\n    "passes": 1,\n    "lanes": 1,\n'
        + TAIL % "aq73w8bUqXF8lzVNQXsZEib-x0txCIAh2mCwX9N9pLcXCiBSeCRaGy8HiLf2uLUedI9q6U4edNs7iaOvQhuAkg"
    )

    @pytest.mark.parametrize(("unlock", "text"), [(KEK, FOR_KEK), (WORDS, FOR_WORDS)], ids=["kek", "words"])
    def test_the_bytes_never_change(self, unlock: Unlock, text: str) -> None:
        key = ed25519.Ed25519PrivateKey.from_private_bytes(self.SEED)
        assert pkcs8(envelope.unseal(text.encode(), unlock)) == pkcs8(key)
        again = envelope.seal(key, unlock, cost=CHEAP, randomness=lambda size: bytes(range(size)))
        assert again.decode() == text

    def test_following_the_description_with_other_means_opens_it(self) -> None:
        document = json.loads(self.FOR_KEK)
        ciphertext = base64.urlsafe_b64decode(document.pop("ciphertext") + "==")
        salt = base64.urlsafe_b64decode(document["kdf"]["salt"] + "=")
        extracted = hmac.digest(salt, KEK.key, "sha256")
        key = hmac.digest(extracted, b"guildmark private key envelope, version 1\x01", "sha256")
        associated_data = json.dumps(document, separators=(",", ":")).encode()
        plain = AESGCM(key).decrypt(base64.urlsafe_b64decode(document["nonce"]), ciphertext, associated_data)
        assert plain.endswith(self.SEED)


class TestSecrets:
    def test_neither_kind_shows_or_gives_away_its_secret(self) -> None:
        for secret in (Passphrase("open sesame"), KeyEncryptionKey(b"open sesame" * 2 + b"0123456789")):
            for shown in (repr(secret), str(secret), f"{[secret]}"):
                assert "sesame" not in shown
                assert b"sesame".hex() not in shown
            with pytest.raises(TypeError, match="never pickled"):
                pickle.dumps(secret)
            with pytest.raises(TypeError):
                copy.deepcopy(secret)

    def test_an_empty_or_undecodable_passphrase_is_refused(self) -> None:
        with pytest.raises(WrongPassphrase, match="empty"):
            Passphrase("")
        with pytest.raises(WrongPassphrase, match="UTF-8"):
            Passphrase("\udcff")

    @pytest.mark.parametrize("size", [0, 16, 31, 33, 64])
    def test_a_key_encryption_key_has_32_bytes(self, size: int) -> None:
        with pytest.raises(WrongPassphrase, match="32 bytes"):
            KeyEncryptionKey(bytes(size))

    def test_a_key_encryption_key_from_the_environment(self) -> None:
        assert KeyEncryptionKey.from_text(KEK.to_text() + "\n") == KEK
        for wrong in ("", "tooshort", KEK.to_text() + "A", KEK.to_text() + "=", " " + KEK.to_text()):
            with pytest.raises(WrongPassphrase, match="43 characters of base64url") as refused:
                KeyEncryptionKey.from_text(wrong)
            assert not wrong or wrong.strip() not in str(refused.value)
            assert refused.value.__cause__ is None

    @settings(max_examples=50, deadline=None)
    @given(st.binary(min_size=32, max_size=32))
    def test_the_text_form_makes_the_round_trip(self, key: bytes) -> None:
        assert KeyEncryptionKey.from_text(KeyEncryptionKey(key).to_text()).key == key
