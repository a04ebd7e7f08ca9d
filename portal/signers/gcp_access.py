"""Who we are for Google: a service account's key (RFC 7523), or what the machine's metadata server says."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from threading import Lock
from typing import Any

import jwt

from credentials.sentence import sentence
from keys.errors import HolderRefused
from portal.signers.http_json import HttpJson
from verifier.web_address import MalformedAddress, parse

_SCOPE = "https://www.googleapis.com/auth/cloudkms"
_METADATA = "http://169.254.169.254"
_METADATA_PATH = "/computeMetadata/v1/instance/service-accounts/default/token"
_EARLY = 60  # seconds before its end a token is asked for anew


def access_of(credentials: str | None, *, timeout: float) -> Callable[[], str]:
    """What gives the present access token. Raises HolderRefused for credentials that are no service account's."""
    return _Access(_of_account(credentials, timeout) if credentials is not None else _of_machine(timeout))


class _Access:
    """The token, kept until shortly before its end."""

    def __init__(self, ask: Callable[[], Mapping[str, Any]]) -> None:
        self._ask = ask
        self._token = ""
        self._until = 0.0
        self._lock = Lock()

    def __call__(self) -> str:
        with self._lock:
            if time.monotonic() >= self._until:
                answer = self._ask()
                token, lasts = answer.get("access_token"), answer.get("expires_in")
                if not isinstance(token, str) or not isinstance(lasts, int):
                    raise HolderRefused(sentence("Google gave no access token."))
                self._token, self._until = token, time.monotonic() + max(0, lasts - _EARLY)
            return self._token


def _of_machine(timeout: float) -> Callable[[], Mapping[str, Any]]:
    http = HttpJson(_METADATA, timeout=timeout)
    return lambda: http.ask("GET", _METADATA_PATH, headers={"Metadata-Flavor": "Google"})


def _of_account(text: str, timeout: float) -> Callable[[], Mapping[str, Any]]:
    wrong = HolderRefused(sentence("gcpkms_credentials_file does not hold the JSON of a service account’s key."))
    try:
        account = json.loads(text)
        email, key, address = account["client_email"], account["private_key"], parse(account["token_uri"])
    except (ValueError, KeyError, TypeError, MalformedAddress):
        raise wrong from None  # the chain could show the key
    if account.get("type") != "service_account" or not isinstance(key, str):
        raise wrong
    http = HttpJson(address.origin, timeout=timeout)

    def ask() -> Mapping[str, Any]:
        now = int(time.time())
        claims = {"iss": email, "scope": _SCOPE, "aud": account["token_uri"], "iat": now, "exp": now + 600}
        assertion = jwt.encode(claims, key, algorithm="RS256", headers={"kid": account.get("private_key_id")})
        grant = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": assertion}
        return http.ask("POST", address.target, headers={}, form=grant)

    return ask
