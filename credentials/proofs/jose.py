"""VC-JWT: a credential as the payload of a compact JWS (Open Badges 3.0, section 8.2; VC-JOSE-COSE 3.1)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from credentials import strict_json
from credentials.instants import parse_instant
from credentials.prepared import COMPACT_JWS, PreparedCredential, SecuredCredential, written
from credentials.problems import (
    CRYPTOGRAPHIC_SECURITY_ERROR,
    MALFORMED_VALUE_ERROR,
    PARSING_ERROR,
    PROOF_GENERATION_ERROR,
    PROOF_VERIFICATION_ERROR,
    UNSUPPORTED_PROOF,
    VERIFICATION_UNAVAILABLE,
    Problem,
    Unacceptable,
    refuse,
)
from credentials.sentence import sentence
from keys import base64url
from keys.algorithms import ALGORITHMS
from keys.errors import KeysError
from keys.public_key import PublicKey

if TYPE_CHECKING:
    from keys.signer import Signer

# Each key type signs with one algorithm only; RFC 9864 gives EdDSA over Ed25519 a second name.
_NAMES_OF_KEY_TYPE = {
    key_type: frozenset({row.jose, "Ed25519"} if row.jose == "EdDSA" else {row.jose})
    for key_type, row in ALGORITHMS.items()
}
SUPPORTED = frozenset(name for names in _NAMES_OF_KEY_TYPE.values() for name in names)

_TYPES = frozenset({"jwt", "vc+jwt", "vc+ld+jwt", "vc-ld+jwt"})
_CONTENT_TYPES = frozenset({"vc", "vc+ld+json", "application/vc"})
# Header members that name a key elsewhere, change what is signed, or ask for understanding we do not have.
_REFUSED_MEMBERS = frozenset({"crit", "b64", "jku", "x5u", "x5c", "x5t", "x5t#S256", "zip", "enc", "epk"})
_REGISTERED_CLAIMS = ("iss", "sub", "aud", "exp", "nbf", "iat", "jti")
_COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_MAX_HEADER = strict_json.Limits(max_bytes=16_384, max_depth=6, max_values=200)
_MAX_TOKEN = strict_json.LIMITS.max_bytes


@dataclass(frozen=True, slots=True)
class UnverifiedJwt:
    """A well-formed VC-JWT whose signature nobody has checked yet.

    `credential` is the credential that the payload holds: the payload without the claims of RFC 7519, or the `vc`
    claim of VCDM 1.1. `jwk` is a claim of the token about itself, never a reason to trust it.
    """

    token: str
    header: Mapping[str, Any]
    payload: Mapping[str, Any]
    credential: dict[str, Any]
    alg: str
    kid: str | None
    jwk: Mapping[str, Any] | None


class Stamp:
    """One key's tokens: the header that they have in common is made once, for any number of credentials.

    `kid` is the URL under which the issuer publishes the key. Safe to share between threads.
    """

    __slots__ = ("_beginning", "_sign")

    def __init__(self, signer: Signer, kid: str) -> None:
        header = {"typ": "JWT", "alg": ALGORITHMS[signer.public_key.type].jose, "kid": kid}
        self._beginning = base64url.encode(written(header)).encode() + b"."
        self._sign = signer.sign

    def secure(self, prepared: PreparedCredential) -> SecuredCredential:
        """The credential as a compact JWS with the claims iss, jti, nbf, sub and exp (Open Badges 3.0, 8.2).

        The payload is `prepared.json` with the claims put in, at the end if they are new. Raises `Unacceptable` if the
        credential has no id, no `validFrom`, several subjects or a subject without id, since `jti`, `nbf` and `sub`
        must equal them, and what `Signer.sign` raises.
        """
        claims = _claims(prepared.document)
        if claims.keys().isdisjoint(prepared.document):
            payload = prepared.json[:-1] + b"," + written(claims)[1:]
        else:  # a context may define a term that is named like a claim; the claim is what the standard says of it
            payload = written({**prepared.document, **claims})
        signed = self._beginning + base64url.encode(payload).encode()
        return SecuredCredential(COMPACT_JWS, signed + b"." + base64url.encode(self._sign(signed)).encode())


def sign(prepared: PreparedCredential, signer: Signer, *, kid: str) -> SecuredCredential:
    """The credential as a compact JWS, as a `Stamp` of its own makes it."""
    return Stamp(signer, kid).secure(prepared)


def parse(token: str | bytes) -> UnverifiedJwt:
    """The parts of a compact JWS that holds a credential. Nothing is believed yet and nothing was fetched.

    Raises `Unacceptable`: PARSING_ERROR for what is not a JWT of a credential, unsupported-proof for an algorithm
    that is not on the list (so `none` and every HMAC), PROOF_VERIFICATION_ERROR for a header that names keys
    elsewhere or asks for extensions.
    """
    text = _ascii(token)
    if not _COMPACT.fullmatch(text):
        raise _not_a_jwt(
            "A JWT is three parts of letters, digits, - and _ between dots; this text is cut off or altered."
        )
    header_part, payload_part, signature_part = text.split(".")
    header = _json_part(header_part, "header", _MAX_HEADER)
    payload = _json_part(payload_part, "payload", strict_json.LIMITS)
    _bytes_of(signature_part, "signature")
    _check_header(header)
    return UnverifiedJwt(
        token=text,
        header=header,
        payload=payload,
        credential=_credential(payload),
        alg=header["alg"],
        kid=header.get("kid"),
        jwk=header.get("jwk"),
    )


def verify(jwt: UnverifiedJwt, public_key: PublicKey) -> None:
    """Returns if the token is signed by the key; the caller has established whose the key is.

    The key's type decides which algorithm is right; the header only has to agree. Raises `Unacceptable` with
    PROOF_VERIFICATION_ERROR if it does not, CRYPTOGRAPHIC_SECURITY_ERROR if the signature does not match.
    """
    if jwt.alg not in _NAMES_OF_KEY_TYPE[public_key.type]:
        raise refuse(
            PROOF_VERIFICATION_ERROR,
            "Algorithm does not fit the key",
            sentence(
                "The token says it is signed with {alg}, but the issuer's key is of type {type}.",
                alg=jwt.alg,
                type=public_key.type,
            ),
        )
    from credentials.proofs.jws import is_signed

    try:
        signed = is_signed(jwt.token, public_key, jwt.alg)
    except KeysError as error:
        raise refuse(VERIFICATION_UNAVAILABLE, "Signature could not be checked", str(error)) from error
    if not signed:
        raise refuse(
            CRYPTOGRAPHIC_SECURITY_ERROR,
            "Signature does not match",
            sentence(
                "The signature does not match the content: it was changed after signing, or signed with another key."
            ),
        )


def check_claims(jwt: UnverifiedJwt) -> tuple[Problem, ...]:
    """Where the token's claims and its credential disagree (Open Badges 3.0, 8.2); every difference, or nothing.

    In an Open Badge `iss`, `jti`, `nbf` and, if the subject has an id, `sub` must be there; in other credentials
    they must be right if they are there. `exp` is always optional, but must equal `validUntil` if both are given.
    """
    credential, payload = jwt.credential, jwt.payload
    required = _is_open_badge(credential)
    issuer = credential.get("issuer")
    subject = credential.get("credentialSubject")
    expected = {
        "iss": issuer.get("id") if isinstance(issuer, dict) else issuer,
        "jti": credential.get("id"),
        "sub": subject.get("id") if isinstance(subject, dict) else None,
        "nbf": _numeric(credential.get("validFrom")),
        "exp": _numeric(credential.get("validUntil")),
    }
    problems = []
    for name, value in expected.items():
        if name not in payload:
            if required and value is not None and name != "exp":
                problems.append(_claim(name, f"The token has no claim {name}, which Open Badges 3.0 demands."))
        elif not _agree(payload[name], value) and not (name == "exp" and value is None):
            problems.append(_claim(name, f"The token's claim {name} does not agree with its credential."))
    return tuple(problems)


def expiry_claim(jwt: UnverifiedJwt) -> int | float | None:
    """The `exp` claim in seconds since 1970, which stands for a `validUntil` that is missing (Open Badges 3.0, 8.2)."""
    exp = jwt.payload.get("exp")
    return exp if isinstance(exp, int | float) and not isinstance(exp, bool) else None


def _claims(document: Mapping[str, Any]) -> dict[str, Any]:
    subject = document["credentialSubject"]
    if not isinstance(subject, Mapping):
        raise refuse(
            PROOF_GENERATION_ERROR,
            "Several subjects",
            sentence("A credential as a JWT has one subject as an object, because the claim sub names one only."),
            "/credentialSubject",
        )
    issuer = document["issuer"]
    claims = {
        "iss": issuer if isinstance(issuer, str) else issuer["id"],
        "jti": _claimed(document, "id", "jti"),
        "nbf": _numeric(_claimed(document, "validFrom", "nbf")),
        "sub": _claimed(subject, "id", "sub", "/credentialSubject"),
    }
    if "validUntil" in document:
        claims["exp"] = _numeric(document["validUntil"])
    return claims


def _claimed(holder: Mapping[str, Any], member: str, claim: str, place: str = "") -> Any:
    if holder.get(member) is None:
        path = f"{place}/{member}"
        detail = sentence(
            "A credential as a JWT needs {path}, because the claim {claim} must equal it.", path=path, claim=claim
        )
        raise refuse(PROOF_GENERATION_ERROR, f"No {member}", detail, path)
    return holder[member]


def _numeric(instant: Any) -> int | None:
    """NumericDate of RFC 7519, in whole seconds."""
    try:
        return int(parse_instant(instant).timestamp())
    except (ValueError, TypeError):
        return None


def _agree(claim: Any, value: Any) -> bool:
    if isinstance(claim, bool) or isinstance(value, bool):
        return False
    if isinstance(claim, float) and isinstance(value, int):
        return int(claim) == value
    return bool(claim == value)


def _claim(name: str, detail: str) -> Problem:
    return Problem(MALFORMED_VALUE_ERROR, "Claims disagree", detail, f"/{name}")


def _is_open_badge(credential: Mapping[str, Any]) -> bool:
    types = credential.get("type")
    names = types if isinstance(types, list) else [types]
    return "OpenBadgeCredential" in names or "AchievementCredential" in names


def _ascii(token: str | bytes) -> str:
    if len(token) > _MAX_TOKEN:
        raise _not_a_jwt(f"It is longer than {_MAX_TOKEN:,} characters.")
    try:
        text = token.decode("ascii") if isinstance(token, bytes) else token
    except UnicodeDecodeError:
        raise _not_a_jwt("A JWT is written in ASCII.") from None
    return text.strip(" \t\r\n")


def _json_part(part: str, name: str, limits: strict_json.Limits) -> dict[str, Any]:
    value = strict_json.parse(_bytes_of(part, name), limits)
    if not isinstance(value, dict):
        raise _not_a_jwt(f"Its {name} is not a JSON object.")
    return value


def _bytes_of(part: str, name: str) -> bytes:
    try:
        return base64url.decode(part)
    except ValueError as error:
        raise _not_a_jwt(f"Its {name} is {error}.") from None


def _check_header(header: Mapping[str, Any]) -> None:
    alg = header.get("alg")
    if not isinstance(alg, str) or alg not in SUPPORTED:
        raise refuse(
            UNSUPPORTED_PROOF,
            "Algorithm is not accepted",
            sentence(
                "The token says it is signed with {alg}; accepted are {names}.",
                alg=str(alg)[:40],
                names=", ".join(sorted(SUPPORTED)),
            ),
        )
    if refused := sorted(_REFUSED_MEMBERS & header.keys()):
        raise _header(f"The token's header has the member {refused[0]}, which is not accepted.")
    if "typ" in header and str(header["typ"]).lower().removeprefix("application/") not in _TYPES:
        raise _header(f"The token's type is {str(header['typ'])[:40]}, not that of a credential.")
    if "cty" in header and str(header["cty"]).lower() not in _CONTENT_TYPES:
        raise _header(f"The token's content is {str(header['cty'])[:40]}, not a credential.")
    if not isinstance(header.get("kid", ""), str):
        raise _header("The token's kid is not a string.")
    jwk = header.get("jwk", {})
    if not isinstance(jwk, dict) or "d" in jwk:
        raise _header("The token's jwk is not a public key.")


def _credential(payload: dict[str, Any]) -> dict[str, Any]:
    """VCDM 1.1 puts the credential into the claim `vc`, VCDM 2.0 makes it the payload."""
    if "vc" in payload:
        if not isinstance(payload["vc"], dict):
            raise _not_a_jwt("Its claim vc is not a JSON object.")
        return payload["vc"]
    credential = {name: value for name, value in payload.items() if name not in _REGISTERED_CLAIMS}
    if "@context" not in credential or "type" not in credential:
        raise _not_a_jwt("It holds no verifiable credential.")
    return credential


def _not_a_jwt(detail: str) -> Unacceptable:
    return refuse(
        PARSING_ERROR, "Not a credential as JWT", sentence("The text is not a readable JWT. {detail}", detail=detail)
    )


def _header(detail: str) -> Unacceptable:
    return refuse(PROOF_VERIFICATION_ERROR, "Token header is not acceptable", detail)
