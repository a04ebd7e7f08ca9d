"""Renewing: who may, for what, for how long, and that the successor names its predecessor by its exact bytes."""

from __future__ import annotations

from base64 import b64decode
from dataclasses import replace
from datetime import UTC, date, datetime
from hashlib import sha384
from uuid import UUID, uuid4

import pytest
from sqlalchemy import delete, select

from credentials.instants import parse_instant
from issuer import audit
from issuer.bulk_status import Result
from issuer.catalogue import Standing
from issuer.errors import TransitionRefused, UnknownCredential
from issuer.published import document
from issuer.status import revoke, suspend
from issuer.succession.outcomes import SuccessionOutcome
from issuer.succession.renew import renew, renew_many
from issuer.succession.renewal_work import RenewalWish
from issuer.tables import AwardRow, CreditRow, LevelRow, RenderingRow
from tests.issuer.succession.conftest import NOW, Works

IN_WINDOW = date(2026, 11, 20)
"""Of what was earned on 10 January 2026 for 12 months."""


def wish(one: UUID, **changes: object) -> RenewalWish:
    return replace(RenewalWish(one, IN_WINDOW, results=(("exam", "91"),)), **changes)  # type: ignore[arg-type]


def renewed(works: Works, wanted: RenewalWish, now: datetime = NOW) -> SuccessionOutcome:
    return renew(works.db, works.keyring, wish=wanted, actor="anna", now=now, randomness=works.randomness)


def test_a_renewal_is_a_new_award_and_a_new_credential_that_names_its_predecessor(works: Works) -> None:
    old = works.earned()
    outcome = renewed(works, wish(old))
    assert outcome.result is Result.DONE
    assert outcome.successor_id is not None
    new = works.view(outcome.successor_id)
    assert (new.predecessor, new.source, new.decided_by) == (old, "renewal", "anna")
    assert new.award_id != works.view(old).award_id
    assert new.record.awarded_on == IN_WINDOW
    assert new.record.valid_until == datetime(2027, 11, 20, 22, 59, 59, tzinfo=UTC)
    (related,) = works.document(outcome.successor_id)["relatedResource"]
    assert related["id"] == f"http://localhost:8000/credentials/{old}.json"
    assert related["mediaType"] == "application/json"
    kind, _, digest = related["digestSRI"].partition("-")
    assert (kind, b64decode(digest)) == ("sha384", sha384(works.body(old)).digest())
    served = document(works.db, related["id"])
    assert served is not None
    assert served.body == works.body(old), "the address that is named serves the very bytes"
    assert works.view(old).standing(NOW) is Standing.VALID, "the predecessor stays valid through its last day"
    assert works.view(old).successor == outcome.successor_id
    assert [kind for kind, _ in works.notices()] == ["issued", "renewed"]
    assert works.notices()[1][1]["predecessor"] == str(old)
    assert audit.verify(works.db).whole


def test_a_credential_without_predecessor_names_none(works: Works) -> None:
    assert "relatedResource" not in works.document(works.earned())


def test_a_predecessor_that_was_issued_as_a_jwt_only_is_named_by_its_jwt(sqlite_works: Works) -> None:
    old = sqlite_works.earned()
    with sqlite_works.db.write() as session:
        session.execute(delete(RenderingRow).where(RenderingRow.credential_id == old, RenderingRow.format == "json"))
    new = renewed(sqlite_works, wish(old)).successor_id
    assert new is not None
    (related,) = sqlite_works.document(new)["relatedResource"]
    assert related["id"].endswith(f"{old}.jwt")
    assert related["mediaType"] == "text/plain"
    assert b64decode(related["digestSRI"].partition("-")[2]) == sha384(sqlite_works.body(old, "jwt")).digest()


def test_the_same_renewal_twice_is_one_and_another_is_refused(works: Works) -> None:
    old = works.earned()
    first = renewed(works, wish(old))
    again = renewed(works, wish(old))
    assert (again.result, again.successor_id) == (Result.ALREADY, first.successor_id)
    with pytest.raises(TransitionRefused, match="replaced by"):
        renewed(works, wish(old, completed_on=date(2026, 11, 21)))
    with works.db.read() as session:
        assert len(session.scalars(select(AwardRow)).all()) == 2


def test_a_renewal_can_be_renewed_and_the_oldest_page_leads_to_the_newest(sqlite_works: Works) -> None:
    old = sqlite_works.earned()
    second = renewed(sqlite_works, wish(old)).successor_id
    assert second is not None
    later = datetime(2027, 11, 1, 12, tzinfo=UTC)
    third = renewed(sqlite_works, wish(second, completed_on=date(2027, 10, 30)), later).successor_id
    assert third is not None
    assert sqlite_works.view(old).successor == third
    assert sqlite_works.view(second).successor == third
    assert sqlite_works.view(third).successor is None
    with pytest.raises(TransitionRefused, match="replaced by"):
        renewed(sqlite_works, wish(old, completed_on=date(2027, 10, 30)), later)


@pytest.mark.parametrize(
    ("completed_on", "now", "says"),
    [
        (date(2026, 11, 23), NOW, "in the future"),
        (date(2027, 3, 1), datetime(2027, 3, 2, tzinfo=UTC), "earned anew"),
        (date(2026, 1, 10), NOW, "later completion"),
    ],
)
def test_days_that_the_engine_refuses_are_refused_in_words(
    sqlite_works: Works, completed_on: date, now: datetime, says: str
) -> None:
    with pytest.raises(TransitionRefused, match=says):
        renewed(sqlite_works, wish(sqlite_works.earned(), completed_on=completed_on), now)


