"""The automaton: what each member name means in a state, and where it leads; learned as documents ask.

The tables are dictionaries that make what is missing. Threads may make an entry at once: both are equal, and either
may stay. There are no locks, so no forked process inherits a held one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from credentials import rdf
from credentials.direct.active_contexts import (
    MAX_STEPS,
    STUMBLES,
    ActiveContext,
    ContextProcessor,
    prefixes,
    require_plain,
)
from credentials.direct.aside import Aside
from credentials.direct.terms import KEYWORDS, Term, iri_term, learn, without_prefixes

MAX_ENTRIES = 4_096
"""How much an automaton may learn. A badge takes about a hundred entries; a document made of surprises, thousands."""

_MAX_TYPES = 16
_MAX_TYPE_NAMES = 512
_MAX_CONTEXTS = 6

T = TypeVar("T")
Types = str | tuple[str, ...]


class Automaton:
    """All that was learned so far about the known contexts."""

    def __init__(self) -> None:
        self.processor = ContextProcessor()
        self.beginning = Nodes(self, self.processor.initial, None)
        self._states: dict[int, State] = {}
        self._entries = 0

    def is_full(self) -> bool:
        """Whether nothing new is learned; it is time to begin anew."""
        return self._entries >= MAX_ENTRIES or len(self.processor) >= MAX_STEPS

    def state(self, context: ActiveContext) -> State:
        """The one state of a context."""
        found = self._states.get(id(context))
        return found if found is not None else self._states.setdefault(id(context), State(self, context))

    def learned(self, make: Callable[[], T]) -> T:
        """What `make` makes, counted. Steps aside if the automaton is full or PyLD refuses."""
        if self.is_full():
            raise Aside
        self._entries += 1
        try:
            return make()
        except STUMBLES as error:
            raise Aside from error


class State:
    """An active context, as the members of a node object see it."""

    __slots__ = ("context", "is_iri", "terms")

    def __init__(self, automaton: Automaton, context: ActiveContext) -> None:
        require_plain(context)
        self.context = context
        self.is_iri = without_prefixes(prefixes(context))
        self.terms = Terms(automaton, context)


class Terms(dict[str, Term]):
    """The meaning of each member name in a state. Names that no context defines are not remembered."""

    def __init__(self, automaton: Automaton, context: ActiveContext) -> None:
        super().__init__(KEYWORDS)
        self._automaton = automaton
        self._context = context

    def __missing__(self, name: Any) -> Term:
        if name.__class__ is not str or name not in self._context["mappings"]:
            raise Aside
        processor, nodes = self._automaton.processor, Nodes(self._automaton, self._context, name)
        term = self[name] = self._automaton.learned(lambda: learn(processor, self._context, name, nodes))
        return term


class Local(NamedTuple):
    """The key of an object that has contexts of its own."""

    contexts: tuple[str, ...]
    types: Types


class Node(NamedTuple):
    """An object's state, and how the quads of its types go on after the subject."""

    state: State
    tails: tuple[str, ...]


class Nodes(dict[Types | Local, Node]):
    """Where a term of a state leads, by the types (and contexts) of the object beneath it; no term: the document."""

    def __init__(self, automaton: Automaton, context: ActiveContext, term: str | None) -> None:
        super().__init__()
        self._automaton = automaton
        self._context = context
        self._term = term

    def __missing__(self, key: Types | Local) -> Node:
        local, types = key if isinstance(key, Local) else ((), key)
        names = (types,) if isinstance(types, str) else types
        if len(names) > _MAX_TYPES or len(local) > _MAX_CONTEXTS or sum(map(len, names)) > _MAX_TYPE_NAMES:
            raise Aside  # what is remembered is bounded in characters too: a type may be any IRI
        node = self[key] = self._automaton.learned(lambda: self._learn(local, names))
        return node

    def _learn(self, local: tuple[str, ...], types: tuple[str, ...]) -> Node:
        processor = self._automaton.processor
        inside, naming = processor.of_node(self._context, self._term, local, types)
        require_plain(naming)
        iris = dict.fromkeys(iri_term(processor.iri(naming, name)) for name in types)
        return Node(self._automaton.state(inside), tuple(f" {rdf.TYPE} {iri} .\n" for iri in iris))
