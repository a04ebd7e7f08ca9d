"""From a home directory to a running server, and what it says when something is missing."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import pytest
import structlog
import uvicorn
from starlette.testclient import TestClient

from issuer import schema_version
from issuer.issuers import create_issuer
from issuer.signing_keys import create_initial_keys
from keys.key_encryption_key import create_key_encryption_key
from keys.keyring import Keyring
from portal.app import create_app
from portal.logs import configure_logging
from portal.service import Service, open_service
from portal.serving import application
from portal.settings import load_settings
from tests.portal.conftest import NOW, build_house


def clock() -> datetime:
    return NOW


def ready(service: Service) -> tuple[int, dict[str, str]]:
    with TestClient(create_app(service)) as client:
        answer = client.get("/readyz")
        assert client.get("/healthz").status_code == 200
        return answer.status_code, answer.json().get("missing", {})


def test_readiness_names_what_is_missing_one_after_the_other(tmp_path: Path) -> None:
    kek = create_key_encryption_key(tmp_path / "kek")
    settings = load_settings(tmp_path, {"GUILDMARK_KEY_ENCRYPTION_KEY_FILE": "kek"})
    service = open_service(settings, clock)
    try:
        assert ready(service) == (
            503,
            {"database": "the database is empty or of an older version: run `guildmark upgrade`"},
        )
        schema_version.upgrade(service.database)
        assert ready(service) == (503, {"issuer": "there is no issuer yet: run `guildmark init`"})
        create_issuer(service.database, slug="a", name="A", base_url=settings.base_url, actor="test", now=NOW)
        ring = Keyring(settings.keys, kek)
        create_initial_keys(
            service.database, ring, issuer="a", actor="test", now=NOW, randomness=lambda size: b"r" * size
        )
        assert ready(service) == (200, {})
        for file in settings.keys.iterdir():
            file.chmod(0o644)
        fresh = open_service(settings, clock)
        assert ready(fresh) == (503, {"keys": "the keys cannot be opened; the log says why"})
        fresh.close()
    finally:
        service.close()


@pytest.mark.slow
def test_each_of_several_processes_opens_the_installation_that_the_environment_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "guildmark.toml").write_text('base_url = "https://badges.example.org"\nlog_level = "error"\n')
    monkeypatch.setenv("GUILDMARK_HOME", str(tmp_path))
    monkeypatch.setattr("portal.serving.configure_logging", lambda _level: None)
    app = application()
    service: Service = app.state.service
    assert (service.settings.home, service.base_url) == (tmp_path, "https://badges.example.org")
    with TestClient(app) as client:
        assert client.get("/healthz").status_code == 200
    service.close()


def test_pages_answer_before_there_is_an_issuer(tmp_path: Path) -> None:
    service = open_service(load_settings(tmp_path, {}), clock)
    schema_version.upgrade(service.database)
    with TestClient(create_app(service)) as client:
        for path in ("/", "/verify", "/docs"):
            assert client.get(path, headers={"Accept": "text/html"}).status_code == 200
        assert client.get("/issuer").status_code == 404
    service.close()


def test_a_database_that_cannot_be_reached_is_503(tmp_path: Path) -> None:
    service = open_service(load_settings(tmp_path, {"GUILDMARK_DATABASE_URL": "sqlite:////nowhere/at/all.db"}), clock)
    with TestClient(create_app(service)) as client:
        answer = client.get("/issuer")
        assert answer.status_code == 503
        assert answer.headers["Retry-After"] == "5"
        assert client.get("/", headers={"Accept": "text/html"}).status_code == 503
    assert ready(service)[0] == 503
    service.close()


@contextmanager
def running(service: Service, port: int) -> Iterator[None]:
    server = uvicorn.Server(uvicorn.Config(create_app(service), port=port, log_config=None, server_header=False))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
        yield
    finally:
        server.should_exit = True
        thread.join(10)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_real_server_below_a_path_serves_and_verifies_itself(tmp_path: Path) -> None:
    port = free_port()
    base = f"http://localhost:{port}/badges"
    house = build_house(tmp_path, base)
    with running(house.service, port), httpx2.Client(timeout=60) as client:
        page = client.get(f"{base}/credentials/{house.ids['valid']}", headers={"Accept": "text/html"})
        assert '<strong class="status-word">Valid</strong>' in page.text
        stylesheet = page.text.split('rel="stylesheet" href="', 1)[1].split('"', 1)[0]
        assert client.get(f"http://localhost:{port}{stylesheet}").headers["content-type"].startswith("text/css")
        assert client.get(f"{base}/did.json").json()["id"].endswith(":badges")
        answer = client.post(f"{base}/api/verify", json={"url": f"{base}/credentials/{house.ids['valid']}"})
        assert answer.json()["status"] == "valid"
        with socket.create_connection(("localhost", port)) as raw:
            raw.sendall(
                b"POST /badges/api/verify HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                b"Content-Length: 99999999999\r\n\r\n"
            )
            assert raw.recv(4096).startswith(b"HTTP/1.1 413 ")
    house.service.close()


def test_the_log_is_json_and_holds_no_query_and_no_client(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import logging

    logged = structlog.get_config()
    before = logging.root.handlers[:], logging.root.level
    service = open_service(load_settings(tmp_path, {}), clock)
    schema_version.upgrade(service.database)
    try:
        configure_logging("info")
        with TestClient(create_app(service)) as client:
            client.get("/healthz?who=ada", headers={"User-Agent": "Ada's telephone", "X-Forwarded-For": "203.0.113.7"})
            logging.getLogger("somewhere").warning("said by a library")
    finally:
        logging.root.handlers[:], level = before
        logging.root.setLevel(level)
        structlog.configure(**logged)
        service.close()
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    (line,) = [line for line in lines if line["event"] == "request"]
    assert (line["event"], line["path"], line["status"]) == ("request", "/healthz", 200)
    assert set(line) == {"event", "level", "method", "path", "status", "ms", "timestamp", "request"}, "and nothing else"
    for private in ("who", "ada", "testclient", "50000", "telephone", "203.0.113.7"):
        assert not any(private in json.dumps(one).lower() for one in lines), private
    assert [one["event"] for one in lines if one["event"] != "request"] == ["said by a library"]
    assert datetime.fromisoformat(line["timestamp"]).tzinfo == UTC


def test_a_url_of_no_database_is_refused_when_the_service_opens(tmp_path: Path) -> None:
    from issuer.errors import DatabaseUnreachable

    with pytest.raises(DatabaseUnreachable):
        open_service(load_settings(tmp_path, {"GUILDMARK_DATABASE_URL": "mysql://x"}), clock)
