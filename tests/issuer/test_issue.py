"""Issuing awards: what is signed, what is recorded, and that nothing happens twice or by half."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select, text

from credentials.identity import matches
from credentials.model import conformance
from credentials.prepared import SecuredCredential, prepare
from credentials.problems import MALFORMED_VALUE_ERROR, refuse
from credentials.proofs import data_integrity, jose
from credentials.shapes.shapes import Shapes
from issuer import audit
from issuer import prepare as prepare_room
from issuer.awards import AwardRequest, Evidence
from issuer.catalogue import count_credentials, find_credential, rendering
from issuer.errors import (
    AwardsRefused,
    Fault,
    IdempotencyConflict,
    KeyMismatch,
    NoSigningKey,
    OwnOutputMismatch,
    UnknownIssuer,
)
from issuer.issue import IssueProgress, IssueReport, issue, resume
from issuer.issuers import create_issuer
from issuer.prepare import prepare_document
from issuer.signing import PreparationRefused, Signed, Step, verify_own_output
from issuer.signing_keys import Use, list_keys
from issuer.store import Database
from issuer.tables import PersonRow
from keys.keyring import Keyring
from tests.issuer.conftest import NOW, House


def run(house: House, requests: Sequence[AwardRequest], **changes: object) -> IssueReport:
    arguments: dict[str, object] = {
        "issuer": "acme",
        "requests": requests,
        "actor": "test",
        "now": NOW,
        "randomness": house.randomness,
    }
    return issue(house.db, house.keyring, **{**arguments, **changes})  # type: ignore[arg-type]


def signed_json(house: House, report: IssueReport, number: int = 0) -> dict[str, object]:
    found = rendering(house.db, report.credentials[number].id, "json")
    assert found is not None
    return dict(json.loads(found.body))


def test_an_award_becomes_a_credential_that_strangers_can_verify(house: House) -> None:
    request = house.request(
        1,
        "expert",
        narrative="Two weeks on call.",
        license_number="L-1",
        evidence=(Evidence("https://example.org/essay", "Essay"), Evidence(None, "On-call log")),
    )
    (one,) = run(house, [request]).new
    body, token = rendering(house.db, one.id, "json"), rendering(house.db, one.id, "jwt")
    assert body is not None
    assert token is not None
    keys = {key.use: key for key in list_keys(house.db)}

    document = json.loads(body.body)
    (proof,) = document["proof"]
    data_integrity.verify_proof(document, proof, keys[Use.DATA_INTEGRITY].public_key)
    assert proof["verificationMethod"] == keys[Use.DATA_INTEGRITY].verification_method
    assert proof["created"] == "2026-11-22T10:00:00Z"

    jwt = jose.parse(token.body)
    jose.verify(jwt, keys[Use.JWT].public_key)
    assert (jwt.alg, jwt.kid) == ("RS256", keys[Use.JWT].verification_method)
    assert jose.check_claims(jwt) == ()
    assert jwt.credential == {name: value for name, value in document.items() if name != "proof"}

    assert document["id"] == one.url == f"http://localhost:8000/credentials/{one.id}"
    assert document["issuer"]["id"] == "did:web:localhost%3A8000"
    assert document["evidence"] == [
        {"id": "https://example.org/essay", "type": ["Evidence"], "name": "Essay"},
        {"type": ["Evidence"], "name": "On-call log"},
    ]
    subject = document["credentialSubject"]
    assert (subject["narrative"], subject["licenseNumber"]) == ("Two weeks on call.", "L-1")
    assert subject["achievement"]["version"] == "1"
    exam, defence = subject["result"]
    assert exam["value"] == "88"
    assert defence["achievedLevel"] == f"{subject['achievement']['id']}#defence/distinction"
    name, email = subject["identifier"]
    assert name["identityHash"] == "Ana Núñez 1"
    assert "ana1@" not in body.text.lower()
    assert matches(email, "ana1@example.org", "emailAddress")
    assert not matches(email, "ana2@example.org", "emailAddress")


def test_validity_counts_from_the_award_in_the_programs_time_zone(house: House) -> None:
    report = run(house, [house.request(1, awarded_on=date(2024, 2, 29))])
    document = signed_json(house, report)
    assert document["validFrom"] == document["awardedDate"] == "2024-02-28T23:00:00Z"
    assert document["validUntil"] == "2026-02-28T22:59:59Z"
    assert report.new[0].valid_until == datetime(2026, 2, 28, 22, 59, 59, tzinfo=UTC)


def test_one_status_object_unless_the_level_asks_for_two(house: House) -> None:
    report = run(house, [house.request(1), house.request(2, "expert")])
    assert isinstance(signed_json(house, report, 0)["credentialStatus"], dict)
    both = signed_json(house, report, 1)["credentialStatus"]
    assert isinstance(both, list)
    assert [entry["statusPurpose"] for entry in both] == ["revocation", "suspension"]
    assert both[0]["statusListCredential"] != both[1]["statusListCredential"]


def test_the_same_list_twice_issues_nothing_twice(house: House) -> None:
    requests = [house.request(number) for number in range(5)]
    first, second = run(house, requests), run(house, requests, now=NOW + timedelta(hours=1))
    assert (len(first.new), len(second.new)) == (5, 0)
    assert [one.id for one in second.already] == [one.id for one in first.credentials]
    more = run(house, [*requests, house.request(9)])
    assert [one.name for one in more.new] == ["Ana Núñez 9"]
    assert count_credentials(house.db, now=NOW).issued == 6


def test_a_key_used_for_something_else_is_a_conflict_and_nothing_is_issued(house: House) -> None:
    run(house, [house.request(1), house.request(2)])
    with pytest.raises(IdempotencyConflict, match="row 2: this award was made before with other content") as caught:
        run(house, [house.request(1, name="Anna"), house.request(2, narrative="x"), house.request(3)])
    assert len(caught.value.faults) == 2
    assert count_credentials(house.db, now=NOW).issued == 2


def test_a_key_of_ones_own_makes_two_awards_of_one_day(house: House) -> None:
    report = run(house, [house.request(1), house.request(1, idempotency_key="second", origin="row 9")])
    assert len({one.id for one in report.new}) == 2


def test_one_wrong_award_stops_all_with_every_fault(house: House) -> None:
    with pytest.raises(AwardsRefused) as caught:
        run(
            house,
            [
                house.request(1),
                house.request(2, email="nobody"),
                house.request(3, "expert", results=()),
                house.request(4, name="tab\there"),
                house.request(5, awarded_on=date(2026, 12, 24)),
            ],
        )
    assert [fault.where for fault in caught.value.faults] == [
        "row 3, email",
        "row 4, result:exam",
        "row 5, name",
        "row 6, awarded_on",
    ]
    assert count_credentials(house.db, now=NOW).issued == 0
    with pytest.raises(AwardsRefused, match="the same award as row 2"):
        run(house, [house.request(1), house.request(1)])


def test_a_person_is_one_person_whatever_the_case_of_the_address(house: House) -> None:
    report = run(
        house,
        [
            house.request(1),
            house.request(1, "expert", email="ANA1@EXAMPLE.ORG", name="Ana N. Married"),
        ],
    )
    one, two = (signed_json(house, report, number)["credentialSubject"] for number in (0, 1))
    assert one["id"] == two["id"]  # type: ignore[index]
    assert str(one["id"]).startswith("urn:uuid:")  # type: ignore[index]
    with house.db.read() as session:
        assert session.scalars(select(PersonRow)).one().id is not None
    own = run(house, [house.request(3, did="did:web:example.org:ana")])
    assert signed_json(house, own)["credentialSubject"]["id"] == "did:web:example.org:ana"  # type: ignore[index]


def test_a_batch_goes_in_chunks_and_reports_every_numbered_step(house: House) -> None:
    seen: list[IssueProgress] = []
    report = run(house, [house.request(number) for number in range(5)], chunk_size=2, progress=seen.append)
    assert len(report.new) == 5
    assert [one.step for one in seen[:7]] == [
        Step.READ,
        Step.ALLOCATE,
        Step.PREPARE,
        Step.SIGN,
        Step.VERIFY,
        Step.STORE,
        Step.DONE,
    ]
    assert [one.done for one in seen if one.step is Step.DONE] == [2, 4, 5]
    assert {one.total for one in seen} == {5}


def test_everything_issued_is_in_the_audit_trail_without_names(house: House) -> None:
    report = run(house, [house.request(1)])
    (event,) = audit.events(house.db, subject=f"credential:{report.new[0].id}")
    assert (event.action, event.actor, event.details["formats"]) == ("credential issued", "test", ["json", "jwt"])
    assert audit.verify(house.db).whole
    everything = str(audit.events(house.db, limit=1000))
    assert "Ana" not in everything
    assert "xample.org" not in everything


# Steps 4 and 5: what does not verify is never kept


def tampered(secured: SecuredCredential) -> SecuredCredential:
    return dataclasses.replace(secured, body=secured.body.replace(b"Cloud Associate", b"Cloud Architect"))


def test_a_signature_that_does_not_verify_stops_the_batch(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    real = data_integrity.Stamp.secure_all
    monkeypatch.setattr(data_integrity.Stamp, "secure_all", lambda *given: [*map(tampered, real(*given))])
    with pytest.raises(OwnOutputMismatch, match="does not verify"):
        run(house, [house.request(1), house.request(2)])
    counts = count_credentials(house.db, now=NOW)
    assert (counts.issued, counts.preparing) == (0, 2)
    monkeypatch.undo()
    assert len(resume(house.db, house.keyring, actor="sweep", now=NOW).finished) == 2


def test_what_is_issued_one_by_one_is_checked_for_each_shape_once_and_is_the_same(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The memory of shapes changes how long issuing takes, and nothing else."""
    monkeypatch.setattr(prepare_room, "_SHAPES", Shapes())
    checked: list[str] = []
    check = conformance.check

    def checking(document: Mapping[str, Any], **how: Any) -> Any:
        checked.append(document["id"])
        return check(document, **how)

    monkeypatch.setattr(conformance, "check", checking)
    issued = [run(house, [house.request(number)]).new[0] for number in range(1, 7)]
    assert 0 < len(set(checked) & {one.url for one in issued}) < 6
    for one in issued:
        found = rendering(house.db, one.id, "json")
        assert found is not None
        document = json.loads(found.body)
        del document["proof"]
        assert found.body.startswith(prepare(document).json[:-1])


