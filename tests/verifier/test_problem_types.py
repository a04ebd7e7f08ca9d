"""What bad input gets: a type for each way to be wrong, every fault at once, and nobody asked for nothing."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from credentials import problems
from credentials.problems import own_type
from credentials.status_list import REVOCATION, SUSPENSION
from tests.world import Badge, Issuer, World, payload_of
from verifier import extract, result, verify
from verifier.checks import endorsements, proof, recipient, status
from verifier.result import Status, VerificationResult

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
METHOD_OF_NOBODY = "did:web:acme.example#no-such-key"
Made = bytes | str


def changed(badge: Badge, **members: Any) -> str:
    """The signed JSON with other members; None takes one out."""
    return json.dumps({k: v for k, v in {**json.loads(badge.json), **members}.items() if v is not None})


def reproved(badge: Badge, **members: Any) -> str:
    """With another proof; None takes a member out."""
    proven = json.loads(badge.json)["proof"][0]
    return changed(badge, proof=[{k: v for k, v in {**proven, **members}.items() if v is not None}])


def retokened(badge: Badge, signature: str | None = None, **header: Any) -> str:
    """The token under another header."""
    first, payload, last = badge.jwt.decode().split(".")
    said = json.loads(base64.urlsafe_b64decode(first + "=" * (-len(first) % 4)))
    again = base64.urlsafe_b64encode(json.dumps({**said, **header}).encode()).rstrip(b"=").decode()
    return f"{again}.{payload}.{last if signature is None else signature}"


def entry(acme: Issuer, badge: Badge, **members: Any) -> bytes:
    """Signed again, with another status."""
    return acme.sign_anything({**badge.document, "credentialStatus": {**badge.document["credentialStatus"], **members}})


def _revoked(acme: Issuer, badge: Badge) -> Made:
    acme.revoke(badge)
    return badge.json


def _suspended(acme: Issuer, _badge: Badge) -> Made:
    badge = acme.issue(status=(SUSPENSION,))
    acme.suspend(badge)
    return badge.json


def _without_list(acme: Issuer, badge: Badge) -> Made:
    acme.world.fetcher.unreachable(acme.list_url(REVOCATION))
    return badge.json


def _with_a_short_list(acme: Issuer, badge: Badge) -> Made:
    document = acme.list_document(REVOCATION)
    short = {**document["credentialSubject"], "encodedList": "uH4sIAAAAAAAAAwMAAAAAAAAAAAA"}
    acme.world.fetcher.serve(acme.list_url(REVOCATION), acme.sign_anything({**document, "credentialSubject": short}))
    return badge.json


def _with_a_status_of_tomorrow(acme: Issuer, badge: Badge) -> Made:
    later = {**badge.document["credentialStatus"], "type": "BitstringStatusListEntryOfTomorrow"}
    return acme.sign_anything_as_jwt(payload_of({**badge.document, "credentialStatus": later}))


def _withdrawn(acme: Issuer, badge: Badge) -> Made:
    document = acme.keys_document()
    for method in document["verificationMethod"]:
        method["revoked"] = "2026-11-01T00:00:00Z"
    acme.publish_document(document)
    return badge.json


def _unreachable(acme: Issuer, badge: Badge) -> Made:
    acme.world.fetcher.unreachable(acme.document_url)
    return badge.json


def _badly_endorsed(acme: Issuer, _badge: Badge) -> Made:
    endorsed = json.loads(acme.endorse("https://acme.example/achievements/cloud-associate").json)
    return acme.issue(
        achievement={**acme.achievement(), "endorsement": [{**endorsed, "name": "Endorsement by the Queen"}]}
    ).json


WRONG: Mapping[str, tuple[Callable[[Issuer, Badge], Made], str, Status, int]] = {
    # what it is at all
    "no JSON": (lambda _a, _b: "{", problems.PARSING_ERROR, Status.INVALID, 0),
    "a key twice": (lambda _a, _b: '{"id": "a:b", "id": "a:c"}', problems.PARSING_ERROR, Status.INVALID, 0),
    "no credential": (lambda _a, _b: "hello", extract.NOTHING_FOUND, Status.INVALID, 0),
    "of another kind": (
        lambda _a, _b: '{"type": "BadgeClass"}', extract.UNSUPPORTED_FORM, Status.UNCHECKED, 0,
    ),
    "nothing at the address": (lambda _a, _b: "https://acme.example/x", verify.NOT_FETCHED, Status.UNCHECKED, 1),
    # its form
    "a value that is none": (lambda _a, b: changed(b, id="no URL"), problems.MALFORMED_VALUE_ERROR, Status.INVALID, 0),
    "a member nobody defined": (lambda _a, b: changed(b, colour="red"), problems.UNSIGNED_TERM, Status.INVALID, 0),
    "a context nobody knows": (
        lambda _a, b: changed(b, **{"@context": [*b.document["@context"], "https://x.example/c"]}),
        problems.UNKNOWN_CONTEXT, Status.UNCHECKED, 0,
    ),
    # its proof
    "no proof": (lambda _a, b: changed(b, proof=None), problems.PARSING_ERROR, Status.INVALID, 0),
    "no signature (alg: none)": (lambda _a, b: retokened(b, "", alg="none"), problems.NOT_SIGNED, Status.INVALID, 0),
    "alg: none with a signature": (lambda _a, b: retokened(b, alg="None"), problems.NOT_SIGNED, Status.INVALID, 0),
    "an algorithm not on the list": (
        lambda _a, b: retokened(b, alg="HS256"), problems.UNSUPPORTED_PROOF, Status.INVALID, 0,
    ),
    "a cryptosuite not on the list": (
        lambda _a, b: reproved(b, cryptosuite="rot13-2026"), problems.UNSUPPORTED_PROOF, Status.UNCHECKED, 0,
    ),
    "a header that asks for more": (
        lambda _a, b: retokened(b, crit=["exp"]), problems.PROOF_VERIFICATION_ERROR, Status.INVALID, 0,
    ),
    "a proofValue of another alphabet": (
        lambda _a, b: reproved(b, proofValue="z0OIl"), problems.PROOF_VERIFICATION_ERROR, Status.INVALID, 0,
    ),
    "a proofValue that is too long": (
        lambda _a, b: reproved(b, proofValue="z" + "1" * 200), problems.PROOF_VERIFICATION_ERROR, Status.INVALID, 0,
    ),
    "a proof for something else": (
        lambda _a, b: reproved(b, proofPurpose="authentication"),
        problems.PROOF_VERIFICATION_ERROR, Status.INVALID, 0,
    ),
    "a chain without its beginning": (
        lambda _a, b: reproved(b, previousProof="urn:uuid:1"), problems.PROOF_VERIFICATION_ERROR, Status.INVALID, 0,
    ),
    "changed": (lambda _a, b: changed(b, name="Other"), problems.CRYPTOGRAPHIC_SECURITY_ERROR, Status.INVALID, 1),
    # whose key
    "a key of another": (
        lambda _a, b: reproved(b, verificationMethod=METHOD_OF_NOBODY), proof.KEY_OF_ANOTHER, Status.INVALID, 1,
    ),
    "a key that was withdrawn": (_withdrawn, proof.KEY_WITHDRAWN, Status.INVALID, 1),
    "an issuer nobody reaches": (_unreachable, proof.ISSUER_NOT_REACHED, Status.UNCHECKED, 1),
    # its dates
    "expired": (
        lambda a, _b: a.issue(valid_from=LONG_AGO, valid_for=timedelta(days=1), status=()).json,
        result.EXPIRED, Status.EXPIRED, 1,
    ),
    "not yet valid": (
        lambda a, _b: a.issue(valid_from=datetime(2030, 1, 1, tzinfo=UTC), status=()).json,
        result.NOT_YET_VALID, Status.NOT_YET_VALID, 1,
    ),
    # its status
    "revoked": (_revoked, result.REVOKED, Status.REVOKED, 2),
    "suspended": (_suspended, result.SUSPENDED, Status.SUSPENDED, 2),
    "a list that is not there": (_without_list, problems.STATUS_RETRIEVAL_ERROR, Status.UNCHECKED, 2),
    "a list for another purpose": (
        lambda a, b: entry(a, b, statusPurpose="suspension"), problems.STATUS_VERIFICATION_ERROR, Status.INVALID, 2,
    ),
    "a list that is too short": (_with_a_short_list, problems.STATUS_LIST_LENGTH_ERROR, Status.INVALID, 2),
    "an index outside the list": (
        lambda a, b: entry(a, b, statusListIndex="131072"), problems.RANGE_ERROR, Status.INVALID, 2,
    ),
    "a status of an unknown kind": (
        _with_a_status_of_tomorrow, status.UNKNOWN_STATUS, Status.UNCHECKED, 1,
    ),
    # what it carries
    "a forged endorsement": (_badly_endorsed, endorsements.BAD_ENDORSEMENT, Status.INVALID, 2),
}  # fmt: skip


def types_of(found: VerificationResult) -> set[str]:
    return {problem.type for check in found.checks for problem in check.problems}


@pytest.mark.parametrize("way", WRONG)
def test_each_way_to_be_wrong_has_its_type(world: World, acme: Issuer, way: str) -> None:
    make, type_, word, fetched = WRONG[way]
    document = make(acme, acme.issue())
    world.fetcher.requests.clear()
    found = world.verify(document)
    assert (types_of(found), found.status) == ({type_}, word)
    assert len(world.fetcher.requests) == fetched, world.fetcher.requests


def test_an_address_that_is_not_gone_to_has_a_type_of_its_own(world: World) -> None:
    world.fetcher.redirect("https://acme.example/x", "http://10.0.0.1")
    found = world.verify("https://acme.example/x")
    assert (types_of(found), found.status) == ({verify.ADDRESS_REFUSED}, Status.UNCHECKED)


def test_another_recipient_has_a_type_of_its_own(world: World, acme: Issuer) -> None:
    found = world.verify(acme.issue(status=()).json, recipient=("emailAddress", "bob@acme.example"))
    assert types_of(found) == {recipient.OTHER_RECIPIENT}


def test_what_no_standard_names_has_one_type_for_one_way_to_be_wrong() -> None:
    """One name of ours is shared: what is not on a list of ours, be it an algorithm or a cryptosuite."""
    ours = [type_ for _, type_, _, _ in WRONG.values() if type_.startswith(own_type(""))]
    assert {type_ for type_ in ours if ours.count(type_) > 1} == {problems.UNSUPPORTED_PROOF, problems.NOT_SIGNED}
    by_standard = {type_ for _, type_, _, _ in WRONG.values()} - set(ours)
    assert len(by_standard) == 8


def test_faults_of_every_kind_are_all_told(world: World, acme: Issuer) -> None:
    good = json.loads(acme.issue().json)
    signed = good["proof"][0]
    world.fetcher.requests.clear()
    found = world.verify(
        json.dumps({
            **good,
            "validUntil": "tomorrow",
            "id": "no URL",
            "validFrom": "yesterday",
            "colour": "red",
            "proof": [
                {**signed, "proofValue": "z0OIl", "proofPurpose": "authentication", "created": 7},
                {**signed, "cryptosuite": "rot13-2026"},
            ],
        })
    )  # fmt: skip
    told = {(problem.type, problem.pointer) for check in found.checks for problem in check.problems}
    assert told == {
        (problems.MALFORMED_VALUE_ERROR, "/validUntil"),
        (problems.MALFORMED_VALUE_ERROR, "/id"),
        (problems.MALFORMED_VALUE_ERROR, "/validFrom"),
        (problems.UNSIGNED_TERM, ""),
        (problems.PROOF_VERIFICATION_ERROR, "/proof/0/proofValue"),
        (problems.PROOF_VERIFICATION_ERROR, "/proof/0/proofPurpose"),
        (problems.PROOF_VERIFICATION_ERROR, "/proof/0/created"),
        (problems.UNSUPPORTED_PROOF, "/proof/1"),
    }
    assert (found.status, world.fetcher.requests) == (Status.INVALID, [])


def test_what_is_no_credential_by_its_type_hears_of_its_other_faults(world: World, acme: Issuer) -> None:
    found = world.verify(changed(acme.issue(), type="Diploma", id=5, validFrom="yesterday"))
    told = {(problem.type, problem.pointer) for check in found.checks for problem in check.problems}
    assert told == {(problems.MALFORMED_VALUE_ERROR, f"/{name}") for name in ("type", "id", "validFrom")}


def test_all_that_is_wrong_with_a_badge_that_is_genuine_is_told(world: World, acme: Issuer) -> None:
    badge = acme.issue(
        valid_from=LONG_AGO,
        valid_for=timedelta(days=1),
        status=(REVOCATION, SUSPENSION),
        endorsement=[{**json.loads(acme.endorse("https://other.example").json), "name": "By the Queen"}],
    )
    acme.revoke(badge)
    acme.suspend(badge)
    found = world.verify(badge.json, recipient=("emailAddress", "bob@acme.example"))
    assert types_of(found) == {
        result.EXPIRED,
        result.REVOKED,
        result.SUSPENDED,
        recipient.OTHER_RECIPIENT,
        endorsements.BAD_ENDORSEMENT,
    }
    assert found.status is Status.REVOKED


def test_a_context_nobody_knows_hides_no_broken_proof(world: World, acme: Issuer) -> None:
    """Else it would only be “unchecked”, which says nothing against it."""
    badge = acme.issue()
    contexts = [*badge.document["@context"], "https://x.example/c"]
    signed = {**json.loads(badge.json)["proof"][0], "proofValue": "u0"}
    found = world.verify(changed(badge, **{"@context": contexts, "proof": [signed]}))
    assert types_of(found) == {problems.UNKNOWN_CONTEXT, problems.PROOF_VERIFICATION_ERROR}
    assert found.status is Status.INVALID
