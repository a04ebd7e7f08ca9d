"""What comes of a report: an award, a renewal, a proposal, nothing – once, whatever crashes and repeats."""

from __future__ import annotations

import threading
from datetime import date, timedelta
from hashlib import sha1
from typing import Any

import pytest

from issuer import audit
from issuer.allocation import Recipient, Wanted, allocate
from issuer.errors import ProposalRefused
from issuer.issuers import create_issuer, issuer_row
from issuer.learning import learners
from issuer.learning import receive as receiving
from issuer.learning.events import list_events, try_reports
from issuer.learning.matching import Outcome
from issuer.learning.receive import Delivery
from issuer.learning.reports import ReportConflict, ReportUnreadable
from issuer.learning.statements import read_statements
from issuer.status import revoke
from issuer.tables import CredentialRow, PersonAddressRow, PersonRow
from tests.issuer.conftest import NOW
from tests.issuer.learning.conftest import COMPLETED, LMS, PASSED, Academy

EARNED = "http://id.tincanapi.com/verb/earned"


def test_a_passed_course_is_awarded_with_its_score_and_only_once(both: Academy) -> None:
    first = both.one()
    assert (first.outcome, first.new) == (Outcome.ISSUED, True)
    assert first.credential is not None
    with both.db.read() as session:
        row = session.query(CredentialRow).one()
        assert (row.state, first.credential.endswith(str(row.id))) == ("issued", True)
    again = both.one()
    assert (again.outcome, again.new, again.credential) == (Outcome.ISSUED, False, first.credential)
    # the system tells completed beside passed, without a score or with one: the same completion
    assert both.one(2, verb={"id": COMPLETED}).outcome is Outcome.IGNORED
    assert both.one(3, verb={"id": COMPLETED}, timestamp="2026-11-20T07:00:00Z").outcome is Outcome.IGNORED
    assert both.awards() == [("learning", date(2026, 11, 20), "issued")]
    assert {one.actor for one in audit.events(both.db) if one.action == "credential issued"} == {"learning:moodle"}
    trail = "".join(str(one) for one in audit.events(both.db))
    assert "zoe" not in trail.lower()
    assert "zoe" not in "".join(one.detail for one in list_events(both.db, "acme")).lower()
    assert audit.verify(both.db).whole


def test_the_score_is_the_result_and_too_little_leads_to_nothing(academy: Academy) -> None:
    assert "at least 0.8, and the report has 0.79" in academy.one(result={"score": {"scaled": 0.79}}).detail
    assert "has none" in academy.one(2, result=None).detail
    academy.one(3, result={"score": {"scaled": 0.8}})
    with academy.db.read() as session:
        from issuer.tables import AwardRow

        award = session.query(AwardRow).one()
        assert award.request["results"] == [["quiz", "80"]]
        assert award.request["email"] == "Zoe@acme.example"
        assert award.idempotency_key.startswith("made:learning:moodle:statement:")


@pytest.mark.parametrize(
    "actor",
    [
        {"mbox": "mailto:ZOE@acme.example"},
        {"mbox_sha1sum": sha1(b"mailto:zoe@acme.example").hexdigest().upper()},  # noqa: S324
        {"mbox_sha1sum": sha1(b"mailto:Zoe@acme.example").hexdigest()},  # noqa: S324
        {"account": {"homePage": f"{LMS}/", "name": "4711"}},
    ],
)
def test_people_are_known_by_every_name_that_xapi_has(academy: Academy, actor: dict[str, Any]) -> None:
    assert academy.one(actor=actor).outcome is Outcome.ISSUED


