"""Texts with holes: what of a text is always the same, and which values stand between."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any, NamedTuple

Fragments = tuple[str | int, ...]
"""A text: what is always the same, then the number of a value, and so on in turn; it begins and ends with text."""


class Splitter:
    """Cuts a text at the marks of the slots, which are numbered in the order of the mapping."""

    def __init__(self, marks: Iterable[str]) -> None:
        self._numbers = {mark: number for number, mark in enumerate(marks)}
        self._at_marks = re.compile(f"({'|'.join(map(re.escape, self._numbers))})")

    def split(self, text: str) -> Fragments:
        """The text as fragments; a text without marks is one fragment."""
        parts = self._at_marks.split(text)
        return tuple(self._numbers[part] if place % 2 else part for place, part in enumerate(parts))


def holes(fragments: Fragments) -> frozenset[int]:
    """The numbers of the values that stand in the text."""
    return frozenset(part for part in fragments if isinstance(part, int))


def joined(texts: Iterable[Fragments]) -> Fragments:
    """The texts one after the other."""
    made: list[str | int] = [""]
    for fragments in texts:
        made[-1] = f"{made[-1]}{fragments[0]}"
        made += fragments[1:]
    return tuple(made)


def renumbered(fragments: Fragments, numbers: Mapping[int, int]) -> Fragments:
    """The text with other numbers for some of its values."""
    return tuple(numbers.get(part, part) if isinstance(part, int) else part for part in fragments)


def with_texts(fragments: Fragments, texts: Mapping[int, Fragments]) -> Fragments:
    """The text with texts, which may have holes, in the place of these values."""
    return joined((part,) if isinstance(part, str) else texts.get(part, ("", part, "")) for part in fragments)


def text_with(fragments: Fragments) -> Callable[[Sequence[str]], str]:
    """What makes the text of values."""
    if len(fragments) == 1:
        return lambda _: str(fragments[0])
    if fragments[0] == fragments[-1] == "" and len(fragments) == 3:
        return itemgetter(fragments[1])
    return lambda values: "".join([values[part] if isinstance(part, int) else part for part in fragments])


class Form(NamedTuple):
    """A text in UTF-8 that is filled over and over: `text % pick(values)`. Safe to share between threads."""

    text: bytes
    pick: Callable[[Sequence[bytes]], tuple[bytes, ...]]


def form(fragments: Fragments) -> Form:
    """The form of a text."""
    texts = [part.replace("%", "%%") if isinstance(part, str) else "%b" for part in fragments]
    return Form("".join(texts).encode(), picker([part for part in fragments if isinstance(part, int)]))


def picker(keys: Sequence[Any]) -> Callable[[Any], tuple[Any, ...]]:
    """The values under the keys, as a tuple however many they are; `itemgetter` makes none of one or of none."""
    if not keys:
        return lambda _: ()
    if len(keys) == 1:
        return lambda values, key=keys[0]: (values[key],)  # type: ignore[misc]
    return itemgetter(*keys)
