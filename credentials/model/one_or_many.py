"""The places where JSON-LD's compacted form may write a single value for an array of one."""

from __future__ import annotations

from typing import Annotated, Any, TypeVar, Union

from pydantic import Discriminator, Field, Tag

T = TypeVar("T")

# Tags show up in the location of an error; no property is named like these, so they can be taken out again.
ONE, MANY = "\x00one", "\x00many"
TEXT, OBJECT = "\x00text", "\x00object"
TAGS = frozenset({ONE, MANY, TEXT, OBJECT})


def _one_or_many(value: Any) -> str:
    return MANY if isinstance(value, list | tuple) else ONE


def _text_or_object(value: Any) -> str:
    return TEXT if isinstance(value, str) else OBJECT


OneOrMany = Annotated[
    Union[  # noqa: UP007  (an alias over a type variable)
        Annotated[T, Tag(ONE)], Annotated[tuple[T, ...], Field(strict=False, min_length=1), Tag(MANY)]
    ],
    Discriminator(_one_or_many),
]
"""An array with at least one value, or a single value (the compacted form); kept as it was written."""

OneOrAny = Annotated[
    Union[Annotated[T, Tag(ONE)], Annotated[tuple[T, ...], Field(strict=False), Tag(MANY)]],  # noqa: UP007
    Discriminator(_one_or_many),
]
"""As `OneOrMany`, but the array may be empty, which readers take and issuers leave out."""

S = TypeVar("S")
TextOrObject = Annotated[
    Union[Annotated[S, Tag(TEXT)], Annotated[T, Tag(OBJECT)]],  # noqa: UP007
    Discriminator(_text_or_object),
]
"""Either a string of the first kind or an object of the second."""


def each(value: T | tuple[T, ...] | None) -> tuple[T, ...]:
    """All the values, whether one, many or none were written."""
    if value is None:
        return ()
    return value if isinstance(value, tuple) else (value,)
