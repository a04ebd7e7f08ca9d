"""What issuing asks of every single value, asked of the JSON text as a whole.

Each rule for values (`serialization.compacted_type`, `serialization.empty_value`, `issuing_rules.plain_value`) leaves a
trace in a document's compact JSON, or among its values that are no texts. Where there is no trace there is nothing to
find; where there is one, the rules themselves have to look.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from credentials.model.serialization import CLASSES_WITH_TYPE_ARRAYS

_COMPACTED_TYPE = re.compile(
    rb'"type":"(?:%s)"' % b"|".join(name.encode() for name in sorted(CLASSES_WITH_TYPE_ARRAYS))
)
_ORDINARY = bytes(range(0x20, 0x7F))
_C1_CONTROL = re.compile(rb"\xc2[\x80-\x9f]")
# An escape of anything but a quotation mark, a backslash or a line break; within `\\\\t` it sees one that is none.
_ESCAPE_OF_A_CONTROL = re.compile(rb'\\[^"\\nr]')
_EXTENSION = b'"ext:'
_EXTENSION_TERM = re.compile(rb'"ext:[A-Za-z0-9._-]+"')


def is_plain(document: Mapping[str, Any], json: bytes, *, has_only_texts: bool = False) -> bool:
    """Whether none of the rules can find anything in the document, whose compact JSON this is; False if in doubt.

    `has_only_texts`: there are no numbers, nulls and empty arrays in it, as the caller knows. The JSON is as orjson
    writes it: control characters below U+0020 escaped, all others raw in UTF-8.
    """
    unusual = json.translate(None, _ORDINARY)
    if unusual and (b"\x7f" in unusual or _C1_CONTROL.search(json)):
        return False
    if (b"\\" in json and _ESCAPE_OF_A_CONTROL.search(json)) or _COMPACTED_TYPE.search(json):
        return False
    if _EXTENSION in json and json.count(_EXTENSION) != len(_EXTENSION_TERM.findall(json)):
        return False
    return has_only_texts or _all_texts(document)


def _all_texts(document: Mapping[str, Any]) -> bool:
    """Whether there are no numbers, nulls and empty arrays in it."""
    waiting: list[Any] = [document]
    for holder in waiting:
        for value in holder.values() if holder.__class__ is dict else holder:
            kind = value.__class__
            if kind is str or kind is bool:
                continue
            if kind is dict or (kind is list and value):
                waiting.append(value)
            else:
                return False
    return True
