"""Which of several forms a client wants (RFC 9110, section 12.5.1)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from operator import itemgetter
from typing import NamedTuple

_QUALITY = re.compile(r"0(?:\.\d{0,3})?|1(?:\.0{0,3})?")
_MOST_RANGES = 50
_LONGEST_KEPT = 300  # characters; a browser’s has some 150


class _Range(NamedTuple):
    type: str
    subtype: str
    quality: float

    def specificity(self, media_type: str) -> int:
        """0 if the range does not match; else 1 for */*, 2 for type/*, 3 for the type itself."""
        kind, _, subtype = media_type.partition("/")
        if self.type == "*":
            return 1
        if self.type != kind:
            return 0
        if self.subtype == "*":
            return 2
        return 3 if self.subtype == subtype else 0


def choose(accept: str | None, offers: Sequence[str]) -> str | None:
    """The media type among `offers` (in the server's order) that `accept` prefers, or None if it takes none.

    Equal quality goes to the type that was named more exactly, then to the server's order. Without an Accept
    header everything is taken. Parameters other than q are not compared: no offer has any.
    """
    return _chosen(accept or "", tuple(offers)) if len(accept or "") <= _LONGEST_KEPT else _chosen_anew(accept, offers)


@lru_cache(maxsize=512)
def _chosen(accept: str, offers: tuple[str, ...]) -> str | None:
    """Kept: there are about as many headers as browsers, and each page is negotiated."""
    return _chosen_anew(accept, offers)


def _chosen_anew(accept: str | None, offers: Sequence[str]) -> str | None:
    ranges = _ranges(accept) if accept and accept.strip() else [_Range("*", "*", 1.0)]
    best: tuple[float, int] = (0.0, 0)
    chosen = None
    for offer in offers:
        matches = [(entry.specificity(offer), entry.quality) for entry in ranges]
        specificity, quality = max(matches, default=(0, 0.0))
        if specificity and quality > 0 and (quality, specificity) > best:
            best, chosen = (quality, specificity), offer
    return chosen


def ranked(accept: str) -> list[str]:
    """The names that a header like Accept-Language lists, those liked best first, in lower case; `*` is left out."""
    found: list[tuple[float, str]] = []
    for part in accept.split(",")[:_MOST_RANGES]:
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        quality = _quality(parameters)
        if name and name != "*" and quality > 0:
            found.append((-quality, name))
    return [name for _, name in sorted(found, key=itemgetter(0))]


def _ranges(accept: str) -> list[_Range]:
    found = []
    for part in accept.split(",")[:_MOST_RANGES]:
        media_range, *parameters = (piece.strip().lower() for piece in part.split(";"))
        kind, slash, subtype = media_range.partition("/")
        if slash and kind and subtype and not (kind == "*" and subtype != "*"):
            found.append(_Range(kind, subtype, _quality(parameters)))
    return found


def _quality(parameters: Sequence[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            value = value.strip()  # of more than `float` takes off
            return float(value) if _QUALITY.fullmatch(value) else 0.0
    return 1.0
