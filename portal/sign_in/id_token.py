"""Whether an ID token says what it must (OpenID Connect Core 1.0, section 3.1.3.7), by Authlib and joserfc."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from authlib.oidc.core import CodeIDToken
from joserfc.errors import JoseError

from portal.sign_in.provider_token import LEEWAY, TokenRefused, is_subject, made_just_now, signed_by_provider

_TYPES = frozenset({"JWT"})


@dataclass(frozen=True, slots=True)
class Expected:
    """What a token must say: whose word it is, for whom, and in answer to what."""

    issuer: str
    client_id: str
    nonce: str
    access_token: str | None


def claims_of(token: object, keys: Iterable[Mapping[str, Any]], expected: Expected, now: datetime) -> dict[str, Any]:
    """The claims of a token that is as it must be; `keys` are the provider's JWKs. Raises TokenRefused."""
    signed = signed_by_provider(token, keys, types=_TYPES)
    return _checked(CodeIDToken(signed.claims, signed.header, _options(expected), _params(expected)), now)


def _options(expected: Expected) -> dict[str, Any]:
    return {
        "iss": {"essential": True, "value": expected.issuer},
        "aud": {"essential": True, "value": expected.client_id},
        "sub": {"essential": True},
        "exp": {"essential": True},
        "iat": {"essential": True},
        "nonce": {"essential": True, "value": expected.nonce},
    }


def _params(expected: Expected) -> dict[str, Any]:
    return {"nonce": expected.nonce, "client_id": expected.client_id, "access_token": expected.access_token}


def _checked(claims: CodeIDToken, now: datetime) -> dict[str, Any]:
    instant, leeway = int(now.timestamp()), int(LEEWAY.total_seconds())
    try:
        claims.validate(now=instant, leeway=leeway)
    except (JoseError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise TokenRefused(f"its claims do not fit this sign-in: {error}") from None
    made_just_now(claims, now)
    if not is_subject(claims["sub"]):
        raise TokenRefused("its subject is no text of 1 to 255 characters")
    return dict(claims)
