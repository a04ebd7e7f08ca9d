"""The entrance to the direct road."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from credentials import rdfc
from credentials.bounds import Bounds
from credentials.direct import labels
from credentials.direct.aside import Aside
from credentials.direct.states import Automaton
from credentials.direct.walk import Walk
from credentials.haste import about_to_take_long


class _Memory:
    """The automaton that documents walk through; another takes its place when it is full."""

    def __init__(self) -> None:
        self._automaton = Automaton()

    def automaton(self) -> Automaton:
        if self._automaton.is_full():
            self._automaton = Automaton()
        return self._automaton


_memory = _Memory()


def canonicalize(document: Mapping[str, Any], *, hash_: rdfc.Hash, bounds: Bounds) -> bytes | None:
    """The canonical N-Quads, or None where the direct road is not proven and the slow one must be taken.

    What it returns, and what it raises, is what the slow road returns and raises for the document and the contexts
    of `contexts.load`: `Unacceptable` (too-complex) when the parts without an id cannot be told apart in time.
    """
    if document.__class__ is not dict:
        return None
    try:
        return _canonicalize(document, hash_, bounds)
    except (Aside, RecursionError, UnicodeEncodeError):
        return None


def _canonicalize(document: dict[str, Any], hash_: rdfc.Hash, bounds: Bounds) -> bytes:
    automaton = _memory.automaton()
    walk = Walk(automaton, bounds)
    walk.document(document)
    if labels.label(walk.blanks, hash_):
        return labels.canonical(walk.named, walk.blanks)
    about_to_take_long()
    # How much work the full algorithm has may depend on the names that blank nodes come with: those of the slow road.
    walk = Walk(automaton, bounds, in_order=True)
    walk.document(_in_order(document))
    return rdfc.canonicalize(labels.quads(walk.named, walk.blanks), hash_=hash_).encode()


def _in_order(value: Any) -> Any:
    """The document with its members in the order in which expansion takes them (JSON-LD 1.1 API, section 5.1.2)."""
    if isinstance(value, dict):
        return {name: _in_order(value[name]) for name in sorted(value)}
    return [_in_order(item) for item in value] if isinstance(value, list) else value
