"""What PATCH makes of a resource (RFC 7644, section 3.5.2). Pure: a document and operations give a new document.

Beyond the letter, since the large directories send it: operations without a path whose members are paths; `remove`
with the values that are to go; `replace` of a value that a filter like `type eq "work"` does not find makes it. An
attribute of the standard that is not kept here is passed over.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Literal

from issuer.people.provisioning.attributes import Attribute, ResourceType
from issuer.people.provisioning.documents import distinct, written
from issuer.people.provisioning.filters import All, Comparison, Filter, Target, parse_target
from issuer.people.provisioning.matching import fits, part_of
from issuer.people.provisioning.refusals import NotProvisioned, Why

MOST_OPERATIONS = 1_000
How = Literal["add", "replace", "remove"]


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation; `path` is None where the value says itself what it is about."""

    how: How
    path: str | None
    value: Any = None


def read_operations(body: Mapping[str, Any]) -> tuple[Operation, ...]:
    """The operations of a PatchOp message. Raises NotProvisioned (invalidSyntax)."""
    members = {name.lower(): value for name, value in body.items()}
    given = members.get("operations")
    if not isinstance(given, list) or not given:
        raise NotProvisioned(Why.INVALID_SYNTAX, "A PATCH has “Operations”, a list of at least one.")
    if len(given) > MOST_OPERATIONS:
        raise NotProvisioned(Why.TOO_MANY, f"At most {MOST_OPERATIONS} operations are done at once.")
    return tuple(_operation(one) for one in given)


def _operation(given: Any) -> Operation:
    members = {name.lower(): value for name, value in given.items()} if isinstance(given, Mapping) else {}
    how, path = str(members.get("op", "")).lower(), members.get("path")
    if how not in {"add", "replace", "remove"}:
        raise NotProvisioned(Why.INVALID_SYNTAX, "An operation’s “op” is add, replace or remove.")
    if path is not None and not isinstance(path, str):
        raise NotProvisioned(Why.INVALID_PATH, "A path is a text.")
    return Operation(how, path.strip() or None if path else None, members.get("value"))  # type: ignore[arg-type]


def patched(type_: ResourceType, document: Mapping[str, Any], operations: Sequence[Operation]) -> dict[str, Any]:
    """The document after all operations, in their order. Raises NotProvisioned; then none of them counts."""
    result = deepcopy(dict(document))
    for one in operations:
        if one.path is not None:
            _apply(type_, result, one.how, one.path, one.value)
            continue
        if one.how == "remove":
            raise NotProvisioned(Why.NO_TARGET, "A “remove” needs a path.")
        if not isinstance(one.value, Mapping):
            raise NotProvisioned(Why.INVALID_VALUE, "Without a path the value must be an object.")
        for path, value in one.value.items():
            _apply_member(type_, result, one.how, path, value)
    return result


def _apply_member(type_: ResourceType, result: dict[str, Any], how: How, path: str, value: Any) -> None:
    """A member of a value without a path: what is unknown or not the client's to say is passed over."""
    extension = type_.extension(path)
    if extension is not None and isinstance(value, Mapping):
        for name, one in value.items():
            _apply_member(type_, result, how, f"{extension.urn}:{name}", one)
        return
    target = parse_target(path)
    found = type_.find(target.path.urn, target.path.name)
    if found is not None and found[1].mutability != "readOnly":
        _apply(type_, result, how, path, value)


def _apply(type_: ResourceType, result: dict[str, Any], how: How, path: str, value: Any) -> None:
    if type_.extension(path) is not None:
        _apply_extension(type_, result, how, path, value)
        return
    target = parse_target(path)
    found = type_.find(target.path.urn, target.path.name)
    if found is None:
        if target.path.name.lower() in type_.unkept:
            return
        raise NotProvisioned(Why.INVALID_PATH, f"A {type_.name} has no attribute “{target.path}”.")
    urn, attribute = found
    if attribute.mutability == "readOnly":
        raise NotProvisioned(Why.MUTABILITY, f"“{attribute.name}” cannot be changed.")
    holder = result.setdefault(urn, {}) if urn else result
    how = "remove" if value is None or value == "" else how
    if target.which is not None:
        _some(attribute, holder, how, target, value)
    elif target.path.sub is not None:
        _part(attribute, holder, how, target.path.sub, value)
    elif how == "remove":
        _remove(attribute, holder, value)
    else:
        _set(attribute, holder, how, value)
    if holder.get(attribute.name) in (None, [], {}):
        holder.pop(attribute.name, None)


def _apply_extension(type_: ResourceType, result: dict[str, Any], how: How, urn: str, value: Any) -> None:
    if how != "remove" and not isinstance(value, Mapping):
        raise NotProvisioned(Why.INVALID_VALUE, f"“{urn}” must be an object.")
    if how != "remove":
        _apply_member(type_, result, how, urn, value)
    elif (extension := type_.extension(urn)) is not None:
        result[extension.urn] = {}


