"""The auditor finds nothing wrong where nothing is, and each kind of violation where one was planted by SQL."""

from __future__ import annotations

import secrets
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from issuer.issue import issue
from issuer.log.growing import grow
from issuer.status import revoke
from issuer.store import Database
from keys.keyring import Keyring
from tests.chaos.auditor.auditing import audit, bits_of
from tests.chaos.auditor.findings import Kind, Told
from tests.conftest import PROJECT
from tests.issuer.conftest import (
    NOW,
    House,
    furnish,
    furnished_sqlite,
    keyring,
    sqlite_template,
)

__all__ = ["furnish", "furnished_sqlite", "keyring", "sqlite_template"]

COUNT = 4


@dataclass(frozen=True)
class Sound:
    """A database in which all is well, and what was told of it."""

    path: Path
    told: Told

    def copy(self, folder: Path) -> Path:
        """Another one like it."""
        target = folder / "planted.db"
        with closing(sqlite3.connect(self.path)) as before, closing(sqlite3.connect(target)) as after:
            before.backup(after)
        return target


@pytest.fixture(scope="module")
def sound(furnished_sqlite: Path, keyring: Keyring, tmp_path_factory: pytest.TempPathFactory) -> Sound:
    path = tmp_path_factory.mktemp("audited") / "sound.db"
    path.write_bytes(furnished_sqlite.read_bytes())
    db = Database(f"sqlite:///{path}")
    house = House(db, keyring, None, secrets.token_bytes)  # type: ignore[arg-type]
    made = issue(
        db,
        keyring,
        issuer=None,
        requests=[house.request(number, "expert") for number in range(COUNT)],
        actor="t",
        now=NOW,
        randomness=secrets.token_bytes,
    ).credentials
    told = Told({one.key: str(one.id) for one in made}, {str(made[0].id)})
    revoke(db, keyring, credential_id=made[0].id, reason="An error.", actor="t", now=NOW)
    grow(db, keyring, now=NOW, randomness=secrets.token_bytes)
    db.close()
    with closing(sqlite3.connect(path)) as plain:
        (row,) = plain.execute("SELECT id, edition, body FROM status_lists WHERE purpose = 'revocation'").fetchall()
        told.lists[row[0]] = [(row[1], bits_of(row[2]))]
        (log,) = plain.execute("SELECT size, root FROM log").fetchall()
        told.checkpoints.append((log[0], log[1]))
    return Sound(path, told)


def test_nothing_is_wrong_where_nothing_is(sound: Sound) -> None:
    found = audit(f"sqlite:///{sound.path}", sound.told)
    assert found.clean, found.words
    assert found.seen["credentials"] == found.seen["acknowledged"] == COUNT
    assert found.seen["signatures"] == 2 * COUNT
    assert found.seen["slots"] == 2 * COUNT