def test_within_grace_it_still_works(sqlite_works: Works) -> None:
    late = renewed(sqlite_works, wish(sqlite_works.earned(), completed_on=date(2027, 1, 25)), NOW.replace(year=2027))
    assert late.result is Result.DONE


def test_revoked_suspended_and_unknown_ones_are_not_renewed(works: Works) -> None:
    revoked, suspended = works.earned(number=1), works.earned(number=2)
    revoke(works.db, works.keyring, credential_id=revoked, reason="x", actor="t", now=NOW)
    suspend(works.db, works.keyring, credential_id=suspended, reason="x", actor="t", now=NOW)
    with pytest.raises(TransitionRefused, match="revoked"):
        renewed(works, wish(revoked))
    with pytest.raises(TransitionRefused, match="reinstated"):
        renewed(works, wish(suspended))
    with pytest.raises(UnknownCredential):
        renewed(works, wish(uuid4()))


def test_what_renewing_takes_is_asked_for(sqlite_works: Works) -> None:
    works = sqlite_works
    with pytest.raises(TransitionRefused, match="renewing takes this result"):
        renewed(works, wish(works.earned(), results=()))
    with pytest.raises(TransitionRefused, match="has no result 'essay'"):
        renewed(works, wish(works.earned(), results=(("exam", "90"), ("essay", "1"))))
    with pytest.raises(TransitionRefused, match="I have read the rules of this year"):
        renewed(works, wish(works.earned("oath", number=2), results=()))
    with pytest.raises(TransitionRefused, match="10 hours of continuing education; 0 are recorded"):
        renewed(works, wish(works.earned("hours", number=3), results=()))
    with pytest.raises(TransitionRefused, match="takes the step “practice”"):
        renewed(works, wish(works.earned("steps", number=4), results=(("exam", "90"),)))


def test_a_declaration_is_said_in_the_credential(sqlite_works: Works) -> None:
    old = sqlite_works.earned("oath")
    wanted = wish(old, results=(), declared=True)
    new = renewed(sqlite_works, wanted).successor_id
    assert new is not None
    assert sqlite_works.document(new)["credentialSubject"]["narrative"] == "I have read the rules of this year."
    assert renewed(sqlite_works, wanted).result is Result.ALREADY
    (event,) = [one for one in audit.events(sqlite_works.db) if one.action == "credential renewed"]
    assert "declaration_sha256" in event.details


def test_hours_that_were_done_are_enough(sqlite_works: Works) -> None:
    old = sqlite_works.earned("hours")
    with sqlite_works.db.write() as session:
        person_id = session.scalars(select(AwardRow.person_id)).one()
        level_id = session.scalars(select(LevelRow.id).where(LevelRow.slug == "hours")).one()
        session.add(
            CreditRow(
                person_id=person_id,
                level_id=level_id,
                done_on=date(2026, 6, 1),
                hundredths=1_000,
                activity="A course",
                recorded_by="t",
                recorded_at=NOW,
                idempotency_key="k",
            )
        )
    assert renewed(sqlite_works, wish(old, results=())).result is Result.DONE


def test_fewer_steps_are_enough_and_expiry_counts_from_the_old_one(sqlite_works: Works) -> None:
    old = sqlite_works.earned("steps")
    new = renewed(sqlite_works, wish(old, results=(("practice", "77"),))).successor_id
    assert new is not None
    assert sqlite_works.view(new).record.valid_until == datetime(2028, 1, 10, 22, 59, 59, tzinfo=UTC)
    results = sqlite_works.document(new)["credentialSubject"]["result"]
    assert [one["value"] for one in results] == ["77"]


def test_a_renewal_is_of_the_newest_criteria(sqlite_works: Works) -> None:
    from tests.issuer.succession.conftest import SAFETY

    old = sqlite_works.earned()
    sqlite_works.apply(
        SAFETY.replace(b"Knows the basics.", b"Knows the basics and more."), datetime(2026, 6, 1, tzinfo=UTC)
    )
    new = renewed(sqlite_works, wish(old)).successor_id
    assert new is not None
    achievement = sqlite_works.view(new).achievement
    assert achievement is not None
    assert achievement.version == "2"


def test_many_at_once_have_an_outcome_each(works: Works) -> None:
    right, wrong, unknown = works.earned(number=1), works.earned(number=2), uuid4()
    outcomes = renew_many(
        works.db,
        works.keyring,
        wishes=[wish(right), wish(wrong, results=()), wish(unknown)],
        actor="t",
        now=NOW,
        randomness=works.randomness,
    )
    assert [one.result for one in outcomes] == [Result.DONE, Result.REFUSED, Result.UNKNOWN]


def test_a_refresh_service_is_named_only_where_the_level_says_so(sqlite_works: Works) -> None:
    one, other = sqlite_works.earned(), sqlite_works.earned("oath", number=2)
    named = sqlite_works.document(one)
    assert named["refreshService"] == {
        "id": f"http://localhost:8000/credentials/{one}/refresh",
        "type": "1EdTechCredentialRefresh",
    }
    assert named["@context"][2] == "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json"
    assert "refreshService" not in sqlite_works.document(other)
    assert len(sqlite_works.document(other)["@context"]) == 2
    assert parse_instant(named["validFrom"]) == datetime(2026, 1, 9, 23, tzinfo=UTC)
    new = renewed(sqlite_works, wish(one)).successor_id
    served = document(sqlite_works.db, named["refreshService"]["id"])
    assert served is not None
    assert new is not None
    assert served.body == sqlite_works.body(new)


def test_a_result_that_was_not_passed_renews_nothing(works: Works) -> None:
    old = works.earned()
    with pytest.raises(TransitionRefused, match=r"result:exam.*does not pass"):
        renewed(works, wish(old, results=(("exam", "12"),)))
