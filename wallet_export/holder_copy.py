"""What a copy for a wallet says: the credential as it was signed, with its holder in the place of its subject's id.

Two forms. As a W3C credential (`ldp_vc`, `jwt_vc_json`) `credentialSubject.id` is the holder's DID; all else, the id,
dates and status entry too, is as it was. As an SD-JWT VC (`dc+sd-jwt`) the same facts are claims, the key is `cnf`
(RFC 7800), and what is about the person is his to show or not, each by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from credentials.instants import parse_instant
from credentials.problems import PROOF_GENERATION_ERROR, refuse
from credentials.sentence import sentence
from keys import jwk
from wallet_export.holder_key import Holder, required_key

_HIS_OWN = ("recipient_name", "recipient_identifier", "license_number", "narrative", "results", "evidence")
"""Claims that the holder shows or not."""
_BADGE = ("id", "type", "name", "description", "version", "criteria", "image", "inLanguage", "achievementType", "tag")
"""What of the achievement a wallet shows; the rest stands at its address."""


@dataclass(frozen=True, slots=True)
class StatusPlace:
    """Where a Token Status List says how it stands: the list's address, and the place in it."""

    uri: str
    index: int


def bound_document(document: Mapping[str, Any], holder: Holder) -> dict[str, Any]:
    """The document without its proof, its one subject named by the holder's DID. Raises `Unacceptable`."""
    subject = document.get("credentialSubject")
    if isinstance(subject, list) and len(subject) == 1:
        (subject,) = subject
    if not isinstance(subject, Mapping):
        raise refuse(
            PROOF_GENERATION_ERROR,
            "Several subjects",
            sentence("A credential about several subjects cannot be bound to the key of one."),
            "/credentialSubject",
        )
    bound = {"id": holder.did, **{name: value for name, value in subject.items() if name != "id"}}
    unsigned = {name: value for name, value in document.items() if name != "proof"}
    return {**unsigned, "credentialSubject": bound}


def sd_jwt_claims(
    document: Mapping[str, Any], holder: Holder, *, vct: str, status: StatusPlace | None, now: datetime
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The claims of the document as an SD-JWT VC, and JSON Pointers to those that its holder shows or not.

    Raises UnsupportedKey if the holder's key is not known, `Unacceptable` as `bound_document`.
    """
    bound = bound_document(document, holder)
    subject, issuer = bound["credentialSubject"], bound["issuer"]
    achievement = subject.get("achievement")
    claims: dict[str, Any] = {
        "iss": issuer if isinstance(issuer, str) else issuer["id"],
        "iat": int(now.timestamp()),
        "nbf": _seconds(bound.get("validFrom")),
        "exp": _seconds(bound.get("validUntil")),
        "vct": vct,
        "jti": bound.get("id"),
        "cnf": {"jwk": jwk.to_jwk(required_key(holder))},
        "status": {"status_list": {"idx": status.index, "uri": status.uri}} if status is not None else None,
        "name": bound.get("name"),
        "issuer_name": issuer.get("name") if isinstance(issuer, Mapping) else None,
        "awarded_date": bound.get("awardedDate"),
        "achievement": _badge(achievement) if isinstance(achievement, Mapping) else achievement,
        **_of_person(subject),
        "evidence": bound.get("evidence"),
    }
    given = {name: value for name, value in claims.items() if value is not None}
    return given, tuple(f"/{name}" for name in _HIS_OWN if name in given)


def _badge(achievement: Mapping[str, Any]) -> dict[str, Any]:
    return {name: achievement[name] for name in _BADGE if name in achievement}


def _of_person(subject: Mapping[str, Any]) -> dict[str, Any]:
    identifiers = subject.get("identifier", [])
    objects = [one for one in identifiers if isinstance(one, Mapping)] if isinstance(identifiers, list) else []
    names = [one["identityHash"] for one in objects if one.get("identityType") == "name" and not one.get("hashed")]
    others = [dict(one) for one in objects if one.get("identityType") != "name"]
    return {
        "recipient_name": names[0] if names else subject.get("name"),
        "recipient_identifier": others or None,
        "license_number": subject.get("licenseNumber"),
        "narrative": subject.get("narrative"),
        "results": subject.get("result"),
    }


def _seconds(instant: Any) -> int | None:
    return int(parse_instant(instant).timestamp()) if isinstance(instant, str) else None
