"""COSE_Sign1 (RFC 9052, section 4.2) over JSON: `application/vc+cose` and `application/vp+cose` (VC-JOSE-COSE, 3.3).

As with compact JWS the key's type decides which algorithm is right, and what asks for understanding that is not there
is refused while reading.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import cbor2

from credentials import strict_cbor, strict_json
from credentials.problems import (
    CRYPTOGRAPHIC_SECURITY_ERROR,
    PARSING_ERROR,
    PROOF_VERIFICATION_ERROR,
    UNSUPPORTED_PROOF,
    VERIFICATION_UNAVAILABLE,
    Unacceptable,
    refuse,
)
from credentials.sentence import sentence
from keys.algorithms import KeyType
from keys.errors import KeysError, SignatureMismatch
from keys.public_key import PublicKey

if TYPE_CHECKING:
    from keys.signer import Signer

ALG, CRIT, CONTENT_TYPE, KID, TYP = 1, 2, 3, 4, 16
"""Labels of header parameters (RFC 9052, section 3.1; RFC 9596)."""

ALGORITHM_OF: Mapping[KeyType, int] = MappingProxyType(
    {KeyType.ED25519: -8, KeyType.P256: -7, KeyType.P384: -35, KeyType.RSA: -257}
)
"""EdDSA, ES256, ES384 and RS256 in the registry of COSE (RFC 9053, RFC 8812)."""

# RFC 9864 gives EdDSA over Ed25519, ECDSA over P-256 and over P-384 names of their own.
_ALSO: Mapping[KeyType, int] = MappingProxyType({KeyType.ED25519: -19, KeyType.P256: -9, KeyType.P384: -51})
_TAG = 18
_MAX_BYTES = strict_json.LIMITS.max_bytes
_MAX_HEADER = 4_096


@dataclass(frozen=True, slots=True)
class CoseSign1:
    """A well-formed COSE_Sign1 over a JSON object, whose signature nobody has checked yet.

    typ and content_type: in lower case and without `application/`, or empty.
    """

    payload: dict[str, Any]
    algorithm: int
    typ: str
    content_type: str
    kid: str | None
    signed: bytes
    signature: bytes


def sign(payload: bytes, signer: Signer, *, typ: str, content_type: str, kid: str) -> bytes:
    """The tagged COSE_Sign1 of a payload. Raises what `Signer.sign` raises."""
    header = {
        ALG: ALGORITHM_OF[signer.public_key.type],
        CONTENT_TYPE: f"application/{content_type}",
        KID: kid.encode(),
        TYP: f"application/{typ}",
    }
    protected = cbor2.dumps(header, canonical=True)
    signature = signer.sign(_to_be_signed(protected, payload))
    return cbor2.dumps(cbor2.CBORTag(_TAG, [protected, {}, payload, signature]), canonical=True)


def is_cose(data: bytes) -> bool:
    """Whether it looks like a tagged COSE_Sign1."""
    return data[:2] == b"\xd2\x84"


def read(data: bytes, *, types: Collection[str], content_type: str = "") -> CoseSign1:
    """The parts of a tagged COSE_Sign1. Nothing is believed yet.

    types: what `typ` must say, in lower case and without `application/`. content_type: what the content must be said to
    be; if it is, `typ` may be silent (VC-JOSE-COSE, section 3.3.1). Raises `Unacceptable`: PARSING_ERROR for what
    is none, unsupported-proof for an algorithm that is not accepted, PROOF_VERIFICATION_ERROR for another type or a
    header that is not acceptable.
    """
    protected, unprotected, payload, signature = _parts(data)
    header = _header(protected)
    if CRIT in header or not {*unprotected} <= {KID} or (KID in unprotected and KID in header):
        raise refuse(
            PROOF_VERIFICATION_ERROR,
            "Header is not acceptable",
            sentence("The header of the message asks for more than is understood here."),
        )
    algorithm = header.get(ALG)
    if not isinstance(algorithm, int) or algorithm not in {*ALGORITHM_OF.values(), *_ALSO.values()}:
        detail = sentence("The algorithm {alg} of the message is not accepted.", alg=str(algorithm)[:40])
        raise refuse(UNSUPPORTED_PROOF, "Algorithm is not accepted", detail)
    typ = _media_type(header.get(TYP, ""))
    content = _media_type(header.get(CONTENT_TYPE, ""))
    if content_type and content != content_type and (CONTENT_TYPE in header or not typ):
        detail = sentence("The message holds {content}, which is not accepted here.", content=content[:40] or "–")
        raise refuse(PROOF_VERIFICATION_ERROR, "Message of another type", detail)
    if typ not in types and (typ or TYP in header or not content_type):
        detail = sentence("The message is of the type {typ}, which is not accepted here.", typ=typ[:40] or "–")
        raise refuse(PROOF_VERIFICATION_ERROR, "Message of another type", detail)
    value = strict_json.parse(payload)
    if not isinstance(value, dict):
        raise _malformed()
    kid = header.get(KID, unprotected.get(KID))
    named = kid.decode("utf-8", "replace") if isinstance(kid, bytes) else None
    return CoseSign1(value, algorithm, typ, content, named, _to_be_signed(protected, payload), signature)


def verify(message: CoseSign1, public_key: PublicKey) -> None:
    """Returns if the message is signed by the key; the caller has established whose the key is.

    Raises `Unacceptable`: PROOF_VERIFICATION_ERROR if its algorithm is not that of the key,
    CRYPTOGRAPHIC_SECURITY_ERROR if the signature does not match.
    """
    if message.algorithm not in (ALGORITHM_OF[public_key.type], _ALSO.get(public_key.type)):
        detail = sentence("The message is not signed as a key of type {type} signs.", type=public_key.type)
        raise refuse(PROOF_VERIFICATION_ERROR, "Algorithm does not fit the key", detail)
    try:
        public_key.verify(message.signature, message.signed)
    except SignatureMismatch:
        detail = sentence("The message was changed after signing, or signed with another key.")
        raise refuse(CRYPTOGRAPHIC_SECURITY_ERROR, "Signature does not match", detail) from None
    except KeysError as error:
        raise refuse(VERIFICATION_UNAVAILABLE, "Signature could not be checked", str(error)) from error


def _to_be_signed(protected: bytes, payload: bytes) -> bytes:
    """Sig_structure of RFC 9052, section 4.4."""
    return cbor2.dumps(["Signature1", protected, b"", payload], canonical=True)


def _parts(data: bytes) -> tuple[bytes, Mapping[Any, Any], bytes, bytes]:
    message = _decoded(data, _MAX_BYTES)
    parts = message.value if isinstance(message, cbor2.CBORTag) and message.tag == _TAG else None
    if not isinstance(parts, (list, tuple)) or len(parts) != 4:
        raise _malformed()
    protected, unprotected, payload, signature = parts
    if not (
        all(isinstance(one, bytes) for one in (protected, payload, signature)) and isinstance(unprotected, Mapping)
    ):
        raise _malformed()
    return protected, unprotected, payload, signature


def _header(protected: bytes) -> Mapping[Any, Any]:
    header = _decoded(protected, _MAX_HEADER)
    if not isinstance(header, Mapping):
        raise _malformed()
    return header


def _decoded(data: bytes, most: int) -> Any:
    try:
        return strict_cbor.parse(data, max_bytes=most)
    except ValueError:
        raise _malformed() from None


def _media_type(value: Any) -> str:
    return value.lower().removeprefix("application/") if isinstance(value, str) else ""


def _malformed() -> Unacceptable:
    detail = sentence("The bytes are not a signed message (COSE_Sign1) with a JSON object in it.")
    return refuse(PARSING_ERROR, "Not a COSE message", detail)
