"""Compact JWS (RFC 7515) with a JSON payload, read strictly: for tokens of every kind, whatever they hold.

The key's type decides which algorithm is right, and the header only has to agree. What names a key elsewhere, changes
what is signed or asks for understanding that is not there is refused while reading (RFC 8725).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from credentials import strict_json
from credentials.prepared import written
from credentials.problems import (
    CRYPTOGRAPHIC_SECURITY_ERROR,
    NOT_SIGNED,
    PARSING_ERROR,
    PROOF_VERIFICATION_ERROR,
    UNSUPPORTED_PROOF,
    VERIFICATION_UNAVAILABLE,
    Unacceptable,
    refuse,
)
from credentials.sentence import sentence, sentence_of
from keys import base64url
from keys.algorithms import ALGORITHMS, KeyType
from keys.errors import KeysError
from keys.public_key import PublicKey

if TYPE_CHECKING:
    from keys.signer import Signer

# Each key type signs with one algorithm only; RFC 9864 gives EdDSA over Ed25519 a second name.
NAMES_OF_KEY_TYPE: Mapping[KeyType, frozenset[str]] = {
    key_type: frozenset({row.jose, "Ed25519"} if row.jose == "EdDSA" else {row.jose})
    for key_type, row in ALGORITHMS.items()
}
SUPPORTED = frozenset(name for names in NAMES_OF_KEY_TYPE.values() for name in names)

# Header members that name a key elsewhere, change what is signed, or ask for understanding we do not have.
_REFUSED_MEMBERS = frozenset({"crit", "b64", "jku", "x5u", "x5c", "x5t", "x5t#S256", "zip", "enc", "epk"})
_COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*")
_MAX_HEADER = strict_json.Limits(max_bytes=16_384, max_depth=6, max_values=200)
_MAX_TOKEN = strict_json.LIMITS.max_bytes


@dataclass(frozen=True, slots=True)
class CompactJws:
    """A well-formed JWS whose signature nobody has checked yet.

    typ: in lower case and without `application/`, or empty. jwk: a claim of the token about itself, never a reason to
    trust it.
    """

    text: str
    header: Mapping[str, Any]
    payload: dict[str, Any]
    alg: str
    typ: str
    kid: str | None
    jwk: Mapping[str, Any] | None


def sign(header: Mapping[str, Any], payload: bytes, signer: Signer) -> str:
    """The JWS of a payload under this header, whose `alg` is that of the key. Raises what `Signer.sign` raises."""
    whole = {"alg": ALGORITHMS[signer.public_key.type].jose, **header}
    signed = f"{base64url.encode(written(whole))}.{base64url.encode(payload)}"
    return f"{signed}.{base64url.encode(signer.sign(signed.encode()))}"


def read(text: str, *, types: Collection[str], typed: bool = False, certificates: bool = False) -> CompactJws:
    """The parts of a compact JWS. Nothing is believed yet.

    types: what `typ` may say, in lower case; with `typed` it must say it. certificates: the caller judges `x5c`; else
    that is refused. Raises `Unacceptable`: PARSING_ERROR for what
    is no JWS over a JSON object, not-signed for the algorithm `none`, unsupported-proof for others that are not
    accepted (so every HMAC), PROOF_VERIFICATION_ERROR for another type, or a header that is not acceptable.
    """
    if len(text) > _MAX_TOKEN or not _COMPACT.fullmatch(text):
        raise _cut_off()
    header_part, payload_part, signature_part = text.split(".")
    header = _json_part(header_part, "header", _MAX_HEADER)
    payload = _json_part(payload_part, "payload", strict_json.LIMITS)
    if says_unsigned(header):
        detail = sentence("The token says of itself that nobody signed it (alg: none).")
        raise refuse(NOT_SIGNED, "Not signed", detail)
    if not signature_part:
        raise _cut_off()
    _bytes_of(signature_part, "signature")
    _check_header({name: value for name, value in header.items() if name != "x5c" or not certificates})
    typ = str(header.get("typ", "")).lower().removeprefix("application/")
    if typ not in types and (typ or typed):
        detail = sentence("The token is of the type {typ}, which is not accepted here.", typ=typ[:40] or "–")
        raise refuse(PROOF_VERIFICATION_ERROR, "Token of another type", detail)
    return CompactJws(text, header, payload, header["alg"], typ, header.get("kid"), header.get("jwk"))


def verify(token: CompactJws, public_key: PublicKey) -> None:
    """Returns if the token is signed by the key; the caller has established whose the key is.

    Raises `Unacceptable`: PROOF_VERIFICATION_ERROR if its algorithm is not that of the key,
    CRYPTOGRAPHIC_SECURITY_ERROR if the signature does not match.
    """
    verify_text(token.text, token.alg, public_key)


def verify_text(text: str, alg: str, public_key: PublicKey) -> None:
    """The same for the text of a token that was read, whose header names this algorithm."""
    if alg not in NAMES_OF_KEY_TYPE[public_key.type]:
        detail = sentence(
            "The token says it is signed with {alg}, but the key is of type {type}.", alg=alg, type=public_key.type
        )
        raise refuse(PROOF_VERIFICATION_ERROR, "Algorithm does not fit the key", detail)
    from credentials.proofs.jws import is_signed

    try:
        signed = is_signed(text, public_key, alg)
    except KeysError as error:
        raise refuse(VERIFICATION_UNAVAILABLE, "Signature could not be checked", str(error)) from error
    if not signed:
        detail = sentence("The token was changed after signing, or signed with another key.")
        raise refuse(CRYPTOGRAPHIC_SECURITY_ERROR, "Signature does not match", detail)


def says_unsigned(header: Mapping[str, Any]) -> bool:
    """Whether the algorithm is `none` in any spelling, which signs nothing (RFC 7518, section 3.6)."""
    alg = header.get("alg")
    return isinstance(alg, str) and alg.lower() == "none"


def _json_part(part: str, name: str, limits: strict_json.Limits) -> dict[str, Any]:
    value = strict_json.parse(_bytes_of(part, name), limits)
    if not isinstance(value, dict):
        raise _no_token(sentence("Its {name} is not a JSON object.", name=name))
    return value


def _bytes_of(part: str, name: str) -> bytes:
    try:
        return base64url.decode(part)
    except ValueError as error:
        raise _no_token(sentence("Its {name} is {why}.", name=name, why=sentence_of(error))) from None


def _check_header(header: Mapping[str, Any]) -> None:
    alg = header.get("alg")
    if not isinstance(alg, str) or alg not in SUPPORTED:
        detail = sentence("The algorithm {alg} of the token is not accepted.", alg=str(alg)[:40])
        raise refuse(UNSUPPORTED_PROOF, "Algorithm is not accepted", detail)
    if refused := sorted(_REFUSED_MEMBERS & header.keys()):
        raise _header(sentence("The header of the token has the member {name}.", name=refused[0]))
    if not isinstance(header.get("typ", ""), str) or not isinstance(header.get("kid", ""), str):
        raise _header(sentence("The type or the key's name in the header of the token is not a text."))
    jwk = header.get("jwk", {})
    if not isinstance(jwk, dict) or "d" in jwk:
        raise _header(sentence("The key in the header of the token is not a public key."))


def _no_token(detail: str) -> Unacceptable:
    return refuse(PARSING_ERROR, "Not a token", sentence("The text is not a readable token. {detail}", detail=detail))


def _cut_off() -> Unacceptable:
    return _no_token(
        sentence("A token is three parts of letters, digits, - and _ between dots; this one is cut off or altered.")
    )


def _header(detail: str) -> Unacceptable:
    return refuse(PROOF_VERIFICATION_ERROR, "Token header is not acceptable", detail)
