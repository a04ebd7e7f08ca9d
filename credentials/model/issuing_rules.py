"""What Guildmark asks of documents that it signs, beyond what it must accept from others."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from credentials.model.findings import malformed
from credentials.model.json_walk import ARRAY, OBJECT, child
from credentials.model.vocabularies import EXTENSION_TERM
from credentials.problems import Problem

_CONTROL = re.compile(r"[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_SAFE = 2**53


def plain_value(at: str, value: Any) -> Problem | None:
    """No control characters (line breaks excepted) and no numbers that others would write in another way.

    Tabs and control characters canonicalize differently in older Java verifiers, numbers beyond 2^53, tiny
    fractions and minus zero differently in JavaScript: such a badge would verify here and not there.
    """
    if isinstance(value, str):
        return _text(value, at)
    if isinstance(value, dict):
        return next((problem for name in value if (problem := _name(name, at))), None)
    if isinstance(value, int | float) and not isinstance(value, bool) and not _portable(value):
        detail = "The number is not written alike everywhere; use a string or a rounder one."
        return malformed("Number not portable", detail, at)
    if value is not None and not isinstance(value, list | tuple | int | float):
        return malformed("No JSON value", f"A {type(value).__name__} cannot be written as JSON.", at)
    return None


def _name(name: Any, at: str) -> Problem | None:
    if isinstance(name, str):
        return _text(name, at)
    return malformed("No JSON value", "A member's name must be a string.", at)


def _text(text: str, at: str) -> Problem | None:
    if text.isprintable() and not text.startswith("ext:"):
        return None  # no control character is printable; this spares most texts the search
    found = _CONTROL.search(text)
    if found:
        detail = f"The text has the control character U+{ord(found[0]):04X}; only line breaks are accepted."
        return malformed("Control character", detail, at)
    if text.startswith("ext:") and not EXTENSION_TERM.fullmatch(text):
        detail = "After “ext:” an extension term has letters, digits, dots, hyphens and underscores only."
        return malformed("Malformed extension term", detail, at)
    return None


def _portable(value: float) -> bool:
    if isinstance(value, int):
        return abs(value) < _SAFE
    if value == 0:
        return math.copysign(1, value) > 0
    return math.isfinite(value) and 1e-6 <= abs(value) < _SAFE


def presentable(node: Mapping[str, Any], at: str) -> Iterator[Problem]:
    """Wallets can show it: a `name`, the issuer as an object, criteria that say something."""
    if "name" not in node:
        yield malformed("Required property missing", "“name” is missing; wallets list the badge by it.", f"{at}/name")
    if isinstance(node.get("issuer"), str):
        detail = "“issuer” is a bare URI; write the Profile object with its “id”, “type” and “name”."
        yield malformed("Issuer without a profile", detail, f"{at}/issuer")
    achievement = child(child(node, "credentialSubject"), "achievement")
    criteria = achievement.get("criteria")
    if isinstance(criteria, OBJECT) and not (criteria.get("id") or criteria.get("narrative")):
        detail = "The criteria have neither a “narrative” nor an “id”; say how the achievement is earned."
        yield malformed("Criteria missing", detail, f"{at}/credentialSubject/achievement/criteria")


def single_status(node: Mapping[str, Any], at: str) -> Iterator[Problem]:
    """One status is written as an object; an array is for several only (VCDM 2.0, section 4.10)."""
    statuses = node.get("credentialStatus")
    if isinstance(statuses, ARRAY) and len(statuses) < 2:
        detail = "“credentialStatus” is an array of one; write the object itself."
        yield malformed("Status in an array", detail, f"{at}/credentialStatus")
