"""A small company whose people sign in: a database, an issuer, a directory, and the application; nothing is issued."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from issuer import schema_version
from issuer.issuers import create_issuer
from issuer.people.directory_import import Missing, import_directory
from issuer.sign_in.role_grants import grant_role
from issuer.sign_in.roles import Role
from issuer.sign_in.sessions import Entry, begin_session
from issuer.store import Database
from portal.app import create_app
from portal.own_documents import OwnDocuments
from portal.service import Service
from portal.settings import load_settings
from portal.sign_in.door import Door, make_door
from tests.portal.conftest import BASE, BROWSER, Clock
from tests.world import World
from verifier.resolve import DidResolver

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
DIRECTORY = """\
email,name,manager,left_on,more_emails
ana@brightmoor.example,Ana Núñez,,,
ben@brightmoor.example,Ben Okafor,ana@brightmoor.example,,ben@home.example
cleo@brightmoor.example,كليو المصرية,ben@brightmoor.example,,
gone@brightmoor.example,Gina Gone,,2026-10-31,
"""
MAIL = {"GUILDMARK_SMTP_HOST": "localhost", "GUILDMARK_MAIL_FROM": "badges@brightmoor.example"}


@dataclass
class Company:
    """The application and what it was made of."""

    app: FastAPI
    service: Service
    clock: Clock
    random: Random

    @property
    def db(self) -> Database:
        return self.service.database

    @property
    def door(self) -> Door:
        door: Door = self.app.state.door
        return door

    @property
    def today(self) -> date:
        return self.clock().date()

    def browser(self, agent: str = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0") -> Browser:
        """A browser in which nobody is signed in."""
        return Browser(TestClient(self.app, base_url=self.service.base_url, follow_redirects=False), agent)

    def person_id(self, email: str) -> Any:
        from issuer.people.directory import required_person

        with self.db.read() as session:
            return required_person(session, email).id

    def grant(self, email: str, role: Role) -> None:
        grant_role(self.db, issuer=None, email=email, role=role, actor="test", now=self.clock(), today=self.today)

    def signed_in(self, email: str, *roles: Role) -> Browser:
        """A browser in which that person is signed in; `roles` are as if from the provider's groups."""
        new = begin_session(
            self.db,
            issuer=None,
            person_id=self.person_id(email),
            entry=Entry("Firefox on Linux", roles=frozenset(roles)),
            limits=self.door.limits,
            now=self.clock(),
            today=self.today,
            randomness=self.random.randbytes,
        )
        browser = self.browser()
        browser.client.cookies.set(self.door.session_cookie, new.token, domain="badges.brightmoor.example")
        return browser


@dataclass
class Browser:
    """What a browser sends with each request; forms are sent from the page that was looked at last."""

    client: TestClient
    agent: str
    page: str = ""

    def get(self, path: str, **headers: str) -> httpx2.Response:
        answer = self.client.get(path, headers={**BROWSER, "User-Agent": self.agent, **headers})
        if answer.headers.get("content-type", "").startswith("text/html"):
            self.page = answer.text
        return answer

    def post(self, path: str, *, origin: str | None = BASE, csrf: str | None = None, **fields: Any) -> httpx2.Response:
        """Send a form; its hidden token is that of the last page, unless another is given."""
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.page)
        token = csrf if csrf is not None else found[1] if found else ""
        headers = {**BROWSER, "User-Agent": self.agent, **({"Origin": origin} if origin is not None else {})}
        return self.client.post(path, data={**fields, **({"csrf_token": token} if token else {})}, headers=headers)

    def search(self, path: str, **fields: Any) -> httpx2.Response:
        """The page that the form of a search leads to."""
        if "csrf_token" not in self.page:
            self.get(path)
        sent = self.post(path, **fields)
        assert sent.status_code == 303, sent.text[:500]
        return self.get(sent.headers["location"])

    @property
    def token(self) -> str | None:
        """The session's token that it holds."""
        return next((one.value for one in self.client.cookies.jar if one.name == "__Host-guildmark"), None)


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sign-in") / "guildmark.db"
    db = Database(f"sqlite:///{path}")
    schema_version.upgrade(db)
    create_issuer(db, slug="brightmoor", name="Brightmoor Academy", base_url=BASE, actor="test", now=NOW)
    import_directory(
        db,
        DIRECTORY.encode(),
        missing=Missing.KEEP,
        now=NOW,
        today=NOW.date(),
        randomness=Random("directory").randbytes,  # noqa: S311  (the same in every run)
        actor="test",
    )
    db.close()
    return path


@pytest.fixture
def opened(furnished: Path, tmp_path: Path) -> Iterator[Callable[..., Company]]:
    """Makes companies, each with a database of its own, by what stands in their settings."""
    made: list[Service] = []

    def open_company(wire: Any = None, **settings: str) -> Company:
        home = tmp_path / str(len(made))
        home.mkdir()
        shutil.copy(furnished, home / "guildmark.db")
        environment = {"GUILDMARK_BASE_URL": BASE, **{f"GUILDMARK_{k.upper()}": v for k, v in settings.items()}}
        clock = Clock(NOW)
        db = Database(f"sqlite:///{home / 'guildmark.db'}")
        own = OwnDocuments(db, None, clock, base_url=BASE, others=World(NOW).fetcher)
        service = Service(
            settings=load_settings(home, environment),
            database=db,
            keyring=None,
            clock=clock,
            documents=own,
            resolver=DidResolver(own, allowed_origins=()),
        )
        made.append(service)
        app = create_app(service)
        if wire is not None:
            app.state.door = make_door(service, wire=wire)
        return Company(app, service, clock, Random(len(made)))  # noqa: S311

    yield open_company
    for service in made:
        service.close()


@pytest.fixture
def company(opened: Callable[..., Company]) -> Company:
    """A company that mails links."""
    return opened(smtp_host="localhost", mail_from="badges@brightmoor.example")
