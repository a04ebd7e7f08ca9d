"""What the automaton learns of the data model over the known contexts, learned ahead and kept as a file.

`python -m credentials.direct.learn_ahead` writes `learned.json`: PyLD processes the contexts for a set of documents
that say all that the data model can say, and what came of it is written down. A test does the same and compares. With
it, nothing of PyLD is imported for an ordinary badge, which would take longer than all the rest of a verification.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

FILE = Path(__file__).with_name("learned.json")


class LearnedNode(NamedTuple):
    """Where a term leads for objects of some types: the number of the state, and the tails of the types' quads."""

    state: int
    tails: tuple[str, ...]


class LearnedTerm(NamedTuple):
    """What `terms.made` makes a term of; `names` stands for the active context, where values are names in it.

    `reference` are the prefixes that hold for the id of an object that says nothing else.
    """

    kind: int
    lead: str
    item: int
    datatype: str | None
    names: Mapping[str, Any] | None
    prefixes: frozenset[str]
    reference: frozenset[str] | None
    nodes: Mapping[Any, LearnedNode]


class LearnedState(NamedTuple):
    """A state, and the step that led to it: from which state (None: the beginning), term, contexts and types."""

    origin: tuple[int | None, str | None, tuple[str, ...], tuple[str, ...]]
    prefixes: frozenset[str]
    terms: Mapping[str, LearnedTerm]


class Learned(NamedTuple):
    """All that was learned ahead."""

    states: tuple[LearnedState, ...]
    beginning: Mapping[Any, LearnedNode]


NOTHING = Learned((), {})


@cache
def load() -> Learned:
    """What is in the file."""
    return of_json(json.loads(FILE.read_bytes()))


def of_json(value: Any) -> Learned:
    """What `learn_ahead.as_json` wrote."""
    prefixes = [frozenset(names) for names in value["prefixes"]]
    vocabularies = [{"mappings": names} for names in value["vocabularies"]]

    def term(written: Any) -> LearnedTerm:
        kind, lead, item, datatype, names, own, reference, nodes = written
        return LearnedTerm(
            kind,
            lead,
            item,
            datatype,
            None if names is None else vocabularies[names],
            prefixes[own],
            None if reference is None else prefixes[reference],
            _nodes(nodes),
        )

    states = (
        LearnedState(
            (from_, name, tuple(local), tuple(types)),
            prefixes[own],
            {name: term(written) for name, written in terms.items()},
        )
        for (from_, name, local, types), own, terms in value["states"]
    )
    return Learned(tuple(states), _nodes(value["beginning"]))


def _nodes(written: Any) -> dict[Any, LearnedNode]:
    """By the keys of `states.Nodes`: types, or contexts and types."""
    found: dict[Any, LearnedNode] = {}
    for local, types, state, tails in written:
        key = types if isinstance(types, str) else tuple(types)
        found[key if local is None else (tuple(local), key)] = LearnedNode(state, tuple(tails))
    return found
