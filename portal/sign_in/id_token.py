"""Whether an ID token says what it must (OpenID Connect Core 1.0, section 3.1.3.7), by Authlib and joserfc.

The signature's algorithm is one of a list of our own, all of them with public keys; the key is one of the provider's
that is made for that algorithm. So neither `none` nor a public key taken for a shared secret gets anywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from authlib.oidc.core import CodeIDToken
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey, import_key

from issuer.sign_in.identities import LONGEST_SUBJECT

LEEWAY = timedelta(seconds=60)
"""By which the provider's clock may differ from ours."""
OLDEST = timedelta(minutes=10)
"""A token was made for this very sign-in; one that is older comes from somewhere else."""
_LEAST_RSA_BITS = 2048
_MOST_TRIED = 4  # keys for one token: a provider that is changing its keys publishes two
_CURVES = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521"}
ALGORITHMS: Mapping[str, str] = {
    **dict.fromkeys(("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"), "RSA"),
    **dict.fromkeys(_CURVES, "EC"),
}
"""What may sign, and the type of key that each goes with."""


class TokenRefused(Exception):  # noqa: N818  (a verdict)
    """The token is not the provider's word on this sign-in; the message says why, for the log."""


class NoSuchKey(TokenRefused):
    """None of the keys is meant: the provider may have new ones."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What a token must say: whose word it is, for whom, and in answer to what."""

    issuer: str
    client_id: str
    nonce: str
    access_token: str | None


def claims_of(token: object, keys: Iterable[Mapping[str, Any]], expected: Expected, now: datetime) -> dict[str, Any]:
    """The claims of a token that is as it must be; `keys` are the provider's JWKs. Raises TokenRefused."""
    if not isinstance(token, str):
        raise TokenRefused("the provider’s answer holds no ID token")
    header = _header(token)
    algorithm = header["alg"]
    candidates = [key for key in keys if _is_meant(key, header)]
    if not candidates:
        raise NoSuchKey(f"none of the provider’s keys is for {algorithm} with the kid {header.get('kid')!r}")
    for key in candidates[:_MOST_TRIED]:
        try:
            read = jwt.decode(token, _imported(key), algorithms=[algorithm])
        except (JoseError, ValueError, KeyError, TypeError):
            continue
        return _checked(CodeIDToken(read.claims, read.header, _options(expected), _params(expected)), now)
    raise TokenRefused("the signature does not verify with the provider’s key")


def _header(token: str) -> dict[str, Any]:
    try:
        header: dict[str, Any] = dict(jws.extract_compact(token.encode("ascii")).headers())
    except (JoseError, ValueError, KeyError, TypeError) as error:
        raise TokenRefused(f"the ID token cannot be read: {error}") from None
    algorithm = header.get("alg")
    if not isinstance(algorithm, str) or algorithm not in ALGORITHMS:
        raise TokenRefused(f"the algorithm {algorithm!r} is not taken")
    if "crit" in header or "b64" in header:
        raise TokenRefused("the header asks for extensions that are not known")
    if str(header.get("typ", "JWT")).upper() != "JWT":
        raise TokenRefused(f"this is no ID token but a {header['typ']!r}")
    return header


def _is_meant(key: Mapping[str, Any], header: Mapping[str, Any]) -> bool:
    algorithm, kid = header["alg"], header.get("kid")
    return (
        key.get("kty") == ALGORITHMS[algorithm]
        and key.get("crv") == _CURVES.get(algorithm)
        and key.get("use", "sig") == "sig"
        and key.get("alg", algorithm) == algorithm
        and (kid is None or key.get("kid") == kid)
    )


def _imported(key: Mapping[str, Any]) -> RSAKey | ECKey:
    """The public half of a key. Raises ValueError for one that is too short."""
    if key["kty"] == "RSA" and len(str(key.get("n", ""))) * 6 < _LEAST_RSA_BITS:  # six bits a character
        raise ValueError("the RSA key is too short")
    found = import_key({name: value for name, value in key.items() if name in {"kty", "n", "e", "crv", "x", "y"}})
    if not isinstance(found, RSAKey | ECKey):
        raise TypeError("not a key for signatures")
    return found


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
    made = claims["iat"]
    if not instant - int(OLDEST.total_seconds()) - leeway <= made <= instant + leeway:
        raise TokenRefused("it was not made just now")
    subject = claims["sub"]
    if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_SUBJECT:
        raise TokenRefused("its subject is no text of 1 to 255 characters")
    return dict(claims)
