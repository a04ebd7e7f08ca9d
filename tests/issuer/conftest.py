"""Both databases for every test of this room, and an issuer that really signs."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path
from random import Random

import pytest

from issuer import schema_version
from issuer.awards import AwardRequest
from issuer.issuers import Issuer, create_issuer, find_issuer
from issuer.program_file import read_program
from issuer.programs import apply_program
from issuer.signing_keys import create_initial_keys
from issuer.store import Database
from keys.keyring import Keyring
from keys.unlock import KeyEncryptionKey
from tests.postgres import PostgresServer, running_server, server_binaries
from tests.postgres_copies import Copies

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
TEMPLATE = "issued_by_tests"
_numbers = count(1)

PROGRAM = b"""
program: cloud
name: Cloud Engineering
time_zone: Europe/Berlin
levels:
  - level: associate
    name: Cloud Associate
    criteria: Runs a service in the cloud, with **monitoring**.
    validity: 24 months
  - level: expert
    name: Cloud Expert
    description: Designs platforms.
    criteria: {narrative: Designed and defended a platform., url: https://example.org/expert}
    validity: 12 months
    status: [revocation, suspension]
    skills:
      - {name: Capacity planning, url: https://example.org/skills/1, framework: SFIA, type: CFItem, code: CPMG}
    results:
      - {id: exam, name: Final exam, type: Percent, required: true, passing: 70}
      - id: defence
        name: Defence
        levels:
          - {id: passed, name: Passed}
          - {id: distinction, name: With distinction}
"""


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    binaries = server_binaries()
    if binaries is None:
        pytest.skip("no PostgreSQL server is installed (looked in /usr/lib/postgresql/*/bin and PATH for initdb)")
    with running_server(binaries) as server:
        db = Database(server.create(TEMPLATE))
        schema_version.upgrade(db)
        db.close()
        yield server


@pytest.fixture(scope="session")
def postgres_copies(postgres_server: PostgresServer) -> Iterator[Copies]:
    with closing(Copies(postgres_server, TEMPLATE)) as copies:
        yield copies


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "guildmark.db"
    db = Database(f"sqlite:///{path}")
    schema_version.upgrade(db)
    db.close()
    return path


BOTH = [pytest.param("sqlite"), pytest.param("postgres", marks=pytest.mark.postgres)]


@pytest.fixture(params=BOTH)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a fresh database with the newest tables."""
    if request.param == "sqlite":
        path = tmp_path / "guildmark.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    copies: Copies = request.getfixturevalue("postgres_copies")
    with copies.one() as url:
        yield url


@pytest.fixture(params=BOTH)
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database without any tables."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    name = f"empty_{next(_numbers)}"
    yield server.create(name)
    server.drop(name)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    db = Database(database_url)
    yield db
    db.close()


@pytest.fixture(scope="session")
def keyring(tmp_path_factory: pytest.TempPathFactory) -> Keyring:
    return Keyring(tmp_path_factory.mktemp("keys") / "ring", KeyEncryptionKey(b"k" * 32))


@pytest.fixture
def randomness() -> Callable[[int], bytes]:
    """Random bytes that differ between tests (they share a keyring) and are the same in every run."""
    return Random(next(_numbers)).randbytes  # noqa: S311 - the same in every run


@dataclass(frozen=True)
class House:
    """An issuer with keys and a program, on one of the databases."""

    db: Database
    keyring: Keyring
    issuer: Issuer
    randomness: Callable[[int], bytes]

    def request(self, number: int = 1, level: str = "associate", **changes: object) -> AwardRequest:
        members: dict[str, object] = {
            "name": f"Ana Núñez {number}",
            "email": f"Ana{number}@Example.org",
            "program": "cloud",
            "level": level,
            "awarded_on": date(2026, 11, 1),
            "origin": f"row {number + 1}",
        }
        if level == "expert":
            members["results"] = (("exam", "88"), ("defence", "distinction"))
        return AwardRequest(**{**members, **changes})  # type: ignore[arg-type]


def furnish(db: Database, keyring: Keyring, name: str) -> None:
    """An issuer with keys and a program. Done once per session: making an RSA key takes its time."""
    randomness = Random(name).randbytes  # noqa: S311 - the same in every run
    create_issuer(db, slug="acme", name="Acme Academy", base_url="http://localhost:8000", actor="test", now=NOW)
    create_initial_keys(db, keyring, issuer="acme", actor="test", now=NOW, randomness=randomness)
    apply_program(db, issuer="acme", definition=read_program(PROGRAM), actor="test", now=NOW)


@pytest.fixture(scope="session")
def furnished_sqlite(sqlite_template: Path, keyring: Keyring) -> Path:
    path = sqlite_template.with_name("furnished.db")
    shutil.copy(sqlite_template, path)
    db = Database(f"sqlite:///{path}")
    furnish(db, keyring, "sqlite")
    db.close()
    return path


@pytest.fixture(scope="session")
def furnished_postgres(postgres_server: PostgresServer, keyring: Keyring) -> Iterator[Copies]:
    db = Database(postgres_server.create("furnished", TEMPLATE))
    furnish(db, keyring, "postgres")
    db.close()
    with closing(Copies(postgres_server, "furnished")) as copies:
        yield copies


@pytest.fixture
def house_url_of_sqlite(furnished_sqlite: Path, tmp_path: Path) -> str:
    """The same on SQLite. Modules for which the kind of database is no matter make it their `house_url`."""
    path = tmp_path / "house.db"
    shutil.copy(furnished_sqlite, path)
    return f"sqlite:///{path}"


@pytest.fixture(params=BOTH)
def house_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a database of its own, with an issuer, keys and a program in it."""
    if request.param == "sqlite":
        yield request.getfixturevalue("house_url_of_sqlite")
        return
    copies: Copies = request.getfixturevalue("furnished_postgres")
    with copies.one() as url:
        yield url


@pytest.fixture
def house(house_url: str, keyring: Keyring, randomness: Callable[[int], bytes]) -> Iterator[House]:
    db = Database(house_url)
    yield House(db, keyring, find_issuer(db), randomness)
    db.close()
