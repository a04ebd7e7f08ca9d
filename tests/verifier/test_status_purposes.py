"""What each purpose of a status means for whoever holds the badge up: revoked, suspended, renewed, or a word."""

from __future__ import annotations

import json
from typing import Any

import pytest

from credentials.problems import (
    MALFORMED_VALUE_ERROR,
    RANGE_ERROR,
    STATUS_LIST_LENGTH_ERROR,
    STATUS_RETRIEVAL_ERROR,
    STATUS_VERIFICATION_ERROR,
)
from credentials.status_list import MINIMUM_LENGTH, Bitstring, status_entry, status_list_credential
from tests.verifier.test_enveloped import message, sd_jwt
from tests.world import LIST_LIFETIME, LIST_TTL, Issuer, World, payload_of
from verifier.result import Check, Outcome, Status

LIST = "https://acme.example/status-lists/9"
EXPLAINED = "https://acme.example/statuses"
WORDS = ("in use", "lent", "lost", "undefined")
INDEX = 4711


def publish(world: World, signer: Issuer, purpose: Any, bits: Bitstring, **members: Any) -> None:
    """Sign a list as somebody else's software might and put it where the badge says."""
    document = status_list_credential(
        url=LIST,
        issuer=signer.id,
        purpose=purpose,
        bits=bits,
        valid_from=world.now,
        valid_until=world.now + LIST_LIFETIME,
        ttl=LIST_TTL,
    )
    world.fetcher.serve(LIST, signer.sign_anything({**document, **members}))


def entry(purpose: str, *, words: tuple[str, ...] = (), references: tuple[str, ...] = ()) -> dict[str, Any]:
    return status_entry(list_url=LIST, index=INDEX, purpose=purpose, messages=words, references=references)


def holding(value: int, size: int = 1) -> Bitstring:
    return Bitstring.of_length(MINIMUM_LENGTH * size).with_values({INDEX: value}, size)


def badge_with(issuer: Issuer, status: Any, **members: Any) -> bytes:
    return issuer.issue(status=(), credentialStatus=status, **members).json


@pytest.mark.parametrize("value", range(4))
def test_a_message_is_told_and_changes_nothing(world: World, acme: Issuer, value: int) -> None:
    publish(world, acme, "message", holding(value, 2))
    result = world.verify(badge_with(acme, entry("message", words=WORDS, references=(EXPLAINED,))))
    assert result.status is Status.VALID
    said = result.check("status").sentence
    assert said == f"Its issuer's word on its status: “{WORDS[value]}” (it explains its statuses at {EXPLAINED})."


def test_a_message_cannot_repaint_the_page(world: World, acme: Issuer) -> None:
    """In a token, which may hold any text; an embedded proof over such a text is refused before."""
    publish(world, acme, "message", holding(1))
    words = ("-", "\u202eREVOKED\x1b[31m" + "!" * 500)
    document = acme.issue(status=(), credentialStatus=entry("message", words=words)).document
    said = world.verify(acme.sign_anything_as_jwt(payload_of(document))).check("status")
    assert said.outcome is Outcome.PASSED
    assert said.sentence.isprintable()
    assert len(said.sentence) < 200


def test_eight_bits_under_an_embedded_proof(world: World, acme: Issuer) -> None:
    """Two hundred and fifty-six messages, each a node of its own in what is signed."""
    words = tuple(f"grade {value}" for value in range(256))
    publish(world, acme, "message", holding(201, 8))
    result = world.verify(badge_with(acme, entry("message", words=words)))
    assert result.status is Status.VALID, result.sentence
    assert "“grade 201”" in result.check("status").sentence


