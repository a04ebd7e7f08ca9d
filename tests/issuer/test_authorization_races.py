"""Two at once for one code, one refresh token, one answer of a host: one has it, on both databases."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier
from typing import TypeVar
from uuid import UUID, uuid4

import pytest

from issuer.authorizations.clients import find_client, register
from issuer.authorizations.grants import Asked, Grant, allow, begin_request, find_code, take_code
from issuer.authorizations.scopes import READ
from issuer.authorizations.tokens import find_token, issue_tokens, take_refresh
from issuer.connections import Connection, NotConnected, begin, claim, mark_connected, release, take_answer
from issuer.people.directory_import import Missing, import_directory
from issuer.store import Database
from issuer.tables import PersonRow

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
ABOUT = {"client_name": "Folio", "redirect_uris": ["https://folio.example/"], "scope": READ, "grant_types": []}
AT_ONCE = 4
T = TypeVar("T")


def at_once(work: Callable[[int], T]) -> list[T]:
    barrier = Barrier(AT_ONCE)

    def one(number: int) -> T:
        barrier.wait()
        return work(number)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(one, range(AT_ONCE)))


@pytest.fixture
def person(database: Database) -> UUID:
    import_directory(
        database,
        b"email,name\nana@example.org,Ana\n",
        missing=Missing.KEEP,
        now=NOW,
        today=NOW.date(),
        randomness=secrets.token_bytes,
        actor="test",
    )
    with database.read() as session:
        return session.query(PersonRow).one().id


@pytest.fixture
def grant(database: Database, person: UUID) -> Grant:
    made = register(database, ABOUT, now=NOW, randomness=secrets.token_bytes)
    client = find_client(database, str(made.id), now=NOW)
    assert client is not None
    asked = Asked(client, "https://folio.example/", (READ,), "state", "challenge")
    handle = begin_request(database, asked, now=NOW, randomness=secrets.token_bytes)
    answers = at_once(lambda _: allow(database, handle, person_id=person, now=NOW, randomness=secrets.token_bytes))
    [allowed] = [one for one in answers if one is not None]
    found = find_code(database, allowed.code, client_id=client.id, now=NOW)
    assert found is not None
    return found


def test_133_a_code(database: Database, grant: Grant) -> None:
    def redeem(_: int) -> str | None:
        if not take_code(database, grant, now=NOW):
            return None
        made = issue_tokens(database, grant.id, [READ], refresh=True, now=NOW, randomness=secrets.token_bytes)
        return made.access

    [access] = [one for one in at_once(redeem) if one is not None]
    assert find_token(database, access, now=NOW, today=NOW.date()) is None, "and then neither keeps it"


def test_141_a_refresh_token(database: Database, grant: Grant) -> None:
    assert take_code(database, grant, now=NOW)
    made = issue_tokens(database, grant.id, [READ], refresh=True, now=NOW, randomness=secrets.token_bytes)
    assert made.refresh is not None
    known = find_token(database, made.refresh, now=NOW, today=NOW.date())
    assert known is not None
    assert sorted(at_once(lambda _: take_refresh(database, known, now=NOW))) == [False, False, False, True]
    assert find_token(database, made.access, now=NOW, today=NOW.date()) is None


def _connection(person: UUID) -> Connection:
    return Connection(uuid4(), person, "https://folio.example", "Folio", "asking", {}, "c", (READ,), b"", None, None,
                      NOW, None)  # fmt: skip


def test_128_an_answer_of_a_host_and_its_tokens(database: Database, person: UUID) -> None:
    made = _connection(person)
    begin(database, made, state="s", now=NOW)
    answers = at_once(lambda _: take_answer(database, made.id, person_id=person, state="s", now=NOW))
    assert sum(one is not None for one in answers) == 1
    mark_connected(database, made, b"sealed", scopes=(READ,), access_until=NOW, now=NOW)
    claims = at_once(lambda _: claim(database, made.id, person_id=person, now=NOW))
    assert sum(one is not None for one in claims) == 1, "who refreshes its tokens does so alone"
    release(database, made.id)
    assert claim(database, made.id, person_id=person, now=NOW) is not None
    with pytest.raises(NotConnected):
        begin(database, _connection(person), state="t", now=NOW)


def test_one_connection_to_a_host(database: Database, person: UUID) -> None:
    def connect(_: int) -> bool:
        begin(database, _connection(person), state="s", now=NOW)
        return True

    assert all(at_once(connect)), "the last one stays, and none fails"
    with database.read() as session:
        from issuer.tables import ConnectionRow

        assert session.query(ConnectionRow).count() == 1
