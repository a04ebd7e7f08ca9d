"""Where wallets get copies: the credential, deferred and notification endpoints (OpenID4VCI 1.0, sections 8, 9, 11)."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from issuer.errors import TransitionRefused, Unknown
from issuer.offers import grants, nonces
from issuer.offers.configurations import Offerer
from issuer.offers.grants import Grant
from issuer.offers.request_keys import private_key
from issuer.wallet_copies import CopyFormat, CopyWaits, check_copyable, copy_for_holder
from portal.access import Served
from portal.bodies import media_type
from portal.oid4vci.answering import (
    OPEN,
    TYPES,
    answered,
    body_of,
    bound_to,
    issuer_named,
    refusal,
    told,
    wants_nonce,
    with_dpop_nonce,
)
from portal.oid4vci.trust import trust_of
from portal.service import Service
from wallet_export.holder_key import Holder
from wallet_export.oid4vci import Oid4vciError, credential_identifier
from wallet_export.oid4vci_encryption import check_wanted, decrypted, encrypted, kid_of
from wallet_export.oid4vci_metadata import Endpoints
from wallet_export.oid4vci_proofs import check_attestation, check_proofs
from wallet_export.oid4vci_requests import (
    CredentialRequest,
    ResponseEncryption,
    credential_request,
    deferred_request,
    json_of,
    notification,
)

router = APIRouter(tags=["Wallets"])

INTERVAL: Final = 3_600
"""Seconds that a wallet should wait before it asks again for what waits."""
_ACTOR: Final = "wallet"
_JWT: Final = "application/jwt"

_Work = Callable[[Request, Service, Offerer, Grant, bytes], Response]


@router.post(
    "/oid4vci/{slug}/credential",
    summary="Get a credential, bound to the wallet’s keys",
    description="With an access token and a proof of possession for each key. Several keys get as many copies, which "
    "share one status. The request and the answer may be encrypted.",
    response_class=Response,
    responses={**TYPES, 202: {"content": {"application/json": {}}, "description": "It waits: ask again later"}},
)
async def credential(request: Request, slug: str, service: Served) -> Response:
    """Section 8."""
    return await _with_token(request, slug, service, "credential", _credential)


@router.post(
    "/oid4vci/{slug}/deferred",
    summary="Get a credential that had to wait",
    response_class=Response,
    responses={**TYPES, 202: {"content": {"application/json": {}}, "description": "It still waits"}},
)
async def deferred(request: Request, slug: str, service: Served) -> Response:
    """Section 9."""
    return await _with_token(request, slug, service, "deferred", _deferred)


@router.post(
    "/oid4vci/{slug}/notification",
    summary="Say what became of a credential in the wallet",
    response_class=Response,
    responses={**TYPES, 204: {"description": "Noted"}},
)
async def notified(request: Request, slug: str, service: Served) -> Response:
    """Section 11."""
    return await _with_token(request, slug, service, "notification", _notified)


async def _with_token(request: Request, slug: str, service: Service, name: str, work: _Work) -> Response:
    try:
        data = await body_of(request)
    except Oid4vciError as error:
        return refusal(error)

    def whole() -> Response:
        owner = issuer_named(service, slug)

        def allowed() -> Response:
            return work(request, service, owner, _grant(request, service, owner, name), data)

        response = answered(allowed)()
        return with_dpop_nonce(service, response) if wants_nonce(request, response) else response

    return await run_in_threadpool(whole)


def _grant(request: Request, service: Service, owner: Offerer, name: str) -> Grant:
    """What the token of a request allows. Raises Oid4vciError with status 401 (RFC 6750, 3.1; RFC 9449, 7)."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    token = token.strip()
    if scheme.lower() not in {"bearer", "dpop"} or not token:
        raise Oid4vciError("", "Send the access token.", status=401)
    found = grants.find_grant(service.database, token, issuer_id=owner.row_id, now=service.clock())
    if found is None:
        raise Oid4vciError("invalid_token", "The access token is unknown, or over.", status=401)
    if found.dpop_key is None:
        if scheme.lower() != "bearer":
            raise Oid4vciError("invalid_token", "The access token is not bound to a key.", status=401)
        return found
    if scheme.lower() != "dpop":
        raise Oid4vciError("invalid_token", "The access token is bound to a key: use DPoP.", status=401)
    proof = bound_to(request, service, Endpoints(owner.identifier).at(name), token=token, status=401)
    if proof is None or proof.thumbprint != found.dpop_key:
        raise Oid4vciError("invalid_dpop_proof", "There is no DPoP proof by the token's key.", status=401)
    return found


def _credential(request: Request, service: Service, owner: Offerer, grant: Grant, data: bytes) -> Response:
    body, in_envelope = _opened(request, service, data)
    asked = credential_request(body)
    _check_encryption(asked.encryption, in_envelope)
    format_ = _format(grant, asked)
    now = service.clock()
    trust = trust_of(service)
    if asked.attested:
        shown = check_attestation(asked.proofs[0], now=now, trust=trust)
    else:
        shown = check_proofs(asked.proofs, issuer=owner.identifier, now=now, trust=trust)
    if not nonces.take_nonce(service.database, shown[0].nonce, now=now):
        raise Oid4vciError("invalid_nonce", "The nonce was used before, is over, or is not ours: get a new one.")
    if not grants.count_request(service.database, grant):
        raise Oid4vciError("credential_request_denied", "Too many requests were made with this token.")
    holders, attested = [one.holder for one in shown], all(one.attested for one in shown)
    dids = [one.did for one in holders]
    try:
        copies = _copies(service, grant, format_, holders)
    except CopyWaits:
        transaction = grants.note_waiting(
            service.database, grant, format_, dids, attested=attested, now=now, randomness=secrets.token_bytes
        )
        return _answer({"transaction_id": transaction, "interval": INTERVAL}, asked.encryption, status=202)
    notification_id = grants.note_delivery(
        service.database, grant, format_, dids, attested=attested, now=now, randomness=secrets.token_bytes
    )
    return _answer({"credentials": copies, "notification_id": notification_id}, asked.encryption)


