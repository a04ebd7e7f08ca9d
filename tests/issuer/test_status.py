"""Revoking, suspending, reinstating: what is allowed, and that the published list says it at once and nothing else."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, text

from credentials.proofs import data_integrity
from credentials.status_list import Bitstring, read_status
from issuer import audit
from issuer.catalogue import Standing, find_credential
from issuer.doctor import examine
from issuer.ending_keys import mark_compromised
from issuer.errors import ListRefused, OwnOutputMismatch, Refused, TransitionRefused, UnknownCredential
from issuer.issue import issue
from issuer.published import document, status_list_id
from issuer.signing_keys import Use, list_keys, rotate
from issuer.status import Change, StatusChange, reinstate, revoke, suspend
from issuer.status_lists import (
    LIST_VALIDITY,
    RENEWED_AFTER,
    compare_lists,
    ensure_fresh_list,
    ensure_fresh_lists,
    take_slots,
)
from issuer.tables import IssuerRow, StatusListRow
from keys import base64url
from tests.issuer.conftest import NOW, House


@pytest.fixture
def expert(house: House) -> UUID:
    return issued(house, 1, "expert")


def issued(house: House, number: int, level: str = "associate") -> UUID:
    report = issue(
        house.db,
        house.keyring,
        issuer="acme",
        requests=[house.request(number, level)],
        actor="t",
        now=NOW,
        randomness=house.randomness,
    )
    return report.new[0].id


def change(house: House, what: Callable[..., StatusChange], one: UUID, reason: str = "Because.") -> StatusChange:
    return what(house.db, house.keyring, credential_id=one, reason=reason, actor="anna", now=NOW + timedelta(hours=1))


def published_status(house: House, one: UUID) -> dict[str, bool]:
    """What a stranger reads: the list by its URL, its proof verified with the published key, the bit."""
    view = find_credential(house.db, one)
    assert view is not None
    assert view.document is not None
    entries = view.document["credentialStatus"]
    found = {}
    for entry in entries if isinstance(entries, list) else [entries]:
        served = document(house.db, entry["statusListCredential"])
        assert served is not None
        assert served.media_type == "application/vc"
        status_list = json.loads(served.body)
        assert status_list["issuer"] == house.issuer.did
        (proof,) = status_list["proof"]
        key = next(key for key in list_keys(house.db) if key.verification_method == proof["verificationMethod"])
        data_integrity.verify_proof(status_list, proof, key.public_key)
        found[entry["statusPurpose"]] = bool(read_status(status_list, entry))
    return found


def test_a_fresh_credential_is_neither_revoked_nor_suspended(house: House, expert: UUID) -> None:
    assert published_status(house, expert) == {"revocation": False, "suspension": False}


def test_revoking_is_seen_at_once(house: House, expert: UUID) -> None:
    done = change(house, revoke, expert, "The exam was somebody else's.")
    assert (done.change, done.edition) == (Change.REVOKED, 2)
    assert published_status(house, expert) == {"revocation": True, "suspension": False}
    view = find_credential(house.db, expert)
    assert view is not None
    assert view.standing(NOW + timedelta(hours=2)) is Standing.REVOKED
    assert view.record.revocation_reason == "The exam was somebody else's."
    assert [(event.change, event.actor) for event in view.events] == [("revoked", "anna")]
    (event,) = audit.events(house.db, subject=f"credential:{expert}", after=1)[-1:]
    assert event.action == "credential revoked"
    assert "somebody" not in str(event.details), "reasons may speak of people: the trail keeps their hash"


def test_only_that_one_credential_is_touched(house: House, expert: UUID) -> None:
    others = [issued(house, number) for number in range(2, 6)]
    change(house, revoke, expert)
    assert not any(published_status(house, one)["revocation"] for one in others)


def test_suspending_and_reinstating(house: House, expert: UUID) -> None:
    change(house, suspend, expert, "Under review.")
    assert published_status(house, expert) == {"revocation": False, "suspension": True}
    change(house, reinstate, expert, "Cleared.")
    assert published_status(house, expert) == {"revocation": False, "suspension": False}
    change(house, suspend, expert)
    change(house, revoke, expert)
    assert published_status(house, expert) == {"revocation": True, "suspension": True}
    view = find_credential(house.db, expert)
    assert view is not None
    assert [event.change for event in view.events] == ["suspended", "reinstated", "suspended", "revoked"]


def test_what_the_life_of_a_credential_does_not_allow_is_refused(house: House, expert: UUID) -> None:
    with pytest.raises(TransitionRefused, match="is not suspended"):
        change(house, reinstate, expert)
    change(house, suspend, expert)
    with pytest.raises(TransitionRefused, match="is suspended already"):
        change(house, suspend, expert)
    change(house, revoke, expert, "Fraud.")
    for what in (revoke, suspend, reinstate):
        with pytest.raises(
            TransitionRefused, match=r"was revoked on 22 November 2026, 11:00 UTC \(Fraud\.\); that is final"
        ):
            change(house, what, expert)
    with pytest.raises(TransitionRefused, match=r"without a suspension entry.*status: \[revocation, suspension\]"):
        change(house, suspend, issued(house, 2))
    with pytest.raises(UnknownCredential):
        change(house, revoke, uuid4())
    third = issued(house, 3)
    for reason in ("", "  ", "x" * 1001, "a\x07b"):
        with pytest.raises(Refused):
            change(house, revoke, third, reason)


def test_lists_are_renewed_before_they_grow_stale(house: House, expert: UUID) -> None:
    view = find_credential(house.db, expert)
    assert view is not None
    list_id = view.entries[0].list_id
    url = f"http://localhost:8000/status-lists/{list_id}"
    assert status_list_id(house.db, url) == list_id
    assert ensure_fresh_list(house.db, house.keyring, list_id, NOW + RENEWED_AFTER - timedelta(seconds=1)) is False
    later = NOW + RENEWED_AFTER
    assert ensure_fresh_list(house.db, house.keyring, list_id, later) is True
    assert ensure_fresh_list(house.db, house.keyring, list_id, later) is False
    served = document(house.db, url)
    assert served is not None
    body = json.loads(served.body)
    assert (body["validFrom"], body["validUntil"]) == ("2026-11-23T10:00:00Z", "2026-11-30T10:00:00Z")
    assert body["credentialSubject"]["ttl"] == 300_000
    assert served.max_age == timedelta(minutes=5)
    assert ensure_fresh_lists(house.db, house.keyring, later) == 1, "the suspension list"
    assert later + LIST_VALIDITY > later
    assert ensure_fresh_list(house.db, house.keyring, uuid4(), NOW) is False


def test_after_a_rotation_lists_are_signed_with_the_new_key(house: House, expert: UUID) -> None:
    rotated = rotate(
        house.db, house.keyring, issuer=None, use=Use.DATA_INTEGRITY, actor="t", now=NOW, randomness=house.randomness
    )
    change(house, revoke, expert)
    assert published_status(house, expert)["revocation"]
    with house.db.read() as session:
        bodies = [json.loads(body) for body in session.scalars(select(StatusListRow.body)) if body]
    methods = {body["credentialSubject"]["statusPurpose"]: body["proof"][0]["verificationMethod"] for body in bodies}
    assert methods["revocation"] == rotated.new.verification_method
    assert methods["suspension"] != rotated.new.verification_method


# What a list never says


def rows_changed_by_hand(house: House, statement: str, one: UUID) -> None:
    with house.db.write() as session:
        value = one.hex if "sqlite" in house.db.url_shown else str(one)
        session.execute(text(statement), {"one": value})


def compared(house: House) -> str:
    """What the complete comparison of all lists with all rows finds."""
    try:
        compare_lists(house.db)
    except ListRefused as refusal:
        return str(refusal)
    return ""


def test_a_row_changed_without_an_event_is_published_by_nobody_and_found(house: House, expert: UUID) -> None:
    other = issued(house, 2)
    assert compared(house) == ""
    rows_changed_by_hand(
        house, "UPDATE credentials SET revoked_at = issued_at, revocation_reason = 'x' WHERE id = :one", other
    )
    change(house, revoke, expert)
    assert published_status(house, expert)["revocation"] is True
    assert published_status(house, other)["revocation"] is False
    assert "without a recorded event" in compared(house)
    assert any("stand otherwise" in fault for one in examine(house.db, now=NOW).examinations for fault in one.faults)
    with pytest.raises(ListRefused, match="without a recorded event"):
        ensure_fresh_lists(house.db, house.keyring, NOW + timedelta(hours=1) + RENEWED_AFTER)
    view = find_credential(house.db, expert)
    assert view is not None
    served = document(house.db, f"http://localhost:8000/status-lists/{view.entries[1].list_id}")
    assert served is not None
    assert json.loads(served.body)["validFrom"] == "2026-11-23T11:00:00Z", "a refused list does not hold up the others"


@pytest.mark.parametrize(
    "harm",
    [
        "UPDATE credentials SET revoked_at = NULL, revocation_reason = NULL WHERE id = :one",
        "UPDATE status_events SET position = (position + 1) % 131072 WHERE credential_id = :one",
        "DELETE FROM status_entries WHERE credential_id = :one",
    ],
)
def test_an_edition_says_of_what_changed_what_its_row_says(house: House, expert: UUID, harm: str) -> None:
    other = issued(house, 2)
    change(house, revoke, expert)
    rows_changed_by_hand(house, "UPDATE status_events SET edition = NULL WHERE credential_id = :one", expert)
    rows_changed_by_hand(house, harm, expert)
    with pytest.raises(ListRefused, match="differ from the credentials' records"):
        change(house, revoke, other)
    assert published_status(house, other)["revocation"] is False


def test_a_revoked_bit_is_never_cleared(house: House, expert: UUID) -> None:
    change(house, revoke, expert)
    rows_changed_by_hand(
        house, "UPDATE credentials SET revoked_at = NULL, revocation_reason = NULL WHERE id = :one", expert
    )
    other, third = issued(house, 2), issued(house, 3)
    change(house, revoke, other)
    assert published_status(house, expert)["revocation"] is True
    assert "differ from the credentials' records" in compared(house)
    rows_changed_by_hand(
        house,
        "UPDATE status_events SET edition = NULL, change = 'reinstated', bit = false WHERE credential_id = :one",
        expert,
    )
    with pytest.raises(ListRefused, match="revoked is final"):
        change(house, revoke, third)
    assert published_status(house, expert)["revocation"] is True


def test_an_edition_that_cannot_be_read_is_not_built_upon(house: House, expert: UUID) -> None:
    with house.db.write() as session:
        row = session.scalars(select(StatusListRow).where(StatusListRow.purpose == "revocation")).one()
        assert row.body is not None
        row.body = row.body.replace(b'"encodedList":"uH4s', b'"encodedList":"uH4t')
    with pytest.raises(ListRefused, match="cannot be read"):
        change(house, revoke, expert)


def test_a_list_that_was_encoded_otherwise_goes_on_in_blocks(house: House, expert: UUID) -> None:
    """As editions were before blocks: compressed in one piece."""
    other = issued(house, 2)
    change(house, revoke, other)
    with house.db.write() as session:
        row = session.scalars(select(StatusListRow).where(StatusListRow.purpose == "revocation")).one()
        assert row.body is not None
        body = json.loads(row.body)
        bits = Bitstring.decode(body["credentialSubject"]["encodedList"])
        body["credentialSubject"]["encodedList"] = "u" + base64url.encode(gzip.compress(bits.data))
        row.body = json.dumps(body, separators=(",", ":")).encode()
    change(house, revoke, expert)
    assert published_status(house, other)["revocation"] is True
    assert published_status(house, expert)["revocation"] is True
    assert compared(house) == ""


@pytest.mark.parametrize("harm", ["signature", "text"])
def test_a_list_that_does_not_read_back_is_not_published(
    house: House, expert: UUID, monkeypatch: pytest.MonkeyPatch, harm: str
) -> None:
    real = data_integrity.add_proof

    def harmed(*given, **named):  # type: ignore[no-untyped-def]
        secured = real(*given, **named)
        body = json.loads(secured.body)
        if harm == "signature":
            value = body["proof"][0]["proofValue"]
            body["proof"][0]["proofValue"] = value[:-1] + ("2" if value[-1] != "2" else "3")
        else:
            body["validUntil"] = "2099-01-01T00:00:00Z"
        return replace(secured, body=json.dumps(body, separators=(",", ":")).encode())

    monkeypatch.setattr("issuer.list_editions.data_integrity.add_proof", harmed)
    with pytest.raises(OwnOutputMismatch, match="does not verify"):
        change(house, revoke, expert)
    monkeypatch.undo()
    assert published_status(house, expert)["revocation"] is False


# Recorded, and not published: a crash in between


def test_what_was_recorded_and_not_published_is_published_with_the_next_delivery(
    house: House, expert: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(*_: object) -> None:
        raise RuntimeError("the power fails")

    monkeypatch.setattr("issuer.bulk_status.publish_recorded", dies)
    with pytest.raises(RuntimeError):
        change(house, revoke, expert, "Fraud.")
    monkeypatch.undo()
    assert published_status(house, expert)["revocation"] is False
    view = find_credential(house.db, expert)
    assert view is not None
    assert view.record.revocation_reason == "Fraud.", "recorded"
    late = examine(house.db, now=NOW + timedelta(hours=3))
    assert any("waits to be published" in fault for one in late.examinations for fault in one.faults)
    assert ensure_fresh_list(house.db, house.keyring, view.entries[0].list_id, NOW + timedelta(hours=1)) is True
    assert published_status(house, expert)["revocation"] is True
    assert examine(house.db, now=NOW + timedelta(hours=3)).sound


def test_asking_again_for_what_was_recorded_publishes_it(
    house: House, expert: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("issuer.bulk_status.publish_recorded", lambda *_: {}.popitem())
    with pytest.raises(KeyError):
        change(house, revoke, expert)
    monkeypatch.undo()
    with pytest.raises(TransitionRefused, match="that is final"):
        change(house, revoke, expert)
    assert published_status(house, expert)["revocation"] is True


# Slots


def test_when_a_list_is_full_the_next_one_opens(house: House, expert: UUID) -> None:
    with house.db.write() as session:
        session.execute(text("UPDATE status_lists SET next_sequence = size - 3"))
    with house.db.write() as session:
        owner = session.scalars(select(IssuerRow)).one()
        slots = take_slots(session, owner, "revocation", 5, house.randomness)
    lists = [list_id for list_id, _ in slots]
    assert lists.count(lists[0]) == 3
    assert lists.count(lists[-1]) == 2
    assert len(set(slots)) == 5
    with house.db.read() as session:
        rows = session.execute(
            select(StatusListRow.ordinal, StatusListRow.is_open, StatusListRow.next_sequence)
            .where(StatusListRow.purpose == "revocation")
            .order_by(StatusListRow.ordinal)
        ).all()
    assert [tuple(row) for row in rows] == [(1, False, 131_072), (2, True, 2)]
    late = issued(house, 7)
    assert published_status(house, late) == {"revocation": False}
    change(house, revoke, late)
    assert published_status(house, late) == {"revocation": True}


def test_slots_of_a_transaction_that_failed_are_given_out_again_but_never_twice(house: House) -> None:
    def take(fail: bool) -> list[tuple[UUID, int]]:
        with house.db.write() as session:
            slots = take_slots(session, session.scalars(select(IssuerRow)).one(), "revocation", 3, house.randomness)
            if fail:
                raise RuntimeError
            return slots

    first = take(fail=False)
    with pytest.raises(RuntimeError):
        take(fail=True)
    assert not set(first) & set(take(fail=False))


def test_a_bitstring_as_published_has_no_bit_too_many(house: House, expert: UUID) -> None:
    change(house, revoke, expert)
    with house.db.read() as session:
        body = session.scalars(select(StatusListRow.body).where(StatusListRow.purpose == "revocation")).one()
    assert body is not None
    bits = Bitstring.decode(json.loads(body)["credentialSubject"]["encodedList"])
    assert len(Bitstring.of_length(131_072).differences(bits)) == 1


def test_a_list_signed_with_a_key_that_is_compromised_since_is_signed_anew(house: House) -> None:
    one = issued(house, 1)
    change(house, revoke, one)
    old = next(key for key in list_keys(house.db) if key.use is Use.DATA_INTEGRITY)
    rotate(
        house.db, house.keyring, issuer=None, use=Use.DATA_INTEGRITY, actor="t", now=NOW, randomness=house.randomness
    )
    assert ensure_fresh_lists(house.db, house.keyring, NOW + timedelta(hours=2)) == 0
    mark_compromised(house.db, issuer=None, fragment=old.fragment, reason="laptop stolen", actor="t", now=NOW)
    assert ensure_fresh_lists(house.db, house.keyring, NOW + timedelta(hours=2)) == 1
    assert published_status(house, one) == {"revocation": True}
