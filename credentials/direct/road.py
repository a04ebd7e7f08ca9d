"""The entrance to the direct road."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

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


class Walked:
    """A document that was walked from end to end, of which the canonical form can be made.

    `in_closed_form`: `credentials.closed_form` finds nothing against it. `has_only_texts`: all its values are texts and
    truth values, and no array is empty. False leaves these open.
    """

    __slots__ = ("_automaton", "_bounds", "_document", "_walk", "has_only_texts", "in_closed_form")

    def __init__(self, document: dict[str, Any], automaton: Automaton, bounds: Bounds) -> None:
        walk = Walk(automaton, bounds)
        walk.document(document)
        self._document = document
        self._automaton = automaton
        self._bounds = bounds
        self._walk = walk
        self.in_closed_form = walk.in_closed_form
        self.has_only_texts = walk.has_only_texts

    def canonical(self, *, hash_: rdfc.Hash) -> bytes | None:
        """As `canonicalize`; nobody may have changed the document since."""
        try:
            names = labels.names_of(self._walk.blanks, hash_)
            if names is not None:
                return labels.canonical(self._walk.named, names)
            about_to_take_long()
            # How much work the full algorithm has may depend on the names that blank nodes come with: those of the
            # slow road.
            walk = Walk(self._automaton, self._bounds, in_order=True)
            walk.document(_in_order(self._document))
            return rdfc.canonicalize(labels.quads(walk.named, walk.blanks), hash_=hash_).encode()
        except _WAYS_OFF:
            return None


_WAYS_OFF = (Aside, RecursionError, UnicodeEncodeError)


def walked(document: Mapping[str, Any], *, bounds: Bounds) -> Walked | None:
    """The document, walked; None where the direct road is not proven and the slow one must be taken."""
    if document.__class__ is not dict:
        return None
    try:
        return Walked(cast("dict[str, Any]", document), _memory.automaton(), bounds)
    except _WAYS_OFF:
        return None


def canonicalize(document: Mapping[str, Any], *, hash_: rdfc.Hash, bounds: Bounds) -> bytes | None:
    """The canonical N-Quads, or None where the direct road is not proven and the slow one must be taken.

    What it returns, and what it raises, is what the slow road returns and raises for the document and the contexts
    of `contexts.load`: `Unacceptable` (too-complex) when the parts without an id cannot be told apart in time.
    """
    found = walked(document, bounds=bounds)
    return found.canonical(hash_=hash_) if found is not None else None


def _in_order(value: Any) -> Any:
    """The document with its members in the order in which expansion takes them (JSON-LD 1.1 API, section 5.1.2)."""
    if isinstance(value, dict):
        return {name: _in_order(value[name]) for name in sorted(value)}
    return [_in_order(item) for item in value] if isinstance(value, list) else value