def test_a_document_that_is_not_the_one_prepared_is_found_even_if_it_verifies(house: House) -> None:
    key = next(key for key in list_keys(house.db) if key.use is Use.DATA_INTEGRITY)
    report = run(house, [house.request(1), house.request(2)])
    documents = []
    for one in report.new:
        found = rendering(house.db, one.id, "json")
        assert found is not None
        document = json.loads(found.body)
        del document["proof"]
        documents.append((found, prepare_document(document, (), house.issuer)))
    verify_own_output(Signed(report.new[0].id, "json", documents[0][0], key), documents[0][1])
    with pytest.raises(OwnOutputMismatch, match="something else than was prepared"):
        verify_own_output(Signed(report.new[0].id, "json", documents[0][0], key), documents[1][1])


def test_every_flipped_bit_of_our_own_output_is_noticed(house: House) -> None:
    report = run(house, [house.request(1)])
    keys = {key.use: key for key in list_keys(house.db)}
    for format_, use in (("json", Use.DATA_INTEGRITY), ("jwt", Use.JWT)):
        found = rendering(house.db, report.new[0].id, format_)
        assert found is not None
        plain = json.loads(rendering(house.db, report.new[0].id, "json").body)  # type: ignore[union-attr]
        del plain["proof"]
        prepared = prepare_document(plain, (), house.issuer)
        for position in range(7, len(found.body), 61):
            flipped = bytearray(found.body)
            flipped[position] ^= 1
            secured = SecuredCredential(found.media_type, bytes(flipped))
            with pytest.raises(OwnOutputMismatch):
                verify_own_output(Signed(report.new[0].id, format_, secured, keys[use]), prepared)