def test_a_newer_version_is_told_with_its_address(world: World, acme: Issuer) -> None:
    service = {"id": "https://acme.example/credentials/1/refresh", "type": "1EdTechCredentialRefresh"}
    context = [*acme.issue().document["@context"], "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json"]
    publish(world, acme, "refresh", holding(1))
    renewed = badge_with(acme, entry("refresh"), refreshService=service, **{"@context": context})
    result = world.verify(renewed)
    assert result.status is Status.VALID
    assert result.check("status").sentence == f"Its issuer has a newer version of it, at {service['id']}."
    assert "does not say where" in world.verify(badge_with(acme, entry("refresh"))).check("status").sentence
    publish(world, acme, "refresh", holding(0))
    assert "no newer version" in world.verify(renewed).check("status").sentence


def test_a_purpose_of_somebodys_own_is_named_and_not_fetched(world: World, acme: Issuer) -> None:
    publish(world, acme, "colour", holding(1))
    signed = badge_with(acme, entry("colour"))
    world.fetcher.requests.clear()
    result = world.verify(signed)
    assert result.verified
    assert "another purpose (colour)" in result.check("status").sentence
    assert LIST not in world.fetcher.requests


def gone(world: World, acme: Issuer, purpose: str) -> None:
    world.fetcher.unreachable(LIST)


def too_short(world: World, acme: Issuer, purpose: str) -> None:
    publish(world, acme, purpose, holding(1, 1))


def expired(world: World, acme: Issuer, purpose: str) -> None:
    publish(world, acme, purpose, holding(1, 2), validFrom="2020-01-01T00:00:00Z", validUntil="2020-01-08T00:00:00Z")


def not_yet_valid(world: World, acme: Issuer, purpose: str) -> None:
    publish(world, acme, purpose, holding(1, 2), validFrom="2099-01-01T00:00:00Z", validUntil="2099-01-08T00:00:00Z")


def for_other_purposes(world: World, acme: Issuer, purpose: str) -> None:
    publish(world, acme, ["refresh", "suspension"], holding(1, 2))


