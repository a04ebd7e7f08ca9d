"""A renewal that names its predecessor, and a refresh service: strangers verify it, and the schema accepts it."""

from __future__ import annotations

import json
from typing import Any

import jsonschema_rs
import pytest

from credentials.contexts import CREDENTIALS_V2, OPEN_BADGES_3_0_3, OPEN_BADGES_EXTENSIONS
from issuer.prepare import REFRESH_TYPE
from issuer.succession.predecessors import integrity
from tests.conftest import vectors
from tests.credentials.badges import badge
from tests.peers.company import Company
from tests.peers.process import Peer

OLD = "https://badges.example/credentials/5d0f3b0e-6b0a-4f0c-9d57-2f5c7d6b3a11"
REFRESH: dict[str, Any] = {
    "@context": [CREDENTIALS_V2, OPEN_BADGES_3_0_3, OPEN_BADGES_EXTENSIONS],
    "refreshService": {"id": f"{OLD}/refresh", "type": REFRESH_TYPE},
}


@pytest.mark.parametrize("more", [{}, REFRESH], ids=["without", "with a refresh service"])
def test_a_successor(peer: Peer, more: dict[str, Any]) -> None:
    company = Company()
    related = [{"id": f"{OLD}.json", "digestSRI": integrity(b"the bytes"), "mediaType": "application/json"}]
    signed = company.signed(badge(relatedResource=related, **more))
    internet = company.internet()
    assert internet.our_verdict(signed).verified
    assert peer.ask("verify-credential", credential=signed, documents=internet.documents())["verified"]
    changed = json.loads(json.dumps(signed))
    changed["relatedResource"][0]["digestSRI"] = integrity(b"other bytes")
    assert not internet.our_verdict(changed).verified, "the digest is signed"
    assert not peer.ask("verify-credential", credential=changed, documents=internet.documents())["verified"]
    schema = json.loads(vectors("ob3", "schema", "json", "achievementcredential.json").read_text())
    assert [error.message for error in jsonschema_rs.validator_for(schema).iter_errors(signed)] == []