def test_a_key_file_that_was_exchanged_signs_nothing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    with house.db.write() as session:
        uris = session.execute(text("SELECT key_uri FROM signing_keys WHERE use = 'data-integrity'")).scalar_one()
        session.execute(text("UPDATE signing_keys SET key_uri = :uri WHERE use = 'jwt'"), {"uri": uris})
    with pytest.raises(KeyMismatch, match="is not the one that"):
        run(house, [house.request(1)])


def test_without_keys_nothing_can_be_issued(database: Database, keyring: Keyring) -> None:
    with pytest.raises(UnknownIssuer, match="there is none yet"):
        issue(database, keyring, issuer=None, requests=[], actor="t", now=NOW, randomness=bytes)
    create_issuer(database, slug="acme", name="Acme", base_url="https://acme.example", actor="t", now=NOW)
    with pytest.raises(NoSigningKey, match="guildmark keys create"):
        issue(database, keyring, issuer=None, requests=[], actor="t", now=NOW, randomness=bytes)
    with pytest.raises(UnknownIssuer, match="known are: acme"):
        issue(database, keyring, issuer="acne", requests=[], actor="t", now=NOW, randomness=bytes)


def test_a_credential_shows_the_version_it_was_earned_under(house: House) -> None:
    from issuer.program_file import read_program
    from issuer.programs import apply_program
    from tests.issuer.conftest import PROGRAM

    old = run(house, [house.request(1)])
    apply_program(
        house.db, issuer=None, actor="t", now=NOW, definition=read_program(PROGRAM.replace(b"monitoring", b"tracing"))
    )
    new = run(house, [house.request(1), house.request(2)])
    assert [one.new for one in new.credentials] == [False, True]
    views = [find_credential(house.db, one.id) for one in (old.new[0], new.new[0])]
    assert [view.achievement.version for view in views if view and view.achievement] == ["1", "2"]


