"""Before the peers judge us, they are held against the standards' own signed credentials."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import vectors
from tests.peers.process import Peer, PeerRefused

EXAMPLES = "https://www.w3.org/ns/credentials/examples/v2"
BADGE_ISSUER = "https://example.edu/issuers/565049"


def badge_of_the_implementation_guide() -> tuple[dict[str, Any], dict[str, Any]]:
    """1EdTech's signed example and, as it is published nowhere, the controller document of its issuer."""
    credential = json.loads(vectors("ob3", "impl-guide", "07-signed-credential.json").read_text())
    method = credential["proof"]["verificationMethod"]
    controller = {
        "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"],
        "id": BADGE_ISSUER,
        "verificationMethod": [
            {
                "id": method,
                "type": "Multikey",
                "controller": BADGE_ISSUER,
                "publicKeyMultibase": method.partition("#")[2],
            }
        ],
        "assertionMethod": [method],
    }
    return credential, {BADGE_ISSUER: controller}


def test_they_accept_the_badge_of_1edtechs_implementation_guide(peer: Peer) -> None:
    credential, documents = badge_of_the_implementation_guide()
    answer = peer.ask("verify-credential", credential=credential, documents=documents)
    assert answer == {"verified": True, "errors": [], "status": []}


def test_they_refuse_it_when_a_word_is_changed(peer: Peer) -> None:
    credential, documents = badge_of_the_implementation_guide()
    credential["credentialSubject"]["achievement"]["name"] = "Teamwork!"
    answer = peer.ask("verify-credential", credential=credential, documents=documents)
    assert not answer["verified"]
    assert "Invalid signature." in answer["errors"]


def test_they_canonicalize_it_to_the_published_n_quads(peer: Peer) -> None:
    credential, _ = badge_of_the_implementation_guide()
    del credential["proof"]
    published = vectors("ob3", "impl-guide", "document-canon.txt").read_text()
    assert peer.ask("canonicalize", document=credential).strip() == published.strip()


def test_they_take_the_w3c_vector_apart_from_its_issuer(peer: Peer) -> None:
    """Its issuer is no controller of its did:key: that is the only complaint, the signature itself fits."""
    credential = json.loads(vectors("vc-di-eddsa", "eddsa-rdfc-2022", "signedDataInt.json").read_text())
    context = json.loads(vectors("vcdm2-contexts", "examples", "v2").read_text())
    answer = peer.ask("verify-credential", credential=credential, documents={EXAMPLES: context})
    assert answer["errors"][1:] == ["Credential issuer must match the verification method controller."]


def test_they_know_no_network(peer: Peer) -> None:
    credential, _ = badge_of_the_implementation_guide()
    answer = peer.ask("verify-credential", credential=credential)
    assert any("has no network" in sentence for sentence in answer["errors"])


def test_documents_can_come_from_a_file_named_at_the_start(peer: Peer, tmp_path: Path) -> None:
    credential, documents = badge_of_the_implementation_guide()
    (tmp_path / "issuer.json").write_text(json.dumps(documents[BADGE_ISSUER]))
    (tmp_path / "map.json").write_text(json.dumps({BADGE_ISSUER: "issuer.json"}))
    with Peer(tmp_path / "map.json") as second:
        assert second.ask("verify-credential", credential=credential)["verified"]


def test_a_request_that_makes_no_sense_gets_a_sentence(peer: Peer) -> None:
    with pytest.raises(PeerRefused, match='Unknown command "dance"; known are verify-credential'):
        peer.ask("dance")
