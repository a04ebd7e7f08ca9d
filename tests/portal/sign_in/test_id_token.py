"""An ID token is the provider's word only if all of it fits; forged ones are made here, with real keys."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from joserfc import jws, jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

from portal.sign_in.id_token import Expected, claims_of
from portal.sign_in.provider_token import NoSuchKey, TokenRefused

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
EXPECTED = Expected("https://login.example", "guildmark", "the-nonce", "the-access-token")
RSA, EC = RSAKey.generate_key(2048, {"kid": "r"}), ECKey.generate_key("P-256", {"kid": "e"})
OTHER = ECKey.generate_key("P-256", {"kid": "e"})
KEYS: list[dict[str, Any]] = [
    {**RSA.as_dict(private=False), "use": "sig", "alg": "RS256"},
    {**EC.as_dict(private=False), "use": "sig"},
]
SECONDS = int(NOW.timestamp())
CLAIMS: dict[str, Any] = {
    "iss": EXPECTED.issuer,
    "aud": EXPECTED.client_id,
    "sub": "248289761001",
    "nonce": EXPECTED.nonce,
    "iat": SECONDS,
    "exp": SECONDS + 60,
}


def token(claims: dict[str, Any] | None = None, *, key: Any = EC, **header: Any) -> str:
    header = {"alg": "ES256", "kid": "e", **header}
    given = {name: value for name, value in (CLAIMS | (claims or {})).items() if value is not None}
    return jwt.encode({k: v for k, v in header.items() if v is not None}, given, key, algorithms=[header["alg"]])


def test_a_token_that_fits_is_taken() -> None:
    for one in (
        token(),
        token(key=RSA, alg="RS256", kid="r"),
        token(kid=None),
        token({"aud": ["guildmark"]}),
        token({"aud": ["guildmark", "other"], "azp": "guildmark"}),
        token({"azp": "guildmark"}),
        token({"iat": SECONDS + 59, "exp": SECONDS + 100}),
        token({"iat": SECONDS - 600}),
        token({"exp": SECONDS - 59}),
    ):
        assert claims_of(one, KEYS, EXPECTED, NOW)["sub"] == "248289761001"


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://evil.example"},
        {"iss": "https://login.example/"},
        {"iss": ["https://login.example"]},
        {"iss": None},
        {"aud": "another"},
        {"aud": None},
        {"aud": []},
        {"aud": ["guildmark", "another"]},
        {"aud": ["guildmark", "another"], "azp": "another"},
        {"azp": "another"},
        {"nonce": "another"},
        {"nonce": None},
        {"nonce": ""},
        {"nonce": ["the-nonce"]},
        {"exp": None},
        {"exp": SECONDS - 61},
        {"exp": "soon"},
        {"iat": None},
        {"iat": SECONDS + 120, "exp": SECONDS + 240},
        {"iat": SECONDS - 3600},
        {"iat": True},
        {"nbf": SECONDS + 600},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
        {"sub": "x" * 256},
        {"at_hash": "AAAA"},
    ],
    ids=str,
)
def test_a_token_that_says_something_else_is_refused(claims: dict[str, Any]) -> None:
    with pytest.raises(TokenRefused):
        claims_of(token(claims), KEYS, EXPECTED, NOW)


def plain(header: dict[str, Any], claims: dict[str, Any], signature: str = "") -> str:
    parts = (base64.urlsafe_b64encode(json.dumps(one).encode()).decode().rstrip("=") for one in (header, claims))
    return ".".join([*parts, signature])


def forged() -> list[str]:
    signature = token().rpartition(".")[2]
    return [
        plain({"alg": "none"}, CLAIMS),
        plain({"alg": "None", "kid": "e"}, CLAIMS, signature),
        plain({"alg": "NONE", "kid": "e"}, CLAIMS),
        plain({"kid": "e"}, CLAIMS, signature),
        plain({"alg": ["ES256"], "kid": "e"}, CLAIMS, signature),
        plain({"alg": "ES256", "kid": "e"}, CLAIMS, signature),
        plain({"alg": "ES256", "kid": "e"}, {**CLAIMS, "sub": "another"}, signature),
        token(key=OTHER),
        token(typ="at+jwt"),
        token(typ="logout+jwt"),
        jws.serialize_compact({"alg": "ES256", "kid": "e"}, b"[]", EC, algorithms=["ES256"]),
        jws.serialize_compact({"alg": "ES256", "kid": "e"}, b"nothing", EC, algorithms=["ES256"]),
        jwt.encode({"alg": "HS256", "kid": "e"}, CLAIMS, OctKey.generate_key(256), algorithms=["HS256"]),
        "",
        "a.b.c",
        "ü.b.c",
        token() + ".x",
        token()[:-4],
        "." * 10,
        "x" * 200_000,
    ]


@pytest.mark.parametrize("number", range(len(forged())))
def test_a_forged_token_is_refused(number: int) -> None:
    with pytest.raises(TokenRefused):
        claims_of(forged()[number], KEYS, EXPECTED, NOW)


def test_a_public_key_is_no_shared_secret() -> None:
    public = RSA.as_pem(private=False).decode()
    header, body = {"alg": "HS256", "kid": "r"}, CLAIMS
    unsigned = plain(header, body).rstrip(".")
    mac = hmac.new(public.encode(), unsigned.encode(), hashlib.sha256).digest()
    token_ = f"{unsigned}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"
    for keys in (KEYS, [{"kty": "oct", "k": base64.urlsafe_b64encode(public.encode()).decode(), "kid": "r"}]):
        with pytest.raises(TokenRefused, match="'HS256' is not taken"):
            claims_of(token_, keys, EXPECTED, NOW)


def test_a_key_is_used_for_what_it_was_made_for() -> None:
    ec = EC.as_dict(private=False)
    for keys in (
        [{**ec, "use": "enc"}],
        [{**ec, "alg": "ES384"}],
        [{**ec, "kid": "another"}],
        [{**ec, "crv": "P-384"}],
        [{**ec, "kty": "oct"}],
        [{"kid": "e"}],
        [],
    ):
        with pytest.raises(NoSuchKey):
            claims_of(token(), keys, EXPECTED, NOW)
    with pytest.raises(TokenRefused):
        claims_of(token(), [{**ec, "x": "AAAA"}], EXPECTED, NOW)
    with pytest.raises(TokenRefused):  # 1,024 bits
        claims_of(token(key=RSA, alg="RS256", kid="r"), [{**KEYS[0], "n": KEYS[0]["n"][:171]}], EXPECTED, NOW)


def test_the_access_token_is_the_one_that_came_with_it() -> None:
    half = base64.urlsafe_b64encode(hashlib.sha256(b"the-access-token").digest()[:16]).decode().rstrip("=")
    assert claims_of(token({"at_hash": half}), KEYS, EXPECTED, NOW)
    other = Expected(EXPECTED.issuer, EXPECTED.client_id, EXPECTED.nonce, "another")
    with pytest.raises(TokenRefused):
        claims_of(token({"at_hash": half}), KEYS, other, NOW)
