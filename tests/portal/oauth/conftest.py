"""A company whose person Ana holds badges, and an application that asks her for them."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from issuer.authorizations.scopes import SCOPES
from issuer.sign_in.sessions import Entry, begin_session
from portal.app import create_app
from tests.portal.conftest import BASE, House, build_house
from tests.portal.sign_in.conftest import Browser

BACK = "https://folio.example/back"
ABOUT: dict[str, Any] = {
    "client_name": "Folio",
    "client_uri": "https://folio.example/",
    "logo_uri": "https://folio.example/logo.png",
    "tos_uri": "https://folio.example/terms",
    "policy_uri": "https://folio.example/privacy",
    "software_id": "folio",
    "software_version": "3.1",
    "redirect_uris": [BACK],
    "scope": " ".join(SCOPES),
    "grant_types": ["authorization_code", "refresh_token"],
}
VERIFIER = "v" * 64


def challenge(verifier: str = VERIFIER) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


@dataclass
class App:
    """An application: what it was given at registration."""

    client: TestClient
    about: dict[str, Any]
    calls: list[str] = field(default_factory=list)

    @property
    def auth(self) -> tuple[str, str]:
        return self.about["client_id"], self.about["client_secret"]

    def wants(self, **changes: str | None) -> str:
        asked: dict[str, str | None] = {
            "response_type": "code",
            "client_id": self.about["client_id"],
            "redirect_uri": BACK,
            "scope": " ".join(SCOPES),
            "state": "s t&te",
            "code_challenge": challenge(),
            "code_challenge_method": "S256",
            **changes,
        }
        return "/oauth/authorize?" + urlencode({name: value for name, value in asked.items() if value is not None})

    def redeem(self, code: str, **changes: str | None) -> httpx2.Response:
        sent: dict[str, str | None] = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": BACK,
            "scope": " ".join(SCOPES),
            "code_verifier": VERIFIER,
            **changes,
        }
        return self.token({name: value for name, value in sent.items() if value is not None})

    def token(self, form: dict[str, str], *, path: str = "/oauth/token") -> httpx2.Response:
        return self.client.post(path, data=form, auth=self.auth)

    def refresh(self, token: str, **more: str) -> httpx2.Response:
        return self.token({"grant_type": "refresh_token", "refresh_token": token, **more})

    def revoke(self, token: str, **more: str) -> httpx2.Response:
        return self.token({"token": token, **more}, path="/oauth/revoke")


@dataclass
class Provider:
    """A house with the person who holds its valid badge."""

    house: House
    web: FastAPI
    random: Random

    def __post_init__(self) -> None:
        self.network = (f"10.{self.random.randrange(256)}.{self.random.randrange(256)}.7", 50_000)
        self.client = TestClient(self.web, base_url=BASE, follow_redirects=False, client=self.network)

    def app(self, **changes: Any) -> App:
        answer = self.client.post("/oauth/register", json={**ABOUT, **changes})
        assert answer.status_code == 201, answer.text
        return App(self.client, answer.json())

    def signed_in(self, who: str = "valid") -> Browser:
        from issuer.people.directory import required_person

        service = self.house.service
        with service.database.read() as session:
            person = required_person(session, f"{who}@brightmoor.example").id
        app = self.web
        new = begin_session(
            service.database,
            issuer=None,
            person_id=person,
            entry=Entry("Firefox on Linux", roles=frozenset()),
            limits=app.state.door.limits,
            now=self.house.clock(),
            today=self.house.clock().date(),
            randomness=self.random.randbytes,
        )
        browser = Browser(TestClient(app, base_url=BASE, follow_redirects=False, client=self.network), "Firefox")
        browser.client.cookies.set(app.state.door.session_cookie, new.token, domain="badges.brightmoor.example")
        return browser

    def asked(self, app: App, browser: Browser, **changes: str | None) -> str:
        """The address of the page on which she is asked."""
        answer = browser.get(app.wants(**changes))
        assert answer.status_code == 303, answer.text
        return answer.headers["location"]

    def answered(self, app: App, browser: Browser, answer: str = "allow", **changes: str | None) -> dict[str, str]:
        """What comes back to the application."""
        path = self.asked(app, browser, **changes)
        assert browser.get(path).status_code == 200
        sent = browser.post(path, answer=answer)
        assert sent.status_code == 303, sent.text
        return back(sent)

    def tokens(self, app: App, who: str = "valid", **changes: str | None) -> dict[str, Any]:
        answer = app.redeem(self.answered(app, self.signed_in(who), **changes)["code"])
        assert answer.status_code == 200, answer.text
        document: dict[str, Any] = answer.json()
        return document

    def api(self, method: str, path: str, token: str, **more: Any) -> httpx2.Response:
        headers = {"Authorization": f"Bearer {token}", **more.pop("headers", {})}
        return self.client.request(method, f"/ims/ob/v3p0/{path}", headers=headers, **more)


def back(answer: httpx2.Response) -> dict[str, str]:
    """The parameters of the way back to the application."""
    parts = urlsplit(answer.headers["location"])
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == BACK
    return {name: values[0] for name, values in parse_qs(parts.query, strict_parsing=True).items()}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, FastAPI]]:
    house = build_house(tmp_path_factory.mktemp("oauth"))
    yield house, create_app(house.service)
    house.service.close()


@pytest.fixture
def provider(built: tuple[House, FastAPI], request: pytest.FixtureRequest) -> Iterator[Provider]:
    house, web = built
    now = house.clock.now
    yield Provider(house, web, Random(request.node.name))  # noqa: S311
    house.clock.now = now
