"""The digest of what a credential refers to: `digestSRI` and `digestMultibase` (VCDM 2.0, section 5.3)."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping
from typing import Any

from keys import base64url, multibase

_SRI = ("sha512", "sha384", "sha256")
"""The hashes of Subresource Integrity, the strongest first."""

_MULTIHASH = {b"\x12\x20": "sha256", b"\x20\x30": "sha384", b"\x13\x40": "sha512"}
_LONGEST = 200


def problem_of(resource: Mapping[str, Any], body: bytes) -> str | None:
    """Which member does not fit the bytes, or None if every digest that is given does.

    A digest that cannot be read does not fit; a resource without any fits nothing (`digestSRI` is named then).
    """
    fits = {"digestSRI": _fits_sri, "digestMultibase": _fits_multibase}
    given = [name for name in fits if name in resource]
    for name in given:
        value = resource[name]
        if not isinstance(value, str) or len(value) > 3 * _LONGEST or not fits[name](value, body):
            return name
    return None if given else "digestSRI"


def _fits_sri(value: str, body: bytes) -> bool:
    """SRI, section 3.3.4: of several digests one of the strongest kind must fit; options behind `?` say nothing."""
    by_kind: dict[str, list[str]] = {}
    for one in value.split():
        kind, _, digest = one.partition("?")[0].partition("-")
        by_kind.setdefault(kind, []).append(digest)
    strongest = [kind for kind in _SRI if kind in by_kind][:1]
    return any(
        digest == base64.b64encode(hashlib.new(kind, body).digest()).decode()
        for kind in strongest
        for digest in by_kind[kind]
    )


def _fits_multibase(value: str, body: bytes) -> bool:
    """A multihash in base58btc or base64url (Controlled Identifiers 1.0, sections 2.4 and 2.5)."""
    if len(value) > _LONGEST:
        return False
    try:
        raw = base64url.decode(value[1:]) if value.startswith("u") else multibase.decode(value, max_characters=_LONGEST)
    except (ValueError, binascii.Error):
        return False
    kind = _MULTIHASH.get(raw[:2])
    return kind is not None and raw[2:] == hashlib.new(kind, body).digest()
