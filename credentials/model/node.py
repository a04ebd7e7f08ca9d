"""What all classes of the data model share: frozen, the JSON names, nothing coerced, nothing lost."""

from __future__ import annotations

from typing import Annotated, Any, Optional, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler
from pydantic_core import CoreSchema

T = TypeVar("T")


class _NotNull:
    """Makes the schema of `T | None` one of T: a property may be left out, but null is no value."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        schema = handler(source)
        if schema["type"] != "nullable":
            raise TypeError("only an optional property can be left out")
        inner: CoreSchema = schema["schema"]
        return inner


Maybe = Annotated[Optional[T], _NotNull()]  # noqa: UP045  (an alias over a type variable)
"""A property of cardinality 0..1: None when it is absent; null in the JSON is refused."""

Many = Annotated[tuple[T, ...], Field(strict=False)]
"""A property of cardinality 0..*: a JSON array, also for one value."""

Some = Annotated[tuple[T, ...], Field(strict=False, min_length=1)]
"""A property of cardinality 1..*: a JSON array with at least one value."""


class Node(BaseModel):
    """A JSON object of the data model; properties that the class does not name are kept (Extensions).

    Instances are frozen; what extensions hold is given back as it came, shared with the source document.
    """

    model_config = ConfigDict(frozen=True, extra="allow", strict=True, hide_input_in_errors=True)

    @classmethod
    def from_json(cls, document: Any) -> Self:
        """The object that a parsed JSON value describes; raises pydantic's ValidationError."""
        return cls.model_validate(document)

    def as_json(self) -> dict[str, Any]:
        """The JSON object this was read from, member for member: only what was given, strings untouched."""
        return self.model_dump(mode="json", by_alias=True, exclude_unset=True)


class ClosedNode(Node):
    """A JSON object that may carry no other properties (the schema's `additionalProperties: false`)."""

    model_config = ConfigDict(extra="forbid")
