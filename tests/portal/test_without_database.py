"""The database is stopped under a running server: what verifiers need is answered from memory and said to be, all else
says when to ask again, and nothing has to be started anew when it is back.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import NamedTuple

import pytest

from credentials.instants import parse_instant
from issuer.awards import AwardRequest
from issuer.issue import issue
from issuer.issuer_file import named
from issuer.program_file import read_program
from issuer.programs import apply_program
from issuer.status import revoke
from portal.installing import install
from portal.service import open_service
from portal.settings import load_settings
from tests.conftest import PROJECT
from tests.issuer.conftest import PROGRAM
from tests.portal.conftest import House
from tests.postgres import DURABLE, running_server, server_binaries
from tests.world import World

HTML = {"Accept": "text/html", "Accept-Language": "de"}


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: str


def ask(port: int, path: str, *, body: bytes | None = None, headers: dict[str, str] | None = None) -> Answer:
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET" if body is None else "POST", path, body, headers or {})
        answer = connection.getresponse()
        said = {name.lower(): value for name, value in answer.getheaders()}
        return Answer(answer.status, said, answer.read().decode())
    finally:
        connection.close()


def until(port: int, path: str, status: int, *, within: float = 200) -> None:
    end = time.monotonic() + within
    while True:
        try:
            if ask(port, path).status == status:
                return
        except (OSError, HTTPException):
            pass
        assert time.monotonic() < end, f"{path} did not become {status}"
        time.sleep(0.1)


@contextmanager
def served(home: Path, port: int) -> Iterator[Path]:
    log = home.parent / "serve.log"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GUILDMARK_")}
    command = [sys.executable, "-m", "portal", "serve", "--home", str(home), "--workers", "2", "--port", str(port)]
    with log.open("wb") as out, subprocess.Popen(command, cwd=PROJECT, env=environment, stdout=out, stderr=out) as here:
        try:
            until(port, "/readyz", 200)
            yield log
        finally:
            here.send_signal(signal.SIGTERM)
            here.wait(90)


def a_revoked_badge(home: Path) -> tuple[str, str]:
    """Its id, and the badge."""
    service = open_service(load_settings(home, {}), lambda: datetime.now(UTC))
    try:
        assert service.keyring is not None
        now, db = datetime.now(UTC), service.database
        apply_program(db, issuer="acme", definition=read_program(PROGRAM), actor="test", now=now)
        request = AwardRequest(
            name="Ada Lovelace",
            email="ada@acme.example",
            program="cloud",
            level="expert",
            awarded_on=now.date(),
            origin="row 1",
            results=(("exam", "88"), ("defence", "distinction")),
        )
        done = issue(
            db, service.keyring, issuer="acme", requests=[request], actor="test", now=now, randomness=os.urandom
        )
        badge = done.credentials[0].id
        found = service.documents.find(f"/credentials/{badge}")
        assert found is not None
        revoke(db, service.keyring, credential_id=badge, reason="Left", actor="test", now=datetime.now(UTC))
        return str(badge), found.body.decode()
    finally:
        service.close()


@pytest.mark.slow
@pytest.mark.postgres
@pytest.mark.enable_socket
def test_a_stopped_database_leaves_verifiers_their_answers(tmp_path: Path) -> None:
    binaries = server_binaries()
    assert binaries is not None
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    home = tmp_path / "home"
    with running_server(binaries, DURABLE) as server:
        install(
            home,
            named("Acme"),
            base_url=f"http://localhost:{port}",
            database_url=server.create("guildmark"),
            passphrase_file=None,
            actor="test",
            now=datetime.now(UTC),
        )
        badge_id, badge = a_revoked_badge(home)
        entries = json.loads(badge)["credentialStatus"]
        address = (entries if isinstance(entries, dict) else entries[0])["statusListCredential"]
        a_list = "/" + address.split("/", 3)[3]
        public = (a_list, "/.well-known/did.json", "/.well-known/jwks.json", "/issuer")
        verify = json.dumps({"credential": json.loads(badge)}).encode()
        as_json = {"Content-Type": "application/json"}
        with served(home, port) as log:
            before = {path: ask(port, path) for path in public[1:]}  # the list nobody asked for yet
            assert all("guildmark-as-of" not in answer.headers for answer in before.values())
            assert '"revoked"' in ask(port, "/api/verify", body=verify, headers=as_json).body
            lost = datetime.now(UTC)
            server.stop()
            for path in public * 3:  # of both processes
                answer = ask(port, path)
                assert answer.status == 200, (path, answer)
                assert path not in before or answer.body == before[path].body
                assert answer.headers["cache-control"] == "public, max-age=30"
                assert abs((parse_instant(answer.headers["guildmark-as-of"]) - lost).total_seconds()) < 5
                assert int(answer.headers["age"]) < 60
            judged = ask(port, "/api/verify", body=verify, headers=as_json)
            assert judged.status == 200
            assert '"revoked"' in judged.body
            stranger = World(datetime.now(UTC)).issuer("key.example", method="key").issue(status=()).json
            judged = ask(port, "/api/verify", body=b'{"credential":' + stranger + b"}", headers=as_json)
            assert (judged.status, json.loads(judged.body)["verified"]) == (200, True), "contexts come with the program"
            assert ask(port, "/healthz").status == 200
            ready = ask(port, "/readyz")
            assert (ready.status, "database" in ready.body) == (503, True)
            for path in (f"/credentials/{badge_id}", f"/credentials/{badge_id}.json", "/achievements", "/me"):
                answer = ask(port, path)
                assert answer.status in {503, 404, 401}, (path, answer)
                assert "postgres" not in answer.body.lower()
            refused = ask(port, f"/credentials/{badge_id}")
            assert (refused.status, refused.headers["retry-after"]) == (503, "5")
            page = ask(port, f"/credentials/{badge_id}", headers=HTML)
            assert (page.status, page.headers["retry-after"]) == (503, "5")
            assert "kann seine Aufzeichnungen zurzeit nicht lesen" in page.body
            server.come_back()
            until(port, "/readyz", 200, within=30)
            for path in public:
                assert "guildmark-as-of" not in ask(port, path).headers
            assert ask(port, f"/credentials/{badge_id}", headers=HTML).status == 200
            lines = log.read_text()
    assert "Traceback" not in lines
    assert "database not usable" in lines
    assert "Ada" not in lines
    assert "ada@" not in lines


def test_who_has_a_last_word_is_told_of_when_it_was(house: House, tmp_path: Path) -> None:
    documents = house.service.documents
    assert documents.last_words.find(f"{house.service.base_url}/issuer") is None
    assert documents.last_words.refresh()
    word = documents.last_words.find(f"{house.service.base_url}/issuer")
    assert word is not None
    assert word.as_of == house.clock.now
    assert documents.last_words.find(f"{house.service.base_url}/credentials/{house.ids['revoked']}") is None
