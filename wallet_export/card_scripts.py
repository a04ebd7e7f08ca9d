"""In which scripts the fonts of a machine can set a name: what an operator should know before a link is shared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from wallet_export.card_fonts import Face, Fonts
from wallet_export.errors import RenderingFailed

SCRIPTS: Final[Mapping[str, str]] = {
    "Latin beyond English": "ëłşůß",
    "Greek": "Ελένη",
    "Cyrillic": "Наталія",
    "Hebrew": "תמר",
    "Arabic": "زينب",
    "Devanagari": "अनुष्का",
    "Thai": "สมชาย",
    "Chinese": "王小明",
    "Japanese": "さくら",
    "Korean": "김민준",
}
"""A word of each. What is not in it (other scripts of India, Georgian, …) the recommended fonts have as well."""

ADVICE: Final = "Install fonts that have them (Debian: fonts-noto-core and fonts-noto-cjk), and start the server anew."


def missing_scripts(fonts: Fonts) -> tuple[str, ...]:
    """Those in which names cannot be set; all of them if nothing can be drawn at all."""
    try:
        letters = fonts.letters((Face.BOLD, word) for word in SCRIPTS.values())
    except RenderingFailed:
        return tuple(SCRIPTS)
    return tuple(name for name, word in SCRIPTS.items() if not letters.has(Face.BOLD, word))