SOME = "(SELECT id FROM credentials WHERE revoked_at IS NULL LIMIT 1)"
PLANTED = {
    "a credential vanished": (
        Kind.LOST,
        "UPDATE credentials SET state = 'void', issued_at = NULL, voided_at = '2026' WHERE id = {some}",
    ),
    "a revocation was taken back": (
        Kind.LOST,
        "UPDATE credentials SET revoked_at = NULL, revocation_reason = NULL",
    ),
    "an award twice": (
        Kind.DUPLICATE,
        """CREATE TABLE plain AS SELECT * FROM awards; DROP TABLE awards; ALTER TABLE plain RENAME TO awards;
        INSERT INTO awards SELECT * FROM awards LIMIT 1""",
    ),
    "an index given twice": (
        Kind.DUPLICATE,
        """CREATE TABLE plain AS SELECT * FROM status_entries; DROP TABLE status_entries;
        ALTER TABLE plain RENAME TO status_entries;
        UPDATE status_entries SET position = (SELECT min(position) FROM status_entries WHERE purpose = 'revocation')
        WHERE purpose = 'revocation'""",
    ),
    "a unique index is gone": (Kind.DUPLICATE, "DROP INDEX uq_credentials_first_of_award"),
    "a form is gone": (Kind.UNSIGNED, "DELETE FROM renderings WHERE credential_id = {some} AND format = 'json'"),
    "a badge was altered": (
        Kind.UNSIGNED,
        """UPDATE renderings SET body = CAST(replace(CAST(body AS TEXT), 'Designs platforms', 'Rules the world')
        AS BLOB) WHERE credential_id = {some} AND format = 'json'""",
    ),
    "a token was altered": (
        Kind.UNSIGNED,
        """UPDATE renderings SET body = CAST(substr(CAST(body AS TEXT), 1, length(body) - 8) || 'AAAAAAAA' AS BLOB)
        WHERE credential_id = {some} AND format = 'jwt'""",
    ),
    "one was left in preparation": (
        Kind.UNSIGNED,
        """DELETE FROM renderings WHERE credential_id = {some};
        UPDATE credentials SET state = 'preparing', issued_at = NULL WHERE id = {some}""",
    ),
    "one was erased, but for its forms": (
        Kind.UNSIGNED,
        "UPDATE credentials SET erased_at = '2026' WHERE id = {some}",
    ),
    "another index than the signed one": (
        Kind.MISSLOTTED,
        """UPDATE status_entries SET position = (position + 1) % 131072
        WHERE credential_id = {some} AND purpose = 'revocation'""",
    ),
    "a revocation that the list does not show": (
        Kind.MISSLOTTED,
        "UPDATE credentials SET revoked_at = '2026', revocation_reason = 'x' WHERE id = {some}",
    ),
    "more indexes than were counted": (Kind.MISSLOTTED, "UPDATE status_lists SET next_sequence = 1"),
    "the list before": (Kind.BACKWARDS, "UPDATE status_lists SET edition = 1 WHERE purpose = 'revocation'"),
    "an event is gone": (Kind.BROKEN, "DELETE FROM audit_events WHERE sequence = 3"),
    "an event was altered": (Kind.BROKEN, "UPDATE audit_events SET actor = 'nobody' WHERE sequence = 3"),
    "the end was cut off": (
        Kind.BROKEN,
        "DELETE FROM audit_events WHERE sequence = (SELECT max(sequence) FROM audit_events)",
    ),
    "an entry was altered": (
        Kind.BROKEN,
        "UPDATE log_entries SET entry = CAST(replace(CAST(entry AS TEXT), '2026', '2025') AS BLOB) WHERE position = 2",
    ),
    "the log's end was cut off": (
        Kind.BACKWARDS,
        "DELETE FROM log_entries WHERE position = (SELECT max(position) FROM log_entries)",
    ),
    "a credential that no entry tells of": (
        Kind.UNLOGGED,
        "DELETE FROM log_entries WHERE CAST(entry AS TEXT) LIKE '%issued%'",
    ),
    "a credential that the trail does not tell of": (
        Kind.UNLOGGED,
        "UPDATE audit_events SET subject = 'credential:0' WHERE subject LIKE '%' || {some} OR action LIKE '%issued'",
    ),
}


def test_what_was_erased_has_no_form_to_look_for(sound: Sound, tmp_path: Path) -> None:
    path = sound.copy(tmp_path)
    with closing(sqlite3.connect(path)) as plain:
        (one,) = plain.execute(f"SELECT {SOME}").fetchone()
        plain.execute("DELETE FROM renderings WHERE credential_id = ?", (one,))
        plain.execute("UPDATE credentials SET erased_at = '2026' WHERE id = ?", (one,))
        plain.commit()
    found = audit(f"sqlite:///{path}", sound.told, logged=False)  # of what it said, the log knows the hash only
    assert found.clean, found.words
    assert found.seen["erased"] == 1


@pytest.mark.parametrize("what", PLANTED)
def test_what_was_planted_is_found(sound: Sound, tmp_path: Path, what: str) -> None:
    kind, statements = PLANTED[what]
    path = sound.copy(tmp_path)
    with closing(sqlite3.connect(path)) as plain:
        plain.executescript("PRAGMA ignore_check_constraints=ON;" + statements.replace("{some}", SOME))
        plain.commit()
    found = audit(f"sqlite:///{path}", sound.told)
    assert found.violations[kind], (found.violations, found.words)


def test_a_list_that_takes_revocations_back(sound: Sound) -> None:
    told = Told(lists={name: [(1, b"\xff" * 16384)] for name in sound.told.lists})
    found = audit(f"sqlite:///{sound.path}", told)
    assert set(found.violations) == {Kind.BACKWARDS}


def test_it_shares_no_code_with_what_issued() -> None:
    code = (
        "import sys, tests.chaos.auditor.auditing\n"
        "rooms = {'credentials', 'issuer', 'keys', 'portal', 'verifier', 'wallet_export', 'sqlalchemy'}\n"
        "sys.exit(str(sorted(rooms & {name.partition('.')[0] for name in sys.modules})) if rooms & "
        "{name.partition('.')[0] for name in sys.modules} else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
