"""The claims of an SD-JWT VC under the names of Open Badges, so that pages show them like any badge."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from credentials.instants import format_instant

_LAST_SECOND = 253_402_300_799
_SUBJECT = {"narrative": "narrative", "results": "result", "license_number": "licenseNumber"}


def as_badge(claims: Mapping[str, Any]) -> dict[str, Any]:
    """A document for pages alone: nothing of it is signed in this form. Claims that are not known are left out."""
    achievement = claims.get("achievement")
    subject: dict[str, Any] = {"achievement": achievement if isinstance(achievement, Mapping) else {}}
    name = claims.get("recipient_name")
    if isinstance(name, str):
        subject["identifier"] = [{"identityType": "name", "identityHash": name, "hashed": False}]
    subject |= {member: claims[claim] for claim, member in _SUBJECT.items() if claim in claims}
    document = {
        "id": claims.get("jti"),
        "name": claims.get("name"),
        "issuer": {"id": claims.get("iss"), "name": claims.get("issuer_name", claims.get("iss"))},
        "validFrom": _instant(claims.get("nbf")),
        "validUntil": _instant(claims.get("exp")),
        "awardedDate": claims.get("awarded_date"),
        "evidence": claims.get("evidence"),
        "credentialSubject": subject,
    }
    return {member: value for member, value in document.items() if value is not None}


def _instant(seconds: Any) -> str | None:
    if not isinstance(seconds, int | float) or isinstance(seconds, bool) or not 0 <= seconds <= _LAST_SECOND:
        return None
    return format_instant(datetime.fromtimestamp(int(seconds), UTC))
