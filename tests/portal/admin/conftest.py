"""The house of the other pages, with an admin in it who is signed in."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import pytest
from starlette.testclient import TestClient

from issuer.people.directory import required_person
from issuer.people.directory_import import Missing, import_directory
from issuer.sign_in.roles import Role
from issuer.sign_in.sessions import Entry, begin_session
from issuer.store import Database
from keys.keyring import Keyring
from keys.unlock import KeyEncryptionKey
from portal.app import create_app
from portal.own_documents import OwnDocuments
from portal.service import Service, own_origin
from portal.settings import load_settings
from portal.signers.opening import openers_of
from portal.worker import run_once
from tests.portal.conftest import BASE, NOW, Clock, build_house
from tests.portal.sign_in.conftest import Browser
from tests.world import World
from verifier.resolve import DidResolver

ADA = "ada@brightmoor.example"
DIRECTORY = f"""\
email,name,employee_number,manager,teams
{ADA},Ada Admin,1,,office
ben@brightmoor.example,Ben Okafor,2,{ADA},platform
cleo@brightmoor.example,كليو المصرية,3,{ADA},platform
"""


@dataclass
class Desk:
    """The admin's browser and the house that it looks at. `ids` are the credentials by their standing."""

    service: Service
    clock: Clock
    browser: Browser
    ids: dict[str, str]

    @property
    def db(self) -> Database:
        return self.service.database

    def person_id(self, email: str) -> UUID:
        with self.db.read() as session:
            return required_person(session, email).id

    def look(self, path: str, status: int = 200, language: str = "en") -> str:
        """The text of a page."""
        answer = self.browser.get(path, **{"Accept-Language": language})
        assert answer.status_code == status, (answer.status_code, answer.text[:2000])
        return unescape(answer.text)

    def search(self, path: str, status: int = 200, **fields: str) -> str:
        """The text of the page that the form of a search leads to."""
        answer = self.browser.search(path, **fields)
        assert answer.status_code == status, (answer.status_code, answer.text[:2000])
        return unescape(answer.text)

    def send(self, path: str, status: int = 303, **fields: Any) -> str:
        """Where a form leads, or the page that it comes back as."""
        answer = self.browser.post(path, **fields)
        assert answer.status_code == status, [line for line in answer.text.splitlines() if "fault" in line][:9]
        if status == 303:
            return str(answer.headers["location"])
        self.browser.page = answer.text
        return unescape(answer.text)

    def work(self) -> None:
        """A worker does what is waiting."""
        assert [ran.error for ran in run_once(self.service, ["bulk"], force=True)] == [None]


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    home = tmp_path_factory.mktemp("admin")
    house = build_house(home)
    import_directory(
        house.service.database,
        DIRECTORY.encode(),
        missing=Missing.KEEP,
        now=NOW,
        today=NOW.date(),
        randomness=Random("directory").randbytes,  # noqa: S311  (the same in every run)
        actor="test",
    )
    house.service.close()
    return home, house.ids


@pytest.fixture
def desk(furnished: tuple[Path, dict[str, str]], tmp_path: Path) -> Iterator[Desk]:
    home = tmp_path / "home"
    shutil.copytree(furnished[0], home)
    environment = {
        "GUILDMARK_BASE_URL": BASE,
        "GUILDMARK_TIME_ZONE": "Europe/Copenhagen",
        "GUILDMARK_SMTP_HOST": "localhost",
        "GUILDMARK_MAIL_FROM": "badges@brightmoor.example",
    }
    clock, settings = Clock(NOW), load_settings(home, environment)
    db, keyring = (
        Database(settings.database),
        Keyring(settings.keys, KeyEncryptionKey(b"k" * 32), openers=openers_of(settings)),
    )
    own = OwnDocuments(db, keyring, clock, base_url=BASE, others=World(NOW).fetcher)
    service = Service(
        settings=settings,
        database=db,
        keyring=keyring,
        clock=clock,
        documents=own,
        resolver=DidResolver(own, allowed_origins=own_origin(BASE)),
    )
    made = Desk(service, clock, signed_in(service), furnished[1])
    yield made
    service.close()


def signed_in(service: Service, *roles: Role) -> Browser:
    return browser_of(service, ADA, Random(1), *roles)  # noqa: S311


def browser_of(service: Service, email: str, random: Random, *roles: Role) -> Browser:
    """The browser of somebody who is signed in, as an admin unless said otherwise."""
    app = create_app(service)
    with service.database.read() as session:
        person_id = required_person(session, email).id
    new = begin_session(
        service.database,
        issuer=None,
        person_id=person_id,
        entry=Entry("Firefox on Linux", roles=frozenset(roles or {Role.ADMIN})),
        limits=app.state.door.limits,
        now=service.clock(),
        today=service.clock().date(),
        randomness=random.randbytes,
    )
    browser = Browser(TestClient(app, base_url=BASE, follow_redirects=False), "Firefox")
    browser.client.cookies.set(app.state.door.session_cookie, new.token, domain="badges.brightmoor.example")
    return browser
