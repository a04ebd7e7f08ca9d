"""A YAML document as a validated model, or every fault in it at once, each with its line and path."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from credentials.sentence import sentence, sentence_of
from issuer.errors import Fault
from issuer.images import accepted_image
from issuer.program_yaml import Path as YamlPath
from issuer.program_yaml import YamlDocument

Model = TypeVar("Model", bound=BaseModel)

Parts = Mapping[tuple[str, ...], type[BaseModel]]
"""Which model stands at which path of a file (without positions), to name its fields where one is misspelt."""

_EXPECTED = {
    "tuple_type": sentence("this must be a list; begin each item with a hyphen, or write [a, b]"),
    "model_type": sentence("this must be fields with values; write them as name: value, indented"),
    "string_type": sentence("this must be a text; write it on one line or in quotes"),
    "bool_parsing": sentence("this must be true or false"),
    "bool_type": sentence("this must be true or false"),
    "too_short": sentence("this list is empty; give at least one"),
    "int_parsing": sentence("this must be a whole number; write it in digits"),
    "decimal_parsing": sentence("this must be a number; write it like 20 or 7.5"),
    "decimal_max_places": sentence("this number is too exact; give it at most two decimal places"),
}
_BOUNDS = {"greater_than_equal": "ge", "greater_than": "gt", "less_than_equal": "le"}


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
        Fault(
            document.where((name,)),
            sentence("there is no field of this name here"),
            _known_fields(parts, (name,), hidden),
        )
        for name in sorted(hidden & data.keys())
    ]
    if strange:
        return None, strange
    try:
        return model.model_validate(data), []
    except ValidationError as error:
        found = sorted(error.errors(), key=lambda one: document.line(tuple(one["loc"])))
        return None, [_fault(document, dict(one), parts, hidden) for one in found]


def valid_items(document: YamlDocument, name: str, model: type[Model]) -> Iterator[tuple[int, Model]]:
    """The items of a list in a document that are right by themselves, with their positions."""
    data = _without_nothing(document.data)
    items = data.get(name) if isinstance(data, dict) else None
    for index, item in enumerate(items if isinstance(items, list) else ()):
        with suppress(ValidationError):
            yield index, model.model_validate(item)


def read_image(name: str, directory: Path | None, where: str) -> tuple[str, bytes] | Fault:
    """Media type and bytes of an image that a file names, from below the file's folder; or what is wrong with it."""
    if directory is None:
        return Fault(
            where, sentence("an uploaded file cannot name image files"), sentence("apply it from its own folder")
        )
    path = (directory / name).resolve()
    if not path.is_relative_to(directory.resolve()):
        return Fault(
            where, sentence("{name} lies outside the file's folder", name=name), sentence("move it beside the file")
        )
    try:
        return accepted_image(path.read_bytes())
    except OSError as error:
        return Fault(
            where,
            sentence("{name} cannot be read: {strerror}", name=name, strerror=error.strerror),
            sentence("it is looked for in {directory}", directory=directory),
        )
    except ValueError as error:
        return Fault(
            where,
            sentence("{name} cannot be used: {error}", name=name, error=sentence_of(error)),
            sentence("use a PNG or SVG image"),
        )


def given_image(name: str, images: Mapping[str, bytes], where: str) -> tuple[str, bytes] | Fault:
    """The same of images that were handed in with a file, by name."""
    if name not in images:
        return Fault(
            where, sentence("there is no picture {name} with it", name=name), sentence("upload it, or leave image out")
        )
    try:
        return accepted_image(images[name])
    except ValueError as error:
        return Fault(
            where,
            sentence("{name} cannot be used: {error}", name=name, error=sentence_of(error)),
            sentence("use a PNG or SVG image"),
        )


def _without_nothing(value: Any) -> Any:
    """Fields left empty are fields not given."""
    if isinstance(value, dict):
        return {key: _without_nothing(member) for key, member in value.items() if member is not None}
    return [_without_nothing(item) for item in value] if isinstance(value, list) else value


def _fault(document: YamlDocument, found: dict[str, Any], parts: Parts, hidden: frozenset[str]) -> Fault:
    path: YamlPath = tuple(found["loc"])
    kind = found["type"]
    if kind == "missing":
        return Fault(
            document.where(path),
            sentence("this field is missing"),
            sentence("add {value}: with its value", value=path[-1]),
        )
    if kind == "extra_forbidden":
        known = _known_fields(parts, path, hidden)
        return Fault(document.where(path), sentence("there is no field of this name here"), known)
    where = document.where(document.written(path))
    return Fault(where, _wording(kind, found))


def _wording(kind: str, found: Mapping[str, Any]) -> str:
    """What is wrong with a value, and what would be right."""
    value = found["input"]
    if kind in {"literal_error", "enum"}:
        expected = found["ctx"]["expected"].replace(" or ", ", ")
        return sentence("{value!r} is not known here; use one of: {names}", value=value, names=expected)
    if kind in _BOUNDS:
        return _out_of_range(kind, f"{value}", f"{found['ctx'][_BOUNDS[kind]]}")
    if kind.startswith("date_"):
        return sentence("{value!r} is no day; write it like 2026-12-31", value=value)
    if kind == "value_error":
        return sentence_of(found["ctx"]["error"])
    return _EXPECTED.get(kind, str(found["msg"]))


def _out_of_range(kind: str, value: str, bound: str) -> str:
    if kind == "greater_than_equal":
        return sentence("{value} is out of range; it must be at least {bound}", value=value, bound=bound)
    if kind == "greater_than":
        return sentence("{value} is out of range; it must be more than {bound}", value=value, bound=bound)
    return sentence("{value} is out of range; it must be at most {bound}", value=value, bound=bound)


def _known_fields(parts: Parts, path: YamlPath, hidden: frozenset[str]) -> str:
    model = parts.get(tuple(step for step in path[:-1] if isinstance(step, str)), parts[()])
    fields = sorted(model.model_fields.items(), key=lambda field: not field[1].is_required())
    known = [field.alias or name for name, field in fields if name not in hidden]
    near = get_close_matches(str(path[-1]), known, n=1)
    if near:
        return sentence("did you mean {value}?", value=near[0])
    return sentence("known are: {names}", names=", ".join(known))
