"""Signing in at a real OpenID Connect provider, panva's `oidc-provider`: and what must not work."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2
import pytest

from issuer.people.directory import leave
from keys import base64url
from tests.peers.conftest import REASON_NO_NODE
from tests.peers.oidc import CLIENT_ID, SECRET, OidcProvider
from tests.peers.process import install
from tests.portal.conftest import BASE
from tests.portal.sign_in.conftest import Browser, Company, furnished, opened

__all__ = ["furnished", "opened"]  # fixtures


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OidcProvider]:
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip(REASON_NO_NODE)
    install()
    folder: Path = tmp_path_factory.mktemp("provider")
    with OidcProvider(BASE, folder) as running:
        yield running


@pytest.fixture
def company(opened: Callable[..., Company], provider: OidcProvider) -> Company:
    """The company, at the time that the provider's clock shows."""
    made = opened(**provider.settings())
    made.clock.now = datetime.now(UTC)
    return made


def set_out(browser: Browser, next_: str = "") -> str:
    """The address at the provider that a browser is sent to."""
    answer = browser.get(f"/sign-in/provider?{urlencode({'next': next_})}")
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def come_back(browser: Browser, address: str) -> httpx2.Response:
    """What we say to a browser that the provider sent back."""
    assert address.startswith(f"{BASE}/sign-in/return?")
    return browser.get(address.removeprefix(BASE), **{"Sec-Fetch-Site": "cross-site"})


def signed_in(company: Company, provider: OidcProvider, login: str) -> Browser:
    browser = company.browser()
    answer = come_back(browser, provider.sign_in(set_out(browser), login))
    assert answer.status_code == 303, answer.text
    return browser


def with_(address: str, **changes: str) -> str:
    """The address with other parameters; one that is empty is left out."""
    parts = urlsplit(address)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()} | changes
    return parts._replace(query=urlencode({name: value for name, value in query.items() if value})).geturl()


def test_somebody_signs_in_and_out(company: Company, provider: OidcProvider) -> None:
    browser = company.browser()
    page = browser.get("/sign-in?next=/me/sessions%3Fdone%3Dended").text
    assert "Sign in with your company account" in page
    assert 'type="email"' not in page
    address = set_out(browser, "/me/sessions?done=ended")
    asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    assert asked["redirect_uri"] == f"{BASE}/sign-in/return"
    assert (asked["code_challenge_method"], asked["scope"]) == ("S256", "openid email profile")
    answer = come_back(browser, provider.sign_in(address, "ana"))
    assert (answer.status_code, answer.headers["location"]) == (303, "/me/sessions?done=ended")
    assert "Ana Núñez" in browser.get("/me/sessions").text, "as the directory calls her"

    leaving = browser.post("/sign-out")
    assert "You are signed out here" in leaving.text
    assert 'http-equiv="refresh"' in leaving.text
    there = leaving.text.partition('href="' + provider.issuer)[2].partition('"')[0].replace("&amp;", "&")
    asked = {name: values[0] for name, values in parse_qs(urlsplit(there).query).items()}
    assert (asked["client_id"], asked["post_logout_redirect_uri"]) == (CLIENT_ID, f"{BASE}/signed-out")
    assert asked["id_token_hint"].count(".") == 2
    assert httpx2.get(provider.issuer + there, timeout=20).status_code == 200
    assert browser.get("/me/sessions").status_code == 303


def logout_address(page: str, provider: OidcProvider) -> str:
    there = page.partition('href="' + provider.issuer)[2].partition('"')[0].replace("&amp;", "&")
    assert there
    return provider.issuer + there


def tell(company: Company, token: str) -> int:
    """What we answer to a logout token, which the provider sends without any browser."""
    return company.browser().client.post("/sign-in/provider/logout", data={"logout_token": token}).status_code


