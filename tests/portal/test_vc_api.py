"""The VC API: a system of the company issues and verifies, and is told what is wrong with what it sends."""

from __future__ import annotations

import json
import secrets
from datetime import timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from credentials.prepared import prepare
from credentials.proofs.selective import ecdsa_sd_2023
from issuer.api_tokens import Role, create_token, revoke_token
from issuer.issuers import create_issuer
from issuer.signing_keys import add_key, list_keys
from keys import multikey
from keys.did import did_key
from keys.public_key import KeyType
from keys.signer import generate
from portal.app import create_app
from tests.portal.conftest import BASE, BROWSER, NOW, House

DERIVE = "/vc-api/default/credentials/derive"
LONG_AGO = "2024-01-01T00:00:00Z"
ISSUE = "/vc-api/default/credentials/issue"
VERIFY = "/vc-api/brightmoor/credentials/verify"


def badge(**changes: Any) -> dict[str, Any]:
    return {
        "@context": [
            "https://www.w3.org/ns/credentials/v2",
            "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
        ],
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": "First Aid",
        "credentialSubject": {
            "id": "urn:uuid:6d3f5c0e-26a5-4b6e-9d3c-0a7b0f3a7c01",
            "type": ["AchievementSubject"],
            "achievement": {
                "id": "urn:uuid:6d3f5c0e-26a5-4b6e-9d3c-0a7b0f3a7c02",
                "type": ["Achievement"],
                "name": "First Aid",
                "description": "Knows what to do.",
                "criteria": {"narrative": "Took the course."},
            },
        },
        **changes,
    }


def bearer(house: House) -> dict[str, str]:
    return {"Authorization": f"Bearer {house.token}"}


def issue(client: TestClient, house: House, body: dict[str, Any], **headers: str) -> Any:
    return client.post(ISSUE, json=body, headers={**bearer(house), **headers})


def test_what_is_issued_verifies_and_has_a_page(house: House, client: TestClient) -> None:
    answer = issue(client, house, {"credential": badge()})
    assert answer.status_code == 201, answer.text
    issued = answer.json()["verifiableCredential"]
    assert issued["issuer"]["id"] == "did:web:badges.brightmoor.example"
    verdict = client.post(VERIFY, json={"verifiableCredential": issued})
    assert (verdict.status_code, verdict.json()["verified"]) == (200, True)
    assert {check["check"] for check in verdict.json()["checks"]} >= {"proof", "status", "validity"}
    assert client.get(issued["id"] + ".json").json() == issued
    page = client.get(issued["id"], headers=BROWSER)
    assert "First Aid" in page.text
    assert client.get(issued["id"] + ".png").status_code == 404  # it has no image


def test_the_jwt_form_is_enveloped(house: House, client: TestClient) -> None:
    answer = issue(client, house, {"credential": badge(), "options": {"format": "jwt"}})
    envelope = answer.json()["verifiableCredential"]
    assert envelope["type"] == "EnvelopedVerifiableCredential"
    assert client.post(VERIFY, json={"verifiableCredential": envelope}).json()["verified"] is True
    token = envelope["id"].partition(",")[2]
    assert client.post(VERIFY, json={"verifiableCredential": token}).json()["verified"] is True


def test_the_same_key_issues_once(house: House, client: TestClient) -> None:
    key = {"Idempotency-Key": "order-17"}
    first = issue(client, house, {"credential": badge()}, **key)
    assert issue(client, house, {"credential": badge()}, **key).json() == first.json()
    other = issue(client, house, {"credential": badge(name="Something else")}, **key)
    assert other.status_code == 409
    assert issue(client, house, {"credential": badge()}, **{"Idempotency-Key": "k" * 201}).status_code == 400


