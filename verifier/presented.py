"""Is what somebody has a presentation, rather than a credential? A look that costs little and judges nothing.

A presentation is an object of that type, an envelope with one (VCDM 2.0, section 4.13), a token or an SD-JWT that says
so of itself (VC-JOSE-COSE, section 3), or a message that does.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from credentials import strict_json
from credentials.problems import Unacceptable

_TYPES = frozenset({"VerifiablePresentation", "EnvelopedVerifiablePresentation"})
_TOKENS = frozenset({"vp+jwt", "application/vp+jwt", "vp+sd-jwt", "application/vp+sd-jwt"})
_COSE = b"\xd2\x84"
_LONGEST = strict_json.LIMITS.max_bytes


def presentation_in(data: bytes | str) -> Mapping[str, Any] | str | bytes | None:
    """The presentation as `verifier.presentation.verify_presentation` takes it; None if this is something else.

    Whether it is well formed is not said: what claims to be one is judged as one. Never raises.
    """
    if isinstance(data, bytes):
        if data.startswith(_COSE):
            return data if _is_message(data) else None
        try:
            data = data.decode()
        except UnicodeDecodeError:
            return None
    text = data.strip()
    if len(text) > _LONGEST:
        return None
    if text.startswith("{"):
        return _object(text) if "VerifiablePresentation" in text else None
    if text.startswith("data:application/vp+"):
        return text
    return text if _is_token(text) else None


def _object(text: str) -> Mapping[str, Any] | None:
    try:
        value = strict_json.parse(text)
    except Unacceptable:
        return None
    return value if isinstance(value, dict) and _TYPES & _names(value.get("type")) else None


def _is_token(text: str) -> bool:
    parts = text.partition("~")[0].split(".")
    if len(parts) != 3 or not text.startswith("ey"):
        return False
    typ = _parsed(_decoded(parts[0])).get("typ")
    if isinstance(typ, str) and typ.lower() in _TOKENS:
        return True
    payload = _decoded(parts[1])
    if b"VerifiablePresentation" not in payload:
        return False
    claims = _parsed(payload)
    return bool(_TYPES & _names(claims.get("type"))) or isinstance(claims.get("vp"), dict)


def _decoded(part: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except (binascii.Error, ValueError):
        return b""


def _parsed(data: bytes) -> Mapping[str, Any]:
    try:
        value = strict_json.parse(data)
    except Unacceptable:
        return {}
    return value if isinstance(value, dict) else {}


def _is_message(data: bytes) -> bool:
    from credentials.proofs import envelope

    try:
        envelope.cose(data, kind=envelope.VP_COSE)
    except Unacceptable:
        return False
    return True


def _names(value: Any) -> frozenset[str]:
    return frozenset(one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str))
