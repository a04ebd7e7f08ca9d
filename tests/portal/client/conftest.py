"""A house that is reached over HTTP on this machine, with somebody who works in its background."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from issuer.api_tokens import Role, create_token
from issuer.learning.systems import add_system
from portal.app import create_app
from portal.client import Guildmark, Patience
from portal.worker import run_once
from tests.peers.loopback import served
from tests.portal.conftest import NOW, House, build_house


@dataclass(frozen=True)
class Place:
    """Where the server answers, and what it takes to use it."""

    house: House
    address: str
    token: str
    learning_secret: str

    def client(self) -> Guildmark:
        return Guildmark(self.address, self.token, patience=Patience(timeout=20))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    house = build_house(tmp_path_factory.mktemp("served"))
    db, keyring = house.service.database, house.service.keyring
    assert keyring is not None
    random = secrets.token_bytes
    token = create_token(db, issuer=None, name="erp", role=Role.MANAGE, actor="t", now=NOW, randomness=random)
    system = add_system(db, keyring, issuer=None, name="moodle", actor="t", now=NOW, randomness=random)
    over = threading.Event()

    def work() -> None:
        while not over.wait(0.1):
            for ran in run_once(house.service, ["bulk"], force=True):
                assert ran.error is None

    with served(create_app(house.service)) as address:
        worker = threading.Thread(target=work, daemon=True)
        worker.start()
        yield Place(house, address, token.secret, system.secret)
        over.set()
        worker.join(20)
    house.service.close()