def test_a_changed_credential_gets_400_with_the_check_that_failed(house: House, client: TestClient) -> None:
    issued = issue(client, house, {"credential": badge()}).json()["verifiableCredential"]
    answer = client.post(VERIFY, json={"verifiableCredential": {**issued, "name": "Surgeon"}})
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert (told["verified"], told["verdict"], told["status"]) == (False, "invalid", 400)
    assert [check["outcome"] for check in told["checks"] if check["check"] == "proof"] == ["failed"]
    assert told["problemDetails"][0]["type"].endswith("CRYPTOGRAPHIC_SECURITY_ERROR")


def test_every_fault_of_a_document_is_listed(house: House, client: TestClient) -> None:
    answer = issue(
        client, house, {"credential": badge(type=["VerifiableCredential"], unknownTerm="x", issuer="did:web:x.example")}
    )
    assert answer.status_code == 400
    assert answer.json()["errors"]
    assert "issuer" in answer.json()["errors"][0]["pointer"]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({}, "credential"),
        ({"credential": []}, "must be an object"),
        ({"credential": {}, "options": []}, "“options” must be an object"),
        ({"credential": {}, "options": {"format": "xml"}}, "options.format"),
        ({"credential": {}, "options": {"cryptosuite": "ed-2030"}}, "must be one of eddsa-rdfc-2022"),
        ({"credential": {}, "options": {"cryptosuite": "ecdsa-sd-2023"}}, "no key for the cryptosuite ecdsa-sd-2023"),
        ({"credential": {}, "options": {"cryptosuite": "ecdsa-sd-2023", "format": "jwt"}}, "not a token"),
        ({"credential": {}, "options": {"mandatoryPointers": ["/issuer"]}}, "belongs to the cryptosuite ecdsa-sd-2023"),
        ({"credential": {"id": "urn:uuid:1"}, "options": {"credentialId": "urn:uuid:2"}}, "is another one than"),
        ({"credential": {}, "options": {"speed": 11}}, "no member “speed”"),
        ({"credential": {}, "hurry": True}, "no member “hurry”"),
    ],
)
def test_a_wish_that_cannot_be_had_is_said(house: House, client: TestClient, body: dict[str, Any], says: str) -> None:
    answer = issue(client, house, body)
    assert answer.status_code == 400
    assert says in answer.json()["detail"]


def test_only_the_right_token_may_issue(house: House, client: TestClient) -> None:
    service = house.service
    for headers in ({}, {"Authorization": "Basic x"}, {"Authorization": "Bearer "}, {"Authorization": "Bearer gmk_no"}):
        answer = client.post(ISSUE, json={"credential": badge()}, headers=headers)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Bearer")
    create_issuer(service.database, slug="other", name="Other", base_url=BASE, actor="test", now=NOW)
    other = create_token(
        service.database,
        issuer="other",
        name="t",
        role=Role.MANAGE,
        actor="test",
        now=NOW,
        randomness=lambda size: b"o" * size,
    )
    headers = {"Authorization": f"Bearer {other.secret}"}
    assert client.post(ISSUE, json={"credential": badge()}, headers=headers).status_code == 403
    assert client.post("/vc-api/nobody/credentials/issue", json={}, headers=headers).status_code == 404
    short = create_token(
        service.database,
        issuer=None,
        name="short",
        role=Role.ISSUE,
        actor="test",
        now=NOW,
        randomness=lambda size: b"s" * size,
        expires_at=NOW + timedelta(seconds=1),
    )
    headers = {"Authorization": f"bearer {short.secret}"}
    assert client.post(ISSUE, json={"credential": badge()}, headers=headers).status_code == 201
    revoke_token(service.database, issuer=None, name="short", actor="test", now=NOW)
    assert client.post(ISSUE, json={"credential": badge()}, headers=headers).status_code == 401


def test_a_server_with_locked_keys_says_so_and_still_verifies(house: House) -> None:
    from dataclasses import replace

    locked = replace(house.service, keyring=None)
    with TestClient(create_app(locked), base_url=BASE) as client:
        assert client.post(ISSUE, json={"credential": badge()}, headers=bearer(house)).status_code == 503
        ready = client.get("/readyz")
        assert (ready.status_code, list(ready.json()["missing"])) == (503, ["keys"])
        document = client.get(f"/credentials/{house.ids['valid']}.json").json()
        assert client.post(VERIFY, json={"verifiableCredential": document}).status_code == 200


