"""DID resolution and the issuer's JWK set over HTTP."""

from __future__ import annotations

from starlette.testclient import TestClient

from keys import did
from keys.algorithms import KeyType
from tests.portal.conftest import House
from tests.world import signer


def test_the_issuer_resolves_at_its_own_server(house: House, client: TestClient) -> None:
    published = client.get("/.well-known/did.json").json()
    answer = client.get(f"/1.0/identifiers/{published['id']}")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/did-resolution"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.json()["didDocument"] == published
    alone = client.get(f"/1.0/identifiers/{published['id']}", headers={"Accept": "application/did"})
    assert alone.headers["content-type"].startswith("application/did")
    assert alone.json() == published


def test_a_did_key_and_what_is_none(client: TestClient) -> None:
    key = did.did_key(signer("a", KeyType.ED25519).public_key)
    assert client.get(f"/1.0/identifiers/{key}").json()["didDocument"]["id"] == key
    assert client.get(f"/1.0/identifiers/{key.replace(':', '%3A')}").json()["didDocument"]["id"] == key
    for identifier, status in (("nobody", 400), ("did:ethr:0x1", 501), ("did:web:127.0.0.1", 400)):
        answer = client.get(f"/1.0/identifiers/{identifier}")
        assert answer.status_code == status
        assert answer.json()["didResolutionMetadata"]["error"]["type"].startswith("https://www.w3.org/ns/did#")


def test_the_keys_that_sign_are_in_the_key_set(house: House, client: TestClient) -> None:
    answer = client.get("/.well-known/jwks.json")
    assert answer.headers["content-type"] == "application/jwk-set+json"
    published = client.get("/.well-known/did.json").json()
    assert answer.json()["iss"] == published["id"]
    assert [key["kid"] for key in answer.json()["keys"]] == published["assertionMethod"]