@pytest.mark.parametrize(
    ("actor", "why"),
    [
        ({"mbox": "mailto:nobody@acme.example"}, "nobody here is known by the e-mail address"),
        ({"mbox_sha1sum": "0" * 40}, "nobody here is known by the mbox_sha1sum"),
        ({"account": {"homePage": LMS, "name": "zoe"}}, "nobody here is known by the account"),
        ({"account": {"homePage": "https://other.example", "name": "4711"}}, "write accounts: [https://other.example]"),
        ({"openid": "https://zoe.example"}, "not known here by openid"),
        ({"objectType": "Group", "mbox": "mailto:zoe@acme.example"}, "about a group"),
        ({"mbox": "mailto:gone@acme.example"}, "left on 1 October 2026"),
    ],
)
def test_an_unknown_actor_is_refused_and_recorded_without_his_name(
    academy: Academy, actor: dict[str, Any], why: str
) -> None:
    taken = academy.one(actor=actor)
    assert taken.outcome is Outcome.REFUSED
    assert why in taken.detail
    (event,) = list_events(academy.db, "acme", outcome=Outcome.REFUSED)
    assert (event.system, event.detail, "@" in event.detail) == ("moodle", taken.detail, False)
    assert academy.awards() == []


def test_whom_nobody_knew_may_be_reported_again_when_he_is_entered(academy: Academy) -> None:
    actor = {"mbox": "mailto:new@acme.example"}
    assert academy.one(actor=actor).outcome is Outcome.REFUSED
    with academy.db.write() as session:
        session.add(PersonRow(id=academy.id_of("new"), name="New", created_at=NOW))
        session.flush()
        session.add(
            PersonAddressRow(address="new@acme.example", shown="new@acme.example", person_id=academy.id_of("new"))
        )
    assert academy.one(actor=actor).outcome is Outcome.ISSUED
    assert list(academy.recorded().values()) == ["issued"]


@pytest.mark.parametrize(
    ("changes", "outcome", "why"),
    [
        ({"result": {"success": False}}, Outcome.REFUSED, "the verb says passed, and result.success says false"),
        ({"verb": {"id": COMPLETED}, "result": {"completion": False}}, Outcome.REFUSED, "completion says false"),
        ({"verb": {"id": COMPLETED}, "result": {"success": False}}, Outcome.IGNORED, "completed without success"),
        ({"timestamp": "2026-11-22T10:06:00Z"}, Outcome.REFUSED, "in the future"),
        ({"verb": {"id": "http://adlnet.gov/expapi/verbs/failed"}}, Outcome.IGNORED, "no level follows from the verb"),
        ({"object": {"id": f"{LMS}/courses/other"}}, Outcome.IGNORED, "no rule for the system moodle is about"),
        ({"object": {"objectType": "StatementRef", "id": "x"}}, Outcome.IGNORED, "an object of this kind"),
        ({"verb": {"id": EARNED}}, Outcome.IGNORED, "ask for completed, passed, and the report says earned"),
        ({"object": {"id": f"{LMS}/labs/7"}}, Outcome.REFUSED, "the level safety/basics must be held first"),
    ],
)  # fmt: skip
def test_what_leads_to_no_award_says_why(academy: Academy, changes: dict[str, Any], outcome: Outcome, why: str) -> None:
    taken = academy.one(**changes)
    assert (taken.outcome, taken.proposal_id) == (outcome, None)
    assert why in taken.detail
    assert academy.awards() == []


def test_an_exact_activity_goes_before_one_that_stands_for_many(academy: Academy) -> None:
    academy.one()
    special = {"object": {"id": f"{LMS}/labs/special"}}
    assert "safety/guide" in academy.one(2, verb={"id": EARNED}, **special).detail
    assert "safety/lab" in academy.one(3, **special).detail


def test_a_day_is_that_of_the_program(academy: Academy) -> None:
    academy.one(timestamp="2026-11-20T23:30:00Z")
    assert academy.awards() == [("learning", date(2026, 11, 21), "issued")]


def test_who_holds_the_level_is_renewed_once_for_each_completion(both: Academy) -> None:
    both.one(now=NOW)
    early = both.one(2, timestamp="2027-03-01T10:00:00Z", now=NOW + timedelta(days=120))
    assert (early.outcome, early.credential) == (Outcome.IGNORED, None)
    assert "it can be renewed from" in early.detail
    late = both.one(3, timestamp="2027-11-01T10:00:00Z", now=NOW + timedelta(days=345))
    assert "was renewed" in late.detail
    again = both.one(3, timestamp="2027-11-01T10:00:00Z", now=NOW + timedelta(days=345))
    assert (again.outcome, again.new) == (Outcome.ISSUED, False)
    assert [source for source, _, _ in both.awards()] == ["learning", "renewal"]


