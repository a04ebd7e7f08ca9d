"""Whatever is given is judged: a badge, a presentation, or what lies at an address."""

from __future__ import annotations

import json

from credentials.contexts import CREDENTIALS_V2
from tests.world import Issuer, World
from verifier.given import judge_given
from verifier.policy import ORDINARY
from verifier.presentation import PresentationResult
from verifier.result import Status, VerificationResult

URL = "https://ada.example/shown.json"


def judged(world: World, document: str, **asked: str) -> VerificationResult | PresentationResult:
    return judge_given(
        document, resolver=world.resolver, fetcher=world.fetcher, policy=ORDINARY, now=world.now, **asked
    )


def test_a_presentation_at_an_address_is_asked_for_once(world: World, acme: Issuer) -> None:
    shown = {
        "@context": [CREDENTIALS_V2],
        "type": ["VerifiablePresentation"],
        "verifiableCredential": [json.loads(acme.issue().json)],
    }
    world.fetcher.serve(URL, json.dumps(shown).encode())
    found = judged(world, URL)
    assert isinstance(found, PresentationResult)
    assert (found.status, found.source, found.as_dict()["source"]) == (Status.VALID, URL, URL)
    assert world.fetcher.requests.count(URL) == 1
    asked = judged(world, URL, challenge="c-1")
    assert asked.status is Status.INVALID
    assert "cannot answer the challenge" in asked.sentence


def test_a_badge_at_an_address_is_judged_as_ever(world: World, acme: Issuer) -> None:
    badge = acme.issue()
    world.fetcher.serve(badge.id, badge.json)
    found = judged(world, badge.id)
    assert isinstance(found, VerificationResult)
    assert (found.status, found.source) == (Status.VALID, badge.id)
    assert judged(world, badge.id, challenge="c-1").status is Status.INVALID


def test_what_a_badge_leads_to_is_no_presentation_of_its_own(world: World, acme: Issuer) -> None:
    """Only what the caller's own address gives is read so; not what was fetched for a document that is there."""
    badge = acme.issue()
    world.fetcher.serve(acme.document_url, b'{"type": ["VerifiablePresentation"]}')
    assert isinstance(judged(world, badge.json.decode()), VerificationResult)
