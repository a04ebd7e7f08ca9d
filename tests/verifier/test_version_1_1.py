"""Credentials of the W3C data model 1.1, with embedded proofs and as tokens with the claim `vc`."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from credentials import contexts
from credentials.contexts import CREDENTIALS_V1, CREDENTIALS_V2, DATA_INTEGRITY_V2, ED25519_2020_V1, OPEN_BADGES_3_0_1
from credentials.instants import format_instant
from credentials.proofs.rdfc_suites import ED25519_SIGNATURE_2020
from keys import multibase
from tests.world import Issuer, World, payload_of
from verifier.result import CheckName, Outcome, Status, VerificationResult


def diploma(acme: Issuer, *further: str, **members: Any) -> dict[str, Any]:
    now = acme.world.now
    return {
        "@context": [CREDENTIALS_V1, *further],
        "id": f"{acme.base_url}/credentials/7",
        "type": ["VerifiableCredential"],
        "issuer": acme.id,
        "issuanceDate": format_instant(now - timedelta(days=30)),
        "expirationDate": format_instant(now + timedelta(days=30)),
        "credentialSubject": {"id": "did:example:ada"},
        **members,
    }


def older_badge(acme: Issuer) -> dict[str, Any]:
    return as_older(acme.issue(status=()).document)


def as_older(document: dict[str, Any]) -> dict[str, Any]:
    """A document of Open Badges in the data model of before."""
    older = {**document, "@context": [CREDENTIALS_V1, OPEN_BADGES_3_0_1, DATA_INTEGRITY_V2]}
    older["issuanceDate"] = older.pop("validFrom")
    return older


def test_its_life_is_told_by_its_own_dates(world: World, acme: Issuer) -> None:
    signed = acme.sign_anything(diploma(acme, DATA_INTEGRITY_V2))
    assert world.verify(signed).require().sentence.endswith("until 22 December 2026, 10:00 UTC.")
    world.advance(timedelta(days=31))
    late = world.verify(signed)
    assert late.status is Status.EXPIRED
    assert late.check(CheckName.VALIDITY).problems[0].pointer == "/expirationDate"
    world.advance(timedelta(days=-90))
    tomorrow = format_instant(world.now + timedelta(days=1))
    early = world.verify(acme.sign_anything(diploma(acme, DATA_INTEGRITY_V2, issuanceDate=tomorrow)))
    assert early.status is Status.NOT_YET_VALID


def test_what_it_says_of_later_versions_dates_counts_too(world: World, acme: Issuer) -> None:
    past = format_instant(world.now - timedelta(days=1))
    assert world.verify(acme.sign_anything(diploma(acme, DATA_INTEGRITY_V2, validUntil=past))).status is Status.EXPIRED


def test_a_badge_with_its_first_contexts(world: World, acme: Issuer) -> None:
    signed = acme.sign_anything(older_badge(acme))
    world.verify(signed).require()
    forged = json.loads(signed)
    forged["name"] = "Doctor"
    assert world.verify(json.dumps(forged)).status is Status.INVALID


def place_in(badge: dict[str, Any], place: str) -> dict[str, Any]:
    places = {"credential": badge, "achievement": badge["credentialSubject"]["achievement"], "issuer": badge["issuer"]}
    return dict[str, dict[str, Any]](places)[place]


@pytest.mark.parametrize("place", ["credential", "achievement", "issuer"])
@pytest.mark.parametrize("form", ["proof in a proof", "proof in a token", "token in a token"])
def test_endorsements_in_it_are_verified_like_others(
    world: World, acme: Issuer, mallory: Issuer, place: str, form: str
) -> None:
    board = world.issuer("board.example", name="Board of Cloud Engineers")
    today = acme.issue(status=()).document
    claims_of_badge = {name: payload_of(today)[name] for name in ("iss", "jti", "sub", "nbf")}
    badge = as_older(json.loads(json.dumps(today)))
    holder = place_in(badge, place)

    def older(thing: str) -> dict[str, Any]:
        return as_older(board.endorse(thing).document)

    def judged(endorsement: dict[str, Any], signer: Issuer = board) -> VerificationResult:
        if form == "token in a token":
            token = {"iss": board.id, "jti": endorsement["id"], "sub": endorsement["credentialSubject"]["id"]}
            token["nbf"] = int(world.now.timestamp()) - 86_400
            holder["endorsementJwt"] = [signer.sign_anything_as_jwt({**token, "vc": endorsement}).decode()]
        else:
            holder["endorsement"] = [json.loads(signer.sign_anything(endorsement))]
        if form == "proof in a proof":
            return world.verify(acme.sign_anything(badge))
        return world.verify(acme.sign_anything_as_jwt({**claims_of_badge, "vc": badge}))

    good = judged(older(holder["id"]))
    assert good.status is Status.VALID, good.sentence
    assert good.check(CheckName.ENDORSEMENTS).outcome is Outcome.PASSED
    about_another = judged(older("https://other.example/badge"))
    assert about_another.status is Status.INVALID
    assert "about something else" in about_another.sentence
    forged = judged(older(holder["id"]), mallory)
    assert forged.status is Status.INVALID
    assert forged.check(CheckName.ENDORSEMENTS).outcome is Outcome.FAILED
    ended = judged(older(holder["id"]) | {"expirationDate": format_instant(world.now - timedelta(hours=1))})
    assert ended.status is Status.INVALID
    assert "is expired" in ended.sentence


@pytest.mark.parametrize("place", ["credential", "achievement", "issuer"])
def test_an_endorsement_in_it_has_the_dates_of_its_own_version(world: World, acme: Issuer, place: str) -> None:
    """One of VCDM 2.0 may stand in a token of 1.1; one that has no date of its own version is refused as such."""
    board = world.issuer("board.example", name="Board of Cloud Engineers")
    today = acme.issue(status=()).document
    claims_of_badge = {name: payload_of(today)[name] for name in ("iss", "jti", "sub", "nbf")}
    badge = as_older(json.loads(json.dumps(today)))
    holder = place_in(badge, place)
    newer = board.endorse(holder["id"]).document
    undated = {name: value for name, value in as_older(newer).items() if name != "issuanceDate"}
    for endorsement, status in ((newer, Status.VALID), (undated, Status.INVALID)):
        holder["endorsement"] = [json.loads(board.sign_anything(endorsement))]
        result = world.verify(acme.sign_anything_as_jwt({**claims_of_badge, "vc": badge}))
        assert result.status is status, result.sentence
        assert result.check(CheckName.CONFORMS).outcome is Outcome.PASSED
    assert "issuanceDate" in result.check(CheckName.ENDORSEMENTS).sentence


@pytest.mark.parametrize(
    "change",
    [
        {"issuer": "sec:acme"},
        {"type": ["VerifiableCredential", "sec:Foo"]},
        {"cred:expirationDate": "2036-01-01T00:00:00Z"},
        {"credentialSubject": {"id": "did:example:ada", "degree": "unsigned"}},
    ],
)
def test_what_means_one_thing_here_and_another_there_is_refused(
    world: World, acme: Issuer, change: dict[str, Any]
) -> None:
    signed = {**json.loads(acme.sign_anything(diploma(acme, DATA_INTEGRITY_V2))), **change}
    world.fetcher.requests.clear()
    result = world.verify(json.dumps(signed))
    assert result.check(CheckName.CONFORMS).outcome is Outcome.FAILED
    assert world.fetcher.requests == []


def test_contexts_that_contradict_each_other(world: World, acme: Issuer) -> None:
    """VCDM 2.0 cannot be combined with 1.1 or with context 3.0.1: each redefines the other's protected terms."""
    badge = acme.issue(status=()).document
    for named in ([CREDENTIALS_V2, OPEN_BADGES_3_0_1], [CREDENTIALS_V2, CREDENTIALS_V1]):
        document = {**badge, "@context": named, "proof": json.loads(acme.sign_anything(badge))["proof"]}
        assert world.verify(json.dumps(document)).check(CheckName.CONFORMS).outcome is Outcome.FAILED