def test_a_refusal_without_an_origin_begins_with_its_place(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    refusal = refuse(MALFORMED_VALUE_ERROR, "No", "This cannot be signed.", "/credentialSubject/narrative")

    def refused(*_: object) -> None:
        raise refusal

    monkeypatch.setattr("issuer.rehearsal.rehearse_award", refused)
    for origin, where in (("", "/credentialSubject/narrative"), ("row 7", "row 7, /credentialSubject/narrative")):
        with pytest.raises(AwardsRefused) as caught:
            run(house, [house.request(1, origin=origin)])
        assert [str(fault) for fault in caught.value.faults] == [f"{where}: This cannot be signed."]


def test_what_cannot_be_prepared_after_all_names_credential_and_place() -> None:
    one = uuid4()
    refusal = PreparationRefused({one: refuse(MALFORMED_VALUE_ERROR, "No", "This is wrong.", "/validFrom")})
    assert refusal.faults == (Fault(f"credential {one}, /validFrom", "This is wrong."),)


def test_every_rendering_is_named_in_the_audit_trail_of_its_credential(house: House) -> None:
    before = len(list(audit.events(house.db, after=0, limit=100)))
    report = run(house, [house.request(number) for number in range(3)])
    events = [event for event in audit.events(house.db, after=before, limit=100) if event.action == "credential issued"]
    assert {event.subject: event.details["formats"] for event in events} == {
        f"credential:{one.id}": ["json", "jwt"] for one in report.new
    }
