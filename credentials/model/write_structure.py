"""`python -m credentials.model.write_structure`: write down how the classes are made for `credentials.model.structure`.

Read from what pydantic made of the classes, its core schemas. Whatever is met there that has no structure is an error
here, not a yes there.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Mapping
from typing import Any

from credentials.model import primitive_types, structure, vocabularies, vocabulary_types
from credentials.model.achievement_credential import AchievementCredential
from credentials.model.endorsement_credential import EndorsementCredential
from credentials.model.one_or_many import MANY, OBJECT, ONE, TEXT
from credentials.model.verifiable_credential import VerifiableCredential
from credentials.model.version_1_1 import AchievementCredential11, EndorsementCredential11, VerifiableCredential11

_ROOTS = (
    AchievementCredential,
    EndorsementCredential,
    VerifiableCredential,
    AchievementCredential11,
    EndorsementCredential11,
    VerifiableCredential11,
)


def as_json() -> dict[str, Any]:
    """For each class its properties by name, as `structure` reads them."""
    return dict(sorted(_Writer().written().items()))


class NotUnderstoodError(TypeError):
    """The model demands what `structure` cannot check yet: teach both, or leave the file as it was."""


class _Writer:
    """Collects the classes that the credentials lead to."""

    def __init__(self) -> None:
        self._classes: dict[str, Any] = {}
        self._definitions: dict[str, Any] = {}

    def written(self) -> dict[str, Any]:
        """All classes."""
        for root in _ROOTS:
            self._structure(root.__pydantic_core_schema__)
        return self._classes

    def _structure(self, schema: Any) -> list[Any]:
        kind = schema["type"]
        if kind == "definitions":
            self._definitions.update({one["ref"]: one for one in schema["definitions"]})
            return self._structure(schema["schema"])
        if kind == "definition-ref":
            return self._structure(self._definitions[schema["schema_ref"]])
        return _STRUCTURES[kind](self, schema)

    def model(self, schema: Any) -> list[Any]:
        """A class; what it holds may lead back to it."""
        name = schema["cls"].__name__
        if name not in self._classes:
            fields = schema["schema"]["fields"]
            written = self._classes[name] = {"closed": schema["config"]["extra_fields_behavior"] == "forbid"}
            by_name = {one.get("validation_alias", field): one["schema"] for field, one in fields.items()}
            written["required"] = sorted(name for name, one in by_name.items() if one["type"] != "default")
            written["shadowed"] = sorted(fields.keys() - by_name.keys())
            written["properties"] = {name: self._structure(one) for name, one in sorted(by_name.items())}
        return ["class", name]

    def default(self, schema: Any) -> list[Any]:
        """A property that may be left out."""
        return self._structure(schema["schema"])

    def text(self, schema: Any) -> list[Any]:
        """A string."""
        _only(schema, "pattern", "min_length")
        return ["text", schema.get("pattern"), schema.get("min_length", 0)]

    def truth(self, schema: Any) -> list[Any]:
        """True or false."""
        _only(schema)
        return ["truth"]

    def object(self, schema: Any) -> list[Any]:
        """An object of which nothing is known."""
        _only(schema, "keys_schema", "values_schema")
        if schema["keys_schema"]["type"] != "str" or schema["values_schema"]["type"] != "any":
            raise NotUnderstoodError(schema)
        return ["object"]

    def many(self, schema: Any) -> list[Any]:
        """An array."""
        _only(schema, "items_schema", "variadic_item_index", "min_length", "strict")
        (item,) = schema["items_schema"]
        return ["many", self._structure(item), schema.get("min_length", 0)]

    def union(self, schema: Any) -> list[Any]:
        """One of two, by the kind of the value."""
        choices = schema["choices"]
        for kind, names in (("one or many", (ONE, MANY)), ("text or object", (TEXT, OBJECT))):
            if set(choices) == set(names):
                return [kind, *(self._structure(choices[name]) for name in names)]
        raise NotUnderstoodError(choices.keys())

    def checked(self, schema: Any) -> list[Any]:
        """A value with a function that looks at it."""
        function = schema["function"]["function"]
        if function in _FUNCTIONS:
            return _FUNCTIONS[function]
        seen: Mapping[str, Any] = inspect.getclosurevars(function).nonlocals
        if "vocabulary" in seen:
            return ["term", _name_of(seen["vocabulary"]), True]
        if "names" in seen:
            return ["including", sorted(seen["names"]), self._structure(schema["schema"])]
        if "self" in seen:
            return ["is", seen["self"].name]
        raise NotUnderstoodError(function)


_FUNCTIONS: dict[object, list[Any]] = {
    primitive_types._instant: ["instant"],
    primitive_types._calendar_date: ["date"],
    primitive_types._number: ["number"],
    vocabulary_types._status: ["term", "RESULT_STATUS_TYPES", False],
}

_STRUCTURES: dict[str, Callable[[_Writer, Any], list[Any]]] = {
    "model": _Writer.model,
    "default": _Writer.default,
    "str": _Writer.text,
    "bool": _Writer.truth,
    "dict": _Writer.object,
    "tuple": _Writer.many,
    "tagged-union": _Writer.union,
    "function-after": _Writer.checked,
    "function-before": _Writer.checked,
    "function-plain": _Writer.checked,
}


def _name_of(vocabulary: frozenset[str]) -> str:
    return next(name for name, value in vars(vocabularies).items() if value is vocabulary)


def _only(schema: Mapping[str, Any], *understood: str) -> None:
    if more := schema.keys() - {"type", "metadata", "ref", *understood}:
        raise NotUnderstoodError(more)


def main() -> None:
    """Write the file."""
    structure.FILE.write_text(json.dumps(as_json(), separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
