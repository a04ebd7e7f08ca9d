"""The canonical N-Quads of a shape, for whatever stands in its slots (RDFC-1.0, section 4.4.3).

Lines sort by their subjects first. Subjects with an IRI come before blank nodes, and their order is proven or found out
(`order`); blank nodes stand in the order of their labels, which each filling has to find (`naming`). Both together are
an arrangement. Most people of a level share a few of them, and what an arrangement makes is a text with no holes but
the slots: a layout, kept for the next. Its beginning, up to the first slot, is hashed once for all.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from credentials.canonical_text import CanonicalText
from credentials.templates.dataset import (
    blank_nodes,
    fragments_of,
    is_blank,
    lines_of,
    subjects,
    with_labels,
)
from credentials.templates.fragments import Form, Fragments, Splitter, form, holes, joined, renumbered, with_texts
from credentials.templates.naming import Naming
from credentials.templates.order import Shuffled, Sorting
from credentials.templates.refusals import NoTemplate

if TYPE_CHECKING:
    from hashlib import _Hash

MAX_BLANK_NODES = 64
"""What a blank node says is kept for each number that it may get, if nothing but that can change it."""

MAX_LAYOUTS = 128
"""So many are kept, about 10 kB each, for half the time. Where blank nodes can be ranked in more ways, none are: then
hardly two people share one."""

Arrangement = tuple[tuple[int, ...], ...]
"""The blank nodes in the order of their hashes, and then the units of each step that shuffles, in theirs."""


class Layout(NamedTuple):
    """A text with no holes but the slots. What is always the same up to the first slot is hashed once for all."""

    beginning: bytes
    hashed: _Hash
    rest: Form


class FilledText(CanonicalText):
    """A text of which the digest was taken as it was made; it is made again when it is asked for, and not kept."""

    __slots__ = ("_digest", "_layout", "_slots")

    def __init__(self, layout: Layout, slots: list[bytes]) -> None:
        self._layout = layout
        self._slots = slots
        text, pick = layout.rest
        hashed = layout.hashed.copy()
        hashed.update(text % pick(slots))
        self._digest = hashed.digest()

    def __bytes__(self) -> bytes:
        beginning, _, (text, pick) = self._layout
        return beginning + text % pick(self._slots)

    def sha256(self) -> bytes:
        """The digest of the text."""
        return self._digest


class CanonicalForm:
    """The form, compiled from the canonical N-Quads of a document with marks in its slots. Safe to share."""

    __slots__ = (
        "_by_label",
        "_head",
        "_labels",
        "_labels_decide",
        "_layouts",
        "_naming",
        "_nodes",
        "_shuffled",
        "_slots",
        "_steps",
        "_units",
    )

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
        named = {subject: unit for subject, unit in units.items() if not is_blank(subject)}
        head = sorting.in_order([*named.values()], [splitter.split(subject) for subject in named])
        self._units = (head, *(units.get(node, ("",)) for node in nodes))
        self._steps = sorting.steps
        self._shuffled = [step for step in self._steps if isinstance(step, Shuffled)]
        self._labels = [str(number).encode() for number in range(len(nodes))]
        self._by_label = sorted(range(len(nodes)), key=str)
        self._labels_decide = any(not shuffled.holes.isdisjoint(labels) for shuffled in self._shuffled)
        self._head = form(head)
        self._nodes = [
            (self._for_each_label(unit, label), *form(unit))
            for unit, label in zip(self._units[1:], labels, strict=True)
        ]
        self._layouts: dict[Arrangement, Layout] | None = {} if self._naming.rankings() <= MAX_LAYOUTS else None

    def _for_each_label(self, unit: Fragments, label: int) -> Sequence[bytes]:
        """The unit under each label that its node may get; empty if something else can change it as well."""
        if holes(unit) != {label}:
            return ()
        text, pick = form(renumbered(unit, {label: 0}))
        return [text % pick([own]) for own in self._labels]

    def filled(self, slots: list[bytes]) -> CanonicalText:
        """The canonical N-Quads for the values of the slots, which are escaped as literals are.

        Raises `Unfit` if two blank nodes have one hash, or two subjects or two lines are the same.
        """
        ranked = self._naming.ranked(slots)
        if self._layouts is None:
            return self._arranged(ranked, slots)
        values = self._labelled(ranked, slots) if self._labels_decide else slots
        arrangement = (ranked, *[shuffled.order(values) for shuffled in self._shuffled])
        layout = self._layouts.get(arrangement)
        if layout is None:
            if len(self._layouts) >= MAX_LAYOUTS:
                return self._arranged(ranked, slots)
            layout = self._layouts[arrangement] = self._laid_out(arrangement)
        return FilledText(layout, slots)

    def _labelled(self, ranked: Sequence[int], slots: list[bytes]) -> list[bytes]:
        """The slots, and the label of each blank node."""
        values = slots + self._labels
        for label, node in zip(self._labels, ranked, strict=True):
            values[self._slots + node] = label
        return values

    def _arranged(self, ranked: Sequence[int], slots: list[bytes]) -> CanonicalText:
        """The subjects with an IRI, and then the blank nodes in the order of their labels."""
        values = self._labelled(ranked, slots)
        for step in self._steps:
            step.put(values)
        text, pick = self._head
        units = [text % pick(values)]
        for rank in self._by_label:
            always, text, pick = self._nodes[ranked[rank]]
            units.append(always[rank] if always else text % pick(values))
        return CanonicalText(b"".join(units))

    def _laid_out(self, arrangement: Arrangement) -> Layout:
        """The same with no holes but the slots."""
        ranked, *orders = arrangement
        values = self._labelled(ranked, [b""] * self._slots)
        texts: dict[int, Fragments] = {}
        for step in self._steps:
            if isinstance(step, Shuffled):
                units = [step.units[number] for number in orders.pop(0)]
                texts[len(values)] = joined(with_texts(unit, texts) for unit in units)
                values.append(b"")
            else:
                step.put(values)
        labels: dict[int, Fragments] = {
            number: (value.decode(),) for number, value in enumerate(values) if number >= self._slots
        }
        head, *nodes = (with_texts(unit, texts) for unit in self._units)
        units = [head, *(nodes[ranked[rank]] for rank in self._by_label)]
        text = joined(with_texts(unit, labels) for unit in units)
        beginning = str(text[0]).encode()
        return Layout(beginning, sha256(beginning), form(("", *text[1:])))
