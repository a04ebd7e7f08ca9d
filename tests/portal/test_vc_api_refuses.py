"""What is refused over the VC API without asking anybody for a key: what could not be verified with any."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from starlette.testclient import TestClient

from credentials import problems
from tests.portal.conftest import House

VERIFY = "/vc-api/default/credentials/verify"
PRESENT = "/vc-api/default/presentations/verify"
HOST = "stranger.example"


def _json(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def proven(house: House, **members: Any) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(house.world.issuer(HOST).issue().json)
    return {**document, "proof": [{**document["proof"][0], **members}]}


def token(house: House, signature: str | None = None, **header: Any) -> str:
    first, payload, last = house.world.issuer(HOST).issue().jwt.decode().split(".")
    said = json.loads(base64.urlsafe_b64decode(first + "=" * (-len(first) % 4)))
    return f"{_json({**said, **header})}.{payload}.{last if signature is None else signature}"


def enveloped(text: str) -> dict[str, Any]:
    return {
        "@context": "https://www.w3.org/ns/credentials/v2",
        "id": f"data:application/vc+jwt,{text}",
        "type": "EnvelopedVerifiableCredential",
    }


PROOFS = (
    ({"cryptosuite": "rot13-2026"}, problems.UNSUPPORTED_PROOF),
    ({"type": "RsaSignature2018"}, problems.UNSUPPORTED_PROOF),
    ({"proofValue": "z0OIl"}, problems.PROOF_VERIFICATION_ERROR),
    ({"proofValue": "uAAAA"}, problems.PROOF_VERIFICATION_ERROR),
    ({"proofPurpose": "authentication"}, problems.PROOF_VERIFICATION_ERROR),
    ({"created": "yesterday"}, problems.PROOF_VERIFICATION_ERROR),
)
HEADERS = (
    ({"alg": "none"}, problems.NOT_SIGNED),
    ({"alg": "HS256"}, problems.UNSUPPORTED_PROOF),
    ({"alg": "RS1"}, problems.UNSUPPORTED_PROOF),
    ({"jku": "https://stranger.example/keys"}, problems.PROOF_VERIFICATION_ERROR),
    ({"crit": ["exp"]}, problems.PROOF_VERIFICATION_ERROR),
)


def refused(house: House, client: TestClient, path: str, body: dict[str, Any], type_: str) -> None:
    house.world.fetcher.requests.clear()
    answer = client.post(path, json=body)
    assert answer.status_code == 400, answer.text
    assert type_ in {problem["type"] for problem in answer.json()["problemDetails"]}, answer.text
    assert house.world.fetcher.requests == []


def test_what_is_right_asks_for_the_key(house: House, client: TestClient) -> None:
    document = proven(house)
    house.world.fetcher.requests.clear()
    assert client.post(VERIFY, json={"verifiableCredential": document}).json()["verified"] is True
    assert house.world.fetcher.requests[0] == f"https://{HOST}/.well-known/did.json"


@pytest.mark.parametrize(("members", "type_"), PROOFS)
def test_a_proof(house: House, client: TestClient, members: dict[str, Any], type_: str) -> None:
    refused(house, client, VERIFY, {"verifiableCredential": proven(house, **members)}, type_)


@pytest.mark.parametrize(("header", "type_"), HEADERS)
def test_a_token(house: House, client: TestClient, header: dict[str, Any], type_: str) -> None:
    refused(house, client, VERIFY, {"verifiableCredential": token(house, **header)}, type_)
    refused(house, client, VERIFY, {"verifiableCredential": enveloped(token(house, **header))}, type_)


def test_a_token_that_says_nobody_signed_it(house: House, client: TestClient) -> None:
    text = token(house, "", alg="none")
    refused(house, client, VERIFY, {"verifiableCredential": enveloped(text)}, problems.NOT_SIGNED)


@pytest.mark.parametrize(("members", "type_"), [({"cryptosuite": "rot13-2026"}, PROOFS[0][1]), PROOFS[2]])
def test_a_presentation(house: House, client: TestClient, members: dict[str, Any], type_: str) -> None:
    presentation = {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "type": ["VerifiablePresentation"],
        "proof": {
            "type": "DataIntegrityProof",
            "cryptosuite": "eddsa-rdfc-2022",
            "verificationMethod": "did:web:stranger.example#key",
            "proofPurpose": "authentication",
            "proofValue": "z1",
            **members,
        },
    }
    refused(house, client, PRESENT, {"verifiablePresentation": presentation}, type_)


def test_all_faults_of_a_document_and_its_proof_are_told_once(house: House, client: TestClient) -> None:
    document = {
        **proven(house, proofPurpose="authentication", proofValue="u"),
        "id": "no URL",
        "validFrom": "yesterday",
    }
    house.world.fetcher.requests.clear()
    told = client.post(VERIFY, json={"verifiableCredential": document}).json()["problemDetails"]
    assert sorted(problem["pointer"] for problem in told) == [
        "/id",
        "/proof/0/proofPurpose",
        "/proof/0/proofValue",
        "/validFrom",
    ]
    assert house.world.fetcher.requests == []
