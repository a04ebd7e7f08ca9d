"""The `type` property: which names it must include (compacted to one string) or equal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from credentials.model.one_or_many import OneOrMany
from credentials.model.primitive_types import NonEmptyText

Types = OneOrMany[NonEmptyText]


@dataclass(frozen=True, slots=True)
class Including:
    """The type names must include one of these: the constraint “contains” of the classes."""

    names: tuple[str, ...]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        names = frozenset(self.names)
        expected = f"an array that includes {' or '.join(f'“{name}”' for name in self.names)}"

        def check(value: str | tuple[str, ...]) -> str | tuple[str, ...]:
            if value in names if isinstance(value, str) else not names.isdisjoint(value):
                return value
            raise PydanticCustomError("expected", "{expected}", {"expected": expected})

        return core_schema.no_info_after_validator_function(check, handler(source))


@dataclass(frozen=True, slots=True)
class Exactly:
    """The type must be this one name: the constraint “equals” of the classes, never an array."""

    name: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        expected = f"the string “{self.name}”"

        def check(value: Any) -> Any:
            if value == self.name:
                return value
            raise PydanticCustomError("expected", "{expected}", {"expected": expected})

        return core_schema.no_info_before_validator_function(check, handler(source))
