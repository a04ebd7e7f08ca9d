"""How this room writes names in sentences for people."""

from __future__ import annotations

from collections.abc import Sequence

from credentials.sentence import Sentence, sentence, together


def name_words(names: Sequence[str]) -> Sentence:
    """`“A”`, `“A” and “B”`, `“A”, “B” and “C”`."""
    first, last = _quoted(names)
    return sentence("{names} and {last}", names=first, last=last) if first else last


def either_of(names: Sequence[str]) -> Sentence:
    """`“A”`, `“A” or “B”`, `“A”, “B” or “C”`."""
    first, last = _quoted(names)
    return sentence("{names} or {last}", names=first, last=last) if first else last


def _quoted(names: Sequence[str]) -> tuple[Sentence, Sentence]:
    quoted = [sentence("“{name}”", name=name) for name in names]
    return together(*quoted[:-1], between=", "), quoted[-1]
