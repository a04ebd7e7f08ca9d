"""VCDM 2.0, presentations: what a verifier must accept and must refuse."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance.clauses import DATA_INTEGRITY, VCDM_2, must
from tests.conformance.holders import Holder
from tests.conformance.issuers import EXAMPLES_V2, REMOVED, V2, Issuer, accepted

ADA = Holder()


@must(VCDM_2, "4.13", "a presentation with credentials and a proof of its holder is verified")
def test_a_presentation(issuer: Issuer) -> None:
    presented = ADA.signed(
        ADA.presentation(issuer.issued(), issuer.issued()), challenge="c-1", domain="verifier.example"
    )
    assert accepted(issuer.verify_presentation(presented, challenge="c-1", domain="verifier.example"))


@must(VCDM_2, "4.13", "a presentation MAY be without a proof")
def test_without_a_proof(issuer: Issuer) -> None:
    assert accepted(issuer.verify_presentation(ADA.presentation(issuer.issued())))


@must(VCDM_2, "4.13", "id, if there, MUST be a URL")
def test_the_id(issuer: Issuer) -> None:
    assert accepted(issuer.verify_presentation(ADA.signed(ADA.presentation(issuer.issued(), id="urn:x:1"))))
    assert not accepted(issuer.verify_presentation(ADA.presentation(issuer.issued(), id="not a url")))


@must(VCDM_2, "4.13", "type MUST be there, and one MUST be VerifiablePresentation")
@pytest.mark.parametrize("types", [REMOVED, ["ExamplePresentation"], []], ids=["none", "another", "empty"])
def test_the_type(issuer: Issuer, types: Any) -> None:
    context = [V2, EXAMPLES_V2]
    presented = ADA.presentation(issuer.issued(), **{"@context": context, "type": types})
    assert issuer.verify_presentation(presented).status == 400


@must(VCDM_2, "4.13", "further types are accepted")
def test_further_types(issuer: Issuer) -> None:
    types = ["VerifiablePresentation", "ExamplePresentation"]
    presented = ADA.presentation(issuer.issued(), **{"@context": [V2, EXAMPLES_V2], "type": types})
    assert accepted(issuer.verify_presentation(ADA.signed(presented)))


@must(VCDM_2, "4.13", "credentials MUST be objects, not numbers, texts or URLs")
@pytest.mark.parametrize("given", [7, "https://example.org/credential", None], ids=["number", "URL", "null"])
def test_credentials_are_objects(issuer: Issuer, given: Any) -> None:
    assert issuer.verify_presentation(ADA.presentation(given)).status == 400


@must(VCDM_2, "4.13", "holder MUST be a URL or an object with an id")
def test_the_holder(issuer: Issuer) -> None:
    assert accepted(issuer.verify_presentation(ADA.signed(ADA.presentation(issuer.issued(), holder={"id": ADA.did}))))
    for wrong in ("not a url", {"name": "Ada"}, 7):
        assert issuer.verify_presentation(ADA.presentation(issuer.issued(), holder=wrong)).status == 400


@must(VCDM_2, "4.13.4", "a self-asserted credential without a proof of its own MUST name the holder as its issuer")
def test_self_asserted(issuer: Issuer) -> None:
    own = {"@context": [V2], "type": ["VerifiableCredential"], "issuer": ADA.did,
           "credentialSubject": {"id": ADA.did, "name": "Ada"}}  # fmt: skip
    assert accepted(issuer.verify_presentation(ADA.signed(ADA.presentation(own))))
    for presented in (
        ADA.presentation(own, holder=REMOVED),
        ADA.presentation({**own, "issuer": "did:example:another"}),
        ADA.presentation(own, holder="did:example:another"),
    ):
        assert not accepted(issuer.verify_presentation(ADA.signed(presented)))
    assert not accepted(issuer.verify_presentation(ADA.presentation(own)))


@must(DATA_INTEGRITY, "4.4", "a proof MUST be for the challenge and the domain that were asked for")
@pytest.mark.parametrize("asked", [{"challenge": "another"}, {"domain": "other.example"}], ids=["challenge", "domain"])
def test_challenge_and_domain(issuer: Issuer, asked: dict[str, str]) -> None:
    presented = ADA.signed(ADA.presentation(issuer.issued()), challenge="c-1", domain="verifier.example")
    assert not accepted(issuer.verify_presentation(presented, **asked))


@must(DATA_INTEGRITY, "4.4", "a proof for another purpose MUST be refused")
def test_another_purpose(issuer: Issuer) -> None:
    presented = ADA.signed(ADA.presentation(issuer.issued()), proofPurpose="assertionMethod")
    assert not accepted(issuer.verify_presentation(presented))


@must(DATA_INTEGRITY, "4.4", "a proof that has expired MUST be refused")
def test_an_expired_proof(issuer: Issuer) -> None:
    presented = ADA.signed(
        ADA.presentation(issuer.issued()), created="2024-01-01T00:00:00Z", expires="2024-01-02T00:00:00Z"
    )
    assert not accepted(issuer.verify_presentation(presented))


@must(VCDM_2, "4.13", "a credential that is not verified MUST NOT pass within a presentation")
def test_a_damaged_credential(issuer: Issuer) -> None:
    damaged = {**issuer.issued(), "id": "urn:x:changed"}
    assert not accepted(issuer.verify_presentation(ADA.signed(ADA.presentation(issuer.issued(), damaged))))
