"""The fonts that cards are set in: which letters they have on this machine, and how wide these are.

Cards are set in the system's fonts, whatever there is. Below them lies a floor: the font that Pillow brings along
(Aileron, CC0; the letters of ASCII and a few signs), so that a machine without fonts still sets our own words.
"""

from __future__ import annotations

import json
import tempfile
import threading
import unicodedata
import weakref
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property, lru_cache
from html import escape
from pathlib import Path
from typing import Any

from wallet_export.confined import work_confined
from wallet_export.errors import RenderingFailed

_CHILD = Path(__file__).with_name("card_child.py")
_MOST_KNOWN = 20_000  # letters whose widths are kept: more than a language has
_MOST_ASKED = 1_500  # at once
_SECONDS = 20.0
_NO_FONT_HAS_IT = "\U0010fffd"  # the last letter of private use: what is drawn for it is drawn for what is missing
_SANS = (
    "Inter, 'Noto Sans', 'Segoe UI', 'DejaVu Sans', 'Liberation Sans', 'Helvetica Neue', Roboto, Arial, "
    "'Noto Sans CJK SC', "
)
_SERIF = "'Iowan Old Style', P052, 'Palatino Linotype', 'Noto Serif', 'DejaVu Serif', 'Liberation Serif', Georgia, "
FLOOR = "Aileron"
_EAST = "'Noto Sans CJK JP', 'Noto Sans CJK SC', 'Hiragino Sans', 'Yu Gothic', 'Droid Sans Fallback'"
_FAMILIES: Mapping[str, str] = {
    "CJK": _EAST,
    "HIRAGANA": _EAST,
    "KATAKANA": _EAST,
    "HANGUL": "'Noto Sans CJK KR', 'Apple SD Gothic Neo', 'Malgun Gothic', 'Droid Sans Fallback'",
    "ARABIC": "'Noto Sans Arabic', 'Noto Kufi Arabic', 'Segoe UI', 'DejaVu Sans'",
    "EMOJI": "'Noto Color Emoji', 'Apple Color Emoji', 'Segoe UI Emoji'",
}
_BASE = frozenset({"LATIN", "GREEK", "CYRILLIC", ""})
JOINERS = frozenset("\u200c\u200d\ufe0e\ufe0f")


class Face(StrEnum):
    """The three kinds of type on a card."""

    PLAIN = "plain"
    BOLD = "bold"
    TITLE = "title"


FACES: Mapping[Face, str] = {
    Face.PLAIN: _SANS + FLOOR,
    Face.BOLD: _SANS + FLOOR,
    Face.TITLE: _SERIF + _SANS + FLOOR,
}
"""The families of the pages first, so that a card looks like them where they are installed."""


def clusters(text: str) -> Iterator[str]:
    """Letters, each with the marks that belong to it, and signs that are joined to one."""
    cluster = ""
    for one in text:
        joined = unicodedata.category(one)[0] == "M" or one in JOINERS or cluster.endswith("\u200d")
        if cluster and not joined:
            yield cluster
            cluster = ""
        cluster += one
    if cluster:
        yield cluster


@dataclass(frozen=True, slots=True)
class Run:
    """A part of a text in one script: "" for those that the fonts of a face have themselves."""

    script: str
    text: str


def runs(text: str) -> list[Run]:
    """The text in parts, each of a script that needs fonts of its own, with the spaces and signs that follow.

    Each is drawn by itself: the renderer looks for another font where the first has no letter, but gives up where the
    two join letters differently, and all that is Devanagari beside Latin would be boxes.
    """
    found: list[Run] = []
    for cluster in clusters(text):
        script = _script(cluster[0])
        if script is None and found and found[-1].script == "EMOJI" and not cluster.isspace():
            script = ""  # fonts of pictures have no other signs
        if found and script in (None, found[-1].script):
            found[-1] = Run(found[-1].script, found[-1].text + cluster)
        else:
            found.append(Run(script or "", cluster))
    return found


def style_of(face: Face, script: str) -> str:
    """The attributes of type of a `<text>`."""
    own = _FAMILIES.get(script, f"'Noto Sans {script.title()}'") + ", " if script else ""
    return f'font-family="{escape(own + FACES[face])}" font-weight="{400 if face is Face.PLAIN else 700}"'


