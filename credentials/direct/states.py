"""The automaton: what each member name means in a state, and where it leads; learned as documents ask.

What documents of the data model ask is learned ahead (`credentials.direct.learned`); the rest by PyLD. The tables are
dictionaries that make what is missing. Threads may make an entry at once: both are equal, and either may stay. There
are no locks, so no forked process inherits a held one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from credentials import closed_form, rdf
from credentials.direct import learned, parts
from credentials.direct.aside import Aside
from credentials.direct.definitions import ActiveContext, prefixes, require_plain
from credentials.direct.learned import Learned, LearnedNode, LearnedState, LearnedTerm
from credentials.direct.terms import KEYWORDS, Meaning, Term, iri_term, is_reference, learn, made, without_prefixes

if TYPE_CHECKING:
    from credentials.direct.active_contexts import ContextProcessor

MAX_ENTRIES = 4_096
"""How much an automaton may learn. A badge takes about a hundred entries; a document made of surprises, thousands."""
MAX_STEPS = 512
"""How many steps from context to context it takes: each some milliseconds to make, and some twenty kilobytes."""

_MAX_TYPES = 16
_MAX_TYPE_NAMES = 512
_MAX_CONTEXTS = 6

T = TypeVar("T")
Types = str | tuple[str, ...]


class Automaton:
    """All that was learned so far about the known contexts, beginning with what was learned ahead."""

    def __init__(self, ahead: Learned | None = None) -> None:
        self.ahead = learned.load() if ahead is None else ahead
        self.beginning = Nodes(self, None, None, self.ahead.beginning)
        self._states: dict[int, State] = {}
        self._states_ahead: dict[int, State] = {}
        self._entries = 0
        self.parts = parts.Parts()

    @cached_property
    def processor(self) -> ContextProcessor:
        """What learns; made, and PyLD imported, when there is something to learn."""
        from credentials.direct.active_contexts import ContextProcessor

        return ContextProcessor(max_steps=MAX_STEPS)

    def is_full(self) -> bool:
        """Whether nothing new is learned; it is time to begin anew."""
        return self._entries >= MAX_ENTRIES or ("processor" in self.__dict__ and len(self.processor) >= MAX_STEPS)

    def state(self, context: ActiveContext) -> State:
        """The one state of a context."""
        found = self._states.get(id(context))
        return found if found is not None else self._states.setdefault(id(context), State(self, context))

    def state_ahead(self, number: int) -> State:
        """A state that was learned ahead."""
        found = self._states_ahead.get(number)
        if found is None:
            found = self._states_ahead.setdefault(number, State(self, None, self.ahead.states[number]))
        return found

    def context_of(self, above: State | None) -> ActiveContext:
        """The context of a state; without one, the initial context."""
        return self.processor.initial if above is None else above.context

    def learned(self, make: Callable[[], T]) -> T:
        """What `make` makes, counted. Steps aside if the automaton is full or PyLD refuses."""
        from credentials.direct.active_contexts import STUMBLES

        if self.is_full():
            raise Aside
        self._entries += 1
        try:
            return make()
        except STUMBLES as error:
            raise Aside from error


class State:
    """An active context, as the members of a node object see it. The context of one learned ahead is made if needed."""

    __slots__ = ("_automaton", "_context", "ahead", "is_iri", "terms")

    def __init__(self, automaton: Automaton, context: ActiveContext | None, ahead: LearnedState | None = None) -> None:
        if context is not None:
            require_plain(context)
        self._automaton = automaton
        self._context = context
        self.ahead = ahead
        self.is_iri = without_prefixes(prefixes(self.context) if ahead is None else ahead.prefixes)
        self.terms = Terms(automaton, self)

    @property
    def context(self) -> ActiveContext:
        """The active context; steps aside where PyLD refuses to make it."""
        if self._context is None:
            assert self.ahead is not None  # noqa: S101  (one of the two is given)
            from_, term, local, types = self.ahead.origin
            above = None if from_ is None else self._automaton.state_ahead(from_)
            context = self._automaton.context_of(above)
            made = self._automaton.learned(lambda: self._automaton.processor.of_node(context, term, local, types))
            self._context = made[0]
        return self._context


class Terms(dict[str, Term]):
    """The meaning of each member name in a state. Names that no context defines are not remembered."""

    def __init__(self, automaton: Automaton, state: State) -> None:
        super().__init__(KEYWORDS)
        self._automaton = automaton
        self._state = state

    def __missing__(self, name: Any) -> Term:
        ahead = self._state.ahead
        if ahead is not None and name in ahead.terms:
            term = self[name] = self._of_ahead(name, ahead.terms[name])
            return term
        context = self._state.context
        if name.__class__ is not str or name not in context["mappings"]:
            raise Aside
        processor, nodes = self._automaton.processor, Nodes(self._automaton, self._state, name)
        term = self[name] = self._automaton.learned(lambda: learn(processor, context, name, nodes))
        return term

    def _of_ahead(self, name: str, ahead: LearnedTerm) -> Term:
        nodes = Nodes(self._automaton, self._state, name, ahead.nodes)
        reference = is_reference(ahead.reference)
        return made(
            ahead.kind,
            Meaning(ahead.lead, ahead.item, ahead.datatype, ahead.names, reference, nodes),
            ahead.prefixes,
        )


class Local(NamedTuple):
    """The key of an object that has contexts of its own."""

    contexts: tuple[str, ...]
    types: Types


class Node(NamedTuple):
    """An object's state, and how the quads of its types go on after the subject.

    `has_plain_types`: no type is written as an IRI for which there is a term.
    """

    state: State
    tails: tuple[str, ...]
    has_plain_types: bool = True


class Nodes(dict[Types | Local, Node]):
    """Where a term of a state leads, by the types (and contexts) of the object beneath it.

    Without a state and a term it is the document that they lead to.
    """

    def __init__(
        self,
        automaton: Automaton,
        above: State | None,
        term: str | None,
        ahead: Mapping[Any, LearnedNode] | None = None,
    ) -> None:
        super().__init__()
        self._automaton = automaton
        self._above = above
        self._term = term
        self._ahead = ahead or {}
        self.recurs = term in parts.TERMS

    def __missing__(self, key: Types | Local) -> Node:
        local, types = key if isinstance(key, Local) else ((), key)
        names = (types,) if isinstance(types, str) else types
        ahead = self._ahead.get(key)
        if ahead is not None:
            state = self._automaton.state_ahead(ahead.state)
            node = self[key] = Node(state, ahead.tails, closed_form.has_plain_types(names))
            return node
        if len(names) > _MAX_TYPES or len(local) > _MAX_CONTEXTS or sum(map(len, names)) > _MAX_TYPE_NAMES:
            raise Aside  # what is remembered is bounded in characters too: a type may be any IRI
        context = self._automaton.context_of(self._above)
        node = self[key] = self._automaton.learned(lambda: self._learn(context, local, names))
        return node

    def _learn(self, context: ActiveContext, local: tuple[str, ...], types: tuple[str, ...]) -> Node:
        processor = self._automaton.processor
        inside, naming = processor.of_node(context, self._term, local, types)
        require_plain(naming)
        iris = dict.fromkeys(iri_term(processor.iri(naming, name)) for name in types)
        tails = tuple(f" {rdf.TYPE} {iri} .\n" for iri in iris)
        return Node(self._automaton.state(inside), tails, closed_form.has_plain_types(types))
