"""A bounded memory of templates, learned from badges and looked up by the bytes of others.

What a template recognizes is the document that it makes anew of the values that it read, byte for byte, for which it is
proven that the ordinary road makes the same (`docs/adr/0015-templates.md`). Who owns a memory decides whose badges it
learns; what it holds changes the time that something takes and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from credentials.canonical import canonicalize
from credentials.haste import TakesLong
from credentials.problems import Unacceptable
from credentials.shapes.shape_of_badge import ShapeOfBadge
from credentials.templates.compiler import compile_template
from credentials.templates.refusals import NoTemplate, Unfit
from credentials.templates.template import Reading, Template

MOST_LEVELS = 256
MOST_SHAPES = 4
"""Of one level: with one result or two, with evidence or without. A template takes some 50 kB: 50 MB at the worst."""

BEFORE_LEARNING = 3
"""How many badges of a level are seen before its template is made, which takes as long as fifty of them."""

PATIENCE = 100
"""How many documents are looked at between two attempts to learn, so that learning never takes most of the time."""

_MOST_BYTES = 64 * 1024
_MOST_COUNTED = 4096
_BEFORE_LEVEL = b'"achievement":{"id":"'
_LONGEST_LEVEL = 500


class Shapes:
    """Templates by level, at most `MOST_SHAPES` for each of `MOST_LEVELS`; safe to share between threads."""

    def __init__(self) -> None:
        self._templates: dict[bytes, tuple[Template, ...]] = {}
        self._seen: dict[bytes, int] = {}
        self._looked_at = PATIENCE

    def __len__(self) -> int:
        return sum(map(len, [*self._templates.values()]))

    def read(self, json: bytes) -> Reading | None:
        """What a template reads in the bytes; None for what none of them made."""
        self._looked_at += 1
        if len(json) > _MOST_BYTES or not self._templates:
            return None
        level = _level(json)
        templates = self._templates.get(level, ())
        for template in templates:
            reading = template.read(json)
            if reading is not None:
                if template is not templates[0]:  # what is used stays in front, and what is not used is replaced first
                    self._templates[level] = (template, *(one for one in templates if one is not template))
                return reading
        return None

    def learn(self, document: Mapping[str, Any], json: bytes) -> None:
        """Take note of a badge, without its proof, that conforms and was not recognized; learn its shape if it is time.

        `json` begins with the document's compact JSON, but for its last brace.
        """
        level = _level(json)
        seen = self._seen.get(level, 0) + 1
        if len(self._seen) >= _MOST_COUNTED:
            self._seen = {}
        self._seen[level] = seen
        if seen < BEFORE_LEARNING or self._looked_at < PATIENCE or len(json) > _MOST_BYTES:
            return
        if self.read(json) is not None:
            return
        self._looked_at = 0
        template = _template_of(document, json)
        if template is None:
            return
        if level not in self._templates and len(self._templates) >= MOST_LEVELS:
            self._templates = {}
        self._templates[level] = (template, *self._templates.get(level, ())[: MOST_SHAPES - 1])


def _level(json: bytes) -> bytes:
    """What templates are looked up by: the achievement's id, if that is its first member."""
    start = json.find(_BEFORE_LEVEL) + len(_BEFORE_LEVEL)
    end = json.find(b'"', start, start + _LONGEST_LEVEL + 1)
    return json[start:end] if start >= len(_BEFORE_LEVEL) and end >= 0 else b""


def _template_of(document: Mapping[str, Any], json: bytes) -> Template | None:
    """A template that reads this very badge, and agrees with both roads to canonical form about it."""
    try:
        shape = ShapeOfBadge(document)
        template = compile_template(shape.make, shape.slots)
        reading = template.read(json)
        if reading is None or reading.filled.canonical != canonicalize(document):
            return None
        return template if template.check(reading.filled.values) else None
    except (NoTemplate, Unfit, Unacceptable, TakesLong, KeyError, TypeError):
        return None