@lru_cache(maxsize=2_000)
def _script(letter: str) -> str | None:
    """The script that needs fonts of its own, "" for those of ours; None: a sign that goes with what is before it."""
    kind = unicodedata.category(letter)
    if kind == "So" and ord(letter) >= 0x1F000:
        return "EMOJI"
    if kind[0] not in "LM":
        return None
    script = unicodedata.name(letter, "").split(" ", 1)[0]
    return "" if script in _BASE else script


@dataclass(frozen=True, slots=True)
class Letters:
    """Widths in em, by face and cluster or single letter; None: no font has it."""

    widths: Mapping[tuple[str, str], float | None]

    def has(self, face: Face, text: str) -> bool:
        """Whether every letter can be drawn."""
        return not self.without(face, text)

    def without(self, face: Face, text: str) -> str:
        """The letters that cannot be drawn."""
        return "".join(one for one in text if one not in JOINERS and self.widths.get((face, one)) is None)

    def width(self, face: Face, text: str) -> float:
        """How wide the text is, in em: piece by piece, which is a little more than what is drawn of joined scripts."""
        return sum(self.widths.get((face, one)) or 0.0 for one in clusters(text))


class Fonts:
    """The fonts of this machine. Threads may share it.

    system: False leaves the machine's own out, and the floor alone is there (for tests, and for who wants that).
    """

    def __init__(self, *, system: bool = True) -> None:
        self._system = system
        self._known: dict[tuple[str, str], float | None] = {}
        self._lock = threading.Lock()

    def letters(self, texts: Iterable[tuple[Face, str]]) -> Letters:
        """What is to be known of the letters of these texts. Raises RenderingFailed."""
        asked = dict.fromkeys((str(face), one) for face, text in texts for one in (*clusters(text), *text))
        with self._lock:
            unknown = [one for one in asked if one not in self._known][:_MOST_ASKED]
            if unknown:
                if len(self._known) > _MOST_KNOWN:
                    self._known.clear()
                    unknown = list(asked)[:_MOST_ASKED]
                self._known |= self._measured(unknown)
            return Letters({one: self._known.get(one) for one in asked})

    def _measured(self, unknown: list[tuple[str, str]]) -> dict[tuple[str, str], float | None]:
        """Drawn in the fonts of its script; a mark, by itself nothing to a font, upon the circle for any letter."""
        asked = []
        for face, one in unknown:
            on = "◌" if unicodedata.category(one[0])[0] == "M" else ""
            style = style_of(Face(face), _script(one[0]) or "")
            texts = ((on + one) * 2, on + one, on + _NO_FONT_HAS_IT)
            asked.append((style, *(("H H", "HH", _NO_FONT_HAS_IT) if one.isspace() else texts)))
        return dict(zip(unknown, json.loads(self.ask({"letters": asked})), strict=True))

    def draw(self, svg: str) -> bytes:
        """An SVG of our own as a PNG, in its own size. Raises RenderingFailed."""
        return self.ask({"svg": svg})

    def ask(self, request: Mapping[str, Any]) -> bytes:
        """What the confined process answers. Raises RenderingFailed."""
        given = {**request, "alone": not self._system, "fonts": [self._floor] if self._floor else []}
        ended = work_confined(_CHILD, json.dumps(given).encode("ascii"), seconds=_SECONDS)
        if ended is None:
            raise RenderingFailed(f"Drawing a card took longer than {_SECONDS:g} seconds and was stopped.")
        if ended.code != 0:
            raise RenderingFailed(f"A card could not be drawn: {ended.said[-300:] or 'for lack of memory or time'}")
        return ended.out

    @cached_property
    def _floor(self) -> str | None:
        """The font that Pillow carries inside its code, as a file: the renderer reads files only. None: it has none."""
        from PIL import ImageFont  # it takes a while, and most commands draw nothing

        font = ImageFont.load_default(20)
        if not isinstance(font, ImageFont.FreeTypeFont):
            return None  # a Pillow that was built without FreeType
        with tempfile.NamedTemporaryFile(prefix="guildmark-", suffix=".ttf", delete=False) as file:
            file.write(font.font_bytes)
        weakref.finalize(self, Path(file.name).unlink, missing_ok=True)
        return file.name
