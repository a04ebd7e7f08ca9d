"""A YAML document as a validated model, or every fault in it at once, each with its line and path."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from issuer.errors import Fault
from issuer.images import accepted_image
from issuer.program_yaml import Path as YamlPath
from issuer.program_yaml import YamlDocument

Model = TypeVar("Model", bound=BaseModel)

Parts = Mapping[tuple[str, ...], type[BaseModel]]
"""Which model stands at which path of a file (without positions), to name its fields where one is misspelt."""

_EXPECTED = {
    "tuple_type": ("this must be a list", "begin each item with a hyphen, or write [a, b]"),
    "model_type": ("this must be fields with values", "write them as name: value, indented"),
    "string_type": ("this must be a text", "write it on one line or in quotes"),
    "bool_parsing": ("this must be true or false", ""),
    "bool_type": ("this must be true or false", ""),
    "too_short": ("this list is empty", "give at least one"),
}


def read_model(
    document: YamlDocument, model: type[Model], parts: Parts, *, hidden: frozenset[str], otherwise: Fault
) -> tuple[Model | None, list[Fault]]:
    """The model of the document's data, or None and the faults in the order of their lines.

    `parts` names the model at each path, `()` among them. `hidden` are fields of the model that the file cannot
    have. `otherwise` is the fault of a document that holds no fields at all.
    """
    data = _without_nothing(document.data)
    if not isinstance(data, dict):
        return None, [otherwise]
    strange = [
        Fault(document.where((name,)), "there is no field of this name here", _known_fields(parts, (name,), hidden))
        for name in sorted(hidden & data.keys())
    ]
    if strange:
        return None, strange
    try:
        return model.model_validate(data), []
    except ValidationError as error:
        found = sorted(error.errors(), key=lambda one: document.line(tuple(one["loc"])))
        return None, [_fault(document, dict(one), parts, hidden) for one in found]


def read_image(name: str, directory: Path | None, where: str) -> tuple[str, bytes] | Fault:
    """Media type and bytes of an image that a file names, from below the file's folder; or what is wrong with it."""
    if directory is None:
        return Fault(where, "an uploaded file cannot name image files", "apply it from its own folder")
    path = (directory / name).resolve()
    if not path.is_relative_to(directory.resolve()):
        return Fault(where, f"{name} lies outside the file's folder", "move it beside the file")
    try:
        return accepted_image(path.read_bytes())
    except OSError as error:
        return Fault(where, f"{name} cannot be read: {error.strerror}", f"it is looked for in {directory}")
    except ValueError as error:
        return Fault(where, f"{name} cannot be used: {error}", "use a PNG or SVG image")


def _without_nothing(value: Any) -> Any:
    """Fields left empty are fields not given."""
    if isinstance(value, dict):
        return {key: _without_nothing(member) for key, member in value.items() if member is not None}
    return [_without_nothing(item) for item in value] if isinstance(value, list) else value


def _fault(document: YamlDocument, found: dict[str, Any], parts: Parts, hidden: frozenset[str]) -> Fault:
    path: YamlPath = tuple(found["loc"])
    where = document.where(path)
    kind = found["type"]
    if kind == "missing":
        return Fault(where, "this field is missing", f"add {path[-1]}: with its value")
    if kind == "extra_forbidden":
        return Fault(where, "there is no field of this name here", _known_fields(parts, path, hidden))
    if kind == "literal_error":
        return Fault(where, f"{found['input']!r} is not known here", f"use {found['ctx']['expected']}")
    if kind == "value_error":
        what, _, right = str(found["ctx"]["error"]).partition("; ")
        return Fault(where, what, right)
    what, right = _EXPECTED.get(kind, (str(found["msg"]), ""))
    return Fault(where, what, right)


def _known_fields(parts: Parts, path: YamlPath, hidden: frozenset[str]) -> str:
    model = parts.get(tuple(step for step in path[:-1] if isinstance(step, str)), parts[()])
    known = [name for name in model.model_fields if name not in hidden]
    near = get_close_matches(str(path[-1]), known, n=1)
    return f"did you mean {near[0]}?" if near else f"known are: {', '.join(known)}"
