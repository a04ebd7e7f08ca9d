"""What the tool works with: made once for an application. It reaches platforms over the guarded wire."""

from __future__ import annotations

import json
import re
import secrets
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Final
from urllib.parse import urlsplit
from uuid import UUID

from fastapi import Depends, Request

from issuer.lti.own_key import ToolKey, require_tool_key
from issuer.lti.platforms import Platform
from keys.keyring import Keyring
from portal.lti.refusals import PlatformTrouble
from portal.service import Service

if TYPE_CHECKING:
    from portal.lti.launch_token import Launch
    from portal.sign_in.wire import Wire

LOGIN_PATH, LAUNCH_PATH, KEYS_PATH = "/lti/login", "/lti/launch", "/lti/jwks.json"
REGISTER_PATH: Final = "/lti/register"
LEVELS_PATH: Final = "/lti/levels"
KEPT = timedelta(hours=1)
BETWEEN_KEYS = timedelta(seconds=30)
"""So that launches with invented key names do not make us ask all the time."""
_MOST_KEYS = 100
_ASSERTION: Final = timedelta(minutes=5)
_BITS: Final = 2048
_HOST: Final = re.compile(r"[A-Za-z0-9.:\[\]-]+")


@dataclass(slots=True)
class Tool:
    """Reads launches and speaks for the tool. Threads may share it."""

    service: Service
    wire: Wire | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _keys: dict[UUID, tuple[list[Mapping[str, Any]], datetime]] = field(default_factory=dict)

    @property
    def reach(self) -> Wire:
        """The wire; made when it is first needed."""
        if self.wire is None:
            from portal.sign_in.wire import Wire

            self.wire = Wire(allowed_origins=self.service.settings.allowed_origins, monotonic=time.monotonic)
        return self.wire

    def read(self, token: object, platform: Platform, *, nonce_hash: str) -> Launch:
        """A launch of the platform. Raises LaunchRefused, PlatformTrouble."""
        from portal.lti.launch_token import judge

        def keys(anew: bool) -> Sequence[Mapping[str, Any]]:
            return self._published(platform, anew=anew)

        return judge(token, keys, platform.said, nonce_hash=nonce_hash, now=self.service.clock())

    def _published(self, platform: Platform, *, anew: bool) -> list[Mapping[str, Any]]:
        now = self.service.clock()
        with self._lock:
            kept = self._keys.get(platform.id)
        if kept is None or now - kept[1] >= (BETWEEN_KEYS if anew else KEPT):
            kept = (self._asked(platform.said.keys_url), now)
            with self._lock:
                self._keys[platform.id] = kept
        return kept[0]

    def _asked(self, url: str) -> list[Mapping[str, Any]]:
        from verifier.fetch import FetchError

        try:
            answer = self.reach.get(url)
            answer.raise_for_status()
            found = answer.json()
        except (FetchError, ValueError) as error:
            raise PlatformTrouble(f"its keys: {error}") from None
        keys = found.get("keys") if isinstance(found, dict) else None
        if not isinstance(keys, list) or len(keys) > _MOST_KEYS or not all(isinstance(one, dict) for one in keys):
            raise PlatformTrouble(f"{url} holds no keys")
        return keys


@dataclass(frozen=True, slots=True)
class Addresses:
    """What is entered at a platform."""

    login: str
    launch: str
    keys: str
    register: str


def tool_addresses(service: Service) -> Addresses:
    """The tool's addresses."""
    base = service.base_url
    return Addresses(base + LOGIN_PATH, base + LAUNCH_PATH, base + KEYS_PATH, base + REGISTER_PATH)


def make_tool(service: Service, *, wire: Wire | None = None) -> Tool:
    """The tool of a service."""
    return Tool(service, wire)


async def tool_of(request: Request) -> Tool:
    """The tool that the application was made with."""
    tool: Tool = request.app.state.lti
    return tool


AtTool = Annotated[Tool, Depends(tool_of)]


def own_key(service: Service, keyring: Keyring, *, actor: str, issuer: str | None = None) -> ToolKey:
    """The tool's key, made now if there is none. Raises what the keyring raises."""
    return require_tool_key(
        service.database,
        keyring,
        issuer=issuer or service.issuer,
        made=_new_key,
        actor=actor,
        now=service.clock(),
        randomness=secrets.token_bytes,
    )


def _new_key() -> tuple[Mapping[str, Any], bytes]:
    from joserfc.jwk import RSAKey

    key = RSAKey.generate_key(_BITS, private=True)
    public = {name: value for name, value in key.as_dict(private=False).items() if name in ("kty", "n", "e")}
    public |= {"kid": key.thumbprint(), "alg": "RS256", "use": "sig"}
    return public, json.dumps(key.as_dict(private=True)).encode()


def signed(key: ToolKey, keyring: Keyring, claims: Mapping[str, Any]) -> str:
    """A JWT of the tool (RS256). Raises what the keyring raises."""
    from joserfc import jwt
    from joserfc.jwk import RSAKey

    private = RSAKey.import_key(json.loads(key.private(keyring)))
    header = {"alg": "RS256", "typ": "JWT", "kid": str(key.public["kid"])}
    return jwt.encode(header, dict(claims), private, algorithms=["RS256"])


def assertion_claims(platform: Platform, now: datetime) -> dict[str, Any]:
    """Who asks for an access token (RFC 7523, section 3; Security Framework 1.1, section 4.1)."""
    instant = int(now.timestamp())
    return {
        "iss": platform.said.client_id,
        "sub": platform.said.client_id,
        "aud": platform.said.audience or platform.said.token_url,
        "iat": instant,
        "exp": instant + int(_ASSERTION.total_seconds()),
        "jti": secrets.token_urlsafe(24),
    }


def origin_of(url: str) -> str:
    """Scheme, host and port of an address; "" if it is none. For policies: without characters that end one there."""
    try:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
    except ValueError:
        return ""
    fits = (
        parts.scheme in ("https", "http")
        and host
        and all(one.isascii() and (one.isalnum() or one in ".-:[]") for one in host)
    )
    return f"{parts.scheme}://{host}" if fits else ""
