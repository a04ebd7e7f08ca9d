"""A filled template: a document of which only its bytes were made."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson

from credentials.canonical_text import CanonicalText

ONLY_TEMPLATES = object()
"""What `Template.fill` shows to make one."""


class Filled:
    """The document of these values as compact JSON and as canonical N-Quads. Made by `Template.fill` and no one else.

    `json` is what `credentials.prepared.written` writes of the document, `canonical_text` what `credentials.canonical`
    makes of it, `contexts` its `@context`; `given` are the values in the order of the slots, and `written` the same as
    they stand in both texts. Nobody may change any of them.
    """

    __slots__ = ("_slots", "canonical_text", "contexts", "given", "json", "written")

    def __init__(
        self,
        json: bytes,
        canonical_text: CanonicalText,
        contexts: tuple[str, ...],
        slots: Iterable[str],
        given: tuple[str, ...],
        written: list[bytes],
        made_by: object,
    ) -> None:
        if made_by is not ONLY_TEMPLATES:
            raise TypeError("a Filled is made by credentials.templates.template.Template")
        self.json = json
        self.canonical_text = canonical_text
        self.contexts = contexts
        self.given = given
        self.written = written
        self._slots = slots

    @property
    def canonical(self) -> bytes:
        """The canonical N-Quads, put together now."""
        return bytes(self.canonical_text)

    @property
    def sha256(self) -> bytes:
        """Their digest, for which they need not be put together."""
        return self.canonical_text.sha256()

    @property
    def values(self) -> dict[str, str]:
        """What stands in the slots, by name: the caller's own."""
        return dict(zip(self._slots, self.given, strict=True))

    @property
    def document(self) -> dict[str, Any]:
        """The JSON object, read anew: the caller's own."""
        document: dict[str, Any] = orjson.loads(self.json)
        return document

    @property
    def text(self) -> str:
        """The JSON as text."""
        return self.json.decode()
