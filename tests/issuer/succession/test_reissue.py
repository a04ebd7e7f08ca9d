"""Reissuing: what is corrected, what happens to the old credential, and what is refused."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from issuer import audit
from issuer.bulk_status import Result
from issuer.catalogue import Standing
from issuer.doctor import examine
from issuer.errors import Refused, TransitionRefused, UnknownCredential
from issuer.issue import issue, resume
from issuer.preview import Preview
from issuer.selection import Selection, level_named, select_credentials
from issuer.signing import Step
from issuer.status import revoke, suspend
from issuer.succession.correction import Corrections
from issuer.succession.outcomes import SuccessionOutcome
from issuer.succession.previews import current, preview_corrections
from issuer.succession.reissue import reissue, reissue_many
from issuer.succession.renew import renew
from issuer.succession.renewal_work import RenewalWish
from issuer.tables import CredentialRow, PersonAddressRow, PersonRow
from tests.issuer.conftest import House
from tests.issuer.succession.conftest import NOW, SAFETY, Works


def corrected(works: Works, one: UUID, reason: str = "A typing error.", **changes: Any) -> SuccessionOutcome:
    return reissue(
        works.db,
        works.keyring,
        credential_id=one,
        corrections=Corrections(**changes),
        reason=reason,
        actor="anna",
        now=NOW,
        randomness=works.randomness,
    )


def test_a_corrected_name_is_another_credential_of_the_same_award(works: Works) -> None:
    old = works.earned(name="Ana Nunez")
    new = corrected(works, old, name="Ana Núñez").successor_id
    assert new is not None
    before, after = works.view(old), works.view(new)
    assert after.award_id == before.award_id
    assert (after.record.valid_from, after.record.valid_until) == (before.record.valid_from, before.record.valid_until)
    assert after.record.recipient_name == "Ana Núñez"
    assert works.document(new)["credentialSubject"]["identifier"][0]["identityHash"] == "Ana Núñez"
    assert works.document(new)["relatedResource"][0]["id"].endswith(f"{old}.json")
    assert before.standing(NOW) is Standing.REVOKED
    assert before.record.revocation_reason == "superseded: A typing error."
    assert (before.successor, after.predecessor) == (new, old)
    assert "reissued_because" not in after.request
    with works.db.read() as session:
        assert session.scalars(select(PersonRow.name)).one() == "Ana Núñez"
    assert [kind for kind, _ in works.notices()] == ["issued", "reissued"], "one message, not two"
    assert examine(works.db, now=NOW).sound


def test_correcting_twice_leads_from_the_first_to_the_last(sqlite_works: Works) -> None:
    first = sqlite_works.earned()
    second = corrected(sqlite_works, first, name="Anna").successor_id
    assert second is not None
    third = corrected(sqlite_works, second, narrative="Well done.").successor_id
    assert sqlite_works.view(first).successor == third
    again = corrected(sqlite_works, first, name="Anna")
    assert (again.result, again.successor_id) == (Result.ALREADY, second), "it was made before"
    with pytest.raises(TransitionRefused, match="correct that one"):
        corrected(sqlite_works, first, name="Anne")


def test_the_list_issued_again_finds_the_corrected_credential(works: Works) -> None:
    old = works.earned()
    new = corrected(works, old, name="Anna").successor_id
    assert works.earned() == new


def test_a_new_address_or_did_is_said_and_remembered(sqlite_works: Works) -> None:
    old = sqlite_works.earned()
    new = corrected(sqlite_works, old, email="Ana@new.example", did="did:web:ana.example").successor_id
    assert new is not None
    assert sqlite_works.document(new)["credentialSubject"]["id"] == "did:web:ana.example"
    with sqlite_works.db.read() as session:
        assert set(session.scalars(select(PersonAddressRow.address))) == {"ana1@example.org", "ana@new.example"}


def test_somebody_elses_address_is_refused(sqlite_works: Works) -> None:
    old = sqlite_works.earned(number=1)
    sqlite_works.earned(number=2)
    with pytest.raises(TransitionRefused, match="somebody else"):
        corrected(sqlite_works, old, email="ANA2@example.org")


def test_everyone_of_a_level_to_the_newest_criteria(works: Works) -> None:
    ids = [works.earned(number=number) for number in (1, 2)]
    works.apply(SAFETY.replace(b"Knows the basics.", b"Knows all the basics."), datetime(2026, 6, 1, tzinfo=UTC))
    selection = Selection(level=level_named("safety/basics"))
    corrections = Corrections(newest_version=True)

    def preview() -> Preview:
        chosen = current(select_credentials(works.db, selection))
        return preview_corrections(works.db, chosen, corrections, now=NOW)

    assert (len(preview().touched), preview().told) == (2, 2)
    outcomes = reissue_many(
        works.db,
        works.keyring,
        credential_ids=[*ids, uuid4()],
        corrections=corrections,
        reason="New criteria.",
        actor="t",
        now=NOW,
        randomness=works.randomness,
    )
    assert [one.result for one in outcomes] == [Result.DONE, Result.DONE, Result.UNKNOWN]
    for one in outcomes[:2]:
        assert one.successor_id is not None
        achievement = works.view(one.successor_id).achievement
        assert achievement is not None
        assert achievement.version == "2"
        assert works.document(one.successor_id)["credentialSubject"]["achievement"]["version"] == "2"
    assert (len(preview().touched), len(preview().already)) == (0, 2), "a second time there is nothing to do"


def test_a_newest_version_that_demands_more_is_refused_in_words(sqlite_works: Works) -> None:
    old = sqlite_works.earned()
    exam = b"      - {id: exam, name: Exam, type: Percent, required: true, passing: 70}\n"
    drill = b"      - {id: drill, name: Drill, type: Percent, required: true}\n"
    more = SAFETY.replace(exam, exam + drill, 1)
    sqlite_works.apply(more, datetime(2026, 6, 1, tzinfo=UTC))
    with pytest.raises(TransitionRefused, match="drill"):
        corrected(sqlite_works, old, newest_version=True)
    assert corrected(sqlite_works, old, newest_version=True, results=(("drill", "90"),)).result is Result.DONE


def test_a_renewal_by_fewer_steps_can_be_corrected(sqlite_works: Works) -> None:
    old = sqlite_works.earned("steps")
    wish = RenewalWish(old, date(2026, 11, 20), results=(("practice", "77"),))
    new = renew(
        sqlite_works.db, sqlite_works.keyring, wish=wish, actor="t", now=NOW, randomness=sqlite_works.randomness
    ).successor_id
    assert new is not None
    assert corrected(sqlite_works, new, name="Anna").result is Result.DONE


def test_what_cannot_be_corrected(works: Works) -> None:
    revoked, suspended, other = (works.earned(number=number) for number in (1, 2, 3))
    revoke(works.db, works.keyring, credential_id=revoked, reason="x", actor="t", now=NOW)
    suspend(works.db, works.keyring, credential_id=suspended, reason="x", actor="t", now=NOW)
    with pytest.raises(TransitionRefused, match="award it anew"):
        corrected(works, revoked, name="Anna")
    with pytest.raises(TransitionRefused, match="reinstate it first"):
        corrected(works, suspended, name="Anna")
    with pytest.raises(UnknownCredential):
        corrected(works, uuid4(), name="Anna")
    with pytest.raises(Refused, match="nothing is to be changed"):
        corrected(works, other)
    with pytest.raises(TransitionRefused, match="is no e-mail address"):
        corrected(works, other, email="nobody")
    assert corrected(works, other, name="Ana Núñez 3").result is Result.ALREADY
    with pytest.raises(Refused, match="several are touched"):
        reissue_many(
            works.db,
            works.keyring,
            credential_ids=[other, works.earned(number=4)],
            corrections=Corrections(name="Anna"),
            reason="x",
            actor="t",
            now=NOW,
            randomness=works.randomness,
        )
    assert works.view(other).successor is None


def test_names_as_the_directory_has_them_now(sqlite_works: Works) -> None:
    old = sqlite_works.earned(name="Before")
    issue(
        sqlite_works.db,
        sqlite_works.keyring,
        issuer="acme",
        requests=[House.request(sqlite_works, 1, name="After", email="ana1@example.org")],
        actor="t",
        now=NOW,
        randomness=sqlite_works.randomness,
    )
    new = corrected(sqlite_works, old, directory_name=True).successor_id
    assert new is not None
    assert sqlite_works.view(new).record.recipient_name == "After"


def test_resuming_revokes_what_was_replaced(sqlite_works: Works) -> None:
    old = sqlite_works.earned()

    class Crash(BaseException):
        pass

    def crash(step: object) -> None:
        if str(step) == "7 supersede":
            raise Crash

    arguments: dict[str, Any] = {
        "credential_id": old,
        "corrections": Corrections(name="Anna"),
        "reason": "A typing error.",
        "actor": "t",
        "now": NOW,
        "randomness": sqlite_works.randomness,
    }
    with pytest.raises(Crash):
        reissue(sqlite_works.db, sqlite_works.keyring, **arguments, reached=crash)
    assert sqlite_works.view(old).standing(NOW) is Standing.VALID
    health = examine(sqlite_works.db, now=NOW + timedelta(days=1))
    assert any("was corrected, and not revoked yet" in fault for one in health.examinations for fault in one.faults)
    assert resume(sqlite_works.db, sqlite_works.keyring, actor="sweep", now=NOW).superseded == (old,)
    assert sqlite_works.view(old).record.revocation_reason == "superseded: A typing error."
    assert resume(sqlite_works.db, sqlite_works.keyring, actor="sweep", now=NOW).superseded == ()
    assert audit.verify(sqlite_works.db).whole


def test_another_correction_made_meanwhile_is_not_taken_for_this_one(sqlite_works: Works) -> None:
    old = sqlite_works.earned()
    others: list[UUID | None] = []

    def overtaken(step: Step) -> None:
        if step is Step.ALLOCATE and not others:
            others.append(None)
            others[0] = corrected(sqlite_works, old, name="Name 2").successor_id

    with pytest.raises(TransitionRefused, match="another process"):
        reissue(
            sqlite_works.db, sqlite_works.keyring, credential_id=old, corrections=Corrections(name="Name 1"),
            reason="r", actor="t", now=NOW, randomness=sqlite_works.randomness, reached=overtaken,
        )  # fmt: skip
    assert sqlite_works.view(old).successor == others[0]


def test_facts_that_are_none_are_null_for_the_database_too(works: Works) -> None:
    one = works.earned()
    with works.db.write() as session:
        row = session.get_one(CredentialRow, one)
        row.replaces_id, row.facts = one, {"a": 1}
        session.flush()
        row.facts = None
    with works.db.read() as session:
        assert session.scalars(select(CredentialRow.id).where(CredentialRow.facts.is_(None))).all() == [one]
