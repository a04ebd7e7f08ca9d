"""What a status tells besides yes and no: messages of several bits, and that there is a newer version."""

from __future__ import annotations

import json
from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from credentials.proofs import data_integrity
from credentials.status_list import read_status
from issuer import audit
from issuer.bulk_status import Result, suspended_by_rule
from issuer.catalogue import CredentialView, find_credential
from issuer.doctor import examine
from issuer.errors import ListRefused, Refused, TransitionRefused, UnknownCredential
from issuer.issue import issue
from issuer.list_sizes import list_sizes, resize
from issuer.program_document import level_document
from issuer.program_file import read_program
from issuer.programs import apply_program, catalogue_of
from issuer.published import document
from issuer.signing_keys import list_keys
from issuer.status import reinstate, revoke, suspend
from issuer.status_by_rule import suspend_by_rule
from issuer.status_lists import compare_lists, ensure_fresh_lists
from issuer.status_told import messages_of, say, say_many, tell_of_newer
from issuer.succession.correction import Corrections
from issuer.succession.reissue import reissue
from issuer.succession.renew import renew_many
from issuer.succession.renewal_work import RenewalWish
from issuer.tables import IssuerRow
from tests.issuer.conftest import NOW, House

PROGRAM = """
program: cloud
name: Cloud Engineering
levels:
  - level: associate
    name: Cloud Associate
    criteria: Runs a service in the cloud.
    validity: 12 months
    status: [message, revocation, refresh]
    status_messages: [In good standing, Under review, Audit passed, Audit failed]
    recertification: {window: 90 days, takes: reassessment, refresh_service: true}
  - level: expert
    name: Cloud Expert
    criteria: Designs platforms.
    validity: 12 months
    status: [revocation, suspension, message]
    status_messages: [Current, Retired]
    status_reference: https://example.org/what-our-words-mean
    results:
      - {id: exam, name: Final exam, type: Percent, required: true, passing: 70}
      - id: defence
        name: Defence
        levels:
          - {id: passed, name: Passed}
          - {id: distinction, name: With distinction}
"""
WORDS = ("In good standing", "Under review", "Audit passed", "Audit failed")
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def telling(house: House) -> House:
    apply_program(house.db, issuer="acme", definition=read_program(PROGRAM.encode()), actor="t", now=NOW)
    return house


def issued(house: House, *numbers: int, level: str = "associate") -> list[UUID]:
    requests = [house.request(number, level) for number in numbers]
    report = issue(
        house.db, house.keyring, issuer="acme", requests=requests, actor="t", now=NOW, randomness=house.randomness
    )
    found = {one.email.lower(): one.id for one in report.new}
    return [found[one.email.lower()] for one in requests]


def view(house: House, one: UUID) -> CredentialView:
    found = find_credential(house.db, one)
    assert found is not None
    return found


def entries(house: House, one: UUID) -> dict[str, dict[str, object]]:
    signed = view(house, one).document
    assert signed is not None
    return {entry["statusPurpose"]: entry for entry in signed["credentialStatus"]}


def published(house: House, one: UUID) -> dict[str, int]:
    """What a stranger reads in each of its lists, their proofs verified with the published key."""
    found = {}
    for purpose, entry in entries(house, one).items():
        served = document(house.db, str(entry["statusListCredential"]))
        assert served is not None
        listed = json.loads(served.body)
        (proof,) = listed["proof"]
        key = next(key for key in list_keys(house.db) if key.verification_method == proof["verificationMethod"])
        data_integrity.verify_proof(listed, proof, key.public_key)
        found[purpose] = read_status(listed, entry)
    return found


def said(house: House, one: UUID, word: str) -> Result:
    return say(house.db, house.keyring, credential_id=one, message=word, actor="anna", now=LATER).result


def test_a_credential_names_each_message_and_where_they_are_explained(telling: House) -> None:
    (associate,), (expert,) = issued(telling, 1), issued(telling, 2, level="expert")
    of_two_bits, of_one = entries(telling, associate)["message"], entries(telling, expert)["message"]
    assert [*entries(telling, associate)] == ["revocation", "refresh", "message"]
    assert [*entries(telling, expert)] == ["revocation", "suspension", "message"]
    assert of_two_bits["statusSize"] == 2
    assert of_two_bits["statusMessage"] == [{"status": hex(n), "message": word} for n, word in enumerate(WORDS)]
    level = view(telling, associate).achievement
    assert level is not None
    assert of_two_bits["statusReference"] == level.content["id"]
    assert of_one["statusSize"] == 1
    assert of_one["statusReference"] == "https://example.org/what-our-words-mean"
    assert of_one["statusListCredential"] != of_two_bits["statusListCredential"]  # a list is of values of one size
    assert published(telling, associate) == {"revocation": 0, "refresh": 0, "message": 0}


