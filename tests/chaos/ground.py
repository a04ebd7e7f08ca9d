"""An installation that processes work on until they are killed, and the notes of what clients were told."""

from __future__ import annotations

import json
import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from issuer.api_tokens import Role, create_token
from issuer.awards import AwardRequest
from issuer.issue import issue
from issuer.issuer_file import IssuerDefinition
from issuer.log.growing import grow
from issuer.program_file import read_program
from issuer.programs import apply_program
from issuer.status import revoke
from portal.installing import install
from portal.service import Service, open_service
from portal.settings import load_settings
from tests.chaos.auditor.findings import Told
from tests.chaos.auditor.reading import dashed, reading
from tests.chaos.cutting import Cutter, cutting
from tests.postgres import DURABLE, PostgresServer, running_server, server_binaries

PROGRAM = b"""\
program: first-aid
name: First aid at work
levels:
  - name: First aider
    criteria: Passed the course.
    validity: 24 months
    status: [revocation, suspension]
    recertification: {window: 90 days, grace: 14 days, counts_from: completion, takes: reassessment, late: start over}
"""
Note = dict[str, Any]


@dataclass
class Ground:
    """A home, its database by the two ways to it, and notes: lines that outlive whoever writes them.

    `through` is the way that can be cut; `url` is the direct one, for the auditor. desk: where notes lie, which is not
    the disk that gets full. port: where it is served. token: of one who may manage.
    """

    home: Path
    url: str
    through: str
    desk: Path
    port: int
    token: str = ""
    server: PostgresServer | None = None
    cutter: Cutter | None = None

    @property
    def kind(self) -> str:
        """Which database it is."""
        return "SQLite" if self.url.startswith("sqlite") else "PostgreSQL"

    def lists(self) -> tuple[str, ...]:
        """The paths of the status lists that there are now."""
        with reading(self.url) as reader:
            return tuple(f"/status-lists/{dashed(row[0])}" for row in reader.rows("SELECT id FROM status_lists"))

    def service(self, skew: timedelta = timedelta()) -> Service:
        """A service of one's own (connections do not survive a fork), whose clock is wrong by so much."""
        settings = load_settings(self.home, {"GUILDMARK_DATABASE_URL": self.through})
        return open_service(settings, lambda: datetime.now(UTC) + skew)

    def note(self, name: str, **members: object) -> None:
        """Append a line, in one write: who is killed wrote it or did not."""
        line = json.dumps(members).encode() + b"\n"
        descriptor = os.open(self.desk / f"{name}.notes", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(descriptor, line)
        os.close(descriptor)

    def notes(self, name: str) -> list[Note]:
        """All lines of that name."""
        path = self.desk / f"{name}.notes"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def told(self) -> Told:
        """What clients were told until now."""
        told = Told()
        for one in self.notes("issued"):
            before = told.awards.setdefault(one["key"], one["id"])
            assert before == one["id"], f"{one['key']} was acknowledged as two credentials"
        told.revoked = {one["id"] for one in self.notes("revoked")}
        return told


def request_of(key: str, name: str = "") -> AwardRequest:
    """The award of that key: the same words whenever it is asked for."""
    return AwardRequest(
        name or f"Person {key}",
        f"{key}@example.org",
        "first-aid",
        "first-aider",
        date(2025, 1, 5),
        idempotency_key=key,
    )


@contextmanager
def ground(directory: Path, *, postgres: bool, disk: Path | None = None) -> Iterator[Ground]:
    """An installation with a program; on a PostgreSQL server of its own, behind a line that can be cut.

    disk: where the database lies, if not in the directory.
    """
    if not postgres:
        yield _made(directory, f"sqlite:///{disk or directory}/guildmark.db", disk)
        return
    binaries = server_binaries()
    assert binaries is not None, "no PostgreSQL server programs on this machine (Debian: postgresql)"
    with running_server(binaries, DURABLE, at=disk) as server:
        made = _made(directory, server.create("guildmark"))
        with cutting(server.sockets) as cutter:
            made.server, made.cutter = server, cutter
            made.through = PostgresServer(cutter.folder, server.user, server.connection).url("guildmark")
            yield made


@contextmanager
def somewhere(*, postgres: bool, disk: Path | None = None) -> Iterator[Ground]:
    """A ground of its own, gone afterwards."""
    with (
        tempfile.TemporaryDirectory(prefix="guildmark-chaos-") as folder,
        ground(Path(folder), postgres=postgres, disk=disk) as here,
    ):
        yield here


def _made(directory: Path, url: str, disk: Path | None = None) -> Ground:
    home = (disk or directory) / "home"
    definition = IssuerDefinition.model_validate({"name": "Acme", "slug": "acme"})
    now = datetime.now(UTC)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = int(listener.getsockname()[1])
    base = f"http://localhost:{port}"
    install(home, definition, base_url=base, database_url=url, passphrase_file=None, actor="test", now=now)
    made = Ground(home, url, url, directory, port)
    service = made.service()
    apply_program(service.database, issuer=None, definition=read_program(PROGRAM), actor="test", now=now)
    made.token = create_token(
        service.database, issuer=None, name="chaos", role=Role.MANAGE, actor="test", now=now, randomness=os.urandom
    ).secret
    _warmed(service)
    service.close()
    return made


def _warmed(service: Service) -> None:
    """What is imported and compiled here need not be in every process that is forked."""
    assert service.keyring is not None
    db, keyring, now = service.database, service.keyring, service.clock()
    request = request_of("warm")
    done = issue(db, keyring, issuer=None, requests=[request], actor="t", now=now, randomness=os.urandom)
    revoke(db, keyring, credential_id=done.credentials[0].id, reason="x", actor="t", now=now)
    grow(db, keyring, now=now, randomness=os.urandom)
