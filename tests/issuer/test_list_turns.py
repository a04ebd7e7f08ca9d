"""Many changes in a moment: each is in a published edition when it is confirmed, and many share one."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from credentials import strict_json
from credentials.bitstring import Bitstring
from issuer import audit
from issuer.bulk_status import change_in, publish_changed, tell_trail, unseal
from issuer.doctor import examine
from issuer.issue import issue
from issuer.list_turns import publish_recorded
from issuer.status import Change, StatusChange, reinstate, revoke, suspend
from issuer.store import Database
from issuer.tables import StatusEntryRow, StatusListRow
from tests.issuer.conftest import NOW, House

LATER = NOW + timedelta(hours=1)


def issued(house: House, count: int, level: str = "associate") -> list[UUID]:
    report = issue(
        house.db,
        house.keyring,
        issuer="acme",
        requests=[house.request(number, level) for number in range(1, count + 1)],
        actor="t",
        now=NOW,
        randomness=house.randomness,
    )
    return [one.id for one in report.new]


def revocation_list(house: House) -> tuple[UUID, int, Bitstring]:
    with house.db.read() as session:
        row = session.scalars(select(StatusListRow).where(StatusListRow.purpose == "revocation")).one()
        assert row.body is not None
        encoded = strict_json.parse(row.body)["credentialSubject"]["encodedList"]
        return row.id, row.edition, Bitstring.decode(encoded)


def positions(house: House, ids: Sequence[UUID]) -> set[int]:
    with house.db.read() as session:
        return set(
            session.scalars(
                select(StatusEntryRow.position).where(
                    StatusEntryRow.credential_id.in_(ids), StatusEntryRow.purpose == "revocation"
                )
            )
        )


def set_bits(bits: Bitstring) -> frozenset[int]:
    return bits.differences(Bitstring.of_length(len(bits)))


def test_what_several_recorded_is_published_in_one_edition(house: House) -> None:
    """Four record before any of them comes to publish; their publishers run at once."""
    ids = issued(house, 4)
    _, before, _ = revocation_list(house)
    unseal(house.db, house.keyring, ids)
    recorded = []
    for one in ids:
        with house.db.write() as session:
            changed = change_in(session, [one], change=Change.REVOKED, reason="x", actor="t", now=LATER, tell=False)
            tell_trail(session, changed, actor="t", now=LATER)
            recorded.append(changed)
    with ThreadPoolExecutor(4) as pool:
        outcomes = list(
            pool.map(lambda changed: publish_changed(house.db, house.keyring, changed, now=LATER), recorded)
        )
    assert {one.edition for (one,) in outcomes} == {before + 1}
    _, edition, bits = revocation_list(house)
    assert edition == before + 1
    assert set_bits(bits) == positions(house, ids)
    again = {changed_list: events for one in recorded for changed_list, events in one.waiting.items()}
    assert set(publish_recorded(house.db, house.keyring, again, LATER).values()) == {before + 1}
    assert revocation_list(house)[1] == before + 1, "nothing waited: no other edition"


def test_revocations_at_once_are_all_published_when_they_are_confirmed(house: House) -> None:
    ids = issued(house, 12)
    database_of_another_worker = Database(house.db.url_shown)
    list_id, before, _ = revocation_list(house)

    def take_back(numbered: tuple[int, UUID]) -> StatusChange:
        number, one = numbered
        db = house.db if number % 2 else database_of_another_worker
        done = revoke(db, house.keyring, credential_id=one, reason="Fraud.", actor="t", now=LATER)
        assert positions(house, [one]) <= set_bits(revocation_list(house)[2]), "confirmed, so published"
        return done

    with ThreadPoolExecutor(6) as pool:
        done = list(pool.map(take_back, enumerate(ids)))
    database_of_another_worker.close()
    _, edition, bits = revocation_list(house)
    assert set_bits(bits) == positions(house, ids)
    assert {one.list_id for one in done} == {list_id}
    assert before < min(one.edition for one in done)
    assert max(one.edition for one in done) == edition <= before + len(ids)
    assert audit.verify(house.db).whole
    assert examine(house.db, now=LATER + timedelta(days=1)).sound


def test_of_several_changes_of_one_credential_the_last_counts(house: House) -> None:
    (one,) = issued(house, 1, "expert")

    def recorded(change: Change) -> None:
        with house.db.write() as session:
            changed = change_in(session, [one], change=change, reason="x", actor="t", now=LATER, tell=False)
            tell_trail(session, changed, actor="t", now=LATER)

    recorded(Change.SUSPENDED)
    recorded(Change.REINSTATED)
    asked = {"credential_id": one, "reason": "x", "actor": "t", "now": LATER}
    with house.db.read() as session:
        before = session.scalars(select(StatusListRow.edition).where(StatusListRow.purpose == "suspension")).one()
    assert suspend(house.db, house.keyring, **asked).edition == before + 1  # type: ignore[arg-type]
    assert reinstate(house.db, house.keyring, **asked).edition == before + 2  # type: ignore[arg-type]
    assert examine(house.db, now=LATER + timedelta(days=1)).sound
