"""Whether a resource is so as a filter says (RFC 7644, section 3.4.2.2), and whether a filter can be asked. Pure.

`ne` is the opposite of `eq`, for an attribute that is not there and for several values too. Texts are compared
without regard to case unless the attribute is exact.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from credentials.instants import parse_instant
from issuer.people.provisioning.attributes import Attribute, ResourceType
from issuer.people.provisioning.filters import All, AnyOf, Comparison, Filter, Not, Path, Present, Some
from issuer.people.provisioning.refusals import NotProvisioned, Why
from issuer.text_search import folded

_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}
_PART: dict[str, Callable[[str, str], bool]] = {"co": operator.contains, "sw": str.startswith, "ew": str.endswith}


@dataclass(frozen=True, slots=True)
class Found:
    """What a path of a filter is about: the attribute, its extension's URN, and the sub-attribute that is compared."""

    urn: str | None
    attribute: Attribute
    sub: Attribute | None

    @property
    def compared(self) -> Attribute:
        """Whose values are compared."""
        return self.sub or self.attribute


def resolve(type_: ResourceType, path: Path, *, comparing: bool = True) -> Found:
    """What the path is about; `emails` compares `emails.value`. Raises NotProvisioned (invalidFilter)."""
    found = type_.find(path.urn, path.name)
    if found is None:
        raise NotProvisioned(Why.INVALID_FILTER, f"A {type_.name} has no attribute “{path}” that can be asked for.")
    urn, attribute = found
    sub = attribute.sub(path.sub) if path.sub else None
    if path.sub and sub is None:
        raise NotProvisioned(Why.INVALID_FILTER, f"“{attribute.name}” has no part “{path.sub}”.")
    if comparing and sub is None and attribute.kind == "complex":
        sub = attribute.sub("value")
        if sub is None:
            raise NotProvisioned(Why.INVALID_FILTER, f"“{attribute.name}” has parts; say which one is compared.")
    return Found(urn, attribute, sub)


def operand(attribute: Attribute, comparison: Comparison) -> Any:
    """The value as it is compared: text, truth, instant, or None. Raises NotProvisioned (invalidFilter)."""
    value, how = comparison.value, comparison.operator
    if value is None:
        if how not in {"eq", "ne"}:
            raise _unfit(comparison, "nothing is greater or less than null")
        return None
    if attribute.kind == "boolean":
        return _truth(comparison)
    if not isinstance(value, str):
        raise _unfit(comparison, "it is a text; write it in double quotes")
    if attribute.kind == "dateTime":
        if how in _PART:
            raise _unfit(comparison, "an instant has no parts")
        try:
            return parse_instant(value)
        except ValueError as error:
            raise _unfit(comparison, str(error)) from None
    return value if attribute.exact else folded(value)


def _truth(comparison: Comparison) -> bool:
    if comparison.operator not in {"eq", "ne"}:
        raise _unfit(comparison, "true and false are only equal or not")
    known = {"true": True, "false": False}  # as a text too: directories send it so
    found = known.get(str(comparison.value).lower())
    if found is None:
        raise _unfit(comparison, "it is true or false")
    return found


def _unfit(comparison: Comparison, why: str) -> NotProvisioned:
    return NotProvisioned(Why.INVALID_FILTER, f"“{comparison.path} {comparison.operator} …” cannot be compared: {why}.")


def matches(type_: ResourceType, wanted: Filter, document: Mapping[str, Any]) -> bool:
    """Whether the resource is so. Raises NotProvisioned (invalidFilter)."""
    match wanted:
        case All(parts):
            return all(matches(type_, one, document) for one in parts)
        case AnyOf(parts):
            return any(matches(type_, one, document) for one in parts)
        case Not(part):
            return not matches(type_, part, document)
        case Present(path):
            found = resolve(type_, path, comparing=False)
            return any(_present(one) for one in _values(found, document))
        case Comparison(path):
            found = resolve(type_, path)
            return _compared(found.compared, wanted, _values(found, document))
        case Some(path, which):
            found = resolve(type_, path, comparing=False)
            return any(fits(found.attribute, which, item) for item in _items(found, document))


def fits(attribute: Attribute, which: Filter, item: Any) -> bool:
    """Whether one value of an attribute is as the filter in brackets says. Raises NotProvisioned (invalidFilter)."""
    match which:
        case All(parts):
            return all(fits(attribute, one, item) for one in parts)
        case AnyOf(parts):
            return any(fits(attribute, one, item) for one in parts)
        case Not(part):
            return not fits(attribute, part, item)
        case Present(path):
            return _present(item.get(part_of(attribute, path).name))
        case Comparison(path):
            sub = part_of(attribute, path)
            value = item.get(sub.name)
            return _compared(sub, which, [] if value is None else [value])
        case Some():
            raise NotProvisioned(Why.INVALID_FILTER, "There are no brackets in brackets.")


def part_of(attribute: Attribute, path: Path) -> Attribute:
    """The sub-attribute that a filter in brackets names. Raises NotProvisioned (invalidFilter)."""
    found = attribute.sub(path.name) if path.urn is None and path.sub is None else None
    if found is None:
        raise NotProvisioned(Why.INVALID_FILTER, f"“{attribute.name}” has no part “{path}”.")
    return found


def _compared(attribute: Attribute, comparison: Comparison, values: list[Any]) -> bool:
    wanted, how = operand(attribute, comparison), comparison.operator
    if how == "ne":
        return not _equal(attribute, wanted, values)
    if how == "eq":
        return _equal(attribute, wanted, values)
    test = _ORDER.get(how) or _PART[how]
    return any(test(_comparable(attribute, one), wanted) for one in values)


def _equal(attribute: Attribute, wanted: Any, values: list[Any]) -> bool:
    if wanted is None:
        return not values
    return any(_comparable(attribute, one) == wanted for one in values)


def _comparable(attribute: Attribute, value: Any) -> Any:
    if attribute.kind == "dateTime":
        return parse_instant(value)
    if isinstance(value, str):
        return value if attribute.exact else str(folded(value))
    return bool(value)


def _items(found: Found, document: Mapping[str, Any]) -> list[Any]:
    holder = document.get(found.urn, {}) if found.urn else document
    value = holder.get(found.attribute.name)
    if value is None:
        return []
    return list(value) if found.attribute.several else [value]


def _values(found: Found, document: Mapping[str, Any]) -> list[Any]:
    items = _items(found, document)
    if found.sub is None:
        return items
    return [item[found.sub.name] for item in items if item.get(found.sub.name) is not None]


def _present(value: Any) -> bool:
    return value is not None and value not in ("", [], {})
