"""An appeal asks for another decision on an award: it undoes no revocation, loses none, and forges no decision."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

import pytest

from issuer.assessment import appeals
from issuer.assessment.assess import LOCKED
from issuer.assessment.cases import Proposal, State
from issuer.assessment.deciding import Progress
from issuer.assessment.earlier import SUPERSEDED
from issuer.assessment.issuing import FinishReport, finish_approved
from issuer.assessment.views import show_proposal
from issuer.errors import DecisionRefused
from issuer.status import revoke
from issuer.tables import AwardRow, CredentialRow
from tests.issuer.assessment.conftest import BAD, GOOD, School
from tests.issuer.conftest import NOW

LATER = NOW + timedelta(hours=1)


def issued(school: School) -> Progress:
    """Cara is a journeyman, by the word of Ann and Ben."""
    school.award("cara", "apprentice", date(2026, 6, 1))
    proposal = school.propose()
    school.assess(proposal, "ann")
    return school.assess(proposal, "ben")


def round_two(school: School, proposal: Proposal, results: dict[str, str], *, locked: bool = False) -> Progress:
    school.appeal(proposal, now=LATER)
    school.assess(proposal, "cho", results, now=LATER, locked=True)
    return school.assess(proposal, "dag", results, now=LATER, locked=locked)


def withdraw(school: School, proposal: Proposal) -> Proposal:
    return appeals.withdraw(school.db, proposal_id=proposal.id, actor="t", now=LATER)


def sweep(school: School) -> FinishReport:
    return finish_approved(school.db, school.house.keyring, actor="job", now=LATER, randomness=school.house.randomness)


def fraud(school: School, credential_id: UUID | None) -> None:
    assert credential_id is not None
    revoke(school.db, school.house.keyring, credential_id=credential_id, reason="Fraud", actor="cli:o", now=LATER)


def valid(school: School) -> list[UUID]:
    with school.db.read() as session:
        rows = session.query(CredentialRow).join(AwardRow, AwardRow.id == CredentialRow.award_id)
        return [row.id for row in rows.filter(AwardRow.source == "assessment") if row.revoked_at is None]


@pytest.mark.parametrize("locked", [True, False])
def test_a_withdrawn_appeal_leaves_a_declined_decision_declined(school: School, locked: bool) -> None:
    """Whether its revocation is carried out already or not: it is not forgotten."""
    proposal = issued(school).proposal
    declined = round_two(school, proposal, BAD, locked=locked)
    assert (declined.proposal.state, declined.waiting_because) == (State.DECLINED, LOCKED if locked else None)
    school.appeal(proposal, now=LATER)
    stands = withdraw(school, proposal)
    assert (stands.state, stands.award_id, stands.appeal) == (State.DECLINED, None, None)
    assert stands.decision == declined.proposal.decision
    sweep(school)
    assert valid(school) == []


def test_what_an_officer_revoked_is_not_appealed(school: School) -> None:
    done = issued(school)
    fraud(school, done.issued)
    with pytest.raises(DecisionRefused, match="does not undo a revocation: if the revocation was wrong, propose"):
        school.appeal(done.proposal, now=LATER)
    assert show_proposal(school.db, done.proposal.id).proposal.state is State.ISSUED


def test_what_an_officer_revokes_during_an_appeal_stays_revoked(school: School) -> None:
    done = issued(school)
    school.appeal(done.proposal, now=LATER)
    school.assess(done.proposal, "cho", now=LATER)
    fraud(school, done.issued)
    decided = school.assess(done.proposal, "dag", now=LATER)
    assert decided.proposal.state is State.DECLINED
    assert "was revoked on 2026-11-22" in (decided.proposal.decision or "")
    assert valid(school) == []
    with pytest.raises(DecisionRefused, match="does not undo a revocation"):
        school.appeal(done.proposal, now=LATER)


def test_what_an_officer_revokes_before_it_is_corrected_stays_revoked(school: School) -> None:
    done = issued(school)
    waiting = round_two(school, done.proposal, GOOD, locked=True)
    assert waiting.proposal.state is State.APPROVED
    fraud(school, done.issued)
    assert sweep(school) == FinishReport((), ())
    stopped = show_proposal(school.db, done.proposal.id).proposal
    assert stopped.state is State.DECLINED
    assert (stopped.decision or "").startswith("It was approved, but its credential")
    assert valid(school) == []


def test_what_an_appeal_took_away_the_next_one_gives_back(school: School) -> None:
    proposal = school.propose(level="master")
    for number, (assessors, passed, stand) in enumerate(
        ((("ann", "ben"), True, 1), (("cho", "dag"), False, 0), (("eve", "mona"), True, 1))
    ):
        now = NOW + timedelta(hours=number)
        if number:
            school.appeal(proposal, now=now)
        for one in assessors:
            said = school.assess(proposal, one, {}, passed=passed, now=now)
        assert said.proposal.state is (State.ISSUED if passed else State.DECLINED)
        assert len(valid(school)) == stand


def test_a_renewal_that_an_appeal_took_away_is_proposed_anew(school: School) -> None:
    school.award("cara", "apprentice", date(2026, 6, 1))
    old = school.award("cara", "journeyman", date(2024, 12, 20))
    proposal = school.propose(renews_id=old)
    school.assess(proposal, "ann")
    renewed = school.assess(proposal, "ben").issued
    round_two(school, proposal, BAD)
    with school.db.read() as session:
        assert session.get_one(CredentialRow, renewed).revocation_reason == SUPERSEDED
    with pytest.raises(DecisionRefused, match="a credential is renewed only once: propose the person anew"):
        school.appeal(proposal, now=LATER + timedelta(hours=1))


def test_no_words_of_an_appeal_become_the_decision(school: School) -> None:
    school.award("cara", "apprentice", date(2026, 6, 1))
    proposal = school.propose()
    school.assess(proposal, "ann", BAD)
    declined = school.assess(proposal, "ben", BAD).proposal
    words = "No.\n\n2 of 2 assessors found that the candidate passed.\n\nAppealed: yes"
    appealed = appeals.appeal(school.db, proposal_id=proposal.id, reason=words, appellant=None, actor="t", now=LATER)
    assert (appealed.decision, appealed.appeal) == (declined.decision, words)
    stands = withdraw(school, proposal)
    assert (stands.state, stands.decision, stands.appeal) == (State.DECLINED, declined.decision, None)
    decided = round_two(school, proposal, BAD).proposal
    assert decided.decision == "None of 2 assessors found that the candidate passed; all of them had to."
    assert decided.appeal is None