def outside(world: World, acme: Issuer, purpose: str) -> None:
    publish(world, acme, purpose, Bitstring(bytes(MINIMUM_LENGTH // 4)))


TROUBLES = [
    (gone, STATUS_RETRIEVAL_ERROR, Status.UNCHECKED),
    (too_short, STATUS_LIST_LENGTH_ERROR, Status.INVALID),
    (expired, STATUS_VERIFICATION_ERROR, Status.UNCHECKED),
    (not_yet_valid, STATUS_VERIFICATION_ERROR, Status.UNCHECKED),
    (for_other_purposes, STATUS_VERIFICATION_ERROR, Status.INVALID),
    (outside, RANGE_ERROR, Status.INVALID),
]


@pytest.mark.parametrize(("trouble", "problem", "decides"), TROUBLES)
@pytest.mark.parametrize("purpose", ["message", "revocation"])
def test_trouble_with_a_message_is_told_and_trouble_with_a_revocation_decides(
    world: World, acme: Issuer, purpose: str, trouble: Any, problem: str, decides: Status
) -> None:
    trouble(world, acme, purpose)
    index = str(MINIMUM_LENGTH) if trouble is outside else "7"
    result = world.verify(badge_with(acme, {**entry(purpose, words=WORDS), "statusListIndex": index}))
    check = result.check("status")
    assert [(one.type, one.pointer) for one in check.problems] == [(problem, "/credentialStatus")]
    if purpose == "revocation":
        assert result.status is decides
    else:
        assert (result.status, check.outcome) == (Status.VALID, Outcome.PASSED)
        assert "says nothing on its validity (message) and could not be read: " in check.sentence


def statuses(world: World, acme: Issuer, **values: int) -> Check:
    """A badge whose four entries lie in one list of several purposes; the verdict on its status."""
    bits = Bitstring.of_length(2 * MINIMUM_LENGTH)
    entries = []
    for number, (purpose, value) in enumerate(values.items()):
        bits = bits.with_values({10 + number: value}, 2)
        made = status_entry(list_url=LIST, index=10 + number, purpose=purpose, messages=WORDS)
        entries.append(made)
    publish(world, acme, [*values], bits)
    return world.verify(badge_with(acme, entries)).check("status")


def test_several_entries_in_one_list_of_several_purposes(world: World, acme: Issuer) -> None:
    well = statuses(world, acme, revocation=0, suspension=0, refresh=1, message=2)
    assert well.outcome is Outcome.PASSED
    for words in ("not been revoked", "not been suspended", "newer version", "“lost”"):
        assert words in well.sentence
    assert world.fetcher.requests.count(LIST) == 1, "one list is fetched once"
    badly = statuses(world, acme, message=1, suspension=1, revocation=2)
    assert badly.outcome is Outcome.FAILED
    assert badly.sentence == "The issuer revoked it. The issuer's word for it: “lost”."
    assert [one.pointer for one in badly.problems] == ["/credentialStatus/1", "/credentialStatus/2"]


@pytest.mark.parametrize("form", ["text", "object"])
def test_the_lists_issuer_may_be_a_text_or_an_object(world: World, acme: Issuer, form: str) -> None:
    issuer = acme.id if form == "text" else {"id": acme.id}
    publish(world, acme, "revocation", holding(0), issuer=issuer)
    signed = badge_with(acme, entry("revocation"))
    assert world.verify(signed).status is Status.VALID
    publish(world, acme, "revocation", holding(1), issuer=issuer)
    assert world.verify(signed).status is Status.REVOKED


@pytest.mark.parametrize(
    "changes",
    [
        {"statusSize": 2},
        {"statusSize": "1"},
        {"id": LIST},
        {"statusMessage": [{"status": "0x0", "message": "only one"}]},
    ],
)
@pytest.mark.parametrize("purpose", ["revocation", "message", "colour"])
def test_a_malformed_entry_fails_whatever_it_is_for(
    world: World, acme: Issuer, purpose: str, changes: dict[str, Any]
) -> None:
    """The entry is a part of the credential itself, and decides before its purpose is known to be harmless."""
    plain = {**entry("revocation"), "statusPurpose": purpose, **changes}
    document = acme.issue(status=(), credentialStatus=plain).document
    check = world.verify(acme.sign_anything_as_jwt(payload_of(document))).check("status")
    assert check.outcome is Outcome.FAILED
    assert check.problem is not None
    assert check.problem.type == MALFORMED_VALUE_ERROR
    assert check.problem.pointer.startswith("/credentialStatus/")


def test_a_message_turned_round_by_the_holder_says_the_same(world: World, acme: Issuer) -> None:
    """An embedded proof signs a set of messages; the words go with the values that they name."""
    publish(world, acme, "message", holding(2, 2))
    document = json.loads(badge_with(acme, entry("message", words=WORDS)))
    document["credentialStatus"]["statusMessage"].reverse()
    result = world.verify(json.dumps(document))
    assert result.status is Status.VALID, result.sentence
    assert "“lost”" in result.check("status").sentence


@pytest.mark.parametrize("form", ["sd-jwt", "cose"])
@pytest.mark.parametrize("value", [0, 1])
def test_a_list_may_come_in_any_form_that_secures_a_credential(
    world: World, acme: Issuer, form: str, value: int
) -> None:
    listed = status_list_credential(
        url=LIST,
        issuer=acme.id,
        purpose="revocation",
        bits=holding(value),
        valid_from=world.now,
        valid_until=world.now + LIST_LIFETIME,
        ttl=LIST_TTL,
    )
    body = message(acme, listed) if form == "cose" else sd_jwt(acme, listed).encode()
    world.fetcher.serve(LIST, body, f"application/vc+{form}")
    signed = badge_with(acme, entry("revocation"))
    assert world.verify(signed).status is (Status.REVOKED if value else Status.VALID)
    stranger = world.issuer("stranger.example")
    forged = message(stranger, listed) if form == "cose" else sd_jwt(stranger, listed).encode()
    world.fetcher.serve(LIST, forged, f"application/vc+{form}")
    assert world.verify(signed).status is Status.INVALID
