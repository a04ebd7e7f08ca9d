"""A house whose directory tells over SCIM."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pytest
from starlette.testclient import TestClient

from issuer.api_tokens import Role, create_token
from issuer.store import Database
from keys.keyring import Keyring
from keys.unlock import KeyEncryptionKey
from portal.app import create_app
from portal.own_documents import OwnDocuments
from portal.service import Service, own_origin
from portal.settings import load_settings
from tests.portal.conftest import BASE, NOW, Clock, build_house
from tests.world import World
from verifier.resolve import DidResolver

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


@dataclass
class Directory:
    """The company's directory, as it speaks to us."""

    service: Service
    clock: Clock
    client: TestClient
    token: str

    @property
    def db(self) -> Database:
        return self.service.database

    def ask(self, method: str, path: str, body: Any = None, *, status: int, **headers: str) -> Any:
        """The answer as JSON; None for one without a body."""
        sent = {
            "Authorization": f"Bearer {self.token}",
            **{name.replace("_", "-"): one for name, one in headers.items()},
        }
        answer = self.client.request(method, f"/scim/v2{path}", json=body, headers=sent)
        assert answer.status_code == status, (method, path, answer.status_code, answer.text)
        if answer.content:
            assert answer.headers["content-type"] == "application/scim+json"
        return answer.json() if answer.content else None

    def patch(self, path: str, *operations: dict[str, Any], status: int = 200) -> Any:
        return self.ask("PATCH", path, {"schemas": [PATCH], "Operations": list(operations)}, status=status)

    def found(self, place: str, filter_: str) -> list[str]:
        answer = self.client.get(
            f"/scim/v2/{place}", params={"filter": filter_}, headers={"Authorization": f"Bearer {self.token}"}
        )
        assert answer.status_code == 200, answer.text
        return [one["id"] for one in answer.json()["Resources"]]

    def joins(self, name: str, **more: Any) -> dict[str, Any]:
        """A user of that short name, made."""
        address = f"{name}@brightmoor.example"
        body = {"schemas": [USER], "userName": address, "displayName": name.title(), "emails": [{"value": address}]}
        made: dict[str, Any] = self.ask("POST", "/Users", {**body, **more}, status=201)
        return made


@pytest.fixture(scope="session")
def scim_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("scim")
    build_house(home).service.close()
    return home


@pytest.fixture
def directory(scim_home: Path, tmp_path: Path) -> Iterator[Directory]:
    home = tmp_path / "home"
    shutil.copytree(scim_home, home)
    settings = load_settings(home, {"GUILDMARK_BASE_URL": BASE, "GUILDMARK_TIME_ZONE": "Europe/Copenhagen"})
    clock, db = Clock(NOW), Database(settings.database)
    own = OwnDocuments(db, None, clock, base_url=BASE, others=World(NOW).fetcher)
    service = Service(
        settings=settings,
        database=db,
        keyring=Keyring(settings.keys, KeyEncryptionKey(b"k" * 32)),
        clock=clock,
        documents=own,
        resolver=DidResolver(own, allowed_origins=own_origin(BASE)),
    )
    made = create_token(
        db, issuer=None, name="entra", role=Role.PROVISION, actor="test", now=NOW,
        randomness=Random(5).randbytes,  # noqa: S311
    )  # fmt: skip
    with TestClient(create_app(service), base_url=BASE, follow_redirects=False) as client:
        yield Directory(service, clock, client, made.secret)
    service.close()
