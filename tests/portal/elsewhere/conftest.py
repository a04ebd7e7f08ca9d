"""Two installations of Guildmark that reach each other over HTTP on this machine, and hosts that mean harm."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpcore2
import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy import delete
from starlette.testclient import TestClient

from issuer.people.directory import required_person
from issuer.sign_in.sessions import Entry, begin_session
from issuer.tables import ConnectionRow, HeldCredentialRow
from portal.app import create_app
from portal.own_documents import OwnDocuments
from portal.service import own_origin
from portal.settings import load_settings
from tests.journeys.conftest import free_port
from tests.peers.loopback import served
from tests.portal.conftest import House, build_house
from tests.portal.elsewhere.evil import EvilHost
from tests.portal.sign_in.conftest import Browser
from verifier.fetch import GuardedFetcher
from verifier.resolve import DidResolver


@dataclass
class Installation:
    """One of the two: its application for browsers, which the other one reaches at `base`."""

    house: House
    web: FastAPI
    base: str

    def session(self, who: str, randomness: Callable[[int], bytes] = secrets.token_bytes) -> str:
        """The token of a new session of that person."""
        service, now = self.house.service, self.house.clock()
        with service.database.read() as session:
            person = required_person(session, f"{who}@brightmoor.example").id
        return begin_session(
            service.database,
            issuer=None,
            person_id=person,
            entry=Entry("Firefox on Linux", roles=frozenset()),
            limits=self.web.state.door.limits,
            now=now,
            today=now.date(),
            randomness=randomness,
        ).token

    def browser(self, who: str = "valid") -> Browser:
        """A browser in which that person is signed in."""
        client = TestClient(self.web, base_url=self.base, follow_redirects=False)
        client.cookies.set(self.web.state.door.session_cookie, self.session(who))
        return Browser(client, "Firefox")

    def post(self, browser: Browser, path: str, **fields: Any) -> httpx2.Response:
        return browser.post(path, origin=self.base, **fields)

    def connect(self, browser: Browser, address: str) -> str:
        """The path of the host’s page."""
        browser.get("/me/applications")
        answer = self.post(browser, "/me/hosts", address=address)
        assert answer.status_code == 303, re.findall(r'class="fault"[^>]*>([^<]*)', answer.text)
        return str(answer.headers["location"])

    def leads(self, browser: Browser, path: str) -> str:
        """Where the host’s page leads to."""
        [found] = re.findall(r'<a class="button" href="([^"]+)" rel="noreferrer"', browser.get(path).text)
        return str(found).replace("&amp;", "&")


@dataclass
class Two:
    """`here` brings and fetches; `there` is the other host."""

    here: Installation
    there: Installation

    def allow(self, leads: str, *, who: str = "valid", answer: str = "allow") -> str:
        """The person allows it there; the way back, as path and query."""
        parts = urlsplit(leads)
        assert f"{parts.scheme}://{parts.netloc}" == self.there.base
        browser = self.there.browser(who)
        asked = browser.get(f"{parts.path}?{parts.query}")
        assert asked.status_code == 303, asked.text
        browser.get(asked.headers["location"])
        sent = self.there.post(browser, asked.headers["location"], answer=answer)
        back = str(sent.headers["location"])
        assert back.startswith(self.here.base + "/me/hosts/")
        return back.removeprefix(self.here.base)

    def connected(self, browser: Browser, *, who: str = "valid") -> str:
        """The page of the other host, after it was connected."""
        path = self.here.connect(browser, self.there.base)
        answer = browser.get(self.allow(self.here.leads(browser, path), who=who))
        assert (answer.status_code, answer.headers["location"]) == (303, f"{path}?done=connected")
        return path

    def later(self, by: timedelta) -> None:
        for one in (self.here, self.there):
            one.house.clock.now += by


def _installed(home: Path, port: int, allowed: str) -> House:
    """A house whose network is the real one, to that origin alone."""
    base = f"http://localhost:{port}"
    house = build_house(home, base)
    settings = load_settings(
        home,
        {
            "GUILDMARK_BASE_URL": base,
            "GUILDMARK_ALLOWED_ORIGINS": allowed,
            "GUILDMARK_SMTP_HOST": "localhost",
            "GUILDMARK_MAIL_FROM": "badges@brightmoor.example",
        },
    )
    guarded = GuardedFetcher(
        allowed_origins=settings.allowed_origins,
        deadline=timedelta(seconds=5),
        tls=httpcore2.default_ssl_context(),
        monotonic=time.monotonic,
    )
    service = house.service
    own = OwnDocuments(service.database, service.keyring, house.clock, base_url=base, others=guarded)
    origins = (*settings.allowed_origins, *own_origin(base))
    resolver = DidResolver(own, allowed_origins=origins)
    house.service = replace(service, settings=settings, documents=own, resolver=resolver)
    return house


@pytest.fixture(scope="session")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Two]:
    ports = free_port(), free_port()
    with ExitStack() as stack:
        made = []
        for port, other in (ports, ports[::-1]):
            house = _installed(tmp_path_factory.mktemp("elsewhere"), port, f"http://localhost:{other}")
            stack.callback(house.service.close)
            stack.enter_context(served(create_app(house.service), port))
            made.append(Installation(house, create_app(house.service), f"http://localhost:{port}"))
        yield Two(*made)


def forgotten(here: Installation) -> None:
    """What a test connected and brought from there is no other test's beginning."""
    with here.house.service.database.write() as session:
        session.execute(delete(HeldCredentialRow))
        session.execute(delete(ConnectionRow))


@pytest.fixture
def two(both: Two) -> Iterator[Two]:
    now = both.here.house.clock.now
    yield both
    both.here.house.clock.now = both.there.house.clock.now = now
    forgotten(both.here)
    forgotten(both.there)


@pytest.fixture(scope="session")
def evil_served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Installation, EvilHost]]:
    port = free_port()
    evil = EvilHost(f"http://localhost:{port}")
    house = _installed(tmp_path_factory.mktemp("evil"), free_port(), evil.base)
    with served(evil.app, port):
        yield Installation(house, create_app(house.service), house.service.base_url), evil
    house.service.close()


@pytest.fixture
def evil(evil_served: tuple[Installation, EvilHost]) -> Iterator[tuple[Installation, EvilHost]]:
    here, host = evil_served
    host.reset()
    now = here.house.clock.now
    here.house.clock.now += timedelta(hours=2 * next(_HOURS))  # the rates of a person begin anew
    yield here, host
    here.house.clock.now = now
    forgotten(here)


_HOURS = iter(range(1, 10_000))
