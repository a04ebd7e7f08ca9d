"""Resources as clients send them, brought to one form: names as the schema writes them, no more than is kept. Pure.

What clients do otherwise than the standard says is understood here, once: names in any case, `"True"` for true, texts
where an object with a `value` is meant, a reference without its value.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from issuer.people.provisioning.attributes import Attribute, ResourceType
from issuer.people.provisioning.refusals import NotProvisioned, Why

MOST_VALUES = 50_000
_LONGEST = 1_000


def canonical(type_: ResourceType, body: Mapping[str, Any]) -> dict[str, Any]:
    """What the body says of attributes that a client may set. Raises NotProvisioned (invalidValue).

    Attributes that are read-only, unknown or empty are left out (RFC 7643, section 2.5; RFC 7644, section 3.3). An
    extension that is named in `schemas` is there even if it is empty.
    """
    document: dict[str, Any] = {}
    for name, value in body.items():
        extension = type_.extension(name)
        if extension is not None:
            if not isinstance(value, Mapping):
                raise NotProvisioned(Why.INVALID_VALUE, f"“{extension.urn}” must be an object.")
            pairs = ((extension.attribute(one), item) for one, item in value.items())
            document[extension.urn] = _members((attribute, item) for attribute, item in pairs if attribute is not None)
            continue
        found = type_.find(None, name)
        if found is not None:
            document |= _members([(found[1], value)])
    for urn in _texts(body, "schemas"):
        extension = type_.extension(urn)
        if extension is not None:
            document.setdefault(extension.urn, {})
    return document


def written(attribute: Attribute, value: Any) -> Any:
    """A value in the form that is kept; None for one that says nothing. Raises NotProvisioned (invalidValue)."""
    if not attribute.several:
        if isinstance(value, list):  # Entra ID sends a manager as a list of one
            if len(value) > 1:
                raise NotProvisioned(Why.INVALID_VALUE, f"“{attribute.name}” has one value, not several.")
            value = value[0] if value else None
        return _one(attribute, value)
    items = value if isinstance(value, list) else [] if value is None else [value]
    if len(items) > MOST_VALUES:
        raise NotProvisioned(Why.TOO_MANY, f"“{attribute.name}” has more than {MOST_VALUES} values.")
    return distinct([one for item in items if (one := _one(attribute, item)) is not None])


def distinct(items: Iterable[Any]) -> list[Any]:
    """Each value once, the first of those with the same `value`; one that is primary, if there is any, alone is so."""
    by_value: dict[str, Any] = {}
    for item in items:
        key = item.get("value") if isinstance(item, dict) else None
        by_value.setdefault(repr(key) if key is not None else repr(item), item)
    return list(by_value.values())


def _members(given: Iterable[tuple[Attribute, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for attribute, value in given:
        one = written(attribute, value) if attribute.mutability != "readOnly" else None
        if one not in (None, [], {}):
            found[attribute.name] = one
    return found


def _one(attribute: Attribute, value: Any) -> Any:
    if value is None or value == "":
        return None
    if attribute.kind == "complex":
        return _complex(attribute, value)
    if attribute.kind == "boolean":
        if isinstance(value, str) and value.lower() in {"true", "false"}:
            return value.lower() == "true"
        if not isinstance(value, bool):
            raise NotProvisioned(Why.INVALID_VALUE, f"“{attribute.name}” must be true or false.")
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)  # an employee number, most of the time
    if not isinstance(value, str):
        raise NotProvisioned(Why.INVALID_VALUE, f"“{attribute.name}” must be a text.")
    if len(value) > _LONGEST:
        raise NotProvisioned(Why.INVALID_VALUE, f"“{attribute.name}” has more than {_LONGEST} characters.")
    return value.strip() or None


def _complex(attribute: Attribute, value: Any) -> dict[str, Any] | None:
    if isinstance(value, str) and attribute.sub("value") is not None:
        value = {"value": value}
    if not isinstance(value, Mapping):
        raise NotProvisioned(Why.INVALID_VALUE, f"“{attribute.name}” must be an object.")
    found = _members((sub, item) for name, item in value.items() if (sub := attribute.sub(name)) is not None)
    if "value" not in found and isinstance(found.get("$ref"), str):
        found["value"] = found["$ref"].rstrip("/").rpartition("/")[2]
    if attribute.sub("value") is not None and "value" not in found:
        return None  # nothing is left that says whom or what it is
    return found or None


def _texts(body: Mapping[str, Any], name: str) -> list[str]:
    value = next((value for key, value in body.items() if key.lower() == name), None)
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []
