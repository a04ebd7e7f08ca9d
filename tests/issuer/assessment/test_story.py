"""The story of a candidate: two assessors who disagree, an appeal, and success; told by rows, credentials and trail."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from issuer import audit
from issuer.assessment.cases import State
from issuer.assessment.course import course_of_proposal
from issuer.assessment.issuing import finish_approved
from issuer.assessment.quorum import Difference, Disagreement, Verdict
from issuer.assessment.views import show_proposal
from issuer.tables import AwardRow, CredentialRow, RenderingRow
from tests.issuer.assessment.conftest import BAD, DIGEST, GOOD, NOTE, School
from tests.issuer.conftest import NOW

APPRENTICE = date(2026, 6, 1)


def document(school: School, credential_id: UUID) -> dict[str, Any]:
    with school.db.read() as session:
        row = session.get_one(RenderingRow, (credential_id, "json"))
        return dict(json.loads(row.body))


def credentials_of(school: School, level: str = "Journeyman") -> list[CredentialRow]:
    with school.db.read() as session:
        rows = session.execute(
            select(CredentialRow, AwardRow)
            .join(AwardRow, AwardRow.id == CredentialRow.award_id)
            .where(AwardRow.source == "assessment")
            .order_by(CredentialRow.created_at)
        )
        return [credential for credential, _ in rows]


def test_two_disagree_and_an_appeal_succeeds(both: School) -> None:
    both.award("cara", "apprentice", APPRENTICE)
    proposal = both.propose(assessors=("ann@acme.example", "ben@acme.example"), narrative="Built the booking service.")
    assert (proposal.state, proposal.round, proposal.version) == (State.PROPOSED, 1, "1")
    assert {one.recipient_id for one in both.notices("assessment wanted")} == {both.id_of("ann"), both.id_of("ben")}

    first = both.assess(proposal, "ann", {**GOOD, "practice": "great"})
    assert (first.proposal.state, first.missing) == (
        State.IN_ASSESSMENT, "1 more assessor, among them somebody of another function",
    )  # fmt: skip
    second = both.assess(proposal, "ben", BAD, remark="The second part is missing.")
    assert second.proposal.state is State.DECLINED
    assert second.outcome is not None
    assert second.outcome.verdict is Verdict.NOT_PASSED
    assert second.outcome.disagreements == (
        Disagreement("exam", Difference.PASSING, ("55", "81")),
        Disagreement("practice", Difference.PASSING, ("none", "great")),
    )
    assert second.proposal.decision == "1 of 2 assessors found that the candidate passed; all of them had to."
    assert [one.facts["decision"] for one in both.notices("decided")] == ["declined"]
    assert credentials_of(both) == []

    later = NOW + timedelta(days=1)
    appealed = both.appeal(proposal, "cho", "dag", now=later)
    assert (appealed.state, appealed.round, appealed.appealed) == (State.APPEALED, 2, True)
    assert appealed.decision == second.proposal.decision
    assert appealed.appeal == "The second part of the exam was not counted."
    both.assess(proposal, "cho", {"exam": "74", "practice": "great"}, now=later)
    done = both.assess(proposal, "dag", {"exam": "90", "practice": "able"}, now=later)
    assert done.proposal.state is State.ISSUED
    assert done.waiting_because is None
    assert done.issued is not None

    badge = document(both, done.issued)
    subject = badge["credentialSubject"]
    address = subject["achievement"]["id"]
    assert subject["narrative"] == "Built the booking service."
    assert subject["result"] == [  # lower medians of 74 and 90, of great and able
        {"type": ["Result"], "resultDescription": f"{address}#exam", "value": "74"},
        {
            "type": ["Result"],
            "resultDescription": f"{address}#practice",
            "achievedLevel": f"{address}#practice/able",
        },
    ]
    note, assessment = badge["evidence"]
    assert note == {"id": NOTE.url, "type": ["Evidence"], "name": "Design note"}
    assert assessment == {
        "type": ["Evidence"],
        "name": "Assessment",
        "genre": "Assessment",
        "narrative": "2 assessors (Engineering, Operations) scored the results, each without seeing the scores of "
        "others. All found that the candidate passed; all of them had to.",
    }
    assert "Cho" not in json.dumps(badge)
    assert badge["validFrom"] == "2026-11-19T23:00:00Z"  # the day of completion, in Berlin

    course = [(one.action, one.sentence) for one in course_of_proposal(both.db, proposal.id)]
    assert course == [
        ("proposal made", "Cara Candidate was proposed for Journeyman (version 1)."),
        ("assessment recorded", "Ann Assessor assessed, in round 1."),
        ("assessment recorded", "Ben Assessor assessed, in round 1."),
        (
            "proposal decided",
            "Round 1 was decided: declined, by quorum. The assessors differed on exam, practice.",
        ),
        ("proposal appealed", "The decision was appealed, by Cara Candidate: round 2 begins."),
        ("assessment recorded", "Cho Assessor assessed, in round 2."),
        ("assessment recorded", "Dag Assessor assessed, in round 2."),
        ("proposal decided", "Round 2 was decided: approved, by quorum."),
        ("proposal issued", f"The credential {done.issued} was issued for it."),
    ]
    trail = [one for one in audit.events(both.db, limit=1_000) if one.subject == f"proposal:{proposal.id}"]
    assert not any("Ann" in json.dumps(dict(one.details)) or "@" in json.dumps(dict(one.details)) for one in trail)
    assert audit.verify(both.db).whole
    assert (
        finish_approved(both.db, both.house.keyring, actor="t", now=later, randomness=both.house.randomness).issued
        == ()
    )
    assert len(credentials_of(both)) == 1


def test_an_appeal_against_an_award_corrects_it(school: School) -> None:
    school.award("cara", "apprentice", APPRENTICE)
    proposal = school.propose()
    school.assess(proposal, "ann", {"exam": "71", "practice": "able"})
    first = school.assess(proposal, "ben", {"exam": "72", "practice": "able"})
    later = NOW + timedelta(hours=1)
    assert school.appeal(proposal, by=None, now=later).award_id is None
    school.assess(proposal, "cho", {"exam": "93", "practice": "great"}, now=later)
    again = school.assess(proposal, "dag", {"exam": "95", "practice": "great"}, now=later)
    assert again.waiting_because is None
    assert again.proposal.state is State.ISSUED
    old, new = credentials_of(school)
    assert (old.id, new.id, new.replaces_id) == (first.issued, again.issued, first.issued)
    assert old.revoked_at is not None
    assert new.revoked_at is None
    assert new.valid_until == old.valid_until
    assert [one.get("value") for one in document(school, new.id)["credentialSubject"]["result"]] == ["93", None]


def test_an_appeal_that_is_declined_takes_the_award_away(school: School) -> None:
    school.award("cara", "apprentice", APPRENTICE)
    proposal = school.propose()
    school.assess(proposal, "ann")
    issued = school.assess(proposal, "ben").issued
    later = NOW + timedelta(hours=1)
    school.appeal(proposal, now=later)
    school.assess(proposal, "cho", BAD, now=later)
    assert school.assess(proposal, "dag", BAD, now=later).proposal.state is State.DECLINED
    (credential,) = credentials_of(school)
    assert credential.id == issued
    assert credential.revocation_reason == "superseded: the award was decided anew on appeal"


def test_a_withdrawn_appeal_leaves_the_decision_as_it_was(school: School) -> None:
    from issuer.assessment.appeals import withdraw

    school.award("cara", "apprentice", APPRENTICE)
    proposal = school.propose()
    school.assess(proposal, "ann")
    done = school.assess(proposal, "ben")
    school.appeal(proposal, now=NOW + timedelta(hours=1))
    stands = withdraw(school.db, proposal_id=proposal.id, actor="t", now=NOW)
    assert (stands.state, stands.award_id, stands.decision) == (
        State.ISSUED, done.proposal.award_id, done.proposal.decision,
    )  # fmt: skip


def test_assessing_is_blind(school: School) -> None:
    school.award("cara", "apprentice", APPRENTICE)
    proposal = school.propose()
    school.assess(proposal, "ann")
    seen = {
        name: show_proposal(school.db, proposal.id, viewer=f"{name}@acme.example") for name in ("ann", "ben", "cara")
    }
    assert [(name, one.hidden, len(one.scorings), one.scored) for name, one in seen.items()] == [
        ("ann", False, 1, 1), ("ben", True, 0, 1), ("cara", True, 0, 1),
    ]  # fmt: skip
    assert seen["ben"].outcome is None
    assert not show_proposal(school.db, proposal.id).hidden  # an officer
    school.assess(proposal, "ben", BAD)
    decided = show_proposal(school.db, proposal.id, viewer="cara@acme.example")
    assert [one.assessor for one in decided.scorings] == ["an assessor", "an assessor"]
    assert str(school.id_of("ann")) not in str(decided.scorings)
    school.appeal(proposal, now=NOW + timedelta(hours=1))
    assert show_proposal(school.db, proposal.id, viewer="cho@acme.example").hidden  # the first round's too


def test_names_stand_in_the_credential_only_if_the_level_publishes_them(school: School) -> None:
    proposal = school.propose(level="master")
    school.assess(proposal, "ann", {}, passed=True)
    school.assess(proposal, "eve", {}, passed=True)
    (credential,) = credentials_of(school)
    (assessment,) = document(school, credential.id)["evidence"]
    assert assessment["narrative"].endswith("Assessed by Ann Assessor, Eve Assessor.")


def test_a_file_is_told_by_its_name_and_digest(school: School) -> None:
    from issuer.awards import Evidence

    school.award("cara", "apprentice", APPRENTICE)
    file = Evidence(name="note.pdf", sha256=DIGEST, rule="design-note")
    proposal = school.propose(evidence=(file,))
    school.assess(proposal, "ann")
    done = school.assess(proposal, "ben")
    assert done.issued is not None
    assert document(school, done.issued)["evidence"][0] == {
        "type": ["Evidence"],
        "name": "Design note",
        "description": f"note.pdf\n\nSHA-256 of the file: {DIGEST}",
    }
