"""Credentials of the W3C data model 1.1 through the VC API: issued for who asks for that version by its context."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.portal.conftest import House

CREDENTIALS_V1 = "https://www.w3.org/2018/credentials/v1"
OPEN_BADGES = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.1.json"


def diploma(**members: Any) -> dict[str, Any]:
    return {
        "@context": [CREDENTIALS_V1],
        "type": ["VerifiableCredential"],
        "credentialSubject": {"id": "did:example:ada"},
        **members,
    }


def issue(client: TestClient, house: House, document: dict[str, Any]) -> Any:
    headers = {"Authorization": f"Bearer {house.token}"}
    return client.post("/vc-api/default/credentials/issue", json={"credential": document}, headers=headers)


def test_what_is_issued_in_version_1_1_verifies(house: House, client: TestClient) -> None:
    answer = issue(client, house, diploma(expirationDate="2028-01-01T00:00:00Z"))
    assert answer.status_code == 201, answer.text
    issued = answer.json()["verifiableCredential"]
    assert issued["@context"] == [CREDENTIALS_V1, "https://w3id.org/security/data-integrity/v2"]
    assert issued["issuanceDate"]
    assert "validFrom" not in issued
    assert "credentialStatus" not in issued
    verdict = client.post("/vc-api/default/credentials/verify", json={"verifiableCredential": issued})
    assert (verdict.status_code, verdict.json()["verified"]) == (200, True)


@pytest.mark.parametrize(
    "document",
    [
        diploma(issuer="sec:acme"),
        diploma(evidence={"id": "sec:x", "type": "sec:Foo"}),
        diploma(validUntil="2020-01-01T00:00:00Z", validFrom="2021-01-01T00:00:00Z"),
        diploma(**{"@context": [CREDENTIALS_V1, OPEN_BADGES], "type": ["VerifiableCredential", "OpenBadgeCredential"]}),
        diploma(unknown="x"),
    ],
)
def test_what_is_not_issued(house: House, client: TestClient, document: dict[str, Any]) -> None:
    answer = issue(client, house, document)
    assert answer.status_code == 400
    assert answer.json()["problemDetails" if "problemDetails" in answer.json() else "errors"]
