"""The one door to canonical form: a JSON-LD document in, the bytes that get signed out.

JSON-LD 1.1 to RDF, then RDFC-1.0 (VC-DI-EDDSA section 3.2.3 "Transformation"). Whatever would silently stay
unsigned is refused: terms and types that no context defines, relative identifiers. So is a
document that takes an unreasonable amount of work.

Two roads lead from here and they end alike. Documents over the known contexts take the direct one
(`credentials.direct`) as far as it is proven; all others, and all that are refused, take the slow one
(`credentials.expansion`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from credentials import contexts, rdfc
from credentials.bounds import Bounds
from credentials.contexts import ContextLoader
from credentials.direct import road
from credentials.direct.road import Walked
from credentials.haste import about_to_take_long

__all__ = ["Bounds", "ContextLoader", "Walked", "canonicalize", "canonicalize_slowly", "walked"]

_BOUNDS = Bounds()


def walked(document: Mapping[str, Any], *, bounds: Bounds = _BOUNDS) -> Walked | None:
    """The document as far as the direct road gets without much work, for `canonicalize`; None where it is not proven.

    Beside the quads it tells whether the document is in closed form, which whoever asks both need not find out twice.
    """
    return road.walked(document, bounds=bounds)


def canonicalize(
    document: Mapping[str, Any],
    *,
    load: ContextLoader = contexts.load,
    hash_: rdfc.Hash = hashlib.sha256,
    bounds: Bounds = _BOUNDS,
    known: Walked | None = None,
) -> bytes:
    """The canonical N-Quads of the document, in UTF-8. The document is not changed.

    `load` gives the contexts, `hash_` is the hash inside RDFC-1.0 (SHA-384 for P-384 suites), `known` what `walked`
    made of this very document with these bounds. Raises `Unacceptable` when a term or type is not defined, an
    identifier is relative or ill-formed or names a blank node, a context is unknown, or the document is beyond the
    bounds.
    """
    if load is contexts.load:
        found = walked(document, bounds=bounds) if known is None else known
        made = found.canonical(hash_=hash_) if found is not None else None
        if made is not None:
            return made
    about_to_take_long()
    return canonicalize_slowly(document, load=load, hash_=hash_, bounds=bounds)


def canonicalize_slowly(
    document: Mapping[str, Any],
    *,
    load: ContextLoader = contexts.load,
    hash_: rdfc.Hash = hashlib.sha256,
    bounds: Bounds = _BOUNDS,
) -> bytes:
    """The same by expansion, for every document: the measure of the direct road, and what speaks every refusal."""
    from credentials import expansion

    return expansion.canonicalize(document, load=load, hash_=hash_, bounds=bounds)
