"""The provider signs somebody out by itself: whom it means is signed out, and nobody else's token does anything."""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from keys import base64url
from portal.sign_in.logout_token import EVENT
from tests.portal.sign_in.conftest import Browser, Company
from tests.portal.sign_in.test_provider import ISSUER, SECONDS, SETTINGS, Said, come_back, key

PATH = "/sign-in/provider/logout"
CLAIMS: dict[str, Any] = {
    "iss": ISSUER,
    "aud": "guildmark",
    "iat": SECONDS,
    "exp": SECONDS + 120,
    "jti": "one",
    "events": {EVENT: {}},
    "sub": "7",
    "sid": "s1",
}


def token(signer: ECKey, claims: dict[str, Any] | None = None, **header: Any) -> str:
    given = {name: value for name, value in (CLAIMS | (claims or {})).items() if value is not None}
    return jwt.encode({"alg": "ES256", "kid": signer.kid, "typ": "logout+jwt", **header}, given, signer)


def unsigned(header: dict[str, Any]) -> str:
    return ".".join(base64url.encode(json.dumps(part).encode()) for part in (header, CLAIMS))


def send(company: Company, logout_token: str, **more: str) -> httpx2.Response:
    """As the provider does: no browser, no cookie, no Origin."""
    return company.browser().client.post(PATH, data={"logout_token": logout_token, **more})


def is_in(browser: Browser) -> bool:
    return browser.get("/me/sessions").status_code == 200


def signed_in(company: Company, said: Said, sid: str | None) -> Browser:
    said.claims = {"sid": sid} if sid is not None else {}
    return come_back(company, said)[0]


@pytest.fixture
def said() -> Said:
    return Said()


@pytest.fixture
def house(opened: Callable[..., Company], said: Said) -> Company:
    return opened(said, **SETTINGS)


def test_a_session_ends_or_all_of_them(house: Company, said: Said) -> None:
    first, second, unnamed = (signed_in(house, said, sid) for sid in ("s1", "s2", None))
    assert all(map(is_in, (first, second, unnamed)))
    answer = send(house, token(said.keys[-1], {"sub": None}))
    assert (answer.status_code, answer.headers["cache-control"], answer.content) == (200, "no-store", b"")
    assert [is_in(one) for one in (first, second, unnamed)] == [False, True, True]
    assert send(house, token(said.keys[-1], {"jti": "two"})).status_code == 200
    assert [is_in(one) for one in (second, unnamed)] == [True, False], "a session of him whose sid nobody told us"
    assert send(house, token(said.keys[-1], {"jti": "three", "sid": None})).status_code == 200
    assert not is_in(second)
    assert send(house, token(said.keys[-1], {"jti": "four", "sid": None})).status_code == 200, "nothing is left to end"


def test_only_his_session_and_only_this_providers(house: Company, said: Said) -> None:
    mine = signed_in(house, said, "s1")
    by_link = house.signed_in("ana@brightmoor.example")
    assert send(house, token(said.keys[-1], {"sub": "8", "jti": "a"})).status_code == 200
    assert is_in(mine), "a session of that name, but of somebody else"
    assert send(house, token(said.keys[-1], {"sid": None, "jti": "b"})).status_code == 200
    assert not is_in(mine)
    assert is_in(by_link), "the provider had no part in it"


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://evil.example"},
        {"iss": None},
        {"aud": "another"},
        {"aud": ["another"]},
        {"aud": None},
        {"iat": SECONDS - 700},
        {"iat": SECONDS + 100},
        {"iat": None},
        {"iat": "now"},
        {"exp": SECONDS - 61},
        {"exp": None},
        {"exp": True},
        {"events": None},
        {"events": [EVENT]},
        {"events": {}},
        {"events": {EVENT: "yes"}},
        {"events": {"http://schemas.openid.net/event/frontchannel-logout": {}}},
        {"nonce": "n"},
        {"nonce": ""},
        {"jti": None},
        {"jti": ""},
        {"jti": 7},
        {"sub": None, "sid": None},
        {"sub": 7},
        {"sid": ""},
        {"sid": "x" * 256},
    ],
    ids=str,
)
def test_claims_that_are_no_sign_out(house: Company, said: Said, claims: dict[str, Any]) -> None:
    browser = signed_in(house, said, "s1")
    answer = send(house, token(said.keys[-1], claims))
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    assert is_in(browser)


def test_it_is_the_providers_word_or_nothing(house: Company, said: Said) -> None:
    browser, signer = signed_in(house, said, "s1"), said.keys[-1]
    forger = key(str(signer.kid))
    none = unsigned({"alg": "none", "typ": "logout+jwt"}) + "."
    shared = unsigned({"alg": "HS256", "kid": signer.kid})
    mac = hmac.digest(signer.as_pem(private=False), shared.encode(), "sha256")
    shared = f"{shared}.{base64url.encode(mac)}"
    for forged in (token(forger), none, shared, token(signer, typ="at+jwt"), token(signer)[:-4] + "AAAA", "x"):
        assert send(house, forged).status_code == 400, forged
    assert send(house, "").status_code == 400
    assert send(house, "x" * 20_000).status_code == 400
    assert is_in(browser)


def test_a_token_works_once(house: Company, said: Said) -> None:
    one = token(said.keys[-1])
    assert send(house, one).status_code == 200
    again = signed_in(house, said, "s1")
    assert send(house, one).status_code == 400
    assert is_in(again)
    house.clock.now += timedelta(minutes=14)
    assert send(house, one).status_code == 400, "forgotten only when it is too old anyway"


def test_new_keys_are_found_and_a_provider_that_is_away_is_said_to_be(house: Company, said: Said) -> None:
    browser = signed_in(house, said, "s1")
    said.keys = [key("second")]
    house.clock.now += timedelta(minutes=1)
    said.status = 500
    answer = send(house, token(said.keys[-1]))
    assert (answer.status_code, answer.json()["error"]) == (503, "temporarily_unavailable")
    said.status = 200
    assert is_in(browser)
    assert send(house, token(said.keys[-1])).status_code == 200
    assert not is_in(browser)


def test_without_a_provider_there_is_no_such_place(company: Company) -> None:
    assert send(company, "x").status_code == 404
    assert company.browser().client.get(PATH).status_code in {404, 405}
    assert company.browser().client.post(PATH, json={"logout_token": "x"}).status_code == 415
