"""VC-JWT: a credential as the payload of a compact JWS (Open Badges 3.0, section 8.2; VC-JOSE-COSE 3.1)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from credentials.instants import parse_instant
from credentials.prepared import COMPACT_JWS, PreparedCredential, SecuredCredential, written
from credentials.problems import (
    MALFORMED_VALUE_ERROR,
    PARSING_ERROR,
    PROOF_GENERATION_ERROR,
    PROOF_VERIFICATION_ERROR,
    Problem,
    Unacceptable,
    refuse,
)
from credentials.proofs import compact_jws, vc_claim
from credentials.sentence import sentence
from keys import base64url
from keys.algorithms import ALGORITHMS
from keys.public_key import PublicKey

if TYPE_CHECKING:
    from keys.signer import Signer

_TYPES = frozenset({"jwt", "vc+jwt", "vc+ld+jwt", "vc-ld+jwt"})
_CONTENT_TYPES = frozenset({"vc", "vc+ld+json", "application/vc"})
_DATES = ("validFrom", "validUntil")
REGISTERED_CLAIMS = frozenset({"iss", "sub", "aud", "exp", "nbf", "iat", "jti", "cnf"})
"""Claims of RFC 7519 and RFC 7800, which may stand beside a credential in a token and are no part of it."""


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

    def secure_all(self, prepared: Iterable[PreparedCredential]) -> list[SecuredCredential]:
        """The same for each."""
        return [self.secure(one) for one in prepared]


def sign(prepared: PreparedCredential, signer: Signer, *, kid: str) -> SecuredCredential:
    """The credential as a compact JWS, as a `Stamp` of its own makes it."""
    return Stamp(signer, kid).secure(prepared)


def parse(token: str | bytes) -> UnverifiedJwt:
    """The parts of a compact JWS that holds a credential. Nothing is believed yet and nothing was fetched.

    Raises `Unacceptable`: PARSING_ERROR for what is not a JWT of a credential, unsupported-proof for an algorithm
    that is not on the list (so `none` and every HMAC), PROOF_VERIFICATION_ERROR for a header that names keys
    elsewhere or asks for extensions.
    """
    token_read = compact_jws.read(_ascii(token), types=_TYPES)
    header = token_read.header
    if "cty" in header and str(header["cty"]).lower() not in _CONTENT_TYPES:
        detail = sentence("The content of the token is {cty}, not a credential.", cty=str(header["cty"])[:40])
        raise refuse(PROOF_VERIFICATION_ERROR, "Token header is not acceptable", detail)
    payload = token_read.payload
    return UnverifiedJwt(
        token=token_read.text,
        header=header,
        payload=payload,
        credential=_credential(payload),
        alg=token_read.alg,
        kid=token_read.kid,
        jwk=token_read.jwk,
    )


def verify(jwt: UnverifiedJwt, public_key: PublicKey) -> None:
    """Returns if the token is signed by the key; the caller has established whose the key is.

    The key's type decides which algorithm is right; the header only has to agree. Raises `Unacceptable` with
    PROOF_VERIFICATION_ERROR if it does not, CRYPTOGRAPHIC_SECURITY_ERROR if the signature does not match.
    """
    compact_jws.verify_text(jwt.token, jwt.alg, public_key)


class Enveloped(Protocol):
    """What of a token, or of another envelope, is asked here: the claims, and the credential in them."""

    @property
    def payload(self) -> Mapping[str, Any]:
        """The claims, with whatever stands beside them."""
        ...

    @property
    def credential(self) -> Mapping[str, Any]:
        """The credential alone."""
        ...


def check_claims(jwt: Enveloped) -> tuple[Problem, ...]:
    """Where the token's claims and its credential disagree; every difference, or nothing.

    In an Open Badge `iss`, `jti`, `nbf` and, if the subject has an id, `sub` must be there; in other credentials
    they must be right if they are there. `exp` is always optional, but must equal `validUntil` if both are given.
    (Open Badges 3.0, 8.2)
    """
    return claims_that_disagree(jwt.payload, jwt.credential, required=_is_open_badge(jwt.credential))


def claims_that_disagree(
    payload: Mapping[str, Any], credential: Mapping[str, Any], *, required: bool
) -> tuple[Problem, ...]:
    """The same; `required` says whether iss, jti, nbf and sub must be there (VC-JOSE-COSE, section 3.1.3: need not)."""
    issuer = credential.get("issuer")
    subject = credential.get("credentialSubject")
    begins, ends = ("issuanceDate", "expirationDate") if vc_claim.is_of_version_1(credential) else _DATES
    expected = {
        "iss": issuer.get("id") if isinstance(issuer, dict) else issuer,
        "jti": credential.get("id"),
        "sub": subject.get("id") if isinstance(subject, dict) else None,
        "nbf": _numeric(credential.get(begins)),
        "exp": _numeric(credential.get(ends)),
    }
    problems = []
    for name, value in expected.items():
        if name not in payload:
            if required and value is not None and name != "exp":
                problems.append(_claim(name, f"The token has no claim {name}, which Open Badges 3.0 demands."))
        elif not _agree(payload[name], value) and not (name == "exp" and value is None):
            problems.append(_claim(name, f"The token's claim {name} does not agree with its credential."))
    return tuple(problems)


def expiry_claim(jwt: Enveloped) -> int | float | None:
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
    try:
        text = token.decode("ascii") if isinstance(token, bytes) else token
    except UnicodeDecodeError:
        raise _not_a_jwt(sentence("It is not written in ASCII.")) from None
    return text.strip(" \t\r\n")


def _credential(payload: dict[str, Any]) -> dict[str, Any]:
    """VCDM 1.1 puts the credential into the claim `vc`, VCDM 2.0 makes it the payload."""
    if "vc" in payload:
        if not isinstance(payload["vc"], dict):
            raise _not_a_jwt(sentence("Its claim vc is not a JSON object."))
        return vc_claim.decoded(payload)
    credential = {name: value for name, value in payload.items() if name not in REGISTERED_CLAIMS}
    if "@context" not in credential or "type" not in credential:
        raise _not_a_jwt(sentence("It holds no verifiable credential."))
    return credential


def _not_a_jwt(detail: str) -> Unacceptable:
    return refuse(
        PARSING_ERROR, "Not a credential as JWT", sentence("The text is not a readable JWT. {detail}", detail=detail)
    )
