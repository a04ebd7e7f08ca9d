"""JSON Pointers (RFC 6901) into a document, and the part of it that they select (VC-DI-ECDSA, section 3.4.13)."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from credentials.problems import MALFORMED_VALUE_ERROR, refuse

MAX_POINTERS = 500
_MAX_CHARACTERS = 1_000


def steps(pointer: Any) -> tuple[str, ...]:
    """The reference tokens. Raises `Unacceptable` (MALFORMED_VALUE_ERROR) for what is no pointer."""
    if not isinstance(pointer, str) or (pointer and not pointer.startswith("/")) or len(pointer) > _MAX_CHARACTERS:
        raise _no_such(pointer)
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:])


def checked(pointers: Any, document: Mapping[str, Any]) -> tuple[str, ...]:
    """The pointers, of which each leads to something. Raises `Unacceptable` otherwise."""
    if not isinstance(pointers, (list, tuple)) or len(pointers) > MAX_POINTERS:
        detail = f"Pointers come as an array of at most {MAX_POINTERS}."
        raise refuse(MALFORMED_VALUE_ERROR, "Not a list of pointers", detail)
    for pointer in pointers:
        place: Any = document
        for step in steps(pointer):
            place = _beneath(place, step, pointer)
    return tuple(pointers)


def select(document: Mapping[str, Any], pointers: Iterable[str]) -> dict[str, Any] | None:
    """What the pointers lead to, within the ids, types and contexts on the way; None without pointers.

    Arrays keep the order of what is chosen of them and lose the rest. Raises `Unacceptable` for a pointer to nothing.
    """
    wanted = [steps(pointer) for pointer in pointers]
    if not wanted:
        return None
    chosen = _chosen(document, wanted)
    return {"@context": copy.deepcopy(document["@context"]), **chosen} if "@context" in document else chosen


def _chosen(value: Any, wanted: Sequence[tuple[str, ...]]) -> Any:
    if any(not path for path in wanted) or not isinstance(value, (dict, Mapping, list)):
        if any(path for path in wanted if path and not isinstance(value, (dict, Mapping, list))):
            raise _no_such("/" + "/".join(next(path for path in wanted if path)))
        return copy.deepcopy(value)
    branches: dict[str, list[tuple[str, ...]]] = {}
    for path in wanted:
        branches.setdefault(path[0], []).append(path[1:])
    if isinstance(value, list):
        order = sorted(branches, key=lambda step: _position(step, value))
        return [_chosen(_beneath(value, step, step), branches[step]) for step in order]
    made = {name: copy.deepcopy(value[name]) for name in ("id", "type") if _always(value, name)}
    for step, rest in branches.items():
        made[step] = _chosen(_beneath(value, step, step), rest)
    return made


def _always(node: Mapping[str, Any], name: str) -> bool:
    """Ids and types come along with whatever lies beneath them, but the names of blank nodes, which are no ids."""
    return name in node and not (name == "id" and str(node[name]).startswith("_:"))


def _beneath(value: Any, step: str, pointer: str) -> Any:
    if isinstance(value, list):
        return value[_position(step, value)]
    if isinstance(value, Mapping) and step in value:
        return value[step]
    raise _no_such(pointer)


def _position(step: str, value: Sequence[Any]) -> int:
    if step.isascii() and step.isdigit() and (step == "0" or step[0] != "0") and len(step) < 6:
        position = int(step)
        if position < len(value):
            return position
    raise _no_such(step)


def _no_such(pointer: Any) -> Exception:
    detail = f"The pointer {str(pointer)[:120]!r} leads to nothing in this document."
    return refuse(MALFORMED_VALUE_ERROR, "Pointer to nothing", detail)
