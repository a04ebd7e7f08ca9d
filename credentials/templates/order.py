"""In which order texts with holes stand: proven once for every value, or found out at each filling.

Canonical lines are sorted by code points, which is the order of their UTF-8 bytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from credentials.templates.fragments import Fragments, form, holes, joined, renumbered
from credentials.templates.refusals import Unfit


def always_before(one: Fragments, other: Fragments) -> bool:
    """Whether the first text sorts before the second, and differs from it, whatever stands in the holes.

    Text and values alternate, so both texts are equal up to the place where their fragments part. If they part within
    what is always the same, that decides; if one of them goes on with a value there, nothing is proven.
    """
    for mine, its in zip(one, other, strict=False):
        if mine != its:
            if isinstance(mine, int) or isinstance(its, int):
                return False
            shared = min(len(mine), len(its))
            return mine[:shared] < its[:shared]
    return False


def blocks(units: Sequence[Fragments]) -> Iterator[Sequence[Fragments]]:
    """The units, which are sorted for some values, cut wherever all before sort before all after for all values.

    Equal units count as sorted: they are equal whatever stands in their holes.
    """
    start = last = 0
    for place, unit in enumerate(units):
        if place > last:
            yield units[start:place]
            start = last = place
        after = range(place + 1, len(units))
        last = max([last, *(other for other in after if not _in_order(unit, units[other]))])
    if units:
        yield units[start:]


def _in_order(one: Fragments, other: Fragments) -> bool:
    return one == other or always_before(one, other)


class Siblings:
    """Units that differ in nothing but a label: the labels are sorted, and the units need not be built."""

    __slots__ = ("_labels",)

    def __init__(self, labels: Sequence[int]) -> None:
        self._labels = tuple(labels)

    def put(self, values: list[bytes]) -> None:
        """Appends the labels, sorted."""
        values += sorted([values[label] for label in self._labels])


class Shuffled:
    """Units in no proven order: they are built and sorted at each filling."""

    __slots__ = ("_forms", "_nodes")

    def __init__(self, units: Sequence[Fragments], *, nodes: bool) -> None:
        self._forms = [form(unit) for unit in units]
        self._nodes = nodes
        """Each unit is all lines of a subject: then the subjects must differ, and not only the units."""

    def put(self, values: list[bytes]) -> None:
        """Appends the sorted units as one value. Raises `Unfit` if two are equal."""
        found = sorted([text % pick(values) for text, pick in self._forms])
        names = {unit.partition(b" ")[0] for unit in found} if self._nodes else {*found}
        if len(names) != len(found):
            raise Unfit("two parts of the document that must differ are equal")
        values.append(b"".join(found))


Step = Siblings | Shuffled
"""What is taken at each filling before the text can be made."""


class Sorting:
    """Puts units in order; what cannot be proven becomes steps that are taken at each filling, one after the other.

    A step appends to the values; so the values of a filling are those that are given, and then those of the steps.
    `labels` are the given values that are labels of blank nodes: all of them differ, and a space follows each.
    """

    def __init__(self, given: int, labels: range = range(0)) -> None:
        self._next = given
        self._labels = labels
        self.steps: list[Step] = []

    def in_order(self, units: Sequence[Fragments], *, nodes: bool = False) -> Fragments:
        """The units as one text. They must be sorted as they are for some values."""
        return joined(self._block(block, nodes) for block in blocks(units))

    def _block(self, block: Sequence[Fragments], nodes: bool) -> Fragments:
        if len(block) == 1:
            return block[0]
        labels = self._labels_only(block)
        self.steps.append(Siblings(labels) if labels else Shuffled(block, nodes=nodes))
        made = self._next
        self._next += len(labels) or 1
        if not labels:
            return ("", made, "")
        return joined(renumbered(block[0], {labels[0]: made + place}) for place in range(len(labels)))

    def _labels_only(self, block: Sequence[Fragments]) -> list[int]:
        """The labels of the units if these are equal but for one label each, and have no other; or none."""
        found = [[part for part in holes(unit) if part in self._labels] for unit in block]
        alike = {renumbered(unit, dict.fromkeys(labels, -1)) for unit, labels in zip(block, found, strict=True)}
        return [label for labels in found for label in labels] if len(alike) == 1 == max(map(len, found)) else []
