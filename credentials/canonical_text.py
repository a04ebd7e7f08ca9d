"""The canonical N-Quads of a document, for whoever needs them and for whoever needs their hash only."""

from __future__ import annotations

import hashlib


class CanonicalText:
    """A text that is at hand. What makes texts by the thousand says less (`credentials.templates.canonical_form`)."""

    __slots__ = ("_text",)

    def __init__(self, text: bytes) -> None:
        self._text = text

    def __bytes__(self) -> bytes:
        return self._text

    def sha256(self) -> bytes:
        """The digest of the text."""
        return hashlib.sha256(self._text).digest()
