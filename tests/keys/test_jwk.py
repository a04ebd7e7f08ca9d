"""Public keys as JSON Web Keys: one spelling each, no private members, nothing meant for another use."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import jwt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keys import base64url, jwk
from keys.errors import KeysError, MalformedKey, UnsupportedKey
from keys.public_key import KeyType
from keys.signer import LocalSigner, generate
from tests.conftest import vectors
from tests.keys.conftest import SIGNERS


def jwk_of(key_type: KeyType, **changes: object) -> dict[str, object]:
    return {**jwk.to_jwk(SIGNERS[key_type].public_key), **changes}


def cid(file: str) -> dict[str, Any]:
    members: dict[str, Any] = json.loads(vectors("cid", file).read_text())["publicKeyJwk"]
    return members


def test_the_round_trip(signer: LocalSigner) -> None:
    members = jwk.to_jwk(signer.public_key)
    assert jwk.from_jwk(members) == signer.public_key
    assert list(members) == sorted(members)


@settings(max_examples=30, deadline=None)
@given(key_type=st.sampled_from([KeyType.ED25519, KeyType.P256, KeyType.P384]))
def test_any_new_key_makes_the_round_trip(key_type: KeyType) -> None:
    key = generate(key_type).public_key
    assert jwk.from_jwk(jwk.to_jwk(key)) == key


def test_pyjwt_reads_our_keys_and_their_tokens_fit(signer: LocalSigner) -> None:
    """A peer's reading of the same JWK verifies what our signer signed."""
    signing_input = base64url.encode(b'{"alg":"%s"}' % signer.public_key.algorithm.jose.encode())
    signing_input += "." + base64url.encode(b'{"sub":"ada"}')
    token = f"{signing_input}.{base64url.encode(signer.sign(signing_input.encode()))}"
    algorithm = signer.public_key.algorithm.jose
    key = jwt.PyJWK(jwk.to_jwk(signer.public_key), algorithm=algorithm)
    assert jwt.decode(token, key, algorithms=[algorithm]) == {"sub": "ada"}


@pytest.mark.vectors
def test_the_jwks_of_controlled_identifiers() -> None:
    for file, key_type in (
        ("09-json-web-key-encoding-of-a-secp384r1-p-384-public-key.json", KeyType.P384),
        ("32-an-ed25519-public-key-encoded-as-a-jsonwebkey.json", KeyType.ED25519),
    ):
        key = jwk.from_jwk(cid(file))
        assert key.type is key_type
        assert jwk.to_jwk(key).items() <= cid(file).items()


@pytest.mark.vectors
@pytest.mark.parametrize(
    "file",
    [
        "30-a-p-256-public-key-encoded-as-a-jsonwebkey.json",
        "31-a-p-384-public-key-encoded-as-a-jsonwebkey.json",
    ],
)
def test_two_examples_of_the_standard_have_an_x_that_was_encoded_twice(file: str) -> None:
    with pytest.raises(MalformedKey, match=r"member x|not a point"):
        jwk.from_jwk(cid(file))


@pytest.mark.vectors
def test_other_curves_are_unsupported() -> None:
    with pytest.raises(UnsupportedKey, match="BLS12381G2"):
        jwk.from_jwk(cid("33-a-bls12-381-g2-group-public-key-encoded-as-a-jsonwebkey.json"))


@pytest.mark.vectors
def test_a_published_private_key_is_refused() -> None:
    method = json.loads(vectors("cid", "10-json-web-key-encoding-of-a-secp384r1-p-384-secret-key.json").read_text())
    with pytest.raises(MalformedKey, match="private members \\(d\\)"):
        jwk.from_jwk(method["secretKeyJwk"])


@pytest.mark.parametrize("member", ["d", "p", "q", "dp", "dq", "qi", "oth", "k"])
def test_every_private_member_is_refused_and_not_shown(member: str) -> None:
    for key_type in KeyType:
        with pytest.raises(MalformedKey) as refused:
            jwk.from_jwk(jwk_of(key_type, **{member: "the-secret"}))
        assert "the-secret" not in str(refused.value)


@pytest.mark.parametrize(
    "members",
    [
        {"kty": "oct"},
        {"kty": "EC", "crv": "secp256k1"},
        {"kty": "EC", "crv": "P-521"},
        {"kty": "OKP", "crv": "X25519"},
        {"kty": "OKP", "crv": "P-256"},
        {"kty": "EC", "crv": "Ed25519"},
        {"kty": "ec", "crv": "P-256"},
        {},
    ],
)
def test_other_types_are_unsupported(members: dict[str, object]) -> None:
    with pytest.raises(UnsupportedKey, match="supported are RSA, EC with P-256"):
        jwk.from_jwk(members)


@pytest.mark.parametrize(
    "changes",
    [
        {"use": "enc"},
        {"key_ops": ["sign"]},
        {"key_ops": []},
        {"alg": "PS256"},
        {"alg": "HS256"},
        {"alg": "none"},
    ],
)
def test_a_key_for_another_purpose_is_unsupported(changes: dict[str, object]) -> None:
    for key_type in KeyType:
        with pytest.raises(UnsupportedKey):
            jwk.from_jwk(jwk_of(key_type, **changes))