class TestPresentations:
    """A holder brings credentials of several issuers, with or without a proof of being the holder."""

    ADDRESS = "/vc-api/default/presentations/verify"

    @pytest.fixture
    def holder(self, house: House) -> Any:
        return house.world.issuer("holder.example", method="key")

    def presentation(self, house: House, client: TestClient, **members: Any) -> dict[str, Any]:
        mine = client.get(f"/credentials/{house.ids['valid']}.json").json()
        foreign = house.world.issuer("acme.example").issue(recipient="ada@acme.example")
        envelope = {
            "@context": "https://www.w3.org/ns/credentials/v2",
            "type": "EnvelopedVerifiableCredential",
            "id": f"data:application/vc+jwt,{foreign.jwt.decode()}",
        }
        return {
            "@context": ["https://www.w3.org/ns/credentials/v2"],
            "type": ["VerifiablePresentation"],
            "verifiableCredential": [mine, envelope],
            **members,
        }

    def test_each_credential_is_verified_by_itself(self, house: House, client: TestClient) -> None:
        answer = client.post(self.ADDRESS, json={"verifiablePresentation": self.presentation(house, client)})
        told = answer.json()
        assert answer.status_code == 200, told
        assert [result["status"] for result in told["credentialResults"]] == ["valid", "valid"]
        assert told["checks"][0]["outcome"] == "skipped"

    def test_one_bad_credential_spoils_it(self, house: House, client: TestClient) -> None:
        presentation = self.presentation(house, client)
        presentation["verifiableCredential"][0] = client.get(f"/credentials/{house.ids['revoked']}.json").json()
        answer = client.post(self.ADDRESS, json={"verifiablePresentation": presentation})
        assert answer.status_code == 400
        assert [result["status"] for result in answer.json()["credentialResults"]] == ["revoked", "valid"]

    def signed(self, house: House, holder: Any, named: str = "", **proof: Any) -> dict[str, Any]:
        document = {
            "@context": ["https://www.w3.org/ns/credentials/v2"],
            "type": ["VerifiablePresentation"],
            "id": "urn:uuid:6d3f5c0e-26a5-4b6e-9d3c-0a7b0f3a7c09",
            "holder": named or holder.id,
        }
        found: dict[str, Any] = json.loads(
            holder.sign_anything(document, **{"proofPurpose": "authentication", **proof})
        )
        return found

    def test_the_holders_own_proof_counts(self, house: House, client: TestClient, holder: Any) -> None:
        presentation = self.signed(house, holder, challenge="c-1", domain="verify.example")
        body = {"verifiablePresentation": presentation, "options": {"challenge": "c-1", "domain": "verify.example"}}
        answer = client.post(self.ADDRESS, json=body)
        assert answer.status_code == 200, answer.json()
        assert answer.json()["checks"][0]["outcome"] == "passed"
        for options in ({"challenge": "c-2"}, {"domain": "elsewhere.example"}):
            replayed = client.post(self.ADDRESS, json={**body, "options": options})
            assert replayed.status_code == 400
            assert "not made for this" in replayed.json()["detail"]

    def test_a_proof_by_someone_else_or_for_another_purpose_does_not(
        self, house: House, client: TestClient, holder: Any
    ) -> None:
        signed = self.signed(house, holder)
        thief = house.world.issuer("thief.example", method="web")
        wrong = [
            self.signed(house, holder, named=thief.id),
            self.signed(house, holder, proofPurpose="assertionMethod"),
            self.signed(house, holder, expires="2026-01-01T00:00:00Z"),
            {**signed, "holder": thief.id},
            {**signed, "id": "urn:uuid:6d3f5c0e-26a5-4b6e-9d3c-0a7b0f3a7c10"},
            {**signed, "proof": [{**_proof(signed), "proofPurpose": "assertionMethod"}]},
            {**signed, "proof": [{**_proof(signed), "cryptosuite": "future-2030"}]},
            {**signed, "proof": "signed, honestly"},
            {**signed, "proof": []},
        ]
        for presentation in wrong:
            answer = client.post(self.ADDRESS, json={"verifiablePresentation": presentation})
            assert answer.status_code == 400, presentation

    def test_what_is_no_presentation_is_said(self, client: TestClient) -> None:
        for presentation in (
            {},
            {"type": "VerifiableCredential"},
            {"type": "EnvelopedVerifiablePresentation"},
            {"type": "VerifiablePresentation", "verifiableCredential": [1]},
            {"type": "VerifiablePresentation", "verifiableCredential": ["x"] * 21},
            {"type": "VerifiablePresentation"},
        ):
            answer = client.post(self.ADDRESS, json={"verifiablePresentation": presentation})
            assert answer.status_code == 400, presentation


