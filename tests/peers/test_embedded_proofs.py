"""eddsa-rdfc-2022 in both directions: ours judged by @digitalbazaar/vc, and its by our whole verifier."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from tests.credentials.badges import ISSUER
from tests.peers.company import (
    DID_DOCUMENT_URL,
    Company,
    Internet,
    badge_without_status,
    with_another_name,
    with_another_signature,
)
from tests.peers.process import Peer
from verifier.result import CheckName, Outcome, Status

Damage = Callable[[Mapping[str, Any]], dict[str, Any]]
DAMAGES = pytest.mark.parametrize("damage", [with_another_name, with_another_signature])


def signed_by_the_peer(
    peer: Peer, document: Mapping[str, Any], *, listed: bool = True
) -> tuple[dict[str, Any], Internet]:
    """The document with the peer's proof, and the DID document that lists its key for assertions, or not."""
    key = peer.ask("generate-key", controller=ISSUER)
    public = {name: key[name] for name in ("id", "type", "controller", "publicKeyMultibase")}
    did_document = {
        "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"],
        "id": ISSUER,
        "verificationMethod": [public],
        "assertionMethod": [public["id"]] if listed else [],
    }
    credential = peer.ask("issue-credential", credential=document, key=key, created="2026-01-15T09:00:00Z")
    return credential, Internet({DID_DOCUMENT_URL: did_document})


def test_they_accept_our_badge(peer: Peer) -> None:
    company = Company()
    internet = company.internet()
    answer = peer.ask(
        "verify-credential", credential=company.signed(badge_without_status()), documents=internet.documents()
    )
    assert answer == {"verified": True, "errors": [], "status": []}


def test_we_accept_their_badge(peer: Peer) -> None:
    credential, internet = signed_by_the_peer(peer, badge_without_status())
    verdict = internet.our_verdict(credential)
    assert verdict.status is Status.VALID, verdict.sentence


@DAMAGES
def test_both_refuse_our_badge_when_it_is_damaged(peer: Peer, damage: Damage) -> None:
    company = Company()
    internet = company.internet()
    damaged = damage(company.signed(badge_without_status()))
    assert not peer.accepts(damaged, internet.documents())
    verdict = internet.our_verdict(damaged)
    assert verdict.status is Status.INVALID
    assert verdict.check(CheckName.PROOF).outcome is Outcome.FAILED


@DAMAGES
def test_both_refuse_their_badge_when_it_is_damaged(peer: Peer, damage: Damage) -> None:
    credential, internet = signed_by_the_peer(peer, badge_without_status())
    damaged = damage(credential)
    assert not peer.accepts(damaged, internet.documents())
    assert internet.our_verdict(damaged).status is Status.INVALID


def test_both_refuse_a_key_that_the_issuer_does_not_list_for_assertions(peer: Peer) -> None:
    credential, internet = signed_by_the_peer(peer, badge_without_status(), listed=False)
    assert not peer.ask("verify-credential", credential=credential, documents=internet.documents())["verified"]
    assert internet.our_verdict(credential).status is Status.INVALID


def test_both_refuse_a_key_of_somebody_else(peer: Peer) -> None:
    """A did:key of anyone signs our badge: the signature is right, but it is not the issuer's."""
    key = peer.ask("generate-key")
    credential = peer.ask(
        "issue-credential", credential=badge_without_status(), key=key, created="2026-01-15T09:00:00Z"
    )
    internet = Company().internet()
    assert not peer.ask("verify-credential", credential=credential, documents=internet.documents())["verified"]
    verdict = internet.our_verdict(credential)
    assert verdict.status is Status.INVALID
    assert verdict.check(CheckName.KEY_BELONGS_TO_ISSUER).outcome is Outcome.FAILED


def test_their_did_key_is_ours(peer: Peer) -> None:
    """A badge by a did:key verifies without any document of its issuer."""
    key = peer.ask("generate-key")
    document = badge_without_status()
    document["issuer"] = {**document["issuer"], "id": key["controller"]}
    credential = peer.ask("issue-credential", credential=document, key=key, created="2026-01-15T09:00:00Z")
    assert peer.accepts(credential)
    verdict = Internet({}).our_verdict(credential)
    assert verdict.status is Status.VALID, verdict.sentence