def _set(attribute: Attribute, holder: dict[str, Any], how: How, value: Any) -> None:
    new, old = written(attribute, value), holder.get(attribute.name)
    if attribute.several and how == "add":
        holder[attribute.name] = _one_primary([*(old or []), *new], new)
    elif attribute.kind == "complex" and not attribute.several and old and new:
        holder[attribute.name] = {**({} if "value" in new else old), **new}
    else:
        holder[attribute.name] = _one_primary(new, new) if attribute.several else new


def _remove(attribute: Attribute, holder: dict[str, Any], value: Any) -> None:
    """All of it; or, as Entra ID and Okta ask for it, the values that are named."""
    if not attribute.several or not value:
        holder.pop(attribute.name, None)
        return
    gone = {repr(_key(one)) for one in written(attribute, value)}
    holder[attribute.name] = [one for one in holder.get(attribute.name, []) if repr(_key(one)) not in gone]


def _key(item: Any) -> Any:
    return item.get("value", item) if isinstance(item, dict) else item


def _part(attribute: Attribute, holder: dict[str, Any], how: How, name: str, value: Any) -> None:
    """A sub-attribute: of the one value, or of each of several."""
    sub = _writable(attribute, name)
    items = holder.get(attribute.name, [] if attribute.several else {})
    new = None if how == "remove" else written(sub, value)
    for item in items if attribute.several else [items]:
        _put(item, sub, new)
    if not attribute.several:
        holder[attribute.name] = items
        if "$ref" in items and sub.name == "value":
            del items["$ref"]
    elif sub.name == "value":
        holder[attribute.name] = distinct(item for item in items if "value" in item)


def _some(attribute: Attribute, holder: dict[str, Any], how: How, target: Target, value: Any) -> None:
    """Values that a filter finds, or a sub-attribute of them."""
    if not attribute.several or target.which is None:
        raise NotProvisioned(Why.INVALID_PATH, f"“{attribute.name}” has one value; there is nothing to choose from.")
    items: list[Any] = holder.get(attribute.name, [])
    try:
        chosen = [item for item in items if fits(attribute, target.which, item)]
    except NotProvisioned as error:
        raise NotProvisioned(Why.INVALID_PATH, str(error)) from None
    if how == "remove":
        holder[attribute.name] = _without(attribute, items, chosen, target.path.sub)
        return
    if not chosen:
        made = _made_of(attribute, target.which)
        items, chosen = [*items, made], [made]
    if target.path.sub is not None:
        sub = _writable(attribute, target.path.sub)
        for item in chosen:
            _put(item, sub, written(sub, value))
    else:
        new = written(attribute, value)
        for item in chosen:
            if new:
                item.update(new[0])
    if any("value" not in item for item in chosen) and attribute.sub("value") is not None:
        raise NotProvisioned(Why.NO_TARGET, f"No value of “{attribute.name}” is as the path says.")
    holder[attribute.name] = _one_primary(items, chosen)


def _without(attribute: Attribute, items: list[Any], chosen: list[Any], sub: str | None) -> list[Any]:
    if sub is None:
        return [item for item in items if not any(item is one for one in chosen)]
    for item in chosen:
        _put(item, _writable(attribute, sub), None)
    return [item for item in items if "value" in item]


def _writable(attribute: Attribute, name: str) -> Attribute:
    sub = attribute.sub(name)
    if sub is None:
        raise NotProvisioned(Why.INVALID_PATH, f"“{attribute.name}” has no part “{name}”.")
    if sub.mutability == "readOnly":
        raise NotProvisioned(Why.MUTABILITY, f"“{attribute.name}.{sub.name}” cannot be changed.")
    return sub


def _put(item: dict[str, Any], sub: Attribute, value: Any) -> None:
    if value is None:
        item.pop(sub.name, None)
    else:
        item[sub.name] = value


def _made_of(attribute: Attribute, which: Filter) -> dict[str, Any]:
    """A value that is as a filter of equalities says; otherwise there is no target."""
    parts = which.parts if isinstance(which, All) else (which,)
    made: dict[str, Any] = {}
    for one in parts:
        if not isinstance(one, Comparison) or one.operator != "eq" or one.value is None:
            raise NotProvisioned(Why.NO_TARGET, f"No value of “{attribute.name}” is as the path says.")
        sub = part_of(attribute, one.path)
        made[sub.name] = written(sub, one.value)
    return made


def _one_primary(items: list[Any], new: Sequence[Any]) -> list[Any]:
    """Each value once; if a new one is primary, the others are not any more (RFC 7644, section 3.5.2)."""
    main = next((one for one in reversed(new) if isinstance(one, dict) and one.get("primary")), None)
    if main is not None:
        for item in items:
            if item.get("primary") and item is not main:
                item["primary"] = False
    kept = distinct(items)
    if main is not None and main.get("value") is not None:  # it was there already: it becomes the main one
        for item in kept:
            if item.get("value") == main["value"]:
                item["primary"] = True
    return kept
