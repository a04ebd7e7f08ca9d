"""What verifiers fetch, page readers see and API callers get."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from credentials.problems import Unacceptable
from credentials.proofs import data_integrity, jose
from issuer.api_tokens import Role, authenticate, create_token, list_tokens, revoke_token
from issuer.catalogue import (
    Filter,
    Standing,
    count_credentials,
    find_credential,
    list_credentials,
    rendering,
)
from issuer.documents import DocumentOptions, IssuedDocument, issue_document
from issuer.errors import AlreadyExists, IdempotencyConflict, Refused, TransitionRefused, Unknown
from issuer.issue import issue
from issuer.issuers import create_issuer
from issuer.programs import load_catalogue
from issuer.published import document
from issuer.signing_keys import Use, issuer_did_document, list_keys
from issuer.status import revoke, suspend
from tests.issuer.conftest import NOW, House

BASE = "http://localhost:8000"


def issued(house: House, *levels: str, **changes: object) -> list[Any]:
    requests = [house.request(number, level, **changes) for number, level in enumerate(levels)]
    return list(
        issue(
            house.db, house.keyring, issuer=None, requests=requests, actor="t", now=NOW, randomness=house.randomness
        ).credentials
    )


# Every public URL


def test_every_address_in_a_credential_leads_to_what_it_names(house: House) -> None:
    (one,) = issued(house, "expert")
    found = document(house.db, one.url)
    assert found is not None
    assert found.body == rendering(house.db, one.id, "json").body  # type: ignore[union-attr]
    credential = json.loads(found.body)
    achievement = credential["credentialSubject"]["achievement"]
    page = document(house.db, achievement["id"])
    assert page is not None
    assert {**json.loads(page.body), "@context": None} == {**achievement, "@context": None}
    version = document(house.db, f"{achievement['id']}/1")
    assert version is not None
    assert version.body == page.body
    did_document = document(house.db, f"{BASE}/.well-known/did.json")
    assert did_document is not None
    assert json.loads(did_document.body) == issuer_did_document(house.db)
    assert document(house.db, "https://localhost:8000/.well-known/did.json") == did_document, "as did:web spells it"
    profile = document(house.db, f"{BASE}/issuer")
    assert profile is not None
    assert json.loads(profile.body)["id"] == credential["issuer"]["id"]
    token = document(house.db, one.url, format_="jwt")
    assert token is not None
    assert token.media_type == "application/vc+jwt"


def test_what_is_not_ours_or_not_there_is_nothing(house: House) -> None:
    for url in (
        f"{BASE}/credentials/{uuid4()}",
        f"{BASE}/status-lists/{uuid4()}",
        f"{BASE}/achievements/{uuid4()}",
        f"{BASE}/issuers/acme",
        f"{BASE}/issuers/acme/did.json",
        f"{BASE}/elsewhere",
        "https://example.org/",
        f"{BASE}/achievements/{uuid4()}/1/image",
        "nonsense",
        "",
    ):
        assert document(house.db, url) is None
    create_issuer(house.db, slug="beta", name="Beta", base_url=BASE, actor="t", now=NOW)
    assert document(house.db, f"{BASE}/issuers/beta") is not None
    level = load_catalogue(house.db).find("cloud", "expert")
    assert level is not None
    assert document(house.db, f"{BASE}/achievements/{level.public_id}/1/image") is None
    assert document(house.db, f"{BASE}/achievements/{level.public_id}/2") is None


# Lists and counts


def test_pages_follow_each_other_without_gap_or_double(house: House) -> None:
    made = {one.id for one in issued(house, *["associate"] * 7)}
    seen, after = [], None
    while True:
        page = list_credentials(house.db, now=NOW, after=after, limit=3)
        seen += [item.id for item in page.items]
        if page.next is None:
            break
        after = page.next
    assert (len(seen), set(seen)) == (7, made)
    for cursor in ("garbage", "", "W10", "€"):
        with pytest.raises(Refused, match="begin at the first page"):
            list_credentials(house.db, now=NOW, after=cursor)


def test_lists_and_counts_agree_with_what_each_credential_says(house: House) -> None:
    one, two, three, four, five = issued(house, "associate", "expert", "expert", "associate", "associate")
    house_args: dict[str, Any] = {"actor": "t", "now": NOW, "reason": "x"}
    revoke(house.db, house.keyring, credential_id=one.id, **house_args)
    suspend(house.db, house.keyring, credential_id=two.id, **house_args)
    for now in (NOW, datetime(2028, 1, 1, tzinfo=UTC), datetime(2020, 1, 1, tzinfo=UTC)):
        counts = count_credentials(house.db, now=now)
        assert counts.issued == 5
        by_word = dict.fromkeys(Standing, 0)
        for item in list_credentials(house.db, now=now).items:
            by_word[item.standing(now)] += 1
        for standing, number in by_word.items():
            listed = list_credentials(house.db, now=now, filter_=Filter(standing=standing)).items
            assert len(listed) == number == getattr(counts, standing.name.lower())
            assert {item.standing(now) for item in listed} <= {standing}
    assert count_credentials(house.db, now=datetime(2028, 1, 1, tzinfo=UTC)).expired == 1
    assert {item.id for item in list_credentials(house.db, now=NOW, filter_=Filter(level="expert")).items} == {
        two.id,
        three.id,
    }
    found = list_credentials(house.db, now=NOW, filter_=Filter(issuer="acme", program="cloud", search="núñez 3"))
    assert [item.id for item in found.items] == [four.id]
    assert list_credentials(house.db, now=NOW, filter_=Filter(search="100%")).items == ()
    assert len(list_credentials(house.db, now=NOW, filter_=Filter(search="CLOUD EXPERT")).items) == 2
    assert five.valid_until is not None
    view = find_credential(house.db, five.id)
    assert view is not None
    assert view.standing(five.valid_until) is Standing.VALID, "the last second counts"
    assert view.standing(five.valid_until + timedelta(seconds=1)) is Standing.EXPIRED
    assert find_credential(house.db, uuid4()) is None


def test_a_search_finds_names_in_any_script_whatever_the_case(house: House) -> None:
    names = ("Łukasz Żak", "ЖЕЛЯЗКО Иванов", "ΣΟΦΟΣ ΟΔΥΣΣΕΥΣ", "Groß", "50% & co_")
    requests = [house.request(number, name=name) for number, name in enumerate(names)]
    arguments: dict[str, Any] = {"issuer": None, "actor": "t", "now": NOW, "randomness": house.randomness}
    issue(house.db, house.keyring, requests=requests, **arguments)
    for search, found in (
        ("łukasz ż", "Łukasz Żak"),
        ("ŁUKASZ", "Łukasz Żak"),
        ("желязко", "ЖЕЛЯЗКО Иванов"),
        ("ИВАНОВ", "ЖЕЛЯЗКО Иванов"),
        ("σοφος", "ΣΟΦΟΣ ΟΔΥΣΣΕΥΣ"),
        ("σοφοσ", "ΣΟΦΟΣ ΟΔΥΣΣΕΥΣ"),
        ("οδυσς", "ΣΟΦΟΣ ΟΔΥΣΣΕΥΣ"),
        ("gross", "Groß"),
        ("50%", "50% & co_"),
        ("Co_", "50% & co_"),
    ):
        page = list_credentials(house.db, now=NOW, filter_=Filter(search=search))
        assert [item.recipient_name for item in page.items] == [found], search
    assert count_credentials(house.db, now=NOW, filter_=Filter(search="cloud ASSOCIATE")).issued == len(names)


# Documents of the VC API

PLAIN: dict[str, Any] = {
    "@context": ["https://www.w3.org/ns/credentials/v2"],
    "type": ["VerifiableCredential"],
    "credentialSubject": {"id": "did:web:example.org:ana"},
}


def sign(house: House, given: dict[str, Any], **changes: Any) -> IssuedDocument:
    arguments: dict[str, Any] = {"issuer": None, "actor": "api:lms", "now": NOW, "randomness": house.randomness}
    return issue_document(house.db, house.keyring, document=given, **{**arguments, **changes})


def test_a_document_is_completed_signed_and_recorded(house: House) -> None:
    done = sign(house, PLAIN, options=DocumentOptions(formats=("json", "jwt")))
    signed = json.loads(done.renderings["json"].body)
    assert signed["id"] == done.url == f"{BASE}/credentials/{done.id}"
    assert (signed["issuer"], signed["validFrom"]) == (house.issuer.did, "2026-11-22T10:00:00Z")
    keys = {key.use: key.public_key for key in list_keys(house.db)}
    data_integrity.verify_proof(signed, signed["proof"][0], keys[Use.DATA_INTEGRITY])
    jose.verify(jose.parse(done.renderings["jwt"].body), keys[Use.JWT])
    view = find_credential(house.db, done.id)
    assert view is not None
    assert (view.source, view.decided_by, view.achievement) == ("vc-api", "api:lms", None)
    revoke(house.db, house.keyring, credential_id=done.id, reason="x", actor="t", now=NOW)
    with pytest.raises(TransitionRefused):
        suspend(house.db, house.keyring, credential_id=done.id, reason="x", actor="t", now=NOW)


def test_what_the_caller_says_stays_as_it_is(house: House) -> None:
    given = {
        **PLAIN,
        "id": "urn:uuid:c0ffee00-0000-4000-8000-000000000000",
        "issuer": {"id": house.issuer.did},
        "validFrom": "2026-01-01T00:00:00Z",
        "validUntil": "2027-01-01T00:00:00Z",
    }
    done = sign(house, given, options=DocumentOptions(add_status=False))
    signed = json.loads(done.renderings["json"].body)
    assert {name: value for name, value in signed.items() if name != "proof"} == given
    assert done.document_id == given["id"]
    with pytest.raises(TransitionRefused, match="no revocation entry of ours"):
        revoke(house.db, house.keyring, credential_id=done.id, reason="x", actor="t", now=NOW)


def test_the_same_key_gives_the_same_bytes_and_another_document_is_a_conflict(house: House) -> None:
    first = sign(house, PLAIN, idempotency_key="a")
    again = sign(house, PLAIN, idempotency_key="a", now=NOW + timedelta(days=1))
    assert (again.id, again.renderings, again.new) == (first.id, first.renderings, False)
    with pytest.raises(IdempotencyConflict):
        sign(house, {**PLAIN, "name": "Other"}, idempotency_key="a")
    assert sign(house, PLAIN).id != sign(house, PLAIN).id


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"issuer": "did:web:elsewhere.example"}, "this instance signs as"),
        ({"issuer": {"name": "nobody"}}, "this instance signs as"),
        ({"type": ["Other"]}, "VerifiableCredential"),
        ({"unknownTerm": 1}, "unknownTerm"),
        ({"proof": []}, "proof"),
        ({"validFrom": "yesterday"}, "validFrom"),
        ({"credentialSubject": []}, "credentialSubject"),
        (
            {
                "credentialStatus": {
                    "id": f"{BASE}/status-lists/1#1",
                    "type": "BitstringStatusListEntry",
                    "statusPurpose": "revocation",
                    "statusListIndex": "1",
                    "statusListCredential": f"{BASE}/status-lists/1",
                }
            },
            "leave it out",
        ),
    ],
)
def test_a_document_with_faults_is_refused_and_leaves_nothing(
    house: House, change: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(Unacceptable) as caught:
        sign(house, {**PLAIN, **change})
    assert sentence in str([problem.as_dict() for problem in caught.value.problems])
    counts = count_credentials(house.db, now=NOW)
    assert (counts.issued, counts.preparing, counts.void) == (0, 0, 0)


def test_a_jwt_needs_what_its_claims_mirror(house: House) -> None:
    nameless = {**PLAIN, "credentialSubject": {"name": "Ana"}}
    with pytest.raises(Unacceptable, match="one subject with an id"):
        sign(house, nameless, options=DocumentOptions(formats=("jwt",)))
    with pytest.raises(Unacceptable, match="Without id"):
        sign(house, PLAIN, options=DocumentOptions(formats=("jwt",), add_id=False))


# API tokens


def test_a_token_is_shown_once_and_works_until_it_ends(house: House) -> None:
    made = create_token(
        house.db,
        issuer=None,
        name="lms",
        role=Role.ISSUE,
        actor="t",
        now=NOW,
        randomness=house.randomness,
        expires_at=NOW + timedelta(days=30),
    )
    assert made.secret.startswith("gmk_")
    assert made.secret not in repr(made)
    found = authenticate(house.db, made.secret, NOW)
    assert found == made.token
    assert found is not None
    assert found.allows(Role.ISSUE)
    assert not found.allows(Role.MANAGE)
    assert authenticate(house.db, made.secret, NOW + timedelta(days=30)) is None
    for wrong in ("", "gmk_", made.secret[:-1], made.secret + "A", made.secret.lower(), "\ud800"):
        assert authenticate(house.db, wrong, NOW) is None
    with pytest.raises(AlreadyExists):
        create_token(
            house.db, issuer=None, name="lms", role=Role.MANAGE, actor="t", now=NOW, randomness=house.randomness
        )
    revoke_token(house.db, issuer=None, name="lms", actor="t", now=NOW)
    assert authenticate(house.db, made.secret, NOW) is None
    assert [token.name for token in list_tokens(house.db, None)] == ["lms"]
    with pytest.raises(Unknown):
        revoke_token(house.db, issuer=None, name="other", actor="t", now=NOW)


def test_an_id_is_given_to_one_document_only(house: House) -> None:
    own = {**PLAIN, "id": "urn:uuid:3f0c8a52-2a4f-4bb5-9b0b-1f6b1c1f7a11"}
    sign(house, own)
    with pytest.raises(Unacceptable, match="signed before"):
        sign(house, {**own, "name": "Another"})
