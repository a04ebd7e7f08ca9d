"""Which badges from elsewhere are to be checked again, on both databases."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta

from issuer.held import Brought, due_for_check, forget_held, held, keep, note_check
from issuer.people.directory_import import Missing, import_directory
from issuer.store import Database
from issuer.tables import PersonRow

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
FINAL = ("revoked", "expired")


def _due(database: Database, now: datetime, *, most: int = 10) -> list[str]:
    found = due_for_check(
        database, before=now - timedelta(days=1), unclear_before=now - timedelta(hours=1), unclear="unchecked",
        final=FINAL, most=most,
    )  # fmt: skip
    return [one.body.decode() for one in found]


def test_the_longest_unchecked_come_first_and_what_is_final_never(database: Database) -> None:
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
        person = session.query(PersonRow).one().id
    for age, status in enumerate(("valid", "unchecked", "revoked", "expired", "suspended", "invalid")):
        brought = Brought(("did:web:x", status), "json", status.encode(), status, "X", NOW, status, "", "test")
        at = NOW - timedelta(minutes=age)
        keep(database, person, brought, now=at, randomness=secrets.token_bytes)
    assert _due(database, NOW + timedelta(minutes=58)) == []
    assert _due(database, NOW + timedelta(minutes=59)) == ["unchecked"], "what is not known, hourly"
    later = NOW + timedelta(days=1)
    assert _due(database, later) == ["invalid", "suspended", "unchecked", "valid"]
    assert _due(database, later, most=1) == ["invalid"]
    ids = {one.name: one.id for one in held(database, person)}
    note_check(database, ids["invalid"], status="valid", why="", names_holder=True, now=later)
    found = due_for_check(database, before=NOW, unclear_before=NOW, unclear="unchecked", final=FINAL, most=10)
    first = next(found)
    assert (first.status, first.person_id) == ("suspended", person)
    forget_held(database, person, ids["unchecked"], now=later)
    assert [one.status for one in found] == ["valid"], "what is gone meanwhile is left out"
    note_check(database, ids["valid"], status="revoked", why="", names_holder=True, now=NOW - timedelta(hours=1))
    assert "valid" in {one.status for one in held(database, person)}, "an older finding does not replace a newer one"
