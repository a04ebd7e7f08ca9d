"""A wallet asks, a person allows it after signing in, and the code is good once: with its verifier, for its wallet."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit
from uuid import UUID, uuid4

import httpx2
import pytest
from sqlalchemy import func, select

from issuer.doctor import examine
from issuer.offers.authorizations import ASKING, CODE, PUSHED
from issuer.offers.forgetting import SHOWN, forget_offers
from issuer.status import revoke
from issuer.tables import StatusEntryRow, WalletAuthorizationRow, WalletCopyRow, WalletGrantRow, WalletNonceRow
from keys.public_key import KeyType
from keys.signer import generate
from tests.portal.me.conftest import ANA, BEN, Workshop, words
from tests.portal.oid4vci.conftest import IDENTIFIER, Wallet
from tests.portal.sign_in.conftest import Browser

BACK = "https://wallet.example/cb"
VERIFIER = "v" * 64
LDP, JWT, SD_JWT = "craft.apprentice.ldp", "craft.apprentice.jwt", "craft.apprentice.sd-jwt"


def challenge(verifier: str = VERIFIER) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def wants(**changes: str | None) -> dict[str, str]:
    asked: dict[str, str | None] = {
        "response_type": "code",
        "client_id": "https://wallet.example",
        "redirect_uri": BACK,
        "scope": LDP,
        "state": "s t&te",
        "code_challenge": challenge(),
        "code_challenge_method": "S256",
        **changes,
    }
    return {name: value for name, value in asked.items() if value is not None}


def question(browser: Browser, **changes: str | None) -> httpx2.Response:
    return browser.get("/oid4vci/brightmoor/authorize?" + urlencode(wants(**changes)))


def asked(browser: Browser, **changes: str | None) -> str:
    """The address of the question’s page."""
    answer = question(browser, **changes)
    assert answer.status_code == 303, answer.text
    path = urlsplit(answer.headers["location"]).path
    assert path.startswith("/wallet-consent/")
    return path


def answered(browser: Browser, path: str, *, badge: UUID | None = None, answer: str = "allow") -> dict[str, str]:
    """What the wallet is told."""
    page = browser.get(path).text
    found = re.findall(r'name="badge" value="([^"]+)"', page)
    sent = browser.post(path, answer=answer, badge=str(badge or (found[0] if found else "")))
    assert sent.status_code == 303, sent.text
    assert sent.headers["referrer-policy"] == "no-referrer"
    assert sent.headers["cache-control"] == "no-store"
    parts = urlsplit(sent.headers["location"])
    return {name: values[0] for name, values in parse_qs(parts.query).items()}


def code_for(shop: Workshop, **changes: str | None) -> str:
    browser = shop.signed_in(ANA)
    return answered(browser, asked(browser, **changes))["code"]


def redeem(wallet: Wallet, code: str, **changes: str | None) -> httpx2.Response:
    sent: dict[str, str | None] = {
        "grant_type": "authorization_code",
        "code": code,
        "client_id": "https://wallet.example",
        "redirect_uri": BACK,
        "code_verifier": VERIFIER,
        **changes,
    }
    answer = wallet._sent("token", data={name: value for name, value in sent.items() if value is not None})
    wallet.token = answer.json().get("access_token", wallet.token)
    return answer


def error_of(answer: Any, status: int = 400) -> str:
    assert answer.status_code == status, answer.text
    return str(answer.json()["error"])


def test_the_server_says_what_it_can(wallet: Wallet) -> None:
    told = wallet.client.get("/.well-known/oauth-authorization-server/oid4vci/brightmoor").json()
    assert told["authorization_endpoint"] == f"{IDENTIFIER}/authorize"
    assert told["code_challenge_methods_supported"] == ["S256"]
    assert told["authorization_response_iss_parameter_supported"] is True
    issuer = wallet.client.get("/.well-known/openid-credential-issuer/oid4vci/brightmoor").json()
    assert all(one["scope"] == name for name, one in issuer["credential_configurations_supported"].items())


def test_a_badge_comes_by_signing_in_and_saying_yes(workshop: Workshop, wallet: Wallet) -> None:
    browser = workshop.signed_in(ANA)
    path = asked(browser)
    page = browser.get(path)
    assert "wallet.example" in words(page.text)
    assert "form-action 'self' https://wallet.example;" in page.headers["content-security-policy"]
    told = answered(browser, path)
    assert (told["iss"], told["state"]) == (IDENTIFIER, "s t&te")
    answer = redeem(wallet, told["code"])
    assert answer.status_code == 200, answer.text
    assert answer.json()["scope"] == LDP
    copy = wallet.ask(LDP).json()["credentials"][0]["credential"]
    assert str(workshop.badge) in copy["id"]
    assert error_of(wallet.ask(JWT)) == "unknown_credential_configuration", "only what was asked for"
    assert browser.get(path).status_code == 410


def test_whoever_is_not_signed_in_signs_in_first(workshop: Workshop) -> None:
    stranger = workshop.browser()
    answer = stranger.get(asked(stranger))
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in?next=/wallet-consent/")


def test_the_address_of_a_question_is_in_no_log(workshop: Workshop, capsys: pytest.CaptureFixture[str]) -> None:
    browser = workshop.signed_in(ANA)
    path = asked(browser)
    answered(browser, path)
    logged = capsys.readouterr()
    assert "/wallet-consent/…" in logged.out
    assert path.rpartition("/")[2] not in logged.out + logged.err
    assert "code=" not in logged.out + logged.err


def test_no_is_told_and_ends_the_question(workshop: Workshop) -> None:
    browser = workshop.signed_in(ANA)
    path = asked(browser)
    told = answered(browser, path, answer="deny")
    assert (told["error"], told["iss"]) == ("access_denied", IDENTIFIER)
    assert browser.post(path, answer="allow", badge=str(workshop.badge)).status_code == 410


def test_authorization_details_lead_to_identifiers(workshop: Workshop, wallet: Wallet) -> None:
    details = json.dumps([{"type": "openid_credential", "credential_configuration_id": SD_JWT}])
    code = code_for(workshop, scope=None, authorization_details=details)
    (told,) = redeem(wallet, code).json()["authorization_details"]
    (identifier,) = told["credential_identifiers"]
    assert identifier.endswith(".sd-jwt")
    body = {"credential_identifier": identifier, "proofs": {"jwt": [wallet.proof()]}}
    assert wallet.send("credential", body).status_code == 200


def test_the_person_chooses_among_all_that_fit(workshop: Workshop, wallet: Wallet) -> None:
    other = workshop.award("ana", "safety", date(2026, 11, 2))
    browser = workshop.signed_in(ANA)
    path = asked(browser, scope=None)
    page = browser.get(path).text
    assert {str(workshop.badge), str(other)} <= set(re.findall(r'name="badge" value="([^"]+)"', page))
    token = redeem(wallet, answered(browser, path, badge=other)["code"]).json()
    assert token["scope"].split() == ["craft.safety.ldp", "craft.safety.jwt", "craft.safety.sd-jwt"]
    assert str(other) in wallet.ask("craft.safety.ldp").text
    assert error_of(wallet.ask(LDP)) == "unknown_credential_configuration"


def test_an_offer_without_a_secret_is_for_its_holder_alone(workshop: Workshop, wallet: Wallet) -> None:
    offer = wallet.client.get(f"/wallet-offers/{workshop.badge}")
    assert offer.headers["access-control-allow-origin"] == "*"
    grant = offer.json()["grants"]["authorization_code"]
    assert set(offer.json()["grants"]) == {"authorization_code"}
    assert "Ana" not in offer.text
    state = grant["issuer_state"]
    browser = workshop.signed_in(BEN)
    path = asked(browser, issuer_state=state)
    assert 'name="badge"' not in browser.get(path).text
    assert browser.post(path, answer="allow", badge=str(workshop.badge)).status_code == 410, "another’s badge"
    assert answered(browser, path, answer="deny")["error"] == "access_denied"
    assert redeem(wallet, code_for(workshop, issuer_state=state)).status_code == 200
    assert wallet.client.get(f"/wallet-offers/{uuid4()}").status_code == 404
    assert workshop.service.keyring is not None
    revoke(
        workshop.db,
        workshop.service.keyring,
        credential_id=workshop.badge,
        reason="wrong",
        actor="test",
        now=workshop.clock(),
    )
    assert wallet.client.get(f"/wallet-offers/{workshop.badge}").status_code == 404
    browser = workshop.signed_in(ANA)
    assert 'name="badge"' not in browser.get(asked(browser, issuer_state=state)).text


def test_a_code_is_good_once_and_its_wallet_s_replay_ends_the_token(workshop: Workshop, wallet: Wallet) -> None:
    code = code_for(workshop)
    assert redeem(wallet, code).status_code == 200
    token = wallet.token
    assert error_of(redeem(wallet, code, code_verifier="w" * 64)) == "invalid_grant"
    wallet.token = token
    assert wallet.ask(LDP).status_code == 200, "who read the code in a log ends nothing"
    assert error_of(redeem(wallet, code)) == "invalid_grant"
    wallet.token = token
    assert error_of(wallet.ask(LDP), 401) == "invalid_token"


@pytest.mark.parametrize(
    "change",
    [
        {"code_verifier": "w" * 64},
        {"code_verifier": challenge()},
        {"code_verifier": "v" * 42},
        {"redirect_uri": BACK + "/"},
        {"redirect_uri": "https://evil.example/cb"},
        {"client_id": "https://evil.example"},
        {"code": "A" * 43},
        {"code": "short"},
        {"code": "é" * 43},
    ],
)
def test_codes_that_are_guessed_or_brought_by_another(
    workshop: Workshop, wallet: Wallet, change: dict[str, str]
) -> None:
    code = code_for(workshop)
    assert error_of(redeem(wallet, **{"code": code, **change})) == "invalid_grant"
    assert redeem(wallet, code).status_code == 200, "the right wallet still gets its token"


@pytest.mark.parametrize("missing", ["code", "client_id", "redirect_uri", "code_verifier"])
def test_what_must_come_with_a_code(wallet: Wallet, missing: str) -> None:
    assert error_of(redeem(wallet, **{"code": "A" * 43, missing: None})) == "invalid_request"  # type: ignore[arg-type]


def test_codes_and_questions_are_over(workshop: Workshop, wallet: Wallet) -> None:
    code = code_for(workshop)
    browser = workshop.signed_in(ANA)
    path = asked(browser)
    workshop.clock.now += CODE
    assert error_of(redeem(wallet, code)) == "invalid_grant"
    workshop.clock.now += ASKING
    browser.get("/me/sessions")
    assert browser.post(path, answer="allow", badge=str(workshop.badge)).status_code == 410
    assert browser.get(path).status_code == 410


def test_a_code_of_one_kind_is_none_of_the_other(workshop: Workshop, wallet: Wallet, offer: Callable[..., Any]) -> None:
    made = offer()
    assert error_of(redeem(wallet, made.code)) == "invalid_grant"
    code = code_for(workshop)
    assert error_of(wallet.redeem(code)) == "invalid_grant"
    assert redeem(wallet, code).status_code == 200
    assert wallet.redeem(made.code).status_code == 200


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"code_challenge_method": "plain", "code_challenge": VERIFIER}, "S256"),
        ({"code_challenge_method": None}, "S256"),
        ({"code_challenge": None}, "code_challenge"),
        ({"response_type": "token"}, "response_type"),
        ({"response_type": None}, "response_type"),
        ({"response_mode": "fragment"}, "response_mode"),
        ({"scope": "everything"}, "scopes"),
        ({"authorization_details": "["}, "authorization_details"),
        (
            {"authorization_details": '[{"type":"openid_credential","credential_configuration_id":"x"}]'},
            "configuration",
        ),
        ({"resource": "https://elsewhere.example"}, "resource"),
        ({"state": "a\r\nb"}, "state"),
        ({"dpop_jkt": "short"}, "dpop_jkt"),
    ],
)
def test_what_is_wrong_is_told_on_a_page_and_nobody_is_sent_anywhere(
    workshop: Workshop, change: dict[str, str | None], reason: str
) -> None:
    answer = question(workshop.browser(), **change)
    assert answer.status_code == 400
    assert "location" not in answer.headers
    assert reason in words(answer.text)
    (link,) = re.findall(r'href="(https://wallet\.example/cb\?[^"]+)"', answer.text)
    told = parse_qs(urlsplit(html.unescape(link)).query)
    assert told["iss"] == [IDENTIFIER]
    assert "error" in told


@pytest.mark.parametrize(
    "change",
    [
        {"redirect_uri": None},
        {"client_id": None},
        {"client_id": "https://other.example"},
        {"client_id": "https://wallet.example.evil.example"},
        {"client_id": "https://wallet.example@evil.example"},
        {"redirect_uri": "http://wallet.example/cb"},
        {"redirect_uri": "https://wallet.example/cb#x"},
        {"redirect_uri": "https://ana@wallet.example/cb"},
        {"redirect_uri": "https://wallet.example\\@evil.example/cb"},
        {"redirect_uri": "https://wallet.example;script-src *"},
        {"redirect_uri": "https://wallet.example/cb\r\nX-Evil: 1"},
        {"redirect_uri": "https://wallet.example/\u202egpj"},
        {"redirect_uri": "//wallet.example/cb"},
        {"redirect_uri": "javascript:alert(1)"},
        {"redirect_uri": "data:text/html,x"},
        {"redirect_uri": "ms-msdt:/id"},
        {"redirect_uri": "intent:x"},
        {"redirect_uri": "mailto:a@b.example"},
        {"redirect_uri": "http://localhost.evil.example/"},
        {"redirect_uri": "http://127.0.0.1@evil.example/"},
        {"redirect_uri": "https://" + "a" * 3000 + ".example"},
        {"redirect_uri": "https://wallet.example:99999/"},
    ],
)
def test_addresses_that_are_none(workshop: Workshop, change: dict[str, str | None]) -> None:
    answer = question(workshop.signed_in(ANA), **change)
    assert answer.status_code == 400
    assert "location" not in answer.headers
    assert "evil" not in words(answer.text)


@pytest.mark.parametrize(
    ("back", "shown", "source"),
    [
        ("com.wallet.app:/cb", "com.wallet.app:", "com.wallet.app:"),
        ("openid4vci://cb", "openid4vci:", "openid4vci:"),
        ("http://127.0.0.1:4711/cb", "on this device", "http://127.0.0.1:4711"),
        ("http://[::1]:4711/cb", "on this device", "http:"),
        ("https://xn--wllet-gra.example/cb?a=b", "xn--wllet-gra.example", "https://xn--wllet-gra.example"),
    ],
)
def test_apps_and_programs_are_named_for_what_they_are(workshop: Workshop, back: str, shown: str, source: str) -> None:
    browser = workshop.signed_in(ANA)
    path = asked(browser, redirect_uri=back, client_id="some-wallet")
    page = browser.get(path)
    assert shown in words(page.text)
    assert f"form-action 'self' {source};" in page.headers["content-security-policy"]
    sent = browser.post(path, answer="allow", badge=str(workshop.badge))
    assert sent.headers["location"].startswith(back)


def test_a_pushed_request_is_shown_once_and_to_its_client(workshop: Workshop, wallet: Wallet) -> None:
    def pushed() -> str:
        answer = wallet.client.post("/oid4vci/brightmoor/par", data=wants())
        assert (answer.status_code, answer.headers["cache-control"]) == (201, "no-store")
        assert answer.json()["expires_in"] == PUSHED.total_seconds()
        return str(answer.json()["request_uri"])

    def shown(uri: str, client: str = "https://wallet.example") -> httpx2.Response:
        query = urlencode({"client_id": client, "request_uri": uri})
        return browser.get(f"/oid4vci/brightmoor/authorize?{query}")

    browser, uri = workshop.signed_in(ANA), pushed()
    assert browser.get(f"/wallet-consent/{uri.rpartition(':')[2]}").status_code == 410, "it is not shown yet"
    assert shown(uri, "https://evil.example").status_code == 400
    path = urlsplit(shown(uri).headers["location"]).path
    assert shown(uri).status_code == 400
    assert redeem(wallet, answered(browser, path)["code"]).status_code == 200
    late = pushed()
    workshop.clock.now += PUSHED
    assert shown(late).status_code == 400
    assert shown("urn:ietf:params:oauth:request_uri:" + "A" * 43).status_code == 400


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"redirect_uri": "http://wallet.example/"}, "invalid_request"),
        ({"request_uri": "urn:x"}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"scope": "nothing"}, "invalid_scope"),
    ],
)
def test_what_cannot_be_pushed(wallet: Wallet, change: dict[str, str], error: str) -> None:
    assert error_of(wallet.client.post("/oid4vci/brightmoor/par", data=wants(**change))) == error


def test_a_code_is_bound_to_the_key_that_was_named(workshop: Workshop, wallet: Wallet) -> None:
    wallet.dpop = generate(KeyType.P256)
    code = code_for(workshop, dpop_jkt=wallet.dpop.public_key.thumbprint())
    thief = Wallet(workshop, wallet.client, dpop=generate(KeyType.P256))
    assert error_of(redeem(thief, code)) == "invalid_grant"
    thief.dpop = None
    assert error_of(redeem(thief, code)) == "invalid_grant"
    assert redeem(wallet, code).json()["token_type"] == "DPoP"
    assert wallet.ask(LDP).status_code == 200


def test_nothing_secret_and_nobody_s_name_is_kept(workshop: Workshop, wallet: Wallet) -> None:
    code = code_for(workshop)
    redeem(wallet, code)
    with workshop.db.read() as session:
        rows = [*session.scalars(select(WalletAuthorizationRow)), *session.scalars(select(WalletGrantRow))]
        text = repr([dict(vars(one)) for one in rows])
    for secret in (code, wallet.token, VERIFIER, "Ana"):
        assert secret not in text


def test_what_is_over_is_forgotten(workshop: Workshop, wallet: Wallet, offer: Callable[..., Any]) -> None:
    offer()
    redeem(wallet, code_for(workshop))
    asked(workshop.signed_in(ANA))
    assert wallet.ask(LDP).status_code == 200
    wallet.nonce()
    tables = (WalletNonceRow, WalletAuthorizationRow, WalletGrantRow)

    def counted() -> list[int]:
        with workshop.db.read() as session:
            return [session.scalar(select(func.count()).select_from(one)) or 0 for one in tables]

    assert forget_offers(workshop.db, now=workshop.clock()) == 0
    forget_offers(workshop.db, now=workshop.clock() + timedelta(hours=1))
    assert counted() == [0, 1, 1], "the token is kept with what it came of, for its notifications"
    assert forget_offers(workshop.db, now=workshop.clock() + SHOWN + timedelta(hours=2)) == 3
    assert counted() == [0, 0, 0]


def test_doctor_reads_the_copies(workshop: Workshop, wallet: Wallet) -> None:
    code = code_for(workshop, scope=f"{LDP} {JWT} {SD_JWT}")
    redeem(wallet, code)
    for one in (LDP, JWT, SD_JWT):
        assert wallet.ask(one).status_code == 200

    def found() -> list[str]:
        health = examine(workshop.db, now=workshop.clock())
        (copies,) = [one for one in health.examinations if one.name == "copies in wallets"]
        assert copies.looked_at.startswith("3 ")
        return list(copies.faults)

    assert found() == []
    with workshop.db.write() as session:
        rows = session.scalars(select(WalletCopyRow).order_by(WalletCopyRow.format)).all()
        kept = {one.format: one.body for one in rows}
        for row in rows:
            row.body = row.body[:-9] + (b"AAAAAAAA" + row.body[-1:])
    assert len(found()) == 3
    with workshop.db.write() as session:
        for row in session.scalars(select(WalletCopyRow)):
            row.body = kept[row.format]
        entry = session.scalars(
            select(StatusEntryRow).where(
                StatusEntryRow.credential_id == workshop.badge, StatusEntryRow.purpose == "revocation"
            )
        ).one()
        entry.position += 1
    assert [fault.rpartition(" names ")[2] for fault in found()] == ["another place for its status"] * 3
