"""Nothing half done and nothing twice: two last assessors at once, crashes, locked keys, a version published midway."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from random import SystemRandom
from typing import Any

import pytest
from sqlalchemy import func, select

from issuer import audit
from issuer.assessment import issuing
from issuer.assessment.assess import LOCKED, Scores, assess
from issuer.assessment.cases import Proposal, State
from issuer.assessment.issuing import finish_approved
from issuer.assessment.midway import follow_new_versions
from issuer.assessment.proposals import propose
from issuer.assessment.views import list_proposals, show_proposal
from issuer.errors import ProposalRefused
from issuer.store import Database
from issuer.tables import AchievementRow, AssessmentRow, AwardRow, CredentialRow
from tests.issuer.assessment.conftest import BAD, CRAFT, GOOD, School
from tests.issuer.conftest import NOW
from tests.issuer.test_concurrency import at_once
from tests.issuer.test_crash import Crash

APPRENTICE = date(2026, 6, 1)


def awards(school: School) -> int:
    with school.db.read() as session:
        query = select(func.count(AwardRow.id)).where(AwardRow.source.in_(["assessment", "renewal"]))
        return session.scalar(query) or 0


def sweep(school: School) -> issuing.FinishReport:
    return finish_approved(school.db, school.house.keyring, actor="job", now=NOW, randomness=school.house.randomness)


def scoring(school: School, proposal: Proposal, name: str) -> Callable[[Database], str]:
    def work(db: Database) -> str:
        progress = assess(
            db,
            school.house.keyring,
            proposal_id=proposal.id,
            assessor=f"{name}@acme.example",
            scores=Scores(GOOD),
            actor=f"cli:{name}",
            now=NOW,
            randomness=SystemRandom().randbytes,
        )
        return progress.proposal.state.value

    return work


def test_two_last_assessors_at_once_decide_once(both: School, house_url: str) -> None:
    both.award("cara", "apprentice", APPRENTICE)
    proposal = both.propose()
    states = at_once(house_url, [scoring(both, proposal, "ann"), scoring(both, proposal, "ben")])
    assert sorted(states) == ["in assessment", "issued"]
    assert awards(both) == 1
    trail = [one.action for one in audit.events(both.db, limit=1_000, subject=f"proposal:{proposal.id}")]
    assert trail.count("proposal decided") == trail.count("proposal issued") == 1
    assert trail.count("assessment recorded") == 2
    assert audit.verify(both.db).whole


def test_the_same_person_is_proposed_once_however_many_try_at_once(both: School, house_url: str) -> None:
    def work(number: int) -> Callable[[Database], str]:
        def one(db: Database) -> str:
            wish = both.wish(level="master", narrative=f"Try {number}.")
            try:
                made = propose(
                    db, wish, issuer="acme", source="api", actor="t", now=NOW, randomness=SystemRandom().randbytes
                )
            except ProposalRefused as refused:
                return str(refused)
            return made.proposal.state.value

        return one

    said = at_once(house_url, [work(number) for number in range(4)])
    assert said.count("proposed") == 1
    assert sum("is running already" in one for one in said) == 3
    assert len(list_proposals(both.db, issuer="acme")) == 1


@pytest.mark.parametrize("point", ["before issuing", "after issuing"])
def test_a_crash_after_the_decision_is_finished_by_the_sweep(
    both: School, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    both.award("cara", "apprentice", APPRENTICE)
    proposal = both.propose()
    both.assess(proposal, "ann")

    def crash(*_: Any, **__: Any) -> None:
        raise Crash

    with monkeypatch.context() as patched:
        patched.setattr(issuing, "issue" if point == "before issuing" else "_mark_issued", crash)
        with pytest.raises(Crash):
            both.assess(proposal, "ben")
    stopped = show_proposal(both.db, proposal.id).proposal
    assert (stopped.state, stopped.award_id) == (State.APPROVED, None)
    assert awards(both) == (0 if point == "before issuing" else 1)
    assert sweep(both) == issuing.FinishReport((proposal.id,), ())
    assert sweep(both) == issuing.FinishReport((), ())
    assert awards(both) == 1
    assert show_proposal(both.db, proposal.id).proposal.state is State.ISSUED


def test_locked_keys_delay_the_credential_and_not_the_decision(school: School) -> None:
    school.award("cara", "apprentice", APPRENTICE)
    proposal = school.propose()
    school.assess(proposal, "ann", locked=True)
    waiting = school.assess(proposal, "ben", locked=True)
    assert (waiting.proposal.state, waiting.waiting_because) == (State.APPROVED, LOCKED)
    assert sweep(school).issued == (proposal.id,)


def test_a_version_that_maps_begins_a_new_round_under_its_own_rubric(school: School) -> None:
    school.award("cara", "apprentice", APPRENTICE)
    proposal = school.propose()
    school.assess(proposal, "ann")
    later = NOW + timedelta(hours=1)
    school.publish(CRAFT.replace("passing: 70", "passing: 90"), later)
    assert follow_new_versions(school.db, actor="job", now=later) == (proposal.id,)
    assert follow_new_versions(school.db, actor="job", now=later) == ()
    view = show_proposal(school.db, proposal.id)
    assert (view.proposal.version, view.proposal.round, view.scored) == ("2", 2, 0)
    assert [one.key for one in school.notices("assessment wanted")] == [
        f"assessment-wanted:{proposal.id}:2:{school.id_of('ann')}"
    ]
    school.assess(proposal, "ann", {**GOOD, "exam": "95"}, now=later)  # he may score again: this is no appeal
    assert school.assess(proposal, "ben", now=later).proposal.state is State.DECLINED  # 81 was enough before


def test_who_began_before_may_finish_under_the_older_version(school: School) -> None:
    school.award("cara", "apprentice", APPRENTICE)
    proposal = school.propose()
    harder = CRAFT.replace("passing: 70", "passing: 90").replace(
        "name: Journeyman\n", "name: Journeyman\n    midway: {finish_until: 2026-12-31}\n"
    )
    later = NOW + timedelta(days=2)
    school.publish(harder, later)
    school.assess(proposal, "ann", now=later)
    done = school.assess(proposal, "ben", now=later)
    assert (done.proposal.version, done.proposal.state, done.waiting_because) == ("1", State.ISSUED, None)
    with school.db.read() as session:
        award = session.get_one(AwardRow, done.proposal.award_id)
        assert award.request["version"] == "1"
        assert award.achievement_id is not None
        assert session.get_one(AchievementRow, award.achievement_id).version == "1"


@pytest.mark.parametrize("named", [True, False], ids=["named", "found by itself"])
def test_a_renewal_is_assessed_and_names_its_predecessor(school: School, named: bool) -> None:
    school.award("cara", "apprentice", APPRENTICE)
    old = school.award("cara", "journeyman", date(2024, 12, 20))  # through 20 December 2026: the window is open
    early = school.award("ben", "journeyman", date(2026, 1, 20))
    with pytest.raises(ProposalRefused) as refused:
        school.propose("ben", renews_id=early, completed_on=date(2026, 1, 20))
    assert any(fault.where == "renews" for fault in refused.value.faults)
    with pytest.raises(ProposalRefused, match="is no credential of this person for the level journeyman"):
        school.propose("ann", renews_id=old)
    with pytest.raises(ProposalRefused, match="renewing takes a later completion"):
        school.propose("ben", completed_on=date(2026, 1, 20))
    proposal = school.propose(renews_id=old if named else None)
    school.assess(proposal, "ann")
    done = school.assess(proposal, "ben")
    assert done.waiting_because is None
    assert done.proposal.state is State.ISSUED
    with school.db.read() as session:
        new = session.get_one(CredentialRow, done.issued)
        assert new.replaces_id == old
        assert session.get_one(CredentialRow, old).revoked_at is None
    later = NOW + timedelta(hours=1)
    school.appeal(proposal, now=later)
    school.assess(proposal, "cho", {**GOOD, "exam": "99"}, now=later)
    again = school.assess(proposal, "dag", {**GOOD, "exam": "99"}, now=later)
    assert again.waiting_because is None
    with school.db.read() as session:
        assert session.get_one(CredentialRow, again.issued).replaces_id == done.issued


def test_what_was_scored_stays_as_it_was(school: School) -> None:
    school.award("cara", "apprentice", APPRENTICE)
    proposal = school.propose()
    school.assess(proposal, "ann", remark="Well done.")
    school.assess(proposal, "ben", BAD)
    school.appeal(proposal, now=NOW + timedelta(hours=1))
    with school.db.read() as session:
        rows = session.scalars(select(AssessmentRow).order_by(AssessmentRow.function)).all()
        assert [(row.round, row.function, row.scores, row.remark) for row in rows] == [
            (1, "Engineering", {"results": GOOD, "passed": None}, "Well done."),
            (1, "Security", {"results": BAD, "passed": None}, None),
        ]
