"""How large a certificate's words are set, and how many there is room for: estimated, which takes no time. Pure.

Setting words to measure them takes longer than setting the rest of the page. Letters are taken a little wider than they
are, so an estimate errs towards smaller type.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

_POINTS: Final = 72 / 25.4  # in a millimetre
_TEXTS: Final = (12.0, 11.0, 10.0, 9.0, 8.2)  # points
_FACTS: Final = (11.0, 10.0, 9.0, 8.0, 7.0)
_APART: Final = 0.75  # of the type's size, between facts
_CLOSE: Final = 1.2
_LEADING: Final = 1.36
_TITLE: Final = 34.0  # points of height, with what is around it
_BETWEEN: Final = 0.75  # of the type's size, between paragraphs
_FEWEST: Final = 40  # letters of a paragraph that is cut


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph of text, an item of a list (with its number, or ""), or a heading."""

    kind: Literal["text", "item", "head"]
    text: str
    number: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """Text under a title."""

    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Room:
    """Millimetres."""

    width: float
    height: float


def ems(text: str) -> float:
    """How wide the text is at most, in em, in a serif of usual width."""
    return sum(_em(letter) for letter in text)


@lru_cache(maxsize=4096)
def _em(letter: str) -> float:
    if unicodedata.east_asian_width(letter) in "WF":
        return 1.0
    kind = unicodedata.category(letter)
    if kind in {"Mn", "Me", "Cf"}:
        return 0.0
    if kind == "Lu":
        return 0.7
    return 0.27 if kind == "Zs" or letter in "iljtf.,;:'’|()" else 0.48


def fitted(text: str, sizes: Sequence[float], width: float) -> float:
    """The largest of `sizes` (points, descending) at which the text stands on one line of so many millimetres; for a
    longer one, that at which it stands on two, but never the largest half of them; else the smallest."""
    needed = ems(text)
    for size in sizes:
        if needed * size <= width * _POINTS:
            return size
    return next((size for size in sizes[len(sizes) // 2 :] if needed * size <= 1.9 * width * _POINTS), sizes[-1])


def lines_of(text: str, size: float, width: float) -> int:
    """On how many lines of so many millimetres it stands."""
    return math.ceil(1.04 * ems(text) * size / (width * _POINTS))


def listed(facts: Sequence[tuple[str, float]], room: Room) -> float:
    """The largest type in which the facts, each beside its name in so much of the width, fit below one another."""
    for size in _FACTS:
        lines = sum(max(1, lines_of(text, size, share * room.width)) for text, share in facts)
        if (lines * _CLOSE + len(facts) * _APART) * size + 2 * _TITLE <= room.height * _POINTS:
            return size
    return _FACTS[-1]


def fitting(about: str, parts: Sequence[Part], room: Room, more: str) -> tuple[float, tuple[Part, ...]]:
    """The largest type in which the text fits below `about`, and the text; cut at the smallest, with `more`."""
    height = room.height * _POINTS
    for size in _TEXTS:
        if _height(about, parts, size, room) <= height:
            return size, tuple(parts)
    return _TEXTS[-1], tuple(_cut(about, parts, _TEXTS[-1], room, more))


def _height(about: str, parts: Sequence[Part], size: float, room: Room) -> float:
    return _about(about, size, room) + sum(
        _TITLE + sum(_block(block, size, room) for block in part.blocks) for part in parts
    )


def _about(about: str, size: float, room: Room) -> float:
    return _block(Block("text", about), size * 1.15, room) if about else 0.0


def _block(block: Block, size: float, room: Room) -> float:
    wide = room.width * _POINTS - (size * 1.6 if block.kind == "item" else 0)
    lines = math.ceil(1.04 * ems(block.text) * size / wide)
    return (lines * _LEADING + _BETWEEN) * size


def _cut(about: str, parts: Sequence[Part], size: float, room: Room, more: str) -> Iterator[Part]:
    """Parts until the room is used up; of the last one that is begun, as much as there is room for."""
    said = Block("text", more)
    left = room.height * _POINTS - _about(about, size, room) - _block(said, size, room)
    for part in parts:
        left -= _TITLE
        kept: list[Block] = []
        for block in part.blocks:
            needed = _block(block, size, room)
            if needed > left:
                share = int(len(block.text) * (left / needed - 0.1))
                if share >= _FEWEST:
                    short = block.text[:share]
                    kept.append(Block(block.kind, (short.rpartition(" ")[0] or short) + " …", block.number))
                yield Part(part.title, (*kept, said))
                return
            kept.append(block)
            left -= needed
        yield Part(part.title, tuple(kept))