def _proof(signed: dict[str, Any]) -> dict[str, Any]:
    proof = signed["proof"]
    return dict(proof[0] if isinstance(proof, list) else proof)


def for_choosing() -> dict[str, Any]:
    """A badge with a base proof, by somebody else."""
    signer = generate(KeyType.P256)
    did = did_key(signer.public_key)
    issuer = {"id": did, "type": ["Profile"], "name": "School"}
    prepared = prepare(badge(id="urn:uuid:6d3f5c0e-26a5-4b6e-9d3c-0a7b0f3a7c03", issuer=issuer, validFrom=LONG_AGO))
    signed = ecdsa_sd_2023.sign(
        prepared,
        signer,
        verification_method=f"{did}#{multikey.encode(signer.public_key)}",
        created=NOW - timedelta(days=1),
        mandatory=["/issuer", "/credentialSubject"],
        randomness=lambda length: b"\x07" * length,
    )
    return json.loads(signed.body)  # type: ignore[no-any-return]


def test_a_holder_derives_what_it_shows(client: TestClient) -> None:
    asked = {"verifiableCredential": for_choosing(), "options": {"selectivePointers": ["/validFrom"]}}
    answer = client.post(DERIVE, json=asked)
    assert answer.status_code == 201, answer.text
    shown = answer.json()
    assert "validFrom" in shown
    assert "name" not in shown


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"options": {"selectivePointers": ["/nothing"]}}, "/nothing"),
        ({"options": {"selectivePointers": "/name"}}, "array of texts"),
        ({"options": {"selectivePointers": ["/name"] * 201}}, "200"),
        ({"verifiableCredential": "eyJ"}, "must be an object"),
        ({"verifiableCredential": {"type": []}}, "proof"),
        ({"more": 1}, "no member"),
    ],
)
def test_what_cannot_be_derived_is_refused(client: TestClient, change: dict[str, Any], said: str) -> None:
    answer = client.post(DERIVE, json={"verifiableCredential": for_choosing(), **change})
    assert answer.status_code == 400, answer.text
    assert said in answer.text


@pytest.mark.parametrize("options", [{"checks": "proof"}, {"checks": [1]}, {"returnProblemDetails": "yes"}])
def test_options_of_another_kind_are_refused(client: TestClient, options: dict[str, Any]) -> None:
    assert client.post(VERIFY, json={"verifiableCredential": for_choosing(), "options": options}).status_code == 400


def test_no_check_can_be_asked_away(house: House, client: TestClient) -> None:
    issued = issue(client, house, {"credential": badge()}).json()["verifiableCredential"]
    body = {"verifiableCredential": issued, "options": {"checks": ["proof"], "returnProblemDetails": False}}
    verdict = client.post(VERIFY, json=body).json()
    assert {check["check"] for check in verdict["checks"]} >= {"proof", "status", "validity"}


