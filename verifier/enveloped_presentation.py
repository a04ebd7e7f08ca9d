"""A presentation within a token or message: vp+jwt, vp+sd-jwt, vp+cose, and the objects that carry one of them.

The holder signs the envelope, so the signature is the holder's proof: by a key that the holder's own document lists
under `authentication`, within the token's dates, and for the nonce and audience that were asked for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from credentials import closed_form
from credentials.problems import (
    INVALID_CHALLENGE_ERROR,
    INVALID_DOMAIN_ERROR,
    MALFORMED_VALUE_ERROR,
    PARSING_ERROR,
    PROOF_VERIFICATION_ERROR,
    UNKNOWN_CONTEXT,
    Problem,
    Unacceptable,
    refuse,
)
from credentials.proofs import envelope
from credentials.proofs.envelope import VP_COSE, VP_SD_JWT, Envelope, misplaced_claims
from credentials.sentence import sentence, sentence_of
from verifier.checks.signatures import of_envelope
from verifier.extract import NotExtracted
from verifier.extract_enveloped import bytes_of
from verifier.presented_form import defines_envelopes
from verifier.proof_times import CLOCK_SKEW
from verifier.published_keys import AUTHENTICATION, NoSuchKey, key_equal_to, key_named
from verifier.resolve import Resolver

_DATA_URL = re.compile(r"data:application/(vp\+jwt|jwt|vp\+sd-jwt|vp\+cose)((?:;[^,;]*)*),(.+)", re.DOTALL)
_ENVELOPED = "EnvelopedVerifiablePresentation"


def open_envelope(presentation: Mapping[str, Any] | str | bytes) -> Envelope | None:
    """The envelope, nothing about it verified; None for a presentation that is in none. Raises `Unacceptable`."""
    if isinstance(presentation, bytes):
        return envelope.cose(presentation, kind=VP_COSE)
    if isinstance(presentation, str):
        return _of_text(presentation.strip())
    types = presentation.get("type")
    if _ENVELOPED not in (types if isinstance(types, list) else [types]):
        return None
    if set(presentation) - {"@context", "id", "type"}:
        raise _unreadable(sentence("An envelope may say nothing beside the token in it, and this one does."))
    if not defines_envelopes(presentation):
        raise _unreadable(sentence("The @context of an envelope must be that of the W3C data model 2.0."))
    return _of_data_url(str(presentation.get("id", "")))


def proven_holder(
    opened: Envelope, *, nonce: str | None, audience: str | None, resolver: Resolver, now: datetime
) -> str:
    """The holder who signed it; nothing is fetched before its form is known. Raises `Unacceptable` and `Unresolved`."""
    problems = tuple(problem for problem in closed_form.check(opened.credential) if problem.type != UNKNOWN_CONTEXT)
    if "type" in opened.payload:
        problems += misplaced_claims(opened.payload)
    if problems:
        raise Unacceptable(problems)
    _require_dates(opened.payload, now)
    _require_asked_for(opened, nonce, audience, now)
    holder = _holder(opened)
    signature = of_envelope(opened, signer=holder)
    holder = holder or signature.method.partition("#")[0]
    document = resolver.resolve(holder)
    try:
        if signature.method:
            key = key_named(document, signature.method, purpose=AUTHENTICATION)
        else:
            assert signature.brought is not None  # noqa: S101  (or it would have been refused)
            key = key_equal_to(document, signature.brought, purpose=AUTHENTICATION)
    except NoSuchKey as error:
        detail = sentence("It is not signed with a key of the holder: {why}.", why=sentence_of(error))
        raise refuse(PROOF_VERIFICATION_ERROR, "Not the holder's key", detail) from None
    if signature.brought not in (None, key.public_key):
        detail = sentence("The presentation brings along another key than the one it names.")
        raise refuse(PROOF_VERIFICATION_ERROR, "Another key", detail)
    if key.withdrawn is not None and key.withdrawn <= now:
        detail = sentence("The holder has withdrawn the key with which the presentation is signed.")
        raise refuse(PROOF_VERIFICATION_ERROR, "Key withdrawn", detail)
    signature.verify(key.public_key)
    return holder


def _of_text(text: str) -> Envelope:
    if text.startswith("data:"):
        return _of_data_url(text)
    if "~" in text:
        return envelope.sd_jwt(text, types=(VP_SD_JWT,))
    return envelope.presentation_jwt(text)


def _of_data_url(url: str) -> Envelope:
    match = _DATA_URL.fullmatch(url)
    if match is None:
        raise _unreadable(
            sentence(
                "This envelope holds no presentation in a form that is read: a data URL of the type "
                "application/vp+jwt, application/vp+sd-jwt or application/vp+cose."
            )
        )
    kind, parameters, content = match.groups()
    if kind == VP_SD_JWT:
        return envelope.sd_jwt(content, types=(VP_SD_JWT,), told=VP_SD_JWT)
    if kind != VP_COSE:
        return envelope.presentation_jwt(content)
    try:
        return envelope.cose(bytes_of(parameters, content), kind=VP_COSE)
    except NotExtracted as error:
        raise Unacceptable(error.problem) from None


def _holder(opened: Envelope) -> str:
    """Whoever the presentation says holds it, or else the claim `iss`; both must agree. Empty if it does not say."""
    named = opened.credential.get("holder")
    holder = named.get("id") if isinstance(named, Mapping) else named
    given = {one for one in (holder, opened.payload.get("iss")) if one is not None}
    if len(given) > 1 or not all(isinstance(one, str) for one in given):
        detail = sentence("The presentation names one holder, and its token another.")
        raise refuse(PROOF_VERIFICATION_ERROR, "Another holder", detail, "/holder")
    return str(given.pop()) if given else ""


def _require_dates(payload: Mapping[str, Any], now: datetime) -> None:
    """`exp`, `nbf` and `iat` (RFC 7519, section 4.1)."""
    instant, skew = now.timestamp(), CLOCK_SKEW.total_seconds()
    for claim in ("exp", "nbf"):
        if claim in payload and (isinstance(payload[claim], bool) or not isinstance(payload[claim], int | float)):
            detail = sentence("The claim {claim} of the token is no date.", claim=claim)
            raise refuse(MALFORMED_VALUE_ERROR, "Unreadable date", detail, f"/{claim}")
    if "exp" in payload and payload["exp"] <= instant:
        raise refuse(PROOF_VERIFICATION_ERROR, "Proof expired", sentence("The presentation has expired."), "/exp")
    made = payload.get("iat")
    begins = [one for one in (payload.get("nbf"), made) if isinstance(one, int | float)]
    if any(one > instant + skew for one in begins):
        detail = sentence("The presentation says that it was made in the future.")
        raise refuse(PROOF_VERIFICATION_ERROR, "Made in the future", detail)


def _require_asked_for(opened: Envelope, nonce: str | None, audience: str | None, now: datetime) -> None:
    """The claims `nonce` and `aud`; of an SD-JWT also those of the holder's signature behind it."""
    if opened.sd_jwt is not None and opened.sd_jwt.bound is not None and nonce is not None and audience is not None:
        from credentials.proofs.sd_jwt import key_binding

        key_binding.check(opened.sd_jwt, key_binding.Asked(nonce, audience), now)
        return
    given = opened.payload.get("aud")
    audiences = given if isinstance(given, list) else [given]
    problems = []
    if nonce is not None and opened.payload.get("nonce") != nonce:
        detail = sentence("The presentation was made for another question: its nonce is not the one that was given.")
        problems.append(Problem(INVALID_CHALLENGE_ERROR, "Another question", detail, "/nonce"))
    if audience is not None and audience not in audiences:
        detail = sentence("The presentation was made for another verifier.")
        problems.append(Problem(INVALID_DOMAIN_ERROR, "Another verifier", detail, "/aud"))
    if problems:
        raise Unacceptable(problems)


def _unreadable(detail: str) -> Unacceptable:
    return refuse(PARSING_ERROR, "Not a presentation", detail)
