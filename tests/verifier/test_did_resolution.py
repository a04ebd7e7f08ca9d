"""DIDs resolved for others: what the standard has for each way to be right or wrong."""

from __future__ import annotations

import pytest

from keys import did
from tests.world import Issuer, World
from verifier.did_resolution import resolution_of


def test_each_method(world: World, acme: Issuer) -> None:
    for identifier in (acme.id, did.did_key(acme.key.public_key), did.did_jwk(acme.jwt_key.public_key)):
        found = resolution_of(identifier, world.resolver)
        assert found.status == 200
        assert found.as_dict()["didDocument"]["id"] == identifier
        assert found.as_dict()["didResolutionMetadata"] == {"contentType": "application/did"}
        assert found.as_dict()["didDocumentMetadata"] == {}


@pytest.mark.parametrize(
    ("identifier", "status", "code"),
    [
        ("acme", 400, "INVALID_DID"),
        ("did:web:", 400, "INVALID_DID"),
        ("did:web:a.example#key", 400, "INVALID_DID"),
        ("did:web:127.0.0.1", 400, "INVALID_DID"),
        ("did:key:z6Mk", 400, "INVALID_DID"),
        ("did:jwk:e30", 400, "INVALID_DID"),
        ("https://a.example", 400, "INVALID_DID"),
        ("did:ethr:0x1", 501, "METHOD_NOT_SUPPORTED"),
        ("did:web:nobody.example", 404, "NOT_FOUND"),
    ],
)
def test_each_way_to_be_wrong(world: World, identifier: str, status: int, code: str) -> None:
    found = resolution_of(identifier, world.resolver)
    assert (found.status, found.document) == (status, None)
    assert found.metadata["error"]["type"] == f"https://www.w3.org/ns/did#{code}"
    assert found.metadata["error"]["detail"]
