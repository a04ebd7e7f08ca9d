"""Others at work on the same tables, each a process of its own, and how long each of their statements took."""

from __future__ import annotations

import json
import os
import random
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg

from tests.migrations_load.filling import AWARD, CREDENTIAL, LIST, PERSON, uuid

Cursor = psycopg.Connection[tuple[Any, ...]]
_READ = (
    f"SELECT name FROM people WHERE id = {uuid(PERSON, '{n}')}",
    f"SELECT shown FROM person_addresses WHERE person_id = {uuid(PERSON, '{n}')}",
    f"SELECT source FROM awards WHERE id = {uuid(AWARD, '{n}')}",
    f"SELECT c.state, r.body FROM credentials c JOIN renderings r ON r.credential_id = c.id "
    f"WHERE c.id = {uuid(CREDENTIAL, '{n}')}",
    f"SELECT list_id, position FROM status_entries WHERE credential_id = {uuid(CREDENTIAL, '{n}')}",
    f"SELECT change FROM status_events WHERE credential_id = {uuid(CREDENTIAL, '{n}')}",
    "SELECT hash FROM audit_events WHERE sequence = {n}",
    "SELECT key_uri FROM signing_keys WHERE state = 'active'",
)
_WRITE = (
    f"INSERT INTO people (id, name, created_at) VALUES ({uuid(PERSON, '{new}')}, 'New', now())",
    f"INSERT INTO person_addresses (address, shown, person_id) VALUES ('n{{new}}', 'n', {uuid(PERSON, '{new}')})",
    "INSERT INTO awards (id, issuer_id, person_id, achievement_id, awarded_on, source, decided_by, decided_at,"
    " idempotency_key, request_digest, request) VALUES "
    f"({uuid(AWARD, '{new}')}, 1, {uuid(PERSON, '{new}')}, 1, '2026-01-01', 'learning', 'x', now(), 'n{{new}}',"
    " 'd', '{{}}')",
    "INSERT INTO credentials (id, issuer_id, award_id, state, document_id, formats, identity_salt, valid_from,"
    f" created_at, issued_at) VALUES ({uuid(CREDENTIAL, '{new}')}, 1, {uuid(AWARD, '{new}')}, 'issued', 'n{{new}}',"
    " '[]', '', now(), now(), now())",
    "INSERT INTO renderings (credential_id, format, media_type, body, signing_key_id) VALUES "
    f"({uuid(CREDENTIAL, '{new}')}, 'json', 'application/vc', '{{{{}}}}', 1)",
    "INSERT INTO status_entries (credential_id, purpose, list_id, position) VALUES "
    f"({uuid(CREDENTIAL, '{new}')}, 'revocation', {uuid(LIST, '0')}, {{new}})",
    "INSERT INTO audit_events (sequence, at, actor, action, subject, details, previous, hash) VALUES "
    "({new}, '2026', 'x', 'credential issued', 'credential:n{new}', '{{}}', '', '')",
)
_REVOKE = (
    f"UPDATE credentials SET suspended_at = now(), suspension_reason = 'x' WHERE id = {uuid(CREDENTIAL, '{n}')}",
    f"INSERT INTO status_events (credential_id, list_id, position, change, bit, reason, actor, at) VALUES "
    f"({uuid(CREDENTIAL, '{n}')}, {uuid(LIST, '0')}, {{n}}, 'suspended', true, 'x', 'x', now())",
)
NEW = 1_000_000_000
"""Rows of the writers have numbers from here on."""


def reading(connection: Cursor, chance: random.Random, rows: int) -> Iterator[tuple[str, float]]:
    """Each main table by a key: what every page does."""
    for statement in _READ:
        yield statement, _took(connection, statement.format(n=chance.randint(1, rows)))


def writing(connection: Cursor, chance: random.Random, rows: int) -> Iterator[tuple[str, float]]:
    """A credential is issued, another suspended: a transaction each, over all tables that an issuing touches."""
    number = NEW + chance.randrange(1_000_000_000)
    for statements in (_WRITE, _REVOKE):
        with connection.transaction():
            for statement in statements:
                yield statement, _took(connection, statement.format(new=number, n=chance.randint(1, rows)))


def _took(connection: Cursor, statement: str) -> float:
    begun = time.monotonic()
    connection.execute(statement.encode())
    return time.monotonic() - begun


def lingering(connection: Cursor, chance: random.Random, rows: int) -> Iterator[tuple[str, float]]:
    """A report or a backup: a transaction that has read and stays open for two seconds, then a pause of one."""
    with connection.transaction():
        for statement in _READ:
            _took(connection, statement.format(n=chance.randint(1, rows)))
        time.sleep(2)
    yield "a transaction left open", 0.0
    time.sleep(1)


KINDS: dict[str, Callable[[Cursor, random.Random, int], Iterator[tuple[str, float]]]] = {
    "reading": reading,
    "writing": writing,
    "lingering": lingering,
}


def main(url: str, kind: str, rows: int, notes: Path) -> None:
    """Work on until killed, or until whoever began this is gone; each statement a line: when it ended, how long
    it took, what it was."""
    parent = os.getppid()
    chance = random.Random(kind)  # noqa: S311
    with psycopg.connect(url, autocommit=True) as connection, notes.open("a", buffering=1) as lines:
        while os.getppid() == parent:
            try:
                for statement, took in KINDS[kind](connection, chance, rows):
                    lines.write(json.dumps([time.time(), took, statement[:60]]) + "\n")
            except psycopg.errors.UniqueViolation:
                continue
            except psycopg.Error as error:
                lines.write(json.dumps([time.time(), -1, f"{type(error).__name__}: {error}"]) + "\n")
            time.sleep(0.002)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), Path(sys.argv[4]))
