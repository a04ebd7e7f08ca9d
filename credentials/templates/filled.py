"""A filled template: a document of which only its bytes were made."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson

ONLY_TEMPLATES = object()
"""What `Template.fill` shows to make one."""


class Filled:
    """The document of these values as compact JSON and as canonical N-Quads. Made by `Template.fill` and no one else.

    `json` is what `credentials.prepared.written` writes of the document, `canonical` what `credentials.canonical`
    makes of it, `contexts` its `@context`. Nobody may change any of them.
    """

    __slots__ = ("_given", "_slots", "canonical", "contexts", "json")

    def __init__(
        self,
        json: bytes,
        canonical: bytes,
        contexts: tuple[str, ...],
        slots: Iterable[str],
        given: tuple[str, ...],
        made_by: object,
    ) -> None:
        if made_by is not ONLY_TEMPLATES:
            raise TypeError("a Filled is made by credentials.templates.template.Template")
        self.json = json
        self.canonical = canonical
        self.contexts = contexts
        self._slots = slots
        self._given = given

    @property
    def values(self) -> dict[str, str]:
        """What stands in the slots, by name: the caller's own."""
        return dict(zip(self._slots, self._given, strict=True))

    @property
    def document(self) -> dict[str, Any]:
        """The JSON object, read anew: the caller's own."""
        document: dict[str, Any] = orjson.loads(self.json)
        return document

    @property
    def text(self) -> str:
        """The JSON as text."""
        return self.json.decode()