def claims(document: dict[str, Any]) -> dict[str, Any]:
    return {"iss": document["issuer"], "jti": document["id"], "sub": document["credentialSubject"]["id"]}


def test_a_token_with_its_credential_in_a_claim(world: World, acme: Issuer) -> None:
    document = diploma(acme)
    world.verify(acme.sign_anything_as_jwt({**claims(document), "vc": document})).require()


def test_what_only_the_claims_say_is_read_from_them(world: World, acme: Issuer) -> None:
    document = diploma(acme)
    ends = int((world.now + timedelta(days=3)).timestamp())
    token = {**claims(document), "nbf": int(world.now.timestamp()), "exp": ends}
    for name in ("id", "issuer", "issuanceDate", "expirationDate"):
        del document[name]
    del document["credentialSubject"]["id"]
    signed = acme.sign_anything_as_jwt({**token, "vc": document})
    assert world.verify(signed).require().document["credentialSubject"]["id"] == "did:example:ada"  # type: ignore[index]
    world.advance(timedelta(days=4))
    assert world.verify(signed).status is Status.EXPIRED


def test_claims_that_say_otherwise(world: World, acme: Issuer) -> None:
    document = diploma(acme)
    for claim, value in (("iss", "did:web:mallory.example"), ("jti", "urn:x"), ("exp", 4102444800), ("nbf", 5)):
        result = world.verify(acme.sign_anything_as_jwt({**claims(document), "vc": document, claim: value}))
        assert [p.pointer for p in result.check(CheckName.CONFORMS).problems] == [f"/{claim}"]