def test_a_renewal_that_was_made_and_not_recorded_is_found_again(academy: Academy, monkeypatch: Any) -> None:
    academy.one()
    later = {"timestamp": "2027-11-01T10:00:00Z", "now": NOW + timedelta(days=345)}

    def crash(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(receiving._Taker, "record", crash)
        with pytest.raises(KeyboardInterrupt):
            academy.one(2, **later)
    assert len(academy.recorded()) == 1
    assert academy.one(2, **later).outcome is Outcome.ISSUED
    assert [source for source, _, _ in academy.awards()] == ["learning", "renewal"]


def test_an_award_that_was_not_signed_is_finished_by_the_same_report(both: Academy, monkeypatch: Any) -> None:
    def crash(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(receiving, "finish_or_void", crash)
        with pytest.raises(KeyboardInterrupt):
            both.one()
    assert both.awards() == [("learning", date(2026, 11, 20), "preparing")]
    assert list(both.recorded().values()) == ["issued"]
    assert both.one(2, verb={"id": COMPLETED}).outcome is Outcome.IGNORED, "another report is no second award"
    taken = both.one()
    assert (taken.outcome, taken.new) == (Outcome.ISSUED, False)
    assert both.awards() == [("learning", date(2026, 11, 20), "issued")]


def test_a_crash_before_the_commit_leaves_nothing(both: Academy, monkeypatch: Any) -> None:
    def crash(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(receiving._Taker, "_store", crash)
        with pytest.raises(KeyboardInterrupt):
            both.one()
    assert (both.awards(), both.recorded()) == ([], {})
    assert both.one().outcome is Outcome.ISSUED


def test_passed_and_completed_at_the_same_moment_are_one_award(both: Academy) -> None:
    outcomes: list[Outcome] = []
    ready = threading.Barrier(3)

    def send(number: int, verb: str) -> None:
        ready.wait()
        outcomes.append(both.one(number, verb={"id": verb}).outcome)

    threads = [threading.Thread(target=send, args=one) for one in ((1, PASSED), (2, COMPLETED), (1, PASSED))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outcomes) == 3
    assert len(both.awards()) == 1


@pytest.mark.parametrize(("activity", "level"), [("guide", "guide"), ("judged", "judged")])
def test_what_others_decide_is_proposed_once(both: Academy, activity: str, level: str) -> None:
    changes = {"object": {"id": f"{LMS}/{activity}"}, "verb": {"id": COMPLETED if level == "judged" else PASSED}}
    first = both.one(**changes)
    assert first.outcome is Outcome.PROPOSED
    assert both.one(**changes).proposal_id == first.proposal_id
    running = both.one(2, **changes)
    assert (running.outcome, running.proposal_id) == (Outcome.IGNORED, first.proposal_id)
    (proposal,) = both.proposals()
    assert (proposal.source, proposal.proposed_by, proposal.state) == ("learning", "learning:moodle", "proposed")
    assert both.awards() == []


def test_a_proposal_that_was_made_and_not_recorded_is_found_again(academy: Academy, monkeypatch: Any) -> None:
    def crash(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(receiving._Taker, "record", crash)
        with pytest.raises(KeyboardInterrupt):
            academy.one(object={"id": f"{LMS}/guide"})
    assert academy.recorded() == {}
    taken = academy.one(object={"id": f"{LMS}/guide"})
    assert (taken.outcome, len(academy.proposals())) == (Outcome.PROPOSED, 1)


def test_a_proposal_that_is_refused_late_is_recorded_as_refused(academy: Academy, monkeypatch: Any) -> None:
    from issuer.errors import Fault

    def refuse(*_: Any, **__: Any) -> None:
        raise ProposalRefused("The proposal", [Fault("person", "changed meanwhile")])

    monkeypatch.setattr(receiving, "propose", refuse)
    taken = academy.one(object={"id": f"{LMS}/guide"})
    assert (taken.outcome, taken.detail) == (Outcome.REFUSED, "person: changed meanwhile")


def test_the_same_id_with_another_content_is_a_conflict_and_takes_nothing(both: Academy) -> None:
    both.one()
    with pytest.raises(ReportConflict) as caught:
        both.send(
            both.statement(1, actor={"mbox": "mailto:lukasz@acme.example"}),
            both.statement(2, actor={"mbox": "mailto:lukasz@acme.example"}),
        )
    assert "@" not in str(caught.value)
    assert both.awards("lukasz") == []
    stored = {**both.statement(), "stored": "2026-11-21T00:00:00Z", "authority": {"mbox": "mailto:lrs@acme.example"}}
    assert both.send(stored)[0].new is False, "what a store adds is no other content"


def test_of_several_none_is_taken_if_one_cannot_be(both: Academy) -> None:
    unknown = both.statement(2, actor={"mbox": "mailto:nobody@acme.example"})
    receipt = both.receive(*read_statements([both.statement(), unknown]))
    assert [one.event_id for one in receipt.refused] == [f"statement:{unknown['id']}"]
    assert receipt.held_back == (f"statement:{both.statement()['id']}",)
    assert both.awards() == []
    assert list(both.recorded().values()) == ["refused"]
    assert both.one().outcome is Outcome.ISSUED


def test_a_batch_is_taken_in_the_order_of_time(academy: Academy) -> None:
    lab = academy.statement(2, object={"id": f"{LMS}/labs/1"}, timestamp="2026-11-21T10:00:00Z")
    assert [one.outcome for one in academy.send(lab, academy.statement())] == [Outcome.ISSUED, Outcome.ISSUED]


def test_a_webhook_is_remembered_by_its_id(both: Academy) -> None:
    reports, delivery = read_statements(both.statement()), Delivery("msg_1", "a" * 64)
    assert both.receive(*reports, delivery=delivery).taken[0].new
    assert not both.receive(*reports, delivery=delivery).taken[0].new
    with pytest.raises(ReportConflict, match="msg_1"):
        both.receive(*read_statements(both.statement(2)), delivery=Delivery("msg_1", "b" * 64))
    event = both.event()
    with pytest.raises(ReportConflict, match="msg_1"):
        both.receive(event, delivery=Delivery("msg_1", event.digest))
    assert len(list_events(both.db, "acme")) == 1, "a delivery is no report"


def test_events_of_our_own_form_name_the_level_and_need_a_rule(both: Academy) -> None:
    assert "must be held first" in both.receive(both.event()).taken[0].detail
    both.one()
    person = {"employee_number": "4711"}
    assert both.receive(both.event(2, person=person)).taken[0].outcome is Outcome.ISSUED
    wrong = both.event(3, type="learning.passed", level="judged")
    assert both.receive(wrong).taken[0].detail == "the rules for this ask for completed, and the report says passed"
    nowhere = both.event(4, level="nowhere")
    assert both.receive(nowhere).taken[0].detail == "there is no level 'nowhere' of a program 'safety' in use"
    future = both.event(5, completed_on="2026-11-23")
    assert "in the future" in both.receive(future).taken[0].detail
    basics = both.event(6, level="basics", type="learning.passed", person={"email": "lukasz@acme.example"})
    assert "the rule asks for score.scaled" in both.receive(basics).taken[0].detail


def test_trying_a_report_tells_and_does_nothing(academy: Academy) -> None:
    statements = [
        academy.statement(),
        academy.statement(2, object={"id": f"{LMS}/guide"}),
        academy.statement(3, actor={"mbox": "mailto:nobody@acme.example"}),
    ]
    before = audit.head(academy.db)
    trials = try_reports(academy.db, "acme", system="moodle", reports=read_statements(statements), now=NOW)
    assert [one.outcome for one in trials] == [Outcome.ISSUED, Outcome.PROPOSED, Outcome.REFUSED]
    assert trials[0].detail == "safety/basics would be awarded, for 2026-11-20"
    assert trials[0].rule is not None
    assert (trials[0].program, trials[0].rule.level) == ("safety", "basics")
    assert (audit.head(academy.db), academy.recorded(), academy.awards()) == (before, {}, [])
    (other,) = try_reports(academy.db, "acme", system="canvas", reports=read_statements(statements[:1]), now=NOW)
    assert other.outcome is Outcome.IGNORED


def test_unreadable_reports_are_refused_with_every_fault(academy: Academy) -> None:
    bad = academy.statement(1, actor={"mbox": "mailto:zoe@acme.example", "openid": "https://z.example"}, id="7",
                            timestamp="2026-11-20T09:00:00", verb={}, object={"id": "courses/basics"}, colour="red",
                            result={"success": "yes", "score": {"scaled": 1.2, "x": 1}})  # fmt: skip
    with pytest.raises(ReportUnreadable) as caught:
        academy.send(academy.statement(2), bad)
    assert {fault.where for fault in caught.value.faults} == {
        "/1/colour", "/1/verb/id", "/1/actor", "/1/object/id", "/1/result/success", "/1/result/score/x",
        "/1/result/score/scaled", "/1/timestamp", "/1/id",
    }  # fmt: skip
    assert "zoe" not in str(caught.value)
    assert academy.recorded() == {}


def test_control_characters_of_a_sender_reach_no_row(both: Academy) -> None:
    both.one()
    event = both.event(results={"a\x00": "1\x00"}, evidence=[{"rule": "b\x00", "name": "c\x00"}])
    (taken,) = both.receive(event).taken
    assert taken.outcome is Outcome.REFUSED
    assert taken.detail.isprintable()
    assert "has no result" in taken.detail


@pytest.mark.parametrize("kind", [[], {}, None, 5])
def test_an_actor_of_no_kind_is_a_fault(academy: Academy, kind: object) -> None:
    with pytest.raises(ReportUnreadable, match="/actor"):
        academy.one(actor={"objectType": kind, "mbox": "mailto:zoe@acme.example"})


@pytest.mark.parametrize(
    ("timestamp", "why"), [("9999-12-31T23:59:59Z", "in the future"), ("0001-01-01T00:00:00Z", "too long ago")]
)
def test_the_ends_of_time_are_refused_in_words(academy: Academy, timestamp: str, why: str) -> None:
    taken = academy.one(timestamp=timestamp)
    assert (taken.outcome, why in taken.detail) == (Outcome.REFUSED, True)


def test_a_score_beyond_all_measure_is_a_fault(academy: Academy) -> None:
    with pytest.raises(ReportUnreadable, match="/result/score/raw"):
        academy.one(result={"score": {"scaled": 0.9, "raw": 1e30}})


def test_what_people_revoked_no_report_gives_back(academy: Academy) -> None:
    academy.one()
    with academy.db.read() as session:
        one = session.query(CredentialRow).one().id
    revoke(academy.db, academy.house.keyring, credential_id=one, reason="Cheated.", actor="cli:officer", now=NOW)
    taken = academy.one(2, timestamp="2026-11-21T09:00:00+01:00")
    assert taken.outcome is Outcome.PROPOSED, "people decide"
    assert len(academy.awards()) == 1


def test_who_is_known_from_another_issuer_only_is_nobody_here(academy: Academy) -> None:
    create_issuer(academy.db, slug="other", name="Other", base_url="http://localhost:8001", actor="t", now=NOW)
    with academy.db.write() as session:
        wanted = Wanted(
            key="k", digest="", request="{}", valid_from=NOW, valid_until=None, formats=(), purposes=(),
            document_id="urn:x", recipient=Recipient("Mallory", "ben@acme.example", "did:web:mallory.example"),
        )  # fmt: skip
        allocate(
            session, issuer_row(session, "other"), [wanted], address=str, source="vc-api", actor="t", now=NOW,
            randomness=academy.house.randomness,
        )  # fmt: skip
    taken = academy.one(actor={"mbox": "mailto:ben@acme.example"})
    assert (taken.outcome, "other issuers only" in taken.detail) == (Outcome.REFUSED, True)


def test_addresses_are_hashed_once_for_all_statements(academy: Academy, monkeypatch: pytest.MonkeyPatch) -> None:
    hashed: list[str] = []
    real = learners._digest
    monkeypatch.setattr(learners, "_digest", lambda address: hashed.append(address) or real(address))
    actor = {"mbox_sha1sum": sha1(b"mailto:zoe@acme.example").hexdigest()}  # noqa: S324
    academy.send(*(academy.statement(number, actor=actor) for number in range(1, 4)))
    assert len(hashed) == len(set(hashed))
