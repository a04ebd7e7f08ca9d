"""An instance of the server as a test suite sees it: it issues, derives and verifies by HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from tests.conformance.server import Answer, Server

V2 = "https://www.w3.org/ns/credentials/v2"
V1 = "https://www.w3.org/2018/credentials/v1"
DATA_INTEGRITY_V2 = "https://w3id.org/security/data-integrity/v2"
EXAMPLES_V2 = "https://www.w3.org/ns/credentials/examples/v2"
REMOVED = object()


@dataclass(frozen=True)
class Issuer:
    """One instance; `did` is who it signs as."""

    server: Server
    name: str
    did: str

    @classmethod
    def at(cls, server: Server, name: str) -> Issuer:
        return cls(server, name, server.get(f"/vc-api/{name}/did").said["id"])

    def credential(self, **changes: Any) -> dict[str, Any]:
        """A small one of VCDM 2.0 by this issuer; REMOVED leaves a member out, and `context` changes `@context`."""
        whole = {
            "@context": [V2],
            "id": f"urn:uuid:{uuid4()}",
            "type": ["VerifiableCredential"],
            "issuer": self.did,
            "credentialSubject": {"id": "did:example:subject", "name": "Ada"},
        }
        named = {("@context" if name == "context" else name): value for name, value in changes.items()}
        return {name: value for name, value in {**whole, **named}.items() if value is not REMOVED}

    def credential_1_1(self, **changes: Any) -> dict[str, Any]:
        """The same by VCDM 1.1."""
        return self.credential(
            context=[V1, DATA_INTEGRITY_V2],
            issuanceDate="2024-01-01T00:00:00Z",
            credentialSubject={"id": "did:example:subject"},
            **changes,
        )

    def issue(self, credential: Any, **options: Any) -> Answer:
        return self._post("credentials/issue", {"credential": credential, "options": options})

    def issued(self, credential: Any = None, **options: Any) -> dict[str, Any]:
        """A signed credential; fails if there is none."""
        answer = self.issue(credential if credential is not None else self.credential(), **options)
        assert answer.status == 201, answer.said
        return answer.said["verifiableCredential"]  # type: ignore[no-any-return]

    def derive(self, credential: Any, pointers: list[str]) -> Answer:
        body = {"verifiableCredential": credential, "options": {"selectivePointers": pointers}}
        return self._post("credentials/derive", body)

    def verify(self, credential: Any, **options: Any) -> Answer:
        return self._post("credentials/verify", {"verifiableCredential": credential, "options": options})

    def verify_presentation(self, presentation: Any, **options: Any) -> Answer:
        return self._post("presentations/verify", {"verifiablePresentation": presentation, "options": options})

    def set_status(self, credential: Mapping[str, Any], value: int, purpose: str = "revocation") -> None:
        """As VC API's status endpoint; fails if the server does not know of it."""
        body = {
            "credentialId": credential["id"],
            "credentialStatus": {"type": "BitstringStatusListEntry", "statusPurpose": purpose},
            "status": value,
        }
        assert self._post("credentials/status", body).status == 200

    def _post(self, path: str, body: Any) -> Answer:
        return self.server.post(f"/vc-api/{self.name}/{path}", body)


def accepted(answer: Answer) -> bool:
    """Whether a credential or presentation is verified."""
    assert answer.status in (200, 400), answer.said
    assert answer.said.get("verified", False) is (answer.status == 200)
    return answer.status == 200


def proof_of(credential: Mapping[str, Any]) -> dict[str, Any]:
    """Its only proof."""
    proofs = credential["proof"]
    (proof,) = proofs if isinstance(proofs, list) else [proofs]
    return dict(proof)


def with_proof(credential: Mapping[str, Any], **changes: Any) -> dict[str, Any]:
    """The same with another proof; a change to REMOVED leaves the member out."""
    proof = {name: value for name, value in {**proof_of(credential), **changes}.items() if value is not REMOVED}
    return {**credential, "proof": proof}
