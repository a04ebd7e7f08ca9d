"""Canonical numbers for blank nodes at each filling: ranks of first-degree hashes (RDFC-1.0, section 4.4.3).

Where two hashes are equal, only the full algorithm can tell the nodes apart; that is left to the ordinary road.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from hashlib import sha256
from math import perm

from credentials.templates.dataset import Line, first_degree_lines, fragments_of
from credentials.templates.fragments import Splitter, form, holes
from credentials.templates.order import Sorting, Step
from credentials.templates.refusals import NoTemplate, Unfit


class Naming:
    """The ranks of the blank nodes, which are numbered as in the marked document.

    The hashes of those that no slot can change are known; the others are made for each person.
    """

    __slots__ = ("_changing", "_digests", "_fixed")

    def __init__(self, lines: Sequence[Line], nodes: Sequence[str], splitter: Splitter, slots: int) -> None:
        fixed: dict[bytes, int] = {}
        self._changing: list[tuple[int, list[Step], bytes, Callable[[Sequence[bytes]], tuple[bytes, ...]]]] = []
        for number, node in enumerate(nodes):
            sorting = Sorting(slots)
            text = sorting.in_order([fragments_of(line, splitter.split) for line in first_degree_lines(lines, node)])
            if holes(text):
                self._changing.append((number, sorting.steps, *form(text)))
            elif number != fixed.setdefault(sha256(str(text[0]).encode()).digest(), number):
                raise NoTemplate("two parts of the document without an id are alike")
        self._digests = sorted(fixed)  # in the order of their hexadecimal forms
        self._fixed = [fixed[digest] for digest in self._digests]

    def rankings(self) -> int:
        """How many there can be: each of those that change may come anywhere among the others."""
        return perm(len(self._fixed) + len(self._changing), len(self._changing))

    def ranked(self, slots: list[bytes]) -> list[int]:
        """The nodes in the order of their hashes. Raises `Unfit` where two have the same."""
        digests, ranked = self._digests.copy(), self._fixed.copy()
        for number, steps, text, pick in self._changing:
            values = slots
            if steps:
                values = slots.copy()
                for step in steps:
                    step.put(values)
            digest = sha256(text % pick(values)).digest()
            rank = bisect_left(digests, digest)
            digests.insert(rank, digest)
            ranked.insert(rank, number)
        if len({*digests}) != len(digests):
            raise Unfit("two parts of the document without an id are alike")
        return ranked
