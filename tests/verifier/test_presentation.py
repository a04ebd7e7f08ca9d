"""A holder presents badges: whose they are, who presents them, and for which question."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from credentials.contexts import CREDENTIALS_V2, OPEN_BADGES_3_0_3, ContextDamaged
from tests.world import Issuer, World
from verifier.policy import ORDINARY
from verifier.presentation import Challenge, NotAPresentation, PresentationResult, verify_presentation
from verifier.result import Outcome, Status

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
ASKED = Challenge("c-42", "verify.example")


@pytest.fixture
def world() -> World:
    return World(NOW)


@pytest.fixture
def holder(world: World) -> Issuer:
    return world.issuer("ada.example", method="key")


def presented(holder: Issuer, *credentials: Any, proof: dict[str, Any] | None = None, **members: Any) -> dict[str, Any]:
    document = {
        "@context": [CREDENTIALS_V2, OPEN_BADGES_3_0_3],
        "type": ["VerifiablePresentation"],
        "holder": holder.id,
        "verifiableCredential": list(credentials),
        **members,
    }
    options = {"proofPurpose": "authentication", "challenge": "c-42", "domain": "verify.example", **(proof or {})}
    return json.loads(holder.sign_anything(document, **options))  # type: ignore[no-any-return]


def judged(world: World, presentation: dict[str, Any], challenge: Challenge = ASKED) -> PresentationResult:
    return verify_presentation(
        presentation,
        challenge=challenge,
        resolver=world.resolver,
        fetcher=world.fetcher,
        policy=ORDINARY,
        now=world.now,
    )


def test_a_holder_shows_a_badge_and_that_it_is_he_who_shows_it(world: World, holder: Issuer) -> None:
    badge = world.issuer("acme.example").issue()
    result = judged(world, presented(holder, json.loads(badge.json)))
    assert result.verified
    assert result.holder.outcome is Outcome.PASSED
    assert holder.id in result.holder.sentence


def test_one_bad_badge_spoils_the_presentation(world: World, holder: Issuer) -> None:
    acme = world.issuer("acme.example")
    good, bad = acme.issue(), acme.issue()
    acme.revoke(bad)
    result = judged(world, presented(holder, json.loads(good.json), json.loads(bad.json)))
    assert not result.verified
    assert [one.status for one in result.credentials] == [Status.VALID, Status.REVOKED]
    assert result.sentence == result.credentials[1].sentence


def test_without_a_proof_nobody_is_known_to_present_it(world: World, holder: Issuer) -> None:
    presentation = presented(holder, json.loads(world.issuer("acme.example").issue().json))
    del presentation["proof"]
    assert judged(world, presentation, Challenge()).holder.outcome is Outcome.SKIPPED
    assert judged(world, presentation, Challenge()).verified
    assert judged(world, presentation, ASKED).holder.outcome is Outcome.FAILED


@pytest.mark.parametrize(
    ("proof", "outcome"),
    [
        ({"challenge": "c-41"}, Outcome.FAILED),
        ({"domain": "other.example"}, Outcome.FAILED),
        ({"proofPurpose": "assertionMethod"}, Outcome.FAILED),
        ({"expires": "2026-11-22T09:59:59Z"}, Outcome.FAILED),
        ({"expires": "2026-11-22T10:00:01Z"}, Outcome.PASSED),
        ({"expires": "2026-11-22T10:00:00Z"}, Outcome.FAILED),
        ({"expires": "soon"}, Outcome.FAILED),
        ({"created": "2026-11-22T10:05:00Z"}, Outcome.PASSED),
        ({"created": "2026-11-22T10:05:01Z"}, Outcome.FAILED),
        ({"created": "2027-01-01T00:00:00Z", "expires": "2028-01-01T00:00:00Z"}, Outcome.FAILED),
        ({"cryptosuite": "eddsa-rdfc-2099"}, Outcome.INCOMPLETE),
        ({"verificationMethod": "did:web:nobody.example#key"}, Outcome.FAILED),
        ({"salary": "100000"}, None),
    ],
)
def test_the_holders_proof(world: World, holder: Issuer, proof: dict[str, Any], outcome: Outcome | None) -> None:
    badge = json.loads(world.issuer("acme.example").issue().json)
    if outcome is None:
        presentation = presented(holder, badge)
        presentation["proof"][0] |= proof
        assert judged(world, presentation).holder.outcome is Outcome.FAILED
        return
    assert judged(world, presented(holder, badge, proof=proof)).holder.outcome is outcome


@pytest.mark.parametrize(
    ("change", "outcome"),
    [
        ({"holder": "did:web:somebody.example"}, Outcome.FAILED),
        ({"https://www.w3.org/2018/credentials#holder": "did:web:somebody.example"}, Outcome.FAILED),
        ({"unknown": "term"}, Outcome.FAILED),
        ({"@context": [CREDENTIALS_V2, "https://evil.example/context"]}, Outcome.INCOMPLETE),
        ({"proof": []}, Outcome.FAILED),
        ({"proof": "none"}, Outcome.FAILED),
    ],
)
def test_a_presentation_that_was_changed_is_refused(
    world: World, holder: Issuer, change: dict[str, Any], outcome: Outcome
) -> None:
    presentation = {**presented(holder, json.loads(world.issuer("acme.example").issue().json)), **change}
    before = len(world.fetcher.requests)
    result = judged(world, presentation)
    assert result.holder.outcome is outcome
    assert not result.verified
    assert not any("somebody" in request or "evil" in request for request in map(str, world.fetcher.requests[before:]))


def test_an_issuers_signing_key_does_not_present(world: World) -> None:
    acme = world.issuer("acme.example")
    presentation = presented(acme, json.loads(acme.issue().json))
    result = judged(world, presentation)
    assert result.holder.outcome is Outcome.FAILED
    assert "present" in result.holder.sentence


def test_a_damaged_installation_is_no_verdict(world: World, holder: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    presentation = presented(holder)

    def damaged(*_: object, **__: object) -> bytes:
        raise ContextDamaged("the package of the contexts is not installed; install it")

    monkeypatch.setattr("credentials.canonical.canonicalize", damaged)
    result = judged(world, presentation)
    assert (result.holder.outcome, result.verified) == (Outcome.INCOMPLETE, False)
    assert "is not installed" in result.holder.sentence


def test_nothing_at_all_proves_nothing(world: World) -> None:
    empty = {"@context": [CREDENTIALS_V2], "type": "VerifiablePresentation"}
    assert not judged(world, empty, Challenge()).verified


@pytest.mark.parametrize(
    "presentation",
    [
        {"type": "VerifiableCredential"},
        {"type": ["EnvelopedVerifiablePresentation"]},
        {"type": ["EnvelopedVerifiablePresentation"], "id": "data:application/vp+jwt,e30.e30.AA", "holder": "x"},
        {"type": ["EnvelopedVerifiablePresentation"], "id": "data:application/vc+jwt,e30.e30.AA"},
        {"type": "VerifiablePresentation", "verifiableCredential": [1]},
        {"type": "VerifiablePresentation", "verifiableCredential": [{}] * 21},
    ],
)
def test_what_is_no_presentation_is_said(world: World, presentation: dict[str, Any]) -> None:
    with pytest.raises(NotAPresentation, match=r"\."):
        judged(world, presentation, Challenge())
