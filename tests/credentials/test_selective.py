"""ecdsa-sd-2023: the standard's own vectors, and what a holder may and may not do with a base proof."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import cbor2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credentials import contexts
from credentials.prepared import prepare
from credentials.problems import (
    CRYPTOGRAPHIC_SECURITY_ERROR,
    MALFORMED_VALUE_ERROR,
    PROOF_GENERATION_ERROR,
    PROOF_VERIFICATION_ERROR,
    Unacceptable,
)
from credentials.proofs.data_integrity import verify_proof
from credentials.proofs.selective import ecdsa_sd_2023, pointers, statements
from credentials.proofs.selective.proof_values import read_base, read_derived
from keys import base64url, multikey
from keys.algorithms import KeyType
from keys.signer import generate
from tests.conftest import vectors
from tests.credentials.badges import KEY_ID, badge

SIGNER = generate(KeyType.P256)
CREATED = datetime(2026, 1, 15, 9, 0, tzinfo=UTC)
MANDATORY = ("/issuer", "/validFrom", "/validUntil", "/credentialStatus", "/credentialSubject/achievement/name")
HMAC_KEY = bytes.fromhex("00112233445566778899AABBCCDDEEFF" * 2)

# The terms of https://w3id.org/citizenship/v4rc1 that the vectors use.
_SCHEMA, _CITIZEN = "https://schema.org/", "https://w3id.org/citizenship#"
_DATE = {"@type": "http://www.w3.org/2001/XMLSchema#dateTime"}
CITIZENSHIP = {
    **{name: _SCHEMA + name for name in ("givenName", "additionalName", "familyName", "gender", "identifier")},
    **{
        name: _CITIZEN + name
        for name in (
            "birthCountry",
            "commuterClassification",
            "lprCategory",
            "lprNumber",
            "employmentAuthorizationDocument",
            "permanentResidentCard",
            "EmployablePerson",
            "EmploymentAuthorizationDocument",
            "EmploymentAuthorizationDocumentCredential",
            "PermanentResident",
            "PermanentResidentCard",
            "PermanentResidentCardCredential",
        )
    },
    "Person": _SCHEMA + "Person",
    "birthDate": {"@id": _SCHEMA + "birthDate", **_DATE},
    "residentSince": {"@id": _CITIZEN + "residentSince", **_DATE},
    "image": {"@id": _SCHEMA + "image", "@type": "@id"},
}


def loader(url: str) -> Mapping[str, Any]:
    return {"@context": CITIZENSHIP} if url == "https://w3id.org/citizenship/v4rc1" else contexts.load(url)


def read(*path: str) -> Any:
    return json.loads(vectors("vc-di-ecdsa", *path).read_text())


def signed(document: dict[str, Any] | None = None, mandatory: tuple[str, ...] = MANDATORY) -> dict[str, Any]:
    secured = ecdsa_sd_2023.sign(
        prepare(document or badge()),
        SIGNER,
        verification_method=KEY_ID,
        created=CREATED,
        mandatory=mandatory,
        randomness=lambda length: HMAC_KEY[:length],
    )
    return json.loads(secured.body)  # type: ignore[no-any-return]


SIGNED = signed()


def verified(document: Mapping[str, Any]) -> bool:
    """False if it is refused as forged; any other refusal is raised."""
    (proof,) = document["proof"]
    try:
        verify_proof(document, proof, SIGNER.public_key)
    except Unacceptable as refusal:
        if refusal.problems[0].type == CRYPTOGRAPHIC_SECURITY_ERROR:
            return False
        raise
    return True


@pytest.mark.vectors
@pytest.mark.parametrize("name", ["employ", "prc"])
def test_the_standards_derived_proof_verifies(name: str) -> None:
    document = read("ecdsa-sd-2023", name, "derivedRevealDocument.json")
    key = multikey.decode(document["proof"]["verificationMethod"].partition("#")[2])
    verify_proof(document, document["proof"], key, load=loader)
    with pytest.raises(Unacceptable) as refusal:
        verify_proof({**document, "validUntil": "2099-01-01T00:00:00Z"}, document["proof"], key, load=loader)
    assert refusal.value.problems[0].type == CRYPTOGRAPHIC_SECURITY_ERROR


@pytest.mark.vectors
def test_another_number_of_signatures_than_of_statements_is_no_proof() -> None:
    """VC-DI-ECDSA 1.0, section 3.6.7: a fault of the proof, where a statement that was changed is a forgery."""
    document = read("ecdsa-sd-2023", "employ", "derivedRevealDocument.json")
    key = multikey.decode(document["proof"]["verificationMethod"].partition("#")[2])
    derived = read_derived(document["proof"]["proofValue"])
    fewer = replace(derived, signatures=derived.signatures[1:]).text()
    with pytest.raises(Unacceptable, match="as many signatures") as refusal:
        verify_proof(document, {**document["proof"], "proofValue": fewer}, key, load=loader)
    assert refusal.value.problems[0].type == PROOF_VERIFICATION_ERROR


@pytest.mark.vectors
def test_the_standards_statements_and_hashes_are_reproduced() -> None:
    document = read("employmentAuth.json")
    made = statements.of_document(document, HMAC_KEY, load=loader)
    assert [*made.lines] == read("ecdsa-sd-2023", "employ", "addBaseDocHMACCanon.json")
    groups = read("ecdsa-sd-2023", "employ", "derivedGroupIndexes.json")
    mandatory, chosen = read("employMandatory.json"), read("employSelective.json")
    assert [*made.selected(mandatory).positions] == groups["mandatoryIndexes"]
    assert [*made.selected(chosen).positions] == groups["selectiveIndexes"]
    assert [*made.selected([*mandatory, *chosen]).positions] == groups["combinedIndexes"]
    first = [made.lines[position] for position in groups["mandatoryIndexes"]]
    assert statements.hash_of(first).hex() == read("ecdsa-sd-2023", "employ", "addHashData.json")["mandatoryHash"]


@pytest.mark.vectors
def test_the_standards_base_proof_leads_to_its_derived_proof() -> None:
    base = read("ecdsa-sd-2023", "employ", "addSignedSDBase.json")
    made = ecdsa_sd_2023.derive(base, read("employSelective.json"), load=loader)
    expected = read("ecdsa-sd-2023", "employ", "derivedRevealDocument.json")
    assert made == expected


def test_a_holder_shows_what_he_chooses_and_what_he_must() -> None:
    shown = ecdsa_sd_2023.derive(SIGNED, ["/credentialSubject/achievement/criteria"])
    assert verified(shown)
    achievement = shown["credentialSubject"]["achievement"]
    assert {*achievement} == {"id", "type", "name", "criteria"}
    assert "identifier" not in shown["credentialSubject"], "the name is kept back"
    assert "Ångström" not in json.dumps(shown, ensure_ascii=False)
    assert shown["credentialStatus"] == SIGNED["credentialStatus"]
    assert {*shown} == {*(pointer.split("/")[1] for pointer in MANDATORY), "@context", "id", "type", "proof"}


def test_items_of_arrays_are_chosen_one_by_one() -> None:
    shown = ecdsa_sd_2023.derive(SIGNED, ["/credentialSubject/achievement/alignment/1"])
    assert verified(shown)
    alignment = badge()["credentialSubject"]["achievement"]["alignment"]
    assert shown["credentialSubject"]["achievement"]["alignment"] == [alignment[1]]
    one = ecdsa_sd_2023.derive(SIGNED, ["/credentialSubject/identifier/0/identityHash"])
    assert verified(one)
    assert one["credentialSubject"]["identifier"][0]["identityHash"] == "Zoë Ångström"


def test_everything_may_be_shown() -> None:
    shown = ecdsa_sd_2023.derive(SIGNED, [f"/{name}" for name in badge() if name != "@context"])
    assert verified(shown)
    assert {name: value for name, value in shown.items() if name != "proof"} == badge()


def test_without_mandatory_parts_and_without_chosen_ones_there_is_nothing_to_show() -> None:
    free = signed(mandatory=())
    with pytest.raises(Unacceptable, match="Nothing") as refusal:
        ecdsa_sd_2023.derive(free, [])
    assert refusal.value.problems[0].type == PROOF_GENERATION_ERROR
    assert verified(ecdsa_sd_2023.derive(free, ["/issuer"]))


def test_a_base_proof_is_not_for_showing() -> None:
    with pytest.raises(Unacceptable, match="derives") as refusal:
        verify_proof(SIGNED, SIGNED["proof"][0], SIGNER.public_key)
    assert refusal.value.problems[0].type == PROOF_VERIFICATION_ERROR


CHOICES = [
    "/name",
    "/awardedDate",
    "/credentialSubject/identifier",
    "/credentialSubject/result",
    "/credentialSubject/achievement/alignment/0",
    "/credentialSubject/achievement/tag/1",
    "/credentialSubject/achievement/resultDescription",
    "/evidence",
]


@settings(max_examples=6, deadline=None)
@given(st.sets(st.sampled_from(CHOICES)))
def test_every_choice_verifies_and_no_change_of_it_does(chosen: set[str]) -> None:
    shown = ecdsa_sd_2023.derive(SIGNED, sorted(chosen))
    assert verified(shown)
    assert not verified({**shown, "validUntil": "2099-01-01T00:00:00Z"})
    proof = {**shown["proof"][0], "created": "2026-01-15T09:00:01Z"}
    assert not verified({**shown, "proof": [proof]})
    for name in ("validUntil", "credentialStatus"):
        assert_refused({member: value for member, value in shown.items() if member != name})


def assert_refused(document: Mapping[str, Any]) -> None:
    try:
        assert not verified(document)
    except Unacceptable as refusal:
        assert refusal.problems[0].type == PROOF_VERIFICATION_ERROR  # noqa: PT017


def test_parts_of_two_shows_do_not_mix() -> None:
    one = ecdsa_sd_2023.derive(SIGNED, ["/name"])
    other = ecdsa_sd_2023.derive(SIGNED, ["/awardedDate"])
    assert_refused({**one, "awardedDate": other["awardedDate"]})
    assert_refused({**one, "proof": other["proof"]})


def test_a_derived_proof_is_not_derived_from_again() -> None:
    with pytest.raises(Unacceptable) as refusal:
        ecdsa_sd_2023.derive(ecdsa_sd_2023.derive(SIGNED, ["/name"]), ["/name"])
    assert refusal.value.problems[0].type == PROOF_VERIFICATION_ERROR


@pytest.mark.parametrize(
    "pointer",
    [
        "name",
        "/nothing",
        "/credentialSubject/x/y",
        "/name/0",
        *(f"/credentialSubject/achievement/alignment/{position}" for position in ("2", "01", "-")),
        7,
        "/" * 2000,
    ],
)
def test_a_pointer_to_nothing_is_refused_when_signing_and_when_deriving(pointer: Any) -> None:
    for attempt in (lambda: signed(mandatory=(pointer,)), lambda: ecdsa_sd_2023.derive(SIGNED, [pointer])):
        with pytest.raises(Unacceptable) as refusal:
            attempt()
        assert refusal.value.problems[0].type == MALFORMED_VALUE_ERROR


def test_other_keys_do_not_sign_so() -> None:
    with pytest.raises(Unacceptable, match="P-384"):
        ecdsa_sd_2023.sign(
            prepare(badge()),
            generate(KeyType.P384),
            verification_method=KEY_ID,
            created=CREATED,
            mandatory=(),
            randomness=lambda length: HMAC_KEY[:length],
        )


def test_the_values_are_read_as_they_were_written() -> None:
    base = SIGNED["proof"][0]["proofValue"]
    assert read_base(base).text() == base
    derived = ecdsa_sd_2023.derive(SIGNED, ["/name"])["proof"][0]["proofValue"]
    assert read_derived(derived).text() == derived


@pytest.mark.parametrize(
    "parts",
    [
        b"",
        b"\xff",
        cbor2.dumps([1, 2, 3]),
        cbor2.dumps([b"", b"", [], {}, []]),
        cbor2.dumps([bytes(64), bytes(35), [], {0: bytes(32), 1: bytes(32)}, []]),
        cbor2.dumps([bytes(64), bytes(35), [], {}, [2, 1]]),
        cbor2.dumps([bytes(64), bytes(35), [], {}, [10**9]]),
        cbor2.dumps([bytes(64), bytes(35), [], {}, []]) + b"0",
        b"\x9b" + b"\xff" * 8,
    ],
)
def test_what_is_no_value_is_refused(parts: bytes) -> None:
    text = "u" + base64url.encode(b"\xd9\x5d\x01" + parts)
    document = ecdsa_sd_2023.derive(SIGNED, ["/name"])
    with pytest.raises(Unacceptable) as refusal:
        verify_proof(document, {**document["proof"][0], "proofValue": text}, SIGNER.public_key)
    assert refusal.value.problems[0].type == PROOF_VERIFICATION_ERROR


@settings(max_examples=100)
@given(st.lists(st.sampled_from(CHOICES), max_size=4), st.lists(st.sampled_from(CHOICES), max_size=4))
def test_selecting_more_only_adds(some: list[str], more: list[str]) -> None:
    document = badge()
    few, many = pointers.select(document, some), pointers.select(document, [*some, *more])
    if few is not None:
        assert many is not None
        assert_within(few, many)


def assert_within(part: Any, whole: Any) -> None:
    if isinstance(part, dict):
        for name, value in part.items():
            assert_within(value, whole[name])
    elif isinstance(part, list):
        assert len(part) <= len(whole)
    else:
        assert part == whole
