"""What is logged while people and machines do what they do: ids of requests, and nothing of anybody."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from io import StringIO

import pytest
import structlog
from starlette.testclient import TestClient

from portal.app import create_app
from portal.logs import configure_logging
from tests.portal.conftest import BASE, House

SECRET = "a-secret-of-an-address-0123456789"
NAME, MAIL = "Grace Brewster Hopper", "grace.hopper@acme.example"


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> StringIO:
    """What is written to standard error."""
    monkeypatch.setattr(sys, "stderr", StringIO())
    assert isinstance(sys.stderr, StringIO)
    return sys.stderr


@pytest.fixture
def as_served(house: House, said: StringIO) -> Iterator[TestClient]:
    """The application as `serve` logs it, at the level that tells most."""
    before, handlers, level = structlog.get_config(), logging.root.handlers[:], logging.root.level
    configure_logging("debug")
    try:
        with TestClient(create_app(house.service), base_url=BASE, raise_server_exceptions=False) as client:
            yield client
    finally:
        structlog.configure(**before)
        logging.root.handlers[:] = handlers
        logging.root.setLevel(level)


def test_a_journey_leaves_no_name_no_address_and_no_secret_in_the_log(
    house: House, as_served: TestClient, said: StringIO
) -> None:
    client, bearer = as_served, {"Authorization": f"Bearer {house.token}"}
    badge = f"/credentials/{house.ids['revoked']}"
    for path in (
        "/",
        badge,
        f"{badge}.json?email={MAIL}",
        f"/shared/{SECRET}",
        f"/calendar/{SECRET}.ics",
        f"/sign-in?next=/me&login_hint={MAIL}",
        f"/oid4vci/acme/offers/{SECRET}",
    ):
        client.get(path, headers={"Accept": "text/html", "Cookie": f"session={SECRET}"})
    client.get("/api/credentials", headers=bearer)
    client.get("/api/credentials", params={"email": MAIL}, headers=bearer)
    client.post("/sign-in", data={"email": MAIL})
    client.post("/api/verify", json={"credential": {"name": NAME, "email": MAIL}})
    client.post("/vc-api/default/credentials/issue", json={"credential": {"name": NAME}}, headers=bearer)
    client.post("/vc-api/default/credentials/issue", content=f'{{"broken: "{NAME}"', headers=bearer)

    def fails() -> None:
        raise RuntimeError("unforeseen")

    client.app.add_api_route("/shared/{of}/fails", fails)  # type: ignore[attr-defined]
    assert client.get(f"/shared/{SECRET}/fails").status_code in {404, 500}
    logged = said.getvalue()
    lines = [json.loads(line) for line in logged.splitlines() if line.startswith("{")]
    requests = [line for line in lines if line["event"] == "request"]
    assert len(requests) == 14
    assert len({line["request"] for line in requests}) == 14
    for secret in (SECRET, house.token, NAME, MAIL, "grace.hopper", "Hopper"):
        assert secret not in logged, secret
