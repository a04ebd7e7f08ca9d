"""Endorsements in a badge, its achievement and its issuer's profile; and refreshed badges."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from credentials import contexts
from credentials.instants import format_instant
from credentials.problems import Unacceptable
from credentials.proofs.rdfc_suites import EDDSA_RDFC_2022
from keys import multibase
from tests.world import CONTEXT, Badge, Issuer, World, payload_of
from verifier.result import Outcome, Status

EXTENSIONS = "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json"


@pytest.fixture
def board(world: World) -> Issuer:
    """A professional body that endorses what others do."""
    return world.issuer("board.example", name="Board of Cloud Engineers")


def _embedded(badge: Badge) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(badge.json)
    return value


def _with(badge: Badge, place: str, endorsements: list[Any], member: str = "endorsement") -> dict[str, Any]:
    document: dict[str, Any] = json.loads(json.dumps(badge.document))
    holder = {
        "credential": document,
        "achievement": document["credentialSubject"]["achievement"],
        "issuer": document["issuer"],
    }[place]
    holder[member] = endorsements
    return document


def _id_of(badge: Badge, place: str) -> str:
    ids: Mapping[str, str] = {
        "credential": badge.id,
        "achievement": badge.document["credentialSubject"]["achievement"]["id"],
        "issuer": badge.issuer.id,
    }
    return ids[place]


@pytest.mark.parametrize("place", ["credential", "achievement", "issuer"])
@pytest.mark.parametrize("form", ["json", "jwt"])
def test_endorsements_are_verified_wherever_they_stand(
    world: World, acme: Issuer, board: Issuer, place: str, form: str
) -> None:
    badge = acme.issue(status=())
    endorsement = board.endorse(_id_of(badge, place))
    if form == "json":
        body = acme.sign_anything(_with(badge, place, [_embedded(endorsement)]))
    else:
        document = _with(badge, place, [endorsement.jwt.decode()], "endorsementJwt")
        body = acme.sign_anything_as_jwt(payload_of(document))
    result = world.verify(body)
    assert result.status is Status.VALID, result.sentence
    assert result.check("endorsements").outcome is Outcome.PASSED


def test_a_bad_endorsement_is_named(world: World, acme: Issuer, board: Issuer) -> None:
    badge = acme.issue(status=())
    good, bad = _embedded(board.endorse(badge.id)), _embedded(board.endorse(badge.id))
    bad["credentialSubject"]["endorsementComment"] = "The best badge in the world."
    result = world.verify(acme.sign_anything(_with(badge, "credential", [good, bad])))
    assert result.status is Status.INVALID
    check = result.check("endorsements")
    assert check.problem is not None
    assert check.problem.pointer == "/endorsement/1"
    assert "Board of Cloud Engineers (did:web:board.example)" in check.sentence


def test_an_endorsement_of_something_else(world: World, acme: Issuer, board: Issuer) -> None:
    badge = acme.issue(status=())
    stolen = _embedded(board.endorse("https://other.example/badge"))
    result = world.verify(acme.sign_anything(_with(badge, "credential", [stolen])))
    assert result.status is Status.INVALID
    assert "about something else (https://other.example/badge)" in result.sentence


def test_an_expired_and_an_unreachable_endorsement(world: World, acme: Issuer, board: Issuer) -> None:
    badge = acme.issue(status=())
    end = (world.now + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    endorsement = _embedded(board.endorse(badge.id, validUntil=end))
    body = acme.sign_anything(_with(badge, "credential", [endorsement]))
    assert world.verify(body).status is Status.VALID
    world.fetcher.unreachable(board.base_url)
    assert world.verify(body).status is Status.UNCHECKED
    world.fetcher.heal()
    world.advance(timedelta(days=2))
    result = world.verify(body)
    assert result.status is Status.INVALID
    assert "is expired" in result.sentence


@pytest.mark.parametrize("value", ["no token at all", "https://board.example/endorsement", "eyJhbGciOiJub25lIn0"])
def test_what_is_no_endorsement(world: World, acme: Issuer, value: str) -> None:
    badge = acme.issue(status=())
    payload = payload_of(_with(badge, "credential", [value], "endorsementJwt"))
    assert world.verify(acme.sign_anything_as_jwt(payload)).status is Status.INVALID


def test_a_badge_is_no_endorsement(world: World, acme: Issuer) -> None:
    badge, other = acme.issue(status=()), acme.issue(status=())
    payload = payload_of(_with(badge, "credential", [other.jwt.decode()], "endorsementJwt"))
    assert world.verify(acme.sign_anything_as_jwt(payload)).status is Status.INVALID


def test_number_and_depth_are_bounded(world: World, acme: Issuer, board: Issuer) -> None:
    badge = acme.issue(status=())
    many = [board.endorse(badge.id).jwt.decode()] * 3
    token = acme.sign_anything_as_jwt(payload_of(_with(badge, "credential", many, "endorsementJwt")))
    assert world.verify(token).verified
    assert world.verify(token, max_endorsements=2).status is Status.UNCHECKED
    assert world.verify(token, max_endorsement_depth=0).status is Status.UNCHECKED

    inner = board.endorse("did:web:board.example").jwt.decode()
    profile = {**board.profile(), "endorsementJwt": [inner]}
    endorsed = board.sign_anything_as_jwt(payload_of(board.endorse(badge.id, issuer=profile).document))
    nested = acme.sign_anything_as_jwt(payload_of(_with(badge, "credential", [endorsed.decode()], "endorsementJwt")))
    assert world.verify(nested).verified
    assert world.verify(nested, max_endorsements=1).status is Status.UNCHECKED, "counted over all depths"
    assert world.verify(nested, max_endorsement_depth=1).status is Status.UNCHECKED


def test_an_endorsement_that_takes_too_much_work(world: World, acme: Issuer, board: Issuer) -> None:
    badge = acme.issue(status=())
    evidence = [{"type": ["Evidence"], "name": f"Part {number}"} for number in range(300)]
    large = json.loads(board.sign_anything({**board.endorse(badge.id).document, "evidence": evidence}))
    result = world.verify(acme.sign_anything(_with(badge, "credential", [large])))
    assert result.status is Status.UNCHECKED
    assert "more than 200 objects" in result.sentence


# Refresh

SERVICE = "https://acme.example/refresh/1"


def _refreshable(acme: Issuer, **options: Any) -> tuple[Badge, bytes]:
    badge = acme.issue(status=(), refreshService={"id": SERVICE, "type": "1EdTechCredentialRefresh"}, **options)
    document = {**badge.document, "@context": [*CONTEXT, EXTENSIONS]}
    return badge, acme.sign_anything(document)


def test_a_newer_version_is_judged_if_the_policy_asks(world: World, acme: Issuer) -> None:
    badge, old = _refreshable(acme, valid_for=timedelta(days=2))
    renewed = {**badge.document, "@context": [*CONTEXT, EXTENSIONS], "validUntil": "2030-01-01T00:00:00Z"}
    world.fetcher.serve(SERVICE, acme.sign_anything(renewed))
    world.advance(timedelta(days=9))
    assert world.verify(old).status is Status.EXPIRED
    assert SERVICE not in world.fetcher.requests
    result = world.verify(old, refresh=True)
    assert result.status is Status.VALID
    assert (result.document or {})["validUntil"] == "2030-01-01T00:00:00Z"


def test_after_a_recertification_the_new_credential_is_judged(world: World, acme: Issuer) -> None:
    badge, old = _refreshable(acme, valid_for=timedelta(days=2))
    new = f"{acme.base_url}/credentials/{world.uuid()}"
    renewed = {**badge.document, "@context": [*CONTEXT, EXTENSIONS], "id": new, "validUntil": "2030-01-01T00:00:00Z"}
    world.advance(timedelta(days=9))
    world.fetcher.serve(SERVICE, acme.sign_anything(renewed))
    result = world.verify(old, refresh=True)
    assert result.status is Status.VALID
    assert result.check("refresh").sentence == f"It has a successor: {new} was fetched, and is what was judged."
    subject = {**badge.document["credentialSubject"], "achievement": acme.achievement() | {"id": "urn:uuid:other"}}
    world.fetcher.serve(SERVICE, acme.sign_anything({**renewed, "credentialSubject": subject}))
    assert world.verify(old, refresh=True).status is Status.EXPIRED, "another achievement is no renewal of this one"


def test_a_refresh_that_does_not_work_leaves_the_badge_as_it_is(world: World, acme: Issuer, mallory: Issuer) -> None:
    badge, old = _refreshable(acme, valid_for=timedelta(days=2))
    other, _ = _refreshable(acme, valid_for=timedelta(days=900))
    forged = {**badge.document, "@context": [*CONTEXT, EXTENSIONS], "validUntil": "2030-01-01T00:00:00Z"}
    older = {**forged, "validFrom": "2020-01-01T00:00:00Z"}
    world.advance(timedelta(days=9))
    for body in (
        b"",
        mallory.sign_anything(forged),
        acme.sign_anything({**other.document, "@context": [*CONTEXT, EXTENSIONS]}),
        acme.sign_anything(older),
    ):
        world.fetcher.serve(SERVICE, body)
        result = world.verify(old, refresh=True)
        assert result.status is Status.EXPIRED
        assert result.check("refresh").outcome is Outcome.SKIPPED
        assert "judged as it is" in result.check("refresh").sentence


def _signed_as_the_validator_would(acme: Issuer, document: dict[str, Any]) -> bytes:
    """With an embedded proof over the other edition of context 3.0.3, which defines `endorsementJwt`."""
    options = {
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-rdfc-2022",
        "created": format_instant(acme.world.now),
        "verificationMethod": acme.verification_method,
        "proofPurpose": "assertionMethod",
    }
    hashed = EDDSA_RDFC_2022.hash_data(document, options, acme.key.public_key, contexts.load_as_the_validator)
    proof = {**options, "proofValue": multibase.encode(acme.key.sign(hashed))}
    return json.dumps({**document, "proof": [proof]}).encode()


@pytest.mark.parametrize("place", ["credential", "achievement", "issuer"])
def test_a_token_under_an_embedded_proof_tells_which_edition_of_the_context_it_was_signed_with(
    world: World, acme: Issuer, board: Issuer, place: str
) -> None:
    badge = acme.issue(status=())
    document = _with(badge, place, [board.endorse(_id_of(badge, place)).jwt.decode()], "endorsementJwt")
    signed = _signed_as_the_validator_would(acme, document)
    result = world.verify(signed).require()
    assert "1EdTech’s validator" in result.check("conforms").sentence
    assert result.check("endorsements").outcome is Outcome.PASSED
    forged = json.loads(signed)
    _holder(forged, place)["endorsementJwt"] = [board.endorse(_id_of(badge, place)).jwt.decode()]
    assert world.verify(json.dumps(forged)).status is Status.INVALID


def _holder(document: dict[str, Any], place: str) -> dict[str, Any]:
    achievement: dict[str, Any] = document["credentialSubject"]["achievement"]
    issuer: dict[str, Any] = document["issuer"]
    return {"credential": document, "achievement": achievement, "issuer": issuer}[place]


def test_a_token_that_was_put_in_afterwards_is_not_covered_by_the_signature(
    world: World, acme: Issuer, board: Issuer
) -> None:
    badge = acme.issue(status=())
    document = {**json.loads(badge.json), "endorsementJwt": [board.endorse(badge.id).jwt.decode()]}
    assert world.verify(json.dumps(document)).status is Status.INVALID


def test_it_is_never_issued_under_an_embedded_proof(acme: Issuer, board: Issuer) -> None:
    badge = acme.issue(status=())
    document = _with(badge, "credential", [board.endorse(badge.id).jwt.decode()], "endorsementJwt")
    with pytest.raises(Unacceptable, match="endorsementJwt"):
        acme.seal().sign(document)
