"""A JSON Schema by somebody else, asked of a credential: bounded in work, and never led to another address.

Patterns run in linear time. What a schema would look at is counted before it is used, since references to references
can ask for more than anybody has time for.
"""

from __future__ import annotations

from typing import Any, NoReturn

from credentials.sentence import sentence

MAX_SCHEMA_BYTES = 256 * 1024
_MOST_WORK = 5_000
_SCHEMA_2020 = "https://json-schema.org/draft/2020-12/schema"
_SCHEMA_2019 = "https://json-schema.org/draft/2019-09/schema"
_KNOWN = {_SCHEMA_2020: "Draft202012Validator", _SCHEMA_2019: "Draft201909Validator"}
_ELSEWHERE = ("$dynamicRef", "$recursiveRef", "$anchor", "$dynamicAnchor", "$id")


class NotUsable(Exception):  # noqa: N818
    """The schema cannot be asked here; the message is a sentence's part and says nothing against the credential."""


def fault(schema: Any, document: Any) -> str | None:
    """Where the document does not fit the schema, as a JSON Pointer and a reason; None if it fits.

    Raises `NotUsable` for a schema of another draft, with references to elsewhere or to itself, or of too much work.
    """
    if not isinstance(schema, dict | bool):
        raise NotUsable(sentence("it is no JSON Schema"))
    draft = schema.get("$schema", _SCHEMA_2020) if isinstance(schema, dict) else _SCHEMA_2020
    kind = _KNOWN.get(str(draft).rstrip("#"))
    if kind is None:
        raise NotUsable(sentence("it is written in the draft {draft}, which is not read here", draft=str(draft)[:80]))
    try:
        _Work(schema).count()
    except RecursionError:
        raise NotUsable(sentence("it asks for too much work")) from None
    try:
        import jsonschema_rs
    except ImportError:
        raise NotUsable(sentence("this installation reads no JSON Schemas")) from None
    own = {name: value for name, value in schema.items() if name != "$id"} if isinstance(schema, dict) else schema
    try:
        validator = getattr(jsonschema_rs, kind)(own, retriever=_nowhere, pattern_options=jsonschema_rs.RegexOptions())
        found = next(validator.iter_errors(document), None)
    except (jsonschema_rs.ValidationError, ValueError, RecursionError) as error:
        raise NotUsable(sentence("it is malformed")) from error
    if found is None:
        return None
    place = "".join(f"/{step}" for step in found.instance_path) or "/"
    return f"{place[:200]}: {str(found.message).splitlines()[0][:200]}"


def _nowhere(_: str) -> NoReturn:
    raise ValueError("nothing is fetched")


class _Work:
    """How many places a schema looks at, counting what a reference leads to each time."""

    def __init__(self, schema: Any) -> None:
        self._schema = schema
        self._known: dict[str, int] = {}
        self._under_way: set[str] = set()

    def count(self) -> int:
        """The number. Raises `NotUsable`."""
        return self._of(self._schema, top=True)

    def _of(self, value: Any, *, top: bool = False) -> int:
        total = 1
        if isinstance(value, dict):
            if any(name in value and not (top and name == "$id") for name in _ELSEWHERE):
                raise NotUsable(sentence("it refers to other places in ways that are not followed here"))
            if isinstance(value.get("$ref"), str):
                total += self._reference(value["$ref"])
            inner: Any = value.values()
        else:
            inner = value if isinstance(value, list) else ()
        for each in inner:
            if isinstance(each, dict | list):
                total += self._of(each)
        if total > _MOST_WORK:
            raise NotUsable(sentence("it asks for too much work"))
        return total

    def _reference(self, reference: str) -> int:
        if not reference.startswith("#/"):
            raise NotUsable(sentence("it refers to other places in ways that are not followed here"))
        if reference in self._under_way:
            raise NotUsable(sentence("it refers to itself"))
        if reference not in self._known:
            self._under_way.add(reference)
            self._known[reference] = self._of(self._target(reference))
            self._under_way.discard(reference)
        return self._known[reference]

    def _target(self, reference: str) -> Any:
        target = self._schema
        for step in reference[2:].split("/"):
            name = step.replace("~1", "/").replace("~0", "~")
            if not isinstance(target, dict) or name not in target:
                raise NotUsable(sentence("it refers to a part that it does not have"))
            target = target[name]
        return target
