"""Ana's workshop (see tests/portal/me), and a wallet of our own that speaks OpenID4VCI, rightly or wrongly as asked."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from typing import Any

import httpx2
import pytest
from starlette.testclient import TestClient

from credentials.prepared import written
from credentials.proofs import compact_jws
from issuer.offers.offers import NewOffer, make_offer
from keys import base64url, jwk
from keys.did import did_jwk, did_key
from keys.public_key import KeyType
from keys.signer import LocalSigner, generate
from tests.portal.conftest import BASE
from tests.portal.me.conftest import Workshop, built, workshop
from wallet_export.oid4vci import PRE_AUTHORIZED

__all__ = ["built", "workshop"]  # fixtures

IDENTIFIER = f"{BASE}/oid4vci/brightmoor"


@dataclass
class Wallet:
    """A wallet at the workshop. `dpop`: the key to which its tokens are bound, if any."""

    shop: Workshop
    client: TestClient
    key: LocalSigner = field(default_factory=lambda: generate(KeyType.P256))
    dpop: LocalSigner | None = None
    dpop_nonce: str = ""
    token: str = ""

    def redeem(self, code: str, **more: str) -> httpx2.Response:
        """Bring a code; the token is kept."""
        fields = {"grant_type": PRE_AUTHORIZED, "pre-authorized_code": code, **more}
        answer = self._sent("token", data=fields)
        self.token = answer.json().get("access_token", "")
        return answer

    def nonce(self) -> str:
        return str(self.client.post("/oid4vci/brightmoor/nonce").json()["c_nonce"])

    def proof(self, key: LocalSigner | None = None, *, header: dict[str, Any] | None = None, **claims: Any) -> str:
        """A proof of possession; a header or claim that is None is left out."""
        signer = key or self.key
        told: dict[str, Any] = {"aud": IDENTIFIER, "iat": int(self.shop.clock().timestamp()), **claims}
        if "nonce" not in claims:
            told["nonce"] = self.nonce()
        top: dict[str, Any] = {"typ": "openid4vci-proof+jwt"}
        top |= header if header is not None else {"jwk": jwk.to_jwk(signer.public_key)}
        payload = {name: value for name, value in told.items() if value is not None}
        return compact_jws.sign({k: v for k, v in top.items() if v is not None}, written(payload), signer)

    def ask(self, configuration: str, *proofs: str, **more: Any) -> httpx2.Response:
        """Ask for a copy in one configuration."""
        body = {"credential_configuration_id": configuration, "proofs": {"jwt": list(proofs or [self.proof()])}, **more}
        return self.send("credential", body)

    def send(self, name: str, body: dict[str, Any], **headers: str) -> httpx2.Response:
        data = json.dumps({key: value for key, value in body.items() if value is not None})
        return self._sent(name, content=data, headers={"Content-Type": "application/json", **headers})

    def _sent(self, name: str, headers: dict[str, str] | None = None, **more: Any) -> httpx2.Response:
        """With a DPoP proof if there is a key, and once more if its nonce was not good."""
        for _ in range(2):
            sent = dict(headers or {})
            if name != "token":
                sent.setdefault("Authorization", f"{'DPoP' if self.dpop else 'Bearer'} {self.token}")
            if self.dpop is not None:
                sent.setdefault("DPoP", self.dpop_proof(name))
            answer = self.client.post(f"/oid4vci/brightmoor/{name}", headers=sent, **more)
            self.dpop_nonce = answer.headers.get("dpop-nonce", self.dpop_nonce)
            if "use_dpop_nonce" not in answer.text or "DPoP" in (headers or {}):
                break
        return answer

    def dpop_proof(self, name: str, **claims: Any) -> str:
        assert self.dpop is not None
        told: dict[str, Any] = {
            "jti": base64url.encode(self.shop.random.randbytes(16)),
            "htm": "POST",
            "htu": f"{IDENTIFIER}/{name}",
            "iat": int(self.shop.clock().timestamp()),
            "nonce": self.dpop_nonce,
        }
        if name != "token":
            told["ath"] = base64url.encode(sha256(self.token.encode()).digest())
        header = {"typ": "dpop+jwt", "jwk": jwk.to_jwk(self.dpop.public_key)}
        return compact_jws.sign(header, written({**told, **claims}), self.dpop)


def named(key: LocalSigner, method: str) -> dict[str, Any]:
    """The header of a proof that names its key by a DID of this method."""
    if method == "did:jwk":
        return {"kid": f"{did_jwk(key.public_key)}#0"}
    did = did_key(key.public_key)
    return {"kid": f"{did}#{did.removeprefix('did:key:')}"}


@pytest.fixture
def wallet(workshop: Workshop) -> Wallet:
    return Wallet(workshop, TestClient(workshop.app, base_url=BASE, follow_redirects=False))


@pytest.fixture
def offer(workshop: Workshop) -> Callable[..., NewOffer]:
    """Offers Ana's badge."""

    def make(*, life: timedelta = timedelta(minutes=30), with_tx_code: bool = False, **more: Any) -> NewOffer:
        return make_offer(
            workshop.db,
            credential_id=more.pop("credential_id", workshop.badge),
            life=life,
            with_tx_code=with_tx_code,
            actor="test",
            now=workshop.clock(),
            randomness=workshop.random.randbytes,
            **more,
        )

    return make
