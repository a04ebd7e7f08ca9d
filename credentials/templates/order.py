"""In which order texts with holes stand: proven once for every value, or found out at each filling.

Canonical lines are sorted by code points, which is the order of their UTF-8 bytes.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import islice, pairwise

from credentials.templates.fragments import Form, Fragments, form, holes, joined, renumbered
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
    """Units in no proven order: it is found out at each filling, and they are written in it.

    Most often all are in proven order but one, such as the address of somebody's evidence among the issuer's own; and
    where that one belongs is decided by how the others begin, whatever stands in their holes.
    """

    __slots__ = ("_begin", "_forms", "_keys", "_lone", "_orders", "holes", "units")

    def __init__(self, units: Sequence[Fragments], keys: Sequence[Fragments]) -> None:
        """Each unit stands where its key does; no key is the beginning of another."""
        self.units = tuple(units)
        """An order is the numbers of these."""
        self.holes = frozenset[int]().union(*map(holes, keys))
        """The values that decide."""
        self._forms = [form(unit) for unit in units]
        self._keys = [form(key) for key in keys]
        self._lone: Form | None = None
        lone = _alone(keys)
        if lone is not None:
            others = [number for number in range(len(units)) if number != lone]
            self._lone = self._keys[lone]
            self._begin = tuple(str(keys[number][0]).encode() for number in others)
            self._orders = [(*others[:place], lone, *others[place:]) for place in range(len(units))]

    def order(self, values: Sequence[bytes]) -> tuple[int, ...]:
        """The numbers of the units, sorted. Raises `Unfit` if two keys are equal: nodes of one id, or equal lines."""
        if self._lone is not None:
            text, pick = self._lone
            key = text % pick(values)
            if not key.startswith(self._begin):  # then each differs from it in how it begins: no key begins another
                return self._orders[bisect_left(self._begin, key)]
        found = [text % pick(values) for text, pick in self._keys]
        if len({*found}) != len(found):
            raise Unfit("two parts of the document that must differ are equal")
        return tuple(sorted(range(len(found)), key=found.__getitem__))

    def put(self, values: list[bytes]) -> None:
        """Appends the sorted units as one value. Raises `Unfit` as `order` does."""
        order = self.order(values)
        written = [text % pick(values) for text, pick in self._forms]
        values.append(b"".join([written[number] for number in order]))


def _alone(keys: Sequence[Fragments]) -> int | None:
    """The number of the one key without which the others are in proven order, in which they stand already."""
    for number in range(len(keys)):
        others = [key for place, key in enumerate(keys) if place != number]
        if all(always_before(one, other) for one, other in pairwise(others)):
            return number
    return None


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

    def in_order(self, units: Sequence[Fragments], keys: Sequence[Fragments] | None = None) -> Fragments:
        """The units as one text. They must be sorted as they are for some values.

        Where `keys` are given, a unit stands where its key does, and no key is the beginning of another.
        """
        rest = iter(units)
        return joined(self._block([*islice(rest, len(block))], block) for block in blocks(keys or units))

    def _block(self, units: Sequence[Fragments], keys: Sequence[Fragments]) -> Fragments:
        if len(units) == 1:
            return units[0]
        labels = self._labels_only(units)
        self.steps.append(Siblings(labels) if labels else Shuffled(units, keys))
        made = self._next
        self._next += len(labels) or 1
        if not labels:
            return ("", made, "")
        return joined(renumbered(units[0], {labels[0]: made + place}) for place in range(len(labels)))

    def _labels_only(self, block: Sequence[Fragments]) -> list[int]:
        """The labels of the units if these are equal but for one label each, and have no other; or none."""
        found = [[part for part in holes(unit) if part in self._labels] for unit in block]
        alike = {renumbered(unit, dict.fromkeys(labels, -1)) for unit, labels in zip(block, found, strict=True)}
        return [label for labels in found for label in labels] if len(alike) == 1 == max(map(len, found)) else []
