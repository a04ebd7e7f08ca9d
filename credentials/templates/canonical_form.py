"""The canonical N-Quads of a shape, for whatever stands in its slots (RDFC-1.0, section 4.4.3).

Lines sort by their subjects first. Subjects with an IRI come before blank nodes, and their order is proven or found out
(`order`); blank nodes stand in the order of their labels, which each filling has to find (`naming`).
"""

from __future__ import annotations

from collections.abc import Sequence

from credentials.templates.dataset import (
    blank_nodes,
    fragments_of,
    is_blank,
    lines_of,
    subjects,
    with_labels,
)
from credentials.templates.fragments import Form, Fragments, Splitter, form, holes, joined, renumbered, with_text
from credentials.templates.naming import Naming
from credentials.templates.order import Shuffled, Sorting
from credentials.templates.refusals import NoTemplate

MAX_BLANK_NODES = 64
"""What a blank node says is kept for each number that it may get, if nothing but that can change it."""

MAX_LAYOUTS = 128
"""Where blank nodes can be ranked in no more ways, the whole text is kept for each: about 10 kB, for half the time."""


class CanonicalForm:
    """The form, compiled from the canonical N-Quads of a document with marks in its slots. Safe to share."""

    __slots__ = ("_by_label", "_head", "_labels", "_layouts", "_naming", "_nodes", "_slots", "_steps", "_units")

    def __init__(self, canonical: bytes, splitter: Splitter, slots: int) -> None:
        lines = lines_of(canonical)
        nodes = blank_nodes(lines)
        if len(nodes) > MAX_BLANK_NODES:
            raise NoTemplate(f"the document has more than {MAX_BLANK_NODES} parts without an id")
        self._slots = slots
        self._naming = Naming(lines, nodes, splitter, slots)
        write, labels = with_labels(splitter, slots), range(slots, slots + len(nodes))
        sorting = Sorting(labels.stop, labels)
        units: dict[str, Fragments] = {
            subject: sorting.in_order([fragments_of(line, write) for line in those])
            for subject, those in subjects(lines).items()
        }
        named = [unit for subject, unit in units.items() if not is_blank(subject)]
        head = sorting.in_order(named, nodes=True)
        self._units = (head, *(units.get(node, ("",)) for node in nodes))
        self._steps = sorting.steps
        self._labels = [str(number).encode() for number in range(len(nodes))]
        self._by_label = sorted(range(len(nodes)), key=str)
        self._head = form(head)
        self._nodes = [
            (self._for_each_label(unit, label), *form(unit))
            for unit, label in zip(self._units[1:], labels, strict=True)
        ]
        depends_on_slots = any(isinstance(step, Shuffled) for step in self._steps)
        few = self._naming.rankings() <= MAX_LAYOUTS and not depends_on_slots
        self._layouts: dict[bytes, Form] | None = {} if few else None

    def _for_each_label(self, unit: Fragments, label: int) -> Sequence[bytes]:
        """The unit under each label that its node may get; empty if something else can change it as well."""
        if holes(unit) != {label}:
            return ()
        text, pick = form(renumbered(unit, {label: 0}))
        return [text % pick([own]) for own in self._labels]

    def filled(self, slots: list[bytes]) -> bytes:
        """The canonical N-Quads for the values of the slots, which are escaped as literals are.

        Raises `Unfit` if two blank nodes have one hash, or two subjects or two lines are the same.
        """
        ranked = self._naming.ranked(slots)
        if self._layouts is None:
            return self._arranged(ranked, slots)
        layout = self._layouts.get(bytes(ranked))
        if layout is None:
            layout = self._layouts[bytes(ranked)] = self._layout(ranked)
        text, pick = layout
        return text % pick(slots)

    def _values(self, ranked: Sequence[int], slots: list[bytes]) -> list[bytes]:
        """The slots, the label of each blank node, and what the steps make of both."""
        values = slots + self._labels
        for label, node in zip(self._labels, ranked, strict=True):
            values[self._slots + node] = label
        for step in self._steps:
            step.put(values)
        return values

    def _arranged(self, ranked: Sequence[int], slots: list[bytes]) -> bytes:
        """The subjects with an IRI, and then the blank nodes in the order of their labels."""
        values = self._values(ranked, slots)
        text, pick = self._head
        units = [text % pick(values)]
        for rank in self._by_label:
            always, text, pick = self._nodes[ranked[rank]]
            units.append(always[rank] if always else text % pick(values))
        return b"".join(units)

    def _layout(self, ranked: Sequence[int]) -> Form:
        """The same as a form that has no holes but the slots: no step looks at these."""
        values = self._values(ranked, [b""] * self._slots)
        labels = {number: values[number].decode() for number in range(self._slots, len(values))}
        head, *nodes = self._units
        return form(
            joined(with_text(unit, labels) for unit in (head, *(nodes[ranked[rank]] for rank in self._by_label)))
        )
