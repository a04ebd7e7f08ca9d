"""A backup while others write, and what it takes to go on from it: on both databases."""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select

from credentials import strict_json
from credentials.bitstring import Bitstring
from issuer import audit
from issuer.awards import AwardRequest
from issuer.doctor import examine
from issuer.errors import Refused
from issuer.issue import issue
from issuer.issuer_file import named
from issuer.kept_lists import published_lists
from issuer.log.growing import grow
from issuer.log.reading import log_state
from issuer.program_file import read_program
from issuer.programs import apply_program
from issuer.restored import LEAP
from issuer.status import revoke, suspend
from issuer.store import Database
from issuer.tables import CredentialRow, StatusEntryRow, StatusListRow
from keys.keyring import Keyring
from portal.backups.making import Made, make_backup
from portal.backups.manifest import NAME, BackupRefused
from portal.backups.postgres_programs import separated
from portal.backups.restoring import Restored, restore
from portal.backups.settings_file import without_secret
from portal.installing import install
from portal.settings import Settings, load_settings
from tests.issuer.conftest import BOTH, PROGRAM, postgres_copies, postgres_server  # noqa: F401  (fixtures)
from tests.postgres import PostgresServer

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=10)
RESTORED = NOW + timedelta(hours=1)
Place = tuple[UUID, int]


class Company:
    """An installation in a directory, as `guildmark init` makes it."""

    def __init__(self, home: Path, database_url: str | None) -> None:
        self.home, self.url = home, database_url
        install(
            home,
            named("Acme"),
            base_url="http://localhost:8000",
            database_url=database_url,
            passphrase_file=None,
            actor="test",
            now=NOW,
        )
        self.open()
        apply_program(self.db, issuer="acme", definition=read_program(PROGRAM), actor="test", now=NOW)

    def open(self) -> None:
        self.settings: Settings = load_settings(
            self.home, {} if self.url is None else {"GUILDMARK_DATABASE_URL": self.url}
        )
        self.db = Database(self.settings.database)
        unlock = self.settings.unlock()
        assert unlock is not None
        self.keyring = Keyring(self.settings.keys, unlock)

    def award(self, *numbers: int, level: str = "expert") -> list[UUID]:
        requests = [
            AwardRequest(
                name=f"Person {number}",
                email=f"person{number}@acme.example",
                program="cloud",
                level=level,
                awarded_on=date(2026, 11, 1),
                origin=f"row {number}",
                results=(("exam", "88"), ("defence", "distinction")) if level == "expert" else (),
            )
            for number in numbers
        ]
        done = issue(
            self.db,
            self.keyring,
            issuer="acme",
            requests=requests,
            actor="test",
            now=NOW,
            randomness=secrets.token_bytes,
        )
        return [one.id for one in done.credentials]

    def places(self, *credential_ids: UUID) -> set[Place]:
        with self.db.read() as session:
            entries = select(StatusEntryRow).where(StatusEntryRow.credential_id.in_(credential_ids))
            return {(row.list_id, row.position) for row in session.scalars(entries)}

    def set_places(self) -> set[Place]:
        """Every place that a published list says to be revoked or suspended."""
        return {
            (list_id, place)
            for list_id, body in published_lists(self.db)
            for place in _set(strict_json.parse(body)["credentialSubject"]["encodedList"])
        }

    def revoke(self, credential_id: UUID) -> None:
        revoke(self.db, self.keyring, credential_id=credential_id, reason="Left", actor="test", now=LATER)

    def suspend(self, credential_id: UUID) -> None:
        suspend(self.db, self.keyring, credential_id=credential_id, reason="Asked", actor="test", now=LATER)

    def back_up(self, place: Path) -> Made:
        return make_backup(self.settings, self.db, place, version="1", now=NOW)

    def keep(self, directory: Path) -> Path:
        directory.mkdir(exist_ok=True)
        for list_id, body in published_lists(self.db):
            (directory / f"{list_id}.json").write_bytes(body)
        return directory


@pytest.fixture(params=BOTH)
def urls(request: pytest.FixtureRequest) -> Iterator[tuple[str | None, str | None]]:
    """Where the company's database is, and where the restored one will be; None: in the home."""
    if request.param == "sqlite":
        yield None, None
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    mark = secrets.token_hex(4)
    yield server.create(f"before_{mark}"), server.create(f"after_{mark}")
    server.drop(f"before_{mark}")
    server.drop(f"after_{mark}")


