"""Ways through a parsed JSON document whose form is not known to be right yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

_HOLDERS = ("issuer", "credentialSubject", "achievement", "creator", "source", "parentOrg")

# For isinstance: a dict and a list are recognized at once, while asking for a Mapping or a union takes a microsecond.
OBJECT = (dict, Mapping)
ARRAY = (list, tuple)


def child(node: Any, name: str) -> Mapping[str, Any]:
    """The object under that name, or an empty one if there is none."""
    value = node.get(name) if isinstance(node, OBJECT) else None
    return value if isinstance(value, dict) else {}


def objects(node: Any, name: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """The objects in the array under that name, with their positions."""
    value = node.get(name) if isinstance(node, OBJECT) else None
    if isinstance(value, ARRAY):
        for position, item in enumerate(value):
            if isinstance(item, dict):
                yield position, item


def objects_or_object(node: Mapping[str, Any], name: str, at: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The objects under that name, whether in an array or alone, with their pointers."""
    value = node.get(name)
    if isinstance(value, dict):
        yield f"{at}/{name}", value
    for position, item in objects(node, name):
        yield f"{at}/{name}/{position}", item


def endorsements(document: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every EndorsementCredential in a credential, its achievement and profiles, with its pointer."""
    waiting: list[tuple[str, Mapping[str, Any]]] = [("", document)]
    while waiting:
        at, node = waiting.pop()
        for name in _HOLDERS:
            if name in node and isinstance(node[name], dict):
                waiting.append((f"{at}/{name}", node[name]))
        if "endorsement" in node:
            for position, endorsement in objects(node, "endorsement"):
                place = f"{at}/endorsement/{position}"
                yield place, endorsement
                waiting.append((place, endorsement))


def everything(document: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Every member and item of the document, however deep, with its pointer."""
    waiting: list[tuple[str, Any]] = [("", document)]
    while waiting:
        at, value = waiting.pop()
        yield at, value
        if isinstance(value, dict):
            waiting.extend((f"{at}/{_escaped(str(name))}", member) for name, member in [*value.items()][::-1])
        elif isinstance(value, ARRAY):
            waiting.extend((f"{at}/{position}", value[position]) for position in reversed(range(len(value))))


def values(document: Mapping[str, Any]) -> Iterator[Any]:
    """The same members and items without their pointers, in no particular order."""
    waiting: list[Any] = [document]
    while waiting:
        value = waiting.pop()
        yield value
        if isinstance(value, dict):
            waiting.extend(value.values())
        elif isinstance(value, ARRAY):
            waiting.extend(value)


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1") if "~" in name or "/" in name else name
