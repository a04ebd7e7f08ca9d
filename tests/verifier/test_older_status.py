"""Lists of older badges: StatusList2021, and 1EdTech's plain list of what was revoked."""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any

import pytest

from credentials.contexts import CREDENTIALS_V1, CREDENTIALS_V2, OPEN_BADGES_3_0_1, STATUS_LIST_2021_V1
from credentials.instants import format_instant
from credentials.problems import (
    MALFORMED_VALUE_ERROR,
    RANGE_ERROR,
    STATUS_LIST_LENGTH_ERROR,
    STATUS_RETRIEVAL_ERROR,
    STATUS_VERIFICATION_ERROR,
)
from credentials.status_list import MINIMUM_LENGTH, Bitstring
from tests.world import Issuer, World, payload_of
from verifier.result import Outcome, Status

LIST = "https://acme.example/credentials/status/3"
EXTENSIONS = "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json"
INDEX = 94_567


def encoded(bits: Bitstring) -> str:
    """As the libraries of the time did: no `u` in front, one piece of GZIP."""
    return base64.urlsafe_b64encode(gzip.compress(bits.data)).rstrip(b"=").decode()


def entry(**changes: Any) -> dict[str, Any]:
    return {
        "id": f"{LIST}#{INDEX}",
        "type": "StatusList2021Entry",
        "statusPurpose": "revocation",
        "statusListIndex": str(INDEX),
        "statusListCredential": LIST,
        **changes,
    }


def old_list(issuer: Issuer, bits: Bitstring, *, version: int = 1, **changes: Any) -> bytes:
    """A StatusList2021Credential as a token of VCDM 1.1 or 2.0."""
    since = format_instant(issuer.world.now)
    document: dict[str, Any] = {
        "@context": [CREDENTIALS_V1 if version == 1 else CREDENTIALS_V2, STATUS_LIST_2021_V1],
        "id": LIST,
        "type": ["VerifiableCredential", "StatusList2021Credential"],
        "issuer": issuer.id,
        "issuanceDate" if version == 1 else "validFrom": since,
        "credentialSubject": {
            "id": f"{LIST}#list",
            "type": "StatusList2021",
            "statusPurpose": "revocation",
            "encodedList": encoded(bits),
            **changes,
        },
    }
    if version == 2:
        return issuer.sign_anything_as_jwt(document)
    claims = {"iss": issuer.id, "jti": LIST, "sub": f"{LIST}#list", "nbf": int(issuer.world.now.timestamp())}
    return issuer.sign_anything_as_jwt({**claims, "vc": document})


def old_badge(issuer: Issuer, **changes: Any) -> bytes:
    document = issuer.issue(status=(), credentialStatus=entry(**changes)).document
    return issuer.sign_anything_as_jwt(
        payload_of({**document, "@context": [*document["@context"], STATUS_LIST_2021_V1]})
    )


def badge_of_1_1(issuer: Issuer) -> bytes:
    """A badge as they were before VCDM 2.0: in the claim `vc`, with `issuanceDate`."""
    document = issuer.issue(status=(), credentialStatus=entry()).document
    kept = {name: value for name, value in document.items() if name not in ("validFrom", "awardedDate")}
    credential = {
        **kept,
        "@context": [CREDENTIALS_V1, OPEN_BADGES_3_0_1, STATUS_LIST_2021_V1],
        "issuanceDate": document["validFrom"],
    }
    claims = {name: payload_of(document)[name] for name in ("iss", "jti", "sub", "nbf")}
    return issuer.sign_anything_as_jwt({**claims, "vc": credential})


CLEAR = Bitstring.of_length(MINIMUM_LENGTH)


@pytest.mark.parametrize("version", [1, 2])
def test_a_list_of_2021_in_either_data_model(world: World, acme: Issuer, version: int) -> None:
    badge = old_badge(acme)
    world.fetcher.serve(LIST, old_list(acme, CLEAR, version=version))
    result = world.verify(badge)
    assert result.status is Status.VALID, result.sentence
    world.fetcher.serve(LIST, old_list(acme, CLEAR.with_bits({INDEX: True}), version=version))
    assert world.verify(badge).status is Status.REVOKED
    older = world.verify(badge_of_1_1(acme))
    assert older.status is Status.REVOKED, older.sentence
    world.fetcher.serve(
        LIST, old_list(acme, CLEAR.with_bits({INDEX: True}), version=version, statusPurpose="suspension")
    )
    assert world.verify(old_badge(acme, statusPurpose="suspension")).status is Status.SUSPENDED


