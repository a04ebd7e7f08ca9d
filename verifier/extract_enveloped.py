"""Credentials in envelopes other than a JWT: SD-JWT, COSE_Sign1, and the data URLs in which any of them may come.

Imported only when such a thing comes, so that an ordinary badge does not wait for what reads it.
"""

from __future__ import annotations

import re
from contextlib import suppress

from credentials.problems import PARSING_ERROR, UNSUPPORTED_PROOF, Problem, Unacceptable
from credentials.proofs import envelope
from credentials.proofs.envelope import DC_SD_JWT, VC_COSE, VC_SD_JWT, VP_SD_JWT, Envelope
from credentials.sentence import sentence
from verifier.extract import UNSUPPORTED_FORM, Extracted, NotExtracted, is_a_signature, require_credential

_DATA_URL = re.compile(r"data:application/(vc\+sd-jwt|vc\+cose)((?:;[^,;]*)*),(.+)", re.DOTALL)
_PRESENTED = re.compile(r"data:application/vp\+(?:jwt|sd-jwt|cose)[;,]")


def from_sd_jwt(text: str, form: str, *, told: str = "") -> Extracted:
    """The credential in an SD-JWT, of the W3C's data model or an SD-JWT VC. Raises `NotExtracted`.

    told: the media type that the data URL around it gives.
    """
    types = (told,) if told else (VC_SD_JWT, DC_SD_JWT, VP_SD_JWT)
    try:
        found = envelope.sd_jwt(text, types=types, told=told)
    except Unacceptable as refusal:
        problem = refusal.problems[0]
        unsupported = problem.type == UNSUPPORTED_PROOF and is_a_signature(text.partition("~")[0])
        raise NotExtracted(problem, unsupported=unsupported) from None
    return _extracted(found, form)


def from_message(data: bytes, form: str) -> Extracted:
    """The credential in a COSE_Sign1. Raises `NotExtracted`."""
    try:
        found = envelope.cose(data, kind=VC_COSE)
    except Unacceptable as refusal:
        problem = refusal.problems[0]
        raise NotExtracted(problem, unsupported=problem.type == UNSUPPORTED_PROOF) from None
    return _extracted(found, form)


def from_data_url(url: str, form: str) -> Extracted:
    """The credential in a data URL (VCDM 2.0, section 4.13). Raises `NotExtracted`."""
    match = _DATA_URL.fullmatch(url)
    if match is None:
        detail = sentence(
            "This envelope holds no credential in a form that is read: a data URL of the type application/vc+jwt, "
            "application/vc+sd-jwt or application/vc+cose."
        )
        if _PRESENTED.match(url):
            detail = sentence(
                "This is a presentation that holds credentials. Give it by itself, or one of the credentials in it."
            )
        raise NotExtracted(Problem(UNSUPPORTED_FORM, "Cannot be read here", detail), unsupported=True)
    media_type, parameters, content = match.groups()
    if media_type == VC_SD_JWT:
        return from_sd_jwt(content, form or "sd-jwt", told=VC_SD_JWT)
    return from_message(bytes_of(parameters, content), form or "cose")


def bytes_of(parameters: str, content: str) -> bytes:
    """The bytes that a data URL holds, which must be in base64 (VC-JOSE-COSE, section 3.3.1). Raises `NotExtracted`."""
    if parameters.endswith(";base64"):
        with suppress(ValueError):
            return envelope.bytes_of_base64(content)
    detail = sentence("A message (COSE) in a data URL is written in base64, and this one is not.")
    raise NotExtracted(Problem(PARSING_ERROR, "Not base64", detail))


def _extracted(found: Envelope, form: str) -> Extracted:
    if found.media_type != DC_SD_JWT:
        require_credential(found.credential)
    return Extracted(form, found.credential, found, found.text)