def test_values_without_a_message_are_undefined_and_never_said(house: House) -> None:
    program = PROGRAM.replace("Under review, Audit passed, Audit failed]", "Under review, Closed]")
    apply_program(house.db, issuer="acme", definition=read_program(program.encode()), actor="t", now=NOW)
    (one,) = issued(house, 1)
    words = [each["message"] for each in entries(house, one)["message"]["statusMessage"]]  # type: ignore[attr-defined]
    assert words == ["In good standing", "Under review", "Closed", "undefined"]
    assert said(house, one, "Closed") is Result.DONE
    assert published(house, one)["message"] == 2
    with pytest.raises(TransitionRefused):
        said(house, one, "undefined")


def test_what_is_said_is_published_and_can_be_said_otherwise(telling: House) -> None:
    one, other = issued(telling, 1, 2)
    assert said(telling, one, "Audit failed") is Result.DONE
    assert published(telling, one)["message"] == 3
    assert said(telling, one, "Audit failed") is Result.ALREADY
    assert said(telling, one, "Audit passed") is Result.DONE
    assert said(telling, other, "Under review") is Result.DONE
    assert (published(telling, one)["message"], published(telling, other)["message"]) == (2, 1)
    assert said(telling, one, "In good standing") is Result.DONE
    assert published(telling, one) == {"revocation": 0, "refresh": 0, "message": 0}
    now = messages_of(telling.db, other)
    assert now is not None
    assert (now.words, now.word) == (WORDS, "Under review")
    assert compare_lists(telling.db) == 3
    assert examine(telling.db, now=NOW).sound
    told = [event for event in audit.events(telling.db, subject=f"credential:{one}") if "told" in event.action]
    assert [event.details["value"] for event in told] == [3, 2, 0]
    assert "Audit" not in json.dumps([event.details for event in told])


def test_many_are_told_in_one_edition_and_revoking_goes_on_as_before(telling: House) -> None:
    ids = issued(telling, *range(1, 6))
    sizes = {one.purpose: one.edition for one in list_sizes(telling.db)}
    outcomes = say_many(
        telling.db, telling.keyring, credential_ids=[*ids, uuid4()], message="Under review", actor="a", now=LATER
    )
    assert [one.result for one in outcomes] == [*[Result.DONE] * 5, Result.UNKNOWN]
    after = {one.purpose: one.edition for one in list_sizes(telling.db)}
    assert after == {**sizes, "message": sizes["message"] + 1}
    revoke(telling.db, telling.keyring, credential_id=ids[0], reason="Because.", actor="a", now=LATER)
    assert published(telling, ids[0]) == {"revocation": 1, "refresh": 0, "message": 1}
    assert published(telling, ids[1]) == {"revocation": 0, "refresh": 0, "message": 1}


def test_what_cannot_be_said_is_refused_with_the_words_that_can(telling: House) -> None:
    (one,) = issued(telling, 1)
    with pytest.raises(TransitionRefused, match=r"names no message “Bankrupt”, but “In good standing”, “Under review”"):
        said(telling, one, "Bankrupt")
    with pytest.raises(Refused, match="it is empty"):
        said(telling, one, " ")
    with pytest.raises(UnknownCredential):
        said(telling, uuid4(), "Under review")
    with pytest.raises(UnknownCredential):
        messages_of(telling.db, uuid4())


def test_a_credential_without_a_message_says_what_to_do(house: House) -> None:
    (one,) = issued(house, 1)
    assert messages_of(house.db, one) is None
    with pytest.raises(TransitionRefused, match=r"status: \[revocation, message\]"):
        said(house, one, "Under review")


def test_a_renewal_tells_of_itself_and_only_once(telling: House) -> None:
    one, other = issued(telling, 1, 2)
    now = NOW + timedelta(days=300)
    wish = RenewalWish(one, date(2027, 9, 10))
    (outcome,) = renew_many(
        telling.db,
        telling.keyring,
        wishes=[wish],
        actor="a",
        now=now,
        randomness=telling.randomness,
        assessed=True,
    )
    assert outcome.result is Result.DONE, outcome
    assert outcome.successor_id is not None
    assert published(telling, one) == {"revocation": 0, "refresh": 1, "message": 0}
    assert published(telling, other)["refresh"] == published(telling, outcome.successor_id)["refresh"] == 0
    assert tell_of_newer(telling.db, telling.keyring, None, actor="a", now=now) == 0
    rows_changed_by_hand(telling, "UPDATE status_entries SET value = 0 WHERE purpose = 'refresh' AND value = 1")
    with pytest.raises(ListRefused, match="differ"):
        compare_lists(telling.db)


