"""Links and messages by which the Learner Credential Wallet, and others like it, fetch a credential. Pure.

The wallet posts `{}` to the exchange and is asked to prove its DID; it posts a presentation that is signed for the
challenge and the domain, and gets the credential in another one (VC API, exchanges; Verifiable Presentation Request).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote, urlsplit

from credentials.contexts import CREDENTIALS_V2

LCW: Final = "https://lcw.app/request"


def deep_link(exchange_url: str) -> str:
    """Opens the Learner Credential Wallet with the exchange."""
    parts = urlsplit(exchange_url)
    origin = f"{parts.scheme}://{parts.netloc}"
    request = {"credentialRequestOrigin": origin, "protocols": {"vcapi": exchange_url}}
    return f"{LCW}?request={quote(json.dumps(request, separators=(',', ':')), safe='')}"


def interaction_url(address: str) -> str:
    """The address of an interaction, marked as one (`iuv`: the version of interaction URLs)."""
    return f"{address}?iuv=1"


def interaction_link(address: str) -> str:
    """The same for programs that open `interaction:` links."""
    return f"interaction:{interaction_url(address)}"


def protocols(exchange_url: str) -> dict[str, Any]:
    """What a wallet that asks an interaction's address is told: by which protocols it goes on."""
    return {"protocols": {"vcapi": exchange_url, "lcw": deep_link(exchange_url)}}


def did_auth_request(challenge: str, domain: str) -> dict[str, Any]:
    """Asks the wallet to prove its DID."""
    query = {
        "type": "DIDAuthentication",
        "acceptedMethods": [{"method": "key"}, {"method": "jwk"}],
        "acceptedCryptosuites": [
            {"cryptosuite": "Ed25519Signature2020"},
            {"cryptosuite": "eddsa-rdfc-2022"},
            {"cryptosuite": "ecdsa-rdfc-2019"},
        ],
    }
    return {"verifiablePresentationRequest": {"query": [query], "challenge": challenge, "domain": domain}}


def delivered(credential: Mapping[str, Any]) -> dict[str, Any]:
    """The end of the exchange: the credential, in a presentation that nobody signs."""
    return {
        "verifiablePresentation": {
            "@context": [CREDENTIALS_V2],
            "type": ["VerifiablePresentation"],
            "verifiableCredential": [dict(credential)],
        }
    }
