"""A key as one string, and back."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keys import multibase, multikey
from keys.errors import KeysError, MalformedKey, UnsupportedKey
from keys.public_key import KeyType, PublicKey
from keys.signer import LocalSigner, generate
from tests.conftest import vectors
from tests.keys.test_public_key import SMALL_ORDER
from tests.work import work_of_at_most


def multibase_of(*parts: str) -> str:
    text: str = json.loads(vectors(*parts).read_text())["publicKeyMultibase"]
    return text


def test_the_round_trip(signer: LocalSigner) -> None:
    text = multikey.encode(signer.public_key)
    assert multikey.decode(text) == signer.public_key


@settings(max_examples=30, deadline=None)
@given(key_type=st.sampled_from([KeyType.ED25519, KeyType.P256, KeyType.P384]), data=st.data())
def test_any_new_key_makes_the_round_trip(key_type: KeyType, data: st.DataObject) -> None:
    key = generate(key_type).public_key
    text = multikey.encode(key)
    assert multikey.decode(text) == key
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.sampled_from("123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz0OIl+/= "))
    changed = text[:place] + other + text[place + 1 :]
    try:
        assert (multikey.decode(changed) == key) == (changed == text)
    except KeysError:
        assert changed != text


@pytest.mark.parametrize(
    ("key_type", "beginning"),
    [(KeyType.ED25519, "z6Mk"), (KeyType.P256, "zDna"), (KeyType.P384, "z82"), (KeyType.RSA, "z4MX")],
)
def test_each_type_has_the_beginning_that_people_know_it_by(key_type: KeyType, beginning: str) -> None:
    assert multikey.encode(generate(key_type).public_key).startswith(beginning)


@pytest.mark.vectors
@pytest.mark.parametrize(
    ("file", "key_type"),
    [
        ("08-multikey-encoding-of-a-ed25519-public-key.json", KeyType.ED25519),
        ("24-a-p-256-public-key-encoded-as-a-multikey.json", KeyType.P256),
        ("25-a-p-384-public-key-encoded-as-a-multikey.json", KeyType.P384),
        ("26-an-ed25519-public-key-encoded-as-a-multikey.json", KeyType.ED25519),
    ],
)
def test_the_multikeys_of_controlled_identifiers(file: str, key_type: KeyType) -> None:
    text = multibase_of("cid", file)
    key = multikey.decode(text)
    assert key.type is key_type
    assert multikey.encode(key) == text


@pytest.mark.vectors
@pytest.mark.parametrize(
    "file",
    [
        "27-a-bls12-381-g2-group-public-key-encoded-as-a-multikey.json",
        "29-an-sm2-public-key-encoded-as-a-multikey.json",
    ],
)
def test_multikeys_of_other_algorithms_are_unsupported_not_malformed(file: str) -> None:
    with pytest.raises(UnsupportedKey, match="multicodec prefix"):
        multikey.decode(multibase_of("cid", file))


@pytest.mark.parametrize(
    "text",
    ["", "z", "z1", "6Mk", "uAAAA", "z0OIl", "z6Mk\n", " z6Mk", "z6Mkméé", "m7QE", "z" + "2" * 1500],
)
def test_what_is_no_multikey_is_refused(text: str) -> None:
    with pytest.raises(KeysError):
        multikey.decode(text)


@pytest.mark.parametrize("encoded", SMALL_ORDER)
def test_a_multikey_of_a_small_order_point_is_refused(encoded: str) -> None:
    with pytest.raises(MalformedKey):
        multikey.decode(multibase.encode(b"\xed\x01" + bytes.fromhex(encoded)))


def test_material_that_is_too_short_or_too_long_is_refused() -> None:
    key = generate(KeyType.P256).public_key
    for material in (key.material[:-1], key.material + b"\0", b""):
        with pytest.raises(MalformedKey):
            multikey.decode(multibase.encode(b"\x80\x24" + material))


def test_a_hostile_length_costs_nothing() -> None:
    with work_of_at_most(5), pytest.raises(MalformedKey, match="more than"):
        multikey.decode("z" + "2" * 3_000_000)


def test_the_longest_rsa_key_fits_the_bound() -> None:
    modulus = 2**8191 + 1
    der = b"\x30\x82\x04\x0a\x02\x82\x04\x01\0" + modulus.to_bytes(1024, "big") + b"\x02\x03\x01\x00\x01"
    key = PublicKey(KeyType.RSA, der)
    text = multikey.encode(key)
    assert len(text) == 1422
    assert multikey.decode(text) == key


@given(st.binary(max_size=100))
def test_multibase_round_trip(data: bytes) -> None:
    assert multibase.decode(multibase.encode(data), max_characters=200) == data
