"""Conditions in SQL of what a filter says, on whatever type of resource.

Every condition is true or false, never unknown, so that `not` is the opposite; it says exactly what
`issuer.people.provisioning.matching` says of the same resource.
"""

from __future__ import annotations

import operator
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    and_,
    false,
    func,
    not_,
    or_,
    true,
)
from sqlalchemy.orm import Session

from issuer.people.provisioning.attributes import Attribute, ResourceType
from issuer.people.provisioning.filters import All, AnyOf, Comparison, Filter, Not, Path, Present, Some
from issuer.people.provisioning.matching import Found, operand, part_of, resolve
from issuer.people.provisioning.refusals import NotProvisioned, Why
from issuer.text_search import folding

_ORDER: dict[str, Callable[[Any, Any], Any]] = {
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}


class Asked(ABC):
    """Conditions of a filter on one type of resource."""

    def __init__(self, type_: ResourceType, session: Session) -> None:
        self._type = type_
        self._session = session
        self._postgres = session.get_bind().dialect.name == "postgresql"

    def condition(self, wanted: Filter) -> ColumnElement[bool]:
        """What a filter says, as a condition."""
        found: ColumnElement[bool]
        match wanted:
            case All(parts):
                found = and_(*(self.condition(one) for one in parts))
            case AnyOf(parts):
                found = or_(*(self.condition(one) for one in parts))
            case Not(part):
                found = not_(self.condition(part))
            case Present(path):
                what = resolve(self._type, path, comparing=False)
                found = self.present(what.urn, what.attribute, what.sub)
            case Comparison(path):
                found = self._comparison(resolve(self._type, path), wanted)
            case Some(path, which):
                what = resolve(self._type, path, comparing=False)
                if not what.attribute.several:
                    raise cannot(str(path))
                found = self.some(what.attribute, lambda parts: self._within(what.attribute, which, parts))
        return found

    def _comparison(self, what: Found, wanted: Comparison) -> ColumnElement[bool]:
        if wanted.operator == "ne":
            return not_(self._comparison(what, Comparison(wanted.path, "eq", wanted.value)))
        value = operand(what.compared, wanted)
        if value is None:
            return not_(self.present(what.urn, what.attribute, what.sub))
        return self.compared(what.urn, what.attribute, what.sub, wanted, value)

    def sorted_by(self, path: Path) -> ColumnElement[Any]:
        """What to sort by. Raises NotProvisioned (invalidPath)."""
        try:
            found = resolve(self._type, path)
            return self.column(found.urn, found.attribute, found.sub)
        except NotProvisioned as error:
            raise NotProvisioned(Why.INVALID_PATH, f"Nothing is sorted by “{path}”: {error}") from None

    @abstractmethod
    def column(self, urn: str | None, attribute: Attribute, sub: Attribute | None) -> ColumnElement[Any]:
        """The value of a single attribute, as it is compared. Raises NotProvisioned (invalidFilter)."""

    @abstractmethod
    def some(
        self, attribute: Attribute, condition: Callable[[dict[str, Any]], ColumnElement[bool]]
    ) -> ColumnElement[bool]:
        """That one of several values is as `condition` says of its parts."""

    def present(self, urn: str | None, attribute: Attribute, sub: Attribute | None) -> ColumnElement[bool]:
        """That there is a value."""
        if attribute.several:
            if attribute.kind != "complex":
                return true()
            return self.some(attribute, lambda parts: self._there(parts, sub))
        if attribute.kind == "complex" and sub is None:
            known = [one for one in attribute.subs if one.kind != "reference" and one.name != "version"]
            return or_(*(self.present(urn, attribute, one) for one in known))
        return self.column(urn, attribute, sub).is_not(None)

    def compared(
        self, urn: str | None, attribute: Attribute, sub: Attribute | None, wanted: Comparison, value: Any
    ) -> ColumnElement[bool]:
        """That a value is as the comparison says."""
        if attribute.several:
            return self.some(attribute, lambda parts: self._part(attribute, sub, wanted, value, parts))
        column = self.column(urn, attribute, sub)
        return column.is_not(None) & self.holds(column, wanted.operator, value)

    def _there(self, parts: dict[str, Any], sub: Attribute | None) -> ColumnElement[bool]:
        if sub is None:
            return true()
        return parts[sub.name].is_not(None) if sub.name in parts else true()

    def _part(
        self, attribute: Attribute, sub: Attribute | None, wanted: Comparison, value: Any, parts: dict[str, Any]
    ) -> ColumnElement[bool]:
        if sub is None or sub.name not in parts:
            raise cannot(f"{attribute.name}.{sub.name}" if sub is not None else attribute.name)
        column = parts[sub.name]
        if sub.name == "value" and wanted.operator == "eq" and "by value" in parts:
            found: ColumnElement[bool] = parts["by value"](wanted.value)
            return found
        there: ColumnElement[bool] = column.is_not(None)
        return there & self.holds(self.form(sub, column), wanted.operator, value)

    def _within(self, attribute: Attribute, which: Filter, parts: dict[str, Any]) -> ColumnElement[bool]:
        found: ColumnElement[bool]
        match which:
            case All(inner):
                found = and_(*(self._within(attribute, one, parts) for one in inner))
            case AnyOf(inner):
                found = or_(*(self._within(attribute, one, parts) for one in inner))
            case Not(inner_one):
                found = not_(self._within(attribute, inner_one, parts))
            case Present(path):
                found = self._there(parts, part_of(attribute, path))
            case Comparison(path):
                found = self._part_is(attribute, part_of(attribute, path), which, parts)
            case Some():
                raise NotProvisioned(Why.INVALID_FILTER, "There are no brackets in brackets.")
        return found

    def _part_is(
        self, attribute: Attribute, sub: Attribute, wanted: Comparison, parts: dict[str, Any]
    ) -> ColumnElement[bool]:
        if wanted.operator == "ne":
            return not_(self._part_is(attribute, sub, Comparison(wanted.path, "eq", wanted.value), parts))
        value = operand(sub, wanted)
        if value is None:
            return not_(self._there(parts, sub))
        return self._part(attribute, sub, wanted, value, parts)

    def form(self, attribute: Attribute, column: Any) -> ColumnElement[Any]:
        """A column in the form that is compared; texts sort by their letters' numbers on both databases."""
        if attribute.kind in {"boolean", "dateTime"}:
            return column  # type: ignore[no-any-return]
        shaped: ColumnElement[Any] = column if attribute.exact else folding(column)
        return shaped.collate("C") if self._postgres else shaped

    def holds(self, column: ColumnElement[Any], how: str, value: Any) -> ColumnElement[bool]:
        """That a column which is not NULL is so."""
        found: ColumnElement[bool]
        if how == "eq":
            found = column.is_(value) if isinstance(value, bool) else column == value
        elif how in _ORDER:
            found = _ORDER[how](column, value)
        elif how == "co":
            found = (func.strpos if self._postgres else func.instr)(column, value) > 0
        elif how == "sw":
            found = func.substr(column, 1, len(value)) == value
        else:
            place = func.length(column) - len(value)
            found = and_(place >= 0, func.substr(column, place + 1) == value)
        return found


def known(columns: dict[str, Any], name: str) -> Any:
    """The column of that name. Raises NotProvisioned (invalidFilter) if there is none."""
    if name not in columns:
        raise cannot(name)
    return columns[name]


def cannot(name: str, but: str = "") -> NotProvisioned:
    """The refusal of a filter by that attribute."""
    return NotProvisioned(Why.INVALID_FILTER, f"Nothing can be found by “{name}” here{but}.")


def is_id(column: Any, text: str) -> ColumnElement[bool]:
    """An id, which is written in one way only."""
    try:
        identifier = UUID(text)
    except ValueError:
        return false()
    return column == identifier if str(identifier) == text else false()
