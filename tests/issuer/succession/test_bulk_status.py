"""Revoking, suspending and reinstating many: whom it touches, one publication, and nothing twice."""

from __future__ import annotations

from datetime import date, timedelta
from time import process_time
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, insert, select

from issuer import audit
from issuer.bulk_status import Result, change_all, change_many
from issuer.doctor import examine
from issuer.errors import Refused, TransitionRefused
from issuer.preview import preview_status
from issuer.selection import Selection, level_named, select_credentials
from issuer.status import Change, reinstate, suspend
from issuer.status_by_rule import reinstate_by_rule, suspend_by_rule
from issuer.tables import AwardRow, CredentialRow, NoticeRow, StatusEntryRow, StatusEventRow, StatusListRow
from tests.issuer.succession.conftest import NOW, Works


def chosen(works: Works, **wanted: object) -> set[UUID]:
    return {one.id for one in select_credentials(works.db, Selection(**wanted))}  # type: ignore[arg-type]


def test_each_way_to_select(works: Works) -> None:
    basics, oath, other = works.earned(), works.earned("oath"), works.earned("oath", date(2026, 5, 1), 2)
    assert chosen(works, persons=("ANA1@example.org",)) == {basics, oath}
    assert chosen(works, program="safety") == {basics, oath, other}
    assert chosen(works, level=level_named("safety/oath")) == {oath, other}
    assert chosen(works, query="NÚÑEZ 2") == {other}
    assert chosen(works, earned_before=date(2026, 5, 1)) == {basics, oath}
    assert chosen(works, ids=(oath, other), program="safety") == {oath, other}
    assert chosen(works, persons=("ana1@example.org",), level=level_named("safety/oath")) == {oath}
    # valid through 10 January, which in Berlin ends at 22:59:59 UTC
    assert chosen(works, expiring_before=date(2027, 1, 10)) == set()
    assert chosen(works, expiring_before=date(2027, 1, 11)) == {basics, oath}


def test_a_selection_of_everything_or_of_nothing_known_is_refused(works: Works) -> None:
    with pytest.raises(Refused, match="empty"):
        chosen(works)
    with pytest.raises(Refused) as refusal:
        chosen(works, persons=("nobody@example.org",), program="none", level=level_named("safety/none"), ids=(uuid4(),))
    assert len(refusal.value.faults) == 4
    with pytest.raises(Refused, match="program/level"):
        level_named("basics")


def test_the_preview_says_what_would_be_done_and_what_cannot(works: Works) -> None:
    one, two, oath = works.earned(number=1), works.earned(number=2), works.earned("oath")
    suspend(works.db, works.keyring, credential_id=two, reason="x", actor="t", now=NOW)
    selected = select_credentials(works.db, Selection(program="safety"))
    shown = preview_status(selected, Change.SUSPENDED)
    assert [item.id for item in shown.touched] == [one]
    assert [item.id for item in shown.already] == [two]
    ((refused, why),) = shown.refused
    assert refused.id == oath
    assert "without a suspension entry" in why
    assert (shown.told, shown.people) == (1, 1)
    assert preview_status(selected, Change.REVOKED).levels == (("Safety basics", 2), ("Safety oath", 1))
    outcomes = change_many(
        works.db,
        works.keyring,
        credential_ids=[item.id for item in selected],
        change=Change.SUSPENDED,
        reason="A review.",
        actor="t",
        now=NOW,
    )
    assert {item.credential_id: item.result for item in outcomes} == {
        one: Result.DONE,
        two: Result.ALREADY,
        oath: Result.REFUSED,
    }


def test_a_chunk_is_published_once_told_once_and_repeated_in_vain(works: Works) -> None:
    ids = [works.earned(number=number) for number in range(1, 5)]
    with works.db.read() as session:
        before = session.scalars(select(StatusListRow.edition).where(StatusListRow.purpose == "revocation")).one()

    def run() -> list[Result]:
        outcomes = change_many(
            works.db,
            works.keyring,
            credential_ids=[*ids, ids[0]],
            change=Change.REVOKED,
            reason="The exam was leaked.",
            actor="t",
            now=NOW,
        )
        return [one.result for one in outcomes]

    assert run() == [Result.DONE] * 4
    assert run() == [Result.ALREADY] * 4
    with works.db.read() as session:
        after = session.scalars(select(StatusListRow.edition).where(StatusListRow.purpose == "revocation")).one()
        assert after == before + 1
        assert session.scalar(select(func.count()).select_from(StatusEventRow)) == 4
    told = [facts for kind, facts in works.notices() if kind == "revoked"]
    assert len(told) == 4
    assert {facts["reason"] for facts in told} == {"The exam was leaked."}
    assert audit.verify(works.db).whole
    assert examine(works.db, now=NOW).sound


