"""The authorization request of a wallet: OpenID4VCI 1.0, section 5; RFC 6749, 7636, 8252, 9126 and 9207.

Wallets register nowhere: `client_id` is what they call themselves, and nobody believes it. What counts is where the
answer goes. An address on the web, a program on the same device, or an app that opens addresses of its own scheme.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Final
from urllib.parse import urlencode, urlsplit

from keys import base64url
from wallet_export.oid4vci import Oid4vciError
from wallet_export.oid4vci_requests import wanted_configurations

REQUEST_URI: Final = "urn:ietf:params:oauth:request_uri:"
LONGEST: Final = 2_000
_CHALLENGE: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_VERIFIER: Final = re.compile(r"[A-Za-z0-9._~-]{43,128}")
_PRINTABLE: Final = re.compile(r"[\x20-\x7e]{1,1000}")
_CLIENT: Final = re.compile(r"[\x21-\x7e]{1,500}")
_REST: Final = r"(?:[/?][A-Za-z0-9\-._~!$&()*+,;=:@%/?]*)?"
_WEB: Final = re.compile(r"https://[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?(?::[0-9]{1,5})?" + _REST)
_THIS_DEVICE: Final = re.compile(r"http://(?:127\.0\.0\.1|\[::1\]|localhost)(?::[0-9]{1,5})?" + _REST)
_APP: Final = re.compile(
    r"(?:[a-z][a-z0-9+-]*(?:\.[a-z0-9+-]+)+|(?:openid|eudi|haip)[a-z0-9+.-]*):[A-Za-z0-9\-._~!$&()*+,;=:@%/?]*"
)
"""Schemes of apps are reversed domain names (RFC 8252, section 7.1), or those that wallets agreed on. No others: a
scheme such as `ms-…` or `intent` starts programs that nobody meant."""


class Unanswerable(ValueError):  # noqa: N818  (a verdict)
    """Nobody may be told anything: whoever asks does not say in a way that can be trusted where the answer goes."""


@dataclass(frozen=True, slots=True)
class ReturnAddress:
    """Where answers go, as people are told of it: a host on the web, an app's scheme; both empty: this very device."""

    uri: str
    host: str
    scheme: str

    @property
    def source(self) -> str:
        """As it stands in a Content-Security-Policy: its characters were checked, so it can add nothing to one."""
        parts = urlsplit(self.uri)
        by_host = parts.scheme in {"http", "https"} and not parts.netloc.startswith("[")  # a policy knows no IPv6
        return f"{parts.scheme}://{parts.netloc}" if by_host else f"{parts.scheme}:"

    def with_answer(self, fields: Mapping[str, str], *, state: str, issuer: str) -> str:
        """The address with an answer, and with who answers (RFC 9207)."""
        said = {**fields, **({"state": state} if state else {}), "iss": issuer}
        joint = "" if self.uri.endswith(("?", "&")) else "&" if "?" in self.uri else "?"
        return self.uri + joint + urlencode(said)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a wallet asks for. `configurations` are those that the issuer has and that were named, or all.

    with_details: by `authorization_details`, so that the token's answer names credentials. issuer_state: of an offer.
    """

    client_id: str
    back: ReturnAddress
    state: str
    challenge: str
    configurations: tuple[str, ...]
    with_details: bool
    issuer_state: str = ""
    dpop_key: str | None = None

    def bound_to(self, thumbprint: str) -> Wanted:
        """The same, whose code and token are good with that key only (RFC 9449, section 10)."""
        return replace(self, dpop_key=thumbprint)


def return_address(text: str) -> ReturnAddress:
    """Where answers may go. Raises Unanswerable."""
    if len(text) <= LONGEST:
        try:
            parts = urlsplit(text)
            port = parts.port
        except ValueError:
            raise Unanswerable(text) from None
        if port != 0 and _WEB.fullmatch(text):
            return ReturnAddress(text, parts.netloc, "")
        if port != 0 and _THIS_DEVICE.fullmatch(text):
            return ReturnAddress(text, "", "")
        if _APP.fullmatch(text):
            return ReturnAddress(text, "", parts.scheme)
    raise Unanswerable(text)


def whom_to_answer(given: Mapping[str, str]) -> tuple[str, ReturnAddress]:
    """The wallet and where its answer goes. One that calls itself an address on the web is answered there only.

    Raises Unanswerable.
    """
    client, back = given.get("client_id", ""), return_address(given.get("redirect_uri", ""))
    if not _CLIENT.fullmatch(client):
        raise Unanswerable("client_id")
    if client.startswith("https://") and back.host:
        own = re.match(r"https://([^/?#]*)", client)
        if own is None or own[1] != back.host:
            raise Unanswerable("client_id")
    return client, back


def wanted(given: Mapping[str, str], *, issuer: str, known: Collection[str]) -> Wanted:
    """What is asked for. known: the issuer's configurations, whose names are their scopes too.

    Raises Unanswerable; Oid4vciError, which is for the wallet: invalid_request, unsupported_response_type,
    invalid_scope, invalid_authorization_details, invalid_target.
    """
    client, back = whom_to_answer(given)
    if "response_type" not in given:
        raise Oid4vciError("invalid_request", "There is no response_type.")
    if given["response_type"] != "code":
        raise Oid4vciError("unsupported_response_type", "The response_type can only be code.")
    if given.get("response_mode", "query") != "query":
        raise Oid4vciError("invalid_request", "The response_mode can only be query.")
    if "state" in given and not _PRINTABLE.fullmatch(given["state"]):
        raise Oid4vciError("invalid_request", "state is at most 1000 printable characters.")
    if given.get("code_challenge_method") != "S256" or not _CHALLENGE.fullmatch(given.get("code_challenge", "")):
        raise Oid4vciError("invalid_request", "There must be a code_challenge with code_challenge_method S256.")
    if given.get("resource", issuer) != issuer:
        raise Oid4vciError("invalid_target", "resource can only be the credential issuer's identifier.")
    dpop_key = given.get("dpop_jkt")
    if dpop_key is not None and not _CHALLENGE.fullmatch(dpop_key):
        raise Oid4vciError("invalid_request", "dpop_jkt is no thumbprint.")
    issuer_state = given.get("issuer_state", "")
    if issuer_state and not _PRINTABLE.fullmatch(issuer_state):
        raise Oid4vciError("invalid_request", "issuer_state is none that an offer named.")
    details = wanted_configurations(given.get("authorization_details", ""), locations=issuer)
    names = _named(details, given.get("scope", ""), known)
    return Wanted(
        client,
        back,
        given.get("state", ""),
        given["code_challenge"],
        names,
        details is not None,
        issuer_state,
        dpop_key,
    )


def _named(details: tuple[str, ...] | None, scope: str, known: Collection[str]) -> tuple[str, ...]:
    """By details and by scopes, of which those that nobody knows are looked past (5.1.2); all if nothing is named."""
    if details is not None and not set(details) <= set(known):
        raise Oid4vciError("invalid_authorization_details", "There is no such configuration here.")
    scopes = tuple(one for one in scope.split() if one in known)
    if scope and not scopes and details is None:
        raise Oid4vciError("invalid_scope", "The scopes are those of the issuer's metadata.")
    return tuple(dict.fromkeys([*(details or ()), *scopes])) or tuple(known)


def is_verifier_of(verifier: str, challenge: str) -> bool:
    """Whether this is what the challenge was made of (RFC 7636, section 4.6), by S256 alone."""
    if not _VERIFIER.fullmatch(verifier):
        return False
    return hmac.compare_digest(base64url.encode(sha256(verifier.encode()).digest()), challenge)
