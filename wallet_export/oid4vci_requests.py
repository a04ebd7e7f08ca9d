"""What wallets ask: the token request's own parameters, and the credential, deferred and notification requests.

OpenID4VCI 1.0, sections 6.1, 8.2, 9.1 and 11.1. Members that are not known are ignored, as the standard says; whatever
is known and not as it should be is refused by the standard's code.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from credentials import strict_json
from credentials.problems import Unacceptable
from wallet_export.oid4vci import OPENID_CREDENTIAL, Oid4vciError
from wallet_export.oid4vci_metadata import ATTESTATION, BATCH_SIZE, PROOF_TYPES

EVENTS: Final = ("credential_accepted", "credential_failure", "credential_deleted")
LIMITS: Final = strict_json.Limits(max_bytes=256 * 1024, max_depth=12, max_values=4_000)
_LONGEST: Final = 500


@dataclass(frozen=True, slots=True)
class ResponseEncryption:
    """How the answer is to be encrypted (8.2)."""

    jwk: Mapping[str, Any]
    enc: str


@dataclass(frozen=True, slots=True)
class CredentialRequest:
    """A credential request: exactly one of `identifier` and `configuration` is given.

    proofs: JWTs, each of a key; or, with `attested`, one attestation of all keys (appendix F.3).
    """

    identifier: str | None
    configuration: str | None
    proofs: tuple[str, ...]
    attested: bool
    encryption: ResponseEncryption | None


@dataclass(frozen=True, slots=True)
class DeferredRequest:
    """A deferred credential request (9.1)."""

    transaction_id: str
    encryption: ResponseEncryption | None


@dataclass(frozen=True, slots=True)
class Notification:
    """What became of what was delivered (11.1)."""

    notification_id: str
    event: str


def json_of(data: bytes, *, code: str = "invalid_credential_request") -> dict[str, Any]:
    """A body that is one JSON object and has one meaning. Raises Oid4vciError with that code."""
    try:
        value = strict_json.parse(data, LIMITS)
    except Unacceptable:
        raise Oid4vciError(code, "The body is not one JSON object with each member once.") from None
    if not isinstance(value, dict):
        raise Oid4vciError(code, "The body is not a JSON object.")
    return value


def credential_request(body: Mapping[str, Any]) -> CredentialRequest:
    """Raises Oid4vciError: invalid_credential_request, invalid_proof, invalid_encryption_parameters."""
    identifier, configuration = _name(body, "credential_identifier"), _name(body, "credential_configuration_id")
    if (identifier is None) == (configuration is None):
        raise _malformed("Give credential_configuration_id or credential_identifier, and not both.")
    proofs, attested = _proofs(body)
    return CredentialRequest(identifier, configuration, proofs, attested, _encryption(body))


def deferred_request(body: Mapping[str, Any]) -> DeferredRequest:
    """Raises Oid4vciError: invalid_credential_request, invalid_encryption_parameters."""
    transaction = _name(body, "transaction_id")
    if transaction is None:
        raise _malformed("There is no transaction_id.")
    return DeferredRequest(transaction, _encryption(body))


def notification(body: Mapping[str, Any]) -> Notification:
    """Raises Oid4vciError: invalid_notification_request, invalid_notification_id."""
    named, event = body.get("notification_id"), body.get("event")
    if not isinstance(named, str) or not isinstance(event, str):
        raise Oid4vciError("invalid_notification_request", "notification_id and event must both be texts.")
    if event not in EVENTS:
        raise Oid4vciError("invalid_notification_request", f"event must be one of {', '.join(EVENTS)}.")
    description = body.get("event_description", "")
    if not isinstance(description, str):
        raise Oid4vciError("invalid_notification_request", "event_description must be a text.")
    return Notification(named[:_LONGEST], event)


def wanted_configurations(text: str, *, locations: str) -> tuple[str, ...] | None:
    """The configurations that `authorization_details` names, or None if it is not given (6.1, 5.1.1).

    Details of other types are nobody's here. locations: the issuer, which must be among them if they name any. Raises
    Oid4vciError: invalid_request, invalid_authorization_details (RFC 9396, section 5).
    """
    if not text:
        return None
    try:
        details = strict_json.parse(text.encode(), LIMITS)
    except Unacceptable:
        raise Oid4vciError("invalid_request", "authorization_details is not JSON.") from None
    if not isinstance(details, list) or not all(isinstance(one, dict) for one in details):
        raise Oid4vciError("invalid_request", "authorization_details is not an array of objects.")
    found = []
    for one in details:
        if one.get("type") != OPENID_CREDENTIAL:
            raise Oid4vciError("invalid_authorization_details", f"Only the type {OPENID_CREDENTIAL} is known here.")
        named = one.get("credential_configuration_id")
        if not isinstance(named, str):
            raise Oid4vciError("invalid_authorization_details", "credential_configuration_id must be a text.")
        if "locations" in one and (not isinstance(one["locations"], list) or locations not in one["locations"]):
            raise Oid4vciError("invalid_authorization_details", "locations does not name this issuer.")
        found.append(named)
    if not found or len(set(found)) != len(found):
        raise Oid4vciError("invalid_authorization_details", "authorization_details is empty, or names one twice.")
    return tuple(found)


def _name(body: Mapping[str, Any], member: str) -> str | None:
    if member not in body:
        return None
    value = body[member]
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST:
        raise _malformed(f"{member} must be a text.")
    return value


def _proofs(body: Mapping[str, Any]) -> tuple[tuple[str, ...], bool]:
    """The proofs, and whether they are an attestation."""
    if "proof" in body and "proofs" not in body:
        raise Oid4vciError("invalid_proof", "The parameter is proofs, an object, since version 1.0.")
    proofs = body.get("proofs")
    if proofs is None:
        raise Oid4vciError("invalid_proof", "There are no proofs: one key must be shown at least.")
    if not isinstance(proofs, dict) or len(proofs) != 1:
        raise Oid4vciError("invalid_proof", "proofs must be an object with exactly one type of proof.")
    ((kind, texts),) = proofs.items()
    if kind not in PROOF_TYPES:
        raise Oid4vciError("invalid_proof", f"The types of proof that are taken here are {' and '.join(PROOF_TYPES)}.")
    if not isinstance(texts, list) or not texts or not all(isinstance(one, str) for one in texts):
        raise Oid4vciError("invalid_proof", f"proofs.{kind} must be an array of texts that is not empty.")
    if kind == ATTESTATION and len(texts) != 1:
        raise Oid4vciError("invalid_proof", f"proofs.{kind} must hold exactly one attestation.")
    if len(texts) > BATCH_SIZE:
        raise _malformed(f"At most {BATCH_SIZE} keys can be given at once.")
    return tuple(texts), kind == ATTESTATION


def _encryption(body: Mapping[str, Any]) -> ResponseEncryption | None:
    if "credential_response_encryption" not in body:
        return None
    wanted = body["credential_response_encryption"]
    right = isinstance(wanted, dict) and isinstance(wanted.get("jwk"), dict) and isinstance(wanted.get("enc"), str)
    if not right:
        raise Oid4vciError("invalid_encryption_parameters", "credential_response_encryption needs jwk and enc.")
    if "zip" in wanted:
        raise Oid4vciError("invalid_encryption_parameters", "Compression before encryption is not supported.")
    return ResponseEncryption(wanted["jwk"], wanted["enc"])


def _malformed(description: str) -> Oid4vciError:
    return Oid4vciError("invalid_credential_request", description)