def test_a_rule_reinstates_only_what_a_rule_suspended(works: Works) -> None:
    one, other = works.earned(number=1), works.earned(number=2)

    def by_rule(what: object, which: UUID) -> Result:
        return what(works.db, works.keyring, credential_id=which, because="“Basics” lapsed.", now=NOW).result  # type: ignore[operator,no-any-return]

    assert by_rule(suspend_by_rule, one) is Result.DONE
    assert by_rule(suspend_by_rule, one) is Result.ALREADY
    assert by_rule(reinstate_by_rule, one) is Result.DONE
    assert by_rule(reinstate_by_rule, one) is Result.ALREADY
    suspend(works.db, works.keyring, credential_id=other, reason="A review.", actor="anna", now=NOW)
    assert by_rule(suspend_by_rule, other) is Result.ALREADY
    assert by_rule(reinstate_by_rule, other) is Result.REFUSED
    reinstate(works.db, works.keyring, credential_id=other, reason="Done.", actor="anna", now=NOW)
    assert by_rule(reinstate_by_rule, other) is Result.ALREADY
    assert by_rule(suspend_by_rule, works.earned("oath")) is Result.REFUSED, "no entry: nobody could see it"


def test_what_a_person_suspends_after_a_rule_stands_until_a_person_reinstates(works: Works) -> None:
    one = works.earned()
    said = {"credential_id": one, "now": NOW}
    suspend_by_rule(works.db, works.keyring, because="“Basics” lapsed.", **said)  # type: ignore[arg-type]
    (selected,) = select_credentials(works.db, Selection(ids=(one,)))
    assert preview_status([selected], Change.SUSPENDED).touched == (selected,), (
        "it is a change, and the preview says so"
    )
    suspend(works.db, works.keyring, reason="An inquiry.", actor="cli:officer", **said)  # type: ignore[arg-type]
    assert works.view(one).record.suspension_reason == "An inquiry."
    held_again = reinstate_by_rule(works.db, works.keyring, because="Held again.", **said)  # type: ignore[arg-type]
    assert held_again.result is Result.REFUSED
    assert works.view(one).record.suspended_at == NOW
    with pytest.raises(TransitionRefused, match="already"):
        suspend(works.db, works.keyring, reason="Once more.", actor="cli:officer", **said)  # type: ignore[arg-type]
    assert suspend_by_rule(works.db, works.keyring, because="Lapsed.", **said).result is Result.ALREADY  # type: ignore[arg-type]
    reinstate(works.db, works.keyring, reason="Nothing was found.", actor="cli:officer", **said)  # type: ignore[arg-type]
    assert works.view(one).record.suspended_at is None
    assert examine(works.db, now=NOW).sound


@pytest.mark.slow
def test_thousands_of_revocations_are_a_matter_of_seconds(sqlite_works: Works) -> None:
    works, number = sqlite_works, 3_000
    ids = copies(works, works.earned(), number)
    works.db.close()
    began = process_time()
    selected = select_credentials(works.db, Selection(level=level_named("safety/basics")))
    shown = preview_status(selected, Change.REVOKED)
    assert len(shown.touched) == number + 1
    outcomes = list(
        change_all(
            works.db,
            works.keyring,
            credential_ids=ids,
            change=Change.REVOKED,
            reason="The exam was leaked.",
            actor="t",
            now=NOW + timedelta(minutes=1),
        )
    )
    seconds = process_time() - began
    assert sum(one.result is Result.DONE for one in outcomes) == number
    assert seconds < 40, f"{seconds:.1f} s"
    with works.db.read() as session:
        assert session.scalar(select(func.count()).select_from(NoticeRow)) == number + 1


def copies(works: Works, one: UUID, number: int) -> list[UUID]:
    """So many credentials as that one, as rows alone: signing them is not what is measured."""
    with works.db.write() as session:
        credential, award = session.get_one(CredentialRow, one), None
        award = session.get_one(AwardRow, credential.award_id)
        status_list = session.scalars(select(StatusListRow).where(StatusListRow.purpose == "revocation")).one()
        taken = session.scalars(select(StatusEntryRow.position).where(StatusEntryRow.list_id == status_list.id)).all()
        free = [index for index in range(number + len(taken)) if index not in taken][:number]
        ids = [uuid4() for _ in range(number)]
        awards = [uuid4() for _ in range(number)]

        def like(row: object, **changes: object) -> dict[str, object]:
            members = {c.key: getattr(row, c.key) for c in row.__table__.columns} | changes  # type: ignore[attr-defined]
            return {name: value for name, value in members.items() if value is not None}

        session.execute(insert(AwardRow), [like(award, id=id_, idempotency_key=str(id_)) for id_ in awards])
        session.execute(
            insert(CredentialRow),
            [like(credential, id=id_, award_id=award_id) for id_, award_id in zip(ids, awards, strict=True)],
        )
        session.execute(
            insert(StatusEntryRow),
            [
                {"credential_id": id_, "purpose": "revocation", "list_id": status_list.id, "position": index}
                for id_, index in zip(ids, free, strict=True)
            ],
        )
    return ids


def test_nobody_is_told_of_what_was_awarded_long_ago(sqlite_works: Works) -> None:
    from issuer.awards import AwardRequest
    from issuer.issue import issue

    request = AwardRequest("Ana", "ana@example.org", "safety", "oath", date(2024, 3, 1))
    issue(
        sqlite_works.db,
        sqlite_works.keyring,
        issuer="acme",
        requests=[request],
        actor="t",
        now=NOW,
        randomness=sqlite_works.randomness,
        source="history",
    )
    assert sqlite_works.notices() == []
