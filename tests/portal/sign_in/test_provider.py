"""What we make of a provider's answers, where a real one (tests/peers/test_sign_in.py) would not give them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from portal.sign_in.wire import Answer, Wire
from tests.portal.sign_in.conftest import NOW, Browser, Company
from verifier.fetch import FetchFailed, FetchRefused

ISSUER = "https://login.example"
SETTINGS = {"oidc_issuer": ISSUER, "oidc_client_id": "guildmark", "oidc_client_secret": "s"}
SECONDS = int(NOW.timestamp())


def key(kid: str) -> ECKey:
    return ECKey.generate_key("P-256", {"kid": kid})


@dataclass
class Said:
    """A provider that says what a test wants it to say; `asked` are the addresses that it was asked."""

    claims: dict[str, Any] = field(default_factory=dict)
    userinfo: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    keys: list[ECKey] = field(default_factory=lambda: [key("first")])
    nonce: str = ""
    asked: list[str] = field(default_factory=list)
    sent: Mapping[str, str] = field(default_factory=dict)
    status: int = 200

    def get(self, url: str, *, bearer: str | None = None) -> Answer:
        self.asked.append(url.removeprefix(ISSUER))
        document = {
            "/.well-known/openid-configuration": {
                "issuer": ISSUER,
                "authorization_endpoint": ISSUER + "/auth",
                "token_endpoint": ISSUER + "/token",
                "jwks_uri": ISSUER + "/keys",
                "userinfo_endpoint": ISSUER + "/me",
                **self.metadata,
            },
            "/keys": {"keys": [one.as_dict(private=False) for one in self.keys]},
            "/me": {"sub": "7", "email": "ana@brightmoor.example", "email_verified": True, **self.userinfo},
        }[url.removeprefix(ISSUER)]
        assert (bearer == "access") is url.endswith("/me")
        return Answer(url, self.status, json.dumps(document).encode())

    def post(self, url: str, *, data: Mapping[str, str], headers: Mapping[str, str], auth: Any) -> Answer:
        _, self.sent, _ = auth.prepare("POST", url, dict(headers), "")
        claims = {"iss": ISSUER, "aud": "guildmark", "sub": "7", "nonce": self.nonce, "iat": SECONDS}
        claims |= {"exp": SECONDS + 60, **self.claims}
        token = jwt.encode({"alg": "ES256", "kid": self.keys[-1].kid}, claims, self.keys[-1], algorithms=["ES256"])
        body = {"access_token": "access", "token_type": "Bearer", "id_token": token}
        return Answer(url, self.status, json.dumps(body).encode())


def come_back(company: Company, said: Said) -> tuple[Browser, int, str]:
    browser = company.browser()
    asked = parse_qs(urlsplit(browser.get("/sign-in/provider").headers["location"]).query)
    said.nonce = asked["nonce"][0]
    answer = browser.get(f"/sign-in/return?code=c&state={asked['state'][0]}")
    return browser, answer.status_code, answer.text


def test_metadata_and_keys_are_kept_and_new_keys_are_found(opened: Callable[..., Company]) -> None:
    said = Said()
    company = opened(said, **SETTINGS)
    assert [come_back(company, said)[1] for _ in range(2)] == [303, 303]
    assert said.asked.count("/.well-known/openid-configuration") == said.asked.count("/keys") == 1
    assert said.sent["Authorization"].startswith("Basic ")
    said.keys = [key("second")]
    assert come_back(company, said)[1] == 400, "it asked for keys a moment ago"
    company.clock.now += timedelta(seconds=31)
    assert come_back(company, said)[1] == 303
    assert said.asked.count("/keys") == 2


@pytest.mark.parametrize(
    ("claims", "userinfo", "told"),
    [
        ({}, {"sub": "8"}, "does not belong to this sign-in"),
        ({"email": "ben@brightmoor.example"}, {}, "not by a verified e-mail address"),
        ({"email": "ana@brightmoor.example", "email_verified": False}, {}, "not by a verified e-mail address"),
        ({}, {"email_verified": "false"}, "not by a verified e-mail address"),
        ({}, {"email": ["ana@brightmoor.example"]}, "not by a verified e-mail address"),
        ({}, {"email": None}, "not by a verified e-mail address"),
    ],
    ids=str,
)
def test_an_address_counts_only_if_its_own_source_says_that_it_is_verified(
    opened: Callable[..., Company], claims: dict[str, Any], userinfo: dict[str, Any], told: str
) -> None:
    said = Said(claims=claims, userinfo=userinfo)
    browser, status, text = come_back(opened(said, **SETTINGS), said)
    assert status in (400, 403)
    assert told in text
    assert browser.token is None


def test_addresses_may_be_trusted_that_are_not_said_to_be_verified(opened: Callable[..., Company]) -> None:
    said = Said(claims={"email": "ben@brightmoor.example", "groups": []})
    company = opened(said, **SETTINGS, oidc_trusts_addresses="true")
    assert come_back(company, said)[1] == 303
    assert "/me" not in said.asked, "nothing was missing"
    said.claims["email_verified"] = False
    said.claims["sub"] = "9"
    assert come_back(company, said)[1] == 403


@pytest.mark.parametrize(
    ("metadata", "status"),
    [
        ({"issuer": "https://evil.example"}, 200),
        ({"token_endpoint": None}, 200),
        ({"authorization_endpoint": "javascript:alert(1)"}, 200),
        ({"jwks_uri": 7}, 200),
        ({}, 500),
        ({}, 302),
    ],
    ids=str,
)
def test_a_provider_that_is_none_is_not_used(
    opened: Callable[..., Company], metadata: dict[str, Any], status: int
) -> None:
    answer = opened(Said(metadata=metadata, status=status), **SETTINGS).browser().get("/sign-in/provider")
    assert answer.status_code == 503
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("way", ["/sign-out", "/me/sessions/end-all", "/me/sessions/{here}/end"])
def test_whichever_way_one_leaves_one_is_signed_out_at_the_provider(opened: Callable[..., Company], way: str) -> None:
    said = Said(metadata={"end_session_endpoint": ISSUER + "/session/end?tenant=1"})
    browser, status, _ = come_back(opened(said, **SETTINGS), said)
    assert status == 303
    here = re.findall(r"/me/sessions/([0-9a-f-]{36})/end", browser.get("/me/sessions").text)[0]
    leaving = browser.post(way.format(here=here))
    assert leaving.status_code == 200
    assert "You are signed out here" in leaving.text
    there = unescape(re.findall(r'href="(https://login\.example/session/end[^"]+)"', leaving.text)[0])
    asked = {name: values[0] for name, values in parse_qs(urlsplit(there).query).items()}
    assert (asked["tenant"], asked["client_id"]) == ("1", "guildmark")
    assert asked["post_logout_redirect_uri"].endswith("/signed-out")
    assert asked["id_token_hint"].count(".") == 2
    assert browser.token is None
    assert browser.get("/me/sessions").status_code == 303


def test_ending_another_session_keeps_this_one_and_asks_the_provider_nothing(opened: Callable[..., Company]) -> None:
    """Only a browser that is signed in there can be signed out there."""
    said = Said(metadata={"end_session_endpoint": ISSUER + "/session/end"})
    company = opened(said, **SETTINGS)
    come_back(company, said)
    browser, _, _ = come_back(company, said)
    other = re.findall(r"/me/sessions/([0-9a-f-]{36})/end", browser.get("/me/sessions").text)[1]
    assert browser.post(f"/me/sessions/{other}/end").headers["location"] == "/me/sessions?done=ended"
    assert browser.get("/me/sessions").status_code == 200


def test_the_wire_goes_only_where_it_may() -> None:
    """Nothing is connected: the name's address is judged before."""
    wire = Wire(allowed_origins=["http://sso:8080"], monotonic=lambda: 0.0, lookup=lambda _host, _port: ["10.0.0.8"])
    with pytest.raises(FetchRefused, match="not an address of the public internet"):
        wire.get("https://login.example/x")
    for url in ("http://login.example/", "ftp://sso:8080/", "https://a b/", "https://u:p@login.example/"):
        with pytest.raises(FetchRefused):
            wire.get(url)
    ended = Wire(
        allowed_origins=[], monotonic=iter((0.0, *[9.0] * 9)).__next__, lookup=lambda _host, _port: ["1.1.1.1"]
    )
    with pytest.raises(FetchFailed, match="did not answer within 8 seconds"):
        ended.get("https://login.example/")
