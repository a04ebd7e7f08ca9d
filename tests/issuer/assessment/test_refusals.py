"""Every refusal: at the edge, all faults at once, in words, and nothing recorded."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select

from issuer.assessment.appeals import withdraw
from issuer.assessment.cases import State
from issuer.assessment.proposals import assign_assessors, propose
from issuer.assessment.wishes import Wish
from issuer.awards import AwardRequest, Evidence
from issuer.errors import AwardsRefused, DecisionRefused, ProposalConflict, ProposalRefused, UnknownProposal
from issuer.issue import issue
from issuer.tables import (
    AssessmentRow,
    AuditEventRow,
    CredentialRow,
    NoticeRow,
    PersonAddressRow,
    PersonRow,
    ProposalRow,
)
from tests.issuer.assessment.conftest import BAD, CRAFT, DIGEST, GOOD, PEOPLE, School
from tests.issuer.conftest import NOW

APPRENTICE = date(2026, 6, 1)


def rows(school: School) -> list[int]:
    tables = (ProposalRow, AssessmentRow, AuditEventRow, CredentialRow, NoticeRow)
    with school.db.read() as session:
        return [session.scalar(select(func.count()).select_from(table)) or 0 for table in tables]


def faults(refused: pytest.ExceptionInfo[ProposalRefused]) -> dict[str, str]:
    return {fault.where: str(fault) for fault in refused.value.faults}


def test_a_proposal_says_everything_that_is_wrong_with_it(school: School) -> None:
    before = rows(school)
    with pytest.raises(ProposalRefused) as refused:
        school.propose(
            completed_on=date(2027, 1, 1),
            evidence=(Evidence(url="https://x.example", rule="recording"), Evidence(name="x", rule="poem")),
            results=(("exam", "140"), ("song", "1")),
            assessors=("cara@acme.example", "mona@acme.example", "nobody@acme.example"),
        )
    said = {str(fault) for fault in refused.value.faults}
    assert said == {
        "completed_on: 2027-01-01 is in the future; it can be at most 2026-11-22, the date in Europe/Berlin now",
        "result:exam: 140 is out of range; it must be a number from 0 to 100",
        "result:song: the level journeyman has no result 'song'; it has: exam, practice",
        "evidence:poem: the level asks for no evidence 'poem'; it has: design-note, recording",
        "evidence:design-note: the level demands “Design note”, and it is not there; hand in a link or a file",
        "evidence:recording: “Recording of the talk” must be a file; hand it in in that form",
        "prerequisites: the level craft/apprentice must be held first, and was not on 1 January 2027; "
        "award what is missing first, or correct the day",
        "assessors: cara@acme.example cannot assess: nobody assesses himself; ask somebody else",
        "assessors: mona@acme.example cannot assess: he is the candidate’s manager, and the level wants others; "
        "ask somebody else",
        "assessors: nobody is known as 'nobody@acme.example'; name a person of the directory",
    }
    assert rows(school) == before


def test_who_is_not_known_has_left_or_has_no_address(school: School) -> None:
    with pytest.raises(ProposalRefused, match=r"nobody is known as 'zed@acme\.example'"):
        school.propose("zed", "master")
    with pytest.raises(ProposalRefused, match=r"there is no program|has no level 'wizard'"):
        school.propose(level="wizard")
    with school.db.write() as session:
        session.get_one(PersonRow, school.id_of("cara")).left_on = date(2026, 11, 21)
        session.add(PersonRow(id=(bare := uuid4()), name="Bare", created_at=NOW))
    with pytest.raises(ProposalRefused, match=r"cara@acme\.example left on 21 November 2026"):
        school.propose(level="master")
    with pytest.raises(ProposalRefused, match="has no e-mail address"):
        _bare(school, bare)


def _bare(school: School, bare: UUID) -> None:
    propose(
        school.db, Wish(bare, "craft", "master", date(2026, 11, 1)), issuer="acme", source="api", actor="t", now=NOW,
        randomness=school.house.randomness,
    )  # fmt: skip


def test_of_a_person_and_level_one_proposal_runs(school: School) -> None:
    first = school.propose(level="master")
    with pytest.raises(ProposalRefused, match=rf"is running already: {first.id} \(proposed\)"):
        school.propose(level="master", narrative="Another one.")
    withdraw(school.db, proposal_id=first.id, actor="t", now=NOW)
    assert school.propose(level="master", narrative="Another one.").state is State.PROPOSED
    with pytest.raises(DecisionRefused, match="is withdrawn: there is nothing to withdraw"):
        withdraw(school.db, proposal_id=first.id, actor="t", now=NOW)


def test_the_same_wish_is_the_same_proposal(school: School) -> None:
    first, again = school.proposed(level="master"), school.proposed(level="master")
    assert (first.new, again.new, again.proposal.id) == (True, False, first.proposal.id)
    keyed = school.proposed("ann", "master", idempotency_key="lms-7")
    assert school.proposed("ann", "master", idempotency_key="lms-7").proposal == keyed.proposal
    with pytest.raises(ProposalConflict, match="Already proposed with other content: lms-7"):
        school.propose("ben", "master", idempotency_key="lms-7")


def test_a_prerequisite_counts_on_the_day_of_completion(school: School) -> None:
    school.award("cara", "apprentice", date(2025, 1, 10))  # through 10 January 2026
    with pytest.raises(ProposalRefused, match="was not on 11 January 2026"):
        school.propose(completed_on=date(2026, 1, 11))
    assert school.propose(completed_on=date(2026, 1, 10)).state is State.PROPOSED


def test_a_revoked_or_suspended_prerequisite_is_not_held(school: School) -> None:
    from issuer.status import revoke

    identifier = school.award("cara", "apprentice", APPRENTICE)
    proposal = school.propose()
    school.assess(proposal, "ann")
    revoke(school.db, school.house.keyring, credential_id=identifier, reason="Cheated.", actor="t", now=NOW)
    with pytest.raises(ProposalRefused, match="craft/apprentice must be held first"):
        school.propose(narrative="x")
    declined = school.assess(proposal, "ben").proposal  # found passed, but the rules do not allow it any more
    assert declined.state is State.DECLINED
    assert declined.decision is not None
    assert "craft/apprentice must be held first" in declined.decision


@pytest.mark.parametrize(
    ("assessor", "said", "words"),
    [
        ("cara", GOOD, "nobody assesses himself"),
        ("mona", GOOD, "he is the candidate’s manager"),
        ("zed", GOOD, "nobody is known as 'zed@acme.example'"),
        ("ann", {"exam": "80"}, "result:practice: every assessor scores this result; give the Practice"),
        ("ann", {**GOOD, "exam": "good"}, "'good' is no number"),
        ("ann", {**GOOD, "practice": "super"}, "'super' is not among its values"),
        ("ann", {**GOOD, "song": "1"}, "has no result 'song' to score"),
        ("eve", GOOD, "no function of Eve Assessor is on record"),
    ],
)
def test_what_an_assessment_must_be(school: School, assessor: str, said: dict[str, str], words: str) -> None:
    school.award("cara", "apprentice", APPRENTICE)
    proposal = school.propose()
    before = rows(school)
    with pytest.raises(ProposalRefused) as refused:
        school.assess(proposal, assessor, said)
    assert words in str(refused.value)
    assert rows(school) == before


def test_an_assessment_is_given_once_and_never_changed(school: School) -> None:
    school.award("cara", "apprentice", APPRENTICE)
    proposal = school.propose()
    school.assess(proposal, "ann")
    before = rows(school)
    assert school.assess(proposal, "ann").proposal.state is State.IN_ASSESSMENT  # sent again
    assert rows(school) == before
    with pytest.raises(ProposalRefused, match="has assessed in this round already"):
        school.assess(proposal, "ann", BAD)
    with pytest.raises(ProposalRefused, match="the function of Ben Assessor on record is “Security”, not “Ops”"):
        school.assess(proposal, "ben", function="Ops")
    school.assess(proposal, "ben", BAD)
    with pytest.raises(DecisionRefused, match=r"is declined: it cannot be assessed again; the candidate can appeal"):
        school.assess(proposal, "cho")
    with pytest.raises(UnknownProposal):
        school.assess(replace(proposal, id=uuid4()), "cho")


def test_an_appeal_needs_a_decision_the_candidate_and_others(school: School) -> None:
    school.award("cara", "apprentice", APPRENTICE)
    proposal = school.propose()
    with pytest.raises(DecisionRefused, match="there is no decision to appeal"):
        school.appeal(proposal)
    school.assess(proposal, "ann", BAD)
    school.assess(proposal, "ben")
    with pytest.raises(ProposalRefused, match="only the candidate appeals"):
        school.appeal(proposal, by="ben")
    with pytest.raises(ProposalRefused, match="took part in the decision that is appealed"):
        school.appeal(proposal, "ann")
    other = school.propose(narrative="Once more.")
    with pytest.raises(DecisionRefused, match=f"is running: {other.id}"):
        school.appeal(proposal)
    withdraw(school.db, proposal_id=other.id, actor="t", now=NOW)
    later = NOW + timedelta(minutes=1)
    school.appeal(proposal, "cho", now=later)
    with pytest.raises(ProposalRefused, match="an appeal needs other assessors"):
        school.assess(proposal, "ben", now=later)
    with pytest.raises(ProposalRefused, match=r"ben@acme\.example cannot assess"):
        assign_assessors(school.db, proposal.id, assessors=["ben@acme.example"], actor="t", now=later)


def test_an_officer_decides_only_where_assessors_do_not(school: School) -> None:
    school.award("cara", "apprentice", APPRENTICE)
    assessed = school.propose()
    with pytest.raises(DecisionRefused, match="is decided by its assessors: 2 more assessors"):
        school.decide(assessed, approve=True)
    free = school.propose(level="helper", evidence=(Evidence(url="https://x.example/letter", rule="letter"),))
    with pytest.raises(ProposalRefused, match="asks for no assessment"):
        school.assess(free, "ann", {})
    with pytest.raises(ProposalRefused, match="declining needs a reason"):
        school.decide(free, approve=False)
    with pytest.raises(ProposalRefused, match=r"ann@acme\.example does not own the program craft"):
        school.decide(free, approve=True, officer="ann@acme.example")
    done = school.decide(free, approve=True, officer="Owner@acme.example")
    assert (done.proposal.state, done.proposal.decided_by) == (State.ISSUED, "owner of craft")
    with pytest.raises(DecisionRefused, match="is issued: it cannot be decided again"):
        school.decide(free, approve=True)


def test_a_majority_that_is_none_is_an_officers_to_decide(school: School) -> None:
    proposal = school.propose(level="master")
    school.assess(proposal, "ann", {}, passed=True)
    with pytest.raises(ProposalRefused, match="say whether the candidate passed"):
        school.assess(proposal, "ben", {})
    tied = school.assess(proposal, "ben", {}, passed=False)
    assert tied.proposal.state is State.IN_ASSESSMENT
    assert tied.outcome is not None
    assert tied.outcome.disagreements[0].values == ("not passed", "passed")
    declined = school.decide(proposal, approve=False, reason="Too few lessons.")
    assert (declined.proposal.state, declined.proposal.decision) == (State.DECLINED, "Too few lessons.")
    assert [one.facts["reason"] for one in school.notices("decided")] == ["Too few lessons."]


def test_awards_of_a_list_keep_to_the_rules_too(school: School) -> None:
    def awarded(*requests: AwardRequest, source: str = "csv") -> int:
        report = issue(
            school.db, school.house.keyring, issuer="acme", requests=requests, actor="t", now=NOW,
            randomness=school.house.randomness, source=source,
        )  # fmt: skip
        return len(report.new)

    def request(level: str, **changes: object) -> AwardRequest:
        members = {"awarded_on": date(2026, 11, 1), "origin": f"row of {level}", **changes}
        return AwardRequest(PEOPLE["cara"][0], "Cara@acme.example", "craft", level, **members)  # type: ignore[arg-type]

    with pytest.raises(AwardsRefused) as refused:
        awarded(request("journeyman", results=tuple(GOOD.items())), request("helper"))
    assert [str(fault) for fault in refused.value.faults] == [
        "row of journeyman, level: the level journeyman is awarded only after 2 assessors scored it; "
        "propose it: guildmark propose",
        "row of journeyman, prerequisites: the level craft/apprentice must be held first, and was not on "
        "1 November 2026; "
        "award what is missing first, or correct the day",
        "row of journeyman, evidence:design-note: the level demands “Design note”, and it is not there; "
        "hand in a link or a file",
        "row of helper, evidence:letter: the level demands “Letter of a team”, and it is not there; hand in a link",
    ]
    letter = Evidence("https://x.example/letter", "Letter of a team")
    assert awarded(request("helper", evidence=(letter,))) == 1
    assert (
        awarded(request("journeyman", results=tuple(GOOD.items()), awarded_on=date(2026, 9, 1)), source="history") == 1
    )
    assert school.propose("ann", "master", evidence=(Evidence("https://x.example", "n", sha256=DIGEST),))


def test_the_owner_decides_where_he_has_no_part_in_it(school: School) -> None:
    owner = "owner@acme.example"
    with school.db.write() as session:
        session.add(PersonAddressRow(address=owner, shown=owner, person_id=school.id_of("ann")))
    proposal = school.propose(level="master")
    school.assess(proposal, "ann", {}, passed=True)
    school.assess(proposal, "ben", {}, passed=False)
    with pytest.raises(ProposalRefused, match="nobody decides where he has given his voice already; an administrator"):
        school.decide(proposal, True, officer=owner)
    declined = school.decide(proposal, False, "Not yet.")
    later = NOW + timedelta(hours=1)
    school.appeal(declined.proposal, now=later)
    school.assess(proposal, "cho", {}, passed=True, now=later)
    school.assess(proposal, "dag", {}, passed=False, now=later)
    with pytest.raises(ProposalRefused, match="nobody decides where he has given his voice already"):
        school.decide(proposal, True, officer=owner, now=later)
    assert school.decide(proposal, True, now=later).proposal.state is State.ISSUED


def test_a_manager_who_may_not_assess_does_not_decide_either(school: School) -> None:
    owner = "owner@acme.example"
    with school.db.write() as session:
        session.add(PersonAddressRow(address=owner, shown=owner, person_id=school.id_of("mona")))
    school.publish(
        CRAFT.replace("{assessors: 2, decides: majority,", "{assessors: 2, not_the_manager: true, decides: majority,")
    )
    proposal = school.propose(level="master", completed_on=date(2026, 11, 22))
    school.assess(proposal, "ann", {}, passed=True)
    school.assess(proposal, "ben", {}, passed=False)
    with pytest.raises(ProposalRefused, match="he is the candidate’s manager, and the level wants others"):
        school.decide(proposal, True, officer=owner)


@pytest.mark.parametrize("level", ["helper", "journeyman", "master"])
@pytest.mark.parametrize("renews", [True, False])
@pytest.mark.parametrize("day", [date.min, date(1970, 1, 1), date(8999, 1, 1), date.max])
def test_no_day_is_beyond_words(school: School, level: str, renews: bool, day: date) -> None:
    school.award("cara", "apprentice", APPRENTICE)
    held = school.award("cara", "journeyman", date(2026, 1, 5))
    if (level, renews, day.year) == ("master", False, 1970):
        assert school.propose(level=level, completed_on=day).state is State.PROPOSED
        return
    with pytest.raises(ProposalRefused):
        school.propose(level=level, completed_on=day, renews_id=held if renews else None)


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_no_day_is_beyond_words_anywhere(school: School, zone: str) -> None:
    school.publish(CRAFT.replace("Europe/Berlin", zone).replace("program: craft", "program: far"))
    for day in (date.min, date.max):
        for level in ("journeyman", "helper"):
            wish = replace(school.wish(level=level, completed_on=day), program="far")
            with pytest.raises(ProposalRefused, match=r"in the future|too long ago"):
                propose(
                    school.db, wish, issuer="acme", source="api", actor="t", now=NOW,
                    randomness=school.house.randomness,
                )  # fmt: skip


def test_who_names_nobody_that_can_be_named_is_told_so(both: School) -> None:
    for name in ("\x00", "cara\x00@acme.example", "\ud800"):
        with pytest.raises(ProposalRefused, match=r"nobody is known as|half of a character"):
            propose(
                both.db, Wish(name, "craft", "master", date(2026, 11, 1)), issuer="acme", source="api", actor="t",
                now=NOW, randomness=both.house.randomness,
            )  # fmt: skip
