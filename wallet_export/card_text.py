"""Text fitted into a box: words broken into lines, type made smaller, and what is too long cut. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from wallet_export.card_fonts import JOINERS, Face, Letters, clusters

ELLIPSIS = "…"
_MOST_MARKS = 3  # upon one letter: no writing has more, and heaps of them cover the lines around
_LONGEST = 300


@dataclass(frozen=True, slots=True)
class Fitted:
    """The lines, in a type of so many pixels."""

    size: int
    lines: tuple[str, ...]


def plain(text: str) -> str:
    """One line of what can be seen: no controls (none that turn the direction of what follows), no heaps of marks."""
    kept: list[str] = []
    marks = 0
    for one in unicodedata.normalize("NFC", " ".join(text.split()))[:_LONGEST]:
        kind = unicodedata.category(one)
        if kind in {"Cc", "Cs", "Co", "Cn"} or (kind == "Cf" and one not in JOINERS):
            continue
        marks = marks + 1 if kind in {"Mn", "Me"} else 0
        if marks <= _MOST_MARKS:
            kept.append(one)
    return "".join(kept).strip()


def is_right_to_left(text: str) -> bool:
    """Whether its first letter that has a direction is written so (Unicode Bidirectional Algorithm, rule P2)."""
    kinds = (unicodedata.bidirectional(one) for one in text)
    return next((kind for kind in kinds if kind in {"L", "R", "AL"}), "L") != "L"


def drawable(text: str, face: Face, letters: Letters) -> str:
    """The text as far as there are letters for it: without signs (emoji) that no font has; "" if letters are missing.

    A name with a box in place of a letter is a wrong name: better none.
    """
    missing = set(letters.without(face, text))
    if any(unicodedata.category(one)[0] in "LMN" for one in missing):
        return ""
    left = "".join(one for one in text if one not in missing and one not in JOINERS) if missing else text
    return " ".join(left.split())


def fit(text: str, face: Face, letters: Letters, *, width: float, sizes: Sequence[int], lines: int) -> Fitted:
    """The largest of `sizes` (descending) at which the text has at most so many lines; else cut at the smallest."""
    for size in sizes:
        broken = _broken(text, face, letters, width / size)
        if len(broken) <= lines:
            return Fitted(size, _balanced(text, face, letters, width / size, broken))
    size = sizes[-1]
    broken = _broken(text, face, letters, width / size)
    return Fitted(size, (*broken[: lines - 1], _cut(broken[lines - 1], face, letters, width / size)))


def _broken(text: str, face: Face, letters: Letters, most: float) -> list[str]:
    lines: list[str] = []
    line = ""
    for piece in _pieces(text, face, letters, most):
        if line and letters.width(face, line + piece.rstrip()) > most:
            lines.append(line.rstrip())
            line = piece.lstrip()
        else:
            line += piece
    return [*lines, line.rstrip()] if line.strip() else lines


def _pieces(text: str, face: Face, letters: Letters, most: float) -> Iterator[str]:
    """What stays together: words with the space after them, ideographs one by one; too long words in parts."""
    piece = ""
    for one in clusters(text):
        is_wide = unicodedata.east_asian_width(one[0]) in "WF" and unicodedata.category(one[0]) == "Lo"
        if piece and (is_wide or letters.width(face, piece + one) > most):
            yield piece
            piece = ""
        piece += one
        if one == " " or is_wide:
            yield piece
            piece = ""
    if piece:
        yield piece


def _balanced(text: str, face: Face, letters: Letters, most: float, broken: list[str]) -> tuple[str, ...]:
    """As many lines, and as evenly long as may be."""
    if len(broken) < 2:
        return tuple(broken)
    best, low, high = broken, most / 2, most
    for _ in range(7):
        middle = (low + high) / 2
        tried = _broken(text, face, letters, middle)
        if len(tried) <= len(broken):
            best, high = tried, middle
        else:
            low = middle
    return tuple(best)


def _cut(line: str, face: Face, letters: Letters, most: float) -> str:
    end = ELLIPSIS if letters.has(face, ELLIPSIS) else ""
    kept = list(clusters(line))
    while kept and letters.width(face, "".join(kept) + end) > most:
        kept.pop()
    return "".join(kept).rstrip(" ,;:-") + end
