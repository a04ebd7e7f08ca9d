"""Keys that the product makes itself are out of reach of callers: nobody takes the place of another one’s award."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from issuer.assessment.cases import Proposal, State
from issuer.assessment.earlier import key_of
from issuer.awards import AwardRequest, stored_own_key
from issuer.issue import issue
from issuer.tables import AwardRow, CredentialRow, ProposalRow
from tests.issuer.assessment.conftest import BAD, School
from tests.issuer.conftest import NOW


def begun(school: School) -> Proposal:
    school.award("cara", "apprentice", date(2026, 6, 1))
    proposal = school.propose()
    school.assess(proposal, "ann")
    return proposal


def mallory(school: School, **key: str) -> AwardRow:
    request = AwardRequest("Mallory", "mallory@evil.example", "craft", "apprentice", date(2026, 11, 1), **key)
    report = issue(
        school.db, school.house.keyring, issuer="acme", requests=[request], actor="api:low", now=NOW,
        randomness=school.house.randomness, source="api",
    )  # fmt: skip
    with school.db.read() as session:
        return session.get_one(AwardRow, report.credentials[0].award_id)


def test_the_key_of_a_round_cannot_be_taken_by_a_caller(school: School) -> None:
    proposal = begun(school)
    taken = [mallory(school, idempotency_key=f"{prefix}proposal:{proposal.id}:1") for prefix in ("", "made:")]
    decided = school.assess(proposal, "ben").proposal
    assert decided.award_id not in {None, *(one.id for one in taken)}
    with school.db.read() as session:
        award = session.get_one(AwardRow, decided.award_id)
        assert award.request["email"] == "cara@acme.example"
        assert award.idempotency_key == f"made:proposal:{proposal.id}:1"
    school.appeal(proposal)
    school.assess(proposal, "cho", BAD)
    assert school.assess(proposal, "dag", BAD).proposal.state is State.DECLINED
    with school.db.read() as session:
        revoked = session.scalars(select(CredentialRow.award_id).where(CredentialRow.revoked_at.is_not(None)))
        assert revoked.all() == [decided.award_id]


def test_an_award_of_somebody_else_is_never_the_one_of_a_proposal(school: School) -> None:
    """Even if such a row got there: it is not revoked, and the proposal is not called issued with it."""
    proposal = begun(school)
    with school.db.read() as session:
        key = key_of(session.get_one(ProposalRow, proposal.id), 1)
    stranger = mallory(school, own_key=key)
    assert stranger.idempotency_key == stored_own_key(key)
    waiting = school.assess(proposal, "ben")
    assert (waiting.proposal.state, waiting.issued) == (State.APPROVED, None)
    assert "was made before with other content" in (waiting.waiting_because or "")


def test_a_proposal_is_not_called_issued_with_the_award_of_somebody_else(
    school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    proposal = begun(school)
    stranger = mallory(school)
    with school.db.read() as session:
        credential_id = session.scalars(select(CredentialRow.id).where(CredentialRow.award_id == stranger.id)).one()
    monkeypatch.setattr("issuer.assessment.issuing._issued", lambda *_, **__: credential_id)
    waiting = school.assess(proposal, "ben")
    assert waiting.proposal.state is State.APPROVED
    assert "is of another case" in (waiting.waiting_because or "")
