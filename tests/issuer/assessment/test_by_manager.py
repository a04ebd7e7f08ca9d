"""A level that the candidate's manager approves or declines: he alone, and an officer where he cannot."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from issuer.assessment.cases import State
from issuer.assessment.rules import Quorum
from issuer.errors import DecisionRefused, ProgramRefused, ProposalRefused
from issuer.level_words import asks
from issuer.programs import load_catalogue
from issuer.tables import PersonRow, RenderingRow
from tests.issuer.assessment.conftest import CRAFT, School
from tests.issuer.conftest import NOW

LEFT = (
    CRAFT
    + """  - level: mate
    name: Mate
    criteria: Works with us.
    assessment: {by: manager}
"""
)


@pytest.fixture
def left(school: School) -> School:
    school.publish(LEFT, NOW - timedelta(days=30))
    return school


def test_the_manager_is_asked_and_his_word_decides(left: School) -> None:
    one = left.propose("cara", "mate")
    asked = left.notices("assessment wanted")
    assert [notice.recipient_id for notice in asked] == [left.id_of("mona")]
    with pytest.raises(ProposalRefused, match="the level is approved by the candidate’s manager"):
        left.assess(one, "ann", {}, passed=True)
    done = left.assess(one, "mona", {}, passed=True)
    assert done.proposal.state is State.ISSUED
    assert done.proposal.decision == "The manager approved it."
    assert done.proposal.decided_by == "quorum"
    with left.db.read() as session:
        body = session.scalars(select(RenderingRow.body).where(RenderingRow.format == "json")).one()
    assert "The candidate’s manager approved the award." in body.decode()


def test_declining_says_why_and_the_candidate_reads_it(left: School) -> None:
    one = left.propose("cara", "mate")
    with pytest.raises(ProposalRefused, match="remark: declining needs a reason; say why; the candidate reads it"):
        left.assess(one, "mona", {}, passed=False)
    done = left.assess(one, "mona", {}, passed=False, remark="Stay with us for a month first.")
    assert done.proposal.state is State.DECLINED
    assert done.proposal.decision == "The manager did not approve it.\nStay with us for a month first."
    [told] = left.notices("decided")
    assert told.facts["reason"] == done.proposal.decision


def test_an_officer_decides_only_where_no_manager_can(left: School) -> None:
    one = left.propose("cara", "mate")
    with pytest.raises(DecisionRefused, match="only if the candidate has no manager, or appeals"):
        left.decide(one, True)
    left.assess(one, "mona", {}, passed=False, remark="No.")
    appealed = left.appeal(one)
    with pytest.raises(ProposalRefused, match="he took part in the decision that is appealed"):
        left.assess(appealed, "mona", {}, passed=True)
    assert left.decide(appealed, True).proposal.state is State.ISSUED

    alone = left.propose("dag", "mate")
    assert left.decide(alone, True).proposal.state is State.ISSUED


def test_a_manager_who_left_is_not_asked_and_his_successor_may(left: School) -> None:
    with left.db.write() as session:
        session.get_one(PersonRow, left.id_of("mona")).left_on = NOW.date() - timedelta(days=1)
    one = left.propose("cara", "mate")
    assert left.notices("assessment wanted") == []
    with left.db.write() as session:
        session.get_one(PersonRow, left.id_of("cara")).manager_id = left.id_of("ann")
    with pytest.raises(DecisionRefused):
        left.decide(one, True)
    assert left.assess(one, "ann", {}, passed=True).proposal.state is State.ISSUED


@pytest.mark.parametrize("rule", ["{by: manager, assessors: 2}", "{by: manager, not_the_manager: true}", "{by: boss}"])
def test_a_rule_that_cannot_be_is_refused(school: School, rule: str) -> None:
    with pytest.raises(ProgramRefused):
        school.publish(LEFT.replace("{by: manager}", rule))


def test_it_is_said_and_comes_back_as_it_was_written(left: School) -> None:
    program = load_catalogue(left.db, "acme")
    level = program.find("craft", "mate")
    assert level is not None
    assert "Approved by the candidate’s manager." in asks(level, {})
    assert level.quorum == Quorum.model_validate({"by": "manager"})
    others = program.find("craft", "master")
    assert others is not None
    assert others.quorum is not None
    assert "by" not in others.quorum.model_dump(mode="json", exclude_defaults=True), "old rules stay byte for byte"
