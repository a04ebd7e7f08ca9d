"""Line 1: a document to canonical N-Quads by the generic fast road, beside jsonld.js with rdf-canonize, and PyLD."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from cachetools import LRUCache
from pyld import jsonld

from credentials import contexts, json_ld
from credentials.canonical import canonicalize
from tests.bench.harness import Bench, Goal, Row, judged, python, python_anew, told

LINE = 1
_GOAL = Goal(45, 250)
_PROCESSOR = jsonld.JsonLdProcessor()
_OPTIONS = {
    **json_ld.options(contexts.load, LRUCache(maxsize=64)),  # contexts are kept processed, as PyLD does by itself
    "algorithm": "URDNA2015",
    "format": "application/n-quads",
}


def by_pyld(document: dict[str, Any]) -> str:
    """PyLD's own canonical form."""
    return str(_PROCESSOR.normalize(document, dict(_OPTIONS)))


def rows(bench: Bench) -> Iterator[Row]:
    """How many times as fast as each of the two."""
    example = bench.documents[0]
    ours, theirs = canonicalize(example).decode(), bench.peer.result("canonize", json.dumps(example))
    assert ours == theirs == by_pyld(example), "the contenders do not make the same"
    found = bench.compare(
        python("ours", canonicalize, bench.documents),
        python("PyLD", by_pyld, bench.documents),
        bench.node("digitalbazaar", "canonize"),
    )
    own = found["ours"].micros
    for name, what in (("digitalbazaar", "jsonld.js + rdf-canonize"), ("PyLD", "PyLD")):
        other = found[name].micros
        measured = f"{own:,.0f} µs, {what} {other:,.0f} µs"
        yield judged(LINE, f"canonicalize: × {what}", _GOAL, other / own, measured, ours_us=own, other_us=other)
    unseen = bench.apart(python_anew("ours, unseen", canonicalize, bench.workshop.lone_document)).micros
    words = f"{unseen:,.0f} µs, {found['digitalbazaar'].micros / unseen:,.0f} × jsonld.js + rdf-canonize"
    yield told(LINE, "canonicalize, each badge with an achievement not seen before", words, ours_us=unseen)
