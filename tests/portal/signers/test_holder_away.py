"""Whoever holds the keys is away: issuing waits and says so, everything else goes on; then it is made up for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from starlette.testclient import TestClient

from issuer.api_tokens import Role, create_token
from issuer.issuer_file import named
from issuer.program_file import read_program
from issuer.programs import apply_program
from issuer.reports.attention import attention
from issuer.signing_keys import Use
from keys.held_signer import Line
from keys.public_key import KeyType
from portal.app import create_app
from portal.installing import install
from portal.service import Service, open_service
from portal.settings import load_settings
from portal.worker import run_once
from tests.chaos.load import ISSUE, document_of
from tests.issuer.conftest import PROGRAM
from tests.portal.conftest import BASE, Clock
from tests.portal.signers.holders import Holder, Transit

pytestmark = [
    pytest.mark.enable_socket,
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
HELD = {Use.DATA_INTEGRITY: "vault:transit/badges", Use.JWT: "vault:transit/tokens"}
BULKS = "/api/default/bulks"


def awards(*people: str) -> list[dict[str, str]]:
    return [
        {"name": name, "email": f"{name}@acme.example", "program": "cloud", "level": "associate",
         "awarded_on": "2026-11-01"}
        for name in people
    ]  # fmt: skip


@dataclass
class Shop:
    """An organization whose keys are in a Vault that can go away and come back."""

    holder: Holder
    service: Service
    client: TestClient
    bearer: dict[str, str]

    def goes_away(self) -> None:
        self.holder.close()

    def comes_back(self) -> None:
        there = Holder(Transit.answer, port=urlsplit(self.holder.origin).port or 0)
        there.keys, self.holder = self.holder.keys, there

    def issue(self, key: str) -> Any:
        return self.client.post(ISSUE, json=document_of(key), headers={**self.bearer, "Idempotency-Key": key})

    def begin(self, **body: object) -> str:
        taken = self.client.post(BULKS, json=body, headers=self.bearer)
        assert taken.status_code == 202, taken.text
        return str(taken.headers["location"]).removeprefix(self.service.base_url)

    def seen(self, bulk: str) -> dict[str, Any]:
        shown: dict[str, Any] = self.client.get(bulk, headers=self.bearer).json()
        return shown

    def work(self) -> None:
        assert [ran.error for ran in run_once(self.service, ["bulk"], force=True)] == [None]


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    monkeypatch.setattr(Line, "REST", 0.0)
    holder, clock = Holder(Transit.answer), Clock()
    holder.make("badges", KeyType.ED25519)
    holder.make("tokens", KeyType.P256)
    token = tmp_path / "token"
    token.touch(mode=0o600)
    token.write_text("good")
    install(
        tmp_path / "home", named("Acme"), base_url=BASE, database_url=None, passphrase_file=None, actor="t",
        now=clock(), more={"vault_address": holder.origin, "vault_token_file": str(token)}, held=HELD,
    )  # fmt: skip
    service = open_service(load_settings(tmp_path / "home", {}), clock)
    apply_program(service.database, issuer=None, definition=read_program(PROGRAM), actor="t", now=clock())
    made = create_token(
        service.database, issuer=None, name="m", role=Role.MANAGE, actor="t", now=clock(), randomness=bytes
    )
    shop = Shop(
        holder,
        service,
        TestClient(create_app(service), base_url=BASE, follow_redirects=False),
        {"Authorization": f"Bearer {made.secret}"},
    )
    yield shop
    service.close()
    shop.holder.close()


def test_issuing_waits_and_says_when_to_ask_again(shop: Shop) -> None:
    shop.goes_away()
    refused = shop.issue("monday")
    assert (refused.status_code, refused.headers["retry-after"].isdecimal()) == (503, True)
    assert "ault" not in refused.text, "where the keys are is nobody's business"
    assert shop.client.get("/readyz").json()["waiting"]["keys"].endswith("everything else goes on")
    shop.comes_back()
    made = shop.issue("monday")
    assert made.status_code == 201
    assert shop.issue("monday").json() == made.json(), "one credential, however often it was asked for"
    assert shop.client.get("/readyz").json() == {"status": "ready"}


def test_work_in_the_background_waits_and_goes_on_by_itself(shop: Shop) -> None:
    shop.goes_away()
    bulk = shop.begin(kind="issue", awards=awards("ana", "bo", "cy"))
    shop.work()
    waiting = shop.seen(bulk)
    assert (waiting["done"], waiting["waiting"], waiting["faults"]) == (0, 3, []), "nothing is given up"
    now = shop.service.clock()
    assert attention(shop.service.database, None, now=now, jobs=()).stuck_bulks == 1, "the admin's first page says so"
    shop.comes_back()
    shop.work()
    assert (shop.seen(bulk)["state"], shop.seen(bulk)["done"]) == ("done", 3)
    assert attention(shop.service.database, None, now=now, jobs=()).stuck_bulks == 0


def test_strangers_verify_meanwhile(shop: Shop) -> None:
    badge = shop.issue("monday").json()["verifiableCredential"]
    page = badge["id"].removeprefix(shop.service.base_url)
    lists = [one["statusListCredential"] for one in [badge["credentialStatus"]]]
    shop.goes_away()
    verdict = shop.client.post("/api/verify", json={"credential": badge}).json()
    assert verdict["verified"] is True, verdict
    for path in (page, f"{page}.json", "/.well-known/did.json", lists[0].removeprefix(shop.service.base_url)):
        assert shop.client.get(path).status_code == 200, path


def test_a_revocation_waits_for_its_list_and_is_not_lost(shop: Shop) -> None:
    badge = shop.issue("monday").json()["verifiableCredential"]
    identifier = badge["id"].rpartition("/")[2]
    shop.goes_away()
    bulk = shop.begin(kind="revoke", credentials=[identifier], reason="Left.")
    shop.work()
    assert shop.seen(bulk)["state"] != "done", "it is not acknowledged before a list says so"
    assert shop.seen(bulk)["faults"] == []
    shop.comes_back()
    shop.work()
    assert shop.seen(bulk)["state"] == "done"
    verdict = shop.client.post("/api/verify", json={"credential": badge}).json()
    assert verdict["verified"] is False
    assert "revoked" in json.dumps(verdict)
