"""Parts of badges that recur: what a walk made of an issuer's profile or an achievement, for the next badge with it.

Thousands of badges hold the same achievement. Its quads depend on nothing outside of it, as long as it has an id: the
state in which it is walked is part of the key, names of nodes are absolute, and no blank node in it is reached from
elsewhere. So the quads are added as they are, and what they count against the bounds is counted.
"""

from __future__ import annotations

import marshal
from typing import TYPE_CHECKING, Any, NamedTuple

from credentials.memory import Memory

if TYPE_CHECKING:
    from credentials.direct.walk import Blank, Walk

TERMS = frozenset({"issuer", "achievement"})
"""What is beneath these terms is the issuer's or the level's own; it is the same in many badges."""

# One thousand achievements of 2 kB. Each takes some eight times its JSON: the quads, and the JSON itself as its key.
_MOST = 8_192
_HEAVY = 16 * 1024 * 1024
_TIMES_ITS_JSON = 8

Key = tuple[int, bytes]


class Part(NamedTuple):
    """What a walk made of an object with an id: all quads and blank nodes in it, and what it counts.

    In closed form and without numbers, as nearly all are, so that nothing else is to be remembered.

    `room` is how many levels were left beneath it when it was walked: it may be deeper than that, but is not.
    """

    subject: str
    named: dict[str, list[str]]
    blanks: list[Blank]
    values: int
    room: int


class Parts:
    """A bounded memory of parts; an automaton has one, since a key holds only for its tables.

    A part is kept when it is met the second time, so what occurs once takes no room. Safe to share between threads.
    """

    def __init__(self) -> None:
        self._parts: Memory[Key, Part] = Memory(most=_MOST, heavy=_HEAVY)
        self._met: Memory[int, bool] = Memory(most=_MOST, heavy=_MOST)

    def key(self, nodes: object, value: Any) -> Key | None:
        """What tells the value beneath a term of a state from all others; None for what cannot be told.

        Two values have one key only if they are of the same types and equal, their members in the same order.
        """
        try:
            return id(nodes), marshal.dumps(value, 0)
        except ValueError:  # of other types than JSON's, or too deep
            return None

    def get(self, key: Key, room: int) -> Part | None:
        """The part, if it is known and was walked with no more room than this."""
        part = self._parts.get(key)
        return part if part is not None and part.room <= room else None

    def meet(self, key: Key) -> bool:
        """Whether the part was met before, so that it is to be kept; it is noted."""
        mark = hash(key)  # two parts of one mark are at the worst kept too early
        if self._met.get(mark):
            return True
        self._met.keep(mark, True, weight=1)
        return False

    def keep(self, key: Key, walk: Walk, subject: str, room: int) -> None:
        """Remember what a walk through nothing but this part made, in the order in which it will be written."""
        for tails in (*walk.named.values(), *(blank.tails for blank in walk.blanks)):
            tails.sort()
        part = Part(subject, walk.named, walk.blanks, walk.values, room)
        self._parts.keep(key, part, weight=_TIMES_ITS_JSON * len(key[1]))