@pytest.mark.parametrize("spelling", ["plain", "multibase", "padded", "other alphabet"])
def test_every_base64_of_the_time_is_read(world: World, acme: Issuer, spelling: str) -> None:
    compressed = gzip.compress(CLEAR.with_bits({INDEX: True, **dict.fromkeys(range(0, 9_000, 7), True)}).data)
    text = {
        "plain": base64.urlsafe_b64encode(compressed).rstrip(b"="),
        "multibase": b"u" + base64.urlsafe_b64encode(compressed).rstrip(b"="),
        "padded": base64.urlsafe_b64encode(compressed),
        "other alphabet": base64.b64encode(compressed),
    }[spelling].decode()
    world.fetcher.serve(LIST, old_list(acme, CLEAR, encodedList=text))
    assert world.verify(old_badge(acme)).status is Status.REVOKED


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"encodedList": encoded(Bitstring(bytes(100)))}, STATUS_LIST_LENGTH_ERROR),
        ({"encodedList": encoded(Bitstring(bytes(100_000_000)))}, STATUS_VERIFICATION_ERROR),
        ({"encodedList": "no list"}, MALFORMED_VALUE_ERROR),
        ({"encodedList": encoded(CLEAR)[:-16]}, MALFORMED_VALUE_ERROR),
        ({"statusPurpose": "suspension"}, STATUS_VERIFICATION_ERROR),
        ({"type": "BitstringStatusList"}, MALFORMED_VALUE_ERROR),
    ],
)
def test_a_hostile_list_of_2021(world: World, acme: Issuer, changes: dict[str, Any], problem: str) -> None:
    world.fetcher.serve(LIST, old_list(acme, CLEAR, **changes))
    check = world.verify(old_badge(acme)).check("status")
    assert check.problem is not None
    assert (check.outcome, check.problem.type) == (Outcome.FAILED, problem)


def test_an_entry_of_2021_outside_its_list_or_in_a_list_of_today(world: World, acme: Issuer) -> None:
    world.fetcher.serve(LIST, old_list(acme, CLEAR))
    outside = world.verify(old_badge(acme, statusListIndex=str(MINIMUM_LENGTH))).check("status")
    assert outside.problem is not None
    assert outside.problem.type == RANGE_ERROR
    today = acme.issue()  # publishes a list of today
    mixed = world.verify(
        old_badge(acme, statusListCredential=today.document["credentialStatus"]["statusListCredential"])
    )
    assert mixed.status is Status.INVALID
    assert "is not a StatusList2021Credential" in mixed.sentence


def test_the_list_of_2021_of_another_issuer(world: World, acme: Issuer, mallory: Issuer) -> None:
    world.fetcher.serve(LIST, old_list(mallory, CLEAR))
    assert world.verify(old_badge(acme)).status is Status.INVALID


REVOKED = "https://acme.example/revoked"


def listed_badge(issuer: Issuer, url: str = REVOKED) -> tuple[bytes, str]:
    """A badge that names a 1EdTechRevocationList, and its id."""
    status = {"id": url, "type": "1EdTechRevocationList"}
    context = [*issuer.issue(status=()).document["@context"], EXTENSIONS]
    document = {**issuer.issue(status=()).document, "@context": context, "credentialStatus": status}
    return issuer.sign_anything(document), document["id"]


def serve(world: World, issuer: Issuer, **members: Any) -> None:
    body = {"@context": [EXTENSIONS], "id": REVOKED, "issuer": issuer.id, **members}
    world.fetcher.serve(REVOKED, json.dumps(body).encode())


def test_1edtechs_list_says_what_was_revoked_and_why(world: World, acme: Issuer) -> None:
    badge, identifier = listed_badge(acme)
    serve(world, acme, revokedCredential=[{"id": identifier + "0"}])
    result = world.verify(badge)
    assert result.status is Status.VALID, result.sentence
    assert "lists of this kind are not signed" in result.check("status").sentence
    serve(world, acme, revokedCredential=[{"id": identifier, "revocationReason": "Issued by mistake"}])
    result = world.verify(badge)
    assert result.status is Status.REVOKED
    assert result.sentence == "The issuer revoked it: “Issued by mistake”."
    serve(world, acme, revokedCredentials=[{"id": identifier}])
    assert world.verify(badge).sentence == "The issuer revoked it."
    serve(world, acme, revokedCredential=[{"id": identifier, "revoked": False}])
    assert world.verify(badge).status is Status.VALID


@pytest.mark.parametrize(
    ("body", "status", "problem"),
    [
        (b"<!doctype html>", Status.UNCHECKED, STATUS_RETRIEVAL_ERROR),
        (b"{}", Status.UNCHECKED, STATUS_RETRIEVAL_ERROR),
        (b"[" * 50, Status.UNCHECKED, STATUS_RETRIEVAL_ERROR),
        (b'{"id": "https://acme.example/other", "issuer": "x"}', Status.INVALID, STATUS_VERIFICATION_ERROR),
        (b'{"id": "https://acme.example/revoked", "issuer": "did:web:mallory.example"}', Status.INVALID,
         STATUS_VERIFICATION_ERROR),
        (b'{"id": "https://acme.example/revoked", "issuer": "did:web:acme.example", "revokedCredential": [1]}',
         Status.INVALID, MALFORMED_VALUE_ERROR),
    ],
)  # fmt: skip
def test_what_lies_there_is_not_the_list(world: World, acme: Issuer, body: bytes, status: Status, problem: str) -> None:
    badge, _ = listed_badge(acme)
    world.fetcher.serve(REVOKED, body)
    result = world.verify(badge)
    found = result.check("status").problem
    assert found is not None
    assert (result.status, found.type) == (status, problem)


def test_an_unsigned_list_is_believed_only_from_https_and_when_it_can_be_had(world: World, acme: Issuer) -> None:
    badge, _ = listed_badge(acme)
    world.fetcher.unreachable(REVOKED)
    assert world.verify(badge).status is Status.UNCHECKED
    open_to_all, _ = listed_badge(acme, "http://acme.example/revoked")
    world.fetcher.requests.clear()
    result = world.verify(open_to_all)
    assert result.status is Status.UNCHECKED
    assert "not served by https" in result.sentence
    assert "http://acme.example/revoked" not in world.fetcher.requests
