"""Reading a document that may have any shape: a page shows what is there and never fails for what is not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

LONGEST_LINE = 300  # characters of a name or title that a page shows
MOST_ITEMS = 50  # entries of a list that a page shows


def text(holder: Mapping[str, Any], *names: str) -> str:
    """The first of the members `names` that holds words, trimmed and cut to one line's length; else ""."""
    for name in names:
        value = holder.get(name)
        if isinstance(value, str) and value.strip():
            line = " ".join(value.split())
            return line if len(line) <= LONGEST_LINE else line[: LONGEST_LINE - 1] + "…"
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return str(value)
    return ""


def prose(holder: Mapping[str, Any], name: str) -> str:
    """The member `name` as it was written, or ""."""
    value = holder.get(name)
    return value if isinstance(value, str) else ""


def mapping(holder: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """The member `name` if it is an object, or the first object of a list; else an empty one."""
    found = mappings(holder, name)
    return found[0] if found else {}


def mappings(holder: Mapping[str, Any], name: str) -> tuple[Mapping[str, Any], ...]:
    """The objects under `name`, which may be one or a list of them, at most MOST_ITEMS."""
    value = holder.get(name)
    values = value if isinstance(value, list) else [value]
    return tuple(item for item in values if isinstance(item, Mapping))[:MOST_ITEMS]


def identifier(value: object) -> str:
    """The identifier in a member that may be a URI or an object with an `id`."""
    if isinstance(value, Mapping):
        value = value.get("id")
    return value if isinstance(value, str) else ""
