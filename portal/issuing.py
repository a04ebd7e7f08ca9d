"""Issuing by the VC API: from a request's options to the answer, with the signed bytes as they were signed."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from typing import Any

from credentials.sentence import sentence
from issuer.api_tokens import ApiToken
from issuer.documents import DocumentOptions, issue_document
from issuer.issuers import Issuer
from issuer.waiting import SUITES_OF_DOCUMENTS, USUAL_SUITE
from portal import bodies
from portal.problems import BAD_REQUEST, UNAVAILABLE, HttpProblem
from portal.service import Service

FORMATS = ("json", "jwt")
LONGEST_KEY = 200  # characters of an idempotency key
_OPTIONS = ("cryptosuite", "format", "type", "credentialStatus", "mandatoryPointers", "returnProblemDetails")
_ENVELOPED = "EnvelopedVerifiableCredential"
_CONTEXT = "https://www.w3.org/ns/credentials/v2"


def issue_options(options: Mapping[str, Any]) -> DocumentOptions:
    """What the request wishes, as far as it can be had. Raises a 400 problem for a wish that cannot."""
    bodies.only_members(options, _OPTIONS, "`options`")
    wished = options.get("format", "json")
    if wished not in FORMATS:
        raise HttpProblem(BAD_REQUEST, f"`options.format` must be one of {', '.join(FORMATS)}.")
    suite = options.get("cryptosuite", USUAL_SUITE)
    if suite not in SUITES_OF_DOCUMENTS:
        detail = sentence(
            "“options.cryptosuite” must be one of {suites}; no other fits the key of this issuer.",
            suites=", ".join(SUITES_OF_DOCUMENTS),
        )
        raise HttpProblem(BAD_REQUEST, detail)
    if options.get("type", "DataIntegrityProof") != "DataIntegrityProof":
        raise HttpProblem(BAD_REQUEST, "`options.type` must be DataIntegrityProof.")
    if options.get("mandatoryPointers"):
        raise HttpProblem(BAD_REQUEST, "`options.mandatoryPointers` is for selective disclosure, which this is not.")
    return DocumentOptions(formats=(wished,), cryptosuite=suite)


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

    Raises a 503 problem while the keys are locked, and what `issuer.documents.issue_document` raises.
    """
    if service.keyring is None:
        raise HttpProblem(UNAVAILABLE, "The keys of this server are locked, so it cannot sign at the moment.")
    if idempotency_key is not None and not 0 < len(idempotency_key) <= LONGEST_KEY:
        raise HttpProblem(BAD_REQUEST, f"`Idempotency-Key` must have 1 to {LONGEST_KEY} characters.")
    issued = issue_document(
        service.database,
        service.keyring,
        issuer=issuer.slug,
        document=document,
        actor=f"api:{token.name}",
        now=service.clock(),
        randomness=secrets.token_bytes,
        idempotency_key=idempotency_key,
        options=options,
    )
    if "json" in issued.renderings:
        return b'{"verifiableCredential":' + issued.renderings["json"].body + b"}"
    return _enveloped(issued.renderings["jwt"].text)


def _enveloped(token: str) -> bytes:
    """VCDM 2.0, section 4.13 "Enveloped Verifiable Credentials"."""
    envelope = {"@context": _CONTEXT, "id": f"data:application/vc+jwt,{token}", "type": _ENVELOPED}
    return json.dumps({"verifiableCredential": envelope}).encode()
