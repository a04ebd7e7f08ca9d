"""What the provider signed: whether it did, with one of its keys; what it says is for the caller to judge.

The signature's algorithm is one of a list of our own, all of them with public keys; the key is one of the provider's
that is made for that algorithm. So neither `none` nor a public key taken for a shared secret gets anywhere.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey, import_key

from issuer.sign_in.identities import LONGEST_SUBJECT

LEEWAY = timedelta(seconds=60)
"""By which the provider's clock may differ from ours."""
OLDEST = timedelta(minutes=10)
"""A token was made for what happens now; one that is older comes from somewhere else."""
_LEAST_RSA_BITS = 2048
_MOST_TRIED = 4  # keys for one token: a provider that is changing its keys publishes two
_CURVES = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521"}
ALGORITHMS: Mapping[str, str] = {
    **dict.fromkeys(("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"), "RSA"),
    **dict.fromkeys(_CURVES, "EC"),
}
"""What may sign, and the type of key that each goes with."""


class TokenRefused(Exception):  # noqa: N818  (a verdict)
    """The token is not the provider's word on this; the message says why, for the log."""


class NoSuchKey(TokenRefused):
    """None of the keys is meant: the provider may have new ones."""


@dataclass(frozen=True, slots=True)
class Signed:
    """Header and claims of a token whose signature is the provider's. Nothing that they say has been judged."""

    header: Mapping[str, Any]
    claims: dict[str, Any]


def signed_by_provider(token: object, keys: Iterable[Mapping[str, Any]], *, types: Collection[str]) -> Signed:
    """A token of one of the `types` (its `typ`, in capitals) with the provider's signature; `keys` are its JWKs.

    Raises TokenRefused.
    """
    if not isinstance(token, str):
        raise TokenRefused("there is no token in it")
    header = _header(token, types)
    algorithm = header["alg"]
    candidates = [key for key in keys if _is_meant(key, header)]
    if not candidates:
        raise NoSuchKey(f"none of the provider’s keys is for {algorithm} with the kid {header.get('kid')!r}")
    for key in candidates[:_MOST_TRIED]:
        try:
            read = jwt.decode(token, _imported(key), algorithms=[algorithm])
        except (JoseError, ValueError, KeyError, TypeError):
            continue
        return Signed(read.header, read.claims)
    raise TokenRefused("the signature does not verify with the provider’s key")


def made_just_now(claims: Mapping[str, Any], now: datetime) -> None:
    """Raises TokenRefused unless `iat` is within the last OLDEST."""
    instant, leeway = int(now.timestamp()), int(LEEWAY.total_seconds())
    if not instant - int(OLDEST.total_seconds()) - leeway <= claims["iat"] <= instant + leeway:
        raise TokenRefused("it was not made just now")


def is_subject(value: object) -> bool:
    """Whether a provider may call somebody so (OpenID Connect Core 1.0, section 2)."""
    return isinstance(value, str) and 0 < len(value) <= LONGEST_SUBJECT


def _header(token: str, types: Collection[str]) -> dict[str, Any]:
    try:
        header: dict[str, Any] = dict(jws.extract_compact(token.encode("ascii")).headers())
    except (JoseError, ValueError, KeyError, TypeError) as error:
        raise TokenRefused(f"the token cannot be read: {error}") from None
    algorithm = header.get("alg")
    if not isinstance(algorithm, str) or algorithm not in ALGORITHMS:
        raise TokenRefused(f"the algorithm {algorithm!r} is not taken")
    if "crit" in header or "b64" in header:
        raise TokenRefused("the header asks for extensions that are not known")
    if str(header.get("typ", "JWT")).upper().removeprefix("APPLICATION/") not in types:
        raise TokenRefused(f"this is a token of another type, {header['typ']!r}")
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