@pytest.fixture
def company(tmp_path: Path, urls: tuple[str | None, str | None]) -> Iterator[Company]:
    made = Company(tmp_path / "home", urls[0])
    yield made
    made.db.close()


def bring_back(
    place: Path, company: Company, new_home: Path, url: str | None, *, lists: Path | None
) -> tuple[Restored, Company]:
    """On another machine: the key-encryption key was brought there first."""
    new_home.mkdir(mode=0o700)
    secret = new_home / "key-encryption.key"
    secret.write_bytes((company.home / "key-encryption.key").read_bytes())
    secret.chmod(0o600)
    environment = {"GUILDMARK_DATABASE_URL": url} if url else {}
    done = restore(place, new_home, lists=lists, environment=environment, actor="test", clock=lambda: RESTORED)
    again = Company.__new__(Company)
    again.home, again.url = new_home, url
    again.open()
    return done, again


def test_what_was_given_out_and_revoked_after_the_backup_stays_so(
    company: Company, urls: tuple[str | None, str | None], tmp_path: Path
) -> None:
    first, second, third, fourth = company.award(1, 2, 3, 4)
    grow(company.db, company.keyring, now=NOW, randomness=secrets.token_bytes)
    company.revoke(first)
    made = company.back_up(tmp_path / "backup.tar")
    company.revoke(second)
    company.suspend(third)
    lost, alive = company.award(5, 6)
    company.revoke(lost)
    before, given = company.set_places(), company.places(first, second, third, fourth, lost, alive)
    kept = company.keep(tmp_path / "kept")

    done, again = bring_back(made.place, company, tmp_path / "new", urls[1], lists=kept)
    try:
        assert done.health.sound, [one.faults for one in done.health.examinations]
        assert (done.continued.changed, done.continued.lost, done.kept) == (2, 1, 2)
        assert again.set_places() == before
        fresh = again.places(*again.award(*range(100, 120)))
        assert fresh.isdisjoint(given)
        with again.db.read() as session:
            assert session.scalars(select(StatusListRow.edition).where(StatusListRow.edition > LEAP)).all()
        trail = audit.verify(again.db, remembered_head=audit.Head(**made.manifest.audit_head.model_dump()))
        assert trail.whole
        names = [log_state(db) for db in (company.db, again.db)]
        assert names[0] is not None
        assert names[1] is not None
        assert names[0].key.name == "localhost:8000/log"
        assert names[1].key.name == "localhost:8000/log/2026-11-22T11:00:00Z"
        assert examine(again.db, now=RESTORED).sound
    finally:
        again.db.close()


def test_a_list_that_was_opened_after_the_backup_is_there_again(
    company: Company, urls: tuple[str | None, str | None], tmp_path: Path
) -> None:
    made = company.back_up(tmp_path / "backup")
    (lost,) = company.award(1)
    company.revoke(lost)
    kept = company.keep(tmp_path / "kept")
    done, again = bring_back(made.place, company, tmp_path / "new", urls[1], lists=kept)
    try:
        assert len(done.continued.entered) == 2
        assert done.health.sound, [one.faults for one in done.health.examinations]
        assert again.set_places() == company.set_places()
    finally:
        again.db.close()


def test_a_backup_made_while_others_write_is_of_one_moment(
    company: Company, urls: tuple[str | None, str | None], tmp_path: Path
) -> None:
    company.award(0)
    over, acknowledged, failed = threading.Event(), [], []

    def write(start: int) -> None:
        number = start
        while not over.is_set():
            try:
                acknowledged.extend(company.award(number, level="associate"))
                number += 1
            except Exception as error:  # noqa: BLE001  (told below)
                failed.append(error)
                return

    writers = [threading.Thread(target=write, args=(start,)) for start in (1_000, 2_000, 3_000)]
    for one in writers:
        one.start()
    try:
        while len(acknowledged) < 3 and not failed:
            over.wait(0.01)
        certain = list(acknowledged)
        made = company.back_up(tmp_path / "backup.tar")
        during = len(acknowledged) - len(certain)
    finally:
        over.set()
        for one in writers:
            one.join()
    assert not failed
    done, again = bring_back(made.place, company, tmp_path / "new", urls[1], lists=None)
    try:
        assert done.health.sound, [one.faults for one in done.health.examinations]
        with again.db.read() as session:
            there = set(session.scalars(select(CredentialRow.id).where(CredentialRow.state == "issued")))
        assert set(certain) <= there
        assert len(there) == made.manifest.credentials <= 1 + len(acknowledged)
        assert during >= 0
        given = company.places(*acknowledged)
        assert again.places(*again.award(9_000, 9_001, level="associate")).isdisjoint(given)
    finally:
        again.db.close()


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Company]:
    made = Company(tmp_path / "home", None)
    yield made
    made.db.close()


