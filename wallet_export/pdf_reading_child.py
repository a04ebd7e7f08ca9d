"""The process that opens a PDF: the file on standard input, its attachments as JSON on standard output.

Run as a script by `pdf_reading`, confined, never imported. It needs nothing of this package.
"""

from __future__ import annotations

import base64
import json
import logging
import sys
from collections.abc import Iterator
from io import BytesIO
from typing import Any

from pypdf import PdfReader
from pypdf.errors import LimitReachedError, PyPdfError
from pypdf.generic import DictionaryObject, StreamObject

MOST_PAGES = 300
MOST_FILES = 16
MOST_BYTES = 12 * 1024 * 1024
DEEPEST = 8  # of the tree of names; each step halves it at least

# What pypdf raises for a file that is damaged, or made to be.
DAMAGED = (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError, OSError)


class TooMuch(Exception):  # noqa: N818
    """More than a certificate has."""


def main() -> int:
    """0 and the files; 3 damaged, 4 encrypted, 5 too much."""
    logging.disable()
    try:
        reader = PdfReader(BytesIO(sys.stdin.buffer.read()), strict=False)
        if reader.is_encrypted:
            return 4
        files = list(attached(reader))
    except (TooMuch, LimitReachedError):
        return 5
    except DAMAGED:
        return 3
    json.dump(files, sys.stdout)
    return 0


def attached(reader: PdfReader) -> Iterator[dict[str, str]]:
    """Name and content of every file: of the document's tree of names, its associated files, its pages' notes."""
    root = reader.root_object
    seen: set[bytes] = set()
    left = MOST_BYTES
    for number, specification in enumerate(specifications(root, reader)):
        if number == MOST_FILES:
            raise TooMuch
        body = content(specification)
        if body is None or body in seen:
            continue
        seen.add(body)
        left -= len(body)
        if left < 0:
            raise TooMuch
        name = specification.get("/UF", specification.get("/F", ""))
        yield {"name": str(name)[:200], "body": base64.b64encode(body).decode("ascii")}


def specifications(root: DictionaryObject, reader: PdfReader) -> Iterator[DictionaryObject]:
    """Every file specification (ISO 32000-2, 7.11.3)."""
    names = held(root, "/Names")
    if names is not None:
        yield from in_tree(held(names, "/EmbeddedFiles"), 0)
    yield from dictionaries(root.get("/AF"))
    for number, page in enumerate(reader.pages):
        if number == MOST_PAGES:
            return
        for note in dictionaries(page.get("/Annots")):
            specification = held(note, "/FS")
            if note.get("/Subtype") == "/FileAttachment" and specification is not None:
                yield specification


def in_tree(node: DictionaryObject | None, depth: int) -> Iterator[DictionaryObject]:
    """The values of a tree of names (ISO 32000-2, 7.9.6)."""
    if node is None or depth > DEEPEST:
        return
    yield from dictionaries(node.get("/Names"))
    for kid in dictionaries(node.get("/Kids")):
        yield from in_tree(kid, depth + 1)


def content(specification: DictionaryObject) -> bytes | None:
    """The file itself, decompressed within pypdf's own bounds."""
    files = held(specification, "/EF")
    stream = (held(files, "/UF") or held(files, "/F")) if files is not None else None
    return bytes(stream.get_data()) if isinstance(stream, StreamObject) else None


def held(holder: DictionaryObject, name: str) -> DictionaryObject | None:
    """The dictionary under a name, wherever in the file it lies."""
    value: Any = holder.get(name)
    value = value.get_object() if value is not None else None
    return value if isinstance(value, DictionaryObject) else None


def dictionaries(value: Any) -> Iterator[DictionaryObject]:
    """The dictionaries in an array; what else is in it is passed over."""
    values = value.get_object() if value is not None else []
    for item in values if isinstance(values, list) else []:
        found = item.get_object()
        if isinstance(found, DictionaryObject):
            yield found


if __name__ == "__main__":
    sys.exit(main())
