"""Figures for Prometheus: what they say, to whom, and that of two serving processes they are one sum."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen  # noqa: TID251  (asks our own server on this machine)

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from issuer.issuer_file import named
from issuer.store import Database
from portal.app import create_app
from portal.installing import install
from portal.metrics.counters import Counters
from portal.metrics.giving import given
from portal.metrics.recorded import KEPT, Recorded
from portal.settings import SettingsRefused, load_settings
from tests.conftest import PROJECT
from tests.portal.conftest import BASE, House

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def parsed(text: str) -> Samples:
    """Every sample by name and labels. Each family says what it is, and no sample stands there twice."""
    found: Samples = {}
    for family in text_string_to_metric_families(text):
        assert family.documentation, family.name
        for sample in family.samples:
            key = (sample.name, tuple(sorted(sample.labels.items())))
            assert key not in found
            found[key] = sample.value
    return found


def total(found: Samples, name: str, **labels: str) -> float:
    return sum(value for (known, said), value in found.items() if known == name and set(labels.items()) <= set(said))


@pytest.fixture
def counted(house: House) -> Iterator[tuple[TestClient, CollectorRegistry]]:
    registry = CollectorRegistry()
    service = replace(house.service, counting=Counters(registry))
    with TestClient(create_app(service), base_url=BASE, raise_server_exceptions=False) as client:
        yield client, registry


def test_requests_are_counted_by_route_and_never_by_address(
    house: House, counted: tuple[TestClient, CollectorRegistry]
) -> None:
    client, registry = counted
    page = f"/credentials/{house.ids['revoked']}"
    for path in ("/issuer", "/issuer", page, f"{page}.json", "/nothing/at/all", "/.well-known/did.json"):
        client.get(path, headers={"Accept": "text/html" if path == page else "*/*"})
    client.get("/shared/some-secret-of-an-address")
    body = {"credential": {"nothing": "in it"}}
    client.post("/api/verify", json=body)
    text = generate_latest(registry).decode()
    found = parsed(text)
    assert total(found, "guildmark_requests_total", route="/issuer", status="200") == 2
    assert total(found, "guildmark_request_seconds_count", route="/issuer") == 2
    assert total(found, "guildmark_requests_total", route="other", status="404") == 1
    assert total(found, "guildmark_verifications_total", result="revoked") == 1  # that of the page
    assert total(found, "guildmark_verifications_total") == 2
    assert "some-secret" not in text
    assert "nothing/at" not in text
    assert house.ids["revoked"] not in text
    assert total(found, "guildmark_requests_total", route="/credentials/{credential_id}") == 1


def test_the_routes_of_kept_answers_are_known(counted: tuple[TestClient, CollectorRegistry], house: House) -> None:
    client, registry = counted
    patterns = {route.path for route in client.app.routes}  # type: ignore[attr-defined]
    for _ in range(3):
        client.get("/.well-known/did.json", headers={"If-None-Match": "*"})
        client.head("/issuer")
    found = parsed(generate_latest(registry).decode())
    assert total(found, "guildmark_requests_total", route="/.well-known/did.json") == 3
    routes = {dict(labels)["route"] for name, labels in found if name == "guildmark_requests_total"}
    assert routes <= patterns | {"other"}


def test_what_is_recorded_is_told(house: House) -> None:
    registry = CollectorRegistry()
    registry.register(Recorded(house.service.database, house.service.clock))
    found = parsed(generate_latest(registry).decode())
    assert found["guildmark_database_up", ()] == 1
    assert total(found, "guildmark_credentials", state="issued") > 0
    assert found["guildmark_status_changes_unpublished", ()] == 0
    assert found["guildmark_audit_events", ()] > 0
    assert {name for name, _ in found} >= {
        "guildmark_mails_waiting",
        "guildmark_mails_waiting_oldest_seconds",
        "guildmark_bulk_items_waiting",
        "guildmark_status_lists_good_for_seconds",
        "guildmark_webhook_deliveries_waiting_oldest_seconds",
    }


def test_a_database_out_of_reach_is_a_figure_too(house: House, tmp_path: Path) -> None:
    now = [0.0]
    lost = Database(f"sqlite:///{tmp_path / 'nowhere' / 'lost.db'}")
    recorded = Recorded(lost, house.service.clock, lambda: now[0])
    registry = CollectorRegistry()
    registry.register(recorded)
    found = parsed(generate_latest(registry).decode())
    assert found == {("guildmark_database_up", ()): 0}
    now[0] = KEPT + 1
    assert parsed(generate_latest(registry).decode()) == found


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def _read(port: int, path: str = "/metrics", token: str | None = None) -> str:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    with urlopen(Request(f"http://127.0.0.1:{port}{path}", headers=headers), timeout=5) as answer:
        return str(answer.read().decode())


@pytest.mark.enable_socket
def test_only_who_has_the_token_is_told(house: House, tmp_path: Path) -> None:
    secret = tmp_path / "token"
    secret.touch(mode=0o600)
    secret.write_text("a-token-of-the-operator\n")
    port = _free_port()
    settings = house.service.settings.model_copy(update={"metrics_token_file": secret})
    with given(replace(house.service, settings=settings), port):
        for wrong in (None, "a-token-of-somebody"):
            with pytest.raises(HTTPError, match="401"):
                _read(port, token=wrong)
        with pytest.raises(HTTPError, match="404"):
            _read(port, "/", token="a-token-of-the-operator")
        assert "guildmark_database_up 1.0" in _read(port, token="a-token-of-the-operator")


def test_others_are_told_only_with_a_token(tmp_path: Path) -> None:
    environment = {"GUILDMARK_METRICS_PORT": "9464", "GUILDMARK_METRICS_HOST": "192.0.2.7"}
    with pytest.raises(SettingsRefused, match="metrics_token_file"):
        load_settings(tmp_path, environment)
    load_settings(tmp_path, environment | {"GUILDMARK_METRICS_TOKEN_FILE": "token"})


@contextmanager
def _served(home: Path, **more: str) -> Iterator[int]:
    port = _free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GUILDMARK_")}
    command = [sys.executable, "-m", "portal", "serve", "--home", str(home), "--workers", "2", "--port", str(port)]
    log = (home.parent / "serve.log").open("wb")
    with log, subprocess.Popen(command, cwd=PROJECT, env={**environment, **more}, stdout=log, stderr=log) as process:
        try:
            end = time.monotonic() + 90
            while True:
                try:
                    _read(port, "/healthz")
                    break
                except (URLError, OSError):
                    assert process.poll() is None, (home.parent / "serve.log").read_text()
                    assert time.monotonic() < end
                    time.sleep(0.1)
            yield port
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(90)


@pytest.mark.slow
@pytest.mark.enable_socket
def test_two_serving_processes_are_one_sum(tmp_path: Path) -> None:
    home = tmp_path / "home"
    install(
        home,
        named("Acme"),
        base_url="http://localhost:8000",
        database_url=None,
        passphrase_file=None,
        actor="test",
        now=datetime.now(UTC),
    )
    figures = _free_port()
    with _served(home, GUILDMARK_METRICS_PORT=str(figures)) as port:
        seen: set[str] = set()

        def ask() -> None:
            for _ in range(50):
                _read(port, "/issuer")

        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        end = time.monotonic() + 10
        found = parsed(_read(figures))
        while total(found, "guildmark_requests_total", route="/issuer") < 200 and time.monotonic() < end:
            time.sleep(0.05)  # a request is counted when its answer has been sent, which its asker may have by then
            found = parsed(_read(figures))
        lines = (tmp_path / "serve.log").read_text().splitlines()
        seen = {json.loads(line)["request"] for line in lines if re.search(r'"path":"/issuer"', line)}
    assert len(seen) == 200
    assert total(found, "guildmark_requests_total", route="/issuer") == 200
    assert found["guildmark_database_up", ()] == 1
