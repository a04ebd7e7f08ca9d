"""The picture that a shared link shows: 1200 by 630 pixels, the size that all who unfold links agree on.

What a card says is given as words and pictures; here they are laid out. Pure, but for the fonts that it is told of.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from wallet_export.card_fonts import Face, Fonts, Letters, runs, style_of
from wallet_export.card_text import Fitted, drawable, fit, is_right_to_left, plain

WIDTH, HEIGHT = 1200, 630
_LEFT, _RIGHT = 496, 1136  # of the text
_WIDE = _RIGHT - _LEFT
_INK, _SOFT, _LINE, _ACCENT = "#12161f", "#4b5467", "#dde1e9", "#2340a8"
_LEADING = {Face.TITLE: 1.14, Face.BOLD: 1.18, Face.PLAIN: 1.4}
_MIDDLE = (223, 279)  # of the badges
_PLACES = {  # the middle of each badge from there, and its size, by how many there are
    1: ((0, 0, 328),),
    2: ((-62, -56, 206), (62, 56, 206)),
    3: ((0, -92, 172), (-88, 66, 172), (88, 66, 172)),
    4: ((-82, -82, 156), (82, -82, 156), (-82, 82, 156), (82, 82, 156)),
}


@dataclass(frozen=True, slots=True)
class Seal:
    """How it stands: in colour (of type, and of the ground below it), shape (SVG in a box of 64 by 64) and words.

    is_good: whether the badge shows in its full colours.
    """

    tone: str
    tint: str
    shape: str
    word: str
    line: str
    is_good: bool


@dataclass(frozen=True, slots=True)
class Card:
    """What a card says. `…_else` is said where no font has the letters of the other; everything may be "" but `title`.

    pictures: PNGs, one to four; none: the seal stands in their place, large.
    """

    title: str
    title_else: str
    eyebrow: str = ""
    about: str = ""
    person_label: str = ""
    person: str = ""
    person_else: str = ""
    issuer: str = ""
    domain: str = ""
    foot: str = ""
    seal: Seal | None = None
    pictures: tuple[bytes, ...] = ()


def card_png(card: Card, fonts: Fonts) -> bytes:
    """The card as a PNG. Raises RenderingFailed."""
    said = list(_texts(card))
    return fonts.draw(card_svg(card, fonts.letters([*said, *((face, "… ·") for face in Face)])))


def _texts(card: Card) -> Iterator[tuple[Face, str]]:
    seal = card.seal
    for face, text in (
        (Face.TITLE, card.title),
        (Face.TITLE, card.title_else),
        (Face.BOLD, card.eyebrow),
        (Face.PLAIN, card.about),
        (Face.PLAIN, card.person_label),
        (Face.BOLD, card.person),
        (Face.PLAIN, card.person_else),
        (Face.BOLD, card.issuer),
        (Face.PLAIN, card.domain),
        (Face.PLAIN, card.foot),
        (Face.BOLD, seal.word if seal else ""),
        (Face.PLAIN, seal.line if seal else ""),
    ):
        yield face, plain(text)


def card_svg(card: Card, letters: Letters) -> str:
    """The card as SVG, its text as text."""
    tone = card.seal.tone if card.seal else _ACCENT
    tint = card.seal.tint if card.seal else "#e9edf9"
    parts = [
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        f'<rect width="432" height="{HEIGHT}" fill="{tint}"/>',
        f'<rect width="14" height="{HEIGHT}" fill="{tone}"/>',
        *_left(card, tone),
        *_right(card, letters),
        *_foot(card, letters),
    ]
    namespaces = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
    return f'<svg {namespaces} width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}">{"".join(parts)}</svg>'


def _left(card: Card, tone: str) -> Iterator[str]:
    """The badge, or the badges; the small seal on them if it does not stand well; without a badge, the large seal."""
    if not card.pictures:
        if card.seal is not None:
            yield _seal(card.seal, 103, 185, 240)
        return
    x, y = _MIDDLE
    yield f'<circle cx="{x}" cy="{y}" r="196" fill="#ffffff" fill-opacity=".65" stroke="{tone}" stroke-opacity=".18"/>'
    shown = card.pictures[: max(_PLACES)]
    fades = ' opacity=".38"' if card.seal is not None and not card.seal.is_good else ""
    for png, (across, down, size) in zip(shown, _PLACES[len(shown)], strict=True):
        place = f'x="{x + across - size // 2}" y="{y + down - size // 2}" width="{size}" height="{size}"{fades}'
        yield f'<image {place} xlink:href="data:image/png;base64,{base64.b64encode(png).decode("ascii")}"/>'
    if card.seal is not None:
        yield '<circle cx="346" cy="414" r="58" fill="#ffffff"/>'
        yield _seal(card.seal, 298, 366, 96)


def _seal(seal: Seal, x: int, y: int, size: int) -> str:
    return f'<g transform="translate({x} {y}) scale({size / 64:g})">{seal.shape}</g>'


@dataclass(frozen=True, slots=True)
class _Block:
    """Lines of one kind, and how far it is to what follows."""

    face: Face
    fitted: Fitted
    colour: str
    after: float

    @property
    def height(self) -> float:
        return len(self.fitted.lines) * self.fitted.size * _LEADING[self.face] + self.after


def _right(card: Card, letters: Letters) -> Iterator[str]:
    """Status, then what it is, then whose; in the middle of the height that is left."""
    top = 56.0
    if card.seal is not None:
        yield _status(card.seal, letters)
        top = 152.0
    blocks = list(_blocks(card, letters))
    top += max(18.0, (526 - top - sum(block.height for block in blocks)) / 2)
    for block in blocks:
        for line in block.fitted.lines:
            top += block.fitted.size * _LEADING[block.face]
            baseline = top - block.fitted.size * 0.28
            yield _text(line, block.face, block.fitted.size, _LEFT, baseline, block.colour, letters)
        top += block.after


def _blocks(card: Card, letters: Letters) -> Iterator[_Block]:
    def fitted(text: str, face: Face, sizes: tuple[int, ...], lines: int) -> Fitted:
        return fit(text, face, letters, width=_WIDE, sizes=sizes, lines=lines)

    def said(text: str, face: Face) -> str:
        return drawable(plain(text), face, letters)

    person, person_else = said(card.person, Face.BOLD), said(card.person_else, Face.PLAIN)
    if eyebrow := said(card.eyebrow, Face.BOLD):
        yield _Block(Face.BOLD, fitted(eyebrow, Face.BOLD, (26, 23), 1), _ACCENT, 12)
    if title := said(card.title, Face.TITLE) or said(card.title_else, Face.TITLE):
        lines = 2 if card.seal is not None else 3
        yield _Block(Face.TITLE, fitted(title, Face.TITLE, (64, 58, 52, 46, 40), lines), _INK, 22)
    if about := said(card.about, Face.PLAIN):
        yield _Block(Face.PLAIN, fitted(about, Face.PLAIN, (28, 26), 4), _SOFT, 0)
    if not person:
        if person_else:
            yield _Block(Face.PLAIN, fitted(person_else, Face.PLAIN, (28, 26, 24), 2), _SOFT, 0)
        return
    if label := said(card.person_label, Face.PLAIN):
        yield _Block(Face.PLAIN, Fitted(24, (label,)), _SOFT, 4)
    yield _Block(Face.BOLD, fitted(person, Face.BOLD, (42, 38, 34, 30), 2), _INK, 0)


def _status(seal: Seal, letters: Letters) -> str:
    """A ribbon with the seal, the word and the line beside it."""
    word, line = plain(seal.word), plain(seal.line)
    size = next((one for one in (36, 32, 28) if _ribbon(letters, word, line, one) <= _WIDE), 24)
    wide = min(_WIDE, _ribbon(letters, word, line, size))
    start = _LEFT + 82
    drawn = [
        f'<rect x="{_LEFT}" y="56" width="{wide:.0f}" height="80" rx="40" fill="{seal.tint}"/>',
        _seal(seal, _LEFT + 14, 68, 56),
        _text(word, Face.BOLD, size, start, 96 + size * 0.35, seal.tone, letters),
    ]
    if line:
        after = start + letters.width(Face.BOLD, word) * size + size * 0.3
        drawn.append(_text(line, Face.PLAIN, size, after, 96 + size * 0.35, seal.tone, letters))
    return "".join(drawn)


def _ribbon(letters: Letters, word: str, line: str, size: float) -> float:
    """How wide it is: the seal, the words, and the round ends."""
    words = letters.width(Face.BOLD, word) + (0.3 + letters.width(Face.PLAIN, line) if line else 0.0)
    return 82 + words * size + 36


def _foot(card: Card, letters: Letters) -> Iterator[str]:
    """Who issued it, with the domain that proves it; and of which day the status is."""
    yield f'<rect x="{_LEFT}" y="540" width="{_WIDE}" height="2" fill="{_LINE}"/>'
    issuer = drawable(plain(card.issuer), Face.BOLD, letters)
    domain = drawable(plain(card.domain), Face.PLAIN, letters)
    foot = drawable(plain(card.foot), Face.PLAIN, letters)
    first, second = (issuer, domain) if issuer else (domain, "")
    room = _WIDE - (letters.width(Face.PLAIN, foot) * 22 + 32 if foot else 0)
    if first:
        fitted = fit(first, Face.BOLD, letters, width=room if not second else _WIDE, sizes=(28, 26, 24), lines=1)
        yield _text(fitted.lines[0], Face.BOLD, fitted.size, _LEFT, 578 if second else 590, _INK, letters)
    if second:
        fitted = fit(second, Face.PLAIN, letters, width=room, sizes=(22, 20), lines=1)
        yield _text(fitted.lines[0], Face.PLAIN, fitted.size, _LEFT, 608, _SOFT, letters)
    if foot:
        yield _text(foot, Face.PLAIN, 22, _RIGHT, 608 if second else 590, _SOFT, letters, end=True)


def _text(
    text: str, face: Face, size: float, x: float, y: float, colour: str, letters: Letters, *, end: bool = False
) -> str:
    """One line; in several scripts, run by run, in the order in which they are read."""
    parts = runs(text)
    if is_right_to_left(text):
        parts.reverse()
    if end:
        x -= letters.width(face, text) * size
    drawn = []
    for part in parts:
        drawn.append(
            f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size:g}" fill="{colour}" xml:space="preserve" '
            f"{style_of(face, part.script)}>{escape(part.text)}</text>"
        )
        x += letters.width(face, part.text) * size
    return "".join(drawn)
