"""Asking a wallet, over HTTP and without one: who sees what, and what a wallet is told."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest

from credentials.proofs import compact_jws
from issuer.wallet_requests import requests
from issuer.wallet_requests.exchanges import open_exchange
from issuer.wallet_requests.forgetting import forget_what_is_over
from keys import jwk
from tests.portal.conftest import BASE
from tests.portal.me.conftest import ANA, Workshop, built, words, workshop
from tests.portal.sign_in.conftest import Browser

__all__ = ["built", "workshop"]
CLIENT = "decentralized_identifier:did:web:badges.brightmoor.example"


def ask(browser: Browser, **fields: str) -> str:
    browser.get("/verify/wallet")
    answer = browser.post("/verify/wallet", **{"secret": "", **fields})
    assert answer.status_code == 303
    return str(answer.headers["location"])


def request_path(browser: Browser, page: str) -> str:
    found = re.search(r'href="(openid4vp:[^"]+)"', browser.get(page).text)
    assert found is not None
    query = parse_qs(urlsplit(unescape(found[1])).query)
    assert query["client_id"] == [CLIENT]
    return urlsplit(query["request_uri"][0]).path


def test_a_signed_request_is_fetched_by_reference(workshop: Workshop) -> None:
    browser, wallet = workshop.browser(), workshop.browser().client
    path = request_path(browser, ask(browser, secret="yes"))
    answer = wallet.post(path, data={"wallet_nonce": "n-1", "wallet_metadata": "{}"})
    assert answer.headers["content-type"] == "application/oauth-authz-req+jwt"
    token = compact_jws.read(answer.text, types=("oauth-authz-req+jwt",), typed=True)
    published = wallet.get("/.well-known/did.json").json()
    (method,) = [one for one in published["verificationMethod"] if one["id"] == token.kid]
    compact_jws.verify(token, jwk.from_jwk(method["publicKeyJwk"]))
    claims = token.payload
    assert (claims["client_id"], claims["wallet_nonce"], claims["aud"]) == (CLIENT, "n-1", "https://self-issued.me/v2")
    assert (claims["response_type"], claims["response_mode"]) == ("vp_token", "direct_post.jwt")
    assert claims["response_uri"] == f"{BASE}{path.replace('requests', 'answers')}"
    assert claims["exp"] - claims["iat"] == requests.LIFE.total_seconds()
    again = compact_jws.read(wallet.get(path).text, types=("oauth-authz-req+jwt",)).payload
    assert "wallet_nonce" not in again
    assert again["nonce"] == claims["nonce"]
    assert wallet.post(path, data={"wallet_nonce": "n" * 513}).json()["error"] == "invalid_request"


def test_two_questions_have_nothing_in_common(workshop: Workshop) -> None:
    browser = workshop.browser()
    payloads = []
    for _ in range(2):
        path = request_path(browser, ask(browser))
        payloads.append(compact_jws.read(browser.client.get(path).text, types=("oauth-authz-req+jwt",)).payload)
    assert payloads[0]["response_mode"] == "direct_post"
    for name in ("nonce", "state", "response_uri"):
        assert payloads[0][name] != payloads[1][name]


def test_only_who_asked_sees_the_question(workshop: Workshop) -> None:
    browser, other = workshop.browser(), workshop.browser()
    page = ask(browser)
    ask(other)
    for path in ("", "/state", "/code.svg"):
        assert browser.get(page + path).status_code == 200
        assert other.get(page + path).status_code == 404
        assert workshop.browser().get(page + path).status_code == 404
    assert browser.get(page + "/state").json() == {"open": True}
    assert 'http-equiv="refresh"' in browser.get(page).text, "without scripts it looks by itself"
    other.post(page + "/forget", sure="yes")
    assert browser.get(page).status_code == 200
    browser.post(page + "/forget", sure="yes")
    assert browser.get(page).status_code == 404


def test_what_is_no_answer_leaves_the_question_open(workshop: Workshop) -> None:
    browser = workshop.browser()
    page = ask(browser)
    path = request_path(browser, page).replace("requests", "answers")
    state = path.rpartition("/")[2]
    token = json.dumps({"badge_ldp": [{"type": "VerifiablePresentation"}]})
    wallet = workshop.browser().client
    answers = [
        wallet.post(path, data={"vp_token": token, "state": "another"}),
        wallet.post(path, data={"vp_token": token, "state": state}),
        wallet.post(path, data={"vp_token": json.dumps({"badge_jwt": ["x"]}), "state": state}),
        wallet.post(path, data={"vp_token": json.dumps({"badge_sd_jwt": ["x~"]}), "state": state}),
        wallet.post(path, data={"response": "x"}),
        wallet.post(path, json={"vp_token": {}}),
        wallet.post(path[:-3] + "xxx", data={"vp_token": token, "state": state}),
    ]
    assert [(one.status_code, one.json()["error"]) for one in answers] == [(400, "invalid_request")] * len(answers)
    assert browser.get(page + "/state").json() == {"open": True}


def test_the_answer_on_the_same_device_takes_the_code(workshop: Workshop) -> None:
    browser, thief = workshop.browser(), workshop.browser()
    page = ask(browser)
    path = request_path(browser, page).replace("requests", "answers")
    declined = workshop.browser().client.post(path, data={"error": "access_denied", "state": path.rpartition("/")[2]})
    back = declined.json()["redirect_uri"].removeprefix(BASE)
    assert browser.get(page + "/state").json() == {"open": True}
    ask(thief)
    thief.get(back)
    browser.get(back.partition("=")[0] + "=" + "x" * 43)
    assert "Go back to it" in browser.get(page).text
    assert browser.get(back).headers["location"] == page
    assert "The wallet declined" in words(browser.get(page).text)


def test_a_question_ends_and_nothing_of_it_is_kept(workshop: Workshop) -> None:
    browser = workshop.browser()
    page = ask(browser)
    path = request_path(browser, page)
    workshop.clock.now += requests.LIFE
    assert browser.get(page).status_code == 404
    assert browser.client.get(path).json()["error"] == "invalid_request"
    assert forget_what_is_over(workshop.db, now=workshop.clock()) == 1
    assert forget_what_is_over(workshop.db, now=workshop.clock()) == 0


def test_the_request_of_a_locked_server_is_none(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.asking.pages.asker_of", lambda _: None)
    browser = workshop.browser()
    assert "The keys of this server are locked" in browser.get("/verify/wallet").text
    assert browser.post("/verify/wallet", secret="").status_code == 422


def test_an_interaction_says_how_to_go_on(workshop: Workshop) -> None:
    secret = open_exchange(
        workshop.db,
        person_id=workshop.person_id(ANA),
        credential_id=workshop.badge,
        now=workshop.clock(),
        randomness=workshop.random.randbytes,
    )
    client = workshop.browser().client
    told = client.get(f"/interactions/{secret}?iuv=1", headers={"Accept": "application/json"}).json()
    assert told["protocols"]["vcapi"] == f"{BASE}/exchanges/{secret}"
    assert "Open the Learner Credential Wallet" in workshop.browser().get(f"/interactions/{secret}").text
    asked = client.post(f"/exchanges/{secret}", json={}).json()["verifiablePresentationRequest"]
    assert (asked["query"][0]["type"], asked["domain"]) == ("DIDAuthentication", BASE)
    assert client.post(f"/exchanges/{secret}", json={"verifiablePresentation": "x"}).status_code == 400
    nobody = {"verifiablePresentation": {"type": ["VerifiablePresentation"]}}
    assert client.post(f"/exchanges/{secret}", json=nobody).status_code == 400
    workshop.clock.now += timedelta(minutes=15)
    assert client.get(f"/interactions/{secret}").status_code == 404
    assert client.post(f"/exchanges/{secret}", json={}).status_code == 404
