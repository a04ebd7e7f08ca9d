"""Names for nodes without an id, so that a part of a document still says which node is meant (VC-DI-ECDSA, 3.4.8).

A name is an IRI of a scheme that occurs nowhere else, and becomes a blank node again in the dataset.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from credentials import expansion, rdf
from credentials.bounds import Bounds
from credentials.canonical import ContextLoader
from credentials.rdfc import Quad

_SCHEME = "urn:bnid:"
_NAMED = "<" + _SCHEME


class Named(NamedTuple):
    """A document whose every node has a name: written with its contexts again, and as quads with blank nodes."""

    compact: dict[str, Any]
    quads: list[Quad]


def named(document: Mapping[str, Any], *, load: ContextLoader, bounds: Bounds) -> Named:
    """The document with names. Raises what canonicalization raises."""
    expanded = _with_names(expansion.expanded(document, load=load, bounds=bounds), iter(range(10**9)))
    compact = expansion.compacted(expanded, document["@context"], load=load)
    return Named(compact, _blank_again(rdf.to_quads(expanded, max_blank_nodes=bounds.blank_nodes)))


def quads_of(part: Mapping[str, Any], *, load: ContextLoader, bounds: Bounds) -> list[Quad]:
    """The quads of a part of a named document, with blank nodes again."""
    return _blank_again(expansion.quads(part, load=load, bounds=bounds))


def _with_names(value: Any, serial: Any) -> Any:
    if isinstance(value, list):
        return [_with_names(one, serial) for one in value]
    if not isinstance(value, dict) or "@value" in value:
        return value
    made = {name: _with_names(member, serial) for name, member in value.items()}
    if "@list" in value or "@id" in value:
        return made
    return {"@id": f"{_SCHEME}_{next(serial)}", **made}


def _blank_again(quads: list[Quad]) -> list[Quad]:
    return [Quad(_term(s), p, _term(o), _term(g)) for s, p, o, g in quads]


def _term(term: str) -> str:
    return "_:" + term[len(_NAMED) : -1] if term.startswith(_NAMED) else term
