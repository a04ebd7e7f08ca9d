"""The authorization server: numbered requirements of ../shared/standards/open-badges-3.md, sections 16 and 17."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from issuer.authorizations.scopes import READ, SCOPES, UPSERT
from tests.portal.conftest import BASE
from tests.portal.oauth.conftest import ABOUT, BACK, Provider, back
from verifier.fetcher import Fetched

PICTURE = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><rect width="8" height="8" fill="teal"/></svg>'


def test_120_122_124_registration_returns_all_that_was_sent(provider: Provider) -> None:
    answer = provider.client.post("/oauth/register", json=ABOUT)
    assert (answer.status_code, answer.headers["cache-control"]) == (201, "no-store")
    document = answer.json()
    assert {name: document[name] for name in ABOUT} == ABOUT
    assert document["client_secret_expires_at"] == 0
    assert len(document["client_secret"]) == 43
    assert document["client_id_issued_at"] == int(provider.house.clock().timestamp())


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"redirect_uris": ["http://folio.example/back"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["https://folio.example/back#x"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["https://ana@folio.example/back"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["javascript:alert(1)"]}, "invalid_redirect_uri"),
        ({"redirect_uris": []}, "invalid_redirect_uri"),
        ({"redirect_uris": BACK}, "invalid_redirect_uri"),
        ({"redirect_uris": ["https://folio.example;script-src/back"]}, "invalid_redirect_uri"),
        ({"logo_uri": "https://other.example/logo.png"}, "invalid_client_metadata"),
        ({"client_uri": "javascript:alert(1)"}, "invalid_client_metadata"),
        ({"client_name": ""}, "invalid_client_metadata"),
        ({"client_name": None}, "invalid_client_metadata"),
        ({"tos_uri": 7}, "invalid_client_metadata"),
        ({"grant_types": ["client_credentials"]}, "invalid_client_metadata"),
        ({"token_endpoint_auth_method": "none"}, "invalid_client_metadata"),
        ({"response_types": ["token"]}, "invalid_client_metadata"),
        ({"scope": "all"}, "invalid_client_metadata"),
        ({"software_statement": "e30."}, "unapproved_software_statement"),
    ],
)
def test_121_123_125_registrations_refused(provider: Provider, change: dict[str, Any], code: str) -> None:
    answer = provider.client.post("/oauth/register", json={**ABOUT, **change})
    assert (answer.status_code, answer.json()["error"]) == (400, code)


def test_120_registrations_are_limited_in_number_and_forgotten(provider: Provider) -> None:
    app = provider.app()
    provider.house.clock.now += timedelta(days=2)
    answers = [provider.client.post("/oauth/register", json=ABOUT).status_code for _ in range(25)]
    assert answers.count(201) == 20
    assert answers[-1] == 429
    browser = provider.signed_in()
    assert browser.get(app.wants()).status_code == 400


def test_128_129_131_132_136_137_a_person_allows_and_tokens_come(provider: Provider) -> None:
    app, browser = provider.app(), provider.signed_in()
    path = provider.asked(app, browser)
    page = browser.get(path)
    for shown in ("Folio", "folio.example", ABOUT["tos_uri"], ABOUT["policy_uri"], ABOUT["client_uri"]):
        assert shown in page.text
    assert "form-action 'self' https://folio.example;" in page.headers["content-security-policy"]
    sent = browser.post(path, answer="allow")
    found = back(sent)
    assert sent.headers["referrer-policy"] == "no-referrer"
    assert (found["state"], found["iss"], found["scope"]) == ("s t&te", BASE, " ".join(SCOPES))
    answer = app.redeem(found["code"])
    document = answer.json()
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert (document["token_type"], document["expires_in"]) == ("Bearer", 3600)
    assert document["scope"] == " ".join(SCOPES)
    assert set(document) == {"access_token", "token_type", "expires_in", "scope", "refresh_token"}


def test_133_nothing_secret_is_in_the_database(provider: Provider) -> None:
    app = provider.app()
    code = provider.answered(app, provider.signed_in())["code"]
    tokens = app.redeem(code).json()
    path = provider.house.service.settings.database.removeprefix("sqlite:///")
    kept = b"".join(Path(path + end).read_bytes() for end in ("", "-wal"))
    for secret in (code, tokens["access_token"], tokens["refresh_token"], app.about["client_secret"]):
        assert secret.encode() not in kept


def test_131_whoever_is_not_signed_in_signs_in_first(provider: Provider) -> None:
    app = provider.app()
    asked = provider.client.get(app.wants())
    answer = provider.client.get(asked.headers["location"], headers={"Accept": "text/html"})
    assert (answer.status_code, answer.headers["location"][:22]) == (303, "/sign-in?next=/oauth/c")


def test_135_denied(provider: Provider) -> None:
    app, browser = provider.app(), provider.signed_in()
    path = provider.asked(app, browser)
    browser.get(path)
    found = back(browser.post(path, answer="deny"))
    assert (found["error"], found["state"], found["iss"]) == ("access_denied", "s t&te", BASE)
    assert browser.post(path, answer="allow").status_code == 410


@pytest.mark.parametrize(
    "change",
    [
        {"redirect_uri": "https://evil.example/back"},
        {"redirect_uri": BACK + "/"},
        {"redirect_uri": BACK + "?x=1"},
        {"redirect_uri": "https://folio.example/back/../x"},
        {"redirect_uri": "https://FOLIO.example/back"},
        {"redirect_uri": None},
        {"client_id": "00000000-0000-4000-8000-000000000000"},
        {"client_id": "nobody"},
        {"client_id": None},
    ],
)
def test_134_no_redirect_to_an_unknown_address(provider: Provider, change: dict[str, str | None]) -> None:
    answer = provider.signed_in().get(provider.app().wants(**change))
    assert (answer.status_code, "location" in answer.headers) == (400, False)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"code_challenge": None, "code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"state": None}, "invalid_request"),
        ({"response_type": None}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code\u0000<"}, "unsupported_response_type"),
        ({"scope": None}, "invalid_scope"),
        ({"scope": "everything"}, "invalid_scope"),
    ],
)
def test_127_128_135_what_is_wrong_is_told_to_the_application(
    provider: Provider, change: dict[str, str | None], code: str
) -> None:
    found = back(provider.signed_in().get(provider.app().wants(**change)))
    assert (found["error"], found["iss"]) == (code, BASE)


def test_128_only_registered_scopes(provider: Provider) -> None:
    app = provider.app(scope=READ)
    assert app.about["scope"] == READ
    assert back(provider.signed_in().get(app.wants(scope=UPSERT)))["error"] == "invalid_scope"


def test_133_a_code_twice_ends_all_that_came_of_it(provider: Provider) -> None:
    app = provider.app()
    code = provider.answered(app, provider.signed_in())["code"]
    tokens = app.redeem(code).json()
    assert provider.api("GET", "profile", tokens["access_token"]).status_code == 200
    again = app.redeem(code)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert provider.api("GET", "profile", tokens["access_token"]).status_code == 401
    assert app.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"code": "A" * 43}, "invalid_grant"),
        ({"code": "short"}, "invalid_grant"),
        ({"code": None}, "invalid_request"),
        ({"redirect_uri": "https://folio.example/other"}, "invalid_grant"),
        ({"redirect_uri": None}, "invalid_grant"),
        ({"code_verifier": "w" * 64}, "invalid_grant"),
        ({"code_verifier": None}, "invalid_request"),
        ({"code_verifier": "v"}, "invalid_request"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": "client_credentials"}, "unsupported_grant_type"),
        ({"grant_type": None}, "unsupported_grant_type"),
    ],
)
def test_136_138_tokens_refused(provider: Provider, change: dict[str, str | None], error: str) -> None:
    app = provider.app()
    code = provider.answered(app, provider.signed_in())["code"]
    answer = app.redeem(**{"code": code, **change})  # type: ignore[arg-type]
    assert (answer.status_code, answer.json()["error"]) == (400, error)


def test_127_the_challenge_is_no_verifier(provider: Provider) -> None:
    from tests.portal.oauth.conftest import challenge

    app = provider.app()
    code = provider.answered(app, provider.signed_in())["code"]
    assert app.redeem(code, code_verifier=challenge()).json()["error"] == "invalid_grant"


def test_133_a_code_is_over_after_a_minute(provider: Provider) -> None:
    app = provider.app()
    code = provider.answered(app, provider.signed_in())["code"]
    provider.house.clock.now += timedelta(seconds=61)
    assert app.redeem(code).json()["error"] == "invalid_grant"


def test_133_138_another_application_cannot_use_a_code(provider: Provider) -> None:
    app, other = provider.app(), provider.app(client_name="Other")
    code = provider.answered(app, provider.signed_in())["code"]
    assert other.redeem(code).json()["error"] == "invalid_grant"
    assert app.redeem(code).status_code == 200, "who asked for it still can"


def test_136_138_the_secret_counts(provider: Provider) -> None:
    app = provider.app()
    code = provider.answered(app, provider.signed_in())["code"]
    app.about["client_secret"] = "x" * 43
    answer = app.redeem(code)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert answer.headers["www-authenticate"].startswith("Basic")
    form = {"grant_type": "authorization_code", "code": code, "client_id": app.about["client_id"]}
    assert provider.client.post("/oauth/token", data=form).json()["error"] == "invalid_client"


def test_140_141_refresh_tokens_are_rotated(provider: Provider) -> None:
    app = provider.app()
    first = provider.tokens(app)
    second = app.refresh(first["refresh_token"]).json()
    assert provider.api("GET", "profile", first["access_token"]).status_code == 401
    assert provider.api("GET", "profile", second["access_token"]).status_code == 200
    narrow = app.refresh(second["refresh_token"], scope=READ).json()
    assert narrow["scope"] == READ
    assert provider.api("GET", "profile", narrow["access_token"]).status_code == 403
    replayed = app.refresh(first["refresh_token"])
    assert (replayed.status_code, replayed.json()["error"]) == (400, "invalid_grant")
    assert provider.api("GET", "credentials", narrow["access_token"]).status_code == 401, "the family is ended"


def test_141_refreshing_grants_no_more_and_to_nobody_else(provider: Provider) -> None:
    app, other = provider.app(), provider.app(client_name="Other")
    tokens = provider.tokens(app, scope=READ)
    assert app.refresh(tokens["refresh_token"], scope=UPSERT).json()["error"] == "invalid_scope"
    assert other.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"
    assert app.refresh(tokens["access_token"]).json()["error"] == "invalid_grant"
    assert app.refresh(tokens["refresh_token"]).status_code == 200


def test_140_only_who_registered_it_gets_refresh_tokens(provider: Provider) -> None:
    app = provider.app(grant_types=["authorization_code"])
    assert "refresh_token" not in provider.tokens(app)


def test_142_revocation(provider: Provider) -> None:
    app, other = provider.app(), provider.app(client_name="Other")
    tokens = provider.tokens(app)
    assert other.revoke(tokens["refresh_token"]).json()["error"] == "invalid_grant"
    assert app.revoke(tokens["access_token"], token_type_hint="id_token").json()["error"] == "unsupported_token_type"
    assert app.revoke("unknown").status_code == 200
    assert app.revoke(tokens["access_token"], token_type_hint="access_token").status_code == 200
    assert provider.api("GET", "profile", tokens["access_token"]).status_code == 401
    fresh = app.refresh(tokens["refresh_token"]).json()
    assert app.revoke(fresh["refresh_token"], token_type_hint="refresh_token").status_code == 200
    assert provider.api("GET", "profile", fresh["access_token"]).status_code == 401


def test_137_access_tokens_are_over_after_an_hour(provider: Provider) -> None:
    tokens = provider.tokens(provider.app())
    provider.house.clock.now += timedelta(seconds=3601)
    assert provider.api("GET", "profile", tokens["access_token"]).status_code == 401


def test_a_person_ends_an_application(provider: Provider) -> None:
    app = provider.app(client_name="Folio <b>two</b>")
    tokens = provider.tokens(app)
    browser = provider.signed_in()
    page = browser.get("/me/applications")
    assert "<bdi>Folio &lt;b&gt;two&lt;/b&gt;</bdi>" in page.text
    line = page.text.split("<bdi>Folio &lt;b&gt;two&lt;/b&gt;</bdi>")[1]
    action = line.split('action="/me/applications/')[1].split('"')[0]
    assert provider.signed_in("expired").post(f"/me/applications/{action}").status_code in {403, 404}
    assert browser.post(f"/me/applications/{action}").status_code == 303
    assert provider.api("GET", "profile", tokens["access_token"]).status_code == 401


def test_metadata_of_the_server(provider: Provider) -> None:
    document = provider.client.get("/.well-known/oauth-authorization-server").json()
    assert document["issuer"] == BASE
    assert document["code_challenge_methods_supported"] == ["S256"]
    assert document["authorization_response_iss_parameter_supported"] is True
    assert set(document["scopes_supported"]) == set(SCOPES)


def test_131_the_logo_is_fetched_by_us_and_drawn_anew(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page asks this server for it; the application’s is asked once, however many look."""
    asked: list[str] = []

    def fetch(_: object, url: str, *, accept: str, max_bytes: int) -> Fetched:
        asked.append(url)
        assert max_bytes < 1_000_000
        return Fetched(url, PICTURE, "image/svg+xml")

    monkeypatch.setattr("verifier.time_budget.TimeBudget.fetch", fetch)
    app, browser = provider.app(), provider.signed_in()
    path = provider.asked(app, browser)
    page = browser.get(path)
    assert f'src="{path}/logo.png"' in page.text
    assert "img-src 'self'" in page.headers["content-security-policy"]
    logos = [browser.get(f"{path}/logo.png") for _ in range(2)]
    assert [one.status_code for one in logos] == [200, 200]
    assert logos[0].content.startswith(b"\x89PNG")
    assert "sandbox" in logos[0].headers["content-security-policy"]
    assert asked == [ABOUT["logo_uri"]]
    assert provider.client.get(f"{path}/logo.png", follow_redirects=False).status_code != 200


@pytest.mark.parametrize("body", [b"<svg", b"GIF89a", b"", b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg"])
def test_131_what_is_no_picture_is_replaced(provider: Provider, monkeypatch: pytest.MonkeyPatch, body: bytes) -> None:
    monkeypatch.setattr("verifier.time_budget.TimeBudget.fetch", lambda _, url, **__: Fetched(url, body, "image/png"))
    app, browser = provider.app(), provider.signed_in()
    answer = browser.get(provider.asked(app, browser) + "/logo.png")
    assert (answer.status_code, answer.headers["location"].rpartition("/")[2]) == (303, "application.svg")
