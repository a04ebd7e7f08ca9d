"""Badges under every cryptosuite, in sets and in chains: the verifier's answer is the same whoever's suite it is."""

from __future__ import annotations

import json
from typing import Any

import pytest

from credentials.prepared import prepare
from credentials.proofs.data_integrity import SIGNING_ONCE, SUITES, add_proof
from keys.algorithms import KeyType
from tests.world import Badge, Issuer, World
from verifier.result import CheckName, Outcome, Status

PAIRS = [
    ("eddsa-jcs-2022", KeyType.ED25519),
    ("ecdsa-rdfc-2019", KeyType.P256),
    ("ecdsa-rdfc-2019", KeyType.P384),
    ("ecdsa-jcs-2019", KeyType.P256),
    ("ecdsa-jcs-2019", KeyType.P384),
]


def signed(badge: Badge, signer: Issuer, suite: str, *, earlier: tuple[Any, ...] = (), **members: Any) -> Any:
    """The badge with one proof more, by the issuer's key for tokens if the suite does not take the usual one."""
    usual = signer.key.public_key.type in SUITES[suite].key_types
    key, method = (signer.key, signer.verification_method) if usual else (signer.jwt_key, signer.kid)
    secured = add_proof(
        prepare(badge.document),
        key,
        verification_method=method,
        created=signer.world.now,
        suite=SIGNING_ONCE[suite],
        members=members,
    )
    document = json.loads(secured.body)
    return {**document, "proof": [*earlier, *document["proof"]]}


@pytest.mark.parametrize(
    ("suite", "kind", "method"), [*((*pair, "web") for pair in PAIRS), (*PAIRS[0], "key"), (*PAIRS[2], "https")]
)
def test_a_badge_of_each_suite_is_valid_and_a_changed_one_is_not(
    world: World, suite: str, kind: KeyType, method: str
) -> None:
    acme = world.issuer("acme.example", method=method, jwt_key=kind)
    document = signed(acme.issue(), acme, suite)
    result = world.verify(json.dumps(document))
    assert result.status is Status.VALID, result.sentence
    forged = world.verify(json.dumps({**document, "name": "Chief Engineer"}))
    assert forged.status is Status.INVALID
    assert forged.check(CheckName.PROOF).outcome is Outcome.FAILED


def test_terms_of_an_unknown_context_count_only_where_the_json_is_signed(world: World, acme: Issuer) -> None:
    badge = acme.issue(status=())
    document = signed(badge, acme, "eddsa-jcs-2022")
    context = [*document["@context"], "https://acme.example/terms"]
    assert world.verify(json.dumps({**document, "@context": context})).status is Status.VALID
    over_rdf = json.loads(badge.json)
    assert world.verify(json.dumps({**over_rdf, "@context": context})).status is Status.UNCHECKED


def test_a_set_counts_if_every_proof_in_it_is_right(world: World, acme: Issuer, mallory: Issuer) -> None:
    badge = acme.issue(status=())
    ours = signed(badge, acme, "eddsa-rdfc-2022")["proof"][0]
    both = signed(badge, mallory, "eddsa-jcs-2022", earlier=(ours,))
    assert world.verify(json.dumps(both)).status is Status.VALID
    wrong = {**both, "proof": [both["proof"][0], {**both["proof"][1], "created": "2026-01-01T00:00:00Z"}]}
    assert world.verify(json.dumps(wrong)).status is Status.INVALID
    alone = {**both, "proof": both["proof"][1:]}
    assert world.verify(json.dumps(alone)).status is Status.INVALID


def chained(world: World, acme: Issuer, notary: Issuer) -> dict[str, Any]:
    """The notary signed first, and the issuer after it: its proof covers that of the notary."""
    badge = acme.issue(status=())
    first = signed(badge, notary, "eddsa-rdfc-2022", id="urn:uuid:0d9f9a52-7a2e-4d0c-b5d3-3f1c6f7f0001")
    second = {
        "type": "DataIntegrityProof",
        "created": first["proof"][0]["created"],
        "previousProof": first["proof"][0]["id"],
    }
    return json.loads(acme.sign_anything(first, **second))  # type: ignore[no-any-return]


def test_a_proof_in_a_chain_covers_those_before_it(world: World, acme: Issuer, mallory: Issuer) -> None:
    document = chained(world, acme, mallory)
    result = world.verify(json.dumps(document))
    assert result.status is Status.VALID, result.sentence
    first, second = document["proof"]
    other = signed(acme.issue(status=()), mallory, "eddsa-rdfc-2022", id=first["id"])["proof"][0]
    for proofs in ([second], [other, second], [{**first, "id": "urn:uuid:1"}, second]):
        assert world.verify(json.dumps({**document, "proof": proofs})).status is Status.INVALID
