"""Sign or verify one credential or presentation in an envelope with one given key, as the W3C's suite asks.

The key is whoever's the caller says: neither is anything fetched, nor are dates or status judged. That is the
verifier's work; here only securing is tried.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from credentials import closed_form, strict_json
from credentials.model import conformance
from credentials.problems import (
    CRYPTOGRAPHIC_SECURITY_ERROR,
    MALFORMED_VALUE_ERROR,
    PARSING_ERROR,
    UNKNOWN_CONTEXT,
    Unacceptable,
    refuse,
)
from credentials.proofs import compact_jws, cose, envelope, jose
from credentials.proofs.envelope import Envelope
from credentials.proofs.sd_jwt import token as sd_jwt
from credentials.sentence import sentence, sentence_of
from keys import secret_keys
from keys.errors import KeysError, UnsupportedKey

_CARRIED = re.compile(r"data:application/vc\+(?:(?:jwt|sd-jwt),[A-Za-z0-9_.~ -]+|cose;base64,[A-Za-z0-9+/=\s]+)")
_STEP = re.compile(r"\.?([^.\[\]]+)|\[(\d+)\]")


class Feature(StrEnum):
    """What is signed or verified, and how."""

    CREDENTIAL_JOSE = "credential_jose"
    CREDENTIAL_COSE = "credential_cose"
    CREDENTIAL_SDJWT = "credential_sdjwt"
    PRESENTATION_JOSE = "presentation_jose"
    PRESENTATION_COSE = "presentation_cose"
    PRESENTATION_SDJWT = "presentation_sdjwt"

    @property
    def short(self) -> str:
        """`vc` or `vp`."""
        return "vc" if self.value.startswith("credential") else "vp"


class Result(StrEnum):
    """What became of it. Indeterminate: the key or algorithm is of a kind that is not supported here."""

    SUCCESS = "success"
    FAILURE = "failure"
    INDETERMINATE = "indeterminate"


@dataclass(frozen=True, slots=True)
class Answer:
    """data: the secured text, the verified document as JSON, or a sentence on why there is none."""

    result: Result
    data: str

    def as_json(self) -> str:
        """As the suite reads it."""
        return json.dumps({"result": self.result.value, "data": self.data}, ensure_ascii=False)


def issue(
    document: bytes, method: bytes, feature: Feature, *, concealed: str, randomness: Callable[[int], bytes]
) -> Answer:
    """The document secured with the key. concealed: a JSON array of paths, for SD-JWT; or empty."""
    return _answered(lambda: _issued(document, method, feature, concealed, randomness))


def verify(secured: bytes, method: bytes, feature: Feature) -> Answer:
    """The document in it, if it is secured with the key and has the form that the standard asks for."""
    return _answered(lambda: _verified(secured, method, feature))


def _answered(work: Callable[[], str]) -> Answer:
    try:
        return Answer(Result.SUCCESS, work())
    except UnsupportedKey as error:
        return Answer(Result.INDETERMINATE, sentence_of(error))
    except KeysError as error:
        return Answer(Result.FAILURE, sentence_of(error))
    except Unacceptable as refusal:
        return Answer(Result.FAILURE, " ".join(problem.detail for problem in refusal.problems))


def _issued(
    document: bytes, method: bytes, feature: Feature, concealed: str, randomness: Callable[[int], bytes]
) -> str:
    payload, key = _object(document), _object(method)
    _require_form(payload, feature)
    signer, kid = secret_keys.signer_of(key), str(key.get("id") or key.get("kid") or "")
    if "jose" in feature or "sdjwt" in feature:
        signed_by = payload.get("issuer" if feature.short == "vc" else "holder")
        named = signed_by.get("id") if isinstance(signed_by, Mapping) else signed_by
        payload = {**payload, "iss": named} if isinstance(named, str) else payload
    if feature in (Feature.CREDENTIAL_COSE, Feature.PRESENTATION_COSE):
        short = feature.short
        message = cose.sign(_written(payload), signer, typ=f"{short}+cose", content_type=short, kid=kid)
        return base64.b64encode(message).decode()
    if feature in (Feature.CREDENTIAL_JOSE, Feature.PRESENTATION_JOSE):
        header = {"typ": f"{feature.short}+jwt", "cty": feature.short, "kid": kid}
        return compact_jws.sign(header, _written(payload), signer)
    pointers = [_pointer(path) for path in _paths(concealed)]
    return sd_jwt.issue(
        payload, signer, typ=f"{feature.short}+sd-jwt", kid=kid, concealed=pointers, randomness=randomness
    )


def _verified(secured: bytes, method: bytes, feature: Feature) -> str:
    key = _object(method)
    public_key = secret_keys.public_key_of(key)
    opened = _opened(secured.strip(), feature)
    if opened.kid and ":" in opened.kid and "id" in key and opened.kid != key["id"]:
        detail = sentence("It names the key {kid}, which is not the one that was given.", kid=opened.kid[:120])
        raise refuse(CRYPTOGRAPHIC_SECURITY_ERROR, "Another key", detail)
    if problems := envelope.misplaced_claims(opened.payload):
        raise Unacceptable(problems)
    _require_form(opened.credential, feature)
    if feature.short == "vc" and (
        problems := jose.claims_that_disagree(opened.payload, opened.credential, required=False)
    ):
        raise Unacceptable(problems)
    assert public_key is not None  # noqa: S101  (it is required)
    opened.verify(public_key)
    return json.dumps(opened.credential, ensure_ascii=False)


def _opened(secured: bytes, feature: Feature) -> Envelope:
    short = feature.short
    if feature in (Feature.CREDENTIAL_COSE, Feature.PRESENTATION_COSE):
        return envelope.cose(_message(secured, f"data:application/{short}+cose;base64,"), kind=f"{short}+cose")
    try:
        text = secured.decode("ascii")
    except UnicodeDecodeError:
        raise refuse(PARSING_ERROR, "Not a token", sentence("It is not written in ASCII.")) from None
    if feature in (Feature.CREDENTIAL_SDJWT, Feature.PRESENTATION_SDJWT):
        return envelope.sd_jwt(text, types=(f"{short}+sd-jwt",))
    return envelope.of_jwt(jose.parse(text)) if short == "vc" else envelope.presentation_jwt(text)


def _message(secured: bytes, prefix: str) -> bytes:
    """The message as bytes or, as the suite has them, in base64."""
    if cose.is_cose(secured):
        return secured
    try:
        return envelope.bytes_of_base64(secured.decode("ascii").removeprefix(prefix))
    except ValueError:
        detail = sentence("A message (COSE) is given in base64, and this one is not.")
        raise refuse(PARSING_ERROR, "Not base64", detail) from None


def _require_form(document: Mapping[str, Any], feature: Feature) -> None:
    """A credential conforms to the data model; a presentation holds only credentials in envelopes (section 3.1.2)."""
    problems = [problem for problem in closed_form.check(document) if problem.type != UNKNOWN_CONTEXT]
    types = document.get("type")
    names = types if isinstance(types, list) else [types]
    if feature.short == "vc":
        problems += conformance.check(document)
    elif "VerifiablePresentation" not in names or not all(map(_is_enveloped, _held(document))):
        detail = sentence("It is no presentation whose credentials are all in envelopes of their own.")
        raise refuse(MALFORMED_VALUE_ERROR, "Not a presentation", detail)
    if problems:
        raise Unacceptable(problems)


def _held(presentation: Mapping[str, Any]) -> list[Any]:
    held = presentation.get("verifiableCredential", [])
    return held if isinstance(held, list) else [held]


def _is_enveloped(held: Any) -> bool:
    types = held.get("type") if isinstance(held, dict) else None
    identifier = held.get("id") if isinstance(held, dict) else None
    return (
        "EnvelopedVerifiableCredential" in (types if isinstance(types, list) else [types])
        and isinstance(identifier, str)
        and _CARRIED.fullmatch(identifier) is not None
    )


def _paths(concealed: str) -> Iterable[str]:
    if not concealed.strip():
        return []
    paths = strict_json.parse(concealed)
    if not isinstance(paths, list) or not all(isinstance(path, str) for path in paths):
        raise refuse(PARSING_ERROR, "Not paths", sentence("The paths of what is to be concealed are no list of texts."))
    return paths


def _pointer(path: str) -> str:
    """`credentialSubject.names[0]`, also with `$.` before it, as a JSON Pointer; a pointer as it is."""
    if path.startswith("/"):
        return path
    steps = [name or place for name, place in _STEP.findall(path.removeprefix("$"))]
    return "".join("/" + step.replace("~", "~0").replace("/", "~1") for step in steps)


def _object(data: bytes) -> dict[str, Any]:
    value = strict_json.parse(data)
    if not isinstance(value, dict):
        raise refuse(PARSING_ERROR, "Not an object", sentence("The file holds no object in JSON."))
    return value


def _written(payload: Mapping[str, Any]) -> bytes:
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
