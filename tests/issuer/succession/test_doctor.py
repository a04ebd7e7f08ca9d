"""The doctor finds what must not be, whoever wrote it into the rows, and says so in sentences."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import text

from issuer.doctor import examine
from issuer.status import revoke
from issuer.succession.renew import renew
from issuer.succession.renewal_work import RenewalWish
from tests.issuer.succession.conftest import NOW, Works


@pytest.fixture
def lived(sqlite_works: Works) -> Works:
    """A credential that was renewed, and one that was revoked."""
    works = sqlite_works
    renew(
        works.db,
        works.keyring,
        wish=RenewalWish(works.earned(number=1), date(2026, 11, 20), (("exam", "90"),)),
        actor="t",
        now=NOW,
        randomness=works.randomness,
    )
    revoke(works.db, works.keyring, credential_id=works.earned(number=2), reason="x", actor="t", now=NOW)
    return works


def faults(works: Works) -> list[str]:
    health = examine(works.db, now=NOW + timedelta(days=1), sample=None)
    return [fault for one in health.examinations for fault in one.faults]


def test_a_healthy_house_is_sound(lived: Works) -> None:
    assert faults(lived) == []


@pytest.mark.parametrize(
    ("harm", "says"),
    [
        (
            "UPDATE renderings SET body = CAST(replace(CAST(body AS TEXT), 'Knows', 'Shows') AS BLOB) "
            "WHERE format = 'json'",
            "does not verify",
        ),
        ("DELETE FROM renderings WHERE credential_id = (SELECT min(credential_id) FROM renderings)", "is not there"),
        ("UPDATE credentials SET revoked_at = NULL, revocation_reason = NULL", "stand otherwise"),
        (
            "UPDATE credentials SET revoked_at = created_at, revocation_reason = 'x' WHERE replaces_id IS NOT NULL",
            "otherwise",
        ),
        ("DELETE FROM status_events", "what no recorded event says"),
        (
            "UPDATE awards SET person_id = (SELECT person_id FROM awards WHERE id IN "
            "(SELECT award_id FROM credentials WHERE revoked_at IS NOT NULL)) WHERE source = 'renewal'",
            "not issued to the same person",
        ),
        ("UPDATE status_lists SET next_sequence = 1", "but counted 1"),
        ("UPDATE audit_events SET actor = 'nobody' WHERE sequence = 3", "was altered"),
        ("UPDATE credentials SET state = 'preparing', issued_at = NULL WHERE replaces_id IS NOT NULL", "not finished"),
        ("UPDATE achievements SET rules = json_set(rules, '$.assessment', json('{}'))", "without an assessment"),
    ],
)
def test_each_harm_is_found(lived: Works, harm: str, says: str) -> None:
    with lived.db.write() as session:
        session.execute(text(harm))
    found = faults(lived)
    assert any(says in fault for fault in found), found
