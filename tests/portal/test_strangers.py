"""A stranger verifies what this server hands out, with nothing but HTTP to it: no database, no keys."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from issuer.status import revoke
from portal.answers import FOREVER
from tests.portal.conftest import BASE, NOW, House, build_house
from verifier.fetch import Fetched, FetchFailed
from verifier.policy import ORDINARY
from verifier.resolve import DidResolver
from verifier.result import VerificationResult
from verifier.verify import verify


class OverHttp:
    """The stranger's network: it leads to this server and nowhere else."""

    def __init__(self, client: TestClient) -> None:
        self._client = client

    def fetch(self, url: str, *, accept: str, max_bytes: int) -> Fetched:
        answer = self._client.get(url, headers={"Accept": accept})
        if answer.status_code != 200 or len(answer.content) > max_bytes:
            raise FetchFailed(url, f"{url} answered with status {answer.status_code}")
        return Fetched(url, answer.content, answer.headers["content-type"].partition(";")[0])


def judged(client: TestClient, document: bytes | str) -> VerificationResult:
    network = OverHttp(client)
    resolver = DidResolver(network, allowed_origins=())
    return verify(document, resolver=resolver, fetcher=network, policy=ORDINARY, now=NOW)


@pytest.mark.parametrize("standing", ["valid", "expired", "revoked", "suspended"])
@pytest.mark.parametrize("form", [".json", ".jwt", ".png", ".svg"])
def test_every_form_says_the_same_to_a_stranger(house: House, client: TestClient, standing: str, form: str) -> None:
    got = client.get(f"/credentials/{house.ids[standing]}{form}")
    assert judged(client, got.content).status.value == standing


def test_the_address_behind_the_qr_code_is_enough(house: House, client: TestClient) -> None:
    assert judged(client, f"{BASE}/credentials/{house.ids['valid']}").verified


def test_a_revocation_shows_at_once_to_us_and_to_strangers(tmp_path_factory: pytest.TempPathFactory) -> None:
    house = build_house(tmp_path_factory.mktemp("second"))
    try:
        with house.client() as client:
            from uuid import UUID

            path = f"/credentials/{house.ids['valid']}"
            assert client.post("/api/verify", json={"url": BASE + path}).json()["status"] == "valid"
            assert house.service.keyring is not None
            revoke(
                house.service.database,
                house.service.keyring,
                credential_id=UUID(house.ids["valid"]),
                actor="test",
                now=NOW,
                reason="left the register",
            )
            assert client.post("/api/verify", json={"url": BASE + path}).json()["status"] == "revoked"
            assert judged(client, client.get(path + ".json").content).status.value == "revoked"
    finally:
        house.service.close()


def test_what_verifiers_fetch_is_open_to_every_origin(house: House, client: TestClient) -> None:
    credential = client.get(f"/credentials/{house.ids['valid']}.json").json()
    entry = credential["credentialStatus"]
    achievement = credential["credentialSubject"]["achievement"]
    fetched = {
        "/.well-known/did.json": "application/did+ld+json",
        "/issuer": "application/ld+json",
        entry["statusListCredential"]: "application/vc",
        achievement["id"]: "application/ld+json",
        achievement["image"]["id"]: "image/svg+xml",
        achievement["id"] + "/image": "image/svg+xml",
    }
    for address, media_type in fetched.items():
        answer = client.get(address)
        assert (answer.status_code, answer.headers["content-type"]) == (200, media_type), address
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
        assert client.get(address, headers={"If-None-Match": answer.headers["etag"]}).status_code == 304
    versioned = client.get(achievement["image"]["id"]).headers["cache-control"]
    assert versioned == f"public, max-age={int(FOREVER.total_seconds())}, immutable"
    assert "immutable" not in client.get(entry["statusListCredential"]).headers["cache-control"]


def test_an_achievement_is_a_page_for_people(house: House, client: TestClient) -> None:
    credential = client.get(f"/credentials/{house.ids['valid']}.json").json()
    address = credential["credentialSubject"]["achievement"]["id"]
    page = client.get(address, headers={"Accept": "text/html"})
    assert "Cloud Engineering Practitioner" in page.text
    assert "75 percent" in page.text
    assert client.get(address + "/99").status_code == 404
    assert client.get("/issuers/nobody/did.json").status_code == 404