def test_what_a_crash_left_untold_is_told_by_whoever_looks_next(telling: House) -> None:
    (one,) = issued(telling, 1)
    now = NOW + timedelta(days=300)
    renew = {"wishes": [RenewalWish(one, date(2027, 9, 10))], "actor": "a", "now": now, "assessed": True}
    renew_many(telling.db, telling.keyring, randomness=telling.randomness, **renew)  # type: ignore[arg-type]
    rows_changed_by_hand(telling, "DELETE FROM status_events WHERE change = 'told'")
    rows_changed_by_hand(telling, "UPDATE status_entries SET value = 0")
    rows_changed_by_hand(
        telling, "UPDATE status_lists SET edition = 0, body = NULL, published_at = NULL WHERE purpose = 'refresh'"
    )
    ensure_fresh_lists(telling.db, telling.keyring, now)
    assert published(telling, one)["refresh"] == 0
    assert tell_of_newer(telling.db, telling.keyring, None, actor="worker", now=now) == 1
    assert published(telling, one)["refresh"] == 1


def test_a_correction_tells_of_itself_beside_the_revocation(telling: House) -> None:
    (one,) = issued(telling, 1)
    reissue(
        telling.db,
        telling.keyring,
        credential_id=one,
        corrections=Corrections(name="Ana María Núñez"),
        reason="Misspelt.",
        actor="a",
        now=LATER,
        randomness=telling.randomness,
    )
    assert published(telling, one) == {"revocation": 1, "refresh": 1, "message": 0}


def test_a_message_between_two_suspensions_does_not_change_whose_they_are(telling: House) -> None:
    (one,) = issued(telling, 1, level="expert")
    suspend_by_rule(telling.db, telling.keyring, credential_id=one, because="A level lapsed.", now=LATER)
    said(telling, one, "Retired")
    with telling.db.read() as session:
        assert suspended_by_rule(session, [one]) == {one}
    suspend(telling.db, telling.keyring, credential_id=one, reason="Now by me.", actor="anna", now=LATER)
    reinstate(telling.db, telling.keyring, credential_id=one, reason="All is well.", actor="anna", now=LATER)
    assert published(telling, one) == {"revocation": 0, "suspension": 0, "message": 1}


def test_lists_of_messages_grow_as_others_do(telling: House) -> None:
    issued(telling, 1)
    resize(telling.db, issuer="acme", size=262_144, actor="a", now=LATER, randomness=telling.randomness)
    (later,) = issued(telling, 2)
    said(telling, later, "Audit passed")
    assert published(telling, later) == {"revocation": 0, "refresh": 0, "message": 2}
    assert {(one.purpose, one.size) for one in list_sizes(telling.db) if one.is_open} == {
        (purpose, 262_144) for purpose in ("revocation", "refresh", "message")
    }


def test_a_list_that_somebody_tampered_with_is_not_published(telling: House) -> None:
    one, other = issued(telling, 1, 2)
    said(telling, one, "Audit passed")
    rows_changed_by_hand(telling, "UPDATE status_entries SET value = 3 WHERE value = 2")
    with pytest.raises(ListRefused, match="without a recorded event"):
        compare_lists(telling.db)
    assert said(telling, other, "Under review") is Result.DONE  # an edition looks at its own events
    rows_changed_by_hand(telling, "UPDATE status_events SET edition = NULL WHERE value = 2")
    with pytest.raises(ListRefused, match="differ"):
        ensure_fresh_lists(telling.db, telling.keyring, LATER)


def test_the_level_says_in_its_file_what_it_was_made_of(telling: House) -> None:
    with telling.db.read() as session:
        owner = session.query(IssuerRow).one()
        levels = catalogue_of(session, owner).programs["cloud"].levels
    written = {level.level: level_document(level) for level in levels}
    assert written["associate"]["status_messages"] == [*WORDS]
    assert written["associate"]["status"] == ["message", "revocation", "refresh"]
    assert written["expert"]["status_reference"] == "https://example.org/what-our-words-mean"


@pytest.mark.parametrize(
    ("status", "fault"),
    [
        ("status: [message]\n    status_messages: [A, B]", "every credential can be revoked"),
        ("status: [revocation, message]", "write both, or none"),
        ("status_messages: [A, B]", "write both, or none"),
        ("status: [revocation, message]\n    status_messages: [A]", "2 to 16"),
        ("status: [revocation, message]\n    status_messages: [A, undefined]", "without a meaning"),
        ("status: [revocation, message]\n    status_messages: [A, A]", "two of the status_messages are the same"),
        ("status: [revocation, refresh]", "refresh_service: true"),
        ("status_reference: https://example.org/", "and there are none"),
    ],
)
def test_levels_that_contradict_themselves_are_refused(status: str, fault: str) -> None:
    program = f"program: p\nname: P\nlevels:\n  - level: a\n    name: A\n    criteria: C\n    {status}\n"
    with pytest.raises(Refused, match=fault):
        read_program(program.encode())


def rows_changed_by_hand(house: House, sql: str) -> None:
    with house.db.write() as session:
        session.execute(text(sql))
