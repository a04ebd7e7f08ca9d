"""`python -m credentials.direct.learn_ahead`: write down what the automaton learns of the data model.

It walks documents that say everything (`credentials.direct.everything`). What it learned on the way is `learned.json`;
see `credentials.direct.learned`. Run it after a change of the contexts, of those documents, or of the walk.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from credentials.bounds import Bounds
from credentials.direct import learned
from credentials.direct.definitions import ActiveContext, prefixes
from credentials.direct.everything import documents
from credentials.direct.states import Automaton, Local, Nodes, State
from credentials.direct.terms import KEYWORDS, NAME, Term, reference_prefixes
from credentials.direct.walk import Walk


def as_json() -> dict[str, Any]:
    """What is learned of all documents, as `learned.of_json` reads it."""
    automaton = Automaton(learned.NOTHING)
    for document in documents():
        Walk(automaton, Bounds()).document(document)
    return _Writer(automaton).written()


class _Writer:
    """Numbers what an automaton holds, and writes it as JSON."""

    def __init__(self, automaton: Automaton) -> None:
        self._automaton = automaton
        self._prefixes: list[list[str]] = []
        self._vocabularies: list[dict[str, Any]] = []
        self._numbers: dict[int, int] = {}
        self._found: list[tuple[State, list[Any]]] = []

    def written(self) -> dict[str, Any]:
        """States are numbered as they are met from the beginning, so that equal automatons are written alike."""
        beginning = self._nodes(self._automaton.beginning, None, None)
        states = []
        for state, origin in self._found:  # grows meanwhile
            number = self._numbers[id(state)]
            terms = {
                name: self._term(state, number, name, term)
                for name, term in sorted(state.terms.items())
                if name not in KEYWORDS
            }
            states.append([origin, self._number_of_prefixes(prefixes(state.context)), terms])
        return {
            "prefixes": self._prefixes,
            "vocabularies": self._vocabularies,
            "beginning": beginning,
            "states": states,
        }

    def _term(self, state: State, number: int, name: str, term: Term) -> list[Any]:
        processor, meaning = self._automaton.processor, term.meaning
        inner = processor.of_property(state.context, name)
        reference = reference_prefixes(processor, state.context, name)
        assert isinstance(meaning.nodes, Nodes)  # noqa: S101  (every learned term has them)
        return [
            term.kind,
            meaning.lead,
            meaning.item,
            meaning.datatype,
            self._number_of_vocabulary(inner) if NAME in (term.kind, meaning.item) else None,
            self._number_of_prefixes(prefixes(inner)),
            None if reference is None else self._number_of_prefixes(reference),
            self._nodes(meaning.nodes, number, name),
        ]

    def _nodes(self, nodes: Nodes, above: int | None, term: str | None) -> list[Any]:
        written = []
        for key, node in sorted(nodes.items(), key=repr):
            local, types = key if isinstance(key, Local) else (None, key)
            origin = [above, term, local or [], [types] if isinstance(types, str) else types]
            number = self._numbers.setdefault(id(node.state), len(self._found))
            if number == len(self._found):
                self._found.append((node.state, origin))
            written.append([local, types, number, node.tails])
        return written

    def _number_of_prefixes(self, names: frozenset[str]) -> int:
        return _place(self._prefixes, sorted(names))

    def _number_of_vocabulary(self, context: ActiveContext) -> int:
        mappings: Mapping[str, Any] = context["mappings"]
        names = {name: {"@id": found["@id"]} if found else None for name, found in sorted(mappings.items())}
        return _place(self._vocabularies, names)


def _place(known: list[Any], value: Any) -> int:
    if value not in known:
        known.append(value)
    return known.index(value)


def main() -> None:
    """Write the file."""
    learned.FILE.write_text(json.dumps(as_json(), indent=None, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
