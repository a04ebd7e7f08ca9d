"""A connection that is lost in the midst of a transaction, or at its end, is said as a sentence, wherever it shows."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from issuer.errors import DatabaseUnreachable
from issuer.store import Database, reachable
from tests.postgres import PostgresServer

pytestmark = pytest.mark.postgres


def _ended(server: PostgresServer, pid: int) -> None:
    server.connection.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])


@pytest.mark.parametrize("what", ["read", "write"])
def test_lost_before_the_end(postgres_server: PostgresServer, what: str) -> None:
    db = Database(postgres_server.url("postgres"))
    with pytest.raises(DatabaseUnreachable), getattr(db, what)() as session:
        _ended(postgres_server, session.scalar(text("SELECT pg_backend_pid()")))
    with db.read() as session:
        assert session.scalar(text("SELECT 1")) == 1, "the next one finds it again"
    db.close()


def test_lost_in_the_midst(postgres_server: PostgresServer) -> None:
    db = Database(postgres_server.url("postgres"))
    with db.read() as session:
        pid = session.scalar(text("SELECT pg_backend_pid()"))
        _ended(postgres_server, pid)
        with pytest.raises(DatabaseUnreachable), reachable(db):
            session.execute(text("SELECT 1"))
    db.close()
