"""The places where JSON-LD's compacted form may write a single value for an array of one."""

from __future__ import annotations

from typing import Annotated, Any, TypeVar, Union

from pydantic import Discriminator, Field, Tag

T = TypeVar("T")

# Tags show up in the location of an error; no property is named like these, so they can be taken out again.
_ONE, _MANY = "\x00one", "\x00many"
_TEXT, _OBJECT = "\x00text", "\x00object"
TAGS = frozenset({_ONE, _MANY, _TEXT, _OBJECT})


def _one_or_many(value: Any) -> str:
    return _MANY if isinstance(value, list | tuple) else _ONE


def _text_or_object(value: Any) -> str:
    return _TEXT if isinstance(value, str) else _OBJECT


OneOrMany = Annotated[
    Union[  # noqa: UP007  (an alias over a type variable)
        Annotated[T, Tag(_ONE)], Annotated[tuple[T, ...], Field(strict=False, min_length=1), Tag(_MANY)]
    ],
    Discriminator(_one_or_many),
]
"""An array with at least one value, or a single value (the compacted form); kept as it was written."""

OneOrAny = Annotated[
    Union[Annotated[T, Tag(_ONE)], Annotated[tuple[T, ...], Field(strict=False), Tag(_MANY)]],  # noqa: UP007
    Discriminator(_one_or_many),
]
"""As `OneOrMany`, but the array may be empty, which readers take and issuers leave out."""

S = TypeVar("S")
TextOrObject = Annotated[
    Union[Annotated[S, Tag(_TEXT)], Annotated[T, Tag(_OBJECT)]],  # noqa: UP007
    Discriminator(_text_or_object),
]
"""Either a string of the first kind or an object of the second."""


def each(value: T | tuple[T, ...] | None) -> tuple[T, ...]:
    """All the values, whether one, many or none were written."""
    if value is None:
        return ()
    return value if isinstance(value, tuple) else (value,)
