"""What an assessment mails to whom: nobody is asked for what he has done, and the last word is the one that is told."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from issuer.errors import ProposalRefused
from issuer.messages.bundling import bundle
from issuer.tables import MessageRow
from tests.issuer.assessment.conftest import BAD, GOOD, School
from tests.issuer.conftest import NOW

MONDAY = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


def mails(school: School, now: datetime = MONDAY) -> dict[str, tuple[str, str]]:
    """Subject and text of what is written now, by the reader's address."""
    bundle(school.db, now=now, time_zone="Europe/Berlin")
    with school.db.read() as session:
        rows = session.scalars(select(MessageRow).where(MessageRow.created_at == now))
        return {row.address: (row.subject, row.text) for row in rows}


def test_only_who_has_not_scored_is_asked(school: School) -> None:
    school.award("cara", "apprentice", date(2026, 6, 1))
    proposal = school.propose(assessors=("ann@acme.example", "ben@acme.example"))
    school.assess(proposal, "ann", GOOD)
    written = mails(school)
    assert set(written) == {"ben@acme.example"}
    subject, text = written["ben@acme.example"]
    assert subject == "1 candidate to assess"
    assert f"Score it: guildmark assess {proposal.id}" in text
    assert "What the level asks for: http://localhost:8000/achievements/" in text


def test_of_a_decision_that_was_overturned_the_last_word_is_told(school: School) -> None:
    school.award("cara", "apprentice", date(2026, 6, 1))
    mails(school)
    later = NOW + timedelta(hours=30)
    proposal = school.propose(now=later)
    school.assess(proposal, "ann", GOOD, now=later)
    school.assess(proposal, "ben", BAD, now=later)
    school.appeal(proposal, "cho", "dag", now=later)
    school.assess(proposal, "cho", GOOD, now=later)
    school.assess(proposal, "dag", GOOD, now=later)
    ((address, (subject, text)),) = mails(school, MONDAY + timedelta(days=1)).items()
    assert (address, subject) == ("cara@acme.example", "You earned “Journeyman”")
    assert "declined" not in text


def test_a_declined_candidate_reads_how_it_was_decided_and_what_can_be_done(school: School) -> None:
    school.award("cara", "apprentice", date(2026, 6, 1))
    proposal = school.propose()
    school.assess(proposal, "ann", GOOD)
    school.assess(proposal, "ben", BAD)
    _, text = mails(school)["cara@acme.example"]
    assert "How it was decided: 1 of 2 assessors found that the candidate passed; all of them had to." in text
    assert "You can appeal: other assessors then look at it anew." in text


def test_assessors_who_can_never_be_a_quorum_are_refused(school: School) -> None:
    with pytest.raises(ProposalRefused, match="they are of 1 function, and the level asks for 2; ask somebody"):
        school.propose(assessors=("ann@acme.example", "cho@acme.example"))