def test_who_signs_out_at_the_provider_is_signed_out_here(company: Company, provider: OidcProvider) -> None:
    """He has two browsers; in one he signs out here, and with that at the provider, which tells every client of it."""
    first, second, ben = company.browser(), company.browser(), signed_in(company, provider, "ben")
    with provider.browser() as there:
        assert come_back(first, provider.sign_in(set_out(first), "ana", there)).status_code == 303
        assert come_back(second, provider.sign_in(set_out(second), "ana", there)).status_code == 303
        provider.sign_in(with_(set_out(company.browser()), client_id="another"), "ana", there)
        first.get("/me/sessions")
        address = logout_address(first.post("/sign-out").text, provider)
        assert provider.sign_out(address, there) == f"{BASE}/signed-out"
    heard = provider.ear.heard
    assert set(heard) == {CLIENT_ID, "another"}
    head, body, _ = heard[CLIENT_ID].split(".")
    claims = json.loads(base64url.decode(body))
    assert json.loads(base64url.decode(head))["typ"] == "logout+jwt"

    unsigned = base64url.encode(b'{"alg":"none","typ":"logout+jwt"}') + f".{body}."
    changed = base64url.encode(json.dumps({**claims, "nonce": "n"}).encode())
    assert tell(company, heard["another"]) == 400, "right in all but the audience"
    assert tell(company, unsigned) == 400
    assert tell(company, f"{head}.{changed}.{heard[CLIENT_ID].rpartition('.')[2]}") == 400
    assert second.get("/me/sessions").status_code == 200, "none of these did anything"
    assert tell(company, heard[CLIENT_ID]) == 200
    assert second.get("/me/sessions").status_code == 303, "signed out, whatever his browser holds"
    assert ben.get("/me/sessions").status_code == 200
    assert tell(company, heard[CLIENT_ID]) == 400, "replayed"


def test_an_id_token_signs_nobody_out(company: Company, provider: OidcProvider) -> None:
    """The provider's own word, with a nonce and without the event."""
    browser = signed_in(company, provider, "ana")
    browser.get("/me/sessions")
    asked = parse_qs(urlsplit(logout_address(browser.post("/sign-out").text, provider)).query)
    again = signed_in(company, provider, "ana")
    assert tell(company, asked["id_token_hint"][0]) == 400
    assert again.get("/me/sessions").status_code == 200


def test_the_directory_says_who_comes_in(company: Company, provider: OidcProvider) -> None:
    assert "Ben Okafor" in signed_in(company, provider, "ben").get("/me/sessions").text, "by his second address"
    for login, told in (
        ("nobody", "nobody in the directory of this server has that address"),
        ("unverified", "not by a verified e-mail address"),
        ("gone", "not with the company any more"),
    ):
        browser = company.browser()
        answer = come_back(browser, provider.sign_in(set_out(browser), login))
        assert answer.status_code == 403
        assert told in answer.text
        assert browser.token is None


def test_who_was_here_once_is_known_by_what_the_provider_calls_him(company: Company, provider: OidcProvider) -> None:
    signed_in(company, provider, "ana")
    provider.accounts["ana"] |= {"email": "ana.married@elsewhere.example", "email_verified": False}
    provider.save()
    try:
        assert "Ana Núñez" in signed_in(company, provider, "ana").get("/me/sessions").text
    finally:
        provider.accounts["ana"] |= {"email": "ana@brightmoor.example", "email_verified": True}
        provider.save()
    leave(company.db, "ana@brightmoor.example", on=company.today - timedelta(days=1), actor="test", now=company.clock())
    browser = company.browser()
    assert come_back(browser, provider.sign_in(set_out(browser), "ana")).status_code == 403


def test_groups_give_roles_until_the_next_sign_in(company: Company, provider: OidcProvider) -> None:
    from issuer.sign_in.roles import Role
    from issuer.sign_in.sessions import find_session

    def roles(browser: Browser) -> frozenset[Role]:
        view = find_session(company.db, issuer=None, token=browser.token or "", today=company.today)
        assert view is not None
        return view.roles

    assert roles(signed_in(company, provider, "ben")) == {Role.MANAGER}
    assert roles(signed_in(company, provider, "ana")) == {Role.MANAGER, Role.ADMIN}
    provider.accounts["ana"]["groups"] = "badge-auditors"  # some providers write one name alone
    provider.save()
    try:
        assert roles(signed_in(company, provider, "ana")) == {Role.MANAGER, Role.AUDITOR}
    finally:
        provider.accounts["ana"]["groups"] = ["badge-admins"]
        provider.save()


def test_another_nonce_is_refused(company: Company, provider: OidcProvider) -> None:
    browser = company.browser()
    answer = come_back(browser, provider.sign_in(with_(set_out(browser), nonce="another"), "ana"))
    assert answer.status_code == 400
    assert "does not belong to this sign-in" in answer.text