def test_what_unseals_the_keys_is_nowhere_in_a_backup(small: Company, tmp_path: Path) -> None:
    small.award(1)
    secret = (small.home / "key-encryption.key").read_bytes().strip()
    (small.settings.keys / "odd.key").write_bytes(b"x")
    (small.settings.keys / "odd.key").chmod(0o600)
    made = small.back_up(tmp_path / "backup.tar")
    assert secret not in made.place.read_bytes()
    assert made.place.stat().st_mode & 0o777 == 0o600
    assert made.manifest.left_out == ("key_encryption_key_file: key-encryption.key",)
    assert {part.mode for part in made.manifest.parts if part.name.startswith("keys/")} == {0o600}


def test_a_secret_in_the_settings_is_taken_out_or_the_backup_refused() -> None:
    text, had = without_secret('base_url = "http://x"\npassphrase = "correct horse"\nport = 1\n')
    assert had
    assert "horse" not in text
    assert "port = 1" in text
    with pytest.raises(BackupRefused, match="file of its own"):
        without_secret('passphrase = """\ncorrect horse\n"""\nport = 1\n')


def test_a_password_is_no_part_of_a_command_line() -> None:
    bare, password = separated("postgresql://guild:s3:cr%40t@db.example:5433/badges?sslmode=require")
    assert (bare, password) == ("postgresql://guild@db.example:5433/badges?sslmode=require", "s3:cr@t")
    assert separated("postgresql+psycopg://guild@/badges?password=abc&host=%2Frun")[1] == "abc"
    assert "abc" not in separated("postgresql+psycopg://guild@/badges?password=abc&host=%2Frun")[0]


@pytest.mark.parametrize("harm", ["changed", "missing", "foreign", "manifest"])
def test_a_backup_that_is_not_whole_is_refused_before_anything_is_touched(
    harm: str, small: Company, tmp_path: Path
) -> None:
    made = small.back_up(tmp_path / "backup")
    database = made.place / "database.sqlite"
    if harm == "changed":
        data = bytearray(database.read_bytes())
        data[-1] ^= 1
        database.write_bytes(data)
    elif harm == "missing":
        database.unlink()
    elif harm == "foreign":
        (made.place / "keys" / "other.key").write_bytes(b"x")
    else:
        (made.place / NAME).write_text(json.dumps({"format": 2}))
    with pytest.raises(BackupRefused):
        restore(made.place, tmp_path / "new", lists=None, environment={}, actor="test", clock=lambda: NOW)
    assert not (tmp_path / "new").exists()


def test_nothing_is_restored_over_something(small: Company, tmp_path: Path) -> None:
    made = small.back_up(tmp_path / "backup")
    with pytest.raises(BackupRefused, match="not empty"):
        restore(made.place, small.home, lists=None, environment={}, actor="test", clock=lambda: NOW)
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "note").write_text("mine")
    with pytest.raises(BackupRefused, match="note"):
        restore(made.place, tmp_path / "new", lists=None, environment={}, actor="test", clock=lambda: NOW)
    with pytest.raises(BackupRefused, match="exists already"):
        small.back_up(tmp_path / "backup")


def test_without_the_key_encryption_key_nothing_is_touched(small: Company, tmp_path: Path) -> None:
    made = small.back_up(tmp_path / "backup")
    with pytest.raises(BackupRefused, match=r"there is no .*new/key-encryption\.key, which unseals the keys"):
        restore(made.place, tmp_path / "new", lists=None, environment={}, actor="test", clock=lambda: NOW)
    assert not (tmp_path / "new").exists()


def test_a_kept_list_counts_only_with_our_signature(small: Company, tmp_path: Path) -> None:
    (one,) = small.award(1)
    made = small.back_up(tmp_path / "backup")
    small.revoke(one)
    kept = small.keep(tmp_path / "kept")
    for path in kept.iterdir():
        path.write_bytes(path.read_bytes().replace(b"2026-11-22T10:10", b"2026-11-22T10:11"))
    with pytest.raises(Refused, match="cannot be taken for a status list"):
        bring_back(made.place, small, tmp_path / "new", None, lists=kept)
    assert not (tmp_path / "new" / "guildmark.toml").exists()


def _set(encoded: str) -> list[int]:
    bits = Bitstring.decode(encoded)
    return [place for place in range(len(bits)) if bits.get(place)]
