"""OpenID4VCI 1.0: what stands in messages of an issuer of credentials. Pure; sections are those of the standard.

`oid4vci` has offers (4.1) and errors, `oid4vci_metadata` what an issuer says of itself (12.2), `oid4vci_requests` what
wallets ask (8.2, 9.1, 11.1), `oid4vci_proofs` how they show keys (appendices D and F), `oid4vci_encryption` messages in
envelopes (10), and `dpop` tokens that are bound to keys (RFC 9449).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

PRE_AUTHORIZED: Final = "urn:ietf:params:oauth:grant-type:pre-authorized_code"
AUTHORIZATION_CODE: Final = "authorization_code"
SCHEME: Final = "openid-credential-offer://"
LDP_VC, JWT_VC_JSON, SD_JWT = "ldp_vc", "jwt_vc_json", "dc+sd-jwt"
FORMATS: Final = (LDP_VC, JWT_VC_JSON, SD_JWT)
OPENID_CREDENTIAL: Final = "openid_credential"

_NOT_IN_DESCRIPTIONS = re.compile(r"[^\x20-\x21\x23-\x5b\x5d-\x7e]")
_SUFFIXES = {LDP_VC: "ldp", JWT_VC_JSON: "jwt", SD_JWT: "sd-jwt"}


class Oid4vciError(Exception):
    """A refusal by one of the codes of the standard, of OAuth 2.0 (RFC 6749, 6750) or of DPoP (RFC 9449)."""

    def __init__(self, code: str, description: str, *, status: int = 400) -> None:
        self.code, self.status = code, status
        self.description = description_of(description)
        super().__init__(f"{code}: {description}")

    def document(self) -> dict[str, str]:
        """The body of the answer."""
        return {"error": self.code, "error_description": self.description}


def description_of(text: str) -> str:
    """The text in the characters that a description may have (RFC 6749, section 5.2)."""
    plain = text.replace("“", "'").replace("”", "'").replace("’", "'").replace("–", "-")
    return _NOT_IN_DESCRIPTIONS.sub("?", plain)


@dataclass(frozen=True, slots=True)
class TxCode:
    """That a transaction code is to be typed in, and how it looks. `description`: at most 300 characters."""

    length: int
    description: str = ""
    input_mode: str = "numeric"

    def document(self) -> dict[str, Any]:
        """As it stands in an offer."""
        told = {"description": self.description[:300]} if self.description else {}
        return {"input_mode": self.input_mode, "length": self.length, **told}


@dataclass(frozen=True, slots=True)
class Offer:
    """An offer (4.1.1). `code` is empty where only the other grant is offered, `issuer_state` where that is not."""

    credential_issuer: str
    configuration_ids: Sequence[str]
    code: str = field(default="", repr=False)
    tx_code: TxCode | None = None
    issuer_state: str = field(default="", repr=False)
    servers: Mapping[str, str] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """The object that wallets read. `servers` names the server of each grant, where there are two."""
        grants: dict[str, Any] = {}
        if self.issuer_state:
            grants[AUTHORIZATION_CODE] = {"issuer_state": self.issuer_state, **self._server(AUTHORIZATION_CODE)}
        if self.code:
            tx_code = {"tx_code": self.tx_code.document()} if self.tx_code is not None else {}
            grants[PRE_AUTHORIZED] = {"pre-authorized_code": self.code, **tx_code, **self._server(PRE_AUTHORIZED)}
        return {
            "credential_issuer": self.credential_issuer,
            "credential_configuration_ids": list(self.configuration_ids),
            "grants": grants,
        }

    def _server(self, grant: str) -> dict[str, str]:
        return {"authorization_server": self.servers[grant]} if grant in self.servers else {}


def link_by_value(offer: Offer) -> str:
    """The offer within a link that a wallet opens (4.1.2)."""
    text = json.dumps(offer.document(), separators=(",", ":"), ensure_ascii=False)
    return f"{SCHEME}?credential_offer={quote(text, safe='')}"


def link_by_reference(uri: str) -> str:
    """A link that leads a wallet to the offer at `uri` (4.1.3)."""
    return f"{SCHEME}?credential_offer_uri={quote(uri, safe='')}"


def configuration_id(program: str, level: str, format_: str) -> str:
    """The name of a level in one format among `credential_configurations_supported`."""
    return f"{program}.{level}.{_SUFFIXES[format_]}"


def credential_identifier(credential_id: object, format_: str) -> str:
    """The name of one credential in one format: a dataset (6.2)."""
    return f"{credential_id}.{_SUFFIXES[format_]}"
