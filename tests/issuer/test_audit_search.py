"""However long the trail is, a search finds what walking it would find, and walks none of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import event, text

from credentials.instants import format_instant
from issuer.many_rows import insert_rows
from issuer.reports.audit_search import TooBroad, TrailSearch, find_events
from issuer.store import Database
from issuer.tables import AuditEventRow

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
ACTORS = ["api:moodle", "api:entra", "job:recertify", "person:0f8b3f2e-5f36-4a4f-9a55-3c1f7e0b7a11"]
ACTIONS = ["credential issued", "credential revoked", "message sent"]
COUNT = 4_000


def fill(db: Database) -> list[tuple[int, datetime, str, str, str]]:
    """A trail of events, a minute apart; not a true one: nobody looks at its links here."""
    random = Random(7)  # noqa: S311
    rows = [
        (
            number,
            BEGIN + timedelta(minutes=number),
            random.choice(ACTORS[: 4 if number % 50 == 0 else 3]),
            ACTIONS[1] if number == 77 else random.choice(ACTIONS[::2]),
            f"thing:{number // 4}",
        )
        for number in range(1, COUNT + 1)
    ]
    columns = list(zip(*rows, strict=True))
    with db.write() as session:
        each: dict[str, Any] = {
            "sequence": columns[0],
            "at": [format_instant(one) for one in columns[1]],
            "actor": columns[2],
            "action": columns[3],
            "subject": columns[4],
        }
        insert_rows(session, AuditEventRow, each=each, same={"details": "{}", "previous": "0", "hash": "0"})
        session.execute(text("ANALYZE"))
    return rows


SEARCHES = [
    TrailSearch(),
    TrailSearch(actor="api:"),
    TrailSearch(actor="api:moodle"),
    TrailSearch(actor=ACTORS[3]),
    TrailSearch(actor="nobody"),
    TrailSearch(action="REVOKED"),
    TrailSearch(action="e"),
    TrailSearch(action="nothing like it"),
    TrailSearch(actor="job:recertify", action="sent"),
    TrailSearch(actor="api:entra", action="revoked"),
    TrailSearch(subject="thing:19"),
    TrailSearch(subject="thing:100", actor="api:"),
    TrailSearch(subject="thing:99", action="issued"),
    TrailSearch(since=BEGIN + timedelta(minutes=3_900)),
    TrailSearch(since=BEGIN + timedelta(hours=9), before=BEGIN + timedelta(hours=10)),
    TrailSearch(actor="api:moodle", since=BEGIN + timedelta(hours=9), before=BEGIN + timedelta(hours=10)),
    TrailSearch(before=BEGIN),
]


def test_a_search_finds_what_walking_finds_and_walks_nothing(database: Database) -> None:
    rows = fill(database)
    asked: list[tuple[str, Any]] = []

    def note(*args: Any) -> None:
        asked.append((str(args[2]), args[3]))

    event.listen(database.engine, "before_cursor_execute", note)
    for search in SEARCHES:
        for below in (None, 3_000):
            expected = [one[0] for one in reversed(rows) if fits(one, search, below)][:20]
            assert [one.sequence for one in find_events(database, search, below=below, limit=20)] == expected, search
    event.remove(database.engine, "before_cursor_execute", note)
    walked = "Seq Scan on audit_events" if "postgres" in database.url_shown else "SCAN audit_events\n"
    explain = "EXPLAIN " if "postgres" in database.url_shown else "EXPLAIN QUERY PLAN "
    with database.engine.connect() as connection:
        for statement, values in asked:
            if "audit_events" not in statement or "WHERE" not in statement:
                continue  # the latest of all are read from the end
            plan = "\n".join(str(one[-1]) for one in connection.exec_driver_sql(explain + statement, values))
            assert walked not in plan + "\n", (statement, plan)


def fits(row: tuple[int, datetime, str, str, str], search: TrailSearch, below: int | None) -> bool:
    number, at, actor, action, subject = row
    known = {one[4] for one in [row]} if search.subject == subject else set()
    return (
        (below is None or number < below)
        and actor.startswith(search.actor)
        and search.action.lower() in action
        and (subject in known or (subject.startswith(search.subject) and not exact(search.subject)))
        and (search.since is None or at >= search.since)
        and (search.before is None or at < search.before)
    )


def exact(subject: str) -> bool:
    """What is there as it was written is meant, and nothing that only begins so."""
    return subject.removeprefix("thing:").isdigit()


def test_what_may_mean_too_many_is_said_so(database: Database) -> None:
    fill(database)
    with pytest.raises(TooBroad) as caught:
        find_events(database, TrailSearch(subject="thing:"))
    assert caught.value.faults[0].where == "subject"
