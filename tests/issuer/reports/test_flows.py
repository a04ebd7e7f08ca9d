"""The ledger against a history that one can count on one's fingers, and against each run looked at by itself."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import update

from issuer.issuers import issuer_row
from issuer.recertification.facts import LevelKey
from issuer.reports.flows import Ledger, Move, ledger
from issuer.reports.known_levels import known_levels
from issuer.reports.standing import standings
from issuer.tables import CredentialRow
from tests.issuer.conftest import NOW
from tests.issuer.people.conftest import Company
from tests.issuer.reports.conftest import at

ASSOCIATE, EXPERT = LevelKey("cloud", "associate"), LevelKey("cloud", "expert")
EDGES = [at(2025, 1, 1), at(2026, 1, 1), at(2027, 1, 1), at(2028, 1, 1)]


def book(company: Company, as_of: datetime, edges: list[datetime] = EDGES) -> Ledger:
    with company.db.read() as session:
        owner = issuer_row(session, None).id
        return ledger(session, owner, known_levels(session, owner), edges, as_of=as_of)


def revoke(company: Company, identifier: UUID, when: datetime) -> None:
    with company.db.write() as session:
        session.execute(
            update(CredentialRow).where(CredentialRow.id == identifier).values(revoked_at=when, revocation_reason="x")
        )


def play(company: Company) -> None:
    """Zoë renews in time, Ravi too late, Signe is corrected and then revoked, and Zoë is an expert without an end."""
    first = company.hold("zoe@b.example", "associate", date(2025, 2, 1))
    company.hold("zoe@b.example", "associate", date(2026, 1, 20), replaces=first)
    late = company.hold("ravi@b.example", "associate", date(2025, 3, 1))
    company.hold("ravi@b.example", "associate", date(2026, 3, 20), replaces=late)
    wrong = company.hold("signe@b.example", "associate", date(2026, 1, 10))
    right = company.hold("signe@b.example", "associate", date(2026, 2, 1), replaces=wrong)
    with company.db.write() as session:
        session.get_one(CredentialRow, right).award_id = session.get_one(CredentialRow, wrong).award_id
        session.get_one(CredentialRow, right).facts = {"name": "Signe Dahl"}
    revoke(company, wrong, at(2026, 2, 1))
    revoke(company, right, at(2026, 6, 1))
    company.hold("zoe@b.example", "expert", date(2025, 5, 1))


def test_a_ledger_of_seven_credentials(company: Company) -> None:
    play(company)
    found = book(company, NOW)
    first, second, third = EDGES[1:]
    counts = {move: found.between(move, EDGES[0], second, ASSOCIATE) for move in Move}
    assert counts == {
        Move.EARNED: 3, Move.RENEWED: 1, Move.CORRECTED: 1, Move.REGAINED: 1, Move.EXPIRED: 1, Move.REVOKED: 1,
    }  # fmt: skip
    assert found.held(first, ASSOCIATE) == 2
    assert found.held(second, ASSOCIATE) == 2, "Zoë and Ravi"
    assert found.held(second, EXPERT) == 1
    assert found.between(Move.EXPIRED, second, third) == 3, "what is still to come"
    assert found.held(third) == 0


def test_what_happens_later_changes_nothing_before(company: Company) -> None:
    play(company)
    then = at(2026, 2, 10)
    before = book(company, then)
    held = company.hold("ravi@b.example", "expert", date(2026, 4, 1))
    revoke(company, held, at(2026, 5, 1))
    company.hold("signe@b.example", "expert", date(2026, 4, 2))
    assert book(company, then) == before
    assert before.held(EDGES[1]) == 3
    assert before.between(Move.EXPIRED, EDGES[1], EDGES[2], ASSOCIATE) == 1, "Ravi, who had not renewed by then"


def test_every_run_by_itself(company: Company) -> None:
    """Whatever the edges: what the ledger calls held is who has anything neither expired nor revoked nor replaced."""
    play(company)
    days = [at(2025, 1, 15) + timedelta(days=23 * number) for number in range(40)]
    found = book(company, at(2030, 1, 1), days)
    with company.db.read() as session:
        rows = session.query(CredentialRow).all()
    for day in days:
        going = [
            row
            for row in rows
            if row.issued_at is not None
            and row.issued_at < day
            and (row.valid_until is None or row.valid_until >= day)
            and (row.revoked_at is None or row.revoked_at >= day)
        ]
        replaced = {row.replaces_id for row in going}
        assert found.held(day) == sum(row.id not in replaced for row in going), day


def test_the_standings_add_up(company: Company) -> None:
    play(company)
    with company.db.write() as session:
        session.execute(
            update(CredentialRow)
            .where(CredentialRow.valid_until > at(2027, 4, 1))
            .values(suspended_at=at(2026, 7, 1), suspension_reason="x")
        )
    found = standings(company.db, None, now=NOW, zone=ZoneInfo("Europe/Copenhagen"))
    one = found.levels[ASSOCIATE]
    assert (one.valid, one.suspended, one.expired, one.revoked) == (2, 0, 0, 1)
    assert one.expiring == {30: 0, 60: 1, 90: 1}, "Zoë’s ends on 20 January"
    assert (found.levels[EXPERT].suspended, found.total.valid) == (1, 2)
    assert len(found.months) == 12
    by_month = {month.first: month for month in found.months}
    assert by_month[date(2026, 3, 1)].renewed == 1, "what is renewed too late is renewed"
    assert (by_month[date(2026, 1, 1)].earned, by_month[date(2026, 6, 1)].revoked) == (1, 1)
    assert sum(month.earned for month in found.months) == 1