def test_a_credential_of_version_2_is_not_wrapped(world: World, acme: Issuer) -> None:
    badge = acme.issue(status=()).document
    assert world.verify(acme.sign_anything_as_jwt({"iss": acme.id, "vc": badge})).status is Status.INVALID


def test_the_old_type_of_proof_needs_its_context(world: World, acme: Issuer) -> None:
    document = diploma(acme, ED25519_2020_V1)
    proof = {"type": "Ed25519Signature2020", "proofValue": "z1", "proofPurpose": "assertionMethod"}
    proof |= {"created": format_instant(world.now), "verificationMethod": acme.verification_method}
    result = world.verify(json.dumps({**document, "proof": proof}))
    assert result.check(CheckName.CONFORMS).outcome is Outcome.PASSED
    assert result.status is Status.INVALID


def test_an_old_proof_on_an_old_credential(world: World, acme: Issuer) -> None:
    """As badges of 2021 and 2022 have it."""
    document = diploma(acme, ED25519_2020_V1)
    options = {
        "type": "Ed25519Signature2020",
        "created": format_instant(world.now),
        "verificationMethod": acme.verification_method,
        "proofPurpose": "assertionMethod",
    }
    hashed = ED25519_SIGNATURE_2020.hash_data(document, options, acme.key.public_key, contexts.load)
    signed = {**document, "proof": {**options, "proofValue": multibase.encode(acme.key.sign(hashed))}}
    world.verify(json.dumps(signed)).require()
    signed["expirationDate"] = "2036-01-01T00:00:00Z"
    assert world.verify(json.dumps(signed)).status is Status.INVALID


def test_all_that_is_wrong_is_said(world: World, acme: Issuer) -> None:
    document = json.loads(acme.sign_anything(diploma(acme, DATA_INTEGRITY_V2)))
    document |= {"issuer": "sec:acme", "issuanceDate": "yesterday", "credentialSubject": {}, "id": None}
    problems = world.verify(json.dumps(document)).check(CheckName.CONFORMS).problems
    assert {problem.pointer for problem in problems} == {"/issuer", "/issuanceDate", "/credentialSubject", "/id"}
