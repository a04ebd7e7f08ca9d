"""The slow road to canonical form: by PyLD's expansion, for every document. It is what speaks every refusal.

PyLD takes longer to import than most commands take to run, so this module is imported when a document first needs it.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

from cachetools import LRUCache

from credentials import json_ld, rdf, rdfc
from credentials.bounds import Bounds, too_complex
from credentials.contexts import ContextLoader
from credentials.json_ld import jsonld
from credentials.problems import (
    PROOF_TRANSFORMATION_ERROR,
    UNSIGNED_TERM,
    Problem,
    Unacceptable,
    refuse,
)
from credentials.sentence import sentence


def canonicalize(document: Mapping[str, Any], *, load: ContextLoader, hash_: rdfc.Hash, bounds: Bounds) -> bytes:
    """As `credentials.canonical.canonicalize_slowly`."""
    found = quads(document, load=load, bounds=bounds)
    try:
        return rdfc.canonicalize(found, hash_=hash_).encode()
    except RecursionError as error:
        raise too_complex() from error
    except UnicodeEncodeError as error:
        raise _not_transformable("it holds half of a surrogate pair.") from error


def quads(document: Mapping[str, Any], *, load: ContextLoader, bounds: Bounds) -> list[rdfc.Quad]:
    """The dataset of the document, refusing what would get lost, as `canonicalize` does."""
    copy = _Copy(bounds).of(document)
    try:
        whole, dropped = _expand(copy, load)
        return rdf.to_quads(whole, max_blank_nodes=bounds.blank_nodes, lost=map(_undefined, dropped))
    except RecursionError as error:
        raise too_complex() from error


def expanded(document: Mapping[str, Any], *, load: ContextLoader, bounds: Bounds) -> list[dict[str, Any]]:
    """The document in JSON-LD's expanded form. Raises `Unacceptable` for a term that is not defined."""
    copy = _Copy(bounds).of(document)
    try:
        whole, dropped = _expand(copy, load)
    except RecursionError as error:
        raise too_complex() from error
    if dropped:
        raise Unacceptable(map(_undefined, dropped))
    return whole  # type: ignore[no-any-return]


def compacted(whole: list[dict[str, Any]], context: Any, *, load: ContextLoader) -> dict[str, Any]:
    """An expanded document, written with this context again."""
    cache = _processors.caches.setdefault(load, LRUCache(maxsize=64))
    try:
        made = _processors.processor.compact(
            whole, {"@context": context}, {**json_ld.options(load, cache), "compactToRelative": False}
        )
    except jsonld.JsonLdError as error:
        raise _refusal_beneath(error) from error
    return made  # type: ignore[no-any-return]


class _Copy:
    """A copy with every number as ECMAScript would read it (3.0 is 3), counted while it is made."""

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self._values = 0
        self._contexts = 0

    def of(self, value: Any, depth: int = 0) -> Any:
        self._values += 1
        if depth > self._bounds.depth or self._values > self._bounds.values:
            raise too_complex()
        if isinstance(value, Mapping):
            self._count_contexts(value.get("@context", ()))
            return {name: self.of(member, depth + 1) for name, member in value.items()}
        if isinstance(value, list | tuple):
            return [self.of(item, depth + 1) for item in value]
        if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
            return int(value)
        if value is None:
            raise refuse(
                UNSIGNED_TERM,
                "Null value",
                sentence("A value is null, and nulls are not signed; leave the member out."),
            )
        return value

    def _count_contexts(self, named: Any) -> None:
        """Processing a context costs far more than reading its name, so these are counted apart."""
        self._contexts += len(named) if isinstance(named, list | tuple) else 1
        if self._contexts > self._bounds.contexts:
            raise too_complex()


class _Processors(threading.local):
    """PyLD's processor and its caches of contexts, one of each per thread: they are not safe to share."""

    def __init__(self) -> None:
        self.dropped: list[str | None] = []
        self.processor = jsonld.JsonLdProcessor(on_property_dropped=self.dropped.append)
        self.caches: dict[ContextLoader, LRUCache[Any, Any]] = {}


def _undefined(name: str | None) -> Problem:
    return Problem(
        UNSIGNED_TERM,
        "Undefined term",
        sentence(
            "The member “{name}” is defined by none of the document's contexts, so no signature would cover it.",
            name=str(name)[:80],
        ),
    )


_processors = _Processors()


def _expand(document: dict[str, Any], load: ContextLoader) -> tuple[Any, list[str | None]]:
    """The expanded document, and the names of the members that expansion dropped."""

    cache = _processors.caches.setdefault(load, LRUCache(maxsize=64))
    options = json_ld.options(load, cache)
    _processors.dropped.clear()
    try:
        return _processors.processor.expand(document, options), list(_processors.dropped)
    except Unacceptable:
        raise
    except jsonld.JsonLdError as error:
        raise _refusal_beneath(error) from error
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        # Some malformed documents make PyLD stumble instead of saying what is wrong with them.
        raise _not_transformable("its JSON-LD is malformed") from error


def _refusal_beneath(error: BaseException) -> Unacceptable:
    """The refusal that PyLD wrapped, or one that repeats what PyLD says."""
    inner: BaseException | None = error
    while inner is not None:
        if isinstance(inner, Unacceptable):
            return inner
        inner = inner.__cause__ or inner.__context__
    return _not_transformable(str(error.args[0] if error.args else error).splitlines()[0][:200])


def _not_transformable(reason: str) -> Unacceptable:
    return refuse(
        PROOF_TRANSFORMATION_ERROR,
        "Not processable as JSON-LD",
        sentence("The document cannot be brought into canonical form: {reason}", reason=reason),
    )
