"""Issuing by the VC API: from a request's options to the answer, with the signed bytes as they were signed."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from typing import Any

from credentials.sentence import sentence
from issuer.api_tokens import ApiToken
from issuer.cryptosuites import KEY_TYPES, SELECTIVE
from issuer.documents import DocumentOptions, issue_document
from issuer.errors import NoFittingKey
from issuer.issuers import Issuer
from issuer.selective_copies import selective_copy
from portal import bodies
from portal.api.vc_exchange import pointers_in, text_in
from portal.problems import BAD_REQUEST, UNAVAILABLE, HttpProblem
from portal.service import Service

FORMATS = ("json", "jwt")
LONGEST_KEY = 200  # characters of an idempotency key
_OPTIONS = (
    "cryptosuite", "format", "type", "credentialId", "credentialStatus", "mandatoryPointers", "returnProblemDetails",
)  # fmt: skip
_ENVELOPED = "EnvelopedVerifiableCredential"
_CONTEXT = "https://www.w3.org/ns/credentials/v2"


def issue_options(options: Mapping[str, Any]) -> DocumentOptions:
    """What the request wishes, as far as it can be had. Raises a 400 problem for a wish that cannot."""
    bodies.only_members(options, _OPTIONS, "`options`")
    wished = options.get("format", "json")
    if wished not in FORMATS:
        raise HttpProblem(BAD_REQUEST, f"`options.format` must be one of {', '.join(FORMATS)}.")
    suite = text_in(options, "cryptosuite")
    if suite is not None and suite not in KEY_TYPES:
        detail = sentence("“options.cryptosuite” must be one of {suites}.", suites=", ".join(KEY_TYPES))
        raise HttpProblem(BAD_REQUEST, detail)
    if options.get("type", "DataIntegrityProof") != "DataIntegrityProof":
        raise HttpProblem(BAD_REQUEST, "`options.type` must be DataIntegrityProof.")
    mandatory = pointers_in(options, "mandatoryPointers")
    if mandatory and suite != SELECTIVE:
        raise HttpProblem(
            BAD_REQUEST,
            sentence("“options.mandatoryPointers” belongs to the cryptosuite {suite} alone.", suite=SELECTIVE),
        )
    if suite == SELECTIVE and wished != "json":
        raise HttpProblem(BAD_REQUEST, sentence("{suite} makes an embedded proof, not a token.", suite=SELECTIVE))
    return DocumentOptions(formats=(wished,), cryptosuite=suite, mandatory=mandatory)


def named_as_asked(document: Mapping[str, Any], options: Mapping[str, Any]) -> Mapping[str, Any]:
    """The document under `options.credentialId`, if that is given. Raises a 400 problem if it has another id."""
    wished = text_in(options, "credentialId")
    if wished is None:
        return document
    if document.get("id", wished) != wished:
        detail = sentence(
            "“options.credentialId” is another one than the credential’s own “id”: leave one of them out."
        )
        raise HttpProblem(BAD_REQUEST, detail)
    return {**document, "id": wished}


def issue_one(
    service: Service,
    issuer: Issuer,
    token: ApiToken,
    document: Mapping[str, Any],
    *,
    options: DocumentOptions,
    idempotency_key: str | None,
) -> bytes:
    """The answer `{"verifiableCredential": …}` around the exact signed bytes.

    By `ecdsa-sd-2023`: the caller's copy with a base proof; what is published has the issuer's usual proof. Raises a
    503 problem while the keys are locked, 400 without a key for the cryptosuite, and what
    `issuer.documents.issue_document` and `issuer.selective_copies.selective_copy` raise.
    """
    if service.keyring is None:
        raise HttpProblem(UNAVAILABLE, "The keys of this server are locked, so it cannot sign at the moment.")
    if idempotency_key is not None and not 0 < len(idempotency_key) <= LONGEST_KEY:
        raise HttpProblem(BAD_REQUEST, f"`Idempotency-Key` must have 1 to {LONGEST_KEY} characters.")
    made: dict[str, Any] = {
        "actor": f"api:{token.name}",
        "now": service.clock(),
        "randomness": secrets.token_bytes,
    }
    try:
        issued = issue_document(
            service.database,
            service.keyring,
            issuer=issuer.slug,
            document=document,
            idempotency_key=idempotency_key,
            options=options,
            **made,
        )
    except NoFittingKey:
        detail = sentence("This issuer has no key for the cryptosuite {suite}.", suite=options.cryptosuite or "")
        raise HttpProblem(BAD_REQUEST, detail) from None
    if options.cryptosuite == SELECTIVE:
        copy = selective_copy(service.database, service.keyring, credential_id=issued.id, **made)
        return b'{"verifiableCredential":' + copy.body + b"}"
    if "json" in issued.renderings:
        return b'{"verifiableCredential":' + issued.renderings["json"].body + b"}"
    return _enveloped(issued.renderings["jwt"].text)


def _enveloped(token: str) -> bytes:
    """VCDM 2.0, section 4.13 "Enveloped Verifiable Credentials"."""
    envelope = {"@context": _CONTEXT, "id": f"data:application/vc+jwt,{token}", "type": _ENVELOPED}
    return json.dumps({"verifiableCredential": envelope}).encode()