@pytest.mark.parametrize("member", ["kty", "crv", "use", "alg", "key_ops"])
@pytest.mark.parametrize("value", [None, True, 7, 1.5, [], {}, ["sig", 1], [["verify"]], [{}], {"verify": 1}])
def test_a_member_of_the_wrong_kind_is_malformed(member: str, value: object) -> None:
    if (member, value) == ("key_ops", []):
        return  # well-formed: a key for no operation
    for key_type in KeyType:
        with pytest.raises(MalformedKey, match=f"member {member} must be"):
            jwk.from_jwk(jwk_of(key_type, **{member: value}))


def test_a_key_for_this_purpose_says_so(signer: LocalSigner) -> None:
    said = {
        "use": "sig",
        "key_ops": ["verify"],
        "alg": signer.public_key.algorithm.jose,
        "kid": "1",
        "x5c": [],
    }
    assert jwk.from_jwk({**jwk.to_jwk(signer.public_key), **said}) == signer.public_key
    assert jwk.from_jwk(jwk_of(KeyType.ED25519, alg="Ed25519")).type is KeyType.ED25519


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text + "=",
        lambda text: text + "==",
        lambda text: text + "\n",
        lambda text: " " + text,
        lambda text: "+" + text[1:],
        lambda text: "AA" + text,
        lambda text: "AAAA" + text,
        lambda text: text[:-2],
        lambda text: "",
        lambda text: 7,
        lambda text: None,
        lambda text: [text],
        lambda text: text * 5000,
        lambda text: "é" + text[1:],
    ],
)
def test_members_have_one_spelling(spoil: Any) -> None:
    for key_type, member in (
        (KeyType.ED25519, "x"),
        (KeyType.P256, "y"),
        (KeyType.P384, "x"),
        (KeyType.RSA, "n"),
    ):
        honest = jwk.to_jwk(SIGNERS[key_type].public_key)[member]
        try:
            key = jwk.from_jwk(jwk_of(key_type, **{member: spoil(honest)}))
        except MalformedKey:
            continue
        assert (key_type, spoil(honest)) == (KeyType.RSA, honest[:-2]), "accepted a second spelling"
        assert key != SIGNERS[key_type].public_key


def test_unused_bits_that_are_set_are_a_second_spelling() -> None:
    honest = jwk.to_jwk(SIGNERS[KeyType.ED25519].public_key)["x"]
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    with pytest.raises(MalformedKey, match="unused bits"):
        jwk.from_jwk(jwk_of(KeyType.ED25519, x=honest[:-1] + alphabet[alphabet.index(honest[-1]) + 1]))


@pytest.mark.parametrize("key_type", [KeyType.P256, KeyType.P384])
def test_a_point_off_its_curve_is_refused(key_type: KeyType) -> None:
    honest = jwk.to_jwk(SIGNERS[key_type].public_key)
    y = bytearray(base64url.decode(honest["y"]))
    for place in (0, len(y) - 1):
        off = bytes(y[:place]) + bytes([y[place] ^ 2]) + bytes(y[place + 1 :])
        with pytest.raises(MalformedKey, match="not a point"):
            jwk.from_jwk(jwk_of(key_type, y=base64url.encode(off)))
    with pytest.raises(MalformedKey, match="not a point"):
        jwk.from_jwk(jwk_of(key_type, x=base64url.encode(b"\xff" * len(y))))


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(["EC", "OKP", "RSA", "P-256", "P-384", "Ed25519", "EdDSA", "ES256", "AQAB", "sig", "verify"])
    | st.text(alphabet="AQaz09-_=é\ud800\n", max_size=50),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=4,
)
MEMBERS = st.sampled_from(["kty", "crv", "x", "y", "n", "e", "use", "alg", "key_ops", "kid", "x5c", "d"])


@given(st.dictionaries(MEMBERS, JSON, max_size=6))
def test_no_object_whatever_ends_in_another_error(members: dict[str, object]) -> None:
    with suppress(KeysError):
        jwk.from_jwk(members)


@given(st.sampled_from(KeyType), st.dictionaries(MEMBERS.filter(lambda name: name not in ("kty", "crv")), JSON))
def test_a_key_of_a_known_type_with_any_other_members_ends_in_no_other_error(
    key_type: KeyType, members: dict[str, object]
) -> None:
    """The members behind `kty` and `crv` are reached only if these two are right."""
    with suppress(KeysError):
        jwk.from_jwk(jwk_of(key_type, **members))


class TestBase64url:
    @given(st.binary(max_size=100))
    def test_the_round_trip(self, data: bytes) -> None:
        assert base64url.decode(base64url.encode(data)) == data

    @given(st.text(alphabet="ABab01-_+/= \n", max_size=12))
    def test_one_value_has_one_spelling(self, text: str) -> None:
        try:
            data = base64url.decode(text)
        except ValueError:
            return
        assert base64url.encode(data) == text
