"""What a holder says of itself in a presentation (VCDM 2.0, section 4.13.4), and the form of presentations."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.conformance.holders import Holder
from tests.conformance.issuers import REMOVED, V2
from tests.peers.company import Internet
from verifier.policy import ORDINARY
from verifier.presentation import Challenge, NotAPresentation, PresentationResult, verify_presentation
from verifier.resolve import DidResolver
from verifier.result import Status

ADA = Holder()
NOWHERE = Internet({})


def own(**changes: Any) -> dict[str, Any]:
    return {
        "@context": [V2],
        "type": ["VerifiableCredential"],
        "issuer": ADA.did,
        "credentialSubject": {"id": ADA.did, "name": "Ada"},
        **changes,
    }


def judged(presentation: Mapping[str, Any]) -> PresentationResult:
    return verify_presentation(
        presentation,
        challenge=Challenge(),
        resolver=DidResolver(NOWHERE, allowed_origins=()),
        fetcher=NOWHERE,
        policy=ORDINARY,
        now=datetime.now(UTC),
    )


def test_what_a_holder_says_of_itself_counts_by_its_proof_on_the_presentation() -> None:
    found = judged(ADA.signed(ADA.presentation(own())))
    assert found.verified
    assert [result.status for result in found.credentials] == [Status.VALID]
    assert "signed it with the rest" in found.credentials[0].check("proof").sentence


@pytest.mark.parametrize(
    "presentation",
    [
        ADA.presentation(own(), holder=REMOVED),
        ADA.presentation(own(issuer="did:example:another")),
        ADA.presentation(own(), holder="did:example:another"),
        ADA.presentation(own(proof=[])),
        ADA.presentation(own(credentialSubject={})),
        ADA.presentation(own(validUntil="2020-01-01T00:00:00Z")),
        ADA.presentation(own(), own(issuer="did:example:another")),
    ],
    ids=["no holder", "another issuer", "another holder", "an empty proof", "malformed", "over", "one of two"],
)
def test_nothing_else_counts(presentation: dict[str, Any]) -> None:
    assert not judged(ADA.signed(presentation)).verified


def test_without_the_holders_proof_it_is_nobodys_word() -> None:
    assert not judged(ADA.presentation(own())).verified


def test_it_is_noticed_if_it_is_changed() -> None:
    signed = ADA.signed(ADA.presentation(own()))
    changed = {**signed, "verifiableCredential": [own(credentialSubject={"id": ADA.did, "name": "Eve"})]}
    assert not judged(changed).verified


@pytest.mark.parametrize(
    "changes", [{"id": "x"}, {"id": 7}, {"id": None}, {"holder": "x"}, {"holder": {"name": "Ada"}}, {"holder": None}]
)
def test_id_and_holder_are_urls(changes: dict[str, Any]) -> None:
    with pytest.raises(NotAPresentation, match="URL"):
        judged(ADA.presentation(own(), **changes))
