"""Whether a logout token says what it must (OpenID Connect Back-Channel Logout 1.0, sections 2.4 and 2.6).

A token that could also be an ID token is none: it has the event of a sign-out, and no nonce.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final, TypeGuard

from issuer.sign_in.provider_sign_outs import ProviderSignOut
from portal.sign_in.provider_token import (
    LEEWAY,
    OLDEST,
    TokenRefused,
    is_subject,
    made_just_now,
    signed_by_provider,
)

EVENT: Final = "http://schemas.openid.net/event/backchannel-logout"
_TYPES: Final = frozenset({"JWT", "LOGOUT+JWT"})
_LONGEST = 255  # characters of a jti or sid


def sign_out_of(
    token: object, keys: Iterable[Mapping[str, Any]], *, issuer: str, client_id: str, now: datetime
) -> ProviderSignOut:
    """Whom the provider signs out by this token; `keys` are the provider's JWKs. Raises TokenRefused.

    Whether the token was taken before is for whoever ends the sessions.
    """
    claims = signed_by_provider(token, keys, types=_TYPES).claims
    if claims.get("iss") != issuer:
        raise TokenRefused("it is not from this provider")
    if not _is_for(claims.get("aud"), client_id):
        raise TokenRefused("it is for somebody else")
    _check_times(claims, now)
    if "nonce" in claims:
        raise TokenRefused("it has a nonce, as ID tokens do")
    events = claims.get("events")
    if not isinstance(events, dict) or not isinstance(events.get(EVENT), dict):
        raise TokenRefused("it does not tell of a sign-out")
    subject, session, token_id = claims.get("sub"), claims.get("sid"), claims.get("jti")
    if not _is_name(token_id):
        raise TokenRefused("its jti is no text of 1 to 255 characters")
    if subject is None and session is None:
        raise TokenRefused("it says neither whom nor which session it means")
    if not (subject is None or is_subject(subject)) or not (session is None or _is_name(session)):
        raise TokenRefused("its sub or sid is no text of 1 to 255 characters")
    remembered = datetime.fromtimestamp(claims["iat"], tz=now.tzinfo) + OLDEST + 2 * LEEWAY
    return ProviderSignOut(issuer, token_id, remembered, subject, session)


def _is_for(audience: object, client_id: str) -> bool:
    return client_id in audience if isinstance(audience, list) else audience == client_id


def _check_times(claims: Mapping[str, Any], now: datetime) -> None:
    made, ends = claims.get("iat"), claims.get("exp")
    if not _is_instant(made) or not _is_instant(ends):
        raise TokenRefused("its iat or exp is missing, or no number")
    made_just_now(claims, now)
    if ends + LEEWAY.total_seconds() <= now.timestamp():
        raise TokenRefused("it has expired")


def _is_instant(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1 << 40


def _is_name(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and 0 < len(value) <= _LONGEST
