"""Active contexts, made by PyLD's own context processor, in the very order in which its expansion asks for them.

Nothing of JSON-LD's rules for contexts (protection, propagation, scopes, prefixes) is written a second time here. This
module imports PyLD, and is imported where something must be learned that `credentials.direct.learned` does not hold.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, cast

from credentials import contexts, json_ld
from credentials.direct.aside import Aside
from credentials.direct.definitions import ActiveContext, definition, require_plain
from credentials.json_ld import jsonld
from credentials.problems import Unacceptable

STUMBLES = (jsonld.JsonLdError, Unacceptable, KeyError, TypeError, AttributeError, ValueError)
"""What PyLD raises for contexts that are wrong together, and when it stumbles over them."""


class ContextProcessor:
    """Steps from one active context to the next; equal steps from one context give the same object."""

    def __init__(self, *, max_steps: int) -> None:
        self._max_steps = max_steps
        self._pyld = jsonld.JsonLdProcessor()
        self._steps: dict[tuple[object, ...], _Step] = {}
        self.initial: ActiveContext = self._pyld._get_initial_context(_options())

    def __len__(self) -> int:
        return len(self._steps)

    def of_property(self, context: ActiveContext, term: str) -> ActiveContext:
        """The context of the values of a term: its property-scoped context, if it has one, is added."""
        return self._scoped(context, definition(context, term).get("@context"))

    def of_reference(self, context: ActiveContext, term: str) -> ActiveContext:
        """The context of an object beneath the term that holds nothing but an id: scopes of types still hold."""
        inner = self.of_property(context, term)
        return self._scoped(inner, definition(inner, term).get("@context"))

    def of_node(
        self, context: ActiveContext, term: str | None, local: tuple[str, ...], types: tuple[str, ...]
    ) -> tuple[ActiveContext, ActiveContext]:
        """The contexts of a node object beneath the term: for its members, and for the names of its types.

        `local` is the object's own `@context`. The order is that of section 5.1.2: the scopes of the types of the
        object around it end; then come the term's scope, the local contexts, and the scopes of its own types.
        """
        if term is not None:
            inner = self.of_property(context, term)
            outside = self._pyld._revert_to_previous_context(inner)
            context = self._scoped(outside, definition(inner, term).get("@context"))
        if local:
            context = self._step(context, ("local", *local), lambda: self._nested(context, {"@context": [*local]}))
        scoping = [name for name in sorted(types) if definition(context, name).get("@context") not in (None, False)]
        if not scoping:
            return context, context
        require_plain(context)
        return self._step(context, ("types", *scoping), lambda: self._nested(context, {"type": scoping})), context

    def iri(self, context: ActiveContext, name: str) -> Any:
        """What a term, compact IRI or IRI stands for, where a term may stand."""
        return self._pyld._expand_iri(context, name, vocab=True)

    def _nested(self, context: ActiveContext, element: dict[str, Any]) -> ActiveContext:
        return cast("ActiveContext", self._pyld._prepare_nested_context(context, element, _options())[0])

    def _scoped(self, context: ActiveContext, scoped: Any) -> ActiveContext:
        """The context with that of a property added; it may redefine what is protected (section 4.1.2, step 5.13)."""
        if scoped is None:
            return context
        return self._step(
            context,
            ("property", repr(scoped)),
            lambda: self._pyld._process_context(context, scoped, _options(), override_protected=True),
        )

    def _step(self, context: ActiveContext, how: tuple[str, ...], make: Callable[[], ActiveContext]) -> ActiveContext:
        key = (id(context), *how)
        step = self._steps.get(key)
        if step is None:
            if len(self._steps) >= self._max_steps:
                raise Aside
            step = self._steps.setdefault(key, _Step(context, make()))
        return step.after


class _Step(NamedTuple):
    """Holds on to the context before it too: no other object can then come to have its identity."""

    before: ActiveContext
    after: ActiveContext


def _options() -> dict[str, Any]:
    # Made anew for each step: PyLD's caches are not safe to share between threads.
    return json_ld.options(contexts.load, {})