def _deferred(request: Request, service: Service, _: Offerer, grant: Grant, data: bytes) -> Response:
    body, in_envelope = _opened(request, service, data)
    asked = deferred_request(body)
    _check_encryption(asked.encryption, in_envelope)
    waiting = grants.find_waiting(service.database, grant, asked.transaction_id)
    if waiting is None:
        raise Oid4vciError("invalid_transaction_id", "There is no such transaction, or it was used before.")
    try:
        copies = _copies(service, grant, waiting.format, [Holder.of_did(one) for one in waiting.holders])
    except CopyWaits:
        return _answer({"transaction_id": asked.transaction_id, "interval": INTERVAL}, asked.encryption, status=202)
    notification_id = grants.take_waiting(
        service.database, waiting, now=service.clock(), randomness=secrets.token_bytes
    )
    if notification_id is None:
        raise Oid4vciError("invalid_transaction_id", "The transaction was used before.")
    return _answer({"credentials": copies, "notification_id": notification_id}, asked.encryption)


def _notified(request: Request, service: Service, _: Offerer, grant: Grant, data: bytes) -> Response:
    if media_type(request) != "application/json":
        raise Oid4vciError("invalid_notification_request", "The body must be application/json.")
    told_of = notification(json_of(data, code="invalid_notification_request"))
    known = grants.note_event(service.database, grant, told_of.notification_id, told_of.event, now=service.clock())
    if not known:
        raise Oid4vciError("invalid_notification_id", "There is no such notification_id of this token.")
    return Response(status_code=204, headers=OPEN)


def _opened(request: Request, service: Service, data: bytes) -> tuple[dict[str, Any], bool]:
    """The request, and whether it came in an envelope. Raises Oid4vciError."""
    given = media_type(request)
    if given == "application/json":
        return json_of(data), False
    if given != _JWT:
        raise Oid4vciError("invalid_credential_request", f"The body must be application/json, or encrypted {_JWT}.")
    text = data.decode("ascii", "replace").strip()
    kid = kid_of(text)
    private = None
    if service.keyring is not None:
        private = private_key(service.database, service.keyring, kid, now=service.clock())
    if private is None:
        raise Oid4vciError("invalid_encryption_parameters", "The request is encrypted to no key of this issuer.")
    return decrypted(text, private), True


def _check_encryption(wanted: ResponseEncryption | None, in_envelope: bool) -> None:
    """Who asks for an encrypted answer encrypts the request, or its key could be exchanged on the way (8.2)."""
    if wanted is None:
        return
    if not in_envelope:
        raise Oid4vciError(
            "invalid_encryption_parameters", "Whoever asks for an encrypted answer must encrypt the request too."
        )
    check_wanted(wanted)


def _format(grant: Grant, asked: CredentialRequest) -> CopyFormat:
    """Which of the formats that the token allows is asked for. Raises Oid4vciError."""
    if grant.with_identifiers:
        if asked.identifier is None:
            raise Oid4vciError("invalid_credential_request", "The token's answer named credential_identifiers.")
        for format_ in grant.configurations.values():
            if asked.identifier == credential_identifier(grant.credential_id, format_.value):
                return format_
        raise Oid4vciError("unknown_credential_identifier", "The token does not allow that credential.")
    if asked.configuration is None:
        raise Oid4vciError("invalid_credential_request", "The token's answer named no credential_identifiers.")
    if asked.configuration not in grant.configurations:
        raise Oid4vciError("unknown_credential_configuration", "The token does not allow that configuration.")
    return grant.configurations[asked.configuration]


def _copies(service: Service, grant: Grant, format_: CopyFormat, holders: Sequence[Holder]) -> list[dict[str, Any]]:
    """A copy for each holder. Raises CopyWaits; Oid4vciError if there never will be one."""
    now = service.clock()
    try:
        check_copyable(service.database, grant.credential_id, now)
        if service.keyring is None:
            raise CopyWaits("the keys are locked")  # noqa: TRY301
        made = [
            copy_for_holder(
                service.database,
                service.keyring,
                credential_id=grant.credential_id,
                format_=format_,
                holder=one,
                actor=_ACTOR,
                now=now,
                randomness=secrets.token_bytes,
            )
            for one in holders
        ]
    except CopyWaits:
        raise
    except (TransitionRefused, Unknown) as error:
        raise Oid4vciError("credential_request_denied", str(error)) from None
    return [{"credential": json.loads(one.text) if format_ is CopyFormat.LDP_VC else one.text} for one in made]


def _answer(document: Mapping[str, Any], encryption: ResponseEncryption | None, *, status: int = 200) -> Response:
    if encryption is None:
        return told(document, status=status)
    return Response(encrypted(document, encryption), status_code=status, media_type=_JWT, headers=OPEN)
