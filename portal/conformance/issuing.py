"""Issuing in the profile: what a test suite sends is checked as all that is signed here, signed, and forgotten."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from credentials.contexts import CREDENTIALS_V1, CREDENTIALS_V2, DATA_INTEGRITY_V2
from credentials.instants import parse_instant
from credentials.prepared import prepare
from credentials.problems import MALFORMED_VALUE_ERROR, refuse
from credentials.sentence import sentence, sentence_of
from portal import bodies
from portal.api.vc_exchange import pointers_in, text_in
from portal.conformance.instances import Instance
from portal.conformance.securing import enveloped, secured
from portal.conformance.status_lists import PURPOSES, Full, StatusLists
from portal.json_text import json_bytes
from portal.problems import BAD_REQUEST, HttpProblem

_IN_PROOF = ("challenge", "domain", "nonce")
_OPTIONS = (
    "type", "cryptosuite", "mandatoryPointers", "returnProblemDetails", "credentialId", "credentialStatus", "expires",
    *_IN_PROOF,
)  # fmt: skip
_PROOF = "DataIntegrityProof"


@dataclass(frozen=True, slots=True)
class Wish:
    """What a request's options ask of a signature; `members` go into the proof."""

    mandatory: Sequence[str]
    members: Mapping[str, str]
    purpose: str
    credential_id: str


def wish_of(options: Mapping[str, Any], instance: Instance) -> Wish:
    """The options, as far as this instance can follow them. Raises a 400 problem for a wish that it cannot."""
    bodies.only_members(options, _OPTIONS, "`options`")
    for name, offered in (("type", _PROOF if instance.suite else ""), ("cryptosuite", instance.suite)):
        if options.get(name, offered) != offered:
            raise HttpProblem(
                BAD_REQUEST,
                sentence(
                    "The instance {instance} has no {name} {wished}; each instance signs in one way only.",
                    instance=instance.name,
                    name=name,
                    wished=str(options[name])[:60],
                ),
            )
    members = {name: text for name in (*_IN_PROOF, "expires") if (text := text_in(options, name)) is not None}
    if "expires" in members:
        try:
            parse_instant(members["expires"])
        except ValueError as error:
            detail = sentence("“options.{name}” is no instant: {why}.", name="expires", why=sentence_of(error))
            raise HttpProblem(BAD_REQUEST, detail) from None
    return Wish(
        mandatory=pointers_in(options, "mandatoryPointers"),
        members=members,
        purpose=purpose_in(options.get("credentialStatus", {})),
        credential_id=text_in(options, "credentialId") or "",
    )


def purpose_in(status: Any) -> str:
    """The purpose of a status entry that is asked for or set. Raises a 400 problem."""
    purpose = status.get("statusPurpose", PURPOSES[0]) if isinstance(status, dict) else None
    if purpose not in PURPOSES:
        detail = sentence("“credentialStatus.statusPurpose” must be one of {known}.", known=", ".join(PURPOSES))
        raise HttpProblem(BAD_REQUEST, detail)
    return str(purpose)


def issue(
    instance: Instance, document: Mapping[str, Any], options: Mapping[str, Any], lists: StatusLists, now: datetime
) -> bytes:
    """The answer `{"verifiableCredential": …}` around the exact signed bytes.

    Raises a 400 problem for options, and `Unacceptable` with every problem of the document.
    """
    wish = wish_of(options, instance)
    _require_issuer(document, instance)
    signed = secured(
        instance,
        prepare(_with_status(_with_proof_terms(document, instance), instance, wish, lists)),
        now=now,
        mandatory=wish.mandatory,
        members=wish.members,
    )
    body = signed.body if instance.suite else json_bytes(enveloped(signed.text))
    return b'{"verifiableCredential":' + body + b"}"


def _require_issuer(document: Mapping[str, Any], instance: Instance) -> None:
    """An issuer signs in its own name only. One that is missing or malformed is for the data model to refuse."""
    given = document.get("issuer")
    named = given.get("id") if isinstance(given, dict) else given
    if isinstance(named, str) and ":" in named and named != instance.did:
        detail = sentence(
            "The document names the issuer {named}, but this instance signs as {did}.",
            named=named[:200],
            did=instance.did,
        )
        raise refuse(MALFORMED_VALUE_ERROR, "Issuer is another one", detail, "/issuer")


def _with_proof_terms(document: Mapping[str, Any], instance: Instance) -> Mapping[str, Any]:
    """VCDM 1.1 does not define the terms of a proof: behind its context that of Data Integrity is added, if need be."""
    contexts = document.get("@context")
    if not instance.suite or not isinstance(contexts, list) or contexts[:1] != [CREDENTIALS_V1]:
        return document
    return document if DATA_INTEGRITY_V2 in contexts else {**document, "@context": [*contexts, DATA_INTEGRITY_V2]}


def _with_status(document: Mapping[str, Any], instance: Instance, wish: Wish, lists: StatusLists) -> Mapping[str, Any]:
    """With a status entry, where the document has none and is of VCDM 2.0: with one, 1.1 would need another context."""
    contexts = document.get("@context")
    first = contexts[0] if isinstance(contexts, list) and contexts else None
    if not instance.gives_status or "credentialStatus" in document or first != CREDENTIALS_V2:
        return document
    identifier = wish.credential_id or document.get("id")
    try:
        entry = lists.entry(instance, wish.purpose, identifier if isinstance(identifier, str) else "")
    except Full:
        return document
    return {**document, "credentialStatus": entry}
