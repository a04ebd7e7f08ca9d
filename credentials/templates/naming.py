"""Canonical numbers for blank nodes at each filling: ranks of first-degree hashes (RDFC-1.0, section 4.4.3).

Where two hashes are equal, only the full algorithm can tell the nodes apart; that is left to the ordinary road.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256
from math import perm

from credentials.templates.dataset import Line, first_degree_lines, fragments_of
from credentials.templates.fragments import Splitter, form, holes
from credentials.templates.order import Sorting
from credentials.templates.refusals import NoTemplate, Unfit


class Naming:
    """The ranks of the blank nodes, which are numbered as in the marked document.

    The hashes of those that no slot can change are known; the others are made for each person.
    """

    __slots__ = ("_changing", "_fixed", "_steps")

    def __init__(self, lines: Sequence[Line], nodes: Sequence[str], splitter: Splitter, slots: int) -> None:
        self._fixed: dict[bytes, int] = {}
        self._changing: list[tuple[int, bytes, Callable[[Sequence[bytes]], tuple[bytes, ...]]]] = []
        sorting = Sorting(slots)
        for number, node in enumerate(nodes):
            text = sorting.in_order([fragments_of(line, splitter.split) for line in first_degree_lines(lines, node)])
            if holes(text):
                self._changing.append((number, *form(text)))
            elif number != self._fixed.setdefault(sha256(str(text[0]).encode()).digest(), number):
                raise NoTemplate("two parts of the document without an id are alike")
        self._steps = sorting.steps

    def rankings(self) -> int:
        """How many there can be: each of those that change may come anywhere among the others."""
        return perm(len(self._fixed) + len(self._changing), len(self._changing))

    def ranked(self, slots: list[bytes]) -> tuple[int, ...]:
        """The numbers of the nodes in the order of their hashes. Raises `Unfit` where two have the same."""
        values = slots
        if self._steps:
            values = slots.copy()
            for step in self._steps:
                step.put(values)
        numbers = self._fixed.copy()
        for number, text, pick in self._changing:
            numbers[sha256(text % pick(values)).digest()] = number
        if len(numbers) != len(self._fixed) + len(self._changing):
            raise Unfit("two parts of the document without an id are alike")
        return tuple([numbers[digest] for digest in sorted(numbers)])