def test_the_caller_chooses_the_cryptosuite(house: House, client: TestClient) -> None:
    asked = {"credential": badge(), "options": {"cryptosuite": "eddsa-jcs-2022", "type": "DataIntegrityProof"}}
    answer = issue(client, house, asked)
    assert answer.status_code == 201, answer.text
    issued = answer.json()["verifiableCredential"]
    assert issued["proof"][0]["cryptosuite"] == "eddsa-jcs-2022"
    assert client.post(VERIFY, json={"verifiableCredential": issued}).status_code == 200
    assert client.get(issued["id"] + ".json").json() == issued


@pytest.mark.parametrize("suite", ["ecdsa-rdfc-2019", "ecdsa-jcs-2019"])
def test_an_issuer_with_a_further_key_signs_by_ecdsa(house: House, client: TestClient, suite: str) -> None:
    further(house)
    issued = issue(client, house, {"credential": badge(), "options": {"cryptosuite": suite}}).json()
    signed = issued["verifiableCredential"]
    assert signed["proof"][0]["cryptosuite"] == suite
    assert client.post(VERIFY, json={"verifiableCredential": signed}).json()["verified"]


def test_a_base_proof_is_for_the_caller_and_what_is_published_has_another(house: House, client: TestClient) -> None:
    further(house)
    options = {"cryptosuite": "ecdsa-sd-2023", "mandatoryPointers": ["/issuer", "/credentialSubject/achievement"]}
    answer = issue(client, house, {"credential": badge(), "options": options}, **{"Idempotency-Key": "sd-1"})
    assert answer.status_code == 201, answer.text
    base = answer.json()["verifiableCredential"]
    assert base["proof"][0]["cryptosuite"] == "ecdsa-sd-2023"
    published = client.get(base["id"] + ".json").json()
    assert [proof["cryptosuite"] for proof in published["proof"]] == ["eddsa-rdfc-2022"]
    body = {"verifiableCredential": base, "options": {"selectivePointers": ["/validFrom", "/credentialStatus"]}}
    derived = client.post(DERIVE, json=body)
    assert derived.status_code == 201
    assert "name" not in derived.json()
    assert client.post(VERIFY, json={"verifiableCredential": derived.json()}).json()["verified"]
    again = issue(client, house, {"credential": badge(), "options": options}, **{"Idempotency-Key": "sd-1"})
    assert again.json()["verifiableCredential"]["id"] == base["id"]
    other = {"credential": badge(), "options": {**options, "mandatoryPointers": ["/issuer"]}}
    assert issue(client, house, other, **{"Idempotency-Key": "sd-1"}).status_code == 409


def test_the_caller_names_the_id(house: House, client: TestClient) -> None:
    wished = "urn:uuid:6d3f5c0e-26a5-4b6e-9d3c-0a7b0f3a7c99"
    answer = issue(client, house, {"credential": badge(), "options": {"credentialId": wished}})
    assert answer.json()["verifiableCredential"]["id"] == wished
    for given in ("no address", f"{BASE}/credentials/6d3f5c0e-26a5-4b6e-9d3c-0a7b0f3a7c99"):
        refused = issue(client, house, {"credential": badge(), "options": {"credentialId": given}})
        assert refused.status_code == 400, refused.text


def further(house: House) -> None:
    """A P-256 key beside the issuer's main one; once, for all tests share the house."""
    if any(key.further for key in list_keys(house.service.database)):
        return
    assert house.service.keyring is not None
    add_key(
        house.service.database,
        house.service.keyring,
        issuer=None,
        key_type=KeyType.P256,
        actor="test",
        now=NOW,
        randomness=secrets.token_bytes,
    )


def test_one_idempotency_key_is_one_cryptosuite(house: House, client: TestClient) -> None:
    named = {"Idempotency-Key": "suite-1"}
    first = issue(client, house, {"credential": badge()}, **named)
    assert first.status_code == 201
    again = issue(client, house, {"credential": badge(), "options": {"cryptosuite": "eddsa-jcs-2022"}}, **named)
    assert again.status_code == 409
