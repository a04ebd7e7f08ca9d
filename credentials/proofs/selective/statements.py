"""The statements (N-Quads) of a document under names that reveal nothing, and which of them a selection holds.

VC-DI-ECDSA 1.0, sections 3.4.1 to 3.4.17. The names of blank nodes are keyed hashes of the canonical ones: those would
tell, by their order, something of the statements that are kept back.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from credentials import expansion, rdfc
from credentials.bounds import Bounds
from credentials.canonical import ContextLoader
from credentials.proofs.selective import pointers, skolem
from credentials.rdfc import Quad
from keys import base64url

_BOUNDS = Bounds()


@dataclass(frozen=True, slots=True)
class Statements:
    """All statements of a document in their order, and how its nodes are named.

    lines: N-Quads with their line ends. labels: from the nodes of `document` (a named one) to the names in `lines`.
    """

    lines: tuple[str, ...]
    labels: Mapping[str, str]
    document: Mapping[str, Any]
    load: ContextLoader

    def selected(self, chosen: Iterable[str]) -> Selection:
        """The statements that this selection of the document makes."""
        part = pointers.select(self.document, [_compacted(pointer, self.document) for pointer in chosen])
        quads = [] if part is None else skolem.quads_of(part, load=self.load, bounds=_BOUNDS)
        wanted = {rdfc.line(quad, self.labels.__getitem__) for quad in quads}
        positions = tuple(position for position, line in enumerate(self.lines) if line in wanted)
        canonical = {name: self.labels[node] for node, name in _canonical_names(quads).items()}
        return Selection(positions, canonical)


@dataclass(frozen=True, slots=True)
class Selection:
    """Where the chosen statements stand among all, and the names that a verifier must give their nodes.

    labels: from the canonical names within the selection to those in `Statements.lines`, both with `_:`.
    """

    positions: tuple[int, ...]
    labels: Mapping[str, str]


def of_document(document: Mapping[str, Any], key: bytes, *, load: ContextLoader) -> Statements:
    """The statements of a document without its proof, with names made by this key (32 bytes)."""
    named = skolem.named(document, load=load, bounds=_BOUNDS)
    labels = {node: keyed_label(key, name) for node, name in _canonical_names(named.quads).items()}
    return Statements(_lines(named.quads, labels), labels, named.compact, load)


def of_revealed(document: Mapping[str, Any], labels: Mapping[str, str], *, load: ContextLoader) -> tuple[str, ...]:
    """The statements of a revealed document, whose nodes get these names in place of the canonical ones.

    Raises KeyError if a name is missing.
    """
    quads = expansion.quads(document, load=load, bounds=_BOUNDS)
    return _lines(quads, {node: labels[name] for node, name in _canonical_names(quads).items()})


def keyed_label(key: bytes, canonical: str) -> str:
    """The name of a node in place of its canonical one (section 3.4.4); both with `_:`."""
    digest = hmac.digest(key, canonical.removeprefix("_:").encode(), "sha256")
    return f"_:u{base64url.encode(digest)}"


def hash_of(lines: Iterable[str]) -> bytes:
    """SHA-256 of statements, one after the other (section 3.4.17)."""
    return sha256("".join(lines).encode()).digest()


def _canonical_names(quads: Sequence[Quad]) -> dict[str, str]:
    return rdfc.canonical_identifiers(frozenset(quads))


def _lines(quads: Iterable[Quad], names: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(sorted({rdfc.line(quad, names.__getitem__) for quad in quads}))


def _compacted(pointer: str, document: Mapping[str, Any]) -> str:
    """The pointer where an array of one was compacted to its only item, which is the same in JSON-LD."""
    place: Any = document
    kept = []
    for step in pointers.steps(pointer):
        if step == "0" and not isinstance(place, list):
            continue
        kept.append(step.replace("~", "~0").replace("/", "~1"))
        place = _child(place, step)
    return "".join(f"/{step}" for step in kept)


def _child(place: Any, step: str) -> Any:
    if isinstance(place, list):
        return place[int(step)] if step.isdigit() and int(step) < len(place) else None
    return place.get(step) if isinstance(place, Mapping) else None
