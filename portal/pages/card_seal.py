"""The seal of a status as a card draws it: the shapes of the pages, in the colours of their light style sheet."""

from __future__ import annotations

from typing import Final

from portal.language.language import Language
from portal.pages.rendering import seal_shape
from portal.pages.status_view import StatusView
from wallet_export.card import Seal

TONES: Final = {
    "valid": ("#0b6b40", "#e6f4ec"),
    "expired": ("#855000", "#fbf1dd"),
    "suspended": ("#6b3fa0", "#f2ebfb"),
    "revoked": ("#a81e2b", "#fcebec"),
    "invalid": ("#a81e2b", "#fcebec"),
    "not-yet-valid": ("#1d5c8f", "#e6f1fa"),
    "unchecked": ("#4b5467", "#eceff4"),
}
"""Of the type and of the ground below it: those of tokens.css."""


def seal_of(status: StatusView, language: Language) -> Seal:
    """The seal, with its words in a language."""
    tone, tint = TONES[status.kind]
    return Seal(
        tone=tone,
        tint=tint,
        shape=_style(tone) + seal_shape(status.kind),
        word=language.say(status.word),
        line=language.say(status.line),
        is_good=status.kind == "valid",
    )


def _style(tone: str) -> str:
    """What page.css says of a seal."""
    line = f"stroke:{tone};stroke-width:5;stroke-linecap:round;stroke-linejoin:round"
    return (
        f"<style>.seal-body{{fill:{tone}}}.seal-ring{{fill:none;stroke:#fff;stroke-opacity:.45;stroke-width:1.25}}"
        ".seal-sign{fill:none;stroke:#fff;stroke-width:5.5;stroke-linecap:round;stroke-linejoin:round}"
        f".seal-hollow{{fill:#fff;{line}}}.seal-line{{fill:none;{line}}}"
        f".seal-ticks{{fill:none;stroke:{tone};stroke-width:2.5;stroke-dasharray:1.2 9.8}}"
        ".seal-dashed{stroke-dasharray:9.2 7.8}</style>"
    )