def test_another_challenge_is_refused(company: Company, provider: OidcProvider) -> None:
    browser = company.browser()
    address = with_(set_out(browser), code_challenge="E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")
    assert come_back(browser, provider.sign_in(address, "ana")).status_code == 400


def test_a_return_works_once_and_in_the_browser_that_set_out(company: Company, provider: OidcProvider) -> None:
    browser, thief = company.browser(), company.browser()
    address = provider.sign_in(set_out(browser), "ana")
    set_out(thief)  # with a start of his own
    assert come_back(thief, address).status_code == 400
    assert come_back(browser, with_(address, iss="https://evil.example")).status_code == 400, "it was used up by that"
    assert come_back(browser, address).status_code == 400

    address = provider.sign_in(set_out(browser), "ana")
    assert come_back(browser, address).status_code == 303
    assert come_back(browser, address).status_code == 400, "replayed"
    state = parse_qs(urlsplit(set_out(browser)).query)["state"][0]
    assert come_back(browser, with_(address, state=state)).status_code == 400, "an old code with a new state"


def test_two_tabs_sign_in_at_once(company: Company, provider: OidcProvider) -> None:
    browser = company.browser()
    first, second = set_out(browser), set_out(browser)
    assert come_back(browser, provider.sign_in(second, "ana")).status_code == 303
    # The first tab's secret went with the second's cookie: it is told to begin again, and nothing worse.
    assert come_back(browser, provider.sign_in(first, "ana")).status_code == 400


def test_a_return_without_its_parts_is_refused(company: Company, provider: OidcProvider) -> None:
    for changes, status in (
        ({"code": ""}, 400),
        ({"iss": ""}, 400),
        ({"code": "invented"}, 400),
        ({"code": "", "error": "access_denied"}, 400),
    ):
        browser = company.browser()
        state = parse_qs(urlsplit(set_out(browser)).query)["state"][0]
        address = with_(f"{BASE}/sign-in/return?state={state}&code=c&iss={provider.issuer}", **changes)
        assert come_back(browser, address).status_code == status, changes
    assert company.browser().get("/sign-in/return").status_code == 400


def test_a_token_that_is_over_is_refused(company: Company, provider: OidcProvider) -> None:
    browser = company.browser()
    address = provider.sign_in(set_out(browser), "ana")
    company.clock.now += timedelta(minutes=3)
    assert come_back(browser, address).status_code == 400
    late = company.browser()
    address = set_out(late)
    company.clock.now += timedelta(minutes=11)
    assert (
        come_back(
            late, with_(f"{BASE}/sign-in/return", state=parse_qs(urlsplit(address).query)["state"][0], code="c")
        ).status_code
        == 400
    )


def test_a_token_for_another_application_is_refused(company: Company, provider: OidcProvider) -> None:
    """The provider's own token, right in all but the audience: as if it came from the token endpoint."""
    browser = company.browser()
    address = set_out(browser)
    elsewhere = provider.sign_in(with_(address, client_id="another"), "ana")
    assert company.door.provider is not None
    wire: Any = company.door.provider._wire
    answer = wire.post

    def as_another(url: str, *, data: Any, headers: Any, auth: Any) -> Any:
        from authlib.oauth2.auth import ClientAuth

        assert auth.client_id != "another"
        return answer(url, data=data, headers=headers, auth=ClientAuth("another", urlencode({"": SECRET})[1:]))

    wire.post = as_another
    told = come_back(browser, elsewhere)
    assert told.status_code == 400


def test_a_provider_that_is_away_is_said_to_be_away(opened: Callable[..., Company], provider: OidcProvider) -> None:
    company = opened(**{**provider.settings(), "oidc_issuer": "http://localhost:9"})
    answer = company.browser().get("/sign-in/provider")
    assert answer.status_code == 503
    assert "cannot be reached" in answer.text


def test_an_issuer_that_is_another_is_not_believed(opened: Callable[..., Company], provider: OidcProvider) -> None:
    company = opened(**{**provider.settings(), "oidc_issuer": provider.issuer + "/"})
    assert company.browser().get("/sign-in/provider").status_code == 503
