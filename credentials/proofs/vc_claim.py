"""The claim `vc`, in which a token of VCDM 1.1 holds its credential (VCDM 1.1, section 6.3.1 "JSON Web Token").

The claims of the token may stand for members of the credential. Where both are there they must agree, as with tokens of
version 2.0; where a member is missing it is read from the claim, so that whoever reads the credential reads it too.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from credentials.contexts import CREDENTIALS_V1
from credentials.instants import format_instant

_LATEST = 253_402_300_799  # the last second that a date can name


def is_of_version_1(credential: Mapping[str, Any]) -> bool:
    """Whether the first context is that of VCDM 1.1."""
    named = credential.get("@context")
    return (named[0] if isinstance(named, list) and named else named) == CREDENTIALS_V1


def decoded(payload: Mapping[str, Any]) -> dict[str, Any]:
    """The credential in `vc`, an object, with what only the claims say; one of another version as it is."""
    credential: dict[str, Any] = dict(payload["vc"])
    if not is_of_version_1(credential):
        return credential
    issuer, subject = credential.get("issuer"), credential.get("credentialSubject")
    if "iss" in payload and isinstance(issuer, dict | None) and "id" not in (issuer or {}):
        credential["issuer"] = {**issuer, "id": payload["iss"]} if issuer else payload["iss"]
    if "sub" in payload and isinstance(subject, dict) and "id" not in subject:
        credential["credentialSubject"] = {"id": payload["sub"], **subject}
    if "jti" in payload:
        credential.setdefault("id", payload["jti"])
    for claim, member in (("nbf", "issuanceDate"), ("exp", "expirationDate")):
        instant = _instant(payload.get(claim))
        if instant is not None:
            credential.setdefault(member, instant)
    return credential


def _instant(seconds: Any) -> str | None:
    """A NumericDate as text; what is none stays unread, and is found to disagree."""
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 <= seconds <= _LATEST:
        return None
    return format_instant(datetime.fromtimestamp(int(seconds), UTC))
